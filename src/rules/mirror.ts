import { HALF, ONE, ZERO, add, call, div, exp, isZero, mul, neg, num, pow, sub, sym } from '../algebra/build.js'
import { substitute, symbolsOf } from '../algebra/calculus.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { type ReadOptions, readSyntax } from '../algebra/read.js'
import { type Syntax, parseSyntax } from '../algebra/syntax.js'
import { InputError } from '../errors.js'
import { elementwise } from '../jets/elementwise.js'
import { GRADIENT, THETA, type Vector, addVectors, coefficientOf, isZeroVector, scaleVector, subVectors, variableAtom } from '../jets/vector.js'
import { COMPONENT, componentDerivative, rootsInLowestTerms } from './components.js'
import type { DualVariables } from './model.js'

/** The x for which e(x) = value, where x stands at one place of e, by undoing the outermost operation again and again. */
function invert(e: Expr, x: string, value: Expr): Expr | undefined {
  const inside = (part: Expr): boolean => symbolsOf(part).has(x)
  if (e.kind === 'symbol') return e.name === x ? value : undefined
  if (e.kind === 'sum') {
    const [term, ...others] = e.terms.filter((t) => inside(t.factor))
    if (term === undefined || others.length > 0) return undefined
    const rest = sub(e, mul(num(term.coefficient), term.factor))
    return invert(term.factor, x, div(sub(value, rest), num(term.coefficient)))
  }
  if (e.kind === 'product') {
    const [factor, ...others] = e.factors.filter((f) => inside(f.base) || inside(f.exponent))
    if (factor === undefined || others.length > 0) return undefined
    const rest = div(e, pow(factor.base, factor.exponent))
    const remaining = div(value, rest)
    return inside(factor.exponent) ? (inside(factor.base) ? undefined : invert(factor.exponent, x, div(call('log', remaining), call('log', factor.base)))) : invert(factor.base, x, pow(remaining, div(ONE, factor.exponent)))
  }
  const [argument = ZERO] = e.kind === 'call' ? e.args : []
  if (e.kind !== 'call' || !inside(argument)) return undefined
  const undo = INVERSES[e.name]
  return undo === undefined ? undefined : invert(argument, x, undo(value))
}

const root = (y: Expr): Expr => call('log', add(y, pow(add(pow(y, num(2)), ONE), HALF)))

/** Inverse functions, where they are functions of the expression text. */
const INVERSES: Readonly<Partial<Record<string, (y: Expr) => Expr>>> = {
  log: (y) => exp(y),
  tan: (y) => call('atan', y),
  atan: (y) => call('tan', y),
  sinh: root,
  tanh: (y) => div(call('log', div(add(ONE, y), sub(ONE, y))), num(2)),
}

/** The convex potential Σ h(θᵢ), as a function of one component `theta`; `sum(…)` and `norm2(theta)` may say the sum. */
export function readPotential(text: string): Expr {
  const meaning: ReadOptions = {
    resolveCall: (name, args, recurse, at) => {
      const [argument] = args
      const ofTheta = args.every((a) => a.kind === 'name' && a.name === 'theta')
      if ((name === 'norm2' && args.length === 1 && ofTheta) || (name === 'dot' && args.length === 2 && ofTheta)) return pow(COMPONENT, num(2))
      if (name !== 'sum' || argument === undefined || args.length !== 1) return undefined
      if (!isOutermost(at, parseSyntax(text))) throw new InputError('a sum inside another function', 'the potential is a sum over components, e.g. h: "sum(cosh(theta))"', { column: at.column })
      return recurse(argument)
    },
  }
  return rootsInLowestTerms(readSyntax(parseSyntax(text), meaning))
}

/** Whether a call is a term, possibly with a factor, and not inside a power or another function. */
function isOutermost(call_: Syntax, tree: Syntax): boolean {
  if (tree.kind === 'call') return tree.column === call_.column
  if (tree.kind === 'unary') return isOutermost(call_, tree.operand)
  return tree.kind === 'binary' && tree.operator !== '^' && (isOutermost(call_, tree.left) || isOutermost(call_, tree.right))
}

const SAMPLES = [-3, -1.3, -0.7, -0.2, 0.2, 0.7, 1.3, 3]

/** Values of an expression at sample points, its parameters below and above the exponents where a potential turns convex. */
const samplesOf = (e: Expr): readonly number[] =>
  [0.5, 3].flatMap((parameter) => {
    const parameters = Object.fromEntries([...symbolsOf(e)].map((name) => [name, parameter]))
    return SAMPLES.map((theta) => evaluateNumber(e, { ...parameters, theta })).filter((value) => Number.isFinite(value))
  })

/** Whether a potential with this second derivative is convex at one of the samples, or none is in its domain. */
export function isConvexSomewhere(curvature: Expr): boolean {
  const values = samplesOf(curvature)
  return values.length === 0 || values.some((value) => value > 0)
}

/** @throws InputError for a potential without a mirror map. */
export function checkConvex(text: string, curvature: Expr): void {
  const remedy = 'give a strictly convex function of one component, e.g. h: "theta*log(theta) - theta" or h: "cosh(theta)"'
  if (isZero(curvature)) throw new InputError(`the potential h = ${text} has no curvature, so its gradient does not determine theta`, remedy)
  if (!isConvexSomewhere(curvature)) throw new InputError(`the potential h = ${text} is concave: steps along its mirror map would go up the gradient`, remedy)
}

/** Whether the slope gives back every value it is asked for, on both sides of zero: the inverse of an even root does not. */
function invertsEverywhere(slope: Expr, inverse: Expr): boolean {
  const there = substitute(slope, { theta: inverse })
  const parameters = Object.fromEntries([...symbolsOf(there)].map((name) => [name, 0.5]))
  return SAMPLES.every((z) => {
    const value = evaluateNumber(there, { ...parameters, _z: z })
    return !Number.isFinite(value) || Math.abs(value - z) <= 1e-9 * Math.abs(z)
  })
}

/** The closed form of the new θ, where the inverse of ∇h is one that gives θ back for every θ. */
function closedForm(slope: Expr, force: Vector): Vector | undefined {
  const inverse = invert(slope, 'theta', sym('_z'))
  if (inverse === undefined || substitute(inverse, { _z: slope }) !== COMPONENT || !invertsEverywhere(slope, inverse)) return undefined
  const moved = add(substitute(slope, { theta: sym('_x') }), neg(mul(sym('eta'), sym('_f'))))
  return elementwise(substitute(inverse, { _z: moved }), { _x: THETA, _f: force })
}

/** Mirror descent in its dual variables, and the new θ in closed form where there is one. */
export interface MirrorMap {
  readonly dual: DualVariables
  readonly closed: Vector | undefined
}

/**
 * Mirror descent ∇h(θ') = ∇h(θ) − η(g + λθ) (Nemirovski & Yudin 1983; Beck & Teboulle 2003), for a potential that is a sum over components.
 * @param text h as expression text in theta, e.g. `theta*log(theta) - theta`
 * @throws InputError for a potential that is not strictly convex
 */
export function mirrorMap(text: string): MirrorMap {
  const potential = readPotential(text)
  const slope = componentDerivative(potential)
  if (isZero(slope)) throw new InputError(`the potential h = ${text} does not depend on theta`, 'give e.g. h: "theta*log(theta) - theta"')
  const curvature = componentDerivative(slope)
  checkConvex(text, curvature)
  const force = addVectors(GRADIENT, scaleVector(sym('lambda'), THETA))
  const gradient = ofComponents(slope, THETA)
  return { dual: { potential, slope, curvature, gradient, update: subVectors(gradient, scaleVector(sym('eta'), force)) }, closed: closedForm(slope, force) }
}

/** A function of a component, at every component of a vector. */
export const ofComponents = (e: Expr, x: Vector): Vector => elementwise(substitute(e, new Map([[COMPONENT, sym('_x')]])), { _x: x })

/** Whether the dual variables are a multiple of θ itself: gradient descent with another rate. */
export function isEuclidean({ gradient }: DualVariables): boolean {
  const theta = variableAtom('theta')
  return isZeroVector(subVectors(gradient, scaleVector(coefficientOf(gradient, theta), THETA)))
}

/** ∇²h x: a change of θ as a change of the dual variables. */
export const lowered = ({ curvature }: DualVariables, x: Vector): Vector =>
  elementwise(mul(sym('_v'), substitute(curvature, new Map([[COMPONENT, sym('_x')]]))), { _v: x, _x: THETA })

/** (∇²h)⁻¹ x: a change of the dual variables as a change of θ. */
export const raised = ({ curvature }: DualVariables, x: Vector): Vector =>
  elementwise(div(sym('_v'), substitute(curvature, new Map([[COMPONENT, sym('_x')]]))), { _v: x, _x: THETA })
