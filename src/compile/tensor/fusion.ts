import { ordered } from './derivative.js'
import { type Tensor, argsOf, isPlain, sizeOf } from './graph.js'
import { labelsOf } from './layout.js'

/** A tensor repeated along new axes: in front of its own (a bias) or behind them (a sum over the last axes). */
export interface Repeated {
  readonly source: Tensor
  /** The number of repetitions in front of the source's elements, and behind each. */
  readonly before: number
  readonly behind: number
}

/** How a contraction repeats its argument, if that is all it does and the argument's axes stay together at one end. */
export function repeated(t: Tensor): Repeated | undefined {
  if (t.kind !== 'contract' || t.args.length !== 1 || !isPlain(t.output)) return undefined
  const [source, access] = [t.args[0], t.inputs[0]]
  if (source === undefined || access === undefined || !isPlain(access) || source.kind === 'fill') return undefined
  const [own, all] = [labelsOf(access), labelsOf(t.output)]
  const times = sizeOf(t.shape) / sizeOf(source.shape)
  const inOrder = source.shape.every((size, k) => size === t.sizes[own[k] ?? ''])
  if (!inOrder || own.length >= all.length || Object.keys(t.sizes).length !== all.length) return undefined
  if (own.join() === all.slice(0, own.length).join()) return { source, before: 1, behind: times }
  return own.join() === all.slice(all.length - own.length).join() ? { source, before: times, behind: 1 } : undefined
}

/** The split of a tensor's elements into rows that a repetition needs; undefined for a single number, which fits every split. */
export const splitOf = ({ source, before, behind }: Repeated): number | undefined =>
  (sizeOf(source.shape) === 1 ? undefined : behind > 1 ? behind : before > 1 ? sizeOf(source.shape) : undefined)

/** Which tensors have memory of their own, and into how long rows the loops of elementwise tensors are split. */
export interface Fusion {
  readonly stored: ReadonlySet<Tensor>
  /** Length of the rows of an elementwise tensor with repeated arguments. */
  readonly row: ReadonlyMap<Tensor, number>
}

/** Elementwise tensors are computed within their only elementwise user, repetitions read where they are used. */
export function fuse(outputs: readonly Tensor[]): Fusion {
  const order = ordered(outputs)
  const users = new Map<Tensor, Set<Tensor>>()
  for (const t of order) for (const a of argsOf(t)) users.set(a, (users.get(a) ?? new Set()).add(t))
  const wanted = new Set(outputs)
  const stored = new Set<Tensor>()
  const row = new Map<Tensor, number>()
  const single = (t: Tensor): boolean => {
    const [user, ...others] = users.get(t) ?? []
    return t.kind === 'map' && !wanted.has(t) && others.length === 0 && user?.kind === 'map'
  }
  for (const t of order) if (t.kind !== 'input' && t.kind !== 'fill' && !single(t) && (t.kind !== 'contract' || repeated(t) === undefined)) stored.add(t)
  for (const t of outputs) if (t.kind !== 'input') stored.add(t)
  for (const t of order)
    for (const a of argsOf(t)) if (t.kind !== 'map' && repeated(a) !== undefined) stored.add(a)
  for (const root of order.toReversed()) {
    if (root.kind !== 'map' || !stored.has(root)) continue
    for (const pending: Tensor[] = [root]; pending.length > 0;) {
      const t = pending.pop()
      if (t === undefined || (t !== root && stored.has(t))) continue
      const repetition = repeated(t)
      const split = repetition === undefined ? undefined : splitOf(repetition)
      if (split !== undefined && (row.get(root) ?? split) !== split) stored.add(t)
      else if (split !== undefined) row.set(root, split)
      else if (t.kind === 'map') pending.push(...t.args)
    }
  }
  return { stored, row }
}
