import { ONE, ZERO, add, atom, frac, isZero, mul, neg, num, pow, sub, sym } from '../algebra/build.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { checkVanishes } from '../jets/check.js'
import type { SymmetryRules } from '../jets/constraint.js'
import { linearForm } from '../jets/collect.js'
import { asContraction, dot } from '../jets/contraction.js'
import { ONES, elementwise } from '../jets/elementwise.js'
import { type Schedules, deriveVector, directional, timeDerivative } from '../jets/leibniz.js'
import { byPowersOfEta, simplifyScalar } from '../jets/simplify.js'
import { byName, replaceInVector } from '../jets/substitute.js'
import { THETA, type Vector, ZERO_VECTOR, apply, subVectors, variable, vectorOf } from '../jets/vector.js'
import { gathered } from '../mechanics/hadamard.js'
import { lowered, ofComponents, raised } from '../rules/mirror.js'
import { type DualVariables, NEXT_THETA } from '../rules/model.js'
import type { Symmetry } from '../symmetry/symmetry.js'
import type { Budget } from './budget.js'
import { movesWithTheta } from './charge.js'
import type { DiscreteSystem } from './discrete.js'
import { groupDrives, leavesOf } from './drives.js'
import { expandIn } from './eliminate.js'
import type { LinearLaw } from './flow.js'

/**
 * The charge of a symmetry under a rule that is linear in the dual variables p = ∇h(θ). What vanishes along the gradient flow is the
 * one-form ⟨ξ, dp⟩ = ⟨∇²h ξ, dθ⟩. Where it is closed, that is where ⟨Dξ x, ∇²h y⟩ is symmetric in x and y (translations and scalings of
 * components, for every h), the charge is its potential: for ξ = Aθ + b the function ⟨1, A h*⟩ + ⟨b, p⟩ with the Legendre transform
 * h* = θh' − h. Elsewhere it is ⟨ξ, p⟩, and what the generator turns moves it.
 */
export interface DualCharge {
  readonly dual: DualVariables
  readonly generator: Vector
  readonly charge: Expr
  /** Whether the gradient of the charge is ∇²h ξ. */
  readonly closed: boolean
  /** The exact change of the charge in a step beyond ⟨ξ, p' − p⟩, in vectors of `definitions`; none for a generator that is not affine. */
  readonly remainder: Expr | undefined
  readonly definitions: ReadonlyMap<string, Vector>
}

export const tidy = (e: Expr): Expr => simplifyScalar(gathered(e))
const nextOf = (x: Vector): Vector => replaceInVector(x, byName({ theta: NEXT_THETA }))

/** A x for ξ = Aθ + b. */
const linearPart = (generator: Vector, x: Vector): Vector =>
  subVectors(replaceInVector(generator, byName({ theta: x })), replaceInVector(generator, byName({ theta: ZERO_VECTOR })))

/** ⟨1, A y⟩ + ⟨b, z⟩ for ξ = Aθ + b; undefined where ξ is not affine. */
function affineSum(generator: Vector, legendre: Vector, gradient: Vector): Expr | undefined {
  const parts = generator.terms.map(({ coefficient, atom }) => {
    if (atom.kind === 'variable') return mul(coefficient, dot(ONES, legendre))
    if (atom.kind === 'apply' && atom.argument.kind === 'variable') return mul(coefficient, dot(ONES, apply(atom.operator, legendre)))
    return atom.kind === 'indicator' || (atom.kind === 'tensor' && atom.field.degree === 0) ? mul(coefficient, dot(vectorOf(atom), gradient)) : undefined
  })
  return parts.every((part) => part !== undefined) ? add(...parts) : undefined
}

/** What vanishes where ∇²h ξ is the gradient of that sum, along a free direction x; h' and h'' are the derivatives of h and h'. */
export function dualGradientDefect(generator: Vector, dual: DualVariables): Expr {
  const x = variable('x')
  const legendre = elementwise(mul(sym('_x'), sym('_y')), { _x: THETA, _y: lowered(dual, x) })
  return sub(affineSum(generator, legendre, lowered(dual, x)) ?? ONE, dot(generator, lowered(dual, x)))
}

/** ⟨Dξ x, ∇²h y⟩ − ⟨Dξ y, ∇²h x⟩: vanishes where the one-form ⟨ξ, dp⟩ is closed. */
export function dualCurl({ generator, dual }: DualCharge): Expr {
  const half = (x: string, y: string): Expr => dot(deriveVector(generator, directional('theta', 0, variable(x))), lowered(dual, variable(y)))
  return tidy(sub(half('x', 'y'), half('y', 'x')))
}

/** h(θ) − h(θ') − h'(θ')∘(θ − θ'), component by component: the Bregman divergence of the step. */
function divergenceOf({ potential, slope }: DualVariables): Vector {
  const linear = elementwise(mul(sym('_p'), sub(sym('_x'), sym('_y'))), { _p: ofComponents(slope, NEXT_THETA), _x: THETA, _y: NEXT_THETA })
  return subVectors(subVectors(ofComponents(potential, THETA), ofComponents(potential, NEXT_THETA)), linear)
}

/** A sum of contractions without those that hold no θ: a number that no step moves is no part of a charge. */
function withoutConstants(e: Expr): Expr {
  const form = linearForm(e)
  const moves = (o: Opaque): boolean => {
    const c = asContraction(o)
    return c === undefined || [c.left, c.right].flatMap(leavesOf).some((a) => a.kind === 'variable')
  }
  return form === undefined ? e : add(...[...form.coefficients].flatMap(([o, c]) => (moves(o) ? [mul(c, atom(o))] : [])))
}

/** The charge of a symmetry in the dual variables. */
export function dualCharge({ generator, space }: Symmetry, dual: DualVariables): DualCharge {
  const base = { dual, generator }
  const sum = affineSum(generator, ofComponents(sub(mul(sym('theta'), dual.slope), dual.potential), THETA), dual.gradient)
  const potential = sum === undefined ? undefined : withoutConstants(tidy(sum))
  if (potential !== undefined && !isZero(potential) && checkVanishes(dualGradientDefect(generator, dual), space, [generator]).passed) {
    const remainder = tidy(dot(ONES, linearPart(generator, variable('divergence'))))
    return { ...base, charge: potential, closed: true, remainder, definitions: isZero(remainder) ? new Map() : new Map([['divergence', divergenceOf(dual)]]) }
  }
  const charge = tidy(dot(generator, dual.gradient))
  if (movesWithTheta(generator)) return { ...base, charge, closed: false, remainder: undefined, definitions: new Map() }
  const definitions = new Map([['step', subVectors(NEXT_THETA, THETA)], ['dual_next', nextOf(dual.gradient)]])
  return { ...base, charge, closed: false, remainder: dot(linearPart(generator, variable('step')), variable('dual_next')), definitions }
}

/** ⟨ξ, p' − p⟩, from which the gradient drops out by the symmetry: what weight decay is left. */
export const directChange = ({ dual, generator }: DualCharge, rules: SymmetryRules): Expr => tidy(rules.scalar(dot(generator, subVectors(dual.update, dual.gradient))))

/** C' = C + ⟨ξ, p' − p⟩ + remainder, exactly, with the vectors of the remainder named. */
export function dualDiscrete(given: DualCharge, rules: SymmetryRules): { readonly discrete: DiscreteSystem; readonly budget: Budget } | undefined {
  const { charge, remainder, definitions, closed } = given
  if (remainder === undefined || isZero(charge)) return undefined
  const direct = directChange(given, rules)
  const next = simplifyScalar(add(charge, direct, remainder))
  const { coefficients, rest } = expandIn(next, [charge])
  const named = definitions.size === 0 ? [] : [...definitions.keys(), 'theta_next']
  const terms = [{ mechanism: 'weight decay', change: direct }, { mechanism: closed ? 'finite step' : 'metric', change: remainder }] as const
  return {
    discrete: { charge, next, rows: [{ contraction: charge, coefficients, drives: groupDrives(rest) }], named, definitions },
    budget: { charge, terms: terms.filter((t) => !isZero(t.change)) },
  }
}

/** What the generator itself adds to the rate of the charge: ⟨Dξ v, p⟩ where the charge is ⟨ξ, p⟩. */
const turning = ({ closed, generator, dual }: DualCharge, velocity: Vector): Expr =>
  closed ? ZERO : dot(deriveVector(generator, directional('theta', 0, velocity)), dual.gradient)

/** The rate of the charge along a modified vector field, from the rate ∇²h F̃ of p: ⟨ξ, ∇²h F̃⟩ and what the generator turns. */
export function dualLawOfField(given: DualCharge, dualField: Vector, rules: SymmetryRules): LinearLaw {
  const { charge, generator, dual } = given
  const rate = rules.scalar(add(dot(generator, dualField), turning(given, raised(dual, dualField))))
  const { coefficients, rest } = expandIn(tidy(rules.scalar(tidy(rate))), [charge])
  const drive = simplifyScalar(rest)
  return { charge, factor: ONE, coefficients: [byPowersOfEta(neg(coefficients[0] ?? ZERO)), ONE], drive, drives: groupDrives(drive) }
}

/** dC[v]: ⟨ξ, ∇²h v⟩ and what the generator turns. */
export const chargeRate = (given: DualCharge, velocity: Vector): Expr => add(dot(given.generator, lowered(given.dual, velocity)), turning(given, velocity))

const factorial = (n: number): bigint => (n <= 1 ? 1n : BigInt(n) * factorial(n - 1))

/**
 * The law of the charge along the modified flow Σ ηʲ⁻¹/j! dʲp/dtʲ + u = 0 contracted with ξ: Σ ηʲ⁻¹/j! dʲC/dtʲ = −⟨ξ, u⟩ and the
 * differences dʲC/dtʲ − ⟨ξ, dʲp/dtʲ⟩, which begin with ⟨Dξ θ̇, ∇²h θ̇⟩.
 */
export function dualLawOfFlow(given: DualCharge, equation: Vector, order: number, rules: SymmetryRules, schedules: Schedules): LinearLaw {
  const { charge, generator } = given
  const weights = Array.from({ length: order + 1 }, (_, n) => mul(frac(1n, factorial(n + 1)), pow(sym('eta'), num(n))))
  let rate = chargeRate(given, variable('theta', 1))
  let drive = neg(dot(equation, generator))
  for (const weight of weights) {
    drive = add(drive, mul(weight, rate))
    rate = timeDerivative(rate, schedules)
  }
  const reduced = tidy(rules.scalar(drive))
  return { charge, factor: ONE, coefficients: [ZERO, ...weights], drive: reduced, drives: groupDrives(reduced) }
}
