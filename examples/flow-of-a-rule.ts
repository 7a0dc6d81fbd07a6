/**
 * The flow that a learning rule follows, derived from the rule, compiled for a network, and held against training:
 *
 *   npx tsx examples/flow-of-a-rule.ts
 *
 * Any update equations do; put your own in the place of these. To order n in the learning rate the flow is off by η^(n+1) after the same time.
 */
import { compileSystem } from '../src/compile/index.js'
import { buildNetwork } from '../src/network/index.js'
import { programOf, readRule } from '../src/rules/rule.js'
import { loadData, subset, train, trainingFlow } from '../src/training/index.js'

const rule = readRule({
  state: { slow: '0', fast: '0' },
  update: { slow: '4/5*slow + g', fast: '1/2*fast + g', theta: 'theta - eta*(slow + fast)/2' },
})
const network = buildNetwork({ input: 64, layers: [{ dense: 8 }, 'tanh', { dense: 10 }] })
const data = subset(loadData('digits'), 100)
const rates = [0.02, 0.01, 0.005]
/** Times from which the states have settled, and to which the flow is followed. */
const [from, to] = [1, 3]

/** θ after so much time of training. */
async function trained(eta: number, time: number): Promise<Float64Array> {
  const { parameters } = await train({ network, data, rule: programOf(rule), hyperparameters: { eta }, steps: Math.round(time / eta), batchSize: 'full', backend: 'float64' })
  return parameters
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.hypot(...Array.from(a, (x, i) => x - (b[i] ?? Number.NaN)))

const ends = await Promise.all(rates.map(async (eta) => ({ eta, start: await trained(eta, from), end: await trained(eta, to) })))
console.log(`distance of the flow from training, ${network.size} parameters, from t = ${from} to ${to}`)
for (const order of [0, 1, 2]) {
  const { system } = trainingFlow(network, data.train, rule, 'modified', order)
  const { integrate } = compileSystem(system, { method: 'dop853' })
  const errors = ends.map(({ eta, start, end }) => {
    const parameters = (system.parameters ?? []).map(() => eta) // eta is the only one here, and none to order 0
    return distance(end, integrate({ y0: start, parameters, t0: from, t1: to, rtol: 1e-11, atol: 1e-13 }).final.y)
  })
  const [coarse = Number.NaN, fine = Number.NaN] = errors.slice(-2)
  console.log(`order ${order}: ${errors.map((e, k) => `${e.toExponential(1)} at eta = ${rates[k]}`).join(', ')}; observed order ${Math.log2(coarse / fine).toFixed(2)}`)
}
