import { inv } from 'mathjs'
import { describe, expect, it } from 'vitest'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import { type Blocks, type Plain, combine, deepLinear, evaluateText, map, multiply, numbers, random, transpose } from './matrixWitness.js'

const NUMBERS = { eta: 0.02, lambda: 0.1, beta: 0.6, mu: 0.3, gamma: 0.4, c: 0.5, epsilon: 0.1 }
const STEPS = 4

type Gradient = (theta: Blocks) => Blocks

const inverse = (a: Plain): Plain => inv(a.map((row) => [...row]))
const traceOf = (a: Plain): number => a.reduce((sum, row, i) => sum + (row[i] ?? 0), 0)
const identity = (n: number): Plain => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => Number(i === j)))
const plus = (a: Plain, b: Plain): Plain => combine(1, a, 1, b)
const times = (x: number, a: Plain): Plain => map(a, (y) => x * y)
const traceless = (a: Plain): Plain => combine(1, a, -traceOf(a) / a.length, identity(a.length))
const of = (theta: Blocks, name: string): Plain => theta[name] ?? []

const next = numbers(31)
const [C, D] = [traceless(random(2, 2, next)), random(2, 2, next)]
const start2: Blocks = { W: plus(identity(2), times(0.3, random(2, 2, next))) }

/** The gradient of sin tr(C Y) by W for Y = W⁻¹ + shift·1: −cos·(W⁻¹ C W⁻¹)ᵀ. */
const throughInverse = (W: Plain, weight: Plain): Plain => times(-1, transpose(multiply(multiply(inverse(W), weight), inverse(W))))

/** W' = W²: then d(W⁻¹) = −1, so that tr(C W⁻¹) with a traceless C is invariant. */
const riccati: Gradient = (theta) => {
  const W = of(theta, 'W')
  return { W: times(Math.cos(traceOf(multiply(C, inverse(W)))), throughInverse(W, C)) }
}

/** W' = W + W²: then Y = W⁻¹ + 1 has Y' = −Y, so that tr(C Y)/tr(D Y) is invariant. */
const logistic: Gradient = (theta) => {
  const W = of(theta, 'W')
  const Y = plus(inverse(W), identity(2))
  const [c, d] = [traceOf(multiply(C, Y)), traceOf(multiply(D, Y))]
  return { W: throughInverse(W, combine(1 / d, C, -c / d ** 2, D)) }
}

/** W' = W Wᵀ W: then d(WᵀW)⁻¹ = −2, so that tr(S (WᵀW)⁻¹) with a symmetric traceless S is invariant. */
const S = traceless(plus(C, transpose(C)))
const cubic: Gradient = (theta) => {
  const W = of(theta, 'W')
  const M = inverse(multiply(transpose(W), W))
  return { W: times(-2 * Math.cos(traceOf(multiply(S, M))), multiply(multiply(multiply(W, M), S), M)) }
}

/** u' = 1, a' = a|a|²: then u₁ − u₂, 2u₁ + 1/|a|² and a/|a| are invariant. */
const affineAndCubic: Gradient = (theta) => {
  const [u, a] = [of(theta, 'u').flat(), of(theta, 'a').flat()]
  const [[u1 = 0, u2 = 0], [a1 = 0, a2 = 0]] = [u, a]
  const square = a1 ** 2 + a2 ** 2
  const [p, q, r] = [Math.cos(u1 - u2), Math.cos(2 * u1 + 1 / square), Math.cos(a1 / a2) / a2 ** 2]
  return {
    u: [[p + 2 * q], [-p]],
    a: [[(-2 * q * a1) / square ** 2 + r * a2], [(-2 * q * a2) / square ** 2 - r * a1]],
  }
}

const linear = deepLinear(5)

const HEAVY_BALL = 'rule: { name: momentum }'
const TWO_STATES = `rule:
  state: { v: 0, m: 0 }
  update: { v: "beta*v + g", m: "gamma*m + v + lambda*theta", theta: "(1 - eta*mu)*theta - eta*(m + c*g)" }`
const problems: readonly (readonly [string, string, string, Blocks, Gradient])[] = [
  ['W^2 under two states with decay beside', 'parameters: { W: [n, n] }\nsymmetry: { generator: { W: W*W } }', TWO_STATES, start2, riccati],
  ['W + W^2 under Nesterov', 'parameters: { W: [n, n] }\nsymmetry: { generator: { W: W + W*W } }', 'rule: { name: nesterov }', start2, logistic],
  ['W Wt W under gradient descent', 'parameters: { W: [h, d] }\nsymmetry: { generator: { W: W*transpose(W)*W } }', 'rule: { name: sgd }', start2, cubic],
  ['W Wt W under heavy ball with dampening', 'parameters: { W: [h, d] }\nsymmetry: { generator: { W: 2*W*transpose(W)*W } }', HEAVY_BALL, start2, cubic],
  ['a shift with a cubic under gradient descent', 'parameters: { u: [n], a: [d] }\nsymmetry: { generator: { u: 1, a: a*transpose(a)*a } }', 'rule: { name: sgdw }',
    { u: random(2, 1, next), a: [[0.9], [0.7]] }, affineAndCubic],
  ['a shift with a cubic under heavy ball', 'parameters: { u: [n], a: [d] }\nsymmetry: { generator: { u: 1, a: a*transpose(a)*a } }', HEAVY_BALL,
    { u: random(2, 1, next), a: [[0.9], [0.7]] }, affineAndCubic],
  ['a general linear motion that depends on theta, under heavy ball',
    'parameters: { W1: [h, d], W2: [o, h] }\nsymmetry: { generator: { W1: transpose(W2)*W2*W1, W2: -W2*transpose(W2)*W2 } }', HEAVY_BALL, linear.start, linear.gradient],
]

/** Vectors by name, each as its blocks. */
type Vectors = Readonly<Record<string, Blocks>>

/** What a law's text may name: `g` is all of a vector as one column, `g_W` its block, `W` and `theta_W` that of theta, `one_W` the indicator. */
function scopeOf(vectors: Vectors, blocks: readonly string[]): Readonly<Record<string, number | Plain>> {
  const column = (x: Blocks): Plain => blocks.flatMap((b) => of(x, b).flat().map((value) => [value]))
  const entries = Object.entries(vectors).flatMap(([name, x]) => [
    [name, column(x)] as const,
    ...blocks.flatMap((b) => [[`${name}_${b}`, of(x, b)] as const, ...(name === 'theta' ? [[b, of(x, b)] as const] : [])]),
  ])
  const theta = vectors['theta'] ?? {}
  const ones = blocks.map((b) => [`one_${b}`, column(Object.fromEntries(blocks.map((other) => [other, map(of(theta, other), () => Number(other === b))])))] as const)
  return { ...NUMBERS, ...Object.fromEntries([...entries, ...ones]) }
}

const numberOf = (text: string, scope: Readonly<Record<string, number | Plain>>): number => evaluateText(text, scope)[0]?.[0] ?? Number.NaN

/** One step of update equations, component by component; a name already updated has its new value as `name_next`. */
function stepped(now: Vectors, updates: readonly { readonly name: string; readonly value: { readonly text: string } }[]): Vectors {
  return updates.reduce<Vectors>((all, { name, value }) => {
    const component = (b: string, i: number, j: number): number =>
      numberOf(value.text, { ...NUMBERS, ...Object.fromEntries(Object.entries(all).map(([key, x]) => [key, of(x, b)[i]?.[j] ?? 0])) })
    const made = Object.entries(now['theta'] ?? {}).map(([b, rows]) => [b, rows.map((row, i) => row.map((_, j) => component(b, i, j)))] as const)
    return { ...all, [`${name}_next`]: Object.fromEntries(made) }
  }, now)
}

describe.each(problems)('a polynomial symmetry: %s', (_, symmetry, rule, start, gradient) => {
  it('has an exact law that holds along a run of a loss with that symmetry', () => {
    const found = deriveProblem(parseProblem(`title: test\n${symmetry}\n${rule}\norder: 1`))
    expect(found).toHaveLength(1)
    const [first] = found
    if (first === undefined) throw new Error('one law')
    const { derivation } = first
    for (const step of derivation.steps) expect(step.verified).toMatchObject({ passed: true })
    const law = derivation.laws.discrete
    if (law === undefined) throw new Error('there is a discrete law')
    const { update } = derivation.rule
    const initial = (name: string): Blocks => Object.fromEntries(Object.entries(start).map(([b, x]) => [b, name === 'theta' ? x : map(x, () => 0.1)]))
    let now: Vectors = Object.fromEntries(update.map(({ name }) => [name, initial(name)]))
    const rows = [{ now: law.charge.text, next: law.recursion.text }, ...law.closure.map((r) => ({ now: r.contraction.text, next: r.next.text }))]
    let predicted: readonly number[] | undefined
    for (let k = 0; k < STEPS; k += 1) {
      const all = stepped({ ...now, g: gradient(now['theta'] ?? {}) }, update)
      const scope = scopeOf(all, Object.keys(start))
      for (const [i, row] of rows.entries()) {
        const value = numberOf(row.now, scope)
        expect(Math.abs(value - (predicted?.[i] ?? value)) / Math.max(1, Math.abs(value)), `${row.now} at step ${k}`).toBeLessThan(1e-12)
      }
      predicted = rows.map((row) => numberOf(row.next, scope))
      now = Object.fromEntries(update.map(({ name }) => [name, all[`${name}_next`] ?? {}]))
    }
  })
})
