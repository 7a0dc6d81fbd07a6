import { HALF, ONE, TWO, ZERO, add, derivativeOf, isZero, mul, pow, sqrt, sub, sym } from '../algebra/build.js'
import { atomsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { InputError } from '../errors.js'
import { checkVanishes } from '../jets/check.js'
import { dot } from '../jets/contraction.js'
import { deriveScalar, deriveVector, directional } from '../jets/leibniz.js'
import { writeEquation, writeScalar } from '../jets/notation.js'
import { scalarByPowersOfEta, simplifyScalar } from '../jets/simplify.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import { GRADIENT, type Vector, combine, variable } from '../jets/vector.js'
import type { Outcome } from '../rules/modifiedField.js'
import type { Check, Statement } from './derivation.js'
import { movesWithTheta } from './charge.js'
import { groupDrives } from './drives.js'
import { type Laws, fieldToOrder } from './engine.js'
import type { LinearLaw } from './flow.js'
import { BATCH, mentions, noiseObstacle, readsLoss, responseToGradient, withGradient } from './gradientVariable.js'

/** The deviation of a batch's gradient from the full gradient; twice in a contraction it stands for the covariance: `norm2(noise_w)` is tr(P_w Σ). */
export const NOISE = variable('noise')

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

/**
 * Itô's formula for the charge of a symmetry, to leading order in the noise:
 *
 *     dq = (⟨∇q, F̃⟩ + η/2·tr(∇²q N Nᵀ)) dt + √η ⟨∇q, N dW⟩.
 *
 * For a charge whose gradient is the generator the last term vanishes: the noise moves the charge's mean through Itô's term, and its
 * variance only through what the drive varies.
 * With states the noise is that of a linear filter: what a batch leaves in them comes to θ within their memory, so N is the response of the
 * settled states. Only the field to first order stands beside it, for beyond that the noise has further terms.
 * @returns the reason where the charge is no function of θ or the noise does not go through the rule as through a linear filter.
 */
export function stochasticLaw(laws: Laws): Outcome<StochasticLaw> {
  const { potential, field, rules, symmetry } = laws
  const base = laws.flows.findLast((f) => f.model === 'modified vector field' && f.order <= 1)
  if (potential === undefined || base === undefined || !field.ok) return { ok: false, reason: `the symmetry ${symmetry.name} has no charge that is a function of theta` }
  const obstacle = noiseObstacle(laws.rule)
  if (obstacle !== undefined) return { ok: false, reason: `the rule ${laws.rule.name} ${obstacle}` }
  if (base.law.coefficients.some((c) => atomsOf(c).length > 0)) return { ok: false, reason: 'the damping of the charge is a contraction that fluctuates with it, so the mean has no law of its own' }
  const noise = responseToGradient(fieldToOrder(field.value, 0), NOISE)
  const slope = dot(potential.gradient, noise)
  const diffusion = asNoise(simplifyScalar(rules.scalar(asGradient(slope))))
  const ito = simplifyScalar(mul(HALF, sym('eta'), dot(deriveVector(potential.gradient, directional('theta', 0, noise)), noise)))
  const reduced = potential.integrated === undefined ? ito : asNoise(simplifyScalar(rules.scalar(asGradient(ito))))
  const drive = scalarByPowersOfEta(add(base.law.drive, reduced))
  const mean: LinearLaw = { ...base.law, drive, drives: groupDrives(drive) }
  const [a0 = ZERO, a1 = ONE] = base.law.coefficients
  const rate = mul(TWO, a0)
  const left = add(mul(a1, derivativeOf(sym('V'), 't')), mul(rate, sym('V')))
  const value: StochasticLaw = {
    charge: potential.charge,
    diffusion,
    ito,
    mean,
    variance: writeEquation(writeScalar(left), writeScalar(mul(sym('eta'), pow(diffusion, TWO)))),
    verified: verify(laws, potential.charge, noise, { slope, diffusion, ito, reduced }),
  }
  return { ok: true, value }
}

/** The same for callers who need it. @throws InputError with the reason where there is none. */
export function itoLaw(laws: Laws): StochasticLaw {
  const found = stochasticLaw(laws)
  if (!found.ok) throw new InputError(found.reason, 'take a translation, scale or rescale symmetry under a rule such as sgd or momentum')
  return found.value
}

/**
 * The charge along θ + xN to second order in x (a polynomial generator moves with θ: there the derivatives of the charge), and the diffusion
 * with a gradient for the noise, on random exact instances.
 */
function verify({ symmetry }: Laws, charge: Expr, noise: Vector, { slope, diffusion, ito, reduced }: Readonly<Record<'slope' | 'diffusion' | 'ito' | 'reduced', Expr>>): Check {
  const expansions = movesWithTheta(symmetry.generator) ? derivativeDefects(charge, noise, slope, ito) : [expansionDefect(charge, noise, slope, ito)]
  const checks = [...expansions, asGradient(sub(slope, diffusion)), asGradient(sub(ito, reduced))].map((e) => checkVanishes(e, symmetry.space, [symmetry.generator]))
  return { passed: checks.every((c) => c.passed), method: checks[0]?.method ?? '', instances: checks.reduce((n, c) => n + c.instances, 0), detail: 'second-order expansion of the charge along the noise, and the first-order constraint on the noise' }
}

function derivativeDefects(charge: Expr, noise: Vector, slope: Expr, ito: Expr): readonly Expr[] {
  const along = (e: Expr): Expr => deriveScalar(e, directional('theta', 0, noise))
  return [sub(along(charge), slope), sub(mul(HALF, sym('eta'), along(along(charge))), ito)]
}

function expansionDefect(charge: Expr, noise: Vector, slope: Expr, ito: Expr): Expr {
  const x = sym('x')
  const moved = replaceInScalar(charge, byName({ theta: combine([[ONE, variable('theta')], [mul(x, sqrt(sym('eta'))), noise]]) }))
  const expansion = add(charge, mul(x, sqrt(sym('eta')), slope), mul(pow(x, TWO), ito))
  return sub(moved, expansion)
}

const asGradient = (e: Expr): Expr => replaceInScalar(e, byName({ noise: GRADIENT }))
const asNoise = (e: Expr): Expr => withGradient(e, NOISE)

/**
 * What the noise of one batch adds to the mean of a quantity that is quadratic in the batch gradient: ½ D²e[n, n], where n twice stands for the
 * covariance.
 * @throws InputError where a gradient is inside another derivative or function, which the covariance does not determine.
 */
export function covariancePart(e: Expr): Expr {
  const batch = withGradient(e, BATCH)
  const along = (x: Expr): Expr => deriveScalar(x, directional('_g', 0, NOISE))
  const second = mul(HALF, along(along(batch)))
  const ofBatch = (x: Expr): Expr => replaceInScalar(x, byName({ noise: BATCH }))
  const constant = simplifyScalar(add(sub(batch, ofBatch(along(batch))), ofBatch(second)))
  const names = new Set(['_g'])
  if (readsLoss(batch) || mentions(second, names) || mentions(constant, names)) throw new InputError(`the mean of ${writeScalar(e).text} over the noise`, 'it needs more than the covariance of the gradient')
  return simplifyScalar(second)
}

/** The mean itself, with the full gradient for g: with it the exact discrete law becomes an exact law of the mean. */
export const meanOverNoise = (e: Expr): Expr => simplifyScalar(add(e, covariancePart(e)))

/** Whether the noise leaves the charge alone to leading order. */
export const noiseConserves = (law: StochasticLaw): boolean => isZero(law.diffusion)
