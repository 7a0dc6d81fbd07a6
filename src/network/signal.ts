import type { NetworkSymmetry, SliceFamily } from '../symmetry/instances.js'

/**
 * A one-parameter change of the signal between two layers (rows are samples, columns are neurons), with parameter α.
 *
 * - `scale`: neuron i is multiplied by α^degree, α > 0, for one i at a time;
 * - `translation`: neuron i gets α added, the same amount in every sample, for one i at a time;
 * - `common`: all neurons get the same amount added, which may differ from sample to sample;
 * - `dilation`: all neurons are multiplied by the same α > 0;
 * - `linear`: z ↦ M z in every sample, M any invertible matrix;
 * - `rotation`: the same with M any orthogonal matrix;
 * - `grouped`: neurons side by side are so many groups of the same size, one of which at a time is multiplied by the same α > 0 (`factor`), gets the
 *   same amount added, in every sample alike (`shift`) or an amount that may differ from sample to sample (`common`).
 */
export type Change =
  | { readonly kind: 'scale'; readonly degree: number }
  | { readonly kind: 'translation' }
  | { readonly kind: 'common' }
  | { readonly kind: 'dilation' }
  | { readonly kind: 'linear' }
  | { readonly kind: 'rotation' }
  | { readonly kind: 'grouped'; readonly groups: number; readonly each: 'factor' | 'shift' | 'common' }

/** Whether a change is a matrix before the neurons, which columns of weights that read them can undo. */
export const isMatrix = ({ kind }: Change): boolean => kind === 'scale' || kind === 'linear' || kind === 'rotation'

/** A change of its output that a layer brings about by acting on its own parameters alone; `count` members, one a slice. */
export interface Production {
  readonly change: Change
  readonly by: readonly SliceFamily[]
  readonly count: number
}

/** What a layer brings about where a matrix before its neurons is asked for that is no more than a rotation. */
export const rotationsOf = (produced: readonly Production[]): readonly Production[] =>
  produced.some(({ change, count }) => change.kind === 'scale' && count > 1) ? produced.flatMap((p) => (p.change.kind === 'linear' ? [{ ...p, change: { kind: 'rotation' } as const }] : [])) : []

type Parameters = readonly { readonly name: string; readonly shape: readonly number[] }[]

/** What a layer brings about for groups of neurons side by side, from what it does to one neuron or to all. */
export function groupedOf(produced: readonly Production[], parameters: Parameters, groups: number): readonly Production[] {
  const shapeOf = (slice: SliceFamily): readonly number[] => slice.shape ?? parameters.find(({ name }) => name === slice.parameter)?.shape ?? []
  /** The axis of neurons as two: that of groups, and that of the neurons of one. */
  const split = (shape: readonly number[], axis: number): readonly number[] => [...shape.slice(0, axis), groups, (shape[axis] ?? 0) / groups, ...shape.slice(axis + 1)]
  const parted = (slice: SliceFamily): SliceFamily => (slice.axis === undefined ? slice : { ...slice, shape: split(shapeOf(slice), slice.axis) })
  return produced.flatMap(({ change, by, count }): readonly Production[] => {
    const grouped = (each: 'factor' | 'shift' | 'common') => ({ kind: 'grouped', groups, each } as const)
    if ((change.kind === 'scale' || change.kind === 'translation') && count % groups === 0)
      return [{ change: grouped(change.kind === 'scale' ? 'factor' : 'shift'), by: by.map(parted), count: groups }]
    // Weights that read one input, of all neurons along the first axis.
    const [weights, ...others] = by
    if (change.kind !== 'common' || weights?.axis === undefined || weights.axis === 0 || others.length > 0 || (shapeOf(weights)[0] ?? 0) % groups > 0) return []
    return [{ change: grouped('common'), by: [{ ...weights, shape: split(shapeOf(weights), 0), axis: weights.axis + 1, apart: true }], count: groups * count }]
  })
}

/** A symmetry that has no name yet. */
export type FoundSymmetry = Omit<NetworkSymmetry, 'name'>

/** What keeps a change from being undone exactly. */
export type Broken = NonNullable<NetworkSymmetry['broken']>

/** What becomes of a change that enters a layer. No outcome at all: the layer's output changes in some other way. */
export type Outcome =
  | {
      readonly kind: 'passed'
      readonly change: Change
      /** Parameters within the layer that must take the inverse change for it to pass, as those of an absorbing layer do. */
      readonly by?: readonly SliceFamily[]
      /** Parameters within the layer that must bring about the same change of what the layer adds. */
      readonly along?: readonly SliceFamily[]
      readonly broken?: Broken
    }
  | {
      readonly kind: 'absorbed'
      /** Why the output stays the same, as the end of a sentence. */
      readonly why: string
      /** Parameters that must take the inverse change; empty if the layer needs no help. */
      readonly by: readonly SliceFamily[]
      readonly broken?: Broken
    }

/** How a layer answers a change of its input. */
export type Transfer = (change: Change) => Outcome | undefined
