import { ONE, ZERO, add, div, isZero, sub } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { type ProjectorOperator, intersect } from './operator.js'
import { type Vector, type VectorAtom, apply, combine } from './vector.js'

/** A multiple of the identity on each of some disjoint sets of blocks and another elsewhere, as a learning rate for every layer is. */
export interface Diagonal {
  readonly elsewhere: Expr
  readonly parts: readonly { readonly set: ProjectorOperator; readonly factor: Expr }[]
}

export const multipleOf = (factor: Expr): Diagonal => ({ elsewhere: factor, parts: [] })

/** The numbers that a diagonal operator multiplies by. */
export const numbersIn = ({ elsewhere, parts }: Diagonal): readonly Expr[] => [elsewhere, ...parts.map((p) => p.factor)]

/** Whether no two of the sets have a block in common. */
const areDisjoint = (sets: readonly ProjectorOperator[]): boolean => sets.every((a, i) => sets.slice(i + 1).every((b) => intersect(a, b) === undefined))

/** The D with x = D(argument); undefined if x is none, or its sets overlap. */
export function diagonalOf(x: Vector, argument: VectorAtom): Diagonal | undefined {
  const terms = x.terms.map(({ coefficient, atom }) => {
    if (atom === argument) return { set: undefined, coefficient }
    return atom.kind === 'apply' && atom.operator.kind === 'projector' && atom.argument === argument ? { set: atom.operator, coefficient } : undefined
  })
  const known = terms.flatMap((t) => t ?? [])
  const elsewhere = known.find((t) => t.set === undefined)?.coefficient ?? ZERO
  const parts = known.flatMap(({ set, coefficient }) => (set === undefined ? [] : [{ set, factor: add(elsewhere, coefficient) }]))
  return known.length < terms.length || !areDisjoint(parts.map((p) => p.set)) ? undefined : { elsewhere, parts }
}

/** D(x). */
export const applyDiagonal = ({ elsewhere, parts }: Diagonal, x: Vector): Vector =>
  combine([[elsewhere, x], ...parts.map(({ set, factor }) => [sub(factor, elsewhere), apply(set, x)] as const)])

/** Each factor in another way. */
export const mapDiagonal = ({ elsewhere, parts }: Diagonal, f: (factor: Expr) => Expr): Diagonal => ({
  elsewhere: f(elsewhere),
  parts: parts.map(({ set, factor }) => ({ set, factor: f(factor) })),
})

/** The inverse on all blocks where D is not zero, and zero elsewhere. */
export const inverseOf = (d: Diagonal): Diagonal => mapDiagonal(d, (factor) => (isZero(factor) ? ZERO : div(ONE, factor)))

/** Whether an operator is not zero on any parameter; outside of the blocks there is none if they are all covered. */
export const isInvertible = ({ elsewhere, parts }: Diagonal, covered: readonly string[]): boolean =>
  parts.every(({ factor }) => !isZero(factor)) &&
  (!isZero(elsewhere) || (covered.length > 0 && covered.every((b) => parts.some(({ set }) => set.members.includes(b)))))

/** Whether D is a multiple of the identity. */
export const isMultiple = ({ elsewhere, parts }: Diagonal): boolean => parts.every(({ factor }) => isZero(sub(factor, elsewhere)))

/** The sets of several operators, each once; undefined if they overlap. */
export function commonSets(all: readonly Diagonal[]): readonly ProjectorOperator[] | undefined {
  const sets = [...new Map(all.flatMap((d) => d.parts.map(({ set }) => [set.members.join(), set] as const))).values()]
  return areDisjoint(sets) ? sets : undefined
}

/** The factor on a set, or elsewhere. */
export const factorOn = ({ elsewhere, parts }: Diagonal, set: ProjectorOperator | undefined): Expr =>
  parts.find((p) => p.set.members.join() === set?.members.join())?.factor ?? elsewhere

/** Σ P_B x over sets that make up all of the blocks written as x, where all have one coefficient: no parameter is outside of the blocks. */
export function wholeWhereCovered(x: Vector, blocks: readonly string[]): Vector {
  const groups = new Map<VectorAtom, { readonly set: ProjectorOperator; readonly coefficient: Expr }[]>()
  for (const { coefficient, atom } of x.terms)
    if (atom.kind === 'apply' && atom.operator.kind === 'projector') groups.set(atom.argument, [...(groups.get(atom.argument) ?? []), { set: atom.operator, coefficient }])
  return combine(x.terms.map((term) => {
    const { atom } = term
    const group = atom.kind === 'apply' ? (groups.get(atom.argument) ?? []) : []
    const [first] = group
    const same = first !== undefined && group.every((g) => isZero(sub(g.coefficient, first.coefficient)))
    const covered = areDisjoint(group.map((g) => g.set)) && blocks.every((b) => group.some((g) => g.set.members.includes(b)))
    if (atom.kind !== 'apply' || !same || !covered || blocks.length === 0) return [ONE, { terms: [term] }] as const
    return first.set === atom.operator ? ([term.coefficient, { terms: [{ coefficient: ONE, atom: atom.argument }] }] as const) : ([ZERO, { terms: [] }] as const)
  }))
}
