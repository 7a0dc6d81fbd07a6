import type { Position } from '../product.js'
import { type Access, type Shape, type Sizes, type Tensor, reachOf, sizeOf } from './graph.js'

export type Contraction = Extract<Tensor, { kind: 'contract' }>

/** How the element that some labels select moves through memory, the tensor being stored row by row. */
export interface Steps {
  readonly step: ReadonlyMap<string, number>
  readonly constant: number
  /** Axes whose index may leave the tensor. */
  readonly checked: readonly { readonly terms: Access[number]['terms']; readonly offset: number; readonly size: number }[]
}

/** An access at its place in memory. */
export interface Stream extends Steps {
  readonly position: Position
}

const rowMajor = (shape: Shape): readonly number[] => shape.map((_, k) => sizeOf(shape.slice(k + 1)))

export function stepsOf(access: Access, shape: Shape, sizes: Sizes): Steps {
  const strides = rowMajor(shape)
  const step = new Map<string, number>()
  let constant = 0
  const checked: Steps['checked'][number][] = []
  for (const [k, index] of access.entries()) {
    const stride = strides[k] ?? 1
    constant += stride * index.offset
    for (const { label, factor } of index.terms) step.set(label, (step.get(label) ?? 0) + stride * factor)
    const [low, high] = reachOf(index, sizes)
    const size = shape[k] ?? 1
    if (low < 0 || high >= size) checked.push({ terms: index.terms, offset: index.offset, size })
  }
  return { step, constant, checked }
}

export const labelsOf = (access: Access): readonly string[] => access.flatMap((index) => index.terms.map((u) => u.label))

/** A matrix product inside a contraction: the arguments in their roles, and the labels of its sides; the rest is looped over. */
export interface MatrixRoles {
  readonly left: number
  readonly right: number
  readonly row: string | undefined
  readonly depth: string | undefined
  readonly column: string
  /** Sizes after neighbouring labels were joined to one. */
  readonly sizes: Sizes
  /** Costs in multiplications. */
  readonly work: number
}

/** Joins two labels to one where the first always runs on where the second ends. */
function joined(streams: readonly Steps[], output: Access, given: Sizes): Sizes {
  const sizes: Record<string, number> = { ...given }
  const shareAxis = (a: string, b: string): boolean =>
    output.some((index) => index.terms.some((u) => u.label === a) && index.terms.some((u) => u.label === b))
  for (let found = true; found;) {
    found = false
    for (const a of Object.keys(sizes))
      for (const b of Object.keys(sizes)) {
        const fits = streams.every((s) => (s.step.get(a) ?? 0) === (sizes[b] ?? 1) * (s.step.get(b) ?? 0))
        if (found || a === b || !fits || shareAxis(a, b)) continue
        sizes[b] = (sizes[b] ?? 1) * (sizes[a] ?? 1)
        Reflect.deleteProperty(sizes, a)
        found = true
      }
  }
  return sizes
}

/** Extra work where a side is too short to fill the registers. */
const waste = (columns: number, rows: number, depth: number): number =>
  (2 * Math.ceil(columns / 2) / columns) * (columns < 4 ? 1.5 : 1) * (rows < 2 ? 2 : rows < 4 ? 1.3 : 1) * (depth < 4 ? 1.5 : 1)
/** What a call of the product costs beside its multiplications. */
const CALL = 20

/** The cheapest matrix product that a contraction of two tensors consists of as they stand in memory; undefined if there is none. */
export function matrixRoles(t: Contraction): MatrixRoles | undefined {
  if (t.args.length !== 2 || t.args.some((a) => a.kind === 'fill')) return undefined
  const args = t.args.map((a, i) => stepsOf(t.inputs[i] ?? [], a.shape, t.sizes))
  const out = stepsOf(t.output, t.shape, t.sizes)
  if ([...args, out].some((s) => s.checked.length > 0)) return undefined
  const sizes = joined([...args, out], t.output, t.sizes)
  const labels = Object.keys(sizes)
  const total = labels.reduce((n, label) => n * (sizes[label] ?? 1), 1)
  const size = (label: string | undefined): number => (label === undefined ? 1 : sizes[label] ?? 1)
  const largest = (candidates: readonly string[]): string | undefined => candidates.toSorted((a, b) => size(b) - size(a))[0]
  const candidates = [[0, 1] as const, [1, 0] as const].flatMap(([left, right]) => {
    const steps = (label: string): readonly number[] => [args[left], args[right], out].map((s) => s?.step.get(label) ?? 0)
    return labels.filter((label) => steps(label).join() === '0,1,1').map((column): MatrixRoles => {
      const row = largest(labels.filter((label) => {
        const [l = 0, r = 0, o = 0] = steps(label)
        return l > 0 && r === 0 && o >= size(column)
      }))
      const depth = largest(labels.filter((label) => {
        const [l = 0, r = 0, o = 0] = steps(label)
        return l > 0 && r > 0 && o === 0
      }))
      const calls = total / (size(column) * size(row) * size(depth))
      return { left, right, row, depth, column, sizes, work: total * waste(size(column), size(row), size(depth)) + CALL * calls }
    })
  })
  return candidates.toSorted((a, b) => a.work - b.work)[0]
}
