import { InputError } from '../errors.js'
import { type Network, layersOf } from '../network/network.js'
import { random } from '../network/random.js'
import { type DataSet, permutation } from './data/dataset.js'
import { checkTargets } from './data/targets.js'

/** The samples of step k. */
export type Batches = (k: number) => Int32Array

/**
 * Batches by step number: each epoch goes through the samples in a random order of its own, made from (seed, epoch), and drops what does not
 * fill a batch, so that all batches have one size. A function of k alone, so a run can be taken up at any step. A batch of all samples is in their order.
 */
export function batches(samples: number, batchSize: number, seed: number): Batches {
  const perEpoch = Math.floor(samples / batchSize)
  let current = -1
  let order: Int32Array = Int32Array.from({ length: samples }, (_, i) => i)
  return (k) => {
    const epoch = Math.floor(k / perEpoch)
    if (batchSize < samples && epoch !== current) order = permutation(samples, seed, (current = epoch))
    const from = (k % perEpoch) * batchSize
    return order.subarray(from, from + batchSize)
  }
}

/** Batches by step number whose samples are drawn with replacement, made from the seeds and k: independent of each other, as the laws of the mean have them. */
export function independentBatches(samples: number, batchSize: number, ...seeds: readonly number[]): Batches {
  return (k) => {
    const [seed = 1, ...others] = seeds
    const { below } = random(seed, k, ...others)
    return Int32Array.from({ length: batchSize }, () => below(samples))
  }
}

/** @throws InputError unless network, data, number of steps and batch size go together. */
export function checkSizes(network: Network, data: DataSet, steps: number, batchSize: number): void {
  if (network.input !== data.features)
    throw new InputError(`the network takes ${network.input} inputs, the data has ${data.features} features`, `set network.input to ${data.features}`)
  checkTargets(network, data.train.targets, data.outputs)
  if (!Number.isInteger(steps) || steps < 1) throw new InputError(`a run of ${steps} steps is not possible`, 'give a whole number of steps from 1')
  if (!Number.isInteger(batchSize) || batchSize < 1) throw new InputError(`a batch of ${batchSize} samples is not possible`, 'give a whole number from 1')
  for (const { name, fewestSamples = 1 } of layersOf(network))
    if (batchSize < fewestSamples) throw new InputError(`a batch of ${batchSize} sample has no variance for ${name} to divide by`, `give a batch of at least ${fewestSamples}`)
  if (batchSize > data.train.rows)
    throw new InputError(`a batch of ${batchSize} is more than the ${data.train.rows} training samples`, `give a batch of at most ${data.train.rows}`)
}
