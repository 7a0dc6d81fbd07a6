import * as tf from '@tensorflow/tfjs-core'
import type { Rank, Scalar, Tensor } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { type GradientSampler, type NetworkDiscovery, discover, networkSampler, tensorflowSampler } from '../../src/discovery/index.js'
import { slopesOf } from './slopes.js'
import { type NetworkSpec, buildNetwork } from '../../src/network/index.js'

/** Largest |⟨∇h, g⟩| / (|∇h||g|) over all scalar laws h and some sampled gradients g of the real loss: an oracle apart from the search. */
function worstViolation(found: NetworkDiscovery, sampler: GradientSampler): number {
  const starts = new Map<string, number>()
  let next = 0
  for (const { name, shape } of sampler.blocks) {
    starts.set(name, next)
    next += shape.reduce((a, b) => a * b, 1)
  }
  let worst = 0
  for (let trial = 0; trial < 3; trial++) {
    const { theta, gradient } = sampler.sample()
    const size = Math.hypot(...gradient)
    for (const slope of slopesOf(found, (name) => starts.get(name) ?? Number.NaN, theta)) {
      const dot = slope.reduce((sum, x, i) => sum + x * (gradient[i] ?? Number.NaN), 0)
      worst = Math.max(worst, Math.abs(dot) / (Math.hypot(...slope) * size))
    }
  }
  return worst
}

describe('laws hold for the gradients of real networks', () => {
  it.each([
    { input: 4, layers: [{ dense: 5 }, 'relu', { dense: 4 }, { leaky_relu: 0.1 }, { dense: 3 }], loss: 'cross_entropy' },
    { input: 3, layers: [{ dense: 4 }, { batchnorm: { epsilon: 0 } }, 'relu', { dense: 3 }, { power: 2 }, { dense: 2 }], loss: 'mean_square' },
    { input: 4, layers: [{ dense: 3 }, 'linear', { dense: 3 }, { batchnorm: { epsilon: 0 } }, { dense: 2 }], loss: 'cross_entropy' },
    { input: 3, layers: [{ dense: 4 }, { residual: [{ dense: 3 }, 'relu', { dense: 4 }] }, { residual: [{ leaky_relu: 0.2 }, { dense: 4 }] }, { dense: 2 }], loss: 'mean_square' },
    { input: [3, 1, 2], layers: [{ conv: { filters: 4, kernel: 1 } }, { residual: [{ rmsnorm: { epsilon: 0, gamma: false } }, { attention: { heads: 2, bias: true } }] }, { residual: [{ layernorm: { epsilon: 0, gamma: false, beta: false } }, { gated: { hidden: 3 } }] }, { rmsnorm: { epsilon: 0, gamma: false } }, 'global_average', { dense: 2 }], loss: 'cross_entropy' },
    { input: 4, layers: [{ dense: 3 }, { power: 3 }, { dense: 2 }, { batchnorm: { epsilon: 0.01 } }, 'relu', { dense: 2 }], loss: 'mean_square' },
  ] as const)('$layers in float64', (spec) => {
    const document = JSON.parse(JSON.stringify(spec)) as NetworkSpec
    const found = discover(document)
    expect(found.independent).toBeGreaterThan(0)
    expect(worstViolation(found, networkSampler(buildNetwork(document)))).toBeLessThan(1e-12)
  })
})

const named = (found: NetworkDiscovery) => found.components.flatMap((c) => c.blocks)

/** A sampler of a TensorFlow.js function of the blocks by name. */
function tensorSampler(found: NetworkDiscovery, numbers: number, loss: (p: (name: string) => Tensor, data: Tensor) => Scalar): GradientSampler {
  const blocks = named(found)
  return tensorflowSampler(tf, blocks, numbers, (tensors, data) => {
    const byName = (name: string): Tensor => {
      const tensor = tensors[blocks.findIndex((b) => b.name === name)]
      if (tensor === undefined) throw new Error(`no block ${name}`)
      return tensor
    }
    return loss(byName, data)
  })
}

const rows = (x: Tensor, w: Tensor, b?: Tensor): Tensor => {
  const z = tf.matMul(x, w, false, true)
  return b === undefined ? z : tf.add(z, b)
}

function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const centred = tf.sub(x, tf.mean(x, 1, true))
  return tf.add(tf.mul(tf.div(centred, tf.sqrt(tf.mean(tf.square(centred), 1, true))), gamma), beta)
}

const squareError = (y: Tensor, data: Tensor): Scalar => tf.mean<Scalar>(tf.square(tf.sub(y, tf.reshape(data, y.shape))))

describe('laws hold for the tape gradients of TensorFlow.js models', () => {
  beforeAll(async () => {
    await import('@tensorflow/tfjs-backend-cpu')
    await import('@tensorflow/tfjs-core/dist/register_all_gradients.js')
    await tf.setBackend('cpu')
  })

  it('a transformer block: layer normalization, two heads with biases, then a gated unit after RMS normalization', () => {
    const found = discover({
      input: 4,
      layers: [{ residual: ['layernorm', { attention: { heads: 2, bias: true } }] }, { residual: ['rmsnorm', { gated: { hidden: 5 } }] }],
    })
    expect(found.certificate.complete).toBe(true)
    const [tokens, width] = [3, 4]
    const sampler = tensorSampler(found, 2 * tokens * width, (p, data) => {
      const x = tf.reshape<Rank.R2>(tf.slice(data, 0, tokens * width), [tokens, width])
      const n = layerNorm(x, p('gamma1'), p('beta1'))
      const heads = ['1h1', '1h2'].map((h) => {
        const [q, k, v] = ['Q', 'K', 'V'].map((name) => rows(n, p(name + h), p(`b${name}${h}`)))
        if (q === undefined || k === undefined || v === undefined) throw new Error('three projections')
        return rows(tf.matMul(tf.softmax(tf.matMul(q, k, false, true)), v), p(`O${h}`))
      })
      const attended = tf.add(tf.addN([x, ...heads]), p('bO1'))
      const rms = tf.mul(tf.div(attended, tf.sqrt(tf.mean(tf.square(attended), 1, true))), p('gamma2'))
      const opening = rows(rms, p('G1'))
      const gated = tf.mul(tf.mul(opening, tf.sigmoid(opening)), rows(rms, p('U1')))
      return squareError(tf.add(attended, rows(gated, p('D1'))), tf.slice(data, tokens * width, tokens * width))
    })
    expect(worstViolation(found, sampler)).toBeLessThan(1e-5)
  })

  it('a residual convolution block with same padding, and a linear one without', () => {
    const conv = { filters: 2, kernel: 3, padding: 'same' }
    const relu = discover({ input: [4, 4, 2], layers: [{ residual: [{ conv }, 'relu', { conv }] }] })
    const linear = discover({ input: [4, 4, 2], layers: [{ residual: [{ conv: { ...conv, bias: false } }, { conv: { ...conv, bias: false } }] }] })
    for (const [found, isLinear] of [[relu, false], [linear, true]] as const) {
      const sampler = tensorSampler(found, 64, (p, data) => {
        const x = tf.reshape<Rank.R4>(tf.slice(data, 0, 32), [1, 4, 4, 2])
        const first = tf.conv2d(x, tf.reshape<Rank.R4>(p('K1'), [3, 3, 2, 2]), 1, 'same')
        const hidden: Tensor = isLinear ? first : tf.relu(tf.add(first, p('c1')))
        const second = tf.conv2d(tf.reshape<Rank.R4>(hidden, [1, 4, 4, 2]), tf.reshape<Rank.R4>(p('K2'), [3, 3, 2, 2]), 1, 'same')
        return squareError(tf.add(x, isLinear ? second : tf.add(second, p('c2'))), tf.slice(data, 32, 32))
      })
      expect(found.independent).toBe(isLinear ? 3 : 2)
      expect(worstViolation(found, sampler)).toBeLessThan(1e-5)
    }
  })
})
