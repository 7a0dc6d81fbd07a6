import { ONE, ZERO, add, call, factorsOf, isZero, mul, num, pow, termsOf } from './build.js'
import type { Expr, Factor } from './expr.js'
import { remembered } from './memo.js'
import { factored } from './squareFree.js'

const isWhole = (e: Expr): boolean => e.kind === 'number' && e.value.den === 1n
const isEven = (e: Expr): boolean => e.kind === 'number' && e.value.den === 1n && e.value.num % 2n === 0n
const isRoot = (e: Expr): boolean => e.kind === 'number' && e.value.den === 2n

/** Exponents of x, |x| and sign(x) for each x of a product. */
interface Powers {
  readonly plain: Expr
  readonly size: Expr
  readonly sign: Expr
}

const NONE: Powers = { plain: ZERO, size: ZERO, sign: ZERO }

/** What a factor is a power of, in magnitudes: (x²)^(1/2) is |x|. */
function powersOf({ base, exponent }: Factor): readonly (readonly [Expr, Partial<Powers>])[] {
  if (base.kind === 'call' && (base.name === 'abs' || base.name === 'sign')) {
    const [x = base] = base.args
    return [[x, base.name === 'abs' ? { size: exponent } : { sign: exponent }]]
  }
  const inside = isRoot(exponent) ? factorsOf(base.kind === 'sum' ? factored(base) : base) : []
  if (inside.length > 0 && inside.every((f) => isEven(f.exponent))) return inside.map((f) => [f.base, { size: mul(f.exponent, exponent) }])
  return [[base, { plain: exponent }]]
}

/** x^n |x|^m sign(x)^s with as few of the three as there can be. At x = 0 sign(x)² is 0, so it stays where it stands alone. */
function short(x: Expr, { plain, size, sign }: Powers): Expr {
  const apart = mul(pow(x, plain), pow(call('abs', x), size), pow(call('sign', x), sign))
  if ((isZero(size) && isZero(sign)) || ![plain, sign].every(isWhole) || (isZero(plain) && isZero(size))) return apart
  const [power, isOdd] = [add(plain, size), !isEven(add(plain, sign))]
  if (!isOdd) return isEven(power) ? pow(x, power) : pow(call('abs', x), power)
  if (isZero(power)) return call('sign', x)
  return isWhole(power) && !isEven(power) ? pow(x, power) : mul(x, pow(call('abs', x), add(power, num(-1))))
}

/**
 * A function of real components with roots of squares as magnitudes: sqrt(x²) is |x|, x/sqrt(x²) and x/|x| are sign(x), x·sign(x) is |x|. Where x
 * vanishes a quotient of the two sides has no value, or both sides have the same.
 */
export const inMagnitudes = remembered((e: Expr): Expr => {
  if (e.kind === 'call') return call(e.name, ...e.args.map(inMagnitudes))
  if (e.kind === 'sum') return add(num(e.constant), ...termsOf(e).filter((t) => t.factor !== ONE).map((t) => mul(num(t.coefficient), inMagnitudes(t.factor))))
  if (e.kind !== 'product') return e
  const powers = new Map<Expr, Powers>()
  for (const factor of factorsOf(e)) {
    for (const [x, more] of powersOf({ base: inMagnitudes(factor.base), exponent: factor.exponent })) {
      const known = powers.get(x) ?? NONE
      powers.set(x, { plain: add(known.plain, more.plain ?? ZERO), size: add(known.size, more.size ?? ZERO), sign: add(known.sign, more.sign ?? ZERO) })
    }
  }
  return mul(...[...powers].map(([x, p]) => short(x, p)))
})
