import { ONE, ZERO, add, call, div, isZero, mul, neg, num, pow, sym, symbolsOf } from './build.js'
import { differentiate, substitute } from './calculus.js'
import type { Expr } from './expr.js'
import { polynomialCoefficients } from './factor.js'
import { longDivision } from './longDivision.js'
import { numeratorDenominator } from './rational-form.js'
import { factored } from './squareFree.js'

/** A power of a linear function of the variable, offset + slope·x, in a denominator. */
interface LinearFactor {
  readonly base: Expr
  readonly slope: Expr
  readonly root: Expr
  readonly multiplicity: number
}

/** The linear factors of a denominator; undefined if it has others that depend on the variable. */
function linearFactors(denominator: Expr, x: string): readonly LinearFactor[] | undefined {
  const product = factored(denominator)
  const factors = product.kind === 'product' ? product.factors : [{ base: product, exponent: ONE }]
  const found = factors.flatMap(({ base, exponent }): readonly (LinearFactor | undefined)[] => {
    if (!symbolsOf(pow(base, exponent)).has(x)) return []
    const [offset = ZERO, slope = ZERO, ...higher] = polynomialCoefficients(base, x) ?? [ZERO, ZERO, ONE]
    const whole = exponent.kind === 'number' && exponent.value.den === 1n && exponent.value.num > 0n ? Number(exponent.value.num) : undefined
    if (higher.length > 0 || isZero(slope) || whole === undefined) return [undefined]
    return [{ base, slope, root: neg(div(offset, slope)), multiplicity: whole }]
  })
  return found.every((f) => f !== undefined) ? found : undefined
}

/**
 * An antiderivative, not yet verified, of a rational function whose denominator is a product of powers of linear functions: polynomial part
 * by division, partial fractions by the Laurent coefficients cⱼ = g⁽ʲ⁾(r)/j! of g = e·(x − r)^m at every root r.
 * @returns undefined for other functions
 */
export function fractionIntegral(e: Expr, x: string): Expr | undefined {
  const [numerator, denominator] = numeratorDenominator(e)
  const [above, below] = [polynomialCoefficients(numerator, x), polynomialCoefficients(denominator, x)]
  const factors = above === undefined || below === undefined ? undefined : linearFactors(denominator, x)
  if (above === undefined || below === undefined || factors === undefined || factors.length === 0) return undefined
  const whole = longDivision(above, below).quotient.map((c, n) => mul(c, div(pow(sym(x), num(n + 1)), num(n + 1))))
  const fractions = factors.flatMap(({ base, slope, root, multiplicity }) => {
    let taylor = factored(mul(e, pow(div(base, slope), num(multiplicity))))
    let factorial = 1n
    return Array.from({ length: multiplicity }, (_, j) => {
      const c = factored(div(substitute(taylor, { [x]: root }), num(factorial)))
      taylor = differentiate(taylor, x)
      factorial *= BigInt(j + 1)
      const power = j - multiplicity + 1
      return mul(c, power === 0 ? call('log', call('abs', base)) : div(pow(div(base, slope), num(power)), num(power)))
    })
  })
  return add(...whole, ...fractions)
}
