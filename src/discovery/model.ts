import type { InverseMetric } from './exact.js'
import type { FieldFamily } from './fields.js'
import type { Support } from './laws.js'

/** A named tensor of parameters, stored row by row from `offset`. */
export interface ParameterBlock {
  readonly name: string
  /** `[]` for a single number. */
  readonly shape: readonly number[]
  readonly offset: number
  /** The axis that numbers the units a layer produces; decides how a law is written where a size is 1. */
  readonly outputAxis?: number
}

/** What the search needs to know of a network or parametrization and of the flow it is trained with. */
export interface Model {
  readonly blocks: readonly ParameterBlock[]
  readonly family: FieldFamily
  /** M of θ̇ = −M(θ)∇f; the Euclidean metric where absent. A law h comes from the symmetry that M∇h generates. */
  readonly metric?: InverseMetric
  /** For a momentum flow: the number of parameters, which their velocities follow, and the clock e^{ct} where there is damping. */
  readonly momentum?: { readonly parameters: number; readonly clock: ParameterBlock | undefined }
  /** Labels of the parameters' characters under sign flips, see `parity.ts`. */
  readonly labels: () => readonly (readonly [number, number])[]
  /** Subsets of the blocks on which laws are sought first; a law on a subset is proved on the part of the network it belongs to. */
  readonly supports: readonly Support[]
  /** All parameters at once, built only if the subsets do not give all the laws; undefined if it would be too large. */
  readonly whole: () => Support | undefined
}

export const blockSize = (block: ParameterBlock): number => block.shape.reduce((a, b) => a * b, 1)

/** Name of one parameter: its block and, counted from 1, its indices, e.g. `W1_2_3`. @throws RangeError if it lies in no block. */
export function parameterName(blocks: readonly ParameterBlock[], v: number): string {
  const block = blocks.find((b) => v >= b.offset && v < b.offset + blockSize(b))
  if (block === undefined) throw new RangeError(`parameter ${v} lies in no block`)
  let rest = v - block.offset
  const indices: number[] = []
  for (const size of block.shape.toReversed()) {
    indices.unshift((rest % size) + 1)
    rest = Math.floor(rest / size)
  }
  return [block.name, ...indices].join('_')
}
