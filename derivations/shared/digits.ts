import type { ProblemInput } from '../../src/problem/index.js'

/**
 * A classifier of handwritten digits that has every symmetry of [NM] at once: weights in front of a normalization (scale),
 * biases in front of it and the logits (translation), pairs of layers around a ReLU (rescale).
 * The normalization's epsilon is 0, for any other breaks the scale symmetry; a run measures by how much.
 */
export const digitsNetwork = {
  input: 64,
  layers: [{ dense: 32 }, { batchnorm: { epsilon: 0 } }, 'relu', { dense: 16 }, 'relu', { dense: 10 }],
  loss: 'cross_entropy',
  seed: 1,
} satisfies ProblemInput['network']

/** What a run of the digits network needs besides a rule: its hyperparameters' values are those of `train`. */
export const onDigits = (train: Readonly<Record<string, number>>): Pick<ProblemInput, 'network' | 'data' | 'train'> => ({
  network: digitsNetwork,
  data: 'digits',
  train: { steps: 1000, batch: 64, seed: 1, ...train },
})
