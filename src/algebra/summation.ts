import { ONE, ZERO, add, div, factorsOf, indexedNode, linearCombination, mul, num, pow, splitCoefficient, sub, sym, symbolsOf, termsOf } from './build.js'
import { atomsOf, substitute } from './calculus.js'
import { expand } from './expand.js'
import type { Expr, Factor } from './expr.js'
import { polynomialCoefficients } from './factor.js'
import { floorR, isIntegerR } from './rational.js'
import { factored } from './squareFree.js'
import { isIdenticallyZero } from './zero.js'

/** Slope and constant of an expression that is linear in a name. */
function linearIn(e: Expr, name: string): { readonly slope: Expr; readonly constant: Expr } | undefined {
  const [constant = ZERO, slope = ZERO, ...higher] = polynomialCoefficients(e, name) ?? [ZERO, ZERO, ONE]
  return higher.length === 0 ? { slope, constant } : undefined
}

const powerOf = ({ base, exponent }: Factor): Expr => pow(base, exponent)
const factorsIn = (e: Expr): readonly Factor[] => {
  const { coefficient, factor } = splitCoefficient(e)
  return [{ base: num(coefficient), exponent: ONE }, ...factorsOf(factor)]
}

const binomial = (n: number, k: number): number => Array.from({ length: k }, (_, i) => i).reduce((c, i) => (c * (n - i)) / (i + 1), 1)

/** The polynomial P with r·P(j + 1) − P(j) = Σ p_m j^m, by descending powers; its coefficients, constant first. */
function antidifference(p: readonly Expr[], r: Expr): readonly Expr[] {
  const flat = isIdenticallyZero(sub(r, ONE))
  const c: Expr[] = Array.from({ length: p.length + (flat ? 1 : 0) }, () => ZERO)
  for (let m = p.length - 1; m >= 0; m -= 1) {
    const from = flat ? m + 2 : m + 1
    const higher = add(...c.slice(from).map((x, i) => mul(num(binomial(from + i, m)), x)))
    const left = sub(p[m] ?? ZERO, mul(r, higher))
    c[flat ? m + 1 : m] = div(left, flat ? num(m + 1) : sub(r, ONE))
  }
  return c
}

/** Σ p(j)·r^j in closed form by the antidifference; undefined for terms of another form. */
function termSum(term: Expr, variable: string, from: Expr, to: Expr): Expr | undefined {
  if (atomsOf(term).length > 0) return undefined
  const powers = factorsIn(term).filter(({ base, exponent }) => !symbolsOf(base).has(variable) && symbolsOf(exponent).has(variable))
  const exponents = powers.map(({ exponent }) => linearIn(exponent, variable))
  const coefficients = polynomialCoefficients(div(term, mul(...powers.map(powerOf))), variable)
  if (coefficients === undefined || exponents.some((e) => e === undefined)) return undefined
  const ratio = mul(...powers.map(({ base }, i) => pow(base, exponents[i]?.slope ?? ZERO)))
  const polynomial = add(...antidifference(coefficients, ratio).map((c, m) => mul(c, pow(sym(variable), num(m)))))
  const primitive = mul(...powers.map(powerOf), polynomial)
  return sub(substitute(primitive, { [variable]: add(to, ONE) }), substitute(primitive, { [variable]: from }))
}

const isSum = (value: Expr, operation: 'sum' | 'product', body: Expr, variable: string, from: Expr, to: Expr): boolean =>
  isIdenticallyZero(sub(value, indexedNode(operation, body, variable, from, to)))

/**
 * Σ body over whole numbers: the terms that are polynomials times powers of the index summed, each verified on small ranges, the others under one
 * sum sign. Opaque quantities differ from step to step.
 */
export function summed(body: Expr, variable: string, from: Expr, to: Expr): Expr {
  const closed: Expr[] = []
  const open = termsOf(expand(body)).flatMap((t) => {
    const term = mul(num(t.coefficient), t.factor)
    const value = termSum(term, variable, from, to)
    if (value === undefined || !isSum(value, 'sum', term, variable, from, to)) return [t]
    closed.push(value)
    return []
  })
  if (closed.length === 0) return indexedNode('sum', body, variable, from, to)
  return add(...closed, indexedNode('sum', linearCombination(open), variable, from, to))
}

/** Π (j + b)/(j + c) with c − b a whole number, which telescopes. */
function telescoped(b: Expr, steps: bigint, from: Expr, to: Expr): Expr {
  const length = steps < 0n ? -steps : steps
  const first = steps < 0n ? sub(b, num(length)) : b
  const parts = Array.from({ length: Number(length) }, (_, m) => div(add(from, first, num(m)), add(to, first, num(m + 1))))
  return steps < 0n ? div(ONE, mul(...parts)) : mul(...parts)
}

const MOST_SHIFTED = 24n

/** Linear factors of the index with whole powers that add up to zero, whole numbers apart: each against the first. */
function shiftedFactors(factors: readonly { readonly offset: Expr; readonly times: bigint }[], from: Expr, to: Expr): Expr | undefined {
  const [reference] = factors
  if (reference === undefined) return ONE
  const shifts = factors.map(({ offset }) => factored(sub(reference.offset, offset)))
  const total = factors.reduce((n, { times }) => n + times, 0n)
  if (total !== 0n) return undefined
  const parts = factors.map(({ offset, times }, i) => {
    const shift = shifts[i]
    if (shift?.kind !== 'number' || !isIntegerR(shift.value) || floorR(shift.value) > MOST_SHIFTED || floorR(shift.value) < -MOST_SHIFTED) return undefined
    return pow(telescoped(offset, shift.value.num, from, to), num(times))
  })
  return parts.some((p) => p === undefined) ? undefined : mul(...parts.filter((p) => p !== undefined))
}

/** Π body in closed form where its factors are powers with an exponent linear in the index, or linear factors that telescope. */
function closedProduct(body: Expr, variable: string, from: Expr, to: Expr): Expr | undefined {
  const count = sub(add(to, ONE), from)
  const powers: Expr[] = []
  const linear: { readonly offset: Expr; readonly times: bigint }[] = []
  for (const { base, exponent } of factorsIn(factored(body))) {
    const [slopes, whole] = [linearIn(base, variable), exponent.kind === 'number' && isIntegerR(exponent.value) ? exponent.value.num : undefined]
    if (!symbolsOf(base).has(variable)) {
      if (linearIn(exponent, variable) === undefined) return undefined
      powers.push(pow(base, summed(exponent, variable, from, to)))
    } else if (slopes !== undefined && whole !== undefined) {
      powers.push(pow(slopes.slope, mul(num(whole), count)))
      linear.push({ offset: div(slopes.constant, slopes.slope), times: whole })
    } else return undefined
  }
  const shifted = shiftedFactors(linear, from, to)
  return shifted === undefined ? undefined : mul(...powers, shifted)
}

/** Π body over whole numbers in closed form, verified on small ranges; under the product sign where none is found, or where something is measured. */
export function multiplied(body: Expr, variable: string, from: Expr, to: Expr): Expr {
  const open = indexedNode('product', body, variable, from, to)
  if (atomsOf(body).length > 0) return open
  try {
    const value = closedProduct(body, variable, from, to)
    return value !== undefined && isSum(value, 'product', body, variable, from, to) ? value : open
  } catch (error) {
    if (error instanceof RangeError) return open // a factor that vanishes within the range
    throw error
  }
}
