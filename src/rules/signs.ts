import { ONE, factorsOf, isZero, mapParts, sub } from '../algebra/build.js'
import { factored } from '../algebra/squareFree.js'
import type { Expr } from '../algebra/expr.js'
import { asContraction } from '../jets/contraction.js'
import { rebuildVector } from '../jets/substitute.js'
import type { Vector } from '../jets/vector.js'

const isEven = (e: Expr): boolean => e.kind === 'number' && e.value.den === 1n && e.value.num % 2n === 0n

/** |x|². */
function isNorm(e: Expr): boolean {
  const c = e.kind === 'atom' ? asContraction(e.opaque) : undefined
  return c !== undefined && c.left === c.right
}

/**
 * The signs of squares in a flow: sign(g²/(1 − beta)) and sign(|g|²) are one, for a state that keeps the part beta of itself relaxes where beta is below one, and
 * the flow holds where no argument of sign passes zero.
 * @param kept what states keep of themselves in a step
 */
export function withoutSignsOfSquares(x: Vector, kept: readonly Expr[]): Vector {
  const isPositive = (e: Expr): boolean =>
    factorsOf(e).every(({ base, exponent }) => isEven(exponent) || isNorm(base) || (base.kind === 'number' && base.value.num > 0n) || kept.some((part) => isZero(sub(base, sub(ONE, part)))))
  const settled = (e: Expr): Expr => {
    const inside = mapParts(e, settled)
    const [argument] = inside.kind === 'call' && inside.name === 'sign' ? inside.args.map(factored) : []
    return argument !== undefined && isPositive(argument) ? ONE : inside
  }
  return rebuildVector(x, { scalar: settled })
}
