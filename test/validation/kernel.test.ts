import { describe, expect, it } from 'vitest'
import { float64Network } from '../../src/network/float64.js'
import { type NetworkSpec, buildNetwork, type Network } from '../../src/network/index.js'
import { initialParameters } from '../../src/network/network.js'
import { loadData, subset, targetMatrix } from '../../src/training/index.js'
import { type KernelSamples, applyKernel, functionSpaceRun, jacobian, tangentKernel } from '../../src/validation/kernel.js'

const data = subset(loadData('digits'), 6)
const samples: KernelSamples = { inputs: Float64Array.from(data.train.inputs), targets: targetMatrix(data.train.targets, 10), rows: 6 }
const twoLayers = (width: number, loss: NonNullable<NetworkSpec['loss']> = 'mean_square'): Network =>
  buildNetwork({ input: 64, layers: [{ dense: width }, 'relu', { dense: 10 }], loss })

describe('neural tangent kernel', () => {
  it('the Jacobian is that of finite differences', () => {
    const network = twoLayers(5)
    const theta = initialParameters(network)
    const exact = jacobian(network, theta, samples)
    const evaluator = float64Network(network, 6)
    for (const at of [0, 100, 325, 350, network.size - 1]) {
      const h = 1e-6
      const [up, down] = [h, -h].map((step) => evaluator.output(theta.map((x, i) => (i === at ? x + step : x)), samples.inputs, 6).slice())
      for (const output of [0, 37, 59]) expect(exact[output * network.size + at]).toBeCloseTo(((up?.[output] ?? 0) - (down?.[output] ?? 0)) / (2 * h), 7)
    }
  })

  it('the kernel is symmetric and positive', () => {
    const network = twoLayers(6)
    const kernel = tangentKernel(network, initialParameters(network), samples)
    const x = Float64Array.from({ length: kernel.size }, (_, i) => Math.sin(7 * i))
    const y = Float64Array.from({ length: kernel.size }, (_, i) => Math.cos(3 * i))
    const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, c, i) => sum + c * (b[i] ?? 0), 0)
    expect(dot(x, applyKernel(kernel, y))).toBeCloseTo(dot(y, applyKernel(kernel, x)), 8)
    expect(dot(x, applyKernel(kernel, x))).toBeGreaterThan(0)
  })
})

describe('the law in function space', () => {
  for (const loss of ['mean_square', 'cross_entropy'] as const)
    it(`a run obeys it to first order in the learning rate, and its energy balance to rounding (${loss})`, () => {
      const network = twoLayers(8, loss)
      const start = initialParameters(network)
      // So small that no unit crosses the kink of its activation within the step.
      const [coarse, fine] = [2e-4, 1e-4].map((eta) => functionSpaceRun(network, start, samples, eta, 1).steps[0]?.defect ?? Number.NaN)
      expect(Math.abs(Math.log2((coarse ?? 0) / (fine ?? 1)) - 1)).toBeLessThan(0.1)
      const run = functionSpaceRun(network, start, samples, 5e-5, 40, 10)
      for (const step of run.steps) expect(step.energy).toBeLessThan(1e-11)
      for (const step of run.steps) expect(step.defect).toBeLessThan(0.05)
      expect(run.steps.at(-1)?.loss).toBeLessThan(run.steps[0]?.loss ?? 0)
    })

  it('the wider the network, the less its kernel moves and the better the linear law predicts the outputs', () => {
    const [narrow, wide] = [4, 64].map((width) => {
      const network = twoLayers(width)
      const run = functionSpaceRun(network, initialParameters(network), samples, 0.02, 60, 30)
      const change = Math.sqrt(run.outputs.reduce((sum, f, i) => sum + (f - (run.frozen[i] ?? 0)) ** 2, 0))
      return { moved: run.steps.at(-1)?.moved ?? Number.NaN, error: change }
    })
    expect(wide?.moved).toBeLessThan((narrow?.moved ?? 0) / 2)
    expect(wide?.error).toBeLessThan((narrow?.error ?? 0) / 2)
  })
})
