import { describe, expect, it } from 'vitest'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { toText } from '../../src/algebra/print.js'
import { derive } from '../../src/laws/derive.js'
import { bernoulli } from '../../src/laws/solutions/bernoulli.js'
import { homogeneityOf } from '../../src/laws/solutions/homogeneity.js'
import { consequencesOf } from '../../src/laws/consequences.js'
import { equilibriumOf } from '../../src/laws/steady.js'
import { polarLaw } from '../../src/laws/polar.js'
import type { Laws } from '../../src/laws/engine.js'
import type { RuleStatement } from '../../src/rules/rule.js'
import { buildNetwork, inferSymmetries } from '../../src/network/index.js'
import { type Measure, loadData, train } from '../../src/training/index.js'
import { programOf } from '../../src/rules/rule.js'

function needed<T>(x: T | undefined): T {
  if (x === undefined) throw new Error('the engine found none')
  return x
}

function lawsOf(rule: RuleStatement, family: 'scale' | 'translation' = 'scale'): Laws {
  const [law] = derive({ title: 'test', symmetry: { family, on: ['w'] }, rule, order: 1 })
  return needed(law).laws
}

/** A small normalized network whose weights are trained long enough to reach the balance of decay and drive. */
async function meanCosine(rule: RuleStatement, hyperparameters: Readonly<Record<string, number>>): Promise<number> {
  const network = buildNetwork({ input: 64, layers: [{ dense: { units: 6, bias: false } }, { batchnorm: { epsilon: 0 } }, 'relu', { dense: 10 }] })
  const symmetry = inferSymmetries(network).find((s) => s.family === 'scale')
  if (symmetry === undefined) throw new Error('a normalization makes a scale symmetry')
  const measure = (left: string): Measure => ({ id: left, symmetry, set: 'w', left, right: 'theta', mode: 'diagonal' })
  const steps = 1500
  const run = await train({ network, data: loadData('digits'), rule: programOf(lawsOf(rule).rule), hyperparameters, steps, batchSize: 16, backend: 'float64', measures: [measure('theta'), measure('theta_next')] })
  const [now, next] = ['theta', 'theta_next'].map((id) => run.columns.get(id)?.values ?? new Float64Array(0))
  let [sum, count] = [0, 0]
  for (let k = steps / 2; k < steps - 1; k += 1)
    for (let i = 0; i < symmetry.count; i += 1) {
      const at = (values: Float64Array | undefined, step: number): number => values?.[step * symmetry.count + i] ?? Number.NaN
      sum += 1 - at(next, k) / Math.sqrt(at(now, k) * at(now, k + 1))
      count += 1
    }
  return 1 - sum / count
}

describe('equilibrium of a norm', () => {
  it('the turn per step is that of decay alone, for gradient descent and for momentum', () => {
    const sgd = equilibriumOf(lawsOf({ name: 'sgd' }))
    expect([toText(needed(sgd).cosine), sgd?.verified]).toEqual(['1 - eta*lambda', true])
    const momentum = equilibriumOf(lawsOf({ name: 'momentum' }))
    const values = { eta: 0.1, lambda: 0.02, beta: 0.9 }
    expect(evaluateNumber(needed(momentum).squaredAngle, values)).toBeCloseTo((2 * 0.1 * 0.02) / 1.9, 14)
    expect(momentum?.norm).toBeUndefined()
  })

  it('steps of one length turn by what decay alone says, at a norm that no data enter: a run of them on any directions across theta', () => {
    const laws = lawsOf({ update: { theta: '(1 - eta*lambda)*theta - eta*g/sqrt(norm2(g_w))' } })
    const { cosine, norm } = needed(equilibriumOf(laws))
    expect([toText(cosine), toText(needed(norm).value)]).toEqual(['1 - eta*lambda', 'eta/(lambda*(2 - eta*lambda))'])
    expect(consequencesOf(laws).map((c) => c.name)).not.toContain('equilibrium')
    const [eta, lambda] = [0.1, 0.5]
    let [theta, turn] = [[3, 1, -2], 0]
    for (let k = 0; k < 400; k += 1) {
      const random = [Math.sin(3 * k), Math.cos(5 * k + 1), Math.sin(7 * k + 2)]
      const inner = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, c, i) => sum + c * (y[i] ?? 0), 0)
      const across = random.map((c, i) => c - (inner(random, theta) / inner(theta, theta)) * (theta[i] ?? 0))
      const next = theta.map((c, i) => (1 - eta * lambda) * c - (eta * (across[i] ?? 0)) / Math.sqrt(inner(across, across)))
      turn = inner(theta, next) / Math.sqrt(inner(theta, theta) * inner(next, next))
      theta = next
    }
    expect(turn).toBeCloseTo(1 - eta * lambda, 12)
    expect(theta.reduce((sum, c) => sum + c * c, 0)).toBeCloseTo(eta / (lambda * (2 - eta * lambda)), 12)
  })

  it('the equilibrium norm does not move under the exact law', () => {
    const { norm } = equilibriumOf(lawsOf({ name: 'sgd' })) ?? {}
    const [eta, lambda, invariant] = [0.3, 0.2, 1.7]
    const ratio = (2 * lambda - eta * lambda ** 2) / eta
    const q = Math.sqrt(invariant / ratio)
    expect((1 - eta * lambda) ** 2 * q + (eta ** 2 * invariant) / q).toBeCloseTo(q, 14)
    expect(toText(needed(norm).power)).toBe('2')
  })

  it('nothing is claimed for a translation, without decay, or for a rule that moves the norm in two ways', () => {
    expect(equilibriumOf(lawsOf({ name: 'sgd' }, 'translation'))).toBeUndefined()
    expect(equilibriumOf(lawsOf({ name: 'sgd', lambda: 0 }))).toBeUndefined()
    expect(equilibriumOf(lawsOf({ name: 'sign' }))).toBeUndefined()
  })

  it('real minibatch runs turn by the derived angle', async () => {
    const sgd = { eta: 0.2, lambda: 0.05 }
    const measured = Math.acos(await meanCosine({ name: 'sgd' }, sgd))
    expect(Math.abs(measured / Math.acos(1 - 0.2 * 0.05) - 1)).toBeLessThan(0.03)
    const momentum = { eta: 0.05, lambda: 0.05, beta: 0.8 }
    const turned = Math.acos(await meanCosine({ name: 'momentum' }, momentum))
    expect(Math.abs(turned / Math.sqrt((2 * 0.05 * 0.05) / 1.8) - 1)).toBeLessThan(0.05)
  })
})

describe('boundedness', () => {
  const balanced = (rule: RuleStatement) => consequencesOf(needed(derive({ title: 'test', symmetry: { family: 'rescale', in: ['u'], out: ['a'], degree: '2' }, rule, order: 0 })[0]).laws).find((c) => c.name === 'each side bounds the other')

  it('a conserved balance bounds each side by the other; one that decays or is driven does not', () => {
    expect(needed(balanced({ name: 'gradient_flow' })).text).toBe('norm2(theta_u) = q_0 + 2*norm2(theta_a)')
    expect(balanced({ name: 'sgd' })).toBeUndefined()
    expect(lawsOf({ name: 'gradient_flow' }).flows.length).toBeGreaterThan(0)
    expect(consequencesOf(lawsOf({ name: 'gradient_flow' })).some((c) => c.name === 'each side bounds the other')).toBe(false)
  })

  it('measured: the incoming weights of quadratic units stay within their bound along a run, while they grow', async () => {
    const network = buildNetwork({ input: 64, layers: [{ dense: { units: 6, bias: false } }, { power: 2 }, { dense: 10 }], loss: 'mean_square', gain: 0.2 })
    const symmetry = needed(inferSymmetries(network).find((s) => s.family === 'rescale'))
    expect(symmetry.degree).toBe('2')
    const square = (set: string): Measure => ({ id: set, symmetry, set, left: 'theta', right: 'theta', mode: 'diagonal' })
    const run = await train({ network, data: loadData('digits'), rule: programOf(lawsOf({ name: 'sgd', lambda: 0 }).rule), hyperparameters: { eta: 0.001 }, steps: 1500, batchSize: 64, backend: 'float64', measures: ['in', 'out'].map(square) })
    const [incoming, outgoing] = ['in', 'out'].map((set) => needed(run.columns.get(set)).values)
    const at = (values: Float64Array | undefined, k: number, i: number): number => needed(values?.[k * 6 + i])
    for (let i = 0; i < 6; i += 1) {
      const balance = at(incoming, 0, i) - 2 * at(outgoing, 0, i)
      const bound = balance + 2 * at(outgoing, 1499, i)
      expect(Math.abs(at(incoming, 1499, i) / bound - 1)).toBeLessThan(0.02)
    }
  })
})

describe('Bernoulli and polar coordinates', () => {
  it('the square of the norm law is linear in |theta|^4', () => {
    const laws = lawsOf({ name: 'sgd' })
    const law = laws.flows.find((f) => f.model === 'modified vector field' && f.order === 1)?.law
    const found = law === undefined ? undefined : bernoulli(law, laws.symmetry)
    expect(found?.verified).toBe(true)
    expect(toText(needed(found).invariant)).toBe('eta*norm2(g_w)*norm2(theta_w)')
    // A quotient of ρ̇ + 2aρ = b·D/ρ and its solution by u = ρ², by a direct simulation with D = 1.
    const values = { eta: 0.1, lambda: 0.3 }
    const a0 = evaluateNumber(needed(law?.coefficients[0]), values)
    let q = 1.4
    const rate = (x: number): number => -a0 * x + values.eta / x
    for (let n = 0; n < 1000; n += 1) {
      const h = 2e-3
      const [k1, mid] = [rate(q), rate(q + (h / 2) * rate(q))]
      const k3 = rate(q + (h / 2) * mid)
      q += (h / 6) * (k1 + 2 * mid + 2 * k3 + rate(q + h * k3))
    }
    const leak = Math.exp(-2 * a0 * 2)
    expect(q ** 2).toBeCloseTo(1.4 ** 2 * leak + (values.eta / a0) * (1 - leak), 9)
  })

  it('a norm under decay by its own square is told by its letter, and falls as one over time along the flow', () => {
    const [found] = derive({ title: 'test', parameters: { w: ['d'] }, symmetry: { family: 'scale', on: ['w'] }, rule: { update: { theta: 'theta - eta*(g + lambda*norm2(theta_w)*theta)' } }, order: 1 })
    const { derivation } = needed(found)
    expect(derivation.laws.flow.map((f) => f.equation.text).slice(0, 2)).toEqual(['diff(q,t) = -2*lambda*q^2', 'diff(q,t) = eta*norm2(g_w) - 2*lambda*q^2 - 3*eta*lambda^2*q^3'])
    expect(derivation.laws.solution.implications?.find((c) => c.name === 'solution of order 0 in a power of the charge')?.text).toBe('1/q = 1/q_0 + 2*lambda*t')
    // Without a gradient, fine steps of the rule are the flow.
    const [q0, lambda, eta, steps] = [1.7, 0.4, 1e-5, 100_000]
    let w = Math.sqrt(q0)
    for (let n = 0; n < steps; n += 1) w -= eta * lambda * w ** 3
    expect(1 / w ** 2).toBeCloseTo(1 / q0 + 2 * lambda * eta * steps, 4)
  })

  it('a factor that a law is divided by leaves no fraction in it', () => {
    const [found] = derive({ title: 'test', parameters: { w: ['d'] }, symmetry: { family: 'scale', on: ['w'] }, rule: { update: { theta: 'theta - eta*g/(1 + norm2(H(g)))' } }, order: 1 })
    expect(needed(found).derivation.laws.flow.at(-1)?.equation.text).toBe('eta*diff(q,t,2)/2 + diff(q,t) = eta*norm2(dtheta_w)')
  })

  it('degrees along the orbit are those of Euler, and states have none', () => {
    const laws = lawsOf({ name: 'momentum' })
    const degree = (e: Parameters<typeof homogeneityOf>[0]) => homogeneityOf(e, laws.symmetry)?.degree.num
    const drives = lawsOf({ name: 'sgd' }).discrete?.rows[0]?.drives.map((d) => degree(d.drive))
    expect([degree(needed(laws.potential).charge), drives]).toEqual([2n, [-2n]])
    const [, coupled] = laws.discrete?.rows ?? []
    expect(degree(needed(coupled).contraction)).toBeUndefined()
  })

  it('the polar law is the exact law squared, and RMSProp with a small remainder', () => {
    const polar = polarLaw(lawsOf({ name: 'sgd' }))
    expect(polar?.verified).toBe(true)
    const [eta, lambda, q, G] = [0.2, 0.3, 1.3, 0.8]
    const of = (e: Parameters<typeof evaluateNumber>[0] | undefined): number => evaluateNumber(needed(e), { eta, lambda })
    const exact = ((1 - eta * lambda) ** 2 * q + (eta ** 2 * G) / q) ** 2
    expect(of(polar?.decay) * q ** 2 + of(polar?.gain) * G + (of(polar?.remainder) * G ** 2) / q ** 2).toBeCloseTo(exact, 13)
    expect(polarLaw(lawsOf({ name: 'momentum' }))).toBeUndefined()
  })
})
