import { describe, expect, it } from 'vitest'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { writeScalar } from '../../src/jets/notation.js'
import { derive } from '../../src/laws/derive.js'
import type { RuleStatement } from '../../src/rules/rule.js'
import { hasGainOfNoise } from '../../src/validation/noiseGain.js'
import { scalarOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'

const NUMBERS = { eta: 1e-6, beta: 0.8, kappa: 0.3, lambda: 0 }
const { eta, beta, kappa } = NUMBERS

/** θ and what a rule keeps beside it, one number each. */
type State = readonly [theta: number, ...states: number[]]
type Step = (state: State, g: number) => State
const own = (state: Readonly<Record<string, string>>, update: Readonly<Record<string, string>>): RuleStatement => ({ state, update })

const rules: readonly (readonly [string, boolean, RuleStatement, Step])[] = [
  ['heavy ball', true, { name: 'momentum' }, ([q, v = 0], g) => { const w = beta * v + g; return [q - eta * w, w] }],
  ['Nesterov’s', true, { name: 'nesterov' }, ([q, v = 0], g) => { const w = beta * v + g; return [q - eta * (g + beta * w), w] }],
  ['a velocity in units of θ beside the gradient', true, own({ v: '0' }, { v: 'beta*v - eta*g', theta: 'theta + v - eta*g' }),
    ([q, v = 0], g) => { const w = beta * v - eta * g; return [q + w - eta * g, w] }],
  ['a mean of a copy that descends', true, own({ c: 'theta' }, { c: 'c - eta*g', theta: 'theta + kappa*(c - theta)' }),
    ([q, c = 0], g) => { const d = c - eta * g; return [q + kappa * (d - q), d] }],
  ['decay towards a mean', true, own({ c: 'theta' }, { theta: 'theta - eta*g - eta*lambda*c', c: 'beta*c + (1-beta)*theta' }),
    ([q, c = 0], g) => { const x = q - eta * g; return [x, beta * c + (1 - beta) * x] }],
  ['a step before the momentum is new', false, own({ v: '0' }, { theta: 'theta - eta*v', v: 'beta*v + g' }),
    ([q, v = 0], g) => [q - eta * v, beta * v + g]],
  ['momentum of momentum', false, own({ v: '0', c: '0' }, { v: 'beta*v + g', c: 'kappa*c + v', theta: 'theta - eta*c' }),
    ([q, v = 0, c = 0], g) => { const w = beta * v + g; const d = kappa * c + w; return [q - eta * d, w, d] }],
  ['lookahead', false, own({ c: 'theta' }, { theta: 'theta - eta*g + beta*(c - theta)', c: 'c + kappa*(theta - c)' }),
    ([q, c = 0], g) => { const x = q - eta * g + beta * (c - q); return [x, c + kappa * (x - c)] }],
]

const lawOf = (rule: RuleStatement) => {
  const [law] = derive({ title: '', parameters: { w: ['d'] }, symmetry: { family: 'scale', on: ['w'] }, rule, order: 1 })
  const flow = law?.laws.flows.find(({ model, order }) => model === 'modified flow' && order === 1)
  if (law === undefined || flow === undefined) throw new Error('the rule has a modified flow')
  return { laws: law.laws, flow }
}

/** What one gradient of 1 among zeros, after which all settles, makes of |θ|² from zero: by the steps themselves, and by the law with its drive measured. */
function gains(rule: RuleStatement, step: Step): readonly [exact: number, law: number] {
  const { flow: { law: { coefficients: [, rate], drive } } } = lawOf(rule)
  if (rate === undefined) throw new Error('the law has a rate')
  const text = writeScalar(drive).text
  let [state, moved]: [State, number] = [[0, 0, 0], 0]
  for (let k = 0; k < 400; k += 1) {
    const g = k === 0 ? 1 : 0
    const next = step(state, g)
    const vectors = { theta: [(state[0] + next[0]) / 2], dtheta: [(next[0] - state[0]) / eta] }
    moved += eta * scalarOfText(text, { ring: DOUBLES, scalars: NUMBERS, vectors, gradientForm: () => [g], masks: { w: [true] }, maps: {} })
    state = next
  }
  return [state[0] ** 2, moved / evaluateNumber(rate, NUMBERS)]
}

describe('the gain of noise in the law of a modified flow', () => {
  it.each(rules)('%s: is that of the steps: %s', (_, stands, rule, step) => {
    const { laws, flow } = lawOf(rule)
    const [exact, law] = gains(rule, step)
    expect(Math.abs(law / exact - 1) < 1e-4).toBe(stands)
    expect(hasGainOfNoise(flow, laws)).toBe(stands)
  })

  it('is none for an angular momentum, in which a gradient does not meet itself', () => {
    const generator = { W: 'Omega*W' }
    const [law] = derive({ title: '', parameters: { W: ['h', 'd'] }, symmetry: { generator, constants: { Omega: ['h', 'h'] }, antisymmetric: ['Omega'] }, rule: { name: 'nesterov' }, order: 1 })
    const flow = law?.laws.flows.find(({ model, order }) => model === 'modified flow' && order === 1)
    expect(flow?.law.charge).not.toBe(law?.laws.discrete?.charge)
    expect(law !== undefined && flow !== undefined && hasGainOfNoise(flow, law.laws)).toBe(true)
  })

  it('is asked for rates of blocks too, where |θ_w|² stays beside the charge', () => {
    const [law] = derive({ title: '', parameters: { w: ['d'], a: ['m'] }, symmetry: { family: 'rescale', in: ['w'], out: ['a'] }, rule: { name: 'momentum', eta: { w: 'eta', a: '3*eta' } }, order: 1 })
    const flow = law?.laws.flows.find(({ model, order }) => model === 'modified flow' && order === 1)
    expect(law !== undefined && flow !== undefined && hasGainOfNoise(flow, law.laws)).toBe(true)
  })
})
