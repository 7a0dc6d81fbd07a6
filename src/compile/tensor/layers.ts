import { HALF, add, call, div, exp, mul, neg, num, pow, sub } from '../../algebra/build.js'
import type { Expr } from '../../algebra/expr.js'
import { fromNumber } from '../../algebra/rational.js'
import { type Tensor, argument, axis, broadcast, contract, einsum, largest, map, plus, scaled, sizeOf, sum, times } from './graph.js'

const [a0, a1] = [argument(0), argument(1)]

/** x W + b for x [batch, in], W [in, out], b [out]. */
export function dense(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const product = einsum('ij,jk->ik', x, weight)
  return bias === undefined ? product : plus(product, broadcast(bias, product.shape, [1]))
}

/** max(x, 0) as (x + |x|)/2, whose derivatives the algebra knows. */
export const relu = (x: Tensor): Tensor => map(mul(HALF, add(a0, call('abs', a0))), x)
const belowZero = (slope: Expr): Expr => add(mul(HALF, add(num(1), slope), a0), mul(HALF, sub(num(1), slope), call('abs', a0)))
export const leakyRelu = (x: Tensor, slope: Expr): Tensor => map(belowZero(slope), x)
/** x for x > 0, slope · x otherwise, one slope for every place of the last axis. */
export const prelu = (x: Tensor, slope: Tensor): Tensor => map(belowZero(a1), x, broadcast(slope, x.shape, [x.shape.length - 1]))
/** max(x, y) as (x + y + |x − y|)/2. */
export const larger = (x: Tensor, y: Tensor): Tensor => map(mul(HALF, add(a0, a1, call('abs', sub(a0, a1)))), x, y)
export const tanh = (x: Tensor): Tensor => map(call('tanh', a0), x)
export const sigmoid = (x: Tensor): Tensor => map(div(num(1), add(num(1), exp(neg(a0)))), x)
export const softplus = (x: Tensor): Tensor => map(call('log', add(num(1), exp(a0))), x)
export const silu = (x: Tensor): Tensor => map(div(a0, add(num(1), exp(neg(a0)))), x)
export const gelu = (x: Tensor): Tensor => {
  const bent = mul(num(fromNumber(Math.sqrt(2 / Math.PI))), add(a0, mul(num(fromNumber(0.044715)), pow(a0, num(3)))))
  return map(mul(HALF, a0, add(num(1), call('tanh', bent))), x)
}
export const sin = (x: Tensor): Tensor => map(call('sin', a0), x)
export const abs = (x: Tensor): Tensor => map(call('abs', a0), x)
export const power = (x: Tensor, degree: number): Tensor => map(pow(a0, num(degree)), x)

/** (x − mean)/√(variance + ε)·gain + shift over all axes but the last (batch normalization of training). */
export function batchNorm(x: Tensor, gain: Tensor, shift: Tensor, epsilon: Expr): Tensor {
  const last = x.shape.length - 1
  const axes = x.shape.map((_, k) => k).filter((k) => k !== last)
  const count = num(sizeOf(x.shape) / (x.shape[last] ?? 1))
  const spread = (t: Tensor): Tensor => broadcast(t, x.shape, [last])
  const mean = scaled(pow(count, num(-1)), sum(x, axes))
  const centered = map(sub(a0, a1), x, spread(mean))
  const variance = scaled(pow(count, num(-1)), sum(times(centered, centered), axes))
  const factor = map(mul(a1, pow(add(a0, epsilon), neg(HALF))), variance, gain)
  return plus(times(centered, spread(factor)), spread(shift))
}

/** The same over the last axis of each sample. */
export const layerNorm = (x: Tensor, gain: Tensor, shift: Tensor, epsilon: Expr): Tensor => rmsNorm(map(sub(a0, a1), x, meansOfRows(x)), gain, shift, epsilon)

/** The same over the places of each of so many groups along the last axis. */
export function groupNorm(groups: number, x: Tensor, gain: Tensor, shift: Tensor, epsilon: Expr): Tensor {
  const [batch = 1, channels = 1] = [x.shape[0], x.shape.at(-1)]
  const places = x.shape.slice(1, -1).map((n, k) => [`p${k}`, n] as const)
  const members = channels / groups
  const sizes = { n: batch, g: groups, m: members, ...Object.fromEntries(places) }
  const neuron = { terms: [{ label: 'g', factor: members }, { label: 'm', factor: 1 }], offset: 0 }
  const [inGroups, ofGroup] = [[axis('n'), ...places.map(([label]) => axis(label)), neuron], [axis('n'), axis('g')]]
  const means = (t: Tensor): Tensor => {
    const mean = scaled((batch * groups) / sizeOf(x.shape), contract([t], [inGroups], ofGroup, sizes, [batch, groups]))
    return contract([mean], [ofGroup], inGroups, sizes, x.shape)
  }
  const centred = map(sub(a0, a1), x, means(x))
  const normal = map(mul(a0, pow(add(a1, epsilon), neg(HALF))), centred, means(times(centred, centred)))
  const spread = (t: Tensor): Tensor => broadcast(t, x.shape, [x.shape.length - 1])
  return plus(times(normal, spread(gain)), spread(shift))
}

/** x/√(mean of x² + ε)·gain + shift, the mean over the last axis. */
export function rmsNorm(x: Tensor, gain: Tensor, shift: Tensor, epsilon: Expr): Tensor {
  const spread = (t: Tensor): Tensor => broadcast(t, x.shape, [x.shape.length - 1])
  const normal = map(mul(a0, pow(add(a1, epsilon), neg(HALF))), x, meansOfRows(times(x, x)))
  return plus(times(normal, spread(gain)), spread(shift))
}

/** gain · v/|v|, the norm over all axes but that of the neurons. */
export function weightNorm(v: Tensor, gain: Tensor, axis: number): Tensor {
  const norms = sum(times(v, v), v.shape.map((_, k) => k).filter((k) => k !== axis))
  return times(v, broadcast(map(mul(a1, pow(a0, neg(HALF))), norms, gain), v.shape, [axis]))
}

/** The mean over the last axis, in all its places. */
function meansOfRows(x: Tensor): Tensor {
  const last = x.shape.length - 1
  return broadcast(scaled(1 / (x.shape[last] ?? 1), sum(x, [last])), x.shape, x.shape.map((_, k) => k).slice(0, -1))
}

/** Logarithm of the softmax along the last axis, shifted by the largest entry. */
export function logSoftmax(x: Tensor): Tensor {
  const others = x.shape.map((_, k) => k).slice(0, -1)
  const spread = (t: Tensor): Tensor => broadcast(t, x.shape, others)
  const shifted = map(sub(a0, a1), x, spread(largest(x)))
  const total = map(call('log', a0), sum(map(exp(a0), shifted), [x.shape.length - 1]))
  return map(sub(a0, a1), shifted, spread(total))
}
export const softmax = (x: Tensor): Tensor => map(exp(a0), logSoftmax(x))

/** Mean over the batch (first axis) of −Σ target·log softmax(x); targets of the shape of x. */
export const crossEntropy = (x: Tensor, target: Tensor): Tensor =>
  scaled(pow(num(-(x.shape[0] ?? 1)), num(-1)), sum(times(target, logSoftmax(x))))

/** Mean over all entries of (x − target)². */
export function meanSquare(x: Tensor, target: Tensor): Tensor {
  const difference = map(sub(a0, a1), x, target)
  return scaled(pow(num(sizeOf(x.shape)), num(-1)), sum(times(difference, difference)))
}

const pixels = (width: number, channels: number) => ({ terms: [{ label: 'y', factor: width * channels }, { label: 'x', factor: channels }, { label: 'c', factor: 1 }], offset: 0 })

/** Rows of components as images [batch, height, width, channels]; images as they are. */
export function asImage(x: Tensor, { height, width, channels }: { readonly height: number; readonly width: number; readonly channels: number }): Tensor {
  const [batch = 1] = x.shape
  if (x.shape.length === 4) return x
  return contract([x], [[axis('n'), pixels(width, channels)]], ['n', 'y', 'x', 'c'].map(axis), { n: batch, y: height, x: width, c: channels }, [batch, height, width, channels])
}

/** Images as rows of components; rows as they are. */
export function flattened(x: Tensor): Tensor {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape
  if (x.shape.length === 2) return x
  return contract([x], [['n', 'y', 'x', 'c'].map(axis)], [axis('n'), pixels(width, channels)], { n: batch, y: height, x: width, c: channels }, [batch, height * width * channels])
}

/** W x of images [batch, height, width, channels] with W [out, places, channels], the places row by row. */
export function denseOfImage(x: Tensor, weight: Tensor): Tensor {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape
  const [out = 1] = weight.shape
  const place = { terms: [{ label: 'y', factor: width }, { label: 'x', factor: 1 }], offset: 0 }
  return contract(
    [x, weight], [['n', 'y', 'x', 'c'].map(axis), [axis('o'), place, axis('c')]], [axis('n'), axis('o')],
    { n: batch, y: height, x: width, c: channels, o: out }, [batch, out],
  )
}

/** The mean of every channel over all places. */
export const globalAverage = (x: Tensor): Tensor => scaled(1 / ((x.shape[1] ?? 1) * (x.shape[2] ?? 1)), sum(x, [1, 2]))

/** z = W x + b on the last axis, W of shape [out, in]. */
export interface AffineMap {
  readonly weight: Tensor
  readonly shift?: Tensor
}

/** W x + b of the channels x of every place. */
export function affineOfChannels(x: Tensor, { weight, shift }: AffineMap): Tensor {
  const places = 'abde'.slice(0, x.shape.length - 1)
  const product = einsum(`${places}i,oi->${places}o`, x, weight)
  return shift === undefined ? product : plus(product, broadcast(shift, product.shape, [product.shape.length - 1]))
}

/** Σ over heads of O Σ_r softmax_r(q(p)·k(r)/√width) v(r), r over the places of images [batch, height, width, channels]; a head is its Q, K, V and O. */
export function attention(x: Tensor, heads: readonly (readonly AffineMap[])[]): Tensor {
  return heads.map(([query, key, value, output]) => {
    if (query === undefined || key === undefined || value === undefined || output === undefined) throw new RangeError('a head has four maps')
    const read = tokens(affineOfChannels(x, key))
    const scores = einsum('nyxd,nrd->nyxr', affineOfChannels(x, query), read)
    const weights = softmax(scaled(pow(num(read.shape[2] ?? 1), neg(HALF)), scores))
    return affineOfChannels(einsum('nyxr,nrd->nyxd', weights, tokens(affineOfChannels(x, value))), output)
  }).reduce(plus)
}

/** Images as [batch, places, channels], the places row by row. */
function tokens(x: Tensor): Tensor {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape
  const place = { terms: [{ label: 'y', factor: width }, { label: 'x', factor: 1 }], offset: 0 }
  return contract([x], [['n', 'y', 'x', 'c'].map(axis)], [axis('n'), place, axis('c')], { n: batch, y: height, x: width, c: channels }, [batch, height * width, channels])
}

/** Convolution of images [batch, height, width, in] with a kernel [rows, columns, in, out]. */
export function convolution(
  x: Tensor, kernel: Tensor, { stride = 1, padding = 0 }: { readonly stride?: number; readonly padding?: number } = {},
): Tensor {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape
  const [rows = 1, columns = 1, , out = 1] = kernel.shape
  const extent = (size: number, reach: number): number => Math.floor((size + 2 * padding - reach) / stride) + 1
  const sizes = { n: batch, y: extent(height, rows), x: extent(width, columns), r: rows, s: columns, c: channels, o: out }
  const moved = (place: string, offset: string) =>
    ({ terms: [{ label: place, factor: stride }, { label: offset, factor: 1 }], offset: -padding })
  return contract(
    [x, kernel],
    [[axis('n'), moved('y', 'r'), moved('x', 's'), axis('c')], [axis('r'), axis('s'), axis('c'), axis('o')]],
    [axis('n'), axis('y'), axis('x'), axis('o')], sizes, [batch, sizes.y, sizes.x, out],
  )
}
