import { HALF, ONE, ZERO, add, call, div, exp, isZero, mul, neg, num, pow, sub, sym } from '../algebra/build.js'
import { differentiate, substitute, symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { toText } from '../algebra/print.js'
import { readExpr } from '../algebra/read.js'
import { isZeroExpr } from '../algebra/zero.js'
import { InputError } from '../errors.js'
import { elementwise } from '../jets/elementwise.js'
import { GRADIENT, THETA, type Vector, addVectors, scaleVector } from '../jets/vector.js'

const THETA_COMPONENT = sym('theta')

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

/** A mirror map of a separable potential Σ h(θᵢ): ∇h, and the update of θ in the dual variables ∇h(θ). */
export interface MirrorMap {
  readonly dual: Vector
  readonly update: Vector
}

/**
 * Mirror descent ∇h(θ') = ∇h(θ) − η(g + λθ) (Nemirovski & Yudin 1983; Beck & Teboulle 2003), for a potential that is a sum over components.
 * @param text h as expression text in theta, e.g. `theta*log(theta) - theta`
 * @throws InputError for a potential whose gradient this cannot invert
 */
export function mirrorMap(text: string): MirrorMap {
  const slope = differentiate(readExpr(text), 'theta')
  if (isZero(slope)) throw new InputError(`the potential h = ${text} does not depend on theta`, 'give e.g. h: "theta*log(theta) - theta"')
  const inverse = invert(slope, 'theta', sym('_z'))
  const back = inverse === undefined ? undefined : sub(substitute(slope, { theta: inverse }), sym('_z'))
  if (inverse === undefined || back === undefined || !isZeroExpr(back).zero)
    throw new InputError(`the gradient ${toText(slope)} of the potential h cannot be inverted`, 'write the update as a function of theta and g instead, e.g. update: { theta: "theta*exp(-eta*g)" }')
  const there = substitute(inverse, { _z: slope })
  if (there !== THETA_COMPONENT)
    throw new InputError(`the potential h = ${text} has the mirror map ${toText(slope)}, whose inverse gives ${toText(there)} for theta`, 'write the update as a function of theta and g instead, for the signs that theta has')
  const force = addVectors(GRADIENT, scaleVector(sym('lambda'), THETA))
  const moved = add(substitute(slope, { theta: sym('_x') }), neg(mul(sym('eta'), sym('_f'))))
  return {
    dual: elementwise(substitute(slope, new Map([[THETA_COMPONENT, sym('_x')]])), { _x: THETA }),
    update: elementwise(substitute(inverse, { _z: moved }), { _x: THETA, _f: force }),
  }
}
