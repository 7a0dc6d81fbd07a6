import { describe, expect, it } from 'vitest'
import { ZERO, atom } from '../../src/algebra/build.js'
import { atomsOf, substitute } from '../../src/algebra/calculus.js'
import { readScalar } from '../../src/jets/read.js'
import { vectorOf } from '../../src/jets/vector.js'
import { derive } from '../../src/laws/derive.js'
import { buildNetwork, inferSymmetries } from '../../src/network/index.js'
import { programOf } from '../../src/rules/rule.js'
import { train } from '../../src/training/index.js'
import { orderRuns, ordersOf } from '../../src/validation/orders.js'
import { planOf, vectorsOfPlans } from '../../src/validation/plan.js'
import { hasInitialValues } from '../../src/validation/predict.js'
import { WHOLE, constantly, measuresOf, quantityOf, seriesOf } from '../../src/validation/quantities.js'
import { clouds } from '../training/setting.js'

const network = buildNetwork({
  input: 4,
  layers: [{ dense: { units: 5, bias: false } }, { power: 2 }, { dense: { units: 3, bias: false } }],
  loss: 'cross_entropy',
})
const data = clouds(40)
const symmetry = inferSymmetries(network).find((s) => s.family === 'rescale')
const [law] = derive({ title: 't', symmetry: { family: 'rescale', in: ['in'], out: ['out'], degree: '2' }, rule: { name: 'momentum' }, order: 2 })
if (law === undefined || symmetry === undefined) throw new Error('a network of powers has a rescale symmetry')

const hyperparameters = { eta: 0.02, beta: 0.5, lambda: 0.05 }
const NAMES = { vectors: {}, operators: {}, sets: {}, dual: {} }

describe('the second derivative along a run', () => {
  it('is that of the steps: what |dtheta|^2 gains in a step, and what |ddtheta|^2 makes of it', async () => {
    const texts = ['dot(ddtheta, dtheta)', 'norm2(dtheta)', 'norm2(ddtheta)']
    const quantities = texts.map((text) => quantityOf(readScalar(text, NAMES), WHOLE)).filter((q) => q !== undefined)
    const whole = { ...WHOLE, sets: { all: network.parameters.map((p) => ({ parameter: p.name })) } }
    const recording = await train({
      network, data, hyperparameters, steps: 30, batchSize: 7, backend: 'float64',
      rule: programOf(law.laws.rule, new Map(quantities.flatMap((q) => [...q.vectors].map(([name, a]) => [name, vectorOf(a)] as const)))),
      measures: measuresOf(quantities).map((m) => ({ ...m, symmetry: whole })),
    })
    const [mixed, speed, acceleration] = quantities.map((q) => seriesOf(q, recording, constantly(hyperparameters)).values)
    for (let k = 1; k < 30; k += 1) {
      const gain = ((speed?.[k] ?? NaN) - (speed?.[k - 1] ?? NaN)) / (2 * hyperparameters.eta) + (hyperparameters.eta / 2) * (acceleration?.[k] ?? NaN)
      expect(Math.abs((mixed?.[k] ?? NaN) / gain - 1)).toBeLessThan(1e-7)
    }
  })
})

describe('the order of accuracy of the modified flow of second order', () => {
  const plan = planOf(law.laws, symmetry)
  const flow = plan.laws.flows.findLast((f) => f.model === 'modified flow')

  it('is three, and two without the term of the second derivative', async () => {
    expect(flow?.order).toBe(2)
    const runs = await orderRuns({ network, data, rule: programOf(law.laws.rule, vectorsOfPlans([plan])), hyperparameters, plans: [plan], onProgress: () => undefined, signal: undefined })
    const { fits, rung } = ordersOf(plan, runs)
    const found = fits.find((fit) => fit.model === 'modified flow, order 2')
    expect([rung.verdict, found?.derived]).toEqual(['passed', 3])
    expect(Math.abs((found?.observed ?? NaN) - 3)).toBeLessThan(0.2)
    const without = new Map([...plan.drives].map(([f, q]) => {
      const gone = atomsOf(q.expression).filter((o) => o.text().includes('ddtheta'))
      expect(f !== flow || gone.length > 0).toBe(true)
      return [f, { ...q, expression: substitute(q.expression, new Map(gone.map((o) => [atom(o), ZERO]))) }] as const
    }))
    const lacking = ordersOf({ ...plan, drives: without }, runs)
    expect(lacking.rung.verdict).toBe('failed')
    expect(lacking.fits.find((fit) => fit.model === 'modified flow, order 2')?.observed).toBeLessThan(2.5)
  })

  it('is looked for at smaller rates where that of the run is too large for longer runs, and is not told if all are', async () => {
    const rule = programOf(law.laws.rule, vectorsOfPlans([plan]))
    const from = (eta: number) => orderRuns({ network, data, rule, hyperparameters: { ...hyperparameters, eta }, plans: [plan], onProgress: () => undefined, signal: undefined })
    const found = await from(20)
    expect(found.ok ? found.value.failedFrom[0] : found.reason).toBe(20)
    expect(found.ok && found.value.own).toBeUndefined()
    expect(ordersOf(plan, found).rung.verdict).not.toBe('failed')
    const none = await from(1e6)
    expect(none.ok ? '' : none.reason).toMatch(/the reruns came to no end: the loss is not finite at step \d+ with eta = /)
    expect(ordersOf(plan, none).rung).toMatchObject({ verdict: 'skipped' })
  })

  it('is only spoken of where the motions beyond those of the rule die out', () => {
    if (flow === undefined) throw new Error('momentum has a modified flow')
    const coefficients = (texts: readonly string[]) => ({ ...flow.law, coefficients: texts.map((text) => readScalar(text, NAMES)) })
    expect(hasInitialValues(flow.law, hyperparameters)).toBe(true)
    // (s + 1)(s + 2)(s + 3), (s + 1)(s + 2)(s − 3) and s(s + 1)(s² + s + 4); (s + 1)(s² − s + 4) has all coefficients but grows.
    expect([['6', '11', '6', '1'], ['-6', '-7', '0', '1'], ['0', '4', '5', '2', '1'], ['4', '3', '0', '1'], ['1']].map((texts) => hasInitialValues(coefficients(texts), {}))).toEqual([true, false, true, false, false])
    expect([['-1', '1'], ['1', '-1', '1']].map((texts) => hasInitialValues(coefficients(texts), {}))).toEqual([true, true])
  })
})
