import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Rank, Tensor } from '@tensorflow/tfjs-core'
import { buildNetwork, bytesOfSample, float64Network, tensorLossAndGradient } from '../../src/network/index.js'
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

describe('a convolution', () => {
  it.each([
    { stride: 1, padding: 'valid', size: [6, 4, 2] },
    { stride: 2, padding: 'valid', size: [6, 7, 1] },
    { stride: 2, padding: 'same', size: [5, 6, 3] },
    { stride: 3, padding: 'same', size: [7, 4, 2] },
    { stride: 1, padding: 'same', size: [3, 4, 1] },
  ] as const)('of stride $stride on $size, $padding, has the derivatives that its own kernels for them compute', async ({ stride, padding, size }) => {
    const { tf } = await openBackend('cpu')
    const [height, width, channels] = size
    const [kernel, filters, rows] = [3, 4, 2]
    const [layer] = buildNetwork({ input: [...size], layers: [{ conv: { filters, kernel, stride, padding } }] }).layers
    if (layer === undefined) throw new Error('one layer')
    const x = tf.randomNormal<Rank.R2>([rows, height * width * channels], 0, 1, 'float32', 1)
    const k = tf.randomNormal<Rank.R4>([kernel, kernel, channels, filters], 0, 1, 'float32', 2)
    const c = tf.randomNormal<Rank.R1>([filters], 0, 1, 'float32', 3)
    const dy = tf.randomNormal<Rank.R2>([rows, layer.output], 0, 1, 'float32', 4)
    const border = padding === 'same' ? 1 : 0
    const images = tf.reshape<Rank.R4>(x, [rows, height, width, channels])
    const around: [[number, number], [number, number], [number, number], [number, number]] = [[0, 0], [border, border], [border, border], [0, 0]]
    const product = tf.conv2d(images, k, stride, around)
    const dz = tf.reshape<Rank.R4>(dy, product.shape)
    const how = { strides: stride, pad: around, dataFormat: 'NHWC', dimRoundingMode: 'floor' }
    const dk = tf.engine().runKernel<Tensor>('Conv2DBackpropFilter', { x: images, dy: dz }, { ...how, filterShape: k.shape })
    const dx = tf.engine().runKernel<Tensor>('Conv2DBackpropInput', { dy: dz, filter: k }, { ...how, inputShape: images.shape })
    const pass = layer.forward(tf, x, [k, c])
    const back = pass.pullback(dy, true)
    const pairs = [[pass.output, tf.reshape(tf.add(product, c), dy.shape)], [back.input, tf.reshape(dx, x.shape)], [back.parameters[0], dk], [back.parameters[1], tf.sum(dz, [0, 1, 2])]] as const
    for (const [mine, theirs] of pairs) {
      expect(mine?.shape).toEqual(theirs?.shape)
      const expected = Array.from(theirs?.dataSync() ?? [])
      expect(expected.length).toBeGreaterThan(0)
      for (const [i, value] of (mine?.dataSync() ?? []).entries()) expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 4)
    }
  })
})

it.each(['wasm', 'cpu'] as const)('what a sample takes of the memory of %s is what batches take in proportion', async (backend) => {
  const { tf } = await openBackend(backend)
  const network = buildNetwork({ input: [6, 6], layers: [{ conv: { filters: 3, kernel: 3 } }, 'batchnorm', 'relu', { conv: { filters: 2, kernel: 3, stride: 2 } }, 'global_average', { dense: 4 }] })
  const peak = (rows: number): number =>
    tf.tidy(() => {
      const before = tf.memory().numBytes
      tensorLossAndGradient(tf, network, network.parameters.map(({ shape }) => tf.ones([...shape])), tf.ones([rows, 36]), tf.ones([rows, 4]))
      return tf.memory().numBytes - before
    })
  const each = bytesOfSample(tf, network)
  expect(each).toBeGreaterThan(4 * network.layers.reduce((sum, { output }) => sum + output, 0))
  expect(peak(50) - peak(20)).toBe(30 * each)
})
