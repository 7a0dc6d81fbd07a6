import { describe, expect, it } from 'vitest'
import { HALF, ONE, ZERO, mul, sub } from '../../src/algebra/build.js'
import { mapAtoms } from '../../src/algebra/calculus.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import type { Expr } from '../../src/algebra/expr.js'
import { toText } from '../../src/algebra/print.js'
import { derive } from '../../src/laws/derive.js'
import type { Laws } from '../../src/laws/engine.js'
import { meanRecursion, meanRecursionCheck } from '../../src/laws/meanRecursion.js'
import { meanOverNoise } from '../../src/laws/covariance.js'
import { itoLaw, noiseConserves } from '../../src/laws/stochastic.js'
import { buildNetwork, inferSymmetries } from '../../src/network/index.js'
import { initialParameters } from '../../src/network/network.js'
import { type RuleStatement, programOf } from '../../src/rules/rule.js'
import { type Measure, classes, labelsOf, loadData, subset } from '../../src/training/index.js'
import { combinationsOf, ensembleOf, gradientMoments } from '../../src/validation/ensemble.js'
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
const deviations = [square('in', 'noise'), square('out', 'noise')]
const sgd = programOf(lawsOf('sgd', rescale).rule)
const setting = { network, data, rule: sgd, batchSize: 4, measures: [square('in', 'theta'), square('out', 'theta'), ...gradients] }
const further = combinationsOf({ q: { 'in theta': 1, 'out theta': -1 } })

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

/** Rules with states, by name and one's own, with numbers for a run. */
const RULES: readonly { readonly name: string; readonly rule: RuleStatement; readonly numbers: Readonly<Record<string, number>> }[] = [
  { name: 'gradient descent with decay', rule: { name: 'sgd' }, numbers: { eta: 0.02, lambda: 0.05 } },
  { name: 'momentum with dampening and decay', rule: { name: 'momentum', mu: 'mu' }, numbers: { eta: 0.01, beta: 0.8, mu: 0.4, lambda: 0.05 } },
  { name: 'Nesterov', rule: { name: 'nesterov' }, numbers: { eta: 0.005, beta: 0.7, lambda: 0.05 } },
  { name: 'a gradient where the momentum leads', rule: { state: { v: '0' }, update: { v: 'beta*v + g(theta - eta*beta*v)', theta: 'theta - eta*v' } }, numbers: { eta: 0.005, beta: 0.7, lambda: 0 } },
  { name: 'a rule with two states', rule: { state: { m: '0', v: '0' }, update: { m: 'a*m + (1-a)*g', v: 'beta*v + m', theta: '(1 - eta*lambda)*theta - eta*v' } }, numbers: { eta: 0.008, a: 0.6, beta: 0.6, lambda: 0.05 } },
]

describe('the exact law of the mean', () => {
  it.each(RULES)('$name: in the long run its response to the covariance is Itô’s term', ({ rule, numbers }) => {
    const [derived] = derive({ title: '', symmetry: scale, rule, order: 1 })
    const { laws } = needed(derived)
    const rows = needed(meanRecursion(laws))
    const at = { ...numbers, eta: 1e-6, lambda: 0 }
    // The covariance has the size one, all else is zero; the noise at a point that tends to theta is that at theta.
    const value = (e: Expr): number => evaluateNumber(mapAtoms(e, (o) => (['norm2(noise_w)', 'norm2(noise_phi_w)'].includes(o.text()) ? ONE : ZERO)), at)
    let x = rows.map(() => 0)
    const after = [2000, 2001].map((steps) => {
      for (let k = steps === 2001 ? 2000 : 0; k < steps; k += 1) {
        const before = x
        x = rows.map((row) => row.coefficients.reduce((sum, c, j) => sum + evaluateNumber(c, at) * (before[j] ?? 0), value(row.noise)))
      }
      return x[0] ?? Number.NaN
    })
    const perTime = ((after[1] ?? 0) - (after[0] ?? 0)) / at.eta
    expect(perTime / value(itoLaw(laws).ito)).toBeCloseTo(1, 5)
    expect(meanRecursionCheck(rows, laws)).toMatchObject({ passed: true })
  })

  it('a row with another covariance, or with none, does not pass its check', () => {
    const laws = lawsOf('momentum', scale)
    const rows = needed(meanRecursion(laws))
    const wrong = rows.map((row) => ({ ...row, mean: sub(row.mean, mul(HALF, row.noise)) }))
    expect([meanRecursionCheck(rows, laws).passed, meanRecursionCheck(wrong, laws).passed]).toEqual([true, false])
  })

  it('there is none for rules that are not linear in the gradient, or read second derivatives', () => {
    for (const rule of [{ name: 'adam' }, { name: 'clipping' }, { state: { v: '0' }, update: { v: 'beta*v + g + eta*H(g)', theta: 'theta - eta*v' } }]) {
      const { laws } = needed(derive({ title: '', symmetry: scale, rule, order: 1 })[0])
      expect(meanRecursion(laws)).toBeUndefined()
      expect(() => itoLaw(laws)).toThrow(/does not respond linearly|higher derivatives/)
    }
  })

  it('without states the symmetry of the batch’s own loss makes of its curvature what its gradient is, <theta, H(g)> = -|g|^2: Itô’s law is there', () => {
    const { laws } = needed(derive({ title: '', symmetry: scale, rule: { update: { theta: 'theta - eta*g - eta^2*H(g)' } }, order: 1 })[0])
    expect([meanRecursion(laws), toText(itoLaw(laws).ito)]).toEqual([undefined, '3*eta*norm2(noise_w)'])
  })

  it('a state that theta takes by a factor of its own has further terms: Itô’s law is not claimed', () => {
    const { laws } = needed(derive({ title: '', symmetry: scale, rule: { state: { v: '0' }, update: { v: 'beta*v + g', theta: 'theta - eta*theta*v' } }, order: 1 })[0])
    expect(() => itoLaw(laws)).toThrow(/by factors that depend on theta/)
  })

  it('a preconditioner lets the noise reach the charge: it spreads', () => {
    const { laws } = needed(derive({ title: '', symmetry: scale, rule: { name: 'preconditioned' }, order: 1 })[0])
    const law = itoLaw(laws)
    expect([noiseConserves(law), toText(law.diffusion), toText(law.ito), law.verified.passed]).toEqual([false, '-2*dot(theta_w, P_w(Ginv(noise)))', 'eta*norm2(P_w(Ginv(noise)))', true])
  })
})

describe('ensembles of real minibatch runs', () => {
  it.each([[false], [true]])('the squared batch gradient is on average that of the full gradient plus the covariance (with replacement: %s)', async (replacement) => {
    // Half of the samples a batch: what is drawn with replacement then has twice the covariance of what is drawn without.
    const few = { ...data, train: { rows: 8, inputs: data.train.inputs.slice(0, 8 * 64), targets: classes(labelsOf(data.train.targets).slice(0, 8)) } }
    const { columns, mean, noise } = gradientMoments(network, initialParameters(network), few, 4, deviations, replacement)
    const runs = await ensembleOf({ ...setting, data: few, replacement, hyperparameters: { eta: 0.01, lambda: 0 }, steps: 1, runs: 300 })
    for (const { id, offset, width } of columns) {
      const measured = needed(runs.columns.get(id.replace('noise', 'g')))
      for (let i = 0; i < width; i += 1) {
        const predicted = (mean[offset + i] ?? 0) + (noise[offset + i] ?? 0)
        expect(Math.abs((measured.mean[i] ?? 0) - predicted)).toBeLessThan(4 * (measured.error[i] ?? 0))
        expect(noise[offset + i] ?? 0).toBeGreaterThan(5 * (measured.error[i] ?? 0))
      }
    }
  })

  it.each([[[{ batchnorm: {} }]], [[{ residual: [{ batchnorm: {} }] }]]])('have no gradient of one sample where a normalization mixes them: %j', (mixing) => {
    const mixed = buildNetwork({ input: 64, layers: [{ dense: 2 }, ...mixing, { dense: 10 }] })
    expect(() => gradientMoments(mixed, initialParameters(mixed), data, 4, [], false)).toThrow(/in front of batchnorm1/)
  })

  it.each(RULES.filter(({ name }) => name !== 'a gradient where the momentum leads'))('$name: what noise makes of the balance follows the exact law of the mean within its error bars', async ({ rule, numbers }) => {
    const found = await meanLawOf({ network, data: subset(data, 48), rule, hyperparameters: numbers, steps: 60, batchSize: 4, runs: 120, points: 4 })
    for (const [i, measured] of found.measured.entries()) {
      const at = (of: readonly (readonly number[])[], j = 4): number => of[i]?.[j] ?? Number.NaN
      const error = (j: number): number => Math.hypot(at(found.error, j), at(found.predictedError, j))
      for (const j of [1, 2, 3, 4]) expect(Math.abs((measured[j] ?? 0) - at(found.predicted, j)) / error(j)).toBeLessThan(3.5)
      expect(Math.abs((measured[4] ?? 0) / error(4))).toBeGreaterThan(5)
    }
  })

  it.each([[sgd, {}, 0.01, 40], [programOf(lawsOf('momentum', rescale).rule), { beta: 0.8 }, 0.001, 240]])('the charge spreads as η^(3/2), a quantity without a symmetry as η^(1/2), with momentum as without', async (rule, more, rate, steps) => {
    const at = (eta: number) =>
      ensembleOf({ ...setting, rule, replacement: true, further, hyperparameters: { eta, lambda: 0, ...more }, steps: Math.round((steps * rate) / eta) + 1, runs: 100 })
    const [coarse, fine] = [await at(4 * rate), await at(rate)]
    const spread = (of: typeof coarse, id: string): number => {
      const { variance, width } = needed(of.columns.get(id))
      return Math.sqrt(variance.subarray((of.steps - 1) * width).reduce((sum, v) => sum + v, 0))
    }
    const exponent = (id: string): number => Math.log(spread(coarse, id) / spread(fine, id)) / Math.log(4)
    expect(Math.abs(exponent('q') - 1.5)).toBeLessThan(0.2)
    expect(Math.abs(exponent('in theta') - 0.5)).toBeLessThan(0.2)
  })
})
