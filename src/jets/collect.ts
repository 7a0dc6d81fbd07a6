import { EULER, ONE, ZERO, add, atom, call, div, factorsOf, frac, isZero, mul, num, pow, symbolsOf, termsOf } from '../algebra/build.js'
import { atomsOf, differentiate, subexpressions, substitute } from '../algebra/calculus.js'
import { expand } from '../algebra/expand.js'
import { remembered } from '../algebra/memo.js'
import { numeratorDenominator } from '../algebra/rational-form.js'
import { factored } from '../algebra/squareFree.js'
import type { Expr, Factor, Opaque } from '../algebra/expr.js'

/** An expression as constant + Σ coefficient·contraction. */
export interface LinearForm {
  readonly constant: Expr
  readonly coefficients: ReadonlyMap<Opaque, Expr>
}

const hasContractions = remembered((e: Expr): boolean => atomsOf(e).length > 0)

/** A linear form while its parts are collected: the terms whose sum is the constant, and those of each coefficient. */
interface Parts {
  readonly constant: Expr[]
  readonly coefficients: Map<Opaque, Expr[]>
}

const putCoefficient = ({ coefficients }: Parts, opaque: Opaque, coefficient: Expr): void => {
  const known = coefficients.get(opaque)
  if (known === undefined) coefficients.set(opaque, [coefficient])
  else known.push(coefficient)
}

/** The slope by each contraction, where it is none of sums and products (an integral, a rate). One that has none by any, as a sign, is not linear in them. */
function putSlopes(e: Expr, factor: Expr, into: Parts): boolean {
  const atoms = atomsOf(e)
  const slopes = atoms.map((opaque) => [opaque, differentiate(e, '_opaque', { atomDerivative: (o) => (o === opaque ? ONE : ZERO) })] as const)
  if (slopes.some(([, slope]) => hasContractions(slope)) || slopes.every(([, slope]) => isZero(slope))) return false
  for (const [opaque, slope] of slopes) putCoefficient(into, opaque, mul(factor, slope))
  into.constant.push(mul(factor, substitute(e, new Map(atoms.map((o) => [atom(o), ZERO])))))
  return true
}

/** Adds factor·e to a linear form in one pass; false if e is not linear. */
function put(e: Expr, factor: Expr, into: Parts): boolean {
  if (e.kind === 'atom') {
    putCoefficient(into, e.opaque, factor)
    return true
  }
  if (!hasContractions(e)) {
    into.constant.push(mul(factor, e))
    return true
  }
  if (e.kind === 'sum') {
    into.constant.push(mul(factor, num(e.constant)))
    return e.terms.every((t) => put(t.factor, mul(num(t.coefficient), factor), into))
  }
  if (e.kind !== 'product') return putSlopes(e, factor, into)
  const [inner, another] = e.factors.filter((f) => hasContractions(f.base) || hasContractions(f.exponent))
  if (inner === undefined || another !== undefined || inner.exponent !== ONE) return false
  return put(inner.base, mul(factor, ...e.factors.flatMap((f) => (f === inner ? [] : [pow(f.base, f.exponent)]))), into)
}

/** The linear form of an expression in its contractions; undefined if it is not linear in them. Coefficients are not simplified. */
export function linearForm(e: Expr): LinearForm | undefined {
  const parts: Parts = { constant: [], coefficients: new Map(atomsOf(e).map((o) => [o, []])) }
  if (!put(e, ONE, parts)) return undefined
  return { constant: add(...parts.constant), coefficients: new Map([...parts.coefficients].map(([o, cs]) => [o, add(...cs)])) }
}

const hasExponential = (e: Expr): boolean => [...subexpressions(e)].some((x) => x === EULER)

/** Expanded, except where exponents would be torn apart with it. */
const expandedCoefficient = (e: Expr): Expr => (hasExponential(e) ? factored(e) : expand(e))

/** Like products of contractions collected in an expanded expression. */
function collectProducts(e: Expr): Expr {
  const groups = new Map<Expr, Expr[]>()
  for (const { coefficient, factor } of termsOf(expand(e))) {
    const holds = (f: Factor): boolean => hasContractions(f.base) || hasContractions(f.exponent)
    const [inner, outer] = [true, false].map((wanted) => mul(...factorsOf(factor).filter((f) => holds(f) === wanted).map((f) => pow(f.base, f.exponent))))
    const key = inner ?? ONE
    groups.set(key, [...(groups.get(key) ?? []), mul(num(coefficient), outer ?? ONE)])
  }
  return withoutSharedFactors(add(...[...groups].map(([product, parts]) => mul(parts.length === 1 ? add(...parts) : factored(add(...parts)), product))))
}

/** The sums of contractions that a term is divided by. */
const divisorsOf = (term: Expr): Expr =>
  mul(...factorsOf(term).filter((f) => f.base.kind === 'sum' && hasContractions(f.base) && f.exponent.kind === 'number' && f.exponent.value.den === 1n && f.exponent.value.num < 0n).map((f) => pow(f.base, f.exponent)))

/** Terms over the same sum of contractions, without it where their numerators together are a multiple of it: (x² + xy)/(x + y) is x. */
function withoutSharedFactors(e: Expr): Expr {
  const groups = new Map<Expr, Expr[]>()
  for (const { coefficient, factor } of termsOf(e)) {
    const divisors = divisorsOf(factor)
    groups.set(divisors, [...(groups.get(divisors) ?? []), mul(num(coefficient), factor)])
  }
  return add(...[...groups].flatMap(([divisors, terms]) => {
    if (divisors === ONE || terms.length < 2) return terms
    const whole = factored(add(...terms))
    return divisorsOf(whole) === ONE ? [expand(whole)] : terms
  }))
}

/**
 * Like contractions collected: Σ coefficient·contraction with each coefficient passed through `simplify`, or the same for products of
 * contractions where they are multiplied with each other.
 */
export function collectContractions(e: Expr, simplify: (coefficient: Expr) => Expr = expandedCoefficient): Expr {
  const form = linearForm(e)
  if (form === undefined) return collectProducts(e)
  return add(simplify(form.constant), ...[...form.coefficients].map(([o, c]) => mul(simplify(c), atom(o))))
}

/** Contractions whose coefficients are in a ratio of numbers put together. */
function gatheredByCoefficient(coefficients: readonly (readonly [Opaque, Expr])[]): Expr {
  const groups: { readonly coefficient: Expr; readonly parts: Expr[] }[] = []
  for (const [o, c] of coefficients) {
    const [group, ratio] = groups.map((g) => [g, factored(div(c, g.coefficient))] as const).find(([, r]) => r.kind === 'number') ?? []
    if (group === undefined || ratio === undefined) groups.push({ coefficient: c, parts: [atom(o)] })
    else group.parts.push(mul(ratio, atom(o)))
  }
  return add(...groups.map(({ coefficient, parts }) => mul(coefficient, add(...parts))))
}

/** A denominator with the sign that is positive for small positive hyperparameters. */
function positive(denominator: Expr): Expr {
  const sign = call('sign', substitute(denominator, Object.fromEntries([...symbolsOf(denominator)].map((name) => [name, frac(1, 8)]))))
  return sign.kind === 'number' && sign.value.num < 0n ? mul(num(-1), denominator) : denominator
}

/**
 * A linear form in its contractions as people write it: over the denominator that the coefficients share, if it is that of one of them, and
 * contractions whose coefficients are in a ratio of numbers put together.
 */
export function overCommonDenominator(e: Expr): Expr {
  const form = linearForm(e)
  if (form === undefined || !isZero(form.constant)) return e
  const coefficients = [...form.coefficients].map(([o, c]) => [o, factored(c)] as const).filter(([, c]) => !isZero(c))
  const times = (denominator: Expr): typeof coefficients => coefficients.map(([o, c]) => [o, factored(mul(c, denominator))] as const)
  const whole = coefficients
    .map(([, c]) => positive(factored(numeratorDenominator(c)[1])))
    .find((denominator) => times(denominator).every(([, c]) => numeratorDenominator(c)[1].kind === 'number'))
  return whole === undefined ? gatheredByCoefficient(coefficients) : div(gatheredByCoefficient(times(whole)), whole)
}
