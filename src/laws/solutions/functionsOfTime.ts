import { ONE, add, factorsOf, mul, num, pow, symbolsOf, termsOf } from '../../algebra/build.js'
import type { Expr } from '../../algebra/expr.js'
import { factored } from '../../algebra/squareFree.js'

/** Σ coefficient·(function of t, or of another variable) with every coefficient one fraction, or as asked for; sums inside products are treated alike. */
export function byFunctionsOfTime(e: Expr, variable = 't', written: (coefficient: Expr) => Expr = factored): Expr {
  const groups = new Map<Expr, Expr[]>()
  for (const { coefficient, factor } of termsOf(e)) {
    const factors = factorsOf(factor).map(({ base, exponent }) => (base.kind === 'sum' && exponent === ONE && symbolsOf(base).has(variable) ? byFunctionsOfTime(base, variable, written) : pow(base, exponent)))
    const [moving, fixed] = [true, false].map((moves) => mul(...factors.filter((f) => symbolsOf(f).has(variable) === moves)))
    if (moving !== undefined && fixed !== undefined) groups.set(moving, [...(groups.get(moving) ?? []), mul(num(coefficient), fixed)])
  }
  return add(...[...groups].map(([moving, coefficients]) => mul(written(add(...coefficients)), moving)))
}
