import { EULER, ONE, ZERO, add, atom, mul } from '../algebra/build.js'
import { atomsOf, differentiate, subexpressions, substitute } from '../algebra/calculus.js'
import { expand } from '../algebra/expand.js'
import { factored } from '../algebra/squareFree.js'
import type { Expr, Opaque } from '../algebra/expr.js'

/** An expression as constant + Σ coefficient·contraction. */
export interface LinearForm {
  readonly constant: Expr
  readonly coefficients: ReadonlyMap<Opaque, Expr>
}

/** The linear form of an expression in its contractions; undefined if it is not linear in them. Coefficients are not simplified. */
export function linearForm(e: Expr): LinearForm | undefined {
  const atoms = atomsOf(e)
  const coefficients = new Map<Opaque, Expr>()
  for (const opaque of atoms) {
    const coefficient = differentiate(e, '_opaque', { atomDerivative: (o) => (o === opaque ? ONE : ZERO) })
    if (atomsOf(coefficient).length > 0) return undefined
    coefficients.set(opaque, coefficient)
  }
  return { constant: substitute(e, new Map(atoms.map((o) => [atom(o), ZERO]))), coefficients }
}

const hasExponential = (e: Expr): boolean => [...subexpressions(e)].some((x) => x === EULER)

/** Expanded, except where exponents would be torn apart with it. */
const expandedCoefficient = (e: Expr): Expr => (hasExponential(e) ? factored(e) : expand(e))

/**
 * Like contractions collected: Σ coefficient·contraction with each coefficient passed through `simplify`,
 * or the expanded expression where contractions are multiplied with each other.
 */
export function collectContractions(e: Expr, simplify: (coefficient: Expr) => Expr = expandedCoefficient): Expr {
  const form = linearForm(e)
  if (form === undefined) return expand(e)
  return add(simplify(form.constant), ...[...form.coefficients].map(([o, c]) => mul(simplify(c), atom(o))))
}
