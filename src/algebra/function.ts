import { type Expr, type FunctionName, compareExpr, intern } from './expr.js'
import { mul, pow } from './product.js'
import { R1, absR, compareR, floorR, invR, isOneR } from './rational.js'
import { EULER, HALF, ONE, PI, ZERO, add, isOne, isZero, neg, num, scaleBy, signedContent, splitCoefficient } from './sum.js'

/** Whether an odd function would rather see the argument negated. */
function leadsNegative(e: Expr): boolean {
  if (e.kind === 'number') return e.value.num < 0n
  return e.kind === 'sum' && signedContent(e).num < 0n
}

/** f(−x) = −f(x). */
export const ODD: ReadonlySet<FunctionName> = new Set(['sin', 'tan', 'tanh', 'sinh', 'atan', 'sign'])
/** f(−x) = f(x). */
export const EVEN: ReadonlySet<FunctionName> = new Set(['cos', 'cosh', 'abs'])

/** sin(nπ/12) for n = 0 … 6 where it is rational or a square root. */
const SINES: ReadonlyMap<bigint, () => Expr> = new Map([
  [0n, () => ZERO],
  [2n, () => HALF],
  [3n, () => mul(HALF, pow(num(2), HALF))],
  [4n, () => mul(HALF, pow(num(3), HALF))],
  [6n, () => ONE],
])

/** sin(nπ/12), undefined for angles without a short value. */
function sineOfTwelfths(n: bigint): Expr | undefined {
  const turn = ((n % 24n) + 24n) % 24n
  if (turn > 12n) {
    const opposite = sineOfTwelfths(turn - 12n)
    return opposite === undefined ? undefined : neg(opposite)
  }
  return SINES.get(turn > 6n ? 12n - turn : turn)?.()
}

/** Sine, cosine and tangent of multiples of π/4 and π/6. */
function specialAngle(name: FunctionName, x: Expr): Expr | undefined {
  const { coefficient, factor } = splitCoefficient(x)
  if (factor !== PI || (12n * coefficient.num) % coefficient.den !== 0n) return undefined
  const n = (12n * coefficient.num) / coefficient.den
  if (name === 'sin') return sineOfTwelfths(n)
  if (name === 'cos') return sineOfTwelfths(n + 6n)
  const [sine, cosine] = [sineOfTwelfths(n), sineOfTwelfths(n + 6n)]
  return name !== 'tan' || sine === undefined || cosine === undefined || isZero(cosine) ? undefined : mul(sine, pow(cosine, num(-1)))
}

/** Positive wherever it is defined and not zero: exponentials, absolute values and even powers. */
const isPositive = (e: Expr): boolean =>
  (e.kind === 'call' && e.name === 'abs') ||
  (e.kind === 'product' &&
    e.factors.every(({ base, exponent }) => base === EULER || (exponent.kind === 'number' && exponent.value.den === 1n && exponent.value.num % 2n === 0n)))

/** |x| and sign(x): values of numbers, positive content taken out of sums, positive quantities left as they are. */
function magnitude(name: 'abs' | 'sign', x: Expr): Expr {
  if (x.kind === 'number') return num(name === 'abs' ? absR(x.value) : x.value.num > 0n ? 1 : -1)
  if (x === EULER || x === PI || (name === 'abs' && isPositive(x))) return name === 'abs' ? x : ONE
  const content = x.kind === 'sum' ? signedContent(x) : R1
  if (isOneR(content)) return intern({ kind: 'call', name, args: [x] })
  const inner = magnitude(name, scaleBy(invR(content), x))
  if (name === 'abs') return scaleBy(absR(content), inner)
  return content.num < 0n ? neg(inner) : inner
}

/** ⌊x⌋: of numbers their value, whole numbers in sums taken out. */
function wholePart(x: Expr): Expr {
  if (x.kind === 'number') return num(floorR(x.value))
  if (x.kind === 'call' && x.name === 'floor') return x
  const whole = x.kind === 'sum' ? floorR(x.constant) : 0n
  return whole === 0n ? intern({ kind: 'call', name: 'floor', args: [x] }) : add(num(whole), wholePart(add(x, num(-whole))))
}

/** A function applied; parity, the values at 0 (at 1 for log) and at multiples of π/4 and π/6, and the tangent of an arc are used, nothing else. */
export function call(name: FunctionName, ...args: readonly Expr[]): Expr {
  const [x, y] = args
  if (x === undefined) throw new RangeError(`${name} needs an argument`)
  if (name === 'min' || name === 'max') return extremum(name, x, y)
  if (name === 'log') return logarithm(x)
  if (name === 'floor') return wholePart(x)
  if (isZero(x)) return EVEN.has(name) && name !== 'abs' ? ONE : ZERO
  if (name === 'abs' || name === 'sign') return magnitude(name, x)
  if (ODD.has(name) && leadsNegative(x)) return neg(call(name, neg(x)))
  if (EVEN.has(name) && leadsNegative(x)) return call(name, neg(x))
  if (name === 'tan' && x.kind === 'call' && x.name === 'atan') return x.args[0] ?? x
  return specialAngle(name, x) ?? intern({ kind: 'call', name, args: [x] })
}

function extremum(name: 'min' | 'max', x: Expr, y: Expr | undefined): Expr {
  if (y === undefined) throw new RangeError(`${name} needs two arguments`)
  if (x === y) return x
  if (x.kind === 'number' && y.kind === 'number') return compareR(x.value, y.value) < 0 === (name === 'min') ? x : y
  return intern({ kind: 'call', name, args: compareExpr(x, y) <= 0 ? [x, y] : [y, x] })
}

function logarithm(x: Expr): Expr {
  if (isOne(x)) return ZERO
  if (x === EULER) return ONE
  const [only, second] = x.kind === 'product' ? x.factors : []
  return only?.base === EULER && second === undefined ? only.exponent : intern({ kind: 'call', name: 'log', args: [x] })
}

/** dⁿ/dvⁿ of an unknown function of `variable` (a symbol, atom or another such derivative). */
export function derivativeOf(of: Expr, variable: string, order = 1): Expr {
  if (order === 0) return of
  if (of.kind === 'derivative' && of.variable === variable)
    return intern({ kind: 'derivative', of: of.of, variable, order: of.order + order })
  return intern({ kind: 'derivative', of, variable, order })
}
