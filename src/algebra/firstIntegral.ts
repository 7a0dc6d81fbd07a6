import { ONE, ZERO, add, call, div, exp, factorsOf, isZero, mul, num, pow, splitCoefficient, sub, sym, symbolsOf, termsOf } from './build.js'
import { differentiate, substitute } from './calculus.js'
import { expand } from './expand.js'
import type { Expr } from './expr.js'
import { R1, absR, gcdR, negR } from './rational.js'
import { factored } from './squareFree.js'
import { isIdenticallyZero } from './zero.js'

/** A one-form Σ partᵢ duᵢ with polynomials in the variables for its parts. */
export interface PfaffianForm {
  readonly variables: readonly string[]
  readonly parts: readonly Expr[]
}

const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113]

/** The coefficients of the first column that depends linearly on those before it; undefined if there is none. */
function firstDependency(columns: readonly (readonly Expr[])[]): readonly Expr[] | undefined {
  const basis: { readonly pivot: number; readonly column: readonly Expr[]; readonly combination: readonly Expr[] }[] = []
  const less = (x: readonly Expr[], c: Expr, y: readonly Expr[]): readonly Expr[] => x.map((e, i) => factored(sub(e, mul(c, y[i] ?? ZERO))))
  for (const [k, given] of columns.entries()) {
    let [column, combination]: (readonly Expr[])[] = [given, columns.map((_, j) => (j === k ? ONE : ZERO))]
    for (const b of basis) {
      const c = column?.[b.pivot] ?? ZERO
      if (isZero(c)) continue
      column = less(column ?? [], c, b.column)
      combination = less(combination ?? [], c, b.combination)
    }
    const pivot = (column ?? []).findIndex((e) => !isZero(e))
    if (pivot < 0) return combination
    const scaled = (x: readonly Expr[] = []): readonly Expr[] => x.map((e) => factored(div(e, column?.[pivot] ?? ONE)))
    basis.push({ pivot, column: scaled(column), combination: scaled(combination) })
  }
  return undefined
}

/** Products of the variables of a degree. */
const monomials = (variables: readonly string[], degree: number): readonly Expr[] =>
  degree === 0 ? [ONE] : variables.flatMap((name, i) => monomials(variables.slice(i), degree - 1).map((m) => mul(sym(name), m)))

const degreeIn = (variables: readonly string[], e: Expr): number =>
  Math.max(...termsOf(expand(e)).map(({ factor }) => factorsOf(factor).reduce((n, f) => n + (f.base.kind === 'symbol' && variables.includes(f.base.name) && f.exponent.kind === 'number' ? Number(f.exponent.value.num) : 0), 0)))

/** The factors of polynomials that hold a variable. */
const factorsIn = (variables: readonly string[], polynomials: readonly Expr[]): readonly Expr[] =>
  [...new Set(polynomials.flatMap((p) => factorsOf(splitCoefficient(factored(p)).factor).map((f) => f.base)))].filter((f) => [...symbolsOf(f)].some((name) => variables.includes(name)))

/**
 * A function that is constant on the solutions of Σ partᵢ duᵢ = 0, where it is a product of powers of factors of the form's parts (its invariant curves;
 * Darboux 1878), times the exponential of a polynomial or of a fraction over such a factor: in Q = Σ cₖ gₖ, of logarithms of these factors, monomials and
 * fractions gₖ, the conditions partⱼ ∂Q/∂uᵢ = partᵢ ∂Q/∂uⱼ are linear in c.
 * @returns undefined where there is none of this kind
 */
export function firstIntegral({ variables, parts }: PfaffianForm): Expr | undefined {
  const radial = add(...variables.map((name, i) => mul(sym(name), parts[i] ?? ZERO)))
  const curves = [...new Set([...variables.map(sym), ...factorsIn(variables, [...parts, radial])])]
  const fractions = factorsIn(variables, [radial]).filter((f) => f.kind !== 'symbol').flatMap((f) => variables.map((name) => div(sym(name), f)))
  const degree = 1 + Math.max(...parts.map((p) => degreeIn(variables, p)))
  const others = [...Array.from({ length: degree }, (_, n) => monomials(variables, n + 1)).flat(), ...fractions]
  const candidates = [...curves.map((f) => call('log', f)), ...others]
  const pairs = variables.flatMap((_, i) => variables.flatMap((__, j) => (i < j ? [[i, j] as const] : [])))
  const slope = (e: Expr, i: number): Expr => differentiate(e, variables[i] ?? '')
  const across = (e: Expr): readonly Expr[] => pairs.map(([i, j]) => sub(mul(parts[j] ?? ZERO, slope(e, i)), mul(parts[i] ?? ZERO, slope(e, j))))
  const points = Array.from({ length: Math.ceil((candidates.length + 3) / Math.max(1, pairs.length)) }, (_, n) =>
    Object.fromEntries(variables.map((name, i) => [name, num(PRIMES[(n + 7 * i) % PRIMES.length] ?? 2)])))
  const columns = candidates.map((g) => across(g).flatMap((e) => points.map((at) => factored(substitute(e, at)))))
  const found = firstDependency(columns)
  if (found === undefined) return undefined
  const integral = add(...candidates.map((g, k) => mul(found[k] ?? ZERO, g)))
  if (!across(integral).every((e) => isIdenticallyZero(e)) || variables.every((_, i) => isIdenticallyZero(slope(integral, i)))) return undefined
  const rest = add(...others.map((g, k) => mul(found[curves.length + k] ?? ZERO, g)))
  return withoutLogarithms(curves.map((f, k) => [f, found[k] ?? ZERO]), rest)
}

/** e^Q as a product of powers, the exponents whole numbers without a common divisor if they are numbers, the first one positive; Q itself without logarithms. */
function withoutLogarithms(powers: readonly (readonly [Expr, Expr])[], rest: Expr): Expr {
  const exponents = powers.map(([, c]) => c).filter((c) => !isZero(c))
  const [first] = exponents
  if (first === undefined) return rest
  const numbers = exponents.flatMap((c) => (c.kind === 'number' ? [c.value] : []))
  const divisor = numbers.map(absR).reduce((x, y) => gcdR(x, y), numbers[0] ?? R1)
  const unit = numbers.length < exponents.length ? first : num(first.kind === 'number' && first.value.num < 0n ? negR(divisor) : divisor)
  const product = factored(mul(...powers.map(([f, c]) => pow(f, factored(div(c, unit))))))
  return mul(splitCoefficient(product).factor, exp(factored(div(rest, unit))))
}
