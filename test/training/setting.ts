import { add, mul, neg, sym } from '../../src/algebra/build.js'
import { type Network, type NetworkSpec, buildNetwork, inferSymmetries, random } from '../../src/network/index.js'
import type { RuleProgram } from '../../src/rules/program.js'
import { type DataSet, type Measure, type Samples, type TrainOptions, classes } from '../../src/training/index.js'

const [eta, beta, lambda, theta, g, v] = [sym('eta'), sym('beta'), sym('lambda'), sym('theta'), sym('g'), sym('v')]

/** Heavy ball with coupled weight decay: v ← βv + g + λθ, θ ← θ − ηv. */
export const momentum: RuleProgram = {
  states: [{ name: 'v', initial: 0 }],
  steps: [
    { kind: 'assign', name: 'v', value: add(mul(beta, v), g, mul(lambda, theta)) },
    { kind: 'assign', name: 'theta', value: add(theta, neg(mul(eta, v))) },
  ],
}

/** θ ← θ − η (g + λθ). */
export const descent: RuleProgram = {
  states: [],
  steps: [{ kind: 'assign', name: 'theta', value: add(theta, neg(mul(eta, add(g, mul(lambda, theta))))) }],
}

/** A network with a normalization without epsilon, a ReLU pair and softmax. */
export const spec: NetworkSpec = {
  input: 4,
  layers: [{ dense: 6 }, { batchnorm: { epsilon: 0 } }, 'relu', { dense: 5 }, 'relu', { dense: 3 }],
}

/** Three clouds of points in four dimensions. */
export function clouds(rows: number, seed = 1): DataSet {
  const { normal } = random(seed, 77)
  const samples = (count: number): Samples => {
    const labels = Int32Array.from({ length: count }, (_, i) => i % 3)
    return { rows: count, targets: classes(labels), inputs: Float32Array.from({ length: 4 * count }, (_, i) => normal() + (i % 4 === labels[Math.floor(i / 4)] ? 2 : 0)) }
  }
  return { name: 'clouds', source: 'made up', features: 4, outputs: 3, train: samples(rows), test: samples(30) }
}

/** The contractions of every symmetry of a network with itself and with g. */
export function contractions(network: Network): readonly Measure[] {
  return inferSymmetries(network).flatMap((symmetry) =>
    Object.keys(symmetry.sets).flatMap((set) =>
      [['theta'], ['theta_next'], ['g'], ['theta', 'theta'], ['theta', 'g'], ['g', 'g'], ['theta_next', 'theta_next']].map(
        ([left = '', right]): Measure => {
          const common = { id: `${symmetry.name} ${set} ${left} ${right ?? 1}`, symmetry, set, left, mode: 'diagonal' } as const
          return right === undefined ? common : Object.assign(common, { right })
        },
      ),
    ),
  )
}

/** A run that takes a fraction of a second; change what matters. */
export function smallRun(changes: Partial<TrainOptions> = {}): TrainOptions {
  const network = changes.network ?? buildNetwork(spec)
  return {
    network,
    data: clouds(60),
    rule: momentum,
    hyperparameters: { eta: 0.05, beta: 0.9, lambda: 1e-3 },
    steps: 60,
    batchSize: 16,
    seed: 3,
    measures: contractions(network),
    backend: 'wasm',
    ...changes,
  }
}
