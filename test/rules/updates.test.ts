import { describe, expect, it } from 'vitest'
import { writeVector } from '../../src/jets/notation.js'
import { InputError } from '../../src/errors.js'
import { modifiedField } from '../../src/rules/modifiedField.js'
import { type RuleStatement, programOf, readRule } from '../../src/rules/rule.js'
import { compileRule } from '../../src/training/program.js'

type Update = Readonly<Record<string, string>>

const SETS = { u: ['u'], a: ['a'], b: ['b'] }
/** Where the blocks are in θ. */
const PLACES: Readonly<Record<string, readonly number[]>> = { u: [0, 1], a: [2, 3], b: [4] }
const START = [0.4, -0.7, 0.6, 0.3, -0.5]
const ETA = 0.1

/** Gradient of the loss Σ sin(θᵢ θᵢ₊₁) over a ring of components. */
const gradient = (x: readonly number[]): readonly number[] =>
  x.map((_, i) => {
    const [left, at, right] = [x.at(i - 1) ?? 0, x[i] ?? 0, x[(i + 1) % x.length] ?? 0]
    return left * Math.cos(left * at) + right * Math.cos(at * right)
  })

function engine(statement: RuleStatement, steps: number): readonly number[] {
  const [theta, g] = [Float64Array.from(START), new Float64Array(START.length)]
  const indicators = new Map(Object.entries(PLACES).map(([name, places]) => [name, Float64Array.from(START, (_, i) => Number(places.includes(i)))]))
  const machine = compileRule(programOf(readRule(statement, SETS)), { eta: ETA, mu: 0.8, lambda: 0.05 }, theta, g, indicators, (point, _along, out) => out.set(gradient([...point])))
  for (let k = 0; k < steps; k += 1) {
    g.set(gradient([...theta]))
    machine.step(k)
  }
  return [...theta]
}

const expectNear = (x: readonly number[], y: readonly number[]): void => x.forEach((xi, i) => expect(xi).toBeCloseTo(y[i] ?? Number.NaN, 13))

const alternating = () => {
  const x = [...START]
  for (let k = 0; k < 20; k += 1) for (const half of [[0, 1], [2, 3]]) {
    const g = gradient(x)
    for (const i of half) x[i] = (x[i] ?? 0) - ETA * (g[i] ?? 0)
  }
  return x
}

const rules: readonly (readonly [string, RuleStatement, () => readonly number[]])[] = [
  ['alternating descent: the second block sees where the first has moved', { update: { u: 'u - eta*g', theta: 'theta', a: 'a - eta*g(theta - theta_u + u)' } }, alternating],
  ['the same in other words', { update: { u: 'u - eta*g', theta: 'theta', a: 'a - eta*g(theta - eta*g_u)' } }, alternating],
  ['momentum on one block, signs on another, decay on what is left', { state: { v: '0' }, update: { v: 'mu*v + g', theta: '(1 - eta*lambda)*theta - eta*g', u: 'u - eta*v', a: 'a - eta*sign(g + a)' } }, () => {
    const x = [...START]
    const v = START.map(() => 0)
    for (let k = 0; k < 20; k += 1) {
      const g = gradient(x)
      for (const i of [0, 1]) v[i] = 0.8 * (v[i] ?? 0) + (g[i] ?? 0)
      for (const i of [0, 1]) x[i] = (x[i] ?? 0) - ETA * (v[i] ?? 0)
      for (const i of [2, 3]) x[i] = (x[i] ?? 0) - ETA * Math.sign((g[i] ?? 0) + (x[i] ?? 0))
      x[4] = (1 - ETA * 0.05) * (x[4] ?? 0) - ETA * (g[4] ?? 0)
    }
    return x
  }],
  ['Nesterov in two sequences: beside y_next, y is that before the step', { state: { y: 'theta' }, update: { y: 'theta - eta*g', theta: 'y_next + mu*(y_next - y)' } }, () => {
    let [x, y] = [[...START], [...START]]
    for (let k = 0; k < 20; k += 1) {
      const g = gradient(x)
      const next = x.map((xi, i) => xi - ETA * (g[i] ?? 0))
      ;[x, y] = [next.map((yi, i) => yi + 0.8 * (yi - (y[i] ?? 0))), next]
    }
    return x
  }],
  ['a state that theta pushes by its step, and theta by a state of the step before', { state: { v: '0' }, update: { theta: 'theta - eta*(g + v)', v: 'mu*v + theta_next - theta' } }, () => {
    const x = [...START]
    const v = START.map(() => 0)
    for (let k = 0; k < 20; k += 1) {
      const g = gradient(x)
      for (const i of x.keys()) {
        const step = -ETA * ((g[i] ?? 0) + (v[i] ?? 0))
        x[i] = (x[i] ?? 0) + step
        v[i] = 0.8 * (v[i] ?? 0) + step
      }
    }
    return x
  }],
  ['the same beside a state that is called v_before', { state: { v: '0', v_before: '0' }, update: { v_before: 'v_before/2 + g', v: 'mu*v + g', theta: 'theta - eta*(v_next - v) - eta*v_before' } }, () => {
    const x = [...START]
    const [v, w] = [START.map(() => 0), START.map(() => 0)]
    for (let k = 0; k < 20; k += 1) {
      const g = gradient(x)
      for (const i of x.keys()) {
        const [old, gi] = [v[i] ?? 0, g[i] ?? 0]
        w[i] = (w[i] ?? 0) / 2 + gi
        v[i] = 0.8 * old + gi
        x[i] = (x[i] ?? 0) - ETA * ((v[i] ?? 0) - old) - ETA * (w[i] ?? 0)
      }
    }
    return x
  }],
  ['a state between two blocks, and one behind them', { state: { v: '0', w: '0' }, update: { u: 'u - eta*g', v: 'u + theta_b', a: 'a - eta*v_u - eta*g', b: 'b - eta*g', w: 'mu*w + u + a_next + b' } }, () => {
    const x = [...START]
    for (let k = 0; k < 20; k += 1) {
      const g = gradient(x)
      for (const i of START.keys()) x[i] = (x[i] ?? 0) - ETA * (g[i] ?? 0)
    }
    return x
  }],
]

describe.each(rules)('updates by block: %s', (_, statement, byHand) => {
  it('moves as a loop over the blocks does', () => expectNear(engine(statement, 20), byHand()))

  it('has a flow that starts with the gradient of every block that moves', () => {
    expect(modifiedField(readRule(statement, SETS), 1)).toMatchObject({ ok: true })
  })
})

const written = (update: Update, state: Update = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(readRule({ state, update }, SETS).updates.map(({ name, value }) => [name, writeVector(value).text]))

describe('names in updates', () => {
  it('an equation for theta beside those of blocks is for the others', () => {
    expect(written({ theta: 'theta - eta*g', a: 'a - nu*g' })).toEqual(written({ theta: 'theta - eta*(g - P_a(g)) - nu*P_a(g)' }))
  })

  it('a name already updated means its new value: also blocks of theta, by either name', () => {
    const state = { v: '0' }
    const after = written({ theta: 'theta - eta*g', v: 'v + theta_u' }, state)
    expect(after).toEqual(written({ theta: 'theta - eta*g', v: 'v + P_u(theta_next)' }, state))
    expect(after).toEqual(written({ theta: 'theta - eta*g', v: 'v + u' }, state))
    expect(after).not.toEqual(written({ v: 'v + theta_u', theta: 'theta - eta*g' }, state))
  })

  it('where the new value is asked for by name, the plain name is the old one: of states, theta and blocks', () => {
    const state = { v: '0' }
    expect(written({ v: 'mu*v + g', theta: 'theta - eta*(v_next - v)' }, state)['theta']).toBe('theta + eta*v - eta*v_next')
    expect(written({ theta: 'theta - eta*g', v: 'v + theta_next - theta' }, state)['v']).toBe('theta_next - theta + v')
    expect(written({ v: 'mu*v + g', theta: 'theta - eta*(v_next_u + v_u)' }, state)['theta']).toBe('theta - eta*v_u - eta*v_next_u')
    expect(written({ u: 'u - eta*g', v: 'v + u_next - u', theta: 'theta' }, state)['v']).toBe('v - eta*g_u')
  })

  it('until the last block has moved, theta is that before the step', () => {
    const state = { v: '0' }
    expect(written({ u: 'u - eta*g', v: 'theta', a: 'a', b: 'b' }, state)['v']).toBe('theta')
    expect(written({ u: 'u - eta*g', a: 'a', b: 'b', v: 'theta' }, state)['v']).toBe('theta_next')
  })

  it.each<readonly [string, RuleStatement]>([
    ['the rule does not update the block b', { update: { u: 'u - eta*g', a: 'a' } }],
    ['u and in both move the block u', { update: { u: 'u - eta*g', in: 'g', theta: 'theta' } }],
    ["the update of 'c', which is no state", { update: { theta: 'theta', c: 'c' } }],
    ['the state v has no update', { state: { v: '0' }, update: { theta: 'theta - eta*v' } }],
    ['the rule does not update theta', { state: { v: '0' }, update: { v: 'v + g' } }],
    ['the rule multiplies by a, which is a block', { state: { v: '0' }, update: { v: 'a*v + g', theta: 'theta - eta*v' } }],
    ['the rule multiplies by a, which is a block', { state: { v: '0' }, update: { v: 'beta*v + (1 - sqrt(a))*g', theta: 'theta - eta*v' } }],
    ['the rule multiplies by b, which is a block', { update: { u: 'u - eta*msign(g/b)', theta: 'theta' } }],
    ["the state 'g' has the name of the gradient", { state: { g: '0' }, update: { g: 'beta*g', theta: 'theta - eta*g' } }],
    ["the state 'v_next' has the name of the new value of v", { state: { v: '0', v_next: '0' }, update: { v: 'g', v_next: 'v', theta: 'theta - eta*v_next' } }],
    ["the state 'ddtheta' has the name of a rate of the parameters", { state: { ddtheta: '0' }, update: { ddtheta: 'g', theta: 'theta - eta*ddtheta' } }],
    ["the state 'eta' has the name of the learning rate", { state: { eta: '0' }, update: { eta: 'g', theta: 'theta - eta' } }],
    ['the rule custom has a number v, which is a state', { v: 0.3, state: { v: '0' }, update: { v: 'g', theta: 'theta - eta*v' } }],
    ['the rule custom has a number g, which is the gradient', { g: 0.3, update: { theta: 'theta - eta*g' } }],
  ])('%s', (message, statement) => {
    const read = (): unknown => readRule(statement, { ...SETS, in: ['u', 'a'] })
    expect(read).toThrow(InputError)
    expect(read).toThrow(message)
  })

  it.each<readonly [string, Update]>([
    ['as it is said to be one, by theta_a', { theta: 'theta - eta*theta_a*g' }],
    ['in its own equation', { u: 'u*exp(-eta*g)', theta: 'theta - eta*g' }],
    ['in numbers made of it', { theta: 'theta - eta*norm(a)*g - eta*lambda*a' }],
    ['beside its old value', { u: 'u - eta*g', a: 'a - eta*g(theta - theta_u + u)', b: 'b' }],
  ])('a block is read %s', (_, update) => {
    expect(() => readRule({ update }, SETS)).not.toThrow()
  })
})

describe('a hyperparameter that drops out of the updates in which it stands', () => {
  it('is one of the rule all the same', () => {
    const rule = readRule({ c: 0.1, state: { s: '1' }, update: { s: 's + c*(s - s) + g^2', theta: 'theta - eta*g/sqrt(s)' } })
    expect(rule.hyperparameters).toEqual(['eta'])
    expect(() => readRule({ c: 0.1, update: { theta: 'theta - eta*g' } })).toThrow("has no hyperparameter 'c'")
  })
})
