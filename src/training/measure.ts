import { InputError } from '../errors.js'
import { dot } from '../network/dot.js'
import { type Network, parameterNamed } from '../network/network.js'
import { type SliceLayout, layoutOf } from '../network/transform.js'
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

/** A tensor of θ with its slices, so many of them. */
interface Block extends SliceLayout {
  readonly offset: number
  readonly members: number
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
    const length = blocks[0]?.members ?? 1
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

/** The slices of a tensor that a measure asks for. */
function sliced(slice: SliceFamily, shape: readonly number[], { symmetry, mode, axis: asked }: Measure): Omit<SliceFamily, 'parameter'> {
  if (slice.axis !== undefined) return mode === 'diagonal' && asked === undefined && symmetry.count === 1 ? {} : slice
  if (asked === undefined) return {}
  const matrix = shape.length > 2 ? [shape.reduce((product, n) => product * n, 1)] : shape
  return asked < matrix.length ? { axis: asked, shape: matrix } : {}
}

function blocksOf(network: Network, measure: Measure): readonly Block[] {
  const { id, symmetry, set, mode } = measure
  const slices = symmetry.sets[set]
  if (slices === undefined)
    throw new InputError(`measure '${id}': symmetry '${symmetry.name}' has no set '${set}'`, `it has ${Object.keys(symmetry.sets).join(', ')}`)
  const blocks = slices.map((slice): Block => {
    const { parameter } = slice
    const { shape: own, offset, size } = parameterNamed(network, parameter)
    if (mode === 'entries') return { offset, apart: 1, outer: 1, length: size, inner: 1, members: size }
    const asked = sliced(slice, own, measure)
    const layout = layoutOf(size, own, asked)
    if (layout === undefined) throw new InputError(`measure '${id}': '${parameter}' has no axis ${asked.axis}`, `it has ${(asked.shape ?? own).length} axes`)
    return { ...layout, offset, members: layout.apart * layout.length }
  })
  const expected = mode !== 'diagonal' || measure.axis !== undefined ? (blocks[0]?.members ?? 1) : symmetry.count
  const odd = blocks.find(({ members }) => members !== expected && !(mode === 'diagonal' && members === 1))
  if (odd !== undefined) throw new InputError(`measure '${id}': the slices of set '${set}' differ in number (${odd.members}, ${expected})`, 'give tensors that match')
  return blocks
}

/** out[i] += Σ left·right over slice i, of left alone without right; a block of one slice belongs to every member. */
function addDiagonal({ offset, apart, outer, length, inner, members }: Block, left: Real, right: Real | undefined, out: Float64Array): void {
  if (inner === 1 && apart === 1 && members === out.length) {
    for (let o = 0, at = offset; o < outer; o++)
      for (let i = 0; i < length; i++, at++) out[i] = (out[i] ?? 0) + (left[at] ?? 0) * (right === undefined ? 1 : (right[at] ?? 0))
    return
  }
  for (let o = 0, at = offset; o < apart * outer; o++) {
    const first = Math.floor(o / outer) * length
    for (let i = first; i < first + length; i++, at += inner) {
      const sum = right === undefined ? total(left, at, inner) : dot(left, right, at, at, inner)
      if (members === out.length) out[i] = (out[i] ?? 0) + sum
      else for (let member = 0; member < out.length; member++) out[member] = (out[member] ?? 0) + sum
    }
  }
}

/** out[i, j] += ⟨left slice i, right slice j⟩. */
function addGram({ offset, outer, length, inner, members }: Block, left: Real, right: Real | undefined, out: Float64Array): void {
  const other = right ?? left
  const at = (slice: number, o: number): number => offset + ((Math.floor(slice / length) * outer + o) * length + (slice % length)) * inner
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < members; i++)
      for (let j = 0; j < members; j++) out[i * members + j] = (out[i * members + j] ?? 0) + dot(left, other, at(i, o), at(j, o), inner)
}

function total(x: Real, at: number, length: number): number {
  let sum = 0
  for (let i = at; i < at + length; i++) sum += x[i] ?? 0
  return sum
}
