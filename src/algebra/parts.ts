import { type Expr, type Opaque, intern } from './expr.js'
import { call, derivativeOf } from './function.js'
import { mul, pow } from './product.js'
import { ONE, ZERO, isZero, linearCombination, sub, sym } from './sum.js'

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
    case 'indexed':
      return boundNode(e, f(e.body), e.variable, f(e.from), f(e.to))
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
    case 'indexed':
      return [e.body, e.from, e.to]
    case 'derivative':
      return [e.of]
  }
}

const symbols = new WeakMap<Expr, ReadonlySet<string>>()

/** Names an expression depends on: its symbols and the variables of its derivatives, without bound variables. */
export function symbolsOf(e: Expr): ReadonlySet<string> {
  const known = symbols.get(e)
  if (known !== undefined) return known
  const found = new Set<string>()
  if (e.kind === 'symbol') found.add(e.name)
  if (e.kind === 'derivative') found.add(e.variable)
  if (isBinder(e)) {
    for (const name of symbolsOf(e.body)) if (name !== e.variable) found.add(name)
    for (const limit of [e.from, e.to]) for (const name of symbolsOf(limit)) found.add(name)
  } else for (const part of partsOf(e)) for (const name of symbolsOf(part)) found.add(name)
  symbols.set(e, found)
  return found
}

/** An expression with a bound variable. */
type Binder = Extract<Expr, { kind: 'integral' | 'indexed' }>

const isBinder = (e: Expr): e is Binder => e.kind === 'integral' || e.kind === 'indexed'

const NAMES: Readonly<Record<Binder['kind'], readonly string[]>> = { integral: ['s'], indexed: ['j', 'i'] }

/** The first of `s`, `s1`, `s2`, … for an integral, of `j`, `i`, `j1`, … for a sum or product, that is not taken. */
function freshVariable(kind: Binder['kind'], taken: (name: string) => boolean): string {
  const [first = ''] = NAMES[kind]
  const found = NAMES[kind].find((name) => !taken(name))
  if (found !== undefined) return found
  for (let k = 1; ; k += 1) if (!taken(`${first}${k}`)) return `${first}${k}`
}

/** What an integral, sum or product is over and its variable, renamed if `avoid` holds for it. */
export function openBody(e: Binder, avoid: (name: string) => boolean): { readonly body: Expr; readonly variable: string } {
  if (!avoid(e.variable)) return e
  const variable = freshVariable(e.kind, (name) => avoid(name) || symbolsOf(e.body).has(name))
  return { body: renameVariable(e.body, e.variable, variable), variable }
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
    if (!isBinder(x)) return mapParts(x, rename)
    const { body, variable } = openBody(x, (name) => name === from || name === to)
    return boundNode(x, rename(body), variable, rename(x.from), rename(x.to))
  }
  return rename(e)
}

const atomWords = new WeakMap<Opaque, ReadonlySet<string>>()

/** The words of the opaque quantities in an expression: a bound variable of such a name would seem to bind them. */
function wordsOfAtoms(e: Expr, found: Set<string> = new Set(), seen: Set<Expr> = new Set()): ReadonlySet<string> {
  if (seen.has(e)) return found
  seen.add(e)
  if (e.kind !== 'atom') for (const part of partsOf(e)) wordsOfAtoms(part, found, seen)
  else {
    const words = atomWords.get(e.opaque) ?? new Set(e.opaque.text().match(/\w+/g))
    atomWords.set(e.opaque, words)
    for (const word of words) found.add(word)
  }
  return found
}

/**
 * Body and bound variable under the first name that is free: neither a symbol of the result nor a word of an opaque quantity in the body, so
 * that expressions which differ only in the name are the same object and read back.
 */
function canonicalBody(kind: Binder['kind'], body: Expr, variable: string, from: Expr, to: Expr): { readonly body: Expr; readonly variable: string } {
  const words = wordsOfAtoms(body)
  const taken = (name: string): boolean =>
    (name !== variable && symbolsOf(body).has(name)) || symbolsOf(from).has(name) || symbolsOf(to).has(name) || words.has(name)
  const canonical = freshVariable(kind, taken)
  return { body: canonical === variable ? body : renameVariable(body, variable, canonical), variable: canonical }
}

/** ∫ integrand d(variable) from `from` to `to`, unevaluated; a zero integrand or equal limits give zero. */
export function integralNode(integrand: Expr, variable: string, from: Expr, to: Expr): Expr {
  if (isZero(integrand) || from === to) return ZERO
  return intern({ kind: 'integral', ...canonicalBody('integral', integrand, variable, from, to), from, to })
}

/** Σ or Π of `body` over the whole numbers from `from` to `to`, unevaluated; a range that is known to be empty gives zero or one. */
export function indexedNode(operation: 'sum' | 'product', body: Expr, variable: string, from: Expr, to: Expr): Expr {
  const neutral = operation === 'sum' ? ZERO : ONE
  const length = sub(to, from)
  if (body === neutral || (length.kind === 'number' && length.value.num < 0n)) return neutral
  return intern({ kind: 'indexed', operation, ...canonicalBody('indexed', body, variable, from, to), from, to })
}

/** The same kind of integral, sum or product with other parts. */
export const boundNode = (like: Binder, body: Expr, variable: string, from: Expr, to: Expr): Expr =>
  like.kind === 'integral' ? integralNode(body, variable, from, to) : indexedNode(like.operation, body, variable, from, to)
