import { arcsinhArgument, rootOf } from './arcsinh.js'
import {
  HALF, ONE, TWO, ZERO, add, atom, call, derivativeOf, boundNode, indexedNode, integralNode, mapParts, mul, neg, num, openBody, partsOf, pow, sub,
  sym, symbolsOf,
} from './build.js'
import type { Expr, FunctionName, Opaque, Term } from './expr.js'
import { InputError, unreachable } from '../errors.js'
import { remembered, rememberedByObject } from './memo.js'

export { symbolsOf }

/** What else depends on the variable of differentiation. */
export interface DerivativeOptions {
  /** Symbols that are unknown functions of the variable: `q` differentiates to `diff(q, t)`. All others are constants. */
  readonly dependent?: ReadonlySet<string>
  /** Derivative of an opaque quantity; without it opaque quantities are constants. */
  readonly atomDerivative?: (opaque: Opaque, variable: string) => Expr
}

/** d name(x)/dx for the functions of one argument. */
function outerDerivative(name: Exclude<FunctionName, 'min' | 'max'>, x: Expr): Expr {
  switch (name) {
    case 'log':
      return pow(x, num(-1))
    case 'sin':
      return call('cos', x)
    case 'cos':
      return neg(call('sin', x))
    case 'tan':
      return add(ONE, pow(call('tan', x), TWO))
    case 'tanh':
      return sub(ONE, pow(call('tanh', x), TWO))
    case 'sinh':
      return call('cosh', x)
    case 'cosh':
      return call('sinh', x)
    case 'atan':
      return pow(add(ONE, pow(x, TWO)), num(-1))
    case 'abs':
      return call('sign', x)
    case 'sign':
    case 'floor':
      return ZERO
    default:
      return unreachable(name)
  }
}

/** Derivative of a call by the chain rule, of asinh u, as which it is read, u′/√(u² + 1); min and max are (x + y ∓ |x − y|)/2. */
function callDerivative(e: Extract<Expr, { kind: 'call' }>, derive: (x: Expr) => Expr): Expr {
  const [x = ZERO, y = ZERO] = e.args
  const argument = e.name === 'log' ? arcsinhArgument(x) : undefined
  if (argument !== undefined) return mul(derive(argument), pow(rootOf(argument), num(-1)))
  if (e.name !== 'min' && e.name !== 'max') {
    const inner = derive(x)
    return inner === ZERO ? ZERO : mul(outerDerivative(e.name, x), inner)
  }
  const [dx, dy] = [derive(x), derive(y)]
  const kink = mul(call('sign', sub(x, y)), sub(dx, dy))
  return mul(HALF, add(dx, dy, e.name === 'max' ? kink : neg(kink)))
}

/** Σ over the factors b^n: b^(n−1)·(n·b′) + b^n·log(b)·n′, times the other factors. */
function productDerivative(e: Extract<Expr, { kind: 'product' }>, derive: (x: Expr) => Expr): Expr {
  return add(
    ...e.factors.flatMap(({ base, exponent }) => {
      const [db, dn] = [derive(base), derive(exponent)]
      const byBase = db === ZERO ? [] : [mul(e, exponent, pow(base, num(-1)), db)]
      return dn === ZERO ? byBase : [...byBase, mul(e, call('log', base), dn)]
    }),
  )
}

/** d/dv ∫ₐᵇ f ds = f(b)·b′ − f(a)·a′ + ∫ₐᵇ ∂f/∂v ds. @throws InputError where f jumps at an s that depends on v, which adds what it jumps by */
function integralDerivative(e: Extract<Expr, { kind: 'integral' }>, variable: string, options: DerivativeOptions, derive: (x: Expr) => Expr): Expr {
  const varies = (name: string): boolean => name === variable || options.dependent?.has(name) === true
  const { body, variable: bound } = openBody(e, varies)
  for (const x of subexpressions(body)) {
    if (x.kind !== 'call' || (x.name !== 'floor' && x.name !== 'sign')) continue
    const names = symbolsOf(x)
    if (names.has(bound) && [...names].some(varies)) throw new InputError(`the derivative with respect to ${variable} of an integral over a ${x.name} that jumps where ${variable} says`, 'write the integral between the jumps')
  }
  const boundary = (limit: Expr): Expr => {
    const rate = derive(limit)
    return rate === ZERO ? ZERO : mul(substitute(body, { [bound]: limit }, options), rate)
  }
  return add(boundary(e.to), neg(boundary(e.from)), integralNode(derive(body), bound, e.from, e.to))
}

/** Σ term by term; Π f = Π f·Σ f′/f. @throws InputError where the bounds, which are whole numbers, depend on the variable. */
function indexedDerivative(e: Extract<Expr, { kind: 'indexed' }>, variable: string, options: DerivativeOptions, derive: (x: Expr) => Expr): Expr {
  const varies = (name: string): boolean => name === variable || options.dependent?.has(name) === true
  if ([e.from, e.to].some((bound) => [...symbolsOf(bound)].some(varies)))
    throw new InputError(`the derivative of a ${e.operation} with respect to ${variable}, which its bounds hold`, 'bounds are whole numbers: differentiate with respect to another name')
  const { body, variable: bound } = openBody(e, varies)
  const rate = derive(body)
  if (rate === ZERO) return ZERO
  const sum = (term: Expr): Expr => indexedNode('sum', term, bound, e.from, e.to)
  return e.operation === 'sum' ? sum(rate) : mul(e, sum(mul(rate, pow(body, num(-1)))))
}

/** Terms from which on a sum is worth an index of its names. */
const LONG = 16

/** The terms of a sum that depend on each of its names: of n terms with a few names each, all partial derivatives then cost n, not n². */
const termsByName = rememberedByObject((e: Extract<Expr, { kind: 'sum' }>): ReadonlyMap<string, readonly Term[]> => {
  const found = new Map<string, Term[]>()
  for (const term of e.terms)
    for (const name of symbolsOf(term.factor)) {
      const terms = found.get(name)
      if (terms === undefined) found.set(name, [term])
      else terms.push(term)
    }
  return found
})

/**
 * d/d variable as a function of an expression; what expressions share is differentiated once. `diff(q, variable, n)` becomes
 * `diff(q, variable, n+1)`; derivatives with respect to another variable are constants unless their function is listed
 * in `dependent`. |x|′ = sign(x), and sign′ = 0 away from the jump.
 */
export function derivativeBy(variable: string, options: DerivativeOptions = {}): (e: Expr) => Expr {
  const done = new Map<Expr, Expr>()
  /** Whether nothing but the variable itself depends on it. */
  const alone = options.dependent === undefined && options.atomDerivative === undefined
  const derive = (x: Expr): Expr => {
    const known = done.get(x)
    if (known !== undefined) return known
    const made = alone && !symbolsOf(x).has(variable) ? ZERO : rule(x)
    done.set(x, made)
    return made
  }
  const rateDerivative = (x: Extract<Expr, { kind: 'derivative' }>): Expr => {
    if (x.variable === variable) return derivativeOf(x, variable)
    const inner = x.of.kind === 'symbol' && x.of.name === variable ? ZERO : derive(x.of)
    return x.of.kind === 'atom' ? differentiateTimes(inner, x.variable, x.order, options) : inner === ZERO ? ZERO : derivativeOf(x, variable)
  }
  const rule = (x: Expr): Expr => {
    switch (x.kind) {
      case 'number':
      case 'constant':
        return ZERO
      case 'symbol':
        if (x.name === variable) return ONE
        return options.dependent?.has(x.name) === true ? derivativeOf(x, variable) : ZERO
      case 'atom':
        return options.atomDerivative?.(x.opaque, variable) ?? ZERO
      case 'derivative':
        return rateDerivative(x)
      case 'sum':
        return add(...((alone && x.terms.length > LONG ? termsByName(x).get(variable) : x.terms) ?? []).flatMap((t) => {
          const rate = derive(t.factor)
          return rate === ZERO ? [] : [mul(num(t.coefficient), rate)]
        }))
      case 'product':
        return productDerivative(x, derive)
      case 'call':
        return callDerivative(x, derive)
      case 'integral':
        return integralDerivative(x, variable, options, derive)
      case 'indexed':
        return indexedDerivative(x, variable, options, derive)
      default:
        return unreachable(x)
    }
  }
  return derive
}

/** d e / d variable, as `derivativeBy` has it. */
export const differentiate = (e: Expr, variable: string, options: DerivativeOptions = {}): Expr => derivativeBy(variable, options)(e)

/** The n-th derivative. */
export function differentiateTimes(e: Expr, variable: string, order: number, options: DerivativeOptions = {}): Expr {
  let result = e
  for (let n = 0; n < order; n += 1) result = differentiate(result, variable, options)
  return result
}

/** Replacements by name of a symbol, or of whole subexpressions (a symbol, a derivative, an atom, a power, a call …). */
export type Replacements = ReadonlyMap<Expr, Expr> | Readonly<Record<string, Expr>>

const isMap = (replacements: Replacements): replacements is ReadonlyMap<Expr, Expr> => replacements instanceof Map
const asMap = (replacements: Replacements): ReadonlyMap<Expr, Expr> =>
  isMap(replacements) ? replacements : new Map(Object.entries(replacements).map(([name, e]) => [sym(name), e]))

/**
 * Replaces subexpressions simultaneously, largest first; what was put in is not searched again. Bound variables are
 * renamed where a replacement would be captured. A derivative whose function is replaced is differentiated, `options` saying
 * what depends on its variable.
 */
export function substitute(e: Expr, replacements: Replacements, options: DerivativeOptions = {}): Expr {
  const map = asMap(replacements)
  if (map.size === 0) return e
  const isNamed = (name: string): boolean => [...map].some(([from, to]) => symbolsOf(from).has(name) || symbolsOf(to).has(name))
  const done = new Map<Expr, Expr>()
  const replace = (x: Expr): Expr => {
    const known = done.get(x) ?? map.get(x)
    if (known !== undefined) return known
    const made = rebuild(x)
    done.set(x, made)
    return made
  }
  const rebuild = (x: Expr): Expr => {
    if (x.kind === 'derivative') {
      const of = replace(x.of)
      if (of === x.of) return x
      const unknown = of.kind === 'symbol' || of.kind === 'derivative'
      return unknown ? derivativeOf(of, x.variable, x.order) : differentiateTimes(of, x.variable, x.order, options)
    }
    if (x.kind === 'product')
      return mul(...x.factors.map(({ base, exponent }) => map.get(pow(base, exponent)) ?? pow(replace(base), replace(exponent))))
    if (x.kind !== 'integral' && x.kind !== 'indexed') return mapParts(x, replace)
    const { body, variable } = openBody(x, isNamed)
    return boundNode(x, replace(body), variable, replace(x.from), replace(x.to))
  }
  return replace(e)
}

/** Every distinct subexpression, parts before wholes. */
export const subexpressions = remembered((e: Expr): ReadonlySet<Expr> => {
  const seen = new Set<Expr>()
  const entered = new Set<Expr>()
  const visit = (x: Expr): void => {
    if (entered.has(x)) return
    entered.add(x)
    partsOf(x).forEach(visit)
    seen.add(x)
  }
  visit(e)
  return seen
}, 256)

/** The opaque quantities in an expression, each once. */
export const atomsOf = remembered((e: Expr): readonly Opaque[] => {
  const found: Opaque[] = []
  for (const x of subexpressions(e)) if (x.kind === 'atom') found.push(x.opaque)
  return found
})

/** Replaces every opaque quantity; bound variables are renamed where the replacement would be captured. */
export function mapAtoms(e: Expr, f: (opaque: Opaque) => Expr, options: DerivativeOptions = {}): Expr {
  const replaced = atomsOf(e).map((opaque) => [atom(opaque), f(opaque)] as const)
  return substitute(e, new Map(replaced.filter(([before, after]) => before !== after)), options)
}
