import { InputError } from '../errors.js'
import { dot } from '../network/dot.js'
import { type Network, parameterNamed } from '../network/network.js'
import type { NetworkSymmetry, SliceFamily } from '../symmetry/instances.js'
import type { Real } from './vectorCode.js'

/**
 * A contraction to record at every step. `left` and `right` name vectors over all parameters at that step, before its update:
 * `theta`, `g`, a state of the rule; or, after its update: `theta_next`, `<state>_next`.
 *
 * - `diagonal`: for each neuron i, Σ over the slices i of `set` of left·right; of left alone (the contraction with the indicator) without `right`.
 *   Width: the symmetry's `count`; the number of slices where `axis` says what these are.
 * - `gram`: the matrix of ⟨left slice i, right slice j⟩, summed over the set's tensors, row-major; without `right`, left with itself.
 *   Width: the square of the number of slices along the set's axis (which is the same for all its tensors).
 * - `entries`: left·right component by component, summed over the set's tensors; left alone without `right`. Width: the tensors' size.
 */
export interface Measure {
  readonly id: string
  readonly symmetry: NetworkSymmetry
  readonly set: string
  readonly left: string
  readonly right?: string
  readonly mode: 'diagonal' | 'gram' | 'entries'
  /** Rows (0) or columns (1) are the slices of tensors for which the set names none; tensors with more than two axes are columns of numbers. */
  readonly axis?: 0 | 1
}

/** Measures prepared for a network: where the slices lie and in which column of the recorded row a result goes. */
export interface Recorder {
  readonly columns: readonly { readonly id: string; readonly offset: number; readonly width: number }[]
  /** Length of a row. */
  readonly width: number
  /** Names of the vectors the measures speak of. */
  readonly vectors: ReadonlySet<string>
  /** Computes all measures into `row`, in float64 from the stored components (products of float32 numbers are exact in it). */
  record(vector: (name: string) => Real, row: Float64Array): void
}

/** Most numbers of one measure in a step. */
const LARGEST = 2 ** 20

/** A tensor seen as outer × length × inner, the axis in the middle. */
interface Block {
  readonly offset: number
  readonly outer: number
  readonly length: number
  readonly inner: number
}

/**
 * Prepares measures for a network.
 * @param names vectors that exist at a step
 * @throws InputError for a set, parameter or vector that does not exist, and for repeated ids
 */
export function compileMeasures(network: Network, measures: readonly Measure[], names: ReadonlySet<string>): Recorder {
  const columns: { id: string; offset: number; width: number }[] = []
  const actions: ((vector: (name: string) => Real, row: Float64Array) => void)[] = []
  const vectors = new Set<string>()
  let offset = 0
  for (const measure of measures) {
    for (const name of [measure.left, measure.right]) {
      if (name !== undefined && !names.has(name))
        throw new InputError(`measure '${measure.id}': there is no vector '${name}'`, `there are ${[...names].join(', ')}`)
      if (name !== undefined) vectors.add(name)
    }
    if (columns.some(({ id }) => id === measure.id)) throw new InputError(`two measures are called '${measure.id}'`, 'give each its own id')
    const blocks = blocksOf(network, measure)
    const length = blocks[0]?.length ?? 1
    const width = measure.mode === 'gram' ? length * length : measure.mode === 'diagonal' && measure.axis === undefined ? measure.symmetry.count : length
    if (width > LARGEST) throw new InputError(`measure '${measure.id}' is a matrix of ${length} × ${length} numbers at every step`, 'state the symmetry for smaller blocks')
    columns.push({ id: measure.id, offset, width })
    const at = offset
    const { left, right } = measure
    const contract = measure.mode === 'gram' ? addGram : addDiagonal
    actions.push((vector, row) => {
      const out = row.subarray(at, at + width)
      out.fill(0)
      const other = right === undefined ? undefined : vector(right)
      for (const block of blocks) contract(block, vector(left), other, out)
    })
    offset += width
  }
  return {
    columns,
    width: offset,
    vectors,
    record(vector, row) {
      for (const act of actions) act(vector, row)
    },
  }
}

/** The axis of a tensor's slices, its shape with that: none if it is taken as a whole. */
function sliced({ axis: own }: SliceFamily, shape: readonly number[], { symmetry, mode, axis: asked }: Measure): { readonly axis: number | undefined; readonly shape: readonly number[] } {
  if (own !== undefined) return { axis: mode === 'diagonal' && asked === undefined && symmetry.count === 1 ? undefined : own, shape }
  if (asked === undefined) return { axis: undefined, shape }
  const matrix = shape.length > 2 ? [shape.reduce((product, n) => product * n, 1)] : shape
  return { axis: asked < matrix.length ? asked : undefined, shape: matrix }
}

function blocksOf(network: Network, measure: Measure): readonly Block[] {
  const { id, symmetry, set, mode } = measure
  const slices = symmetry.sets[set]
  if (slices === undefined)
    throw new InputError(`measure '${id}': symmetry '${symmetry.name}' has no set '${set}'`, `it has ${Object.keys(symmetry.sets).join(', ')}`)
  const blocks = slices.map((slice): Block => {
    const { parameter } = slice
    const { shape: own, offset, size } = parameterNamed(network, parameter)
    if (mode === 'entries') return { offset, outer: 1, length: size, inner: 1 }
    const { axis, shape } = sliced(slice, own, measure)
    if (axis === undefined) return { offset, outer: 1, length: 1, inner: size }
    const length = shape[axis]
    if (length === undefined) throw new InputError(`measure '${id}': '${parameter}' has no axis ${axis}`, `it has ${shape.length} axes`)
    const outer = shape.slice(0, axis).reduce((product, n) => product * n, 1)
    return { offset, outer, length, inner: size / outer / length }
  })
  const expected = mode !== 'diagonal' || measure.axis !== undefined ? (blocks[0]?.length ?? 1) : symmetry.count
  const odd = blocks.find(({ length }) => length !== expected && !(mode === 'diagonal' && length === 1))
  if (odd !== undefined) throw new InputError(`measure '${id}': the slices of set '${set}' differ in number (${odd.length}, ${expected})`, 'give tensors that match')
  return blocks
}

/** out[i] += Σ left·right over slice i, of left alone without right; a block of one slice belongs to every member. */
function addDiagonal({ offset, outer, length, inner }: Block, left: Real, right: Real | undefined, out: Float64Array): void {
  if (inner === 1 && length === out.length) {
    for (let o = 0, at = offset; o < outer; o++)
      for (let i = 0; i < length; i++, at++) out[i] = (out[i] ?? 0) + (left[at] ?? 0) * (right === undefined ? 1 : (right[at] ?? 0))
    return
  }
  for (let o = 0, at = offset; o < outer; o++)
    for (let i = 0; i < length; i++, at += inner) {
      const sum = right === undefined ? total(left, at, inner) : dot(left, right, at, at, inner)
      if (length === out.length) out[i] = (out[i] ?? 0) + sum
      else for (let member = 0; member < out.length; member++) out[member] = (out[member] ?? 0) + sum
    }
}

/** out[i, j] += ⟨left slice i, right slice j⟩. */
function addGram({ offset, outer, length, inner }: Block, left: Real, right: Real | undefined, out: Float64Array): void {
  const other = right ?? left
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < length; i++)
      for (let j = 0; j < length; j++) {
        const a = offset + (o * length + i) * inner
        const b = offset + (o * length + j) * inner
        out[i * length + j] = (out[i * length + j] ?? 0) + dot(left, other, a, b, inner)
      }
}

function total(x: Real, at: number, length: number): number {
  let sum = 0
  for (let i = at; i < at + length; i++) sum += x[i] ?? 0
  return sum
}
