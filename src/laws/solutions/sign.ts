import { factorsOf, splitCoefficient } from '../../algebra/build.js'
import type { Expr, Factor } from '../../algebra/expr.js'

/** How the sign of a discriminant decides a regime. */
export type Relation = '>' | '=' | '<'

const isEven = ({ exponent }: Factor): boolean => exponent.kind === 'number' && exponent.value.den === 1n && exponent.value.num % 2n === 0n

/** Whether every value has one sign: that of a number times squares is the number's. */
export const isDecided = (e: Expr): boolean => factorsOf(splitCoefficient(e).factor).every(isEven)

/** Whether an expression can have the sign of a relation. */
export function allows(e: Expr, relation: Relation): boolean {
  if (!isDecided(e)) return true
  const { num } = splitCoefficient(e).coefficient
  return relation === '=' ? num === 0n : relation === '>' ? num > 0n : num < 0n
}
