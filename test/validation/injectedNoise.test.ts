import { describe, expect, it } from 'vitest'
import { derive } from '../../src/laws/derive.js'
import { buildNetwork, inferSymmetries, random } from '../../src/network/index.js'
import { initialParameters } from '../../src/network/network.js'
import { programOf } from '../../src/rules/rule.js'
import { type DataSet, type Measure, type Samples, classes } from '../../src/training/index.js'
import { combinationsOf, ensembleOf } from '../../src/validation/ensemble.js'
import { scalarOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'

const network = buildNetwork({ input: 32, layers: [{ dense: 5 }, 'relu', { dense: 3 }] })
const found = inferSymmetries(network).find((s) => s.family === 'rescale')
if (found === undefined) throw new Error('a ReLU between two layers')
const symmetry = found
const square = (set: string, vector: string): Measure => ({ id: `${set} ${vector}`, symmetry, set, left: vector, right: vector, mode: 'diagonal' })
/** Parameters of a neuron: as many weights as inputs and a bias come in, three weights go out. */
const [IN, OUT] = [33, 3]

/** Points in three classes. */
function points(rows: number): DataSet {
  const { normal } = random(5)
  const samples: Samples = { rows, targets: classes(Array.from({ length: rows }, (_, i) => i % 3)), inputs: Float32Array.from({ length: 32 * rows }, normal) }
  return { name: 'points', source: 'made up', features: 32, outputs: 3, train: samples, test: samples }
}

describe('an ensemble of runs under injected noise', () => {
  it('has the mean that the exact law says, carried on from the start with what the gradients make of it, and not that without the noise', async () => {
    const rule = { update: { theta: 'theta - eta*(g + lambda*theta) + sqrt(2*eta*T)*xi' } }
    const [derived] = derive({ title: '', symmetry: { family: 'rescale', in: ['in'], out: ['out'] }, rule, order: 1 })
    const law = derived?.derivation.laws.solution.implications?.find((x) => x.name === 'mean after one step over injected noise')?.text.split(' = ')[1]
    if (derived === undefined || law === undefined) throw new Error('a law of the mean')
    const numbers = { eta: 0.05, lambda: 0.3, T: 2e-3 }
    const [steps, runs] = [150, 60]
    const measures = [square('in', 'theta'), square('out', 'theta'), square('in', 'g'), square('out', 'g')]
    const ensemble = await ensembleOf({
      network, data: points(24), rule: programOf(derived.laws.rule), hyperparameters: numbers, steps, batchSize: 'full', measures, runs, initial: initialParameters(network),
      further: combinationsOf({ q: { 'in theta': 1, 'out theta': -1 }, drive: { 'in g': 1, 'out g': -1 } }),
    })
    const [q, drive] = ['q', 'drive'].map((id) => ensemble.columns.get(id))
    if (q === undefined || drive === undefined) throw new Error('columns')
    // The printed law is linear in q and the drive: read at unit vectors, its three coefficients.
    const read = (charge: number, gradients: number, temperature: number): number =>
      scalarOfText(law, { ring: DOUBLES, scalars: { ...numbers, T: temperature, d_in: IN, d_out: OUT }, vectors: { theta: [Math.sqrt(charge), 0] }, masks: { in: [true, false], out: [false, true] }, maps: {}, gradientForm: () => [Math.sqrt(gradients), 0] })
    const [keeps, takes, warms] = [read(1, 0, 0), read(0, 1, 0), read(0, 0, numbers.T)]
    expect(warms).toBeCloseTo(2 * numbers.eta * numbers.T * (IN - OUT), 14)
    const misses: number[] = []
    for (let i = 0; i < q.width; i += 1) {
      let [mean, cold] = [q.mean[i] ?? 0, q.mean[i] ?? 0]
      for (let k = 0; k + 1 < steps; k += 1) {
        const driven = takes * (drive.mean[k * q.width + i] ?? 0)
        mean = keeps * mean + driven + warms
        cold = keeps * cold + driven
      }
      const at = (steps - 1) * q.width + i
      const bar = q.error[at] ?? 0
      misses.push(((q.mean[at] ?? 0) - mean) / bar)
      expect(Math.abs((q.mean[at] ?? 0) - cold)).toBeGreaterThan(6 * bar)
    }
    // Five neurons: |miss| beyond 4 standard errors in none.
    expect(Math.max(...misses.map(Math.abs))).toBeLessThan(4)
  })
})
