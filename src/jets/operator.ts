import type { Expr } from '../algebra/expr.js'
import { structureOf } from '../algebra/structure.js'

/**
 * A product of constant matrices, leftmost first; empty is the identity.
 * Constants may carry a transpose; a symmetric or antisymmetric constant never does.
 */
export type MatrixWord = readonly { readonly name: string; readonly transposed: boolean }[]

/** One block-to-block piece of a linear map: `X_to += coefficient · left · X_from · right`, with X_from transposed first if so marked. */
export interface BlockTerm {
  readonly coefficient: Expr
  readonly to: string
  readonly from: string
  readonly left: MatrixWord
  readonly right: MatrixWord
  readonly transposed: boolean
}

/**
 * A linear operator on parameter space.
 * - `projector`: the orthogonal projector on a set of blocks; P² = P, Pᵀ = P.
 * - `map`: a named operator given by its action on blocks; `parity` is 1 if Aᵀ = A, −1 if Aᵀ = −A, else 0.
 */
export type Operator =
  | { readonly kind: 'projector'; readonly name: string; readonly members: readonly string[] }
  | {
      readonly kind: 'map'
      readonly name: string
      readonly adjoint: boolean
      readonly parity: 1 | -1 | 0
      readonly terms: readonly BlockTerm[]
    }

export type ProjectorOperator = Extract<Operator, { kind: 'projector' }>

const wordText = (word: MatrixWord): string => word.map((m) => m.name + (m.transposed ? "'" : '')).join('*')
const termText = (t: BlockTerm): string =>
  `${structureOf(t.coefficient)}:${t.to}=${wordText(t.left)}[${t.from}${t.transposed ? "'" : ''}]${wordText(t.right)}`

/** Names the operator completely: two operators with the same key are equal. */
export const operatorKey = (op: Operator): string =>
  op.kind === 'projector' ? `P[${op.members.join()}]` : `{${op.terms.map(termText).sort().join()};${op.parity}}${op.name}${op.adjoint ? 't' : ''}`

/** The orthogonal projector on the named blocks, known in formulas as `P_name`. */
export function projector(name: string, members: readonly string[] = [name]): ProjectorOperator {
  return { kind: 'projector', name, members: [...new Set(members)].sort() }
}

const subset = (a: readonly string[], b: readonly string[]): boolean => a.every((x) => b.includes(x))

/** P_B P_C: undefined when the sets are disjoint (the product is zero). */
export function intersect(p: ProjectorOperator, q: ProjectorOperator): ProjectorOperator | undefined {
  if (subset(p.members, q.members)) return p
  if (subset(q.members, p.members)) return q
  const common = p.members.filter((m) => q.members.includes(m))
  return common.length === 0 ? undefined : projector(common.length === 1 ? common.join() : `${p.name}_${q.name}`, common)
}

/** The blocks an operator can write to (of its adjoint: can read from). */
function range(op: Extract<Operator, { kind: 'map' }>): readonly string[] {
  return [...new Set(op.terms.map((t) => (op.adjoint ? t.from : t.to)))]
}

function domain(op: Extract<Operator, { kind: 'map' }>): readonly string[] {
  return [...new Set(op.terms.map((t) => (op.adjoint ? t.to : t.from)))]
}

/** What the composition `outer ∘ inner` is known to be without a word: one operator, zero, or nothing known. */
export function compose(outer: Operator, inner: Operator): Operator | 'zero' | undefined {
  if (outer.kind === 'projector' && inner.kind === 'projector') return intersect(outer, inner) ?? 'zero'
  if (outer.kind === 'projector' && inner.kind === 'map') {
    if (subset(range(inner), outer.members)) return inner
    return range(inner).some((b) => outer.members.includes(b)) ? undefined : 'zero'
  }
  if (outer.kind === 'map' && inner.kind === 'projector') {
    if (subset(domain(outer), inner.members)) return outer
    return domain(outer).some((b) => inner.members.includes(b)) ? undefined : 'zero'
  }
  if (outer.kind === 'map' && inner.kind === 'map') return range(inner).some((b) => domain(outer).includes(b)) ? undefined : 'zero'
  return undefined
}

/** The adjoint and the sign it comes with: (A, −1) for antisymmetric A. */
export function adjointOf(op: Operator): { readonly operator: Operator; readonly sign: 1 | -1 } {
  if (op.kind === 'projector' || op.parity === 1) return { operator: op, sign: 1 }
  if (op.parity === -1) return { operator: op, sign: -1 }
  return { operator: { ...op, adjoint: !op.adjoint }, sign: 1 }
}

/** Whether a map takes the blocks of a set to themselves and all others to others, so that it commutes with the projector on the set. */
export const preserves = (op: Operator, set: ProjectorOperator): boolean =>
  op.kind === 'map' && op.terms.every((t) => set.members.includes(t.to) === set.members.includes(t.from))
