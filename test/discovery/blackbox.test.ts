import * as tf from '@tensorflow/tfjs-core'
import type { Rank, Scalar } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type BlackBoxDiscovery, callbackSampler, discoverSymmetries, expressionSampler, networkSampler, tensorflowSampler,
} from '../../src/discovery/index.js'
import { InputError } from '../../src/errors.js'
import { buildNetwork } from '../../src/network/index.js'
import { symmetriesOf } from '../../src/symmetry/symmetry.js'

const families = (found: BlackBoxDiscovery): readonly string[] => found.symmetries.map((s) => s.family).sort()

describe('symmetries of a loss that can only be sampled', () => {
  it.each([
    ['(u*v*x - y)^2', ['u', 'v'], [{ family: 'rescale', degree: 1, generator: { u: 'u', v: '-v' } }]],
    ['(v*(u*x)^3 - y)^2', ['u', 'v'], [{ family: 'rescale', degree: 3, generator: { u: 'u', v: '-3*v' } }]],
    ['log(exp(a) + exp(b) + exp(c)) - a*s - b*p - c*(1 - s - p)', ['a', 'b', 'c'], [{ family: 'translation', generator: { a: '1', b: '1', c: '1' } }]],
    ['(x^2 + y^2)*s + exp((x^2 + y^2)*p)', ['x', 'y'], [{ family: 'orthogonal', generator: { x: 'y', y: '-x' } }]],
    ['atan(x/y)*s + p*x/y', ['x', 'y'], [{ family: 'scale', generator: { x: 'x', y: 'y' } }]],
    ['(u - x)^4 + (v - y)^2*u', ['u', 'v'], []],
  ])('%s', (loss, parameters, symmetries) => {
    const found = discoverSymmetries(expressionSampler(loss, parameters))
    expect(found.symmetries).toMatchObject(symmetries)
    expect(found.symmetries).toHaveLength(symmetries.length)
    const clear = symmetries.length > 0 ? found.gap.ratio : 1e9
    expect(clear).toBeGreaterThan(1e8)
    for (const s of found.symmetries) expect(s.violation).toBeLessThan(1e-12)
  })

  it('a ReLU network: one rescaling a neuron, and with softmax one shift a column of the last layer', () => {
    const network = buildNetwork({ input: 3, layers: [{ dense: 3 }, 'relu', { dense: 2 }], loss: 'cross_entropy' })
    const found = discoverSymmetries(networkSampler(network))
    expect(families(found)).toEqual(['rescale', 'rescale', 'rescale', 'translation', 'translation', 'translation', 'translation'])
  })

  it('a linear network: the general linear group of the hidden layer', () => {
    const layers = [{ dense: { units: 2, bias: false } }, 'linear' as const, { dense: { units: 2, bias: false } }]
    const found = discoverSymmetries(networkSampler(buildNetwork({ input: 2, layers, loss: 'mean_square' })))
    expect(families(found)).toEqual(['linear', 'linear', 'rescale', 'rescale'])
  })

  it("a normalization's epsilon turns the scale symmetries into approximate ones, ranked by how much they are broken", () => {
    const layers = (epsilon: number) => [{ dense: { units: 2, bias: false } }, { batchnorm: { epsilon } }, 'relu' as const, { dense: { units: 1, bias: false } }]
    const exact = discoverSymmetries(networkSampler(buildNetwork({ input: 2, layers: layers(0), loss: 'mean_square' })))
    expect(families(exact)).toEqual(['rescale', 'rescale', 'scale', 'scale'])
    const broken = discoverSymmetries(networkSampler(buildNetwork({ input: 2, layers: layers(1e-5), loss: 'mean_square' })))
    expect(families(broken)).toEqual(['rescale', 'rescale'])
    expect(broken.approximate.map((s) => s.family)).toEqual(['scale', 'scale'])
    const [least, most] = broken.approximate.map((s) => s.violation)
    expect(least).toBeGreaterThan(1e-8)
    expect(most).toBeGreaterThanOrEqual(least ?? Infinity)
  })

  it('a rescaling broken by a small term is found, broken in proportion to the term', () => {
    const [small, large] = ['1/10000', '1/1000'].map((c) => discoverSymmetries(expressionSampler(`(u*v*x - y)^2 + ${c}*u^2*v`, ['u', 'v'])))
    expect([small?.symmetries, large?.symmetries]).toEqual([[], []])
    expect(small?.approximate).toMatchObject([{ family: 'rescale', generator: { u: 'u', v: '-v' } }])
    const growth = (large?.approximate[0]?.violation ?? 0) / (small?.approximate[0]?.violation ?? 1)
    expect(growth).toBeGreaterThan(8)
    expect(growth).toBeLessThan(12)
  })

  it('what is found can be handed to derive', () => {
    const found = discoverSymmetries(expressionSampler('(u*v*x - y)^2', ['u', 'v']))
    expect(found.symmetries[0]?.problem).toEqual({ parameters: { u: [], v: [] }, symmetry: { family: 'rescale', in: ['u'], out: ['v'], degree: '1' } })
    const [symmetry] = symmetriesOf({ family: 'rescale', in: ['u'], out: ['v'], degree: '1' }, { u: [], v: [] })
    expect(symmetry).toBeDefined()
  })
})

describe('a TensorFlow.js loss', () => {
  beforeAll(async () => {
    await import('@tensorflow/tfjs-backend-cpu')
    await import('@tensorflow/tfjs-core/dist/register_all_gradients.js')
    await tf.setBackend('cpu')
  })

  it('is differentiated by its tape, and its rescalings stand out of float32 rounding', () => {
    const blocks = [{ name: 'W', shape: [2, 2] }, { name: 'V', shape: [1, 2] }]
    const sampler = tensorflowSampler(tf, blocks, 12, ([w, v], data) => {
      const x = tf.reshape<Rank.R2>(tf.slice(data, 0, 8), [4, 2])
      const hidden = tf.relu(tf.matMul(x, w ?? x, false, true))
      const error = tf.sub(tf.matMul(hidden, v ?? x, false, true), tf.reshape(tf.slice(data, 8, 4), [4, 1]))
      return tf.mean<Scalar>(tf.square(error))
    })
    const found = discoverSymmetries(sampler)
    expect(families(found)).toEqual(['rescale', 'rescale'])
    expect(found.gap.ratio).toBeGreaterThan(100)
  })
})

describe('faulty black boxes', () => {
  it('refuses parameters that do not occur, wrong gradients, and more unknowns than can be solved for', () => {
    expect(() => expressionSampler('x^2', ['z'])).toThrow(InputError)
    const wrong = callbackSampler([{ name: 'w', shape: [3] }], 1, () => new Float64Array(2))
    expect(() => discoverSymmetries(wrong)).toThrow(InputError)
    const large = callbackSampler([{ name: 'w', shape: [2000] }], 1, (theta) => theta)
    expect(() => discoverSymmetries(large)).toThrow(/minutes/)
  })
})
