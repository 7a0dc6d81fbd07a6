import { type Vector, type VectorAtom, applyAdjoint, tensor, vectorOf } from './vector.js'

/** A filled slot of an atom: the child, and the vector that results from opening it and filling the old opening with `outer`. */
export interface Slot {
  readonly child: VectorAtom
  readonly reopen: (outer: Vector) => Vector
}

/** The slots through which a contraction can be re-rooted (moved) into an atom. */
export function slotsOf(atom: VectorAtom): readonly Slot[] {
  if (atom.kind === 'apply') return [{ child: atom.argument, reopen: (outer) => applyAdjoint(atom.operator, outer) }]
  if (atom.kind !== 'tensor') return []
  const { field, along, own, openAlong } = atom
  const filledOwn = (outer: Vector): readonly Vector[] => own.map((s) => (s === null ? outer : vectorOf(s)))
  const alongSlots = along.map((child, i) => ({
    child,
    reopen: (outer: Vector): Vector => {
      const others = along.filter((_, j) => j !== i).map(vectorOf)
      return tensor(field, openAlong ? [...others, outer] : others, filledOwn(outer), true)
    },
  }))
  const ownSlots = own.flatMap((child, i) => {
    if (child === null) return []
    const reopen = (outer: Vector): Vector =>
      tensor(field, openAlong ? [...along.map(vectorOf), outer] : along.map(vectorOf), filledOwn(outer).map((s, j) => (j === i ? null : s)), false)
    return [{ child, reopen }]
  })
  return [...alongSlots, ...ownSlots]
}
