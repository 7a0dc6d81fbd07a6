import type { NetworkSymmetry, SliceFamily } from '../symmetry/instances.js'
import { unreachable } from '../errors.js'
import { type Network, parameterNamed } from './network.js'

/** A tensor seen as apart × outer × length × inner, row-major: slice a·length + i has index a along the first axis and i along the third. */
export interface SliceLayout {
  readonly apart: number
  readonly outer: number
  readonly length: number
  readonly inner: number
}

/** How slices lie in a tensor of so many numbers; undefined if it has no such axis. */
export function layoutOf(size: number, own: readonly number[], { axis, shape = own, apart: each }: Omit<SliceFamily, 'parameter'>): SliceLayout | undefined {
  if (axis === undefined) return { apart: 1, outer: 1, length: 1, inner: size }
  const length = shape[axis]
  if (length === undefined) return undefined
  const apart = each === true ? (shape[0] ?? 1) : 1
  const outer = shape.slice(0, axis).reduce((product, n) => product * n, 1) / apart
  return { apart, outer, length, inner: size / apart / outer / length }
}

const ofNetwork = (network: Network, slice: SliceFamily): SliceLayout & { readonly offset: number } => {
  const { shape, offset, size } = parameterNamed(network, slice.parameter)
  const layout = layoutOf(size, shape, slice)
  if (layout === undefined) throw new RangeError(`${slice.parameter} has no axis ${slice.axis}`)
  return { ...layout, offset }
}

/** The components of θ that slice `member` of a family names, in order. */
export function componentsOf(network: Network, slice: SliceFamily, member: number): readonly number[] {
  const { outer, length, inner, offset } = ofNetwork(network, slice)
  const [each, i] = slice.axis === undefined ? [0, 0] : [Math.floor(member / length), member % length]
  return Array.from({ length: outer * inner }, (_, n) => offset + ((each * outer + Math.floor(n / inner)) * length + i) * inner + (n % inner))
}

/** Number of slices of a family, 1 without an axis. */
export function sliceCount(network: Network, slice: SliceFamily): number {
  const { apart, length } = ofNetwork(network, slice)
  return apart * length
}

/** What a transformation does to one slice. */
type Move = { readonly slice: SliceFamily; readonly member: number } & (
  | { readonly kind: 'add'; readonly amount: number }
  | { readonly kind: 'multiply'; readonly factor: number }
  | { readonly kind: 'add slice'; readonly from: number; readonly factor: number }
  | { readonly kind: 'rotate'; readonly from: number; readonly angle: number }
)

/**
 * The finite form of a network symmetry for one of its members (the neuron `member`), applied to θ:
 *
 * - translation: slices of `w` + log α;
 * - scale: slices of `w` × α;
 * - rescale of degree p: slices of `in` × α, slices of `out` × α⁻ᵖ;
 * - linear: the elementary matrix M = 1 + log α · e_i e_jᵀ on `in`, its inverse on `out`, where `member` = i · n + j, i ≠ j, n neurons
 *   (these generate all M of determinant 1; the rescalings of degree 1 do the rest);
 * - orthogonal: the rotation by log α in the plane of the neurons i and j of `member`, on `in`, its inverse on `out` from the other side.
 *
 * α = 1 is the identity in all of them.
 */
export function transformed(network: Network, theta: Float64Array, symmetry: NetworkSymmetry, member: number, alpha: number): Float64Array {
  const result = Float64Array.from(theta)
  // One after the other: a tensor that reads and writes the same neurons is moved from both sides.
  for (const move of movesOf(network, symmetry, member, alpha)) {
    const source = move.kind === 'add slice' || move.kind === 'rotate' ? componentsOf(network, move.slice, move.from) : []
    for (const [n, i] of componentsOf(network, move.slice, move.member).entries()) {
      const old = result[i] ?? 0
      if (move.kind === 'add') result[i] = old + move.amount
      else if (move.kind === 'multiply') result[i] = old * move.factor
      else if (move.kind === 'add slice') result[i] = old + move.factor * (result[source[n] ?? 0] ?? 0)
      else if (move.kind === 'rotate') {
        const [j, cos, sin] = [source[n] ?? 0, Math.cos(move.angle), Math.sin(move.angle)]
        const other = result[j] ?? 0
        result[i] = cos * old - sin * other
        result[j] = sin * old + cos * other
      } else unreachable(move)
    }
  }
  return result
}

function movesOf(network: Network, { family, degree, sets }: NetworkSymmetry, member: number, alpha: number): readonly Move[] {
  const { w = [], in: incoming = [], out: outgoing = [] } = sets
  const step = Math.log(alpha)
  const multiply = (factor: number) => (slice: SliceFamily): Move => ({ kind: 'multiply', slice, member, factor })
  switch (family) {
    case 'translation':
      return w.map((slice) => ({ kind: 'add', slice, member, amount: step }))
    case 'scale':
      return w.map(multiply(alpha))
    case 'rescale':
      return [...incoming.map(multiply(alpha)), ...outgoing.map(multiply(alpha ** -Number(degree)))]
    case 'linear':
    case 'orthogonal': {
      const [first] = incoming
      const n = first === undefined ? 1 : sliceCount(network, first)
      const [row, column] = [Math.floor(member / n), member % n]
      // W Rᵀ is to the columns of W what R is to rows.
      if (family === 'orthogonal') return [...incoming, ...outgoing].map((slice): Move => ({ kind: 'rotate', slice, member: row, from: column, angle: step }))
      return [
        ...incoming.map((slice): Move => ({ kind: 'add slice', slice, member: row, from: column, factor: step })),
        ...outgoing.map((slice): Move => ({ kind: 'add slice', slice, member: column, from: row, factor: -step })),
      ]
    }
    default:
      throw new Error(`no finite form is known for the family ${family}`)
  }
}
