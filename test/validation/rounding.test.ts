import { describe, expect, it } from 'vitest'
import { type Network, type NetworkSpec, buildNetwork, inferSymmetries } from '../../src/network/index.js'
import { derive } from '../../src/laws/derive.js'
import { programOf, readRule } from '../../src/rules/rule.js'
import type { Recording } from '../../src/training/recording.js'
import type { NetworkSymmetry } from '../../src/symmetry/instances.js'
import { loadData, train } from '../../src/training/index.js'
import { constraintRung } from '../../src/validation/ladder.js'
import { measuresOfPlans, planOf, vectorsOfPlans } from '../../src/validation/plan.js'
import { gradientRounding, summandsOf } from '../../src/validation/rounding.js'

const data = loadData('digits')
const numbers = { eta: 0.05, lambda: 0.001 }

const convolutions = (epsilon: number): NetworkSpec => ({
  input: [8, 8],
  layers: [{ conv: { filters: 4, kernel: 3 } }, { batchnorm: { epsilon } }, 'relu', { conv: { filters: 6, kernel: 3, stride: 2 } }, 'relu', 'global_average', { dense: 10 }],
})
const denseLayers: NetworkSpec = { input: 64, layers: [{ dense: 20 }, { batchnorm: { epsilon: 0 } }, 'relu', { dense: 10 }] }

/** Rung 2 of a symmetry, whether the network has it or not, on a short run in float32. */
async function constraint(network: Network, symmetry: NetworkSymmetry) {
  const [law] = derive({ title: 'test', symmetry: { family: symmetry.family, on: ['w'] }, rule: { name: 'sgd' }, order: 0 })
  if (law === undefined) throw new Error('one law')
  const plan = planOf(law.laws, symmetry, 'noisy')
  const recording = await train({ network, data, rule: programOf(law.laws.rule, vectorsOfPlans([plan])), hyperparameters: numbers, steps: 30, batchSize: 64, measures: measuresOfPlans([plan], network), backend: 'wasm' })
  return constraintRung(plan, recording, () => numbers)
}

const named = (network: Network, name: string): NetworkSymmetry => {
  const found = inferSymmetries(network).find((s) => s.name === name)
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

describe('the rounding of gradients that cancel', () => {
  // A student with one hidden layer that ends at the least squares of all its samples: their gradients stay, their sum goes to zero.
  const at = { eta: 0.3, lambda: 0 }
  const student = (activation: 'linear' | 'tanh') => buildNetwork({ input: 4, layers: [{ dense: { units: 3, bias: false } }, activation, { dense: { units: 2, bias: false } }], loss: 'mean_square', gain: 1 })
  const rescaled: NetworkSymmetry = {
    name: 'rescale', origin: 'stated', family: 'rescale', count: 3, sets: { in: [{ parameter: 'W1', axis: 0 }], out: [{ parameter: 'W2', axis: 1 }] },
  }
  const ending = async (activation: 'linear' | 'tanh', backend: 'wasm' | 'float64') => {
    const network = student(activation)
    const [law] = derive({ title: 'test', symmetry: { family: 'rescale', in: ['in'], out: ['out'] }, rule: { name: 'sgd' }, order: 0 })
    if (law === undefined) throw new Error('one law')
    const plan = planOf(law.laws, rescaled, 'noisy')
    const noisy = loadData({ teacher: { input: 4, layers: [{ dense: 2 }] }, samples: 60, noise: 0.2, test: 0 })
    const recording = await train({ network, data: noisy, rule: programOf(law.laws.rule, vectorsOfPlans([plan])), hyperparameters: at, steps: 3000, batchSize: 'full', measures: measuresOfPlans([plan], network), backend })
    return { plan, recording }
  }

  it.each(['wasm', 'float64'] as const)('is measured at the end of the run, and what it breaks of a constraint is no fault of the symmetry (%s)', async (backend) => {
    const { plan, recording } = await ending('linear', backend)
    expect(recording.gradientError / recording.unitRoundoff).toBeGreaterThan(0.01)
    expect(recording.gradientError / recording.unitRoundoff).toBeLessThan(10)
    expect(constraintRung(plan, recording, () => at).verdict).toBe('passed')
    expect(constraintRung(plan, { ...recording, gradientError: Number.NaN }, () => at).verdict).toBe('failed')
  })

  it('does not cover a symmetry that an activation breaks', async () => {
    const { plan, recording } = await ending('tanh', 'wasm')
    const found = constraintRung(plan, recording, () => at)
    expect(found.verdict).toBe('failed')
    expect(found.measured).toBeGreaterThan(1000 * found.tolerance)
    expect(constraintRung(plan, { ...recording, gradientError: 1 }, () => at).verdict).toBe('failed')
  })
})

describe('the rounding of gradients', () => {
  const symmetric = buildNetwork(convolutions(0))

  it.each(['scale-1', 'translation-1'])('is no more than rung 2 allows for convolutions in front of a normalization: %s', async (name) => {
    expect(await constraint(symmetric, named(symmetric, name))).toMatchObject({ verdict: 'passed' })
  })

  it('does not cover what an epsilon breaks', async () => {
    const broken = buildNetwork(convolutions(1e-3))
    const found = await constraint(broken, named(broken, 'scale-1'))
    expect(found).toMatchObject({ verdict: 'failed' })
    expect(found.measured).toBeGreaterThan(10 * found.tolerance)
  })

  it('does not cover a symmetry that the network does not have', async () => {
    const filters = (layer: number, count: number): NetworkSymmetry => ({ name: 'wrong', origin: 'none', family: 'scale', count, sets: { w: [{ parameter: `K${layer}`, axis: 3 }] } })
    expect(await constraint(symmetric, filters(2, 6))).toMatchObject({ verdict: 'failed' })
    const shifts: NetworkSymmetry = { name: 'wrong', origin: 'none', family: 'translation', count: 6, sets: { w: [{ parameter: 'c2', axis: 0 }] } }
    expect(await constraint(symmetric, shifts)).toMatchObject({ verdict: 'failed' })
  })

  it.each([['convolutions', convolutions(0)], ['dense layers', denseLayers]] as const)('is what float32 loses of a gradient in a network of %s, within a factor of forty', async (_, spec) => {
    const network = buildNetwork(spec)
    const at = async (backend: 'wasm' | 'float64'): Promise<Recording> =>
      train({ network, data, rule: programOf(readRule({ name: 'sgd' })), hyperparameters: { eta: 1, lambda: 0 }, steps: 1, batchSize: 64, backend })
    const [single, exact] = [await at('wasm'), await at('float64')]
    const step = (r: Recording): Float64Array => r.parameters.map((x, i) => x - (r.initial[i] ?? 0))
    const size = (x: Float64Array): number => Math.sqrt(x.reduce((sum, c) => sum + c * c, 0))
    const [a, b] = [step(single), step(exact)]
    const lost = size(a.map((x, i) => x - (b[i] ?? 0))) / size(b)
    expect(lost).toBeLessThan(gradientRounding(single))
    expect(lost).toBeGreaterThan(gradientRounding(single) / 40)
  })

  it('counts the places of an image, once each', () => {
    const of = (spec: NetworkSpec): number => summandsOf({ network: buildNetwork(spec), batchSize: 10 })
    // 9 under the kernel, 9 × 5 that read a component of its input; 4 × 3 places in each of 10 samples.
    expect(of({ input: [6, 5], layers: [{ conv: { filters: 5, kernel: 3 } }] })).toBe(9 + 45 + 120)
    expect(of({ input: 7, layers: [{ dense: 3 }] })).toBe(7 + 3 + 10)
  })
})
