import { type Expr, type Factor, type Opaque, type Term, compareExpr, intern } from './expr.js'
import { rememberedByObject } from './memo.js'
import { type Rational, R0, R1, absR, addR, gcdR, invR, isOneR, isZeroR, mulR, negR, rational } from './rational.js'

/** The exact number. */
export const num = (value: Rational | bigint | number): Expr =>
  intern({ kind: 'number', value: typeof value === 'object' ? value : rational(value) })
export const frac = (numerator: bigint | number, denominator: bigint | number): Expr => num(rational(numerator, denominator))
export const sym = (name: string): Expr => intern({ kind: 'symbol', name })
export const atom = (opaque: Opaque): Expr => intern({ kind: 'atom', opaque })

export const ZERO = num(0)
export const ONE = num(1)
export const TWO = num(2)
export const HALF = frac(1, 2)
export const EULER = intern({ kind: 'constant', name: 'e' })
export const PI = intern({ kind: 'constant', name: 'pi' })

export const isZero = (e: Expr): boolean => e === ZERO
export const isOne = (e: Expr): boolean => e === ONE
/** The value of a number, else undefined. */
export const asRational = (e: Expr): Rational | undefined => (e.kind === 'number' ? e.value : undefined)

/** The coefficient and the rest: `3*x` ↦ (3, x), `x` ↦ (1, x), numbers ↦ (value, 1); sums of several terms ↦ (1, sum). */
export function splitCoefficient(e: Expr): Term {
  if (e.kind === 'number') return { coefficient: e.value, factor: ONE }
  const only = e.kind === 'sum' && e.terms.length === 1 && isZeroR(e.constant) ? e.terms[0] : undefined
  return only ?? { coefficient: R1, factor: e }
}

/** The terms of an expression as a sum; a number gives the term (value, 1). */
export function termsOf(e: Expr): readonly Term[] {
  if (e.kind === 'number') return isZeroR(e.value) ? [] : [{ coefficient: e.value, factor: ONE }]
  if (e.kind !== 'sum') return [{ coefficient: R1, factor: e }]
  return isZeroR(e.constant) ? e.terms : [{ coefficient: e.constant, factor: ONE }, ...e.terms]
}

/** The factors of a product without coefficient, e.g. of `splitCoefficient(e).factor`. */
export function factorsOf(e: Expr): readonly Factor[] {
  if (e.kind === 'product') return e.factors
  return e === ONE ? [] : [{ base: e, exponent: ONE }]
}

function sumOf(constant: Rational, collected: Iterable<Term>): Expr {
  const terms = [...collected].filter((t) => !isZeroR(t.coefficient)).sort((a, b) => compareExpr(a.factor, b.factor))
  const [first] = terms
  if (first === undefined) return num(constant)
  if (terms.length === 1 && isZeroR(constant) && isOneR(first.coefficient)) return first.factor
  return intern({ kind: 'sum', constant, terms })
}

/** Σ coefficient·factor with like terms collected. */
export function linearCombination(parts: Iterable<Term>): Expr {
  let constant = R0
  const collected = new Map<Expr, Term>()
  const put = (factor: Expr, coefficient: Rational): void => {
    const known = collected.get(factor)
    collected.set(factor, { factor, coefficient: known === undefined ? coefficient : addR(known.coefficient, coefficient) })
  }
  for (const { coefficient, factor } of parts) {
    if (factor.kind === 'number') constant = addR(constant, mulR(coefficient, factor.value))
    else if (factor.kind === 'sum') {
      constant = addR(constant, mulR(coefficient, factor.constant))
      for (const t of factor.terms) put(t.factor, mulR(coefficient, t.coefficient))
    } else put(factor, coefficient)
  }
  return sumOf(constant, collected.values())
}

export const add = (...xs: readonly Expr[]): Expr => linearCombination(xs.map((factor) => ({ coefficient: R1, factor })))
export const scaleBy = (coefficient: Rational, factor: Expr): Expr =>
  isOneR(coefficient) ? factor : linearCombination([{ coefficient, factor }])
export const neg = (x: Expr): Expr => scaleBy(rational(-1), x)
export const sub = (x: Expr, y: Expr): Expr => linearCombination([{ coefficient: R1, factor: x }, { coefficient: rational(-1), factor: y }])

/** Positive content of a sum, negated if its leading coefficient (the constant, else the first term's) is negative. */
export const signedContent = rememberedByObject((e: Extract<Expr, { kind: 'sum' }>): Rational => {
  const coefficients = e.terms.map((t) => t.coefficient)
  const all = isZeroR(e.constant) ? coefficients : [e.constant, ...coefficients]
  const content = absR(all.reduce((a, b) => gcdR(a, b), R0))
  return (all[0] ?? R1).num < 0n ? negR(content) : content
})

/** True if the two are the same up to a rational factor; then the factor x/y. */
export function ratioOf(x: Expr, y: Expr): Rational | undefined {
  const [a, b] = [splitCoefficient(x), splitCoefficient(y)]
  if (a.factor === b.factor && !isZeroR(b.coefficient)) return mulR(a.coefficient, invR(b.coefficient))
  if (a.factor.kind !== 'sum' || b.factor.kind !== 'sum') return undefined
  const [ca, cb] = [signedContent(a.factor), signedContent(b.factor)]
  return scaleBy(invR(ca), a.factor) === scaleBy(invR(cb), b.factor) ? mulR(ca, invR(cb)) : undefined
}
