import type { Tensor2D } from '@tensorflow/tfjs-core'
import { InputError } from '../errors.js'
import { type Batch, lossDerivatives } from '../network/derivatives.js'
import type { Network } from '../network/network.js'
import { bytesOfSample, tensorLossAndGradient } from '../network/tensorflow.js'
import { type Backend, openBackend } from './backend.js'
import { type Samples, select } from './data/dataset.js'
import { targetMatrix } from './data/targets.js'
import type { Storage } from './options.js'
import type { LossDerivative } from './program.js'
import type { Real } from './vectorCode.js'

/** Computes losses and gradients on batches of the training samples. */
export interface Engine {
  readonly name: Backend
  readonly unitRoundoff: number
  /** Room for a vector over all parameters as it is kept between steps. */
  vector(): Real
  /** Chooses the samples that the next calls of `lossAndGradient` are about. */
  batch(rows: Int32Array): void
  /** Writes the gradient at θ of the batch's loss, returns the loss. */
  lossAndGradient(theta: Real, gradient: Real): number
  /** Derivatives of the batch's loss at any point; those beyond the gradient are computed in float64 by every engine. */
  readonly derivative: LossDerivative
  /** Frees what the engine holds. */
  close(): void
}

/** An engine on the backend asked for. */
export async function openEngine(network: Network, samples: Samples, backend: Backend | 'auto', storage: Storage): Promise<Engine> {
  return backend === 'float64' ? float64Engine(network, samples) : tensorEngine(network, samples, backend, storage)
}

/** Everything in float64, as a compiled program for the number of rows. */
function float64Engine(network: Network, samples: Samples): Engine {
  const derivatives = lossDerivatives(network)
  let held: Batch | undefined
  const chosen = (): Batch => {
    if (held === undefined) throw new Error('choose a batch first')
    return held
  }
  return {
    name: 'float64',
    unitRoundoff: 2 ** -53,
    vector: () => new Float64Array(network.size),
    batch(rows) {
      const { inputs, targets } = select(samples, network.input, rows)
      held = { inputs, targets: targetMatrix(targets, network.output), rows: rows.length }
    },
    lossAndGradient: (theta, gradient) => derivatives(chosen(), theta, [], gradient),
    derivative: (point, along, out) => void derivatives(chosen(), point, along, out),
    close: () => undefined,
  }
}

/** What the WASM backend can address. */
const WASM_MEMORY = 2 ** 31

/** @throws InputError for a batch that the backend has no room for: it would read and write beyond its memory. */
function refuseWithoutRoom(rows: number, bytes: number): void {
  if (rows * bytes < WASM_MEMORY) return
  throw new InputError(
    `the gradient of ${rows} samples at once takes ${(rows * bytes / 2 ** 30).toPrecision(2)} GB, the backend wasm has 2`,
    `take batches of at most ${Math.floor(WASM_MEMORY / bytes)} samples and full_gradient_every: 0, or another backend`,
  )
}

/** Forward and backward in float32; θ is rounded to float32 on the way in if it is kept in float64. */
async function tensorEngine(network: Network, samples: Samples, backend: Exclude<Backend, 'float64'> | 'auto', storage: Storage): Promise<Engine> {
  const { tf, name } = await openBackend(backend)
  const higher = lossDerivatives(network)
  const bytes = name === 'wasm' ? bytesOfSample(tf, network) : 0
  let held: { readonly inputs: Tensor2D; readonly targets: Tensor2D; readonly batch: Batch } | undefined
  const close = (): void => {
    held?.inputs.dispose()
    held?.targets.dispose()
    held = undefined
  }
  // The backend is a global setting of TensorFlow.js, which another run in this process may have changed; it is back at once, without waiting.
  const claim = (): void => {
    if (tf.getBackend() !== name) void tf.setBackend(name)
  }
  const chosen = (): NonNullable<typeof held> => {
    if (held === undefined) throw new Error('choose a batch first')
    return held
  }
  const lossAndGradient = (theta: Real, gradient: Real): number => {
    const batch = chosen()
    claim()
    return tf.tidy(() => {
      const parameters = network.parameters.map(({ offset, size, shape }) => tf.tensor(Float32Array.from(theta.subarray(offset, offset + size)), [...shape], 'float32'))
      const { loss, gradient: parts } = tensorLossAndGradient(tf, network, parameters, batch.inputs, batch.targets)
      for (const [index, { offset }] of network.parameters.entries()) gradient.set(parts[index]?.dataSync() ?? [], offset)
      return loss.dataSync()[0] ?? Number.NaN
    })
  }
  return {
    name,
    unitRoundoff: 2 ** -24,
    vector: () => (storage === 'float32' ? new Float32Array(network.size) : new Float64Array(network.size)),
    batch(rows) {
      refuseWithoutRoom(rows.length, bytes)
      close()
      claim()
      const { inputs, targets: wanted } = select(samples, network.input, rows)
      const targets = Float32Array.from(targetMatrix(wanted, network.output))
      held = {
        inputs: tf.tensor2d(inputs, [rows.length, network.input]),
        targets: tf.tensor2d(targets, [rows.length, network.output]),
        batch: { inputs, targets, rows: rows.length },
      }
    },
    lossAndGradient,
    derivative(point, along, out) {
      if (along.length === 0) lossAndGradient(point, out)
      else higher(chosen().batch, point, along, out)
    },
    close,
  }
}
