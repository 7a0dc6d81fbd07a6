import * as z from 'zod'
import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { InputError } from '../../errors.js'
import type { SliceFamily } from '../../symmetry/instances.js'
import type { Float64Layer, Forward, Layer, LayerContext, Parameter, Tf } from '../layer.js'
import type { Change, Outcome, Production } from '../signal.js'
import { type Patches, type Readers, patchesOf, readersOf } from './patches.js'

const positive = z.int().positive()
export const convSchema = z.strictObject({
  filters: positive,
  kernel: positive,
  stride: positive.default(1),
  padding: z.enum(['valid', 'same']).default('valid'),
  bias: z.boolean().default(true),
})

/** z = K ∗ x + k: at every place the kernel K of shape [kernel, kernel, channels, filters] on what lies under it. `same` pads with zeros. */
export function conv(spec: z.output<typeof convSchema>, context: LayerContext): Layer {
  const { input, number, image } = context
  const { filters, kernel, stride, padding, bias } = spec
  const name = `conv${number}`
  if (image === undefined) throw new InputError(`${name} stands behind a layer whose output is no image`, 'give input: [height, width, channels], and put conv before dense and global_average')
  if (padding === 'same' && kernel % 2 === 0) throw new InputError(`${name} pads an even kernel on both sides alike`, 'take an odd kernel or padding: valid')
  const patches = patchesOf(image, kernel, stride, padding === 'same' ? (kernel - 1) / 2 : 0)
  if (patches === undefined) throw new InputError(`the kernel of ${name} is larger than its input of ${image.height}×${image.width}`, 'take a smaller kernel')
  const weight = context.place(`K${number}`, [kernel, kernel, image.channels, filters], { mean: 0, deviation: Math.sqrt(context.gain / patches.size) })
  const shift = bias ? context.place(`k${number}`, [filters], { mean: 0, deviation: Math.sqrt(1 / patches.size) }) : undefined
  const { height, width } = patches
  const readers = readersOf(patches.source, input)
  return {
    name,
    text: `${name}: ${image.height}×${image.width}×${image.channels} → ${height}×${width}×${filters}, kernel ${kernel}, stride ${stride}${bias ? ', bias' : ''}`,
    input,
    output: height * width * filters,
    image: { height, width, channels: filters },
    parameters: shift === undefined ? [weight] : [weight, shift],
    forward: (tf, x, parameters) => forward(tf, x, patches, readers, filters, parameters),
    float64: (capacity) => float64(input, patches, filters, weight, shift, capacity),
    produces: produces(weight, shift, filters),
    transfer: (change) => transfer(change, weight),
  }
}

/** Filter i of K and k together multiply channel i of the output; k_i alone translates it. */
function produces(weight: Parameter, shift: Parameter | undefined, filters: number): readonly Production[] {
  const own: readonly SliceFamily[] = [{ parameter: weight.name, axis: 3 }, ...(shift === undefined ? [] : [{ parameter: shift.name, axis: 0 }])]
  const whole = own.map(({ parameter }) => ({ parameter }))
  const ofBoth: readonly Production[] = [
    { change: { kind: 'scale', degree: 1 }, by: own, count: filters },
    { change: { kind: 'dilation' }, by: whole, count: 1 },
  ]
  return shift === undefined ? ofBoth : [...ofBoth, { change: { kind: 'translation' }, by: [{ parameter: shift.name, axis: 0 }], count: filters }]
}

/** What multiplies channel i of the input at all places is undone by the part of the kernel that reads it. */
function transfer(change: Change, weight: Parameter): Outcome | undefined {
  if (change.kind !== 'scale') return undefined
  return { kind: 'absorbed', why: `the input channels of ${weight.name} take the inverse`, by: [{ parameter: weight.name, axis: 2 }] }
}

/** Components in the order of a table, zero where it says −1. */
function gathered(tf: Tf, x: Tensor2D, table: Int32Array): Tensor2D {
  const [rows, columns] = x.shape
  const extended = tf.concat<Tensor2D>([x, tf.zeros([rows, 1])], 1)
  return tf.gather(extended, tf.tensor1d(table.map((at) => (at < 0 ? columns : at)), 'int32'), 1)
}

/** By one product of matrices: a row for each place of each sample, with what lies under the kernel there. */
function forward(tf: Tf, x: Tensor2D, { source, size, height, width }: Patches, { most, readers }: Readers, filters: number, [weight, shift]: readonly Tensor[]): Forward {
  if (weight === undefined) throw new Error('a convolution needs its kernel')
  const [rows, components] = x.shape
  const under = tf.reshape<Rank.R2>(gathered(tf, x, source), [rows * height * width, size])
  const kernel = tf.reshape<Rank.R2>(weight, [size, filters])
  const product = tf.matMul<Tensor2D>(under, kernel)
  return {
    output: tf.reshape<Rank.R2>(shift === undefined ? product : tf.add(product, shift), [rows, height * width * filters]),
    pullback(dy, inputNeeded) {
      const dz = tf.reshape<Rank.R2>(dy, [rows * height * width, filters])
      const slope = tf.reshape(tf.matMul(under, dz, true, false), weight.shape)
      const parameters = shift === undefined ? [slope] : [slope, tf.sum(dz, 0)]
      if (!inputNeeded) return { parameters }
      const back = tf.reshape<Rank.R2>(tf.matMul(dz, kernel, false, true), [rows, height * width * size])
      return { input: tf.sum<Tensor2D>(tf.reshape(gathered(tf, back, readers), [rows, components, most]), 2), parameters }
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
