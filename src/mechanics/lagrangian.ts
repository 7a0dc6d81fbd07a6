import { HALF, ONE, TWO, ZERO, add, div, isZero, mul, num, pow, sub, termsOf } from '../algebra/build.js'
import { atomsOf, differentiate } from '../algebra/calculus.js'
import { type Expr, compareExpr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { linearForm } from '../jets/collect.js'
import { norm2 } from '../jets/contraction.js'
import { NO_SCHEDULES, type Schedules, explicitTime } from '../jets/leibniz.js'
import { writeScalar } from '../jets/notation.js'
import { simplifyScalar } from '../jets/simplify.js'
import { type Vector, coefficientOf, combine, scaleVector, subVectors, variableAtom } from '../jets/vector.js'
import { symbolsIn } from '../jets/walk.js'
import { type BilinearForm, VELOCITY, dependsOn, eulerLagrange, formRate, linearization, readableForm, transposed } from './eulerLagrange.js'
import { gathered } from './hadamard.js'
import { lowered } from './lowered.js'
import { type Mechanics, assemble, mechanicsResidual, onFlow, orderInTime } from './mechanics.js'
import { type Multiplier, UNIT_MULTIPLIER, multiplierOf } from './multiplier.js'
import { potentialOf } from './potential.js'

export { eulerLagrange } from './eulerLagrange.js'
export { potentialOf } from './potential.js'

/** Which Helmholtz condition fails, with the expression in free directions x and y that would have to vanish. */
export interface HelmholtzFailure {
  readonly condition: 1 | 2 | 3
  readonly remainder: Expr
}

/** How far the motion of a Lagrangian is the flow. */
export interface Nearby {
  /** The motion itself, as an equation E = 0. */
  readonly motion: Vector
  /** Its Euler–Lagrange expression less multiplier·E: vanishes. */
  readonly defect: Vector
  /** E less the flow, order by order in η up to the flow's own: vanish. */
  readonly differences: readonly Vector[]
}

/** A Lagrangian for an equation of motion E = 0, or the reason why there is none. */
export type InverseProblem =
  | (Mechanics & { readonly exists: true; readonly firstOrder: boolean; /** Whether it was given and not sought. */ readonly stated?: true; /** Where its motion is not E = 0 itself. */ readonly nearby?: Nearby; /** How E follows from ℒ. */ readonly reason: string })
  | {
      readonly exists: false
      readonly reason: string
      readonly failure?: HelmholtzFailure
      /** A Lagrangian with a Rayleigh function for what it cannot hold, where there are such. */
      readonly dissipative?: Mechanics
    }

const CONDITIONS = {
  1: 'the mass is not symmetric',
  2: 'for every multiplier mu(t), the damping is not a multiple of the mass',
  3: 'the force is not a gradient for any multiplier mu(t)',
} as const

/** Terms of a formula within a sentence; more are counted, and the first of them shown. */
const READABLE_TERMS = 6

function inSentence(e: Expr): string {
  const terms = termsOf(e)
  const text = (shown: typeof terms): string => writeScalar(add(...shown.map(({ coefficient, factor }) => mul(num(coefficient), factor)))).text
  return terms.length <= READABLE_TERMS ? writeScalar(e).text : `a sum of ${terms.length} terms, among them ${text(terms.slice(0, 2))}`
}

function fails(condition: HelmholtzFailure['condition'], form: BilinearForm, dissipative?: Mechanics): InverseProblem {
  const remainder = readableForm(form)
  const reason = `Helmholtz condition ${condition} fails: ${CONDITIONS[condition]}; what does not vanish is ${inSentence(remainder)}`
  return { exists: false, reason, failure: { condition, remainder }, ...(dissipative === undefined ? {} : { dissipative }) }
}

/** A form in lowest terms, functions of components multiplied out, so that what is symmetric looks it. */
const reduced = (form: BilinearForm): BilinearForm => simplifyScalar(gathered(form))

/** The symmetric damping left when the rate of the mass is taken off: C + Cᵀ − 2Ṁ. */
function symmetricDamping(mass: BilinearForm, damping: BilinearForm, schedules: Schedules): BilinearForm {
  return reduced(sub(add(damping, transposed(damping)), mul(TWO, formRate(mass, schedules))))
}

/**
 * A function of time ρ with form = 2ρ·mass on the contractions that make up the mass: where they differ the smallest if all are numbers, so that
 * what is left over is friction and no drive, else none, so that all of it is friction.
 */
function rateOf(form: BilinearForm, mass: BilinearForm): Expr {
  const rates = [...(linearForm(mass)?.coefficients ?? [])].flatMap(([lead, coefficient]) => {
    const slope = differentiate(form, '_lead', { atomDerivative: (o) => (o === lead ? ONE : ZERO) })
    const rate = factored(div(slope, mul(TWO, coefficient)))
    return atomsOf(rate).length === 0 ? [rate] : []
  })
  const [first = ZERO, ...others] = rates
  if (rates.every((r) => r.kind === 'number')) return rates.toSorted(compareExpr)[0] ?? ZERO
  return others.every((r) => r === first) ? first : ZERO
}

/**
 * Solves the inverse problem of the calculus of variations for E(θ, θ̇, θ̈, t) = 0 by the Helmholtz conditions with a multiplier μ(t)
 * ([NLD] §3; Santilli, Foundations of Theoretical Mechanics I, §2.1). With M, C, K the derivatives of E by θ̈, θ̇, θ they ask for
 * M = Mᵀ, then μ(C + Cᵀ) = 2 d/dt(μM), which fixes μ, then K − Kᵀ = ½ μ⁻¹ d/dt(μ(C − Cᵀ)).
 * Constant, time-dependent and θ-dependent mass and antisymmetric (gyroscopic) damping are all covered by these three.
 *
 * @param schedules symbols in E that are unknown functions of t
 */
export function inverseProblem(equation: Vector, schedules: Schedules = NO_SCHEDULES): InverseProblem {
  const low = lowered(equation)
  if (low === undefined) return solved(equation, schedules)
  const found = solved(low.equation, schedules)
  return { ...found, reason: `multiplied by ${low.by}: ${found.reason}` }
}

function solved(equation: Vector, schedules: Schedules): InverseProblem {
  if (orderInTime(equation) > 2) return { exists: false, reason: 'the equation of motion has time derivatives above the second' }
  const [mass, damping] = [linearization(equation, 2), linearization(equation, 1)]
  if (isZero(mass)) return firstOrder(equation, damping, schedules)
  const asymmetry = reduced(sub(mass, transposed(mass)))
  if (!isZero(asymmetry)) return fails(1, asymmetry)
  if ([1, 2].some((order) => !isZero(dependsOn(mass, order)))) return { exists: false, reason: `the mass depends on velocities, ${writeScalar(readableForm(mass)).text}` }
  const dissipation = symmetricDamping(mass, damping, schedules)
  const rate = rateOf(dissipation, mass)
  const friction = simplifyScalar(mul(HALF, sub(dissipation, mul(TWO, rate, mass))))
  if (!isZero(dependsOn(friction, 1))) return fails(2, friction)
  const curl = curlOf(equation, damping, rate, schedules)
  const multiplier = multiplierOf(rate, schedules, symbolsIn(equation))
  const found = isZero(curl) ? assemble(equation, multiplier, friction) : undefined
  if (!isZero(friction)) return fails(2, friction, found ?? dissipativeMechanics(equation, schedules))
  if (!isZero(curl)) return fails(3, curl, dissipativeMechanics(equation, schedules))
  if (found === undefined) return { exists: false, reason: 'the Helmholtz conditions hold, but a part of the Lagrangian has no closed form here' }
  return { ...found, exists: true, firstOrder: false, reason: `the Helmholtz conditions hold with ${describe(multiplier)}` }
}

const describe = ({ value, rate }: Multiplier): string =>
  value.kind === 'symbol' && value.name !== 't' ? `a multiplier ${value.name} that solves diff(${value.name},t) = ${writeScalar(mul(rate, value)).text}` : `the multiplier ${writeScalar(value).text}`

/** K − Kᵀ − ½(d/dt + ρ)(C − Cᵀ). */
function curlOf(equation: Vector, damping: BilinearForm, rate: Expr, schedules: Schedules): BilinearForm {
  const stiffness = linearization(equation, 0)
  const gyroscopic = sub(damping, transposed(damping))
  return simplifyScalar(sub(sub(stiffness, transposed(stiffness)), mul(HALF, add(formRate(gyroscopic, schedules), mul(rate, gyroscopic)))))
}

/** The mechanics with μ = 1: all symmetric damping in the Rayleigh function, as the energy law needs it. */
export function dissipativeMechanics(given: Vector, schedules: Schedules = NO_SCHEDULES): Mechanics | undefined {
  const equation = lowered(given)?.equation ?? given
  if (orderInTime(equation) > 2) return undefined
  const [mass, damping] = [linearization(equation, 2), linearization(equation, 1)]
  const friction = simplifyScalar(mul(HALF, symmetricDamping(mass, damping, schedules)))
  const regular = isZero(simplifyScalar(sub(mass, transposed(mass)))) && [1, 2].every((order) => isZero(dependsOn(mass, order)))
  return regular && isZero(dependsOn(friction, 1)) ? assemble(equation, UNIT_MULTIPLIER(schedules), friction) : undefined
}

/** The c(t) with form = c·⟨x, y⟩, if the form is a multiple of the Euclidean metric. */
function multipleOfIdentity(form: BilinearForm): Expr | undefined {
  const metric = atomsOf(linearization(VELOCITY, 1))
  const c = factored(differentiate(form, '_metric', { atomDerivative: (o) => (metric.includes(o) ? ONE : ZERO) }))
  return isZero(simplifyScalar(sub(form, mul(c, linearization(VELOCITY, 1))))) ? c : undefined
}

/**
 * A first-order flow c θ̇ + ∇F = 0 has ℒ = ½c²|θ̇|² + ½|∇F|² − (ċ F + c ∂F/∂t): half the squared residual less the total derivative of
 * c F ([GU]); the flow solves its second-order Euler–Lagrange equation.
 */
function firstOrder(equation: Vector, damping: BilinearForm, schedules: Schedules): InverseProblem {
  const c = multipleOfIdentity(damping)
  const dissipative = dissipativeMechanics(equation, schedules)
  if (c === undefined || isZero(c)) return fails(2, simplifyScalar(mul(HALF, add(damping, transposed(damping)))), dissipative)
  const force = subVectors(equation, scaleVector(c, VELOCITY))
  const curl = curlOf(equation, damping, ZERO, schedules)
  if (!isZero(curl)) return fails(3, curl)
  const potential = potentialOf(force)
  if (potential === undefined) return { exists: false, reason: 'the potential of the force has no closed form here' }
  const kinetic = mul(HALF, pow(c, TWO), norm2(VELOCITY))
  const rest = sub(add(mul(explicitTime(c, schedules), potential), mul(c, explicitTime(potential, schedules))), mul(HALF, norm2(force)))
  return {
    exists: true,
    firstOrder: true,
    equation,
    lagrangian: sub(kinetic, rest),
    kinetic,
    gyroscopic: ZERO,
    potential: rest,
    multiplier: UNIT_MULTIPLIER(schedules),
    rayleigh: ZERO,
    reason: 'half the squared residual of the flow, up to the total derivative of the potential',
  }
}

/**
 * The residual that must vanish for the Lagrangian to be right: Euler–Lagrange minus multiplier·E for a second-order equation,
 * Euler–Lagrange on the solutions of a first-order one.
 */
export function lagrangianResidual(found: Extract<InverseProblem, { exists: true }>): Vector {
  const { equation } = found
  if (!found.firstOrder) return mechanicsResidual(found)
  const c = coefficientOf(equation, variableAtom('theta', 1))
  const velocity = combine([[div(num(-1), c), subVectors(equation, scaleVector(c, VELOCITY))]])
  return onFlow(eulerLagrange(found.lagrangian, found.multiplier.schedules), velocity, found.multiplier.schedules)
}
