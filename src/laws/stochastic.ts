import { ONE, TWO, ZERO, add, derivativeOf, isZero, mul, pow, sym } from '../algebra/build.js'
import { atomsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { rememberedByObject } from '../algebra/memo.js'
import { InputError } from '../errors.js'
import { checkVanishes } from '../jets/check.js'
import { writeEquation, writeScalar } from '../jets/notation.js'
import { scalarByPowersOfEta } from '../jets/simplify.js'
import type { Outcome } from '../rules/modifiedField.js'
import type { Check, Statement } from './derivation.js'
import { groupDrives } from './drives.js'
import type { Laws } from './engine.js'
import { withSizes } from './expectation.js'
import type { LinearLaw } from './flow.js'
import { noiseObstacle } from './gradientVariable.js'
import { injectedNoise } from './injectedNoise.js'
import { type NoiseTerms, dualNoise, linearNoise, settledResponse, steppedNoise } from './noiseTerms.js'

/**
 * The law of a charge under minibatch noise. The flow is dθ = F̃ dt + √η N dW with N the rule's response to the noise, whose
 * covariance Σ is that of the batch gradient; every noise direction n is the gradient of a function with the loss's symmetry, so ⟨n, ξ⟩ = 0.
 */
export interface StochasticLaw {
  readonly charge: Expr
  /** ⟨∇q, N⟩, what multiplies the noise; zero where the symmetry keeps the noise off the charge. */
  readonly diffusion: Expr
  /** Itô's term η/2·tr(∇²q N Nᵀ). */
  readonly ito: Expr
  /** The law of the mean: the deterministic law with Itô's term in its drive. */
  readonly mean: LinearLaw
  /** dV/dt + 2(a₀/a₁)V = η⟨∇q, N⟩² for the variance V at fixed drive. */
  readonly variance: Statement
  readonly verified: Check
}

/** What the noise does to the charge, or why its covariance does not say so. */
function noiseTerms(laws: Laws): Outcome<NoiseTerms> {
  const { potential, dual, field, rule, symmetry, injected } = laws
  if (injected?.ok === false) return injected
  if (injected !== undefined && injected.value.order < 1) return { ok: false, reason: 'the noise that the rule injects is of the size of sqrt(eta): the law of the flow is that of its mean, and minibatch noise counts in the next order only' }
  const obstacle = noiseObstacle(rule, field.ok ? field.value.states : new Map())
  if (dual !== undefined && obstacle === undefined) return { ok: true, value: dualNoise(laws, dual) }
  const refused = { ok: false, reason: `the rule ${obstacle ?? ''}` } as const
  if (dual !== undefined) return refused
  if (potential === undefined) return { ok: false, reason: `the symmetry ${symmetry.name} has no charge that is a function of theta` }
  if (!field.ok) return { ok: false, reason: `there is no modified vector field: ${field.reason}` }
  if (field.value.scaling !== undefined) return { ok: false, reason: 'a state that accumulates is kept in the flow, and what noise makes of it there is not derived' }
  if (obstacle === undefined) return { ok: true, value: linearNoise(laws, potential, settledResponse(field.value)) }
  const stepped = steppedNoise(laws, potential, field.value.rule)
  return stepped === undefined ? refused : { ok: true, value: stepped }
}

/**
 * Itô's formula for the charge of a symmetry, to leading order in the noise:
 *
 *     dq = (⟨∇q, F̃⟩ + η/2·tr(∇²q N Nᵀ)) dt + √η ⟨∇q, N dW⟩.
 *
 * For a charge whose gradient is the generator the last term vanishes: the noise moves the charge's mean through Itô's term, and its
 * variance only through what the drive varies.
 * With states the noise is that of a linear filter: what a batch leaves in them comes to θ within their memory, so N is the response of the
 * settled states. Only the field to first order stands beside it, for beyond that the noise has further terms.
 * @returns the reason where the charge is no function of θ or the covariance does not say what the noise makes of it.
 */
export const stochasticLaw = rememberedByObject((laws: Laws): Outcome<StochasticLaw> => {
  const terms = noiseTerms(laws)
  if (!terms.ok) return terms
  const base = laws.flows.findLast((f) => f.model === 'modified vector field' && f.order <= 1)
  if (base === undefined) return { ok: false, reason: 'there is no law along a modified vector field' }
  if (base.law.coefficients.some((c) => atomsOf(c).length > 0)) return { ok: false, reason: 'the damping of the charge is a contraction that fluctuates with it, so the mean has no law of its own' }
  const { diffusion, ito, reduced, defects, checkedBy } = terms.value
  const drive = scalarByPowersOfEta(add(base.law.drive, reduced))
  const mean: LinearLaw = { ...base.law, drive, drives: groupDrives(drive) }
  const [a0 = ZERO, a1 = ONE] = base.law.coefficients
  const left = add(mul(a1, derivativeOf(sym('V'), 't')), mul(TWO, a0, sym('V')))
  const checks = defects.map((e) => checkVanishes(e, laws.symmetry.space, [laws.symmetry.generator]))
  const verified = { passed: checks.every((c) => c.passed), method: checks[0]?.method ?? '', instances: checks.reduce((n, c) => n + c.instances, 0), detail: checkedBy }
  const ofInjected = laws.injected?.ok === true && laws.potential !== undefined ? injectedNoise(laws.injected.value, laws.potential)?.spread : undefined
  const spread = ofInjected === undefined ? ZERO : withSizes(ofInjected, laws.symmetry.space, laws.rule.hyperparameters)
  const variance = writeEquation(writeScalar(left), writeScalar(add(mul(sym('eta'), pow(diffusion, TWO)), spread)))
  return { ok: true, value: { charge: base.law.charge, diffusion, ito, mean, variance, verified } }
})

/** The same for callers who need it. @throws InputError with the reason where there is none. */
export function itoLaw(laws: Laws): StochasticLaw {
  const found = stochasticLaw(laws)
  if (!found.ok) throw new InputError(found.reason, 'take a translation, scale or rescale symmetry under a rule such as sgd or momentum')
  return found.value
}

/** Whether the noise leaves the charge alone to leading order. */
export const noiseConserves = (law: StochasticLaw): boolean => isZero(law.diffusion)
