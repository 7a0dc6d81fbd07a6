import type { Expr } from './expr.js'

/**
 * A function of expressions that remembers its latest results: equal expressions are the same object, so the object is the key.
 * @param capacity results kept; the oldest go first.
 */
export function remembered<E extends Expr, R>(f: (e: E) => R, capacity = 4096): (e: E) => R {
  const known = new Map<E, { readonly result: R }>()
  return (e) => {
    const found = known.get(e)
    if (found !== undefined) return found.result
    const result = f(e)
    const [oldest] = known.size >= capacity ? known.keys() : []
    if (oldest !== undefined) known.delete(oldest)
    known.set(e, { result })
    return result
  }
}

/** A function of objects that remembers its result for as long as the object lives. */
export function rememberedByObject<K extends object, R>(f: (of: K) => R): (of: K) => R {
  const known = new WeakMap<K, { readonly result: R }>()
  return (of) => {
    const found = known.get(of) ?? { result: f(of) }
    known.set(of, found)
    return found.result
  }
}

/** Expressions are numbered in the order of their creation; beyond this many, pairs of their numbers would collide. */
const NUMBERS = 2 ** 26

/**
 * An operation on two expressions that remembers its results. A derivation multiplies the same few thousand pairs ten to fifty times each.
 * @param capacity results kept; then all are forgotten at once, which costs less than choosing.
 */
export function rememberedPair(f: (x: Expr, y: Expr) => Expr, capacity = 65_536): (x: Expr, y: Expr) => Expr {
  const known = new Map<number, Expr>()
  return (x, y) => {
    if (x.id >= NUMBERS || y.id >= NUMBERS) return f(x, y)
    const key = x.id * NUMBERS + y.id
    const found = known.get(key)
    if (found !== undefined) return found
    const result = f(x, y)
    if (known.size >= capacity) known.clear()
    known.set(key, result)
    return result
  }
}
