import { ONE, ZERO, add, div, mul, neg } from '../algebra/build.js'
import { differentiateTimes } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { isIdenticallyZero } from '../algebra/zero.js'
import type { BlockPolynomials } from '../jets/space.js'
import { scaleVector } from '../jets/vector.js'
import { timeFactor } from './generator.js'
import type { Symmetry } from './symmetry.js'

/** Laplace's expansion along the first row. */
function determinant(rows: readonly (readonly Expr[])[]): Expr {
  const [first = [], ...rest] = rows
  if (rows.length === 0) return ONE
  return add(...first.map((x, j) => (x === ZERO ? ZERO : mul(j % 2 === 0 ? x : neg(x), determinant(rest.map((row) => row.filter((_, i) => i !== j)))))))
}

/** Whether no combination of functions of t with constant coefficients vanishes: their Wronskian does not. */
const areIndependent = (functions: readonly Expr[]): boolean =>
  !isIdenticallyZero(determinant(functions.map((f) => functions.map((_, n) => differentiateTimes(f, 't', n)))))

/**
 * The functions of time before the terms of a generator, where there are several and they are linearly independent: the loss does not depend on time,
 * so that what stands before each of them is a symmetry by itself.
 */
export function timeFunctions(components: BlockPolynomials): readonly Expr[] {
  const found = [...new Set(Object.values(components).flat().map((term) => timeFactor(term.coefficient)))]
  return found.length > 1 && found.length <= 4 && areIndependent(found) ? found : []
}

/**
 * The symmetry without the function of time before its generator: at any one time it is one of the loss.
 * @returns undefined where time or a gauge is transformed too, or the terms do not share a function of time
 */
export function withoutTime(symmetry: Symmetry): Symmetry | undefined {
  const [tau = ONE, ...others] = new Set(symmetry.generator.terms.map((term) => timeFactor(term.coefficient)))
  if (symmetry.time !== undefined || symmetry.gauge !== undefined || others.length > 0 || tau === ONE) return undefined
  return { ...symmetry, generator: scaleVector(div(ONE, tau), symmetry.generator) }
}
