import type { Expr } from '../../algebra/expr.js'
import { partsOf } from '../../algebra/parts.js'
import type { Storage } from '../integrator/vectors.js'

/** Coefficients of the states that are kept in variables; on lanes more, since memory is slower there and compiles no faster. */
const VARIABLES = { single: 300, lanes: 1000 } as const

/**
 * Parts of the right-hand side × order² whose recurrences are written out. Beyond it loops run as fast or faster and compile in a part
 * of the time: they break even with 3 stars of the Pleiades and with a ring of 5 pendulums.
 */
const WRITTEN_OUT = 15_000

/** Parts of expressions, each once; counted no further than a limit. */
function countParts(expressions: readonly Expr[], limit: number): number {
  const seen = new Set<Expr>()
  const pending = [...expressions]
  let count = 0
  for (let e = pending.pop(); e !== undefined && count <= limit; e = pending.pop()) {
    if (seen.has(e)) continue
    seen.add(e)
    const parts = partsOf(e)
    count += Math.max(1, parts.length)
    pending.push(...parts)
  }
  return count
}

/** How the Taylor method of an order keeps its coefficients; `loops` also says that its recurrences are looped. */
export function taylorStorage(order: number, rhs: readonly Expr[], lanes: boolean): Storage {
  const limit = WRITTEN_OUT / order ** 2
  if (countParts(rhs, limit) > limit) return 'loops'
  return rhs.length * (order + 4) <= VARIABLES[lanes ? 'lanes' : 'single'] ? 'registers' : 'memory'
}
