import { ONE, ZERO, add, div, mul, num, pow, sub, sym } from '../../algebra/build.js'
import { subexpressions, substitute } from '../../algebra/calculus.js'
import { expand } from '../../algebra/expand.js'
import type { Expr } from '../../algebra/expr.js'
import { polynomialCoefficients } from '../../algebra/factor.js'
import { longDivision } from '../../algebra/longDivision.js'
import { linearSolve } from '../../algebra/solve.js'
import { factored } from '../../algebra/squareFree.js'
import { isIdenticallyZero } from '../../algebra/zero.js'
import type { NamedRoots, Root } from '../../algebra/spectrum.js'

const R = sym('r')
const inR = (e: Expr): readonly Expr[] => polynomialCoefficients(e, R) ?? []

/** The remainder of a polynomial in `r` divided by another. */
const remainder = (e: Expr, divisor: Expr): Expr => add(...longDivision(inR(e), inR(divisor)).remainder.map((c, n) => mul(c, pow(R, num(n)))))

/** A polynomial in `r` with leading coefficient one. */
const monic = (polynomial: Expr): Expr => div(polynomial, inR(polynomial).at(-1) ?? ONE)

/** The polynomial a of lower degree with a·below = above modulo p, which has no root in common with `below`. */
function quotientModulo(above: Expr, below: Expr, p: Expr): Expr | undefined {
  const degree = inR(p).length - 1
  const powers = Array.from({ length: degree }, (_, n) => inR(remainder(expand(mul(below, pow(R, num(n)))), p)))
  const right = inR(above)
  const rows = powers.map((_, i) => powers.map((column) => column[i] ?? ZERO))
  const found = linearSolve(rows, rows.map((_, i) => right[i] ?? ZERO))
  return found === undefined ? undefined : add(...found.map((c, n) => mul(c, pow(R, num(n)))))
}

const size = (e: Expr): number => subexpressions(e).size

/**
 * What stands before the mode of a single root r₁ that has a name, numerator(r₁)/Π_{j≠1}(r₁ − rⱼ)^mⱼ, modulo the polynomial p that r₁ is a root of: the
 * numerator, and the polynomials that the roots which p does not have are roots of, by their remainders, or the quotient of the two where that is
 * shorter. Only the other roots of p stay in it by name.
 * @returns undefined where the root has no name of its own or is multiple; the remainders are verified by multiplying out
 */
export function reducedAmplitude(numerator: Expr, roots: readonly Root[], i: number, named: readonly NamedRoots[]): Expr | undefined {
  const root = roots[i]
  const nameOf = ({ value }: Root): string => (value.kind === 'symbol' ? value.name : '')
  const own = root === undefined ? undefined : named.find(({ names }) => names.includes(nameOf(root)))
  if (root === undefined || root.multiplicity !== 1 || own === undefined) return undefined
  const multiplicityOf = ({ names }: NamedRoots): number => roots.find((r) => nameOf(r) === names[0])?.multiplicity ?? 1
  const others = [
    ...named.filter((group) => group !== own).map((group) => pow(monic(group.polynomial), num(multiplicityOf(group)))),
    ...roots.filter((r) => !named.some(({ names }) => names.includes(nameOf(r)))).map(({ value, multiplicity }) => pow(sub(R, value), num(multiplicity))),
  ]
  const denominator = expand(mul(...others))
  const p = own.polynomial
  const [above, below] = [remainder(numerator, p), remainder(denominator, p)]
  const quotient = quotientModulo(above, below, p)
  if (quotient === undefined) return undefined
  const forms = [[above, below], [quotient, ONE]] as const
  const holds = forms.every(([n, d]) => isIdenticallyZero(remainder(expand(sub(mul(numerator, d), mul(n, denominator))), p)))
  const [fraction, whole] = forms.map(([n, d]) => factored(div(n, d)))
  if (!holds || fraction === undefined || whole === undefined) return undefined
  const siblings = own.names.filter((name) => name !== nameOf(root)).map((name) => div(ONE, sub(root.value, sym(name))))
  return mul(substitute(size(whole) <= size(fraction) ? whole : fraction, { r: root.value }), ...siblings)
}
