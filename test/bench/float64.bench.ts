/**
 * Milliseconds of one full-batch gradient in float64, least of several rounds.
 * Run: npx tsx test/bench/float64.bench.ts
 */
import { buildNetwork, float64Network, initialParameters, oneHot } from '../../src/network/index.js'
import { labelsOf, loadData } from '../../src/training/index.js'

const network = buildNetwork({ input: 64, layers: [{ dense: 16 }, 'batchnorm', 'relu', { dense: 10 }] })
const { train } = loadData('digits')
const theta = initialParameters(network)
const gradient = new Float64Array(network.size)
for (const rows of [100, 200, 300]) {
  const evaluator = float64Network(network, rows)
  const inputs = Float64Array.from(train.inputs.subarray(0, rows * 64))
  const targets = oneHot(labelsOf(train.targets).subarray(0, rows), 10)
  let best = Infinity
  for (let round = 0; round < 20; round++) {
    const start = performance.now()
    for (let i = 0; i < 20; i++) evaluator.lossAndGradient(theta, inputs, targets, rows, gradient)
    best = Math.min(best, (performance.now() - start) / 20)
  }
  console.log(`${rows} samples, 64–16–BatchNorm–ReLU–10: ${best.toFixed(2)} ms`)
}
