import { ordered } from './derivative.js'
import { type Access, type Shape, type Sizes, type Tensor, axis, contract, isPlain, largest, map, reachOf, sizeOf } from './graph.js'
import { type Contraction, labelsOf, matrixRoles } from './layout.js'

/** A copied element costs about as much as so many multiplications of a matrix product. */
const COPY = 6
/** And a term of a sum that is no matrix product. */
const TERM = 4

/** An access moved to start at zero, with room for all its indices. */
function roomFor(access: Access, shape: Shape, sizes: Sizes): { readonly access: Access; readonly low: readonly number[]; readonly shape: Shape } {
  const reach = access.map((index) => reachOf(index, sizes))
  const low = reach.map(([first]) => Math.max(0, -first))
  return {
    low,
    access: access.map((index, k) => ({ ...index, offset: index.offset + (low[k] ?? 0) })),
    shape: shape.map((size, k) => Math.max(size, (reach[k]?.[1] ?? 0) + 1) + (low[k] ?? 0)),
  }
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, k) => `axis${k}`)
const sizesOf = (labels: readonly string[], shape: Shape): Sizes => Object.fromEntries(labels.map((label, k) => [label, shape[k] ?? 1]))
const shifted = (labels: readonly string[], by: readonly number[]): Access =>
  labels.map((label, k) => ({ ...axis(label), offset: by[k] ?? 0 }))

/** The same contraction with zeros around the tensors that it reaches beyond, so that no index need be tested. */
function padded(t: Contraction): Tensor {
  const args = t.args.map((a, i) => {
    const access = t.inputs[i] ?? []
    const room = roomFor(access, a.shape, t.sizes)
    if (room.shape.join() === a.shape.join()) return { tensor: a, access }
    const labels = names(a.shape.length)
    const wide = contract([a], [labels.map(axis)], shifted(labels, room.low), sizesOf(labels, a.shape), room.shape)
    return { tensor: wide, access: room.access }
  })
  const out = roomFor(t.output, t.shape, t.sizes)
  const [tensors, accesses] = [args.map((a) => a.tensor), args.map((a) => a.access)]
  if (out.shape.join() === t.shape.join()) return contract(tensors, accesses, t.output, t.sizes, t.shape)
  const labels = names(t.shape.length)
  const wide = contract(tensors, accesses, out.access, t.sizes, out.shape)
  return contract([wide], [shifted(labels, out.low)], labels.map(axis), sizesOf(labels, t.shape), t.shape)
}

/** A tensor whose axes are labels, with these axes in another order. */
function permuted(t: Tensor, from: readonly string[], to: readonly string[], sizes: Sizes): Tensor {
  return contract([t], [from.map(axis)], to.map(axis), Object.fromEntries(from.map((label) => [label, sizes[label] ?? 1])),
    to.map((label) => sizes[label] ?? 1))
}

/** The order that makes the columns neighbours and the summed labels rows. */
function columnLast(labels: readonly string[], summed: (label: string) => boolean, column: string): readonly string[] {
  const others = labels.filter((label) => label !== column)
  return [...others.filter((label) => !summed(label)), ...others.filter(summed), column]
}

/** A way to compute a contraction and what it costs. */
interface Arrangement {
  readonly tensor: Tensor
  readonly cost: number
}

/** The contraction with one label's elements made neighbours in one argument and in the result, by copies where they are not. */
function arrangedFor(t: Contraction, i: number, column: string, isFixed: (t: Tensor) => boolean): Arrangement | undefined {
  const [argument, access] = [t.args[i], t.inputs[i]]
  if (argument === undefined || access === undefined) return undefined
  const output = labelsOf(t.output)
  const [inPlace, outPlace] = [labelsOf(access).at(-1) === column, output.at(-1) === column]
  if ((!inPlace && !isPlain(access)) || (!outPlace && !isPlain(t.output))) return undefined
  const order = inPlace ? labelsOf(access) : columnLast(labelsOf(access), (label) => !output.includes(label), column)
  const packed = inPlace ? argument : permuted(argument, labelsOf(access), order, t.sizes)
  const results = outPlace ? output : columnLast(output, () => false, column)
  const core = contract(
    t.args.map((a, k) => (k === i ? packed : a)), t.inputs.map((a, k) => (k === i && !inPlace ? order.map(axis) : a)),
    outPlace ? t.output : results.map(axis), t.sizes, outPlace ? t.shape : results.map((label) => t.sizes[label] ?? 1),
  )
  const roles = core.kind === 'contract' ? matrixRoles(core) : undefined
  if (roles === undefined) return undefined
  const copies = (inPlace || isFixed(argument) ? 0 : sizeOf(argument.shape)) + (outPlace ? 0 : sizeOf(t.shape))
  return { tensor: outPlace ? core : permuted(core, results, output, t.sizes), cost: roles.work + COPY * copies }
}

function cheapest(t: Contraction, isFixed: (t: Tensor) => boolean): Tensor {
  if (t.args.length !== 2) return t
  const total = Object.values(t.sizes).reduce((a, b) => a * b, 1)
  const output = new Set(labelsOf(t.output))
  const candidates = [0, 1].flatMap((i) => {
    const other = new Set(labelsOf(t.inputs[1 - i] ?? []))
    const columns = labelsOf(t.inputs[i] ?? []).filter((label) => output.has(label) && !other.has(label))
    return columns.flatMap((column) => arrangedFor(t, i, column, isFixed) ?? [])
  })
  const asIs: Arrangement = { tensor: t, cost: matrixRoles(t)?.work ?? TERM * total }
  return [asIs, ...candidates].reduce((best, a) => (a.cost < best.cost ? a : best)).tensor
}

/**
 * The same tensors with every contraction of two arranged to be matrix products in memory: images are padded, arguments are transposed
 * where that costs less than it saves. Copies are tensors like others, so equal ones are made once and those of data once for all.
 * @param isFixed whether a tensor is computed once, so that its copies cost nothing.
 */
export function arrange(outputs: readonly Tensor[], isFixed: (t: Tensor) => boolean): readonly Tensor[] {
  const known = new Map<Tensor, Tensor>()
  const of = (t: Tensor): Tensor => known.get(t) ?? t
  for (const t of ordered(outputs)) known.set(t, rebuilt(t, of, isFixed))
  return outputs.map(of)
}

function rebuilt(t: Tensor, of: (t: Tensor) => Tensor, isFixed: (t: Tensor) => boolean): Tensor {
  switch (t.kind) {
    case 'map':
      return map(t.value, ...t.args.map(of))
    case 'largest':
      return largest(of(t.arg))
    case 'contract': {
      const made = contract(t.args.map(of), t.inputs, t.output, t.sizes, t.shape)
      if (made.kind !== 'contract' || made.args.length !== 2) return made
      const wide = padded(made)
      if (wide === made) return cheapest(made, isFixed)
      const core = wide.kind === 'contract' && wide.args.length === 1 ? wide.args[0] : wide
      if (core?.kind !== 'contract' || wide.kind !== 'contract') return wide
      const best = cheapest(core, isFixed)
      return core === wide ? best : contract([best], wide.inputs, wide.output, wide.sizes, wide.shape)
    }
    default:
      return t
  }
}
