import { describe, expect, it } from 'vitest'
import { finiteForm } from '../../src/symmetry/finite.js'
import type { Shapes } from '../../src/symmetry/families.js'
import { type SymmetryStatement, symmetriesOf } from '../../src/symmetry/symmetry.js'
import { type Blocks, type Loss, type Plain, attentionScores, combine, deepLinear, distance, evaluateText, exchanged, gram, numbers, random, transpose } from '../laws/matrixWitness.js'

const forms = (symmetry: SymmetryStatement, parameters: Shapes = {}): readonly (string | undefined)[] =>
  symmetriesOf(symmetry, parameters).map(({ generator, space }) => finiteForm(generator, space)?.text)

/** ψ_α applied by evaluating its text; blocks that it does not name stay. */
function transformed(text: string, theta: Blocks, others: Readonly<Record<string, number | Plain>>): Blocks {
  const moved = text.split('; ').map((part) => {
    const at = part.indexOf(': ')
    return [part.slice(0, at), evaluateText(part.slice(at + 2), { ...theta, ...others })] as const
  })
  return { ...theta, ...Object.fromEntries(moved) }
}

const next = numbers(23)
const M = random(3, 3, next)
const square = random(2, 2, next)
const antisymmetric = combine(0.5, square, -0.5, transpose(square))

interface Case {
  readonly title: string
  readonly symmetry: SymmetryStatement
  readonly parameters: Shapes
  readonly loss: Loss
  readonly constants: Readonly<Record<string, Plain>>
}

const cases: readonly Case[] = [
  { title: 'consecutive linear maps', symmetry: { family: 'linear', in: ['W1'], out: ['W2'] }, parameters: { W1: ['h', 'd'], W2: ['k', 'h'] }, loss: deepLinear(2), constants: { M: combine(0.5, M, 0.5, transpose(M)) } },
  { title: 'queries and keys', symmetry: { generator: { Q: 'M*Q', K: '-transpose(M)*K' }, constants: { M: ['h', 'h'] }, antisymmetric: ['M'] }, parameters: { Q: ['h', 'd'], K: ['h', 'd'] }, loss: attentionScores(4), constants: { M: antisymmetric } },
  { title: 'rotations', symmetry: { family: 'orthogonal', on: ['W'], side: 'right' }, parameters: { W: ['n', 'd'] }, loss: gram(6), constants: { Omega: antisymmetric } },
  { title: 'a block turned into a transposed one', symmetry: { generator: { U: 'transpose(V)', V: '-transpose(U)' } }, parameters: { U: ['m', 'n'], V: ['n', 'm'] }, loss: exchanged(8), constants: {} },
]

describe.each(cases)('the finite transformation of $title', ({ symmetry, parameters, loss, constants }) => {
  const [text = ''] = forms(symmetry, parameters)
  const at = (alpha: number, theta: Blocks): Blocks => transformed(text, theta, { ...constants, alpha })

  it.each([-0.7, 0.3, 1.1])('leaves the loss as it is at alpha = %f', (alpha) => {
    const moved = at(alpha, loss.start)
    expect(Math.abs(loss.value(moved) - loss.value(loss.start))).toBeLessThan(1e-12 * loss.value(loss.start))
    expect(Object.keys(loss.start).some((name) => distance(moved[name] ?? [], loss.start[name] ?? []) > 1e-2)).toBe(true)
  })

  it('is a group: psi_a after psi_b is psi_(a+b)', () => {
    const [twice, once] = [at(0.4, at(0.5, loss.start)), at(0.9, loss.start)]
    for (const name of Object.keys(loss.start)) expect(distance(twice[name] ?? [], once[name] ?? [])).toBeLessThan(1e-13)
  })
})

describe('closed forms', () => {
  it('of scalings and translations', () => {
    expect(forms({ family: 'scale', on: ['w'] })).toEqual(['w: exp(alpha)*w'])
    expect(forms({ family: 'rescale', in: ['w'], out: ['a'], degree: 'p' })).toEqual(['w: exp(alpha)*w; a: exp(-alpha*p)*a'])
    expect(forms({ family: 'translation', on: ['b'] })).toEqual(['b: b + alpha*one_b'])
  })

  it('of affine generators: the fixed point of 2w + 1 is -1/2', () => {
    const [text = ''] = forms({ generator: { w: '2*w + 1' } }, { w: ['d'] })
    const [, right = ''] = text.split(': ')
    const at = (w: number): number => evaluateText(right, { w, one_w: 1, alpha: 0.8 })[0]?.[0] ?? Number.NaN
    expect(at(-0.5)).toBeCloseTo(-0.5, 14)
    expect(at(1) + 0.5).toBeCloseTo(1.5 * Math.exp(1.6), 12)
  })

  it('of nilpotent generators: the Lie series ends', () => {
    expect(forms({ generator: { a: 'b', b: 'c', c: '1' } }, { a: ['n'], b: ['n'], c: ['n'] })).toEqual([
      'a: a + alpha*b + alpha^2*c/2 + alpha^3*one_c/6; b: b + alpha*c + alpha^2*one_c/2; c: c + alpha*one_c',
    ])
    expect(forms({ generator: { U: 'M*V' }, constants: { M: ['m', 'n'] } }, { U: ['m', 'd'], V: ['n', 'd'] })).toEqual(['U: U + alpha*M*V'])
  })

  it.each<Readonly<Record<string, string>>>([
    { u: 'u + 2*w + 3', w: '1 - w' },
    { u: 'w + 1', w: '-4*u + 2' },
    { u: 'u + w', w: 'w + 1' },
    { u: '2*u + w', w: '2*w - u' },
    { u: '3*u - w', w: '2*u + w + z', z: '-z' },
    { u: 'w', w: 'z', z: 'u' },
    { u: '1', w: 'u', z: 'u*w' },
    { u: 'u', w: '-w', z: 'u*w + z' },
  ])('of what mixes blocks, against a numerical flow: %o', (generator) => {
    const shapes = Object.fromEntries(Object.keys(generator).map((name) => [name, []]))
    const [text = ''] = forms({ generator }, shapes)
    const names = Object.keys(generator)
    type Point = Readonly<Record<string, number>>
    const value = (formula: string, at: Point): number => evaluateText(formula, { ...at, one_u: 1, one_w: 1, one_z: 1 })[0]?.[0] ?? Number.NaN
    const rate = (at: Point): Point => Object.fromEntries(names.map((name) => [name, Number(value(`1*(${generator[name] ?? ''})`, at))]))
    const step = (at: Point, by: Point, h: number): Point => Object.fromEntries(names.map((name) => [name, (at[name] ?? 0) + h * (by[name] ?? 0)]))
    const start: Point = { u: 0.7, w: -0.4, z: 1.3 }
    const h = 1 / 200
    let at = Object.fromEntries(names.map((name) => [name, start[name] ?? 0]))
    for (let k = 0; k < 180; k += 1) {
      const k1 = rate(at)
      const k2 = rate(step(at, k1, h / 2))
      const k3 = rate(step(at, k2, h / 2))
      const k4 = rate(step(at, k3, h))
      at = Object.fromEntries(names.map((name) => [name, (at[name] ?? 0) + (h / 6) * ((k1[name] ?? 0) + 2 * (k2[name] ?? 0) + 2 * (k3[name] ?? 0) + (k4[name] ?? 0))]))
    }
    const moved = text.split('; ').map((part) => [part.slice(0, part.indexOf(': ')), part.slice(part.indexOf(': ') + 2)] as const)
    expect(moved.map(([name]) => name).toSorted()).toEqual(names.toSorted())
    for (const [name, formula] of moved) expect(value(formula, { ...start, alpha: 0.9 })).toBeCloseTo(at[name] ?? Number.NaN, 7)
  })

  it('are not claimed where the flow blows up in finite time', () => {
    expect(forms({ generator: { W: 'W*W' } }, { W: ['n', 'n'] })).toEqual([undefined])
  })
})
