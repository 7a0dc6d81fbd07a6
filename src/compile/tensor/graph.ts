import type { Expr } from '../../algebra/expr.js'
import { ZERO, add, mul, num, sym } from '../../algebra/build.js'
import { differentiate, substitute } from '../../algebra/calculus.js'
import { fromNumber, toNumber } from '../../algebra/rational.js'
import { symbolsOf } from '../../algebra/parts.js'

export type Shape = readonly number[]

/** Index of one axis as Σ factor·label + offset; outside 0 … size − 1 the element is absent. */
export interface AxisIndex {
  readonly terms: readonly { readonly label: string; readonly factor: number }[]
  readonly offset: number
}
export type Access = readonly AxisIndex[]
export type Sizes = Readonly<Record<string, number>>

/**
 * A tensor-valued expression, immutable. Three operations are enough and closed under differentiation:
 * - `map`: an elementwise function of tensors of one shape, as an exact expression in `_0`, `_1`, …;
 * - `contract`: out[output] += Π_i arg_i[inputs_i], summed over all labels — matrix products, sums, broadcasts,
 *   transposes, convolutions;
 * - `largest`: the maximum along the last axis, which derivatives treat as constant (it only shifts exponents).
 */
export type Tensor =
  | { readonly kind: 'input'; readonly id: number; readonly shape: Shape; readonly name: string }
  | { readonly kind: 'fill'; readonly id: number; readonly shape: Shape; readonly value: number }
  | { readonly kind: 'map'; readonly id: number; readonly shape: Shape; readonly value: Expr; readonly args: readonly Tensor[] }
  | {
      readonly kind: 'contract'
      readonly id: number
      readonly shape: Shape
      readonly args: readonly Tensor[]
      readonly inputs: readonly Access[]
      readonly output: Access
      readonly sizes: Sizes
    }
  | { readonly kind: 'largest'; readonly id: number; readonly shape: Shape; readonly arg: Tensor }

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never

const table = new Map<string, WeakRef<Tensor>>()
/** Forgets the keys of tensors that nobody holds any more. */
const forgotten = new FinalizationRegistry<string>((key) => {
  if (table.get(key)?.deref() === undefined) table.delete(key)
})
let created = 0

function keyOf(t: WithoutId<Tensor>): string {
  const access = (a: Access): string => a.map((x) => `${x.terms.map((u) => `${u.factor}${u.label}`).join('+')}+${x.offset}`).join(',')
  switch (t.kind) {
    case 'input':
      return `i${t.name}:${t.shape.join()}`
    case 'fill':
      return `f${t.value}:${t.shape.join()}`
    case 'map':
      return `m${t.value.id}(${t.args.map((a) => a.id).join()})`
    case 'contract':
      return `c${t.args.map((a) => a.id).join()}|${t.inputs.map(access).join(';')}>${access(t.output)}` +
        `:${JSON.stringify(t.sizes)}:${t.shape.join()}`
    case 'largest':
      return `l${t.arg.id}`
  }
}

/** Equal tensors are one object, so shared parts are computed once. */
function intern(shape: WithoutId<Tensor>): Tensor {
  const key = keyOf(shape)
  const known = table.get(key)?.deref()
  if (known !== undefined) return known
  created += 1
  const made: Tensor = { ...shape, id: created }
  table.set(key, new WeakRef(made))
  forgotten.register(made, key)
  return made
}

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1)
export const argsOf = (t: Tensor): readonly Tensor[] =>
  (t.kind === 'map' || t.kind === 'contract' ? t.args : t.kind === 'largest' ? [t.arg] : [])

export const input = (name: string, shape: Shape): Tensor => intern({ kind: 'input', shape, name })
export const fill = (value: number, shape: Shape = []): Tensor => intern({ kind: 'fill', shape, value })
export const isFill = (t: Tensor, value: number): boolean => t.kind === 'fill' && t.value === value

/** Name of argument i in the expression of a `map`, one that no scalar has. */
export const argumentName = (i: number): string => `_${i}`
export const argument = (i: number): Expr => sym(argumentName(i))

function sameShape(args: readonly Tensor[]): Shape {
  const [first] = args
  if (first === undefined) throw new RangeError('an elementwise function needs an argument')
  for (const a of args)
    if (a.shape.join() !== first.shape.join()) throw new RangeError(`shapes [${first.shape.join()}] and [${a.shape.join()}] differ`)
  return first.shape
}

/** Elementwise function. @throws RangeError if the shapes differ. */
export function map(value: Expr, ...args: readonly Tensor[]): Tensor {
  const shape = sameShape(args)
  if (value === ZERO) return fill(0, shape)
  const used = args.findIndex((_, i) => value === argument(i))
  return args[used] ?? intern({ kind: 'map', shape, value, args })
}

/** A label as the index of an axis. */
export const axis = (label: string): AxisIndex => ({ terms: [{ label, factor: 1 }], offset: 0 })

/** Least and greatest index of an axis. */
export function reachOf(index: Access[number], sizes: Sizes): readonly [number, number] {
  const ends = index.terms.map(({ label, factor }) => factor * ((sizes[label] ?? 1) - 1))
  const total = (part: (x: number) => number): number => ends.reduce((a, x) => a + part(x), index.offset)
  return [total((x) => Math.min(0, x)), total((x) => Math.max(0, x))]
}

/** Whether every axis is a label of its own, from its first element on. */
export function isPlain(access: Access): boolean {
  const names = access.flatMap((index) => index.terms.map((u) => u.label))
  const single = access.every((index) => index.offset === 0 && index.terms.length === 1 && index.terms[0]?.factor === 1)
  return single && new Set(names).size === names.length
}

/**
 * Constant arguments taken out of a contraction: their product times the number of terms that differ in nothing else. None is where a
 * constant's border cuts terms off.
 */
function withoutFills(
  args: readonly Tensor[], inputs: readonly Access[], output: Access, sizes: Sizes, shape: Shape,
): Tensor | undefined {
  const whole = (a: Tensor, i: number): boolean => (inputs[i] ?? []).every((index, k) => {
    const [low, high] = reachOf(index, sizes)
    return low >= 0 && high < (a.shape[k] ?? 1)
  })
  const kept = args.map((_, i) => i).filter((i) => args[i]?.kind !== 'fill')
  if (kept.length === args.length || !args.every((a, i) => a.kind !== 'fill' || whole(a, i))) return undefined
  const used = new Set([...kept.flatMap((i) => inputs[i] ?? []), ...output].flatMap((index) => index.terms.map((u) => u.label)))
  const repeated = Object.entries(sizes).reduce((n, [label, size]) => (used.has(label) ? n : n * size), 1)
  const factor = args.reduce((x, a) => (a.kind === 'fill' ? x * a.value : x), repeated)
  if (kept.length === 0) return isPlain(output) ? fill(factor, shape) : undefined
  const rest = Object.fromEntries(Object.entries(sizes).filter(([label]) => used.has(label)))
  return scaled(factor, contract(kept.flatMap((i) => args[i] ?? []), kept.flatMap((i) => (inputs[i] ? [inputs[i]] : [])), output, rest, shape))
}

/** General contraction. @throws RangeError if an access does not fit its tensor. */
export function contract(
  args: readonly Tensor[], inputs: readonly Access[], output: Access, sizes: Sizes, shape: Shape,
): Tensor {
  for (const [i, a] of args.entries())
    if (inputs[i]?.length !== a.shape.length) throw new RangeError(`argument ${i} has ${a.shape.length} axes`)
  if (output.length !== shape.length) throw new RangeError(`the result has ${shape.length} axes`)
  if (args.some((a) => isFill(a, 0))) return fill(0, shape)
  return withoutFills(args, inputs, output, sizes, shape) ?? intern({ kind: 'contract', shape, args, inputs, output, sizes })
}

/** Contraction in the notation of Einstein, e.g. `einsum('ij,jk->ik', a, b)`. @throws RangeError if sizes disagree. */
export function einsum(notation: string, ...args: readonly Tensor[]): Tensor {
  const [left = '', right = ''] = notation.split('->')
  const labels = left.split(',')
  const sizes: Record<string, number> = {}
  for (const [i, a] of args.entries())
    for (const [k, label] of [...(labels[i] ?? '')].entries()) {
      const size = a.shape[k] ?? NaN
      if ((sizes[label] ?? size) !== size) throw new RangeError(`label ${label} stands for ${sizes[label]} and ${size}`)
      sizes[label] = size
    }
  const shape = [...right].map((label) => sizes[label] ?? NaN)
  if (shape.some(Number.isNaN)) throw new RangeError(`the result of ${notation} has a label of unknown size`)
  return contract(args, labels.map((l) => [...l].map(axis)), [...right].map(axis), sizes, shape)
}

const letters = (n: number): readonly string[] => Array.from({ length: n }, (_, i) => String.fromCodePoint(97 + i))

/** Repeats a tensor over new axes: axis k of the result is axis `axes.indexOf(k)` of the argument, or new. */
export function broadcast(t: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  const names = letters(shape.length)
  const sizes = Object.fromEntries(names.map((label, k) => [label, shape[k] ?? 1]))
  if (t.kind === 'fill') return fill(t.value, shape)
  return contract([t], [axes.map((k) => axis(names[k] ?? ''))], names.map(axis), sizes, shape)
}

/** The part at one place of an axis, without this axis. */
export function at(t: Tensor, along: number, place: number): Tensor {
  const names = letters(t.shape.length)
  const kept = names.filter((_, k) => k !== along)
  const sizes = Object.fromEntries(names.flatMap((label, k) => (k === along ? [] : [[label, t.shape[k] ?? 1]])))
  const access = names.map((label, k) => (k === along ? { terms: [], offset: place } : axis(label)))
  return contract([t], [access], kept.map(axis), sizes, t.shape.filter((_, k) => k !== along))
}

/** Sum over some axes. */
export function sum(t: Tensor, axes: readonly number[] = t.shape.map((_, k) => k)): Tensor {
  const names = letters(t.shape.length)
  const kept = names.filter((_, k) => !axes.includes(k))
  return einsum(`${names.join('')}->${kept.join('')}`, t)
}

export const largest = (t: Tensor): Tensor => intern({ kind: 'largest', shape: t.shape.slice(0, -1), arg: t })

export const plus = (x: Tensor, y: Tensor): Tensor => {
  if (isFill(x, 0)) return y
  return isFill(y, 0) ? x : map(add(argument(0), argument(1)), x, y)
}
export const times = (x: Tensor, y: Tensor): Tensor => {
  if (isFill(x, 0) || isFill(y, 0)) return fill(0, x.shape)
  if (isFill(x, 1)) return y
  return isFill(y, 1) ? x : map(mul(argument(0), argument(1)), x, y)
}
export const scaled = (factor: Expr | number, x: Tensor): Tensor =>
  map(mul(typeof factor === 'number' ? num(fromNumber(factor)) : factor, argument(0)), x)

/**
 * Partial derivative of a `map` by its argument i, as a tensor of the same shape. Where the map's own value stands in it, as in
 * tanh′ = 1 − tanh², that value is used again instead of computed again.
 */
export function partial(t: Extract<Tensor, { kind: 'map' }>, i: number): Tensor {
  const slope = substitute(differentiate(t.value, argumentName(i)), new Map([[t.value, argument(t.args.length)]]))
  if (slope.kind === 'number') return fill(toNumber(slope.value), t.shape)
  const candidates = [...t.args, t]
  const used = candidates.map((_, k) => k).filter((k) => symbolsOf(slope).has(argumentName(k)))
  if (used.length === 0) return map(slope, ...t.args.slice(0, 1))
  const renamed = substitute(slope, new Map(used.map((k, place) => [argument(k), argument(place)])))
  return map(renamed, ...used.flatMap((k) => candidates[k] ?? []))
}
