import { HALF, ONE, TWO, ZERO, add, atom, derivativeOf, isZero, mul, pow, sqrt, sub, sym } from '../algebra/build.js'
import { atomsOf, mapAtoms } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { InputError } from '../errors.js'
import { checkVanishes } from '../jets/check.js'
import { asContraction, dot } from '../jets/contraction.js'
import { deriveScalar, deriveVector, directional } from '../jets/leibniz.js'
import { writeEquation, writeScalar } from '../jets/notation.js'
import { simplifyScalar } from '../jets/simplify.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import { GRADIENT, GRADIENT_ATOM, type Vector, type VectorAtom, apply, combine, isLoss, slotsOf, variable, vectorOf } from '../jets/vector.js'
import type { Outcome } from '../rules/modifiedField.js'
import type { Check, Statement } from './derivation.js'
import { movesWithTheta } from './charge.js'
import { groupDrives } from './discrete.js'
import { type Laws, fieldToOrder } from './engine.js'
import type { LinearLaw } from './flow.js'

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

/** Whether a batch decides on a vector or scalar: the loss or one of its derivatives is in it. */
const readsLoss = (a: VectorAtom): boolean =>
  (a.kind === 'tensor' && isLoss(a.field)) || (a.kind === 'elementwise' ? a.args.some(readsLoss) : slotsOf(a).some((s) => readsLoss(s.child)))
const scalarReadsLoss = (e: Expr): boolean =>
  atomsOf(e).some((o) => {
    const c = asContraction(o)
    return c === undefined || readsLoss(c.left) || readsLoss(c.right)
  })

/** The part of a vector that is linear in g, with the noise in its place; undefined where g enters in another way. */
function response(field: Vector): Vector | undefined {
  const parts = field.terms.map((t): readonly [Expr, Vector] | undefined | null => {
    if (scalarReadsLoss(t.coefficient)) return null
    if (t.atom === GRADIENT_ATOM) return [t.coefficient, NOISE]
    if (t.atom.kind === 'apply' && t.atom.argument === GRADIENT_ATOM) return [t.coefficient, apply(t.atom.operator, NOISE)]
    return readsLoss(t.atom) ? null : undefined
  })
  return parts.includes(null) ? undefined : combine(parts.flatMap((p) => (p === undefined || p === null ? [] : [p])))
}

/**
 * Itô's formula for the charge of a symmetry, to leading order in the noise:
 *
 *     dq = (⟨∇q, F̃⟩ + η/2·tr(∇²q N Nᵀ)) dt + √η ⟨∇q, N dW⟩.
 *
 * For a charge whose gradient is the generator the last term vanishes: the noise moves the charge's mean through Itô's term, and its
 * variance only through what the drive varies.
 * @returns the reason where the charge is no function of θ or the rule's response to the gradient is not linear.
 */
export function stochasticLaw(laws: Laws): Outcome<StochasticLaw> {
  const { potential, field, rules, symmetry } = laws
  const base = laws.flows.findLast((f) => f.model === 'modified vector field')
  if (potential === undefined || base === undefined || !field.ok) return { ok: false, reason: `the symmetry ${symmetry.name} has no charge that is a function of theta` }
  const noise = response(fieldToOrder(field.value, 0))
  if (noise === undefined) return { ok: false, reason: `the rule ${laws.rule.name} does not respond linearly to the gradient` }
  const slope = dot(potential.gradient, noise)
  const diffusion = asNoise(simplifyScalar(rules.scalar(asGradient(slope))))
  const ito = simplifyScalar(mul(HALF, sym('eta'), dot(deriveVector(potential.gradient, directional('theta', 0, noise)), noise)))
  const drive = simplifyScalar(add(base.law.drive, ito))
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
    verified: verify(laws, potential.charge, noise, slope, diffusion, ito),
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
function verify({ symmetry }: Laws, charge: Expr, noise: Vector, slope: Expr, diffusion: Expr, ito: Expr): Check {
  const expansions = movesWithTheta(symmetry.generator) ? derivativeDefects(charge, noise, slope, ito) : [expansionDefect(charge, noise, slope, ito)]
  const checks = [...expansions, asGradient(sub(slope, diffusion))].map((e) => checkVanishes(e, symmetry.space, [symmetry.generator]))
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

const swapAtom = (a: VectorAtom, from: VectorAtom, to: Vector): Vector =>
  a === from ? to : a.kind === 'apply' ? apply(a.operator, swapAtom(a.argument, from, to)) : vectorOf(a)

const swap = (e: Expr, from: VectorAtom, to: Vector): Expr =>
  mapAtoms(e, (o) => {
    const c = asContraction(o)
    return c === undefined ? atom(o) : dot(swapAtom(c.left, from, to), swapAtom(c.right, from, to))
  })

const [NOISE_TERM] = NOISE.terms
const asGradient = (e: Expr): Expr => (NOISE_TERM === undefined ? e : swap(e, NOISE_TERM.atom, GRADIENT))
const asNoise = (e: Expr): Expr => swap(e, GRADIENT_ATOM, NOISE)

/**
 * The mean of a quantity over the noise of one batch, for what is quadratic in the batch gradient: g stands for the full gradient, and every
 * contraction of two gradients gets the covariance beside it. With it the exact discrete law becomes an exact law of the mean.
 * @throws InputError where a gradient is inside another derivative or function, which the covariance does not determine.
 */
export function meanOverNoise(e: Expr): Expr {
  const order = (a: VectorAtom): number => (a === GRADIENT_ATOM ? 1 : a.kind === 'apply' ? order(a.argument) : a.kind === 'tensor' || a.kind === 'elementwise' ? Number.NaN : 0)
  return simplifyScalar(mapAtoms(e, (o) => {
    const c = asContraction(o)
    if (c === undefined) return atom(o)
    const degree = order(c.left) + order(c.right)
    if (Number.isNaN(degree)) throw new InputError(`the mean of ${c.text()} over the noise`, 'it needs more than the covariance of the gradient')
    return degree === 2 ? add(atom(o), asNoise(atom(o))) : atom(o)
  }))
}

/** Whether the noise leaves the charge alone to leading order. */
export const noiseConserves = (law: StochasticLaw): boolean => isZero(law.diffusion)
