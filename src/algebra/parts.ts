import { type Expr, intern } from './expr.js'
import { call, derivativeOf } from './function.js'
import { mul, pow } from './product.js'
import { ONE, ZERO, isZero, linearCombination, sym } from './sum.js'

/** Rebuilds an expression with its direct parts replaced by `f(part)`; leaves come back as they are. */
export function mapParts(e: Expr, f: (part: Expr) => Expr): Expr {
  switch (e.kind) {
    case 'number':
    case 'constant':
    case 'symbol':
    case 'atom':
      return e
    case 'sum':
      return linearCombination([
        { coefficient: e.constant, factor: ONE },
        ...e.terms.map((t) => ({ coefficient: t.coefficient, factor: f(t.factor) })),
      ])
    case 'product':
      return mul(...e.factors.map((x) => pow(f(x.base), f(x.exponent))))
    case 'call':
      return call(e.name, ...e.args.map(f))
    case 'integral':
      return integralNode(f(e.integrand), e.variable, f(e.from), f(e.to))
    case 'derivative':
      return derivativeOf(f(e.of), e.variable, e.order)
  }
}

/** The direct parts of an expression. */
export function partsOf(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case 'number':
    case 'constant':
    case 'symbol':
    case 'atom':
      return []
    case 'sum':
      return e.terms.map((t) => t.factor)
    case 'product':
      return e.factors.flatMap((x) => [x.base, x.exponent])
    case 'call':
      return e.args
    case 'integral':
      return [e.integrand, e.from, e.to]
    case 'derivative':
      return [e.of]
  }
}

const symbols = new WeakMap<Expr, ReadonlySet<string>>()

/** Names an expression depends on: its symbols and the variables of its derivatives, without the bound variables of integrals. */
export function symbolsOf(e: Expr): ReadonlySet<string> {
  const known = symbols.get(e)
  if (known !== undefined) return known
  const found = new Set<string>()
  if (e.kind === 'symbol') found.add(e.name)
  if (e.kind === 'derivative') found.add(e.variable)
  if (e.kind === 'integral') {
    for (const name of symbolsOf(e.integrand)) if (name !== e.variable) found.add(name)
    for (const limit of [e.from, e.to]) for (const name of symbolsOf(limit)) found.add(name)
  } else for (const part of partsOf(e)) for (const name of symbolsOf(part)) found.add(name)
  symbols.set(e, found)
  return found
}

/** The first of `s`, `s1`, `s2`, … that is not taken. */
function freshVariable(taken: (name: string) => boolean): string {
  for (let k = 0; ; k += 1) {
    const name = k === 0 ? 's' : `s${k}`
    if (!taken(name)) return name
  }
}

/** The integrand of an integral and its variable, renamed if `avoid` holds for it. */
export function openIntegral(
  e: Extract<Expr, { kind: 'integral' }>,
  avoid: (name: string) => boolean,
): { readonly integrand: Expr; readonly variable: string } {
  if (!avoid(e.variable)) return e
  const variable = freshVariable((name) => avoid(name) || symbolsOf(e.integrand).has(name))
  return { integrand: renameVariable(e.integrand, e.variable, variable), variable }
}

/** Replaces the free variable `from` by `to`, also as the variable of derivatives. */
function renameVariable(e: Expr, from: string, to: string): Expr {
  const done = new Map<Expr, Expr>()
  const rename = (x: Expr): Expr => {
    if (!symbolsOf(x).has(from)) return x
    const known = done.get(x)
    const made = known ?? renamed(x)
    done.set(x, made)
    return made
  }
  const renamed = (x: Expr): Expr => {
    if (x.kind === 'symbol') return sym(to)
    if (x.kind === 'derivative') return derivativeOf(rename(x.of), x.variable === from ? to : x.variable, x.order)
    if (x.kind !== 'integral') return mapParts(x, rename)
    const { integrand, variable } = openIntegral(x, (name) => name === from || name === to)
    return integralNode(rename(integrand), variable, rename(x.from), rename(x.to))
  }
  return rename(e)
}

/**
 * ∫ integrand d(variable) from `from` to `to`, unevaluated; a zero integrand or equal limits give zero.
 * The bound variable becomes the first of `s`, `s1`, … that is not free in the result, so that integrals which differ only
 * in its name are the same object.
 */
export function integralNode(integrand: Expr, variable: string, from: Expr, to: Expr): Expr {
  if (isZero(integrand) || from === to) return ZERO
  const free = (name: string): boolean =>
    (name !== variable && symbolsOf(integrand).has(name)) || symbolsOf(from).has(name) || symbolsOf(to).has(name)
  const canonical = freshVariable(free)
  const body = canonical === variable ? integrand : renameVariable(integrand, variable, canonical)
  return intern({ kind: 'integral', integrand: body, variable: canonical, from, to })
}
