/**
 * A law watched in a real run, with the library:
 *
 *   npx tsx examples/watch-a-law.ts
 *
 * Weights in front of a normalization may be scaled without changing the loss. Under SGD with weight decay their squared
 * norm then obeys, exactly and at every step, |w|² ← (1 − ηλ)² |w|² + η² |g|², whatever the data.
 */
import { buildNetwork, inferSymmetries } from '../src/network/index.js'
import { programOf, readRule } from '../src/rules/rule.js'
import { type Measure, loadData, train } from '../src/training/index.js'

const eta = 0.1
const lambda = 0.01
const network = buildNetwork({ input: 64, layers: [{ dense: 16 }, { batchnorm: { epsilon: 0 } }, 'relu', { dense: 10 }] })
const symmetry = inferSymmetries(network).find(({ family }) => family === 'scale')
if (symmetry === undefined) throw new Error('a normalization makes a scale symmetry')

const square = (vector: string): Measure => ({ id: vector, symmetry, set: 'w', left: vector, right: vector, mode: 'diagonal' })
const recording = await train({
  network,
  data: loadData('digits'),
  rule: programOf(readRule({ name: 'sgd' })),
  hyperparameters: { eta, lambda },
  steps: 200,
  batchSize: 64,
  measures: [square('theta'), square('g')],
})

/** Squared norms of one neuron at every step. */
function history(id: string, neuron: number): number[] {
  const column = recording.columns.get(id)
  if (column === undefined) throw new Error(`${id} was not measured`)
  return Array.from({ length: recording.steps }, (_, step) => column.values[step * column.width + neuron] ?? Number.NaN)
}

let worst = 0
for (let neuron = 0; neuron < symmetry.count; neuron += 1) {
  const gradient = history('g', neuron)
  const measured = history('theta', neuron)
  const predicted = measured.map((norm, step) => (1 - eta * lambda) ** 2 * norm + eta ** 2 * (gradient[step] ?? Number.NaN))
  const residuals = measured.slice(1).map((norm, step) => Math.abs((predicted[step] ?? Number.NaN) / norm - 1))
  worst = Math.max(worst, ...residuals)
}
console.log(`${symmetry.origin}: ${symmetry.count} neurons, ${recording.steps} steps on backend ${recording.backend}`)
console.log(`largest relative residual of the law in one step: ${worst.toExponential(1)}`)
