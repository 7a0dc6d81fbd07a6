import { describe, expect, it } from 'vitest'
import { derive } from '../../src/laws/index.js'
import { commutators, usableTogether } from '../../src/symmetry/commutator.js'
import type { Shapes } from '../../src/symmetry/families.js'
import { type Symmetry, type SymmetryStatement, symmetriesOf } from '../../src/symmetry/symmetry.js'
import { type Blocks, type Plain, combine, deepLinear, distance, evaluateText, map, numbers, random, transpose } from '../laws/matrixWitness.js'

const symmetries = (parameters: Shapes, ...statements: readonly SymmetryStatement[]): readonly Symmetry[] => statements.flatMap((s) => symmetriesOf(s, parameters))

type Scope = Readonly<Record<string, number | Plain>>

/** A vector field from its text `W: …; b: …`; blocks that it does not name do not move. */
function field(text: string, theta: Blocks, constants: Scope): Blocks {
  const rates = (text === '0' ? [] : text.split('; ')).map((part) => {
    const at = part.indexOf(': ')
    return [part.slice(0, at), evaluateText(part.slice(at + 2), { ...theta, ...constants })] as const
  })
  return { ...Object.fromEntries(Object.entries(theta).map(([name, b]) => [name, map(b, () => 0)])), ...Object.fromEntries(rates) }
}

const shifted = (theta: Blocks, step: number, direction: Blocks): Blocks =>
  Object.fromEntries(Object.entries(theta).map(([name, b]) => [name, combine(1, b, step, direction[name] ?? [])]))

/** Dζ·ξ by a central difference, exact for fields up to degree two. */
function derivative(zeta: (t: Blocks) => Blocks, theta: Blocks, along: Blocks): Blocks {
  const [plus, minus] = [zeta(shifted(theta, 0.5, along)), zeta(shifted(theta, -0.5, along))]
  return Object.fromEntries(Object.keys(theta).map((name) => [name, combine(1, plus[name] ?? [], -1, minus[name] ?? [])]))
}

const next = numbers(31)
const symmetric = (n: number): Plain => {
  const a = random(n, n, next)
  return combine(0.5, a, 0.5, transpose(a))
}
const antisymmetric = (n: number): Plain => {
  const a = random(n, n, next)
  return combine(0.5, a, -0.5, transpose(a))
}

interface Case {
  readonly title: string
  readonly parameters: Shapes
  readonly statements: readonly SymmetryStatement[]
  readonly theta: Blocks
  readonly constants: Scope
}

const cases: readonly Case[] = [
  {
    title: 'rotations and symmetric maps',
    parameters: { W: ['n', 'd'] },
    statements: [
      { generator: { W: 'Omega*W' }, constants: { Omega: ['n', 'n'] }, antisymmetric: ['Omega'] },
      { generator: { W: 'S*W' }, constants: { S: ['n', 'n'] }, symmetric: ['S'] },
    ],
    theta: { W: random(3, 2, next) },
    constants: { Omega: antisymmetric(3), Omega_2: antisymmetric(3), S: symmetric(3), S_2: symmetric(3) },
  },
  {
    title: 'rotations and shifts of the inputs',
    parameters: { W1: ['h', 'd'], b: ['h'] },
    statements: [{ generator: { W1: 'W1*Omega', b: 'W1*v' }, constants: { Omega: ['d', 'd'], v: ['d'] }, antisymmetric: ['Omega'] }],
    theta: { W1: random(3, 2, next), b: random(3, 1, next) },
    constants: { Omega: antisymmetric(2), Omega_2: antisymmetric(2), v: random(2, 1, next), v_2: random(2, 1, next) },
  },
  {
    title: 'a quadratic generator and an exchange',
    parameters: { U: ['n', 'n'], V: ['n', 'n'] },
    statements: [{ generator: { U: 'V*transpose(U)' } }, { generator: { V: '2*U', U: '-transpose(V)' } }],
    theta: { U: random(2, 2, next), V: random(2, 2, next) },
    constants: {},
  },
]

describe.each(cases)('the commutators of $title', ({ parameters, statements, theta, constants }) => {
  it('are the differences of the directional derivatives', () => {
    const all = symmetries(parameters, ...statements)
    const renamed = (text: string, own: Symmetry): string => Object.keys(own.space.constants).reduce((t, name) => t.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `${name}_2`), text)
    let compared = 0
    for (const first of all) {
      for (const { other, text } of commutators(first, all)) {
        const second = all.find((s) => s.written.text === other) ?? first
        const xi = (t: Blocks): Blocks => field(first.written.text, t, constants)
        const zeta = (t: Blocks): Blocks => field(second === first ? renamed(other, second) : other, t, constants)
        const [forward, backward, bracket] = [derivative(zeta, theta, xi(theta)), derivative(xi, theta, zeta(theta)), field(text, theta, constants)]
        for (const name of Object.keys(theta)) {
          compared += 1
          expect(distance(combine(1, forward[name] ?? [], -1, backward[name] ?? []), bracket[name] ?? [])).toBeLessThan(1e-13)
        }
      }
    }
    expect(compared).toBeGreaterThan(3 - statements.length)
  })
})

describe('what a commutator is', () => {
  it('is told of translations and scalings: the affine group of the line', () => {
    const all = symmetries({ w: ['d'] }, { family: 'scale', on: ['w'] }, { family: 'translation', on: ['w'] })
    expect(all.flatMap((s) => commutators(s, all)).map(({ text, relation }) => [text, relation])).toEqual([
      ['w: -one_w', 'multiple'],
      ['w: one_w', 'multiple'],
    ])
  })

  it('is told of symmetric maps: they imply the rotations', () => {
    const linear: SymmetryStatement = { family: 'linear', in: ['W1'], out: ['W2'] }
    const parameters = { W1: ['h', 'd'], W2: ['k', 'h'] }
    const [stretch, rotation] = symmetriesOf(linear, parameters)
    if (stretch === undefined || rotation === undefined) throw new Error('the linear family has two parts')
    expect(commutators(stretch, [stretch])[0]).toMatchObject({ relation: 'new' })
    expect(commutators(stretch, [stretch, rotation])[0]?.meaning).toContain('with M = M_2*M - M*M_2 (antisymmetric)')
  })

  it('leaves a real loss unchanged to first order', () => {
    const [stretch] = symmetriesOf({ family: 'linear', in: ['W1'], out: ['W2'] }, { W1: ['h', 'd'], W2: ['k', 'h'] })
    if (stretch === undefined) throw new Error('no symmetry')
    const loss = deepLinear(19)
    const g = loss.gradient(loss.start)
    const rate = field(commutators(stretch, [stretch])[0]?.text ?? '0', loss.start, { M: symmetric(3), M_2: symmetric(3) })
    const products = Object.keys(g).flatMap((name) => (g[name] ?? []).flatMap((row, i) => row.map((x, j) => x * (rate[name]?.[i]?.[j] ?? 0))))
    expect(Math.abs(products.reduce((sum, x) => sum + x, 0))).toBeLessThan(1e-14 * products.reduce((sum, x) => sum + Math.abs(x), 1))
    expect(products.some((x) => Math.abs(x) > 1e-3)).toBe(true)
  })
})

describe('several symmetries at once', () => {
  const parameters = { w: ['d'], b: ['h'] }
  const affine: SymmetryStatement = { generator: { w: 'w', b: '1' } }
  const all = symmetries(parameters, affine, { family: 'translation', on: ['b'] })
  const drivesOf = (known: readonly Symmetry[]): readonly string[] => {
    const [law] = derive({ title: 'both', parameters, symmetry: affine, all: known, rule: { name: 'sgd' }, order: 1 })
    return (law?.derivation.laws.flow ?? []).map(({ equation }) => equation.text)
  }

  it('kill a drive that each alone leaves', () => {
    expect(drivesOf(all.slice(0, 1)).join(' ')).toContain('dot(one_b, g)')
    expect(drivesOf(all).join(' ')).not.toContain('dot(one_b, g)')
  })

  it('are used only where their commutators are multiples of them', () => {
    const [scale, exchange] = symmetries({ w: ['d'], a: ['d'] }, { family: 'scale', on: ['w'] }, { generator: { w: 'a', a: 'w' } })
    if (scale === undefined || exchange === undefined) throw new Error('no symmetries')
    expect(usableTogether(scale, [scale, exchange])).toEqual([])
    expect(usableTogether(all[0] ?? scale, all)).toEqual(all.slice(1))
  })
})

describe('a generator is refused', () => {
  it.each([
    [{ generator: { W: 'Omega*W + transpose(Omega)*W' }, constants: { Omega: ['n', 'n'] }, antisymmetric: ['Omega'] }, 'the generator is zero'],
    [{ generator: { W: 'dot(W, W)*W*transpose(W)*W' } }, 'only that of vectors is a product of blocks'],
    [{ generator: { W: 'norm2(W)' } }, 'an inner product without a vector that it multiplies'],
    [{ generator: { W: 'dot(W)*W' } }, 'dot with 1 arguments'],
    [{ generator: { W: 'W^2' } }, 'write it as a product'],
    [{ generator: { W: 'W*D' }, constants: { D: ['n', 'n'] }, diagonal: ['D'] }, 'the sizes d and n must be the same'],
    [{ generator: { K: 'K*D' }, constants: { D: ['c', 'c'] } }, 'cannot multiply D (c×c)'],
  ])('with one clear line: %o', (statement, message) => {
    expect(() => symmetriesOf(statement, { W: ['n', 'd'], K: ['o', 'c', 3, 3] })).toThrow(message)
  })

  it('but inner products of vectors may stand before a vector or behind it', () => {
    const generatorOf = (w: string, a: string) => symmetriesOf({ generator: { w, a } }, { w: ['d'], a: ['d'] }).map(({ generator }) => generator)
    expect(generatorOf('norm2(w)*w', '-dot(w + a, w)*2*a')).toEqual(generatorOf('w*transpose(w)*w', '-2*a*transpose(w)*w - 2*a*transpose(a)*w'))
  })

  it.each([
    ['(1 + norm2(a))*w', 'w + w*transpose(a)*a'],
    ['norm2(a)^2*w', 'w*transpose(a)*a*transpose(a)*a'],
    ['norm2(theta_a)*theta_w', 'w*transpose(a)*a'],
    ['dot(theta_a, theta_a)*theta_w', 'w*transpose(a)*a'],
    ['trace(transpose(a)*w)*a', 'a*transpose(a)*w'],
    ['-(norm2(a) - dot(a, w))/2*(w - a)', '-(w*transpose(a)*a - w*transpose(a)*w - a*transpose(a)*a + a*transpose(a)*w)/2'],
  ])('but a number may be made of inner products: %s', (w, product) => {
    const fieldsOf = (text: string) => symmetriesOf({ generator: { w: text, a: 'w' } }, { w: ['d'], a: ['d'] }).map(({ space }) => space.fields)
    expect(fieldsOf(w)).toEqual(fieldsOf(product))
  })

  it.each([
    [{ w: 'b*w', b: 'norm2(w)' }, 'w: w*b; b: norm2(theta_w)'],
    [{ R: '-2*b*R + R', b: '1 + b^2' }, 'R: -2*b*R + R; b: 1 + b*b'],
    [{ w: '(1 + b)*w', b: '-b*norm2(w)' }, 'w: w + w*b; b: -norm2(theta_w)*b'],
  ])('but a block of one number is a number: %o', (generator, written) => {
    const [symmetry] = symmetriesOf({ generator }, { w: ['d'], b: [1], R: [1, 'n'] })
    const sorted = (text: string): string => text.split('; ').map((part) => part.split(/[ :+]+/).sort().join(' ')).join('; ')
    expect(sorted(symmetry?.written.text ?? '')).toBe(sorted(written))
  })

  it.each([['norm2(a)*W', '-norm2(W)*a'], ['dot(W, V)*W + 2*V', 'a']])('but matrices that no other multiplies have inner products, as vectors have: %s', (w, a) => {
    const of = (shapes: Record<string, (string | number)[]>) => symmetriesOf({ generator: { W: w, a } }, shapes)
    const [matrices] = of({ W: [2, 3], V: [2, 3], a: ['m'] })
    const [vectors] = of({ W: [6], V: [6], a: ['m'] })
    expect(matrices?.space).toEqual(vectors?.space)
    expect(matrices?.written).toEqual(vectors?.written)
    const [symbolic] = of({ W: ['h', 'd'], V: ['h', 'd'], a: ['m'] })
    expect(symbolic?.written).toEqual(vectors?.written)
  })

  it('but a kernel may be multiplied over its output channels', () => {
    const [law] = derive({
      title: 'kernels',
      parameters: { K: ['c', 'i', 3, 3], L: ['o', 'c', 1, 1] },
      symmetry: { generator: { K: 'D*K', L: '-L*D' }, constants: { D: ['c', 'c'] }, diagonal: ['D'] },
      rule: { name: 'sgd' },
      order: 0,
    })
    expect(law?.derivation.laws.discrete?.charge.text).toBe('diag(K*transpose(K) - transpose(L)*L)')
  })
})

describe('diagonal constants', () => {
  it('commute with each other, and with no other constant', () => {
    const scalings = symmetries({ W: ['n', 'm'] }, { generator: { W: 'D*W' }, constants: { D: ['n', 'n'] }, diagonal: ['D'] }, { generator: { W: 'S*W' }, constants: { S: ['n', 'n'] }, symmetric: ['S'] })
    const [own, other] = scalings
    if (own === undefined || other === undefined) throw new Error('two symmetries')
    expect(commutators(own, scalings).map((c) => c.relation)).toEqual(['zero', 'new'])
  })
})
