import * as z from 'zod'
import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { InputError } from '../../errors.js'
import type { SliceFamily } from '../../symmetry/instances.js'
import type { Float64Layer, Forward, Layer, LayerContext, Parameter, Tf } from '../layer.js'
import { type Change, type Outcome, type Production, isMatrix } from '../signal.js'
import { type ImageShape, type Patches, patchesOf } from './patches.js'

const positive = z.int().positive()
export const convSchema = z.strictObject({
  filters: positive,
  kernel: positive,
  stride: positive.default(1),
  padding: z.enum(['valid', 'same']).default('valid'),
  bias: z.boolean().default(true),
})

/** What is convolved with what. */
interface Geometry {
  readonly image: ImageShape
  readonly kernel: number
  readonly stride: number
  /** Rows and columns of zeros around the image. */
  readonly border: number
  readonly filters: number
  readonly patches: Patches
}

/** @throws InputError where the kernel and what it is laid on do not fit. */
function geometryOf(name: string, { filters, kernel, stride, padding }: z.output<typeof convSchema>, image: ImageShape | undefined): Geometry {
  if (image === undefined)
    throw new InputError(`what ${name} is to read is no image`, 'give the network input: [height, width, channels], and put conv before dense and global_average')
  if (padding === 'same' && kernel % 2 === 0) throw new InputError(`${name}: a kernel of ${kernel}×${kernel} has no middle, so that padding: same is not the same on both sides`, 'take an odd kernel, or padding: valid')
  const border = padding === 'same' ? (kernel - 1) / 2 : 0
  const patches = patchesOf(image, kernel, stride, border)
  if (patches === undefined) throw new InputError(`${name}: a ${kernel}×${kernel} kernel does not fit into ${image.height}×${image.width}`, 'take a smaller kernel, or padding: same')
  return { image, kernel, stride, border, filters, patches }
}

/** z = K ∗ x + c: at every place the kernel K of shape [kernel, kernel, channels, filters] on what lies under it. `same` pads with zeros. */
export function conv(spec: z.output<typeof convSchema>, context: LayerContext): Layer {
  const { input, number } = context
  const name = `conv${number}`
  const geometry = geometryOf(name, spec, context.image)
  const { image, kernel, stride, filters, patches } = geometry
  const { height, width, size } = patches
  const weight = context.place(`K${number}`, [kernel, kernel, image.channels, filters], { mean: 0, deviation: Math.sqrt(context.gain / size) }, 3)
  const shift = spec.bias ? context.place(`c${number}`, [filters], { mean: 0, deviation: Math.sqrt(1 / size) }) : undefined
  const readers = Math.ceil(kernel / stride) ** 2
  return {
    name,
    text: `${name}: ${image.height}×${image.width}×${image.channels} → ${height}×${width}×${filters}, kernel ${kernel}×${kernel}${stride === 1 ? '' : `, stride ${stride}`}${spec.padding === 'same' ? ', padded' : ''}${spec.bias ? ', bias' : ''}`,
    input,
    output: height * width * filters,
    image: { height, width, channels: filters },
    parameters: shift === undefined ? [weight] : [weight, shift],
    summands: (rows) => ({ through: size + readers * filters, parameter: rows * height * width }),
    forward: (tf, x, parameters) => forward(tf, x, geometry, parameters),
    float64: (capacity) => float64(input, patches, filters, weight, shift, capacity),
    produces: produces(weight, shift, filters),
    transfer: (change) => transfer(change, weight),
  }
}

/**
 * Filter i of K and c together multiply channel i of the output, the filters as a whole multiply the channels by a matrix; c_i alone translates one.
 * Adding α to one entry of every filter adds α times what lies under it to every channel, adding α to c adds α: changes common to the channels of a place.
 */
function produces(weight: Parameter, shift: Parameter | undefined, filters: number): readonly Production[] {
  const own: readonly SliceFamily[] = [{ parameter: weight.name, axis: 3 }, ...(shift === undefined ? [] : [{ parameter: shift.name, axis: 0 }])]
  const whole = own.map(({ parameter }) => ({ parameter }))
  const ofBoth: readonly Production[] = [
    { change: { kind: 'scale', degree: 1 }, by: own, count: filters },
    { change: { kind: 'dilation' }, by: whole, count: 1 },
    { change: { kind: 'linear' }, by: own, count: 1 },
    { change: { kind: 'common' }, by: [{ parameter: weight.name, axis: 0, shape: [weight.size / filters, filters] }], count: weight.size / filters },
  ]
  if (shift === undefined) return ofBoth
  return [...ofBoth, { change: { kind: 'translation' }, by: [{ parameter: shift.name, axis: 0 }], count: filters }, { change: { kind: 'common' }, by: [{ parameter: shift.name }], count: 1 }]
}

/** What multiplies channel i of the input at all places is undone by the part of the kernel that reads it, a matrix by its inverse. */
function transfer(change: Change, weight: Parameter): Outcome | undefined {
  if (!isMatrix(change)) return undefined
  return { kind: 'absorbed', why: `the input channels of ${weight.name} take the inverse`, by: [{ parameter: weight.name, axis: 2 }] }
}

/** So many rows and columns of zeros; as a number it would have TensorFlow.js take the kernel for square. */
const around = (zeros: number): [[number, number], [number, number], [number, number], [number, number]] => [[0, 0], [zeros, zeros], [zeros, zeros], [0, 0]]

/**
 * Backward, by convolutions too, since the WASM backend has no other kernel for the derivative by K: that is a convolution with samples and channels
 * exchanged, dK = xᵀ ∗ dzᵀ, whose dilation is the stride; that by x is one of dz with the kernel turned round.
 */
function forward(tf: Tf, x: Tensor2D, { image, kernel, stride, border, filters, patches }: Geometry, [weight, shift]: readonly Tensor[]): Forward {
  if (weight === undefined) throw new Error('a convolution needs its kernel')
  const [rows, components] = x.shape
  const { height, width } = patches
  const { channels } = image
  const images = tf.reshape<Rank.R4>(x, [rows, image.height, image.width, channels])
  const filter = tf.reshape<Rank.R4>(weight, [kernel, kernel, channels, filters])
  const product = tf.conv2d(images, filter, stride, around(border))
  return {
    output: tf.reshape<Rank.R2>(shift === undefined ? product : tf.add(product, shift), [rows, height * width * filters]),
    pullback(dy, inputNeeded) {
      const dz = tf.reshape<Rank.R4>(dy, [rows, height, width, filters])
      const exchanged = tf.conv2d(tf.transpose(images, [3, 1, 2, 0]), tf.transpose(dz, [1, 2, 0, 3]), 1, around(border), 'NHWC', stride)
      const slope = tf.transpose(tf.slice(exchanged, 0, [channels, kernel, kernel, filters]), [1, 2, 0, 3])
      const parameters = shift === undefined ? [slope] : [slope, tf.sum(tf.reshape(dz, [rows * height * width, filters]), 0)]
      if (!inputNeeded) return { parameters }
      const back =
        stride === 1
          ? tf.conv2d(dz, tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]), 1, around(kernel - 1 - border))
          : tf.conv2dTranspose(dz, filter, [rows, image.height, image.width, channels], stride, around(border))
      return { input: tf.reshape<Rank.R2>(back, [rows, components]), parameters }
    },
  }
}

function float64(input: number, { source, size }: Patches, filters: number, weight: Parameter, shift: Parameter | undefined, capacity: number): Float64Layer {
  const places = source.length / size
  const output = new Float64Array(capacity * places * filters)
  const derivative = new Float64Array(capacity * input)
  let kept: Float64Array = new Float64Array(0)
  return {
    forward(x, rows, theta) {
      kept = x
      for (let n = 0; n < rows; n++)
        for (let p = 0; p < places; p++) {
          const at = (n * places + p) * filters
          for (let f = 0; f < filters; f++) output[at + f] = shift === undefined ? 0 : (theta[shift.offset + f] ?? 0)
          for (let i = 0; i < size; i++) {
            const component = source[p * size + i] ?? -1
            if (component < 0) continue
            const value = x[n * input + component] ?? 0
            const w = weight.offset + i * filters
            for (let f = 0; f < filters; f++) output[at + f] = (output[at + f] ?? 0) + value * (theta[w + f] ?? 0)
          }
        }
      return output
    },
    backward(dy, rows, theta, gradient, inputNeeded) {
      gradient.fill(0, weight.offset, weight.offset + weight.size)
      if (shift !== undefined) gradient.fill(0, shift.offset, shift.offset + shift.size)
      if (inputNeeded) derivative.fill(0, 0, rows * input)
      for (let n = 0; n < rows; n++)
        for (let p = 0; p < places; p++) {
          const at = (n * places + p) * filters
          if (shift !== undefined) for (let f = 0; f < filters; f++) gradient[shift.offset + f] = (gradient[shift.offset + f] ?? 0) + (dy[at + f] ?? 0)
          for (let i = 0; i < size; i++) {
            const component = source[p * size + i] ?? -1
            if (component < 0) continue
            const value = kept[n * input + component] ?? 0
            const w = weight.offset + i * filters
            let back = 0
            for (let f = 0; f < filters; f++) {
              gradient[w + f] = (gradient[w + f] ?? 0) + value * (dy[at + f] ?? 0)
              back += (theta[w + f] ?? 0) * (dy[at + f] ?? 0)
            }
            if (inputNeeded) derivative[n * input + component] = (derivative[n * input + component] ?? 0) + back
          }
        }
      return derivative
    },
  }
}
