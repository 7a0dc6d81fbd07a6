import { ZERO, add, call, div, isZero, sqrt, sym } from '../algebra/build.js'
import { substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { dot, norm2 } from './contraction.js'
import { ONES, elementwise } from './elementwise.js'
import { type ProjectorOperator, projector } from './operator.js'
import { type Vector, type VectorAtom, indicator } from './vector.js'

/** The set of blocks outside of which a vector is zero as it is written; undefined where it may have components everywhere. */
function supportOf(a: VectorAtom): ProjectorOperator | undefined {
  if (a.kind === 'indicator') return a.set
  if (a.kind === 'apply') return a.operator.kind === 'projector' ? a.operator : undefined
  if (a.kind !== 'elementwise') return undefined
  const vanishing = a.args.filter((x, i) => supportOf(x) !== undefined && isZero(substitute(a.body, { [`_${i}`]: ZERO })))
  return vanishing.map(supportOf).find((set) => set !== undefined)
}

/** How many components a vector can have: ⟨1_B, 1_B⟩ for g_B, that of all parameters for g. */
function countOf({ terms }: Vector): Expr {
  const sets = terms.map((t) => supportOf(t.atom))
  const known = sets.filter((s) => s !== undefined)
  const [first] = known
  if (first === undefined || known.length < sets.length) return norm2(ONES)
  const members = [...new Set(known.flatMap((s) => s.members))]
  const apart = first.members.length === members.length && known.every((s) => s.members.length === members.length) ? [first] : members.map((m) => projector(m))
  return add(...apart.map((set) => norm2(indicator(set))))
}

/** Σᵢ xᵢ over all components: ⟨1, x⟩. */
export const total = (x: Vector): Expr => dot(ONES, x)

/** The mean over the components of a vector, for g_B over those of the blocks B. */
export const mean = (x: Vector): Expr => div(total(x), countOf(x))

/** Σᵢ |xᵢ|. */
export const norm1 = (x: Vector): Expr => total(elementwise(call('abs', sym('x')), { x }))

/** What makes one number of a vector, by name. */
export const REDUCTIONS: Readonly<Record<string, (x: Vector) => Expr>> = { norm2, norm: (x) => sqrt(norm2(x)), norm1, total, mean }
