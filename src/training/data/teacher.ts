import { classify, float64Network } from '../../network/float64.js'
import { buildNetwork, describeNetwork, initialParameters } from '../../network/network.js'
import { random } from '../../network/random.js'
import type { FullNetworkSpec } from '../../network/schema.js'
import type { Table } from './dataset.js'
import { classes } from './targets.js'

/** Samples that a network makes: a teacher. */
export interface Teaching {
  readonly teacher: Omit<FullNetworkSpec, 'loss'>
  readonly samples: number
  /** Standard deviation of the normal noise that is added to every output of the teacher. */
  readonly noise: number
  /** Whether the target is the number of the teacher's largest output instead of the outputs. */
  readonly classes: boolean
  readonly seed: number
}

/** Inputs with independent standard normal components, and a random network's outputs for them. */
export function teach({ teacher, samples, noise, seed, classes: isClass }: Teaching): Table {
  const network = buildNetwork({ ...teacher, loss: 'mean_square' })
  const { normal } = random(seed, samples, network.input)
  const inputs = Float32Array.from({ length: samples * network.input }, normal)
  const outputs = float64Network(network, samples).output(initialParameters(network), Float64Array.from(inputs), samples).map((y) => y + noise * normal())
  const targets = isClass
    ? classes(classify(outputs, samples, network.output))
    : { kind: 'numbers', values: Float32Array.from(outputs), width: network.output } as const
  return { rows: samples, features: network.input, inputs, targets }
}

/** Where such samples come from, for a reader. */
export const teachingSource = ({ teacher, noise }: Teaching): string =>
  `standard normal inputs; targets are the outputs of a random network: ${describeNetwork(buildNetwork({ ...teacher, loss: 'mean_square' })).join('; ')}` +
  (noise === 0 ? '' : `; with noise of standard deviation ${noise}`)
