import * as z from 'zod'
import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { InputError } from '../../errors.js'
import { symmetriesOf } from '../inference.js'
import type { Float64Layer, Forward, Layer, LayerContext, Parameter, Tf } from '../layer.js'
import { type Change, type FoundSymmetry, type Outcome, type Production, isMatrix } from '../signal.js'
import { affineMap } from './dense.js'
import { type Sizes, mix, mixing } from './mixing.js'

export const attentionSchema = z.strictObject({
  heads: z.int().positive(),
  width: z.int().positive().optional().describe('of one head; the input width divided by the number of heads unless told'),
  bias: z.boolean().default(false),
})

/** The four maps of a head. */
interface Head {
  readonly query: Layer
  readonly key: Layer
  readonly value: Layer
  readonly output: Layer
}
const mapsOf = ({ query, key, value, output }: Head): readonly Layer[] => [query, key, value, output]

/** y(p) = Σ_h O_h Σ_r softmax_r(q_h(p)·k_h(r)/√width) v_h(r) + b over the places r of an image, q = Q x, k = K x, v = V x. Vaswani et al. 2017. */
export function attention(spec: z.output<typeof attentionSchema>, { input, image, number, place }: LayerContext): Layer {
  const name = `attention${number}`
  if (image === undefined) throw new InputError(`what ${name} is to read has no places`, 'give the network input: [places, 1, channels], or put it behind conv')
  const { heads: count, bias } = spec
  const { channels } = image
  const width = spec.width ?? channels / count
  if (!Number.isInteger(width)) throw new InputError(`${name}: ${count} heads do not divide ${channels} channels`, 'give the width of one head')
  const heads = Array.from({ length: count }, (_, h): Head => {
    const tag = count === 1 ? `${number}` : `${number}h${h + 1}`
    const map = (letter: string, from: number, to: number, shifted: boolean): Layer =>
      affineMap({ name: `${letter}${tag}`, input: from, output: to, weight: `${letter}${tag}`, shift: shifted ? `b${letter}${tag}` : undefined, gain: 1 }, { place })
    return { query: map('Q', channels, width, bias), key: map('K', channels, width, bias), value: map('V', channels, width, bias), output: map('O', width, channels, false) }
  })
  const shift = bias ? place(`bO${number}`, [channels], { mean: 0, deviation: Math.sqrt(1 / channels) }) : undefined
  const places = image.height * image.width
  const sizes = { places, channels, width }
  return {
    name,
    text: `${name}: ${places} places of ${channels}, ${count} ${count === 1 ? 'head' : 'heads'} of ${width}${bias ? ', biases' : ''}`,
    input,
    output: input,
    image,
    parameters: [...heads.flatMap((head) => mapsOf(head).flatMap((map) => map.parameters)), ...(shift === undefined ? [] : [shift])],
    summands: (rows) => ({ through: 4 * (channels + width) + 2 * places, parameter: rows * places }),
    forward: (tf, x, parameters) => forward(tf, x, heads, sizes, parameters, shift !== undefined),
    float64: (capacity) => float64(heads, sizes, shift, capacity),
    within: heads.flatMap(within),
    produces: produces(heads, shift),
    transfer: (change) => transfer(change, heads),
  }
}

const slicesOf = (maps: readonly Layer[], axis: number) => maps.flatMap(({ parameters: [weight] }) => (weight === undefined ? [] : [{ parameter: weight.name, axis }]))
const rowsOf = ({ parameters }: Layer) => parameters.map((parameter) => ({ parameter: parameter.name, axis: 0 }))

/**
 * Queries and keys meet in products alone, so that what acts on the queries of a head is undone by the keys, as by columns that would read them;
 * a number added to a key at all places adds the same to all scores of a query. Values are read by the output.
 */
function within({ query, key, value, output }: Head): readonly FoundSymmetry[] {
  const bias = key.parameters[1]
  const why = `queries meet keys in products, so that the rows of ${key.name} take the inverse`
  const keys: Layer = { ...key, transfer: (change) => (isMatrix(change) ? { kind: 'absorbed', why, by: rowsOf(key) } : undefined) }
  const shifts: readonly FoundSymmetry[] = bias === undefined ? [] : [{ origin: `${key.name} → softmax: all scores of a query change alike`, family: 'translation', count: key.output, sets: { w: [{ parameter: bias.name, axis: 0 }] } }]
  const factors = (layer: Layer): Layer => ({ ...layer, produces: layer.produces.filter(({ change }) => change.kind === 'scale' || change.kind === 'linear') })
  return [...symmetriesOf([factors(query), { ...keys, produces: [] }]), ...shifts, ...symmetriesOf([factors(value), { ...output, produces: [] }])]
}

/** The outputs of all heads and the bias are added: together they multiply a channel, by rows, as columns of weights each of them adds. */
function produces(heads: readonly Head[], shift: Parameter | undefined): readonly Production[] {
  const outputs = heads.map((head) => head.output)
  const channels = outputs[0]?.output ?? 1
  const rows = [...slicesOf(outputs, 0), ...(shift === undefined ? [] : [{ parameter: shift.name, axis: 0 }])]
  return [
    { change: { kind: 'scale', degree: 1 }, by: rows, count: channels },
    { change: { kind: 'dilation' }, by: rows.map(({ parameter }) => ({ parameter })), count: 1 },
    { change: { kind: 'linear' }, by: rows, count: 1 },
    ...outputs.flatMap((output) => output.produces.filter(({ change }) => change.kind === 'common')),
    ...(shift === undefined ? [] : [
      { change: { kind: 'translation' }, by: [{ parameter: shift.name, axis: 0 }], count: channels } as const,
      { change: { kind: 'common' }, by: [{ parameter: shift.name }], count: 1 } as const,
    ]),
  ]
}

/** All maps that read the channels take back what these took at every place. */
function transfer(change: Change, heads: readonly Head[]): Outcome | undefined {
  if (!isMatrix(change)) return undefined
  return { kind: 'absorbed', why: 'the columns of queries, keys and values take the inverse', by: slicesOf(heads.flatMap(({ query, key, value }) => [query, key, value]), 1) }
}

function forward(tf: Tf, given: Tensor2D, heads: readonly Head[], sizes: Sizes, parameters: readonly Tensor[], shifted: boolean): Forward {
  const [rows, components] = given.shape
  const apart = (t: Tensor2D): Tensor2D => tf.reshape<Rank.R2>(t, [rows * sizes.places, sizes.channels])
  const whole = (t: Tensor2D): Tensor2D => tf.reshape<Rank.R2>(t, [rows, components])
  const x = apart(given)
  let next = 0
  const own = (layer: Layer): readonly Tensor[] => parameters.slice(next, (next += layer.parameters.length))
  const passes = heads.map((head) => {
    const [query, key, value] = [head.query.forward(tf, x, own(head.query)), head.key.forward(tf, x, own(head.key)), head.value.forward(tf, x, own(head.value))]
    const mixed = mix(tf, [query.output, key.output, value.output], sizes)
    return { query, key, value, mixed, result: head.output.forward(tf, mixed.output, own(head.output)) }
  })
  const sum = tf.addN(passes.map(({ result }) => result.output))
  const bias = shifted ? parameters.at(-1) : undefined
  return {
    output: whole(bias === undefined ? sum : tf.add(sum, bias)),
    pullback(dy, inputNeeded) {
      const dz = apart(dy)
      const backs = passes.map(({ query, key, value, mixed, result }) => {
        const { input = dz, parameters: ofOutput } = result.pullback(dz, true)
        const by = mixed.pullback(input)
        const parts = [query.pullback(by.query, inputNeeded), key.pullback(by.key, inputNeeded), value.pullback(by.value, inputNeeded)]
        return { inputs: parts.flatMap((part) => part.input ?? []), parameters: [...parts.flatMap((part) => part.parameters), ...ofOutput] }
      })
      const found = [...backs.flatMap((back) => back.parameters), ...(bias === undefined ? [] : [tf.sum(dz, 0)])]
      return inputNeeded ? { input: whole(tf.addN(backs.flatMap(({ inputs }) => inputs))), parameters: found } : { parameters: found }
    },
  }
}

function float64(heads: readonly Head[], sizes: Sizes, shift: Parameter | undefined, capacity: number): Float64Layer {
  const { places, channels } = sizes
  const parts = heads.map((head) => ({ query: head.query.float64(capacity * places), key: head.key.float64(capacity * places), value: head.value.float64(capacity * places), output: head.output.float64(capacity * places), mixed: mixing(sizes, capacity) }))
  const [result, derivative] = [new Float64Array(capacity * places * channels), new Float64Array(capacity * places * channels)]
  const add = (out: Float64Array, x: Float64Array, size: number): void => {
    for (let i = 0; i < size; i++) out[i] = (out[i] ?? 0) + (x[i] ?? 0)
  }
  return {
    forward(x, rows, theta, statistics) {
      const all = rows * places
      for (let i = 0; i < all * channels; i++) result[i] = shift === undefined ? 0 : (theta[shift.offset + (i % channels)] ?? 0)
      for (const { query, key, value, output, mixed } of parts) {
        const read = [query, key, value].map((part) => part.forward(x, all, theta, statistics))
        add(result, output.forward(mixed.forward(read, rows), all, theta, statistics), all * channels)
      }
      return result
    },
    backward(dy, rows, theta, gradient, inputNeeded) {
      const all = rows * places
      if (shift !== undefined) {
        gradient.fill(0, shift.offset, shift.offset + shift.size)
        for (let i = 0; i < all * channels; i++) gradient[shift.offset + (i % channels)] = (gradient[shift.offset + (i % channels)] ?? 0) + (dy[i] ?? 0)
      }
      derivative.fill(0, 0, all * channels)
      for (const { query, key, value, output, mixed } of parts) {
        const read = mixed.backward(output.backward(dy, all, theta, gradient, true), rows)
        for (const [k, part] of [query, key, value].entries()) add(derivative, part.backward(read[k] ?? dy, all, theta, gradient, inputNeeded), inputNeeded ? all * channels : 0)
      }
      return derivative
    },
  }
}
