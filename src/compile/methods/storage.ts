import type { Expr } from '../../algebra/expr.js'
import { partsOf } from '../../algebra/parts.js'
import type { System } from '../integrator/rightHandSide.js'
import type { Storage } from '../integrator/vectors.js'
import type { Tableau } from './tableau.js'

/** What code is made for: one trajectory in WebAssembly, JavaScript or C, two in the vectors of WebAssembly, or many in those of C. */
export type Use = 'wasm' | 'js' | 'c' | 'pairs' | 'lanes'

/**
 * States from which on one trajectory in WebAssembly runs as fast or faster in loops, which take pairs, and compiles in a part of the
 * time: six to eight states of a ring of pendulums or of Lorenz's system of 1996 break even, ten run up to twice as fast.
 */
const LOOPED_STATES = 7

/** Operations of a step that are not written out in JavaScript in any case: V8 would not optimize them, see `isOptimized`. */
const WORTH_WRITING_OUT = 8000

/** Doubles of a routine that are kept in variables, beyond which loops over memory are as fast and compile several times faster. */
const VARIABLES = { c: 240, pairs: 240, lanes: 300 } as const

/** Operations of an integration step that is written out. */
function operations({ a, c, interpolant }: Tableau, { rhs, states }: System): number {
  const rows = [...a, ...interpolant.extra.map((e) => e.a)]
  const weights = rows.reduce((sum, row) => sum + row.filter((w) => w.num !== 0n).length, 0)
  return (c.length + interpolant.extra.length) * countParts(rhs, WORTH_WRITING_OUT) + 2 * states.length * weights
}

/** How an explicit Runge–Kutta method keeps its vectors. */
export function explicitStorage(tableau: Tableau, system: System, use: Use): Storage {
  const n = system.states.length
  if (system.external !== undefined) return 'loops'
  if (use === 'wasm') return n < LOOPED_STATES ? 'registers' : 'loops'
  if (use === 'js') return operations(tableau, system) <= WORTH_WRITING_OUT ? 'registers' : 'loops'
  return n * (tableau.c.length + 4) <= VARIABLES[use] ? 'registers' : 'loops'
}

/** States of a Rosenbrock method whose steps are written out in JavaScript and C. */
const UNROLLED = 24

/** How a Rosenbrock method keeps its vectors, which its linear solver wants in memory. */
export const stiffStorage = ({ states }: System, use: Use): Storage =>
  (states.length < (use === 'wasm' ? LOOPED_STATES : UNROLLED + 1) ? 'memory' : 'loops')

/** Taylor coefficients of the states that are kept in variables; on lanes more, since memory is slower there and compiles no faster. */
const COEFFICIENTS = 300
const COEFFICIENTS_OF_LANES = 1000

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
export function taylorStorage(order: number, rhs: readonly Expr[], use: Use): Storage {
  const limit = WRITTEN_OUT / order ** 2
  if (countParts(rhs, limit) > limit) return 'loops'
  return rhs.length * (order + 4) <= (use === 'lanes' ? COEFFICIENTS_OF_LANES : COEFFICIENTS) ? 'registers' : 'memory'
}
