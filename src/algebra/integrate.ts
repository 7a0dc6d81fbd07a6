import { EULER, HALF, ONE, TWO, ZERO, add, asRational, call, div, exp, factorsOf, integralNode, linearCombination, mul, neg, num, pow, sub, sym, symbolsOf, termsOf } from './build.js'
import { differentiate, subexpressions, substitute } from './calculus.js'
import { expand } from './expand.js'
import type { Expr, Term } from './expr.js'
import { polynomialCoefficients } from './factor.js'
import { fractionIntegral } from './integrateFraction.js'
import { piecewiseIntegral } from './integratePiecewise.js'
import { nerdamerIntegral } from './nerdamer.js'
import { isIdenticallyZero } from './zero.js'

/** Which names and opaque quantities vary with the variable of integration. */
export interface IntegrationOptions {
  /** Symbols that are unknown functions of the variable. */
  readonly dependent?: ReadonlySet<string>
  /** Opaque quantities are constants; otherwise, and by default, whatever contains one stays under the integral sign. */
  readonly constantAtoms?: boolean
}

/** x^n·e^p·cos(q) or sin(q) with p and q linear in x; q undefined without a circular function. */
interface Standard {
  readonly degree: number
  readonly exponent: Expr
  readonly angle?: { readonly of: 'cos' | 'sin'; readonly argument: Expr }
}

/** The linear expression's slope and constant. */
function linearParts(e: Expr, x: string): { readonly slope: Expr; readonly constant: Expr } | undefined {
  const [constant = ZERO, slope = ZERO, ...higher] = polynomialCoefficients(e, x) ?? [ZERO, ZERO, ONE]
  return higher.length === 0 ? { slope, constant } : undefined
}

const mapFactors = (e: Expr, f: (factor: Expr) => Expr): Expr =>
  linearCombination(termsOf(e).map((t) => ({ coefficient: t.coefficient, factor: f(t.factor) })))

/** Hyperbolic functions as exponentials and powers or products of circular functions as sums of single ones. */
function linearized(e: Expr, x: string): Expr {
  const isHyperbolic = (y: Expr): boolean => y.kind === 'call' && (y.name === 'sinh' || y.name === 'cosh') && symbolsOf(y).has(x)
  const exponentials = [...subexpressions(e)].filter(isHyperbolic).map((y): [Expr, Expr] => {
    const [u = ZERO] = y.kind === 'call' ? y.args : []
    const sign = y.kind === 'call' && y.name === 'sinh' ? neg(exp(neg(u))) : exp(neg(u))
    return [y, mul(HALF, add(exp(u), sign))]
  })
  return mapFactors(expand(substitute(e, new Map(exponentials))), (factor) => singleAngle(factor, x))
}

/** Product-to-sum formulas until at most one circular function of x is left. */
function singleAngle(factor: Expr, x: string): Expr {
  const factors = factorsOf(factor)
  const angles = factors.flatMap((f) => {
    const n = asRational(f.exponent)
    const isAngle = f.base.kind === 'call' && (f.base.name === 'sin' || f.base.name === 'cos') && symbolsOf(f.base).has(x)
    return isAngle && n?.den === 1n && n.num > 0n && n.num < 12n ? Array.from({ length: Number(n.num) }, () => f.base) : []
  })
  const [a, b] = angles
  if (a === undefined || b === undefined || a.kind !== 'call' || b.kind !== 'call') return factor
  const [u = ZERO, v = ZERO] = [a.args[0], b.args[0]]
  const [plus, minus] = [expand(add(u, v)), expand(sub(u, v))]
  const product = ((): Expr => {
    if (a.name === 'cos' && b.name === 'cos') return add(call('cos', minus), call('cos', plus))
    if (a.name === 'sin' && b.name === 'sin') return sub(call('cos', minus), call('cos', plus))
    return a.name === 'sin' ? add(call('sin', plus), call('sin', minus)) : sub(call('sin', plus), call('sin', minus))
  })()
  const rest = div(factor, mul(a, b))
  return mapFactors(expand(mul(HALF, product, rest)), (term) => singleAngle(term, x))
}

/** Splits a term into factors free of x and a standard form, if it is one. */
function standardForm(factor: Expr, x: string): { readonly outside: Expr; readonly standard: Standard } | undefined {
  let [degree, exponent] = [0, ZERO]
  let angle: Standard['angle']
  const outside: Expr[] = []
  for (const f of factorsOf(factor)) {
    const power = pow(f.base, f.exponent)
    const n = asRational(f.exponent)
    if (!symbolsOf(power).has(x)) outside.push(power)
    else if (f.base.kind === 'symbol' && n?.den === 1n && n.num > 0n && n.num < 100n) degree = Number(n.num)
    else if (!symbolsOf(f.base).has(x) && linearParts(f.exponent, x) !== undefined)
      exponent = add(exponent, f.base === EULER ? f.exponent : mul(f.exponent, call('log', f.base)))
    else if (f.base.kind === 'call' && (f.base.name === 'sin' || f.base.name === 'cos') && f.exponent === ONE && angle === undefined)
      angle = { of: f.base.name, argument: f.base.args[0] ?? ZERO }
    else return undefined
  }
  return { outside: mul(...outside), standard: angle === undefined ? { degree, exponent } : { degree, exponent, angle } }
}

/**
 * ∫ xⁿ e^(αx) = e^(αx) Σ (−1)^k n!/(n−k)!·x^(n−k)/α^(k+1) with α = a + ic complex, of which the real part belongs to the cosine and
 * the imaginary part to the sine.
 */
function standardIntegral({ degree, exponent, angle }: Standard, x: string): Expr | undefined {
  const a = linearParts(exponent, x)?.slope
  const c = angle === undefined ? ZERO : linearParts(angle.argument, x)?.slope
  if (a === undefined || c === undefined) return undefined
  const modulus = add(pow(a, TWO), pow(c, TWO))
  if (isIdenticallyZero(modulus)) return angle === undefined ? mul(div(pow(sym(x), num(degree + 1)), num(degree + 1)), exp(exponent)) : undefined
  const inverse = c === ZERO ? [div(ONE, a), ZERO] : [div(a, modulus), div(neg(c), modulus)]
  const [re = ZERO, im = ZERO] = inverse
  let [p, q, real, imaginary, weight] = [re, im, ZERO, ZERO, 1n]
  for (let k = 0; k <= degree; k += 1) {
    const power = mul(num(weight), pow(sym(x), num(degree - k)))
    real = add(real, mul(power, p))
    imaginary = add(imaginary, mul(power, q))
    weight *= BigInt(k - degree)
    ;[p, q] = [sub(mul(p, re), mul(q, im)), add(mul(p, im), mul(q, re))]
  }
  if (angle === undefined) return mul(exp(exponent), real)
  const [cosine, sine] = [call('cos', angle.argument), call('sin', angle.argument)]
  return mul(exp(exponent), angle.of === 'cos' ? sub(mul(real, cosine), mul(imaginary, sine)) : add(mul(real, sine), mul(imaginary, cosine)))
}

/** (ax + b)^n. */
function linearPower(factor: Expr, x: string): Expr | undefined {
  const dependent = factorsOf(factor).filter((f) => symbolsOf(pow(f.base, f.exponent)).has(x))
  const [only, second] = dependent
  if (only === undefined || second !== undefined || symbolsOf(only.exponent).has(x)) return undefined
  const slope = linearParts(only.base, x)?.slope
  if (slope === undefined) return undefined
  const outside = div(factor, pow(only.base, only.exponent))
  if (only.exponent === num(-1)) return mul(outside, div(call('log', call('abs', only.base)), slope))
  const raised = add(only.exponent, ONE)
  return mul(outside, div(pow(only.base, raised), mul(slope, raised)))
}

/** An antiderivative by the table, not yet verified. */
function tabulated(factor: Expr, x: string): Expr | undefined {
  const form = standardForm(factor, x)
  const found = form === undefined ? undefined : standardIntegral(form.standard, x)
  return form !== undefined && found !== undefined ? mul(form.outside, found) : linearPower(factor, x)
}

const isAntiderivative = (antiderivative: Expr, e: Expr, x: string): boolean => isIdenticallyZero(sub(differentiate(antiderivative, x), e))

const verified = (antiderivative: Expr | undefined, e: Expr, x: string): Expr | undefined =>
  antiderivative !== undefined && isAntiderivative(antiderivative, e, x) ? antiderivative : undefined

function varies(e: Expr, { dependent, constantAtoms }: IntegrationOptions): boolean {
  if (dependent !== undefined && [...symbolsOf(e)].some((name) => dependent.has(name))) return true
  return [...subexpressions(e)].some((y) => y.kind === 'derivative' || (y.kind === 'atom' && constantAtoms !== true))
}

/** The terms of an integrand with an elementary antiderivative, and the rest of them. */
function integrateTerms(e: Expr, x: string, options: IntegrationOptions): { readonly antiderivative: Expr; readonly rest: Expr } {
  const found: Expr[] = []
  const rest: Term[] = []
  for (const t of termsOf(linearized(e, x))) {
    const closed = varies(t.factor, options) ? undefined : verified(tabulated(t.factor, x), t.factor, x)
    if (closed === undefined) rest.push(t)
    else found.push(mul(num(t.coefficient), closed))
  }
  return { antiderivative: add(...found), rest: linearCombination(rest) }
}

/** What the table has no entry for: partial fractions, pieces between the jumps of signs, then nerdamer; each verified. */
function beyondTable(e: Expr, x: string): Expr | undefined {
  return (
    verified(fractionIntegral(e, x), e, x) ??
    verified(piecewiseIntegral(e, x, (h) => antiderivative(h, x)), e, x) ??
    verified(nerdamerIntegral(e, x), e, x)
  )
}

/**
 * An antiderivative, verified by differentiation; undefined if none was found. Exponentials, powers, sines and cosines of linear
 * arguments come from a table, fractions and functions with signs, min and max by rules of their own, anything else is asked of nerdamer.
 */
export function antiderivative(e: Expr, variable: string, options: IntegrationOptions = {}): Expr | undefined {
  if (varies(e, options)) return undefined
  const { antiderivative: closed, rest } = integrateTerms(e, variable, options)
  if (rest === ZERO) return closed
  return beyondTable(e, variable)
}

/**
 * ∫ e d(variable) from `from` to `to`: the terms that have a verified closed form evaluated, the others under one integral sign.
 * A closed form must also agree with quadrature, since an antiderivative may jump between the limits.
 */
export function integrateDefinite(e: Expr, variable: string, from: Expr, to: Expr, options: IntegrationOptions = {}): Expr {
  const { antiderivative: closed, rest } = integrateTerms(e, variable, options)
  const asked = rest === ZERO || varies(rest, options) ? undefined : beyondTable(rest, variable)
  const between = (f: Expr): Expr => sub(substitute(f, { [variable]: to }), substitute(f, { [variable]: from }))
  const whole = asked === undefined ? closed : add(closed, asked)
  const left = asked === undefined ? rest : ZERO
  const evaluated = sub(expand(e), left)
  const value = between(whole)
  if (whole === ZERO || !isIdenticallyZero(sub(value, integralNode(evaluated, variable, from, to)))) return integralNode(e, variable, from, to)
  return add(value, integralNode(left, variable, from, to))
}
