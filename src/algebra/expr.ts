import { unreachable } from '../errors.js'
import { type Rational, R1, compareR, textR } from './rational.js'

/** Functions that stay as calls; `exp` and `sqrt` are powers. */
export const FUNCTIONS = ['log', 'sin', 'cos', 'tan', 'tanh', 'sinh', 'cosh', 'atan', 'abs', 'sign', 'floor', 'min', 'max'] as const
export type FunctionName = (typeof FUNCTIONS)[number]

/**
 * What a layer above puts into a scalar expression as an indivisible quantity, e.g. the contraction ⟨x, y⟩.
 * `key` decides equality, so it must name the meaning completely.
 */
export interface Opaque {
  readonly key: string
  text(): string
  latex(): string
  /** LaTeX of its square root, where that has a form of its own: |x| of |x|². */
  rootLatex?(): string | undefined
}

export interface Term {
  readonly coefficient: Rational
  readonly factor: Expr
}

export interface Factor {
  readonly base: Expr
  readonly exponent: Expr
}

/**
 * An exact scalar expression: immutable, hash-consed and canonical, so equal expressions are the same object.
 * Build with `algebra/build.ts`, never by hand. `id` is the order of creation and carries no meaning.
 *
 * - `sum`: `constant + Σ coefficient·factor`, factors distinct, neither numbers nor sums. `2*x` is a sum of one term.
 * - `product`: `Π base^exponent`, bases distinct; its numeric coefficient is held by the sum around it. `x^2` is a product of one factor.
 * - `constant`: e (so `exp(u)` is the power `e^u`) or π.
 * - `indexed`: Σ or Π of `body` over the whole numbers `variable` from `from` to `to`, written `sum(body,variable,from,to)`.
 * - `derivative`: dⁿ/dvⁿ of an unknown function of `variable`, written `diff(of, variable, order)`.
 */
export type Expr =
  | { readonly kind: 'number'; readonly id: number; readonly value: Rational }
  | { readonly kind: 'constant'; readonly id: number; readonly name: 'e' | 'pi' }
  | { readonly kind: 'symbol'; readonly id: number; readonly name: string }
  | { readonly kind: 'sum'; readonly id: number; readonly constant: Rational; readonly terms: readonly Term[] }
  | { readonly kind: 'product'; readonly id: number; readonly factors: readonly Factor[] }
  | { readonly kind: 'call'; readonly id: number; readonly name: FunctionName; readonly args: readonly Expr[] }
  | {
      readonly kind: 'integral'
      readonly id: number
      readonly body: Expr
      readonly variable: string
      readonly from: Expr
      readonly to: Expr
    }
  | {
      readonly kind: 'indexed'
      readonly id: number
      readonly operation: 'sum' | 'product'
      readonly body: Expr
      readonly variable: string
      readonly from: Expr
      readonly to: Expr
    }
  | { readonly kind: 'derivative'; readonly id: number; readonly of: Expr; readonly variable: string; readonly order: number }
  | { readonly kind: 'atom'; readonly id: number; readonly opaque: Opaque }

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never
export type Shape = WithoutId<Expr>

const table = new Map<string, Expr>()

function keyOf(shape: Shape): string {
  switch (shape.kind) {
    case 'number':
      return `n${textR(shape.value)}`
    case 'constant':
      return `c${shape.name}`
    case 'symbol':
      return `s${shape.name}`
    case 'sum':
      return `+${textR(shape.constant)}${shape.terms.map((t) => `|${textR(t.coefficient)}*${t.factor.id}`).join('')}`
    case 'product':
      return `*${shape.factors.map((f) => `${f.base.id}^${f.exponent.id}`).join('|')}`
    case 'call':
      return `f${shape.name}(${shape.args.map((a) => a.id).join()})`
    case 'integral':
      return `i${shape.variable}:${shape.body.id},${shape.from.id},${shape.to.id}`
    case 'indexed':
      return `${shape.operation}${shape.variable}:${shape.body.id},${shape.from.id},${shape.to.id}`
    case 'derivative':
      return `d${shape.variable}:${shape.of.id},${shape.order}`
    case 'atom':
      return `a${shape.opaque.key}`
    default:
      return unreachable(shape)
  }
}

/** The one object that stands for this shape. The shape must already be canonical: only `build.ts` calls this. */
export function intern(shape: Shape): Expr {
  const key = keyOf(shape)
  const known = table.get(key)
  if (known !== undefined) return known
  const made = { ...shape, id: table.size } as Expr
  table.set(key, made)
  return made
}

const RANK = { number: 0, constant: 1, symbol: 2, derivative: 3, atom: 4, call: 5, integral: 6, indexed: 7, product: 8, sum: 9 } as const
const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function lexicographic<T>(a: readonly T[], b: readonly T[], compare: (x: T, y: T) => number): number {
  for (const [i, x] of a.entries()) {
    const y = b[i]
    if (y === undefined) return 1
    const order = compare(x, y)
    if (order !== 0) return order
  }
  return a.length - b.length
}

const ONE = intern({ kind: 'number', value: R1 })
const asFactors = (e: Expr): readonly Factor[] => (e.kind === 'product' ? e.factors : [{ base: e, exponent: ONE }])

/** A total order on expressions that depends on their structure only, never on the order of creation. */
export function compareExpr(a: Expr, b: Expr): number {
  if (a === b) return 0
  if (a.kind === 'product' || b.kind === 'product') {
    if (a.kind === 'number' || a.kind === 'sum' || b.kind === 'number' || b.kind === 'sum') return RANK[a.kind] - RANK[b.kind]
    return lexicographic(asFactors(a), asFactors(b), (x, y) => compareExpr(x.base, y.base) || compareExpr(x.exponent, y.exponent))
  }
  if (a.kind !== b.kind) return RANK[a.kind] - RANK[b.kind]
  switch (a.kind) {
    case 'number':
      return compareR(a.value, (b as typeof a).value)
    case 'constant':
    case 'symbol':
      return text(a.name, (b as typeof a).name)
    case 'sum': {
      const c = b as typeof a
      return (
        lexicographic(a.terms, c.terms, (x, y) => compareExpr(x.factor, y.factor) || compareR(x.coefficient, y.coefficient)) ||
        compareR(a.constant, c.constant)
      )
    }
    case 'call': {
      const c = b as typeof a
      return text(a.name, c.name) || lexicographic(a.args, c.args, compareExpr)
    }
    case 'integral': {
      const c = b as typeof a
      return text(a.variable, c.variable) || lexicographic([a.body, a.from, a.to], [c.body, c.from, c.to], compareExpr)
    }
    case 'indexed': {
      const c = b as typeof a
      return text(a.operation, c.operation) || text(a.variable, c.variable) || lexicographic([a.body, a.from, a.to], [c.body, c.from, c.to], compareExpr)
    }
    case 'derivative': {
      const c = b as typeof a
      return compareExpr(a.of, c.of) || text(a.variable, c.variable) || a.order - c.order
    }
    case 'atom':
      return text(a.opaque.key, (b as typeof a).opaque.key)
    default:
      return unreachable(a)
  }
}
