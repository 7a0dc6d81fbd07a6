import * as z from 'zod'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { symmetriesOf } from '../inference.js'
import type { Float64Layer, Layer, LayerContext, Tf } from '../layer.js'
import type { Change, Outcome } from '../signal.js'
import { affineMap } from './dense.js'
import { atEveryPlace } from './places.js'

export const GATES = ['silu', 'gelu', 'sigmoid', 'tanh', 'softplus', 'relu', 'linear'] as const
export const gatedSchema = z.strictObject({ hidden: z.int().positive(), activation: z.enum(GATES).default('silu'), bias: z.boolean().default(false) })
type GatedSpec = z.output<typeof gatedSchema>

/** Everything of which a gated unit is made. */
interface Parts {
  readonly gate: Layer
  readonly activation: Layer
  readonly up: Layer
  readonly down: Layer
}

/** y = D (σ(G x) ∘ U x), at every place of an image: a gated linear unit with any σ, SwiGLU with SiLU. Shazeer 2020. */
export function gated({ hidden, bias }: GatedSpec, activationOf: (width: number) => Layer, context: LayerContext): Layer {
  const { number, image } = context
  const width = image?.channels ?? context.input
  const name = `gated${number}`
  const map = (letter: string, input: number, output: number): Layer =>
    affineMap({ name: `${letter}${number}`, input, output, weight: `${letter}${number}`, shift: bias ? `b${letter}${number}` : undefined, gain: 1 }, context)
  const parts: Parts = { gate: map('G', width, hidden), activation: activationOf(hidden), up: map('U', width, hidden), down: map('D', hidden, width) }
  const { gate, activation, up, down } = parts
  return atEveryPlace({
    name,
    text: `${name}: ${width} → ${hidden} gated by ${activation.name.replace(/\d*$/, '')} → ${width}${bias ? ', biases' : ''}`,
    input: width,
    output: width,
    parameters: [gate, up, down].flatMap((part) => part.parameters),
    summands: (rows) => ({ through: 2 * width + 2 * hidden, parameter: rows }),
    forward: (tf, x, parameters) => forward(tf, x, parts, parameters),
    float64: (capacity) => float64(parts, capacity),
    within: [...symmetriesOf([neuronByNeuron(up), down]), ...symmetriesOf([neuronByNeuron(gate), activation, down])],
    produces: down.produces,
    transfer: (change) => transfer(change, parts),
    ...(activation.kink === undefined ? {} : { kink: activation.kink }),
  }, image)
}

/** A product of neurons knows factors of each, and no mixture of them. */
const neuronByNeuron = (layer: Layer): Layer => ({ ...layer, produces: layer.produces.filter(({ change }) => change.kind === 'scale') })

/** Both that read the input must undo what it took. */
function transfer(change: Change, { gate, up }: Parts): Outcome | undefined {
  const [one, other] = [gate.transfer(change), up.transfer(change)]
  return one?.kind === 'absorbed' && other?.kind === 'absorbed' ? { ...one, why: `${one.why}, as do ${other.why.replace(/ take the inverse$/, '')}`, by: [...one.by, ...other.by] } : undefined
}

function forward(tf: Tf, x: Tensor2D, { gate, activation, up, down }: Parts, parameters: Parameters<Layer['forward']>[2]): ReturnType<Layer['forward']> {
  const [first, second] = [gate.parameters.length, gate.parameters.length + up.parameters.length]
  const opening = gate.forward(tf, x, parameters.slice(0, first))
  const opened = activation.forward(tf, opening.output, [])
  const values = up.forward(tf, x, parameters.slice(first, second))
  const result = down.forward(tf, tf.mul<Tensor2D>(opened.output, values.output), parameters.slice(second))
  return {
    output: result.output,
    pullback(dy, inputNeeded) {
      const below = result.pullback(dy, true)
      const hidden = below.input ?? dy
      const ofValues = values.pullback(tf.mul(hidden, opened.output), inputNeeded)
      const ofGate = opening.pullback(opened.pullback(tf.mul(hidden, values.output), true).input ?? hidden, inputNeeded)
      const own = [...ofGate.parameters, ...ofValues.parameters, ...below.parameters]
      return ofGate.input === undefined || ofValues.input === undefined ? { parameters: own } : { input: tf.add(ofGate.input, ofValues.input), parameters: own }
    },
  }
}

function float64(parts: Parts, capacity: number): Float64Layer {
  const [gate, activation, up, down] = [parts.gate.float64(capacity), parts.activation.float64(capacity), parts.up.float64(capacity), parts.down.float64(capacity)]
  const { input: width, output: hidden } = parts.gate
  const [product, slope, derivative] = [new Float64Array(capacity * hidden), new Float64Array(capacity * hidden), new Float64Array(capacity * width)]
  let opened: Float64Array = product
  let values: Float64Array = product
  const times = (a: Float64Array, b: Float64Array, rows: number, out: Float64Array): Float64Array => {
    for (let i = 0; i < rows * hidden; i++) out[i] = (a[i] ?? 0) * (b[i] ?? 0)
    return out
  }
  return {
    forward(x, rows, theta, statistics) {
      opened = activation.forward(gate.forward(x, rows, theta, statistics), rows, theta, statistics)
      values = up.forward(x, rows, theta, statistics)
      return down.forward(times(opened, values, rows, product), rows, theta, statistics)
    },
    backward(dy, rows, theta, gradient, inputNeeded) {
      const below = down.backward(dy, rows, theta, gradient, true)
      const ofValues = up.backward(times(below, opened, rows, slope), rows, theta, gradient, inputNeeded)
      const ofGate = gate.backward(activation.backward(times(below, values, rows, slope), rows, theta, gradient, true), rows, theta, gradient, inputNeeded)
      if (inputNeeded) for (let i = 0; i < rows * width; i++) derivative[i] = (ofValues[i] ?? 0) + (ofGate[i] ?? 0)
      return derivative
    },
  }
}
