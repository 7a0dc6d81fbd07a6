import type { Expr } from './expr.js'

/**
 * A function of expressions that remembers its latest results: equal expressions are the same object, so the object is the key.
 * @param capacity results kept; the oldest go first.
 */
export function remembered<R>(f: (e: Expr) => R, capacity = 4096): (e: Expr) => R {
  const known = new Map<Expr, { readonly result: R }>()
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
