import { ONE, ZERO, add, div, exp, factorsOf, isZero, mul, neg, num, pow, splitCoefficient, sub, sym, symbolsOf } from './build.js'
import { differentiate, substitute } from './calculus.js'
import { expand } from './expand.js'
import type { Expr } from './expr.js'
import { polynomialCoefficients } from './factor.js'
import { factored } from './squareFree.js'
import { isIdenticallyZero } from './zero.js'
import { rootNames } from './freeNames.js'

/** A root of a polynomial: a value, or a name where the root has none, and how often it occurs. */
export interface Root {
  readonly value: Expr
  readonly multiplicity: number
}

/** Names that stand for the roots of a polynomial in `r`, which are distinct but may be complex. */
export interface NamedRoots {
  readonly names: readonly string[]
  readonly polynomial: Expr
}

export interface Spectrum {
  readonly roots: readonly Root[]
  readonly named: readonly NamedRoots[]
  /** Whether the roots found, each with its multiplicity, and the polynomials of the named ones multiply to the polynomial. */
  readonly verified: boolean
}

const R = 'r'

/** Products of powers of the factors of the constant coefficient: where a linear factor with symbols has its root. */
function candidates(constant: Expr, lead: Expr): readonly Expr[] {
  const parts = factorsOf(splitCoefficient(factored(div(constant, lead))).factor).filter(({ exponent }) => exponent.kind === 'number' && exponent.value.den === 1n)
  const powers = parts.map(({ base, exponent }) => {
    const most = exponent.kind === 'number' ? Number(exponent.value.num) : 0
    return Array.from({ length: Math.abs(most) + 1 }, (_, i) => pow(base, num(most < 0 ? -i : i)))
  })
  const products = powers.reduce<readonly Expr[]>((all, next) => all.flatMap((x) => next.map((y) => mul(x, y))).slice(0, 64), [ONE])
  return [ZERO, ...products.flatMap((x) => [x, neg(x)]), ...numbersBelow(div(constant, lead))]
}

/** Divisors of the numerator over divisors of the denominator of a number: where a rational root can be. */
function numbersBelow(e: Expr): readonly Expr[] {
  if (e.kind !== 'number') return []
  const divisors = (n: bigint): readonly bigint[] => Array.from({ length: 60 }, (_, i) => BigInt(i + 1)).filter((d) => n % d === 0n)
  return divisors(e.value.num).flatMap((a) => divisors(e.value.den).flatMap((b) => [div(num(a), num(b)), div(num(-a), num(b))]))
}

const polynomialIn = (coefficients: readonly Expr[]): Expr => add(...coefficients.map((c, n) => mul(c, pow(sym(R), num(n)))))

const degreeOf = (polynomial: Expr): number => (polynomialCoefficients(polynomial, R) ?? []).length - 1

/** A square-free polynomial in `r` as a product with those divisors that divide it. */
function divided(polynomial: Expr, divisors: readonly Expr[]): readonly Expr[] {
  const whole = degreeOf(polynomial)
  for (const divisor of divisors) {
    const [quotient, degree] = [factored(div(polynomial, divisor)), degreeOf(divisor)]
    if (degree < 1 || degree >= whole || degreeOf(quotient) !== whole - degree) continue
    return [divisor, ...divided(quotient, divisors)]
  }
  return [polynomial]
}

/** Splits linear factors off a square-free polynomial in `r`. */
function splitLinear(polynomial: Expr): { readonly values: readonly Expr[]; readonly rest: Expr } {
  const coefficients = polynomialCoefficients(polynomial, R) ?? []
  const degree = coefficients.length - 1
  const [constant = ZERO, lead = ONE] = [coefficients[0], coefficients[degree]]
  if (degree === 1) return { values: [factored(neg(div(constant, lead)))], rest: ONE }
  const found = candidates(constant, lead).find((x) => isIdenticallyZero(substitute(polynomial, { [R]: x })))
  if (degree < 2 || found === undefined) return { values: [], rest: degree < 1 ? ONE : polynomial }
  // Horner's division by r − found.
  const quotient = coefficients.slice(1).reduceRight<Expr[]>((all, c) => [factored(add(c, mul(found, all[0] ?? ZERO))), ...all], [])
  const further = splitLinear(add(...quotient.map((c, n) => mul(c, pow(sym(R), num(n))))))
  return { values: [found, ...further.values], rest: further.rest }
}

/**
 * The roots of a polynomial, constant coefficient first: those that are rational in its symbols by value, the others by names r1, r2, … with
 * the polynomial they are the roots of. Multiple roots are found by square-free factors (Yun), so those named are distinct for general values.
 * @param divisors polynomials that are known to divide it
 */
export function spectrumOf(coefficients: readonly Expr[], taken: ReadonlySet<string> = new Set(), divisors: readonly (readonly Expr[])[] = []): Spectrum {
  const polynomial = polynomialIn(coefficients)
  const roots: Root[] = []
  const named: NamedRoots[] = []
  const free = rootNames(taken)
  for (const { base, exponent } of factorsOf(splitCoefficient(factored(polynomial)).factor)) {
    if (!symbolsOf(base).has(R) || exponent.kind !== 'number') continue
    const multiplicity = Number(exponent.value.num)
    for (const part of divided(base, divisors.map(polynomialIn))) {
      const { values, rest } = splitLinear(part)
      for (const value of values) roots.push({ value, multiplicity })
      const degree = degreeOf(rest)
      if (degree < 1) continue
      const names = Array.from({ length: degree }, () => free.next().value)
      named.push({ names, polynomial: rest })
      for (const name of names) roots.push({ value: sym(name), multiplicity })
    }
  }
  return { roots, named, verified: multiplies(polynomial, roots, named) }
}

function multiplies(polynomial: Expr, roots: readonly Root[], named: readonly NamedRoots[]): boolean {
  const unnamed = roots.filter(({ value }) => !named.some((n) => value.kind === 'symbol' && n.names.includes(value.name)))
  const linear = unnamed.map(({ value, multiplicity }) => pow(sub(sym(R), value), num(multiplicity)))
  const others = named.map(({ names, polynomial: p }) => pow(p, num(roots.find(({ value }) => value === sym(names[0] ?? ''))?.multiplicity ?? 1)))
  const ratio = factored(div(polynomial, mul(...linear, ...others)))
  return !symbolsOf(ratio).has(R) && !isZero(ratio)
}

/** Coefficients of Π (x − root)^multiplicity, constant first. */
export function coefficientsOfRoots(roots: readonly Root[]): readonly Expr[] {
  const all = roots.flatMap(({ value, multiplicity }) => Array.from({ length: multiplicity }, () => value))
  return all.reduce<readonly Expr[]>((c, value) => Array.from({ length: c.length + 1 }, (_, n) => expand(sub(c[n - 1] ?? ZERO, mul(value, c[n] ?? ZERO)))), [ONE])
}

/** What a single root r of a characteristic polynomial contributes to motion: e^{rt} in time, r^k in steps. */
export interface Mode {
  readonly of: (root: Expr) => Expr
  /** The rate in time, the next value in steps. */
  readonly next: (e: Expr) => Expr
  readonly atStart: (e: Expr) => Expr
}

export const IN_TIME: Mode = {
  of: (root) => exp(mul(root, sym('t'))),
  next: (e) => differentiate(e, 't'),
  atStart: (e) => substitute(e, { t: ZERO }),
}

/** e^k for whole k, where the powers of a power may be taken: ((1 - x)^2)^k is (1 - x)^(2k). */
export function wholePower(e: Expr, k: Expr): Expr {
  const { coefficient, factor } = splitCoefficient(e)
  return mul(pow(num(coefficient), k), ...factorsOf(factor).map(({ base, exponent }) => pow(base, mul(exponent, k))))
}

export const inSteps = (k: string): Mode => ({
  of: (root) => wholePower(root, sym(k)),
  next: (e) => substitute(e, { [k]: add(sym(k), ONE) }),
  atStart: (e) => substitute(e, { [k]: ZERO }),
})

/**
 * The function of t whose Laplace transform is numerator(r)/Π(r − rᵢ)^mᵢ, by residues: with every root of multiplicity one it is
 * Σ e^{rᵢt} numerator(rᵢ)/Π_{j≠i}(rᵢ − rⱼ). In steps rᵢ^k takes the place of e^{rᵢt}, as in the inverse z-transform.
 * @throws RangeError in steps where zero is a multiple root: the first steps then are an exception.
 */
export const inverseTransform = (numerator: Expr, roots: readonly Root[], mode: Mode = IN_TIME): Expr =>
  add(...roots.map((root, i) => mul(amplitudeOf(numerator, roots, i, mode), mode.of(root.value))))

/** What stands before e^{rᵢt} or rᵢ^k in the inverse transform: constant for a single root. */
export function amplitudeOf(numerator: Expr, roots: readonly Root[], i: number, mode: Mode): Expr {
  const root = roots[i]
  if (root === undefined) throw new RangeError(`no root ${i}`)
  const others = roots.filter((_, j) => j !== i).map(({ value, multiplicity }) => pow(sub(sym(R), value), num(-multiplicity)))
  let function_: Expr = mul(numerator, ...others, mode.of(sym(R)))
  let factorial = 1n
  for (let n = 1; n < root.multiplicity; n += 1) {
    function_ = differentiate(function_, R)
    factorial *= BigInt(n)
  }
  return factored(substitute(expand(div(function_, mul(num(factorial), mode.of(sym(R))))), { [R]: root.value }))
}
