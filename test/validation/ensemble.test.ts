import { describe, expect, it } from 'vitest'
import { toText } from '../../src/algebra/print.js'
import { derive } from '../../src/laws/derive.js'
import type { Laws } from '../../src/laws/engine.js'
import { itoLaw, meanOverNoise, noiseConserves } from '../../src/laws/stochastic.js'
import { buildNetwork, inferSymmetries } from '../../src/network/index.js'
import { initialParameters } from '../../src/network/network.js'
import { programOf } from '../../src/rules/rule.js'
import { type Measure, loadData, subset } from '../../src/training/index.js'
import { ensembleOf, gradientMoments } from '../../src/validation/ensemble.js'
import { meanLawOf } from '../../src/validation/ensembleLaw.js'

function needed<T>(x: T | undefined): T {
  if (x === undefined) throw new Error('there is none')
  return x
}

function lawsOf(name: string, symmetry: Parameters<typeof derive>[0]['symmetry']): Laws {
  return needed(derive({ title: 'test', symmetry, rule: { name }, order: 1 })[0]).laws
}
const scale = { family: 'scale', on: ['w'] } as const
const rescale = { family: 'rescale', in: ['u'], out: ['v'] } as const
const translation = { family: 'translation', on: ['b'] } as const

const network = buildNetwork({ input: 64, layers: [{ dense: 4 }, 'relu', { dense: 10 }] })
const symmetry = needed(inferSymmetries(network).find((s) => s.family === 'rescale'))
const square = (set: string, vector: string): Measure => ({ id: `${set} ${vector}`, symmetry, set, left: vector, right: vector, mode: 'diagonal' })
const data = subset(loadData('digits'), 512)
const gradients = [square('in', 'g'), square('out', 'g')]
const sgd = programOf(lawsOf('sgd', rescale).rule)
const setting = { network, data, rule: sgd, batchSize: 4, measures: [square('in', 'theta'), square('out', 'theta'), ...gradients] }
const combinations = { q: { 'in theta': 1, 'out theta': -1 } }

describe('Itô’s formula for charges', () => {
  it('the symmetry keeps the noise off every charge whose gradient is the generator', () => {
    for (const [rule, statement] of [['sgd', rescale], ['momentum', scale], ['nesterov', translation]] as const) {
      const law = itoLaw(lawsOf(rule, statement))
      expect([noiseConserves(law), law.verified.passed]).toEqual([true, true])
      expect(law.variance.text).toMatch(/ = 0$/)
    }
  })

  it('the mean is moved by half the trace of the charge’s Hessian with the covariance', () => {
    expect(toText(itoLaw(lawsOf('sgd', scale)).ito)).toBe('eta*norm2(noise_w)')
    expect(toText(itoLaw(lawsOf('sgd', translation)).ito)).toBe('0')
    expect(toText(itoLaw(lawsOf('momentum', scale)).ito)).toBe('eta*norm2(noise_w)/(1 - beta)^2')
    expect(toText(itoLaw(lawsOf('sgd', rescale)).ito)).toBe('eta*norm2(noise_u) - eta*norm2(noise_v)')
  })

  it('rules that do not respond linearly to the gradient are refused', () => {
    expect(() => itoLaw(lawsOf('sign', scale))).toThrow(/does not respond linearly/)
  })

  it('the discrete law becomes one of the mean', () => {
    const { next } = needed(lawsOf('sgd', scale).discrete)
    expect(toText(meanOverNoise(next))).toBe('eta^2*norm2(g_w) + eta^2*norm2(noise_w) + (1 - eta*lambda)^2*norm2(theta_w)')
  })
})

describe('ensembles of real minibatch runs', () => {
  it('the squared batch gradient is on average that of the full gradient plus the covariance', async () => {
    const { columns, mean, noise } = gradientMoments(network, initialParameters(network), data, 4, gradients)
    const runs = await ensembleOf({ ...setting, hyperparameters: { eta: 0.01, lambda: 0 }, steps: 1, runs: 300 })
    for (const { id, offset, width } of columns) {
      const measured = needed(runs.columns.get(id))
      for (let i = 0; i < width; i += 1) {
        const predicted = (mean[offset + i] ?? 0) + (noise[offset + i] ?? 0)
        expect(Math.abs((measured.mean[i] ?? 0) - predicted)).toBeLessThan(4 * (measured.error[i] ?? 0))
      }
    }
  })

  it('the mean of the imbalance follows Itô’s law within its error bars, and not the law without noise', async () => {
    const { measured, error, predicted, predictedError, withoutNoise } = await meanLawOf({ network, data: loadData('digits'), eta: 0.02, steps: 40, batchSize: 4, runs: 60, points: 4 })
    const deviations = (of: readonly (readonly number[])[]): number[] => measured.map((means, i) => Math.abs((means.at(-1) ?? 0) - (of[i]?.at(-1) ?? 0)) / Math.hypot(error[i]?.at(-1) ?? 0, predictedError[i]?.at(-1) ?? 0))
    expect(Math.max(...deviations(predicted))).toBeLessThan(3.5)
    expect(Math.min(...deviations(withoutNoise))).toBeGreaterThan(6)
  })

  it('the charge spreads as η^(3/2), a quantity without a symmetry as η^(1/2)', async () => {
    // All samples, so that the runs see few of them twice: what is drawn without replacement averages out over an epoch.
    const at = (eta: number) =>
      ensembleOf({ ...setting, data: loadData('digits'), combinations, hyperparameters: { eta, lambda: 0 }, steps: Math.round(0.4 / eta) + 1, runs: 100 })
    const [coarse, fine] = [await at(0.04), await at(0.01)]
    const spread = (of: typeof coarse, id: string): number => {
      const { variance, width } = needed(of.columns.get(id))
      return Math.sqrt(variance.subarray((of.steps - 1) * width).reduce((sum, v) => sum + v, 0))
    }
    const exponent = (id: string): number => Math.log(spread(coarse, id) / spread(fine, id)) / Math.log(4)
    expect(Math.abs(exponent('q') - 1.5)).toBeLessThan(0.2)
    expect(Math.abs(exponent('in theta') - 0.5)).toBeLessThan(0.2)
  })
})
