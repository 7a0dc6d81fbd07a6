import type { FieldFamily } from './fields.js'
import type { Support } from './laws.js'
import type { Polynomial } from './polynomial.js'

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
  readonly labels: readonly (readonly [number, number])[]
  /** Subsets of the parameters on which laws are sought first; a law on a subset is proved on the block of the network it belongs to. */
  readonly supports: readonly Support[]
  /** All parameters at once, built only if the subsets do not give all the laws; undefined if it would be too large. */
  readonly whole: () => Support | undefined
}

export const blockSize = (block: ParameterBlock): number => block.shape.reduce((a, b) => a * b, 1)

export const blockOf = (blocks: readonly ParameterBlock[], v: number): ParameterBlock | undefined =>
  blocks.find((b) => v >= b.offset && v < b.offset + blockSize(b))

/** Name of one parameter: its block and, counted from 1, its indices, e.g. `W1_2_3`. */
export function parameterName(blocks: readonly ParameterBlock[], v: number): string {
  const block = blockOf(blocks, v)
  if (block === undefined) throw new RangeError(`parameter ${v} lies in no block`)
  let rest = v - block.offset
  const indices: number[] = []
  for (const size of block.shape.toReversed()) {
    indices.unshift((rest % size) + 1)
    rest = Math.floor(rest / size)
  }
  return [block.name, ...indices].join('_')
}

/** Whether a polynomial is conserved, by exact expansion on the smallest support that holds its variables. */
export function proves(supports: readonly Support[], h: Polynomial): boolean {
  const used = new Set(h.flatMap((t) => t.monomial))
  const fitting = supports.find((s) => {
    const has = new Set(s.variables)
    return [...used].every((v) => has.has(v))
  })
  return fitting?.system.conserves(h) ?? false
}
