import { HALF, ONE, add, call, div, factorsOf, mul, num, pow, sub, sym, termsOf } from '../algebra/build.js'
import { differentiate, subexpressions, substitute, symbolsOf } from '../algebra/calculus.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import { expand } from '../algebra/expand.js'
import type { Expr } from '../algebra/expr.js'
import { cancel, numeratorDenominator } from '../algebra/rational-form.js'
import { factored } from '../algebra/squareFree.js'
import { isIdenticallyZero } from '../algebra/zero.js'

/** The component that a function of components is a function of. */
export const COMPONENT = sym('theta')

const [MAGNITUDE, SIGN] = [sym('_magnitude'), sym('_sign')]

const isEven = (exponent: Expr): boolean => exponent.kind === 'number' && exponent.value.den === 1n && exponent.value.num % 2n === 0n

/** θ = sign·|θ| put in where |θ| occurs, with sign² = 1: powers of |θ| and at most one factor θ/|θ| are left. */
function byMagnitude(e: Expr): Expr {
  const [size, sign] = [call('abs', COMPONENT), call('sign', COMPONENT)]
  if (![...subexpressions(e)].some((x) => x === size || x === sign)) return e
  const split = substitute(substitute(e, new Map([[size, MAGNITUDE], [sign, SIGN]])), { theta: mul(SIGN, MAGNITUDE) })
  const terms = termsOf(expand(split)).map(({ coefficient, factor }) =>
    mul(num(coefficient), ...factorsOf(factor).map(({ base, exponent }) => (base !== SIGN ? pow(base, exponent) : isEven(exponent) ? ONE : SIGN))))
  return substitute(add(...terms), new Map<Expr, Expr>([[SIGN, div(COMPONENT, size)], [MAGNITUDE, size]]))
}

const isHalf = (exponent: Expr): boolean => exponent.kind === 'number' && exponent.value.den === 2n

/** The sums that a square root is taken of. */
const radicandsOf = (e: Expr): ReadonlySet<Expr> =>
  new Set([...subexpressions(e)].flatMap((x) => factorsOf(x).flatMap((f) => (f.base.kind === 'sum' && isHalf(f.exponent) ? [f.base] : []))))

/** Every power of a radicand as a power of the symbol that stands for its root. */
function withRoots(e: Expr, roots: ReadonlyMap<Expr, Expr>): Expr {
  const inside = (x: Expr): Expr => withRoots(x, roots)
  if (e.kind === 'call') return call(e.name, ...e.args.map(inside))
  const root = roots.get(e)
  if (root !== undefined) return pow(root, num(2))
  if (e.kind === 'sum') return add(num(e.constant), ...e.terms.map((t) => mul(num(t.coefficient), inside(t.factor))))
  if (e.kind !== 'product') return e
  return mul(...e.factors.map(({ base, exponent }) => {
    const known = roots.get(base)
    return known === undefined ? pow(inside(base), inside(exponent)) : pow(known, mul(num(2), exponent))
  }))
}

/** In lowest terms, with square roots as quantities of their own; a potential's parameters are positive, so sqrt(1 + x/b²) = sqrt(b² + x)/b. */
function lowest(e: Expr): Expr {
  const symbols = new Map<Expr, Expr>()
  const rootOf = (s: Expr): Expr => {
    const [numerator, denominator] = numeratorDenominator(s)
    const symbol = symbols.get(numerator) ?? sym(`_root${symbols.size}`)
    symbols.set(numerator, symbol)
    return div(symbol, mul(...factorsOf(denominator).map((f) => pow(f.base, mul(HALF, f.exponent)))))
  }
  const roots = new Map([...radicandsOf(e)].map((s) => [s, rootOf(s)] as const))
  const back = new Map([...symbols].map(([s, symbol]) => [symbol, pow(s, HALF)] as const))
  return substitute(cancel(withRoots(e, roots)), back)
}

/** A potential with its square roots as its derivatives have them, so that none is written in two ways. */
export const rootsInLowestTerms = (e: Expr): Expr => (radicandsOf(e).size === 0 ? e : expand(lowest(e)))

/** The derivative of a function of one component, in lowest terms where that form is found equal. */
export function componentDerivative(e: Expr): Expr {
  const raw = differentiate(e, 'theta')
  const short = factored(lowest(byMagnitude(raw)))
  return isIdenticallyZero(sub(raw, short)) || agrees(raw, short) ? short : raw
}

const POINTS = [-2.3, -0.9, -0.4, 0.3, 0.8, 1.7]

/** Whether two functions of |θ| agree at points on both sides of zero, where no normal form knows |θ|. */
function agrees(e: Expr, other: Expr): boolean {
  const parameters = Object.fromEntries([...symbolsOf(e)].map((name, i) => [name, 1.3 + 0.7 * i]))
  const values = POINTS.map((theta) => [e, other].map((x) => evaluateNumber(x, { ...parameters, theta })))
  const finite = values.filter((pair) => pair.every(Number.isFinite))
  return finite.length > 2 && finite.every(([x = 0, y = 0]) => Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y)))
}
