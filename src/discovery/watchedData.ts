import type { Network } from '../network/index.js'
import { type DataSet, type Samples, classes, labelsOf, loadData } from '../training/index.js'

const PIXELS = 64

/** Samples for a network to be watched on: handwritten digits where they fit it, else what another network of the same architecture teaches it. */
export function dataFor(network: Network, rows: number): DataSet {
  const { input, layers, gain, seed } = network.spec
  if (network.input <= PIXELS && network.output > 1) return digitsFor(network, rows)
  return loadData({ teacher: { input, layers, gain, seed: seed + 1 }, samples: rows, test: 0, classes: network.spec.loss === 'cross_entropy' })
}

/** Neighbouring pixels are averaged to as many numbers as the network has inputs; the first classes are taken if it has fewer than ten outputs. */
function digitsFor({ input, output }: Network, rows: number): DataSet {
  const digits = loadData('digits')
  const all = labelsOf(digits.train.targets)
  const chosen = Array.from(all.keys()).filter((n) => (all[n] ?? 0) < output).slice(0, rows)
  const groups = Array.from({ length: input }, (_, j) => [Math.floor((j * PIXELS) / input), Math.floor(((j + 1) * PIXELS) / input)] as const)
  const inputs = chosen.flatMap((n) => groups.map(([from, to]) => digits.train.inputs.subarray(n * PIXELS + from, n * PIXELS + to).reduce((sum, x) => sum + x / (to - from), 0)))
  const labels = chosen.map((n) => all[n] ?? 0)
  const none: Samples = { rows: 0, inputs: new Float32Array(0), targets: classes([]) }
  return {
    ...digits, name: describeDigits(input, output), features: input, outputs: Math.min(output, digits.outputs),
    train: { rows: chosen.length, inputs: Float32Array.from(inputs), targets: classes(labels) }, test: none,
  }
}

function describeDigits(inputs: number, outputs: number): string {
  const digits = outputs < 10 ? `digits 0 to ${outputs - 1}` : 'digits'
  return inputs < PIXELS ? `${digits}, pixels averaged in groups to ${inputs} ${inputs === 1 ? 'number' : 'numbers'}` : digits
}
