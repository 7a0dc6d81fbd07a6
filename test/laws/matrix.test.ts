import { describe, expect, it } from 'vitest'
import { num } from '../../src/algebra/build.js'
import { derive } from '../../src/laws/index.js'
import { lawsInBlocks, matrixForm, strippingOf } from '../../src/laws/matrix.js'
import { checkBlockForms } from '../../src/laws/matrixCheck.js'
import type { Shapes } from '../../src/symmetry/families.js'
import type { SymmetryStatement } from '../../src/symmetry/symmetry.js'
import { type Blocks, type Loss, type Plain, attentionScores, combine, deepLinear, distance, evaluateText, exchanged, gram, map, numbers, reluLayer } from './matrixWitness.js'

const hyperparameters = { eta: 0.03, lambda: 0.2, beta: 0.8 }
const step = (blocks: Blocks, f: (name: string, b: Plain) => Plain): Blocks => Object.fromEntries(Object.entries(blocks).map(([name, b]) => [name, f(name, b)]))
const named = (suffixed: string, blocks: Blocks): Blocks => Object.fromEntries(Object.entries(blocks).map(([name, b]) => [`${suffixed}_${name}`, b]))

/** θ, the state and the gradient of a run of SGD (beta = 0, v its update) or heavy ball from a random state, with coupled decay, as the laws name them. */
function* training(loss: Loss, beta: number, steps: number): Generator<Record<string, number | Plain>> {
  const { eta, lambda } = hyperparameters
  const next = numbers(17)
  let [theta, v] = [loss.start, step(loss.start, (_, b) => map(b, next))]
  for (let k = 0; k <= steps; k += 1) {
    const g = loss.gradient(theta)
    yield { ...hyperparameters, beta, ...theta, ...named('v', v), ...named('g', g) }
    const [old, gradient] = [theta, g]
    v = step(v, (name, x) => combine(beta, x, 1, combine(1, gradient[name] ?? [], lambda, old[name] ?? [])))
    const velocity = v
    theta = step(theta, (name, x) => combine(1, x, -eta, velocity[name] ?? []))
  }
}

const STEPS = 60

interface Case {
  readonly title: string
  readonly parameters: Shapes
  readonly symmetry: SymmetryStatement
  readonly loss: Loss
  readonly charges: Readonly<Record<'sgd' | 'momentum', readonly (string | undefined)[]>>
}

const cases: readonly Case[] = [
  {
    title: 'consecutive linear maps',
    parameters: { W1: ['h', 'd'], W2: ['k', 'h'] },
    symmetry: { family: 'linear', in: ['W1'], out: ['W2'] },
    loss: deepLinear(7),
    charges: {
      sgd: ['W1*transpose(W1) - transpose(W2)*W2', undefined],
      momentum: ['W1*transpose(W1) - transpose(W2)*W2', 'W1*transpose(v_W1) - v_W1*transpose(W1) + transpose(W2)*v_W2 - transpose(v_W2)*W2'],
    },
  },
  {
    title: 'queries and keys',
    parameters: { Q: ['h', 'd'], K: ['h', 'd'] },
    symmetry: { generator: { Q: 'M*Q', K: '-transpose(M)*K' }, constants: { M: ['h', 'h'] } },
    loss: attentionScores(3),
    charges: {
      sgd: ['Q*transpose(Q) - K*transpose(K)', undefined],
      momentum: ['Q*transpose(Q) - K*transpose(K)', 'Q*transpose(v_Q) - v_Q*transpose(Q) + K*transpose(v_K) - v_K*transpose(K)'],
    },
  },
  {
    title: 'neurons with a diagonal constant',
    parameters: { W: ['h', 'd'], b: ['h'], a: ['h'] },
    symmetry: { generator: { W: 'D*W', b: 'D*b', a: '-D*a' }, constants: { D: ['h', 'h'] }, diagonal: ['D'] },
    loss: reluLayer(11),
    charges: {
      sgd: ['diag(W*transpose(W) + b*transpose(b) - a*transpose(a))'],
      momentum: ['diag(W*transpose(W) + b*transpose(b) - a*transpose(a))'],
    },
  },
  {
    title: 'rotations',
    parameters: { W: ['n', 'd'] },
    symmetry: { family: 'orthogonal', on: ['W'], side: 'right' },
    loss: gram(5),
    charges: { sgd: [undefined], momentum: ['transpose(W)*v_W - transpose(v_W)*W'] },
  },
  {
    title: 'a transposed block, no constant',
    parameters: { U: ['m', 'n'], V: ['n', 'm'] },
    symmetry: { generator: { U: 'transpose(V)', V: '-transpose(U)' } },
    loss: exchanged(13),
    charges: { sgd: [undefined], momentum: ['trace(U*v_V) - trace(V*v_U)'] },
  },
]

describe.each(cases)('the matrix law of $title', ({ parameters, symmetry, loss, charges }) => {
  it.each(['sgd', 'momentum'] as const)('under %s holds at every step of a run to rounding', (rule) => {
    const found = derive({ title: 'witness', parameters, symmetry, rule: { name: rule }, order: 1 })
    expect(found.map(({ derivation }) => derivation.laws.discrete?.charge.text)).toEqual(charges[rule])
    for (const { derivation } of found) {
      const { discrete } = derivation.laws
      if (discrete === undefined) continue
      let predicted: Plain | undefined
      let [moved, worst] = [0, 0]
      let first: Plain | undefined
      for (const scope of training(loss, rule === 'sgd' ? 0 : hyperparameters.beta, STEPS)) {
        const charge = evaluateText(discrete.charge.text, scope)
        first ??= charge
        moved = Math.max(moved, distance(charge, first))
        worst = Math.max(worst, distance(charge, predicted ?? charge))
        predicted = evaluateText(discrete.recursion.text, scope)
      }
      expect(worst).toBeLessThan(1e-12)
      expect(moved).toBeGreaterThan(1e-3)
    }
  })
})

describe('stripping a constant', () => {
  const [derived] = derive({ title: 'strip', parameters: { W1: ['h', 'd'], W2: ['k', 'h'] }, symmetry: { family: 'linear', in: ['W1'], out: ['W2'] }, rule: { name: 'momentum' }, order: 1 })

  it('keeps the coordinate-free law and says what the matrix means', () => {
    expect(derived?.derivation.coordinateFree?.discrete?.charge.text).toBe('dot(theta, A(theta))')
    expect(derived?.derivation.matrix).toMatchObject([
      { constant: 'M', kind: 'symmetric', identity: { text: 'trace((W1*transpose(W1) - transpose(W2)*W2)*M) = dot(theta, A(theta))' }, verified: { passed: true } },
    ])
  })

  it('writes flows and solutions between matrices too', () => {
    const { flow, solution } = derived?.derivation.laws ?? { flow: [], solution: { cases: [] } }
    expect(flow.at(-1)?.equation.text).toContain('eta*(1 + beta)*(dW1*transpose(dW1) - transpose(dW2)*dW2)')
    expect(solution.cases.every(({ text }) => !text.includes('A('))).toBe(true)
  })

  it('fails its check if the matrices are off by a factor or the kind of the constant is wrong', () => {
    if (derived === undefined) throw new Error('no law')
    const { laws } = derived
    const charge = laws.discrete?.charge ?? num(0)
    const right = strippingOf(charge, laws.symmetry.space, 'M')
    if (right === undefined) throw new Error('no stripping')
    const constant = { kind: 'constant', name: 'M', transposed: false } as const
    expect(checkBlockForms(laws, matrixForm(right), right.scale, constant).passed).toBe(true)
    expect(checkBlockForms(laws, matrixForm(right), num(2), constant).passed).toBe(false)
    const diagonal = matrixForm({ ...right, kind: 'diagonal' })
    expect(lawsInBlocks(laws, diagonal)).toBeDefined()
    expect(checkBlockForms(laws, diagonal, right.scale, constant).passed).toBe(false)
  })

  it('gives each of several constants its own law', () => {
    const symmetry = { generator: { W1: 'M*W1', W2: '-W2*M + N*W2', W3: '-W3*N' }, constants: { M: ['h', 'h'], N: ['k', 'k'] } }
    const laws = derive({ title: 'three layers', parameters: { W1: ['h', 'd'], W2: ['k', 'h'], W3: ['m', 'k'] }, symmetry, rule: { name: 'sgd' }, order: 1 })
    const charges = laws.map(({ derivation }) => derivation.laws.flow[0]?.charge.text)
    expect(charges).toContain('W1*transpose(W1) - transpose(W2)*W2')
    expect(charges).toContain('W2*transpose(W2) - transpose(W3)*W3')
  })
})

describe("Noether's identity in blocks", () => {
  const parts = (generator: Record<string, string>, parameters: Shapes): readonly (readonly [string, string])[] => {
    const [found] = derive({ title: '', symmetry: { generator }, parameters, rule: { name: 'sgd' }, order: 1 })
    return found?.derivation.noether?.parts.map(({ name, text }) => [name, text] as const) ?? []
  }

  it('has the potential part of weight decay as a trace, and none where θ is orthogonal to the generator', () => {
    const square = 'norm2(w)*w'
    expect(parts({ w: square, a: '-norm2(a)*a' }, { w: ['d'], a: ['e'] }).find(([name]) => name === 'potential')?.[1]).toMatch(/norm2\(theta_w\)\^2/)
    // ⟨θ, ξ⟩ = |w|²|a|² − |a|²|w|²
    expect(parts({ w: 'norm2(a)*w', a: '-norm2(w)*a' }, { w: ['d'], a: ['e'] }).map(([name]) => name)).toEqual(['kinetic'])
  })
})
