import * as z from 'zod'
import { networkSchema } from '../network/schema.js'

const preparation = {
  test: z.number().min(0).lt(1).default(0.2).describe('fraction of the samples kept for testing'),
  seed: z.int().nonnegative().default(1).describe('of the choice of test samples'),
  standardize: z.boolean().default(false).describe('every feature to mean 0 and standard deviation 1 over the training samples'),
}
const path = z.string().min(1)
const column = z.union([z.enum(['first', 'last']), z.int().positive()])

/** `data:` of a problem file. Paths are relative to that file. */
export const dataSchema = z.union([
  z.literal('digits').describe('the 1,797 handwritten digits that come with the program'),
  z.strictObject({ name: z.literal('digits'), ...preparation }),
  z.strictObject({
    csv: path.describe('comma-separated numbers, one sample a line, gzipped or not'),
    label: column.default('last').describe('the column of the class 0, 1, …; columns count from 1'),
    targets: z.union([column, z.array(column).min(1)]).optional().describe('the columns of numbers to be approximated, in place of a class; network.loss is mean_square then'),
    scale: z.number().positive().default(1).describe('features are divided by this'),
    ...preparation,
  }),
  z.strictObject({
    teacher: networkSchema.omit({ loss: true }).describe('a random network whose outputs are the targets of standard normal inputs'),
    samples: z.int().positive().max(1_000_000).default(512),
    noise: z.number().nonnegative().default(0).describe('standard deviation of what is added to every output'),
    classes: z.boolean().default(false).describe('the target is the number of the largest output'),
    ...preparation,
    seed: z.int().nonnegative().default(1).describe('of the inputs, the noise and the choice of test samples'),
  }),
  z.strictObject({
    idx: z.strictObject({ images: path, labels: path }).describe('MNIST format, gzipped or not'),
    test_idx: z.strictObject({ images: path, labels: path }).optional().describe('separate files for testing'),
    scale: z.number().positive().default(255).describe('bytes are divided by this'),
    ...preparation,
  }),
])

/** A data set as a user names it. */
export type DataSpec = z.input<typeof dataSchema>

/** `train:` of a problem file; every key besides the named ones is a hyperparameter of the rule: a number, or expression text in `k`. */
export const trainSchema = z
  .object({
    steps: z.int().positive().default(1500),
    batch: z.int().positive().default(64).describe('samples a step'),
    full_batch: z.boolean().default(false).describe('all training samples at every step'),
    replacement: z.boolean().default(false).describe('samples of a batch are drawn with replacement, so that batches are independent; else each epoch goes through all samples once'),
    seed: z.int().nonnegative().default(1).describe('of the order of the samples'),
    full_gradient_every: z.int().nonnegative().optional().describe('steps between full gradients, which show what minibatch noise does to the charges; 0: never; about twenty in the run unless said'),
    ensemble: z.union([z.literal(0), z.int().min(3)]).optional().describe('runs that the laws of mean and variance are held against, 0: none; 15 unless said under a rule with injected noise, none for the noise of batches'),
    metric: z.strictObject({
      kind: z.enum(['fisher', 'diagonal_fisher']).default('fisher'),
      damping: z.number().positive().describe('added to the metric, times the identity'),
      samples: z.int().positive().default(64).describe('the training samples, the first ones, that it is a mean over'),
    }).optional().describe('the metric of natural and preconditioned: the empirical Fisher information, at theta or, for preconditioned, at the start'),
    backend: z.enum(['auto', 'tensorflow', 'wasm', 'cpu', 'float64']).optional(),
  })
  .catchall(z.union([z.number(), z.string()]))

/** How to train as a user writes it. */
export type TrainSpec = z.input<typeof trainSchema>
