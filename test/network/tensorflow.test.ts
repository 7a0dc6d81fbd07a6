import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { float64Network, tensorLossAndGradient } from '../../src/network/index.js'
import { openBackend } from '../../src/training/index.js'
import { instance, networkSpecs } from './networks.js'

describe.each(['wasm', 'cpu'] as const)('the network in TensorFlow.js on %s', (backend) => {
  it('has the loss and the gradient of the one in float64, to the precision of float32', async () => {
    const { tf } = await openBackend(backend)
    fc.assert(
      fc.property(networkSpecs, (spec) => {
        const { network, theta, inputs, targets, rows } = instance(spec)
        const expected = new Float64Array(network.size)
        const loss = float64Network(network, rows).lossAndGradient(theta, inputs, targets, rows, expected)
        const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
        // Rounded powers of powers differ by more than their loss says; such networks are compared in float64 by finite differences.
        fc.pre(loss < 100 && largest < 100)
        const [value, actual] = tf.tidy(() => {
          const tensors = network.parameters.map(({ offset, size, shape }) => tf.tensor(Float32Array.from(theta.subarray(offset, offset + size)), [...shape]))
          const x = tf.tensor2d(Float32Array.from(inputs), [rows, network.input])
          const t = tf.tensor2d(Float32Array.from(targets), [rows, network.output])
          const result = tensorLossAndGradient(tf, network, tensors, x, t)
          return [result.loss.dataSync()[0] ?? Number.NaN, Float32Array.from(result.gradient.flatMap((part) => Array.from(part.dataSync())))]
        })
        expect(Math.abs(value - loss)).toBeLessThan(2e-4 * (1 + loss))
        expect(actual.length).toBe(network.size)
        for (const [i, x] of actual.entries()) expect(Math.abs(x - (expected[i] ?? 0))).toBeLessThan(2e-3 * (1 + largest))
      }),
      { numRuns: 60 },
    )
  })
})
