import type { Scalar, Tensor } from '@tensorflow/tfjs-core'
import { differentiate } from '../../algebra/calculus.js'
import { evaluateNumber } from '../../algebra/numeric.js'
import { symbolsOf } from '../../algebra/build.js'
import { readExpr } from '../../algebra/read.js'
import { InputError } from '../../errors.js'
import { type Network, type Tf, float64Network } from '../../network/index.js'
import { Random } from '../prime.js'

/** Tensors of parameters, in the order of the flat vector θ. */
export interface SampledBlock {
  readonly name: string
  readonly shape: readonly number[]
}

/** A loss of which only gradients at random parameters, each with random data, can be had. */
export interface GradientSampler {
  readonly blocks: readonly SampledBlock[]
  /** Unit roundoff of the gradients: 2⁻⁵³ for doubles, 2⁻²⁴ for TensorFlow.js. */
  readonly precision: number
  sample(): { readonly theta: Float64Array; readonly gradient: Float64Array }
}

const DOUBLE = 2 ** -53
const SINGLE = 2 ** -24

export const sizeOf = (blocks: readonly SampledBlock[]): number => blocks.reduce((sum, b) => sum + b.shape.reduce((a, c) => a * c, 1), 0)

/** Independent standard normal numbers (Box & Muller 1958). */
export function normals(random: Random, count: number): Float64Array {
  const uniform = (): number => (random.bits() + 0.5) / 2 ** 32
  return Float64Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()))
}

/**
 * A sampler from a function that gives the gradient of the loss at θ; every call gets fresh standard normal numbers to make data of.
 * @param gradient θ and `numbers` data values ↦ ∇loss(θ), of the length of θ.
 */
export function callbackSampler(
  blocks: readonly SampledBlock[], numbers: number,
  gradient: (theta: Float64Array, data: Float64Array) => Float64Array, seed = 1, precision = DOUBLE,
): GradientSampler {
  const random = new Random(seed)
  const size = sizeOf(blocks)
  return {
    blocks,
    precision,
    sample() {
      const theta = normals(random, size)
      const found = gradient(theta, normals(random, numbers))
      if (found.length !== size || !found.every(Number.isFinite))
        throw new InputError(`a gradient of ${found.length} components for ${size} parameters, or one that is not finite`, 'check the loss at random normal parameters')
      return { theta, gradient: found }
    },
  }
}

/** A loss written in the expression text; names that are not parameters are data. @throws InputError if a parameter does not occur. */
export function expressionSampler(text: string, parameters: readonly string[], seed = 1): GradientSampler {
  const loss = readExpr(text)
  const names = symbolsOf(loss)
  const missing = parameters.find((name) => !names.has(name))
  if (missing !== undefined || parameters.length === 0)
    throw new InputError(`the loss does not depend on '${missing ?? 'any parameter'}'`, `its names are ${[...names].join(', ')}`)
  const data = [...names].filter((name) => !parameters.includes(name))
  const slopes = parameters.map((name) => differentiate(loss, name))
  return callbackSampler(
    parameters.map((name) => ({ name, shape: [] })), data.length,
    (theta, numbers) => {
      const values = Object.fromEntries([...parameters.map((name, i) => [name, theta[i] ?? 0] as const), ...data.map((name, i) => [name, numbers[i] ?? 0] as const)])
      return Float64Array.from(slopes, (slope) => evaluateNumber(slope, values))
    },
    seed,
  )
}

/** A network in float64 on batches of random inputs with random targets (classes for a cross entropy, numbers for a mean square). */
export function networkSampler(network: Network, seed = 1, rows = 16): GradientSampler {
  const engine = float64Network(network, rows)
  const classes = network.spec.loss === 'cross_entropy'
  return callbackSampler(network.parameters, rows * (network.input + network.output), (theta, data) => {
    const targets = Float64Array.from(data.subarray(rows * network.input))
    if (classes) toOneHot(targets, rows, network.output)
    const gradient = new Float64Array(network.size)
    engine.lossAndGradient(theta, data.subarray(0, rows * network.input), targets, rows, gradient)
    return gradient
  }, seed)
}

/** Puts 1 at the largest component of every row, 0 elsewhere. */
function toOneHot(targets: Float64Array, rows: number, width: number): void {
  for (let r = 0; r < rows; r++) {
    const row = targets.subarray(r * width, (r + 1) * width)
    const best = row.indexOf(Math.max(...row))
    row.fill(0)
    row[best] = 1
  }
}

/**
 * A TensorFlow.js function of the parameters, e.g. the loss of a model on given data, differentiated by its tape (float32), for which the gradients of
 * its operations must be registered (`@tensorflow/tfjs` does, `tfjs-core` alone needs `dist/register_all_gradients`).
 * @param loss parameters (of the shapes of `blocks`) and a tensor of `numbers` standard normal data values ↦ scalar loss.
 */
export function tensorflowSampler(
  tf: Tf, blocks: readonly SampledBlock[], numbers: number, loss: (parameters: readonly Tensor[], data: Tensor) => Scalar, seed = 1,
): GradientSampler {
  return callbackSampler(blocks, numbers, (theta, data) => {
    const parts = tf.tidy(() => {
      const input = tf.tensor1d(Float32Array.from(data))
      let offset = 0
      const tensors = blocks.map(({ shape }) => {
        const size = shape.reduce((a, b) => a * b, 1)
        offset += size
        return tf.tensor(Float32Array.from(theta.subarray(offset - size, offset)), [...shape])
      })
      const slopes = tf.grads((...args: Tensor[]) => loss(args, input))(tensors)
      return slopes.map((slope) => slope.dataSync())
    })
    const joined = new Float64Array(theta.length)
    let at = 0
    for (const part of parts) {
      joined.set(part, at)
      at += part.length
    }
    return joined
  }, seed, SINGLE)
}
