import { buildNetwork, inferSymmetries, layerWithEpsilon, type Network } from '../network/index.js'
import { train } from '../training/run.js'
import { constraintRung } from './ladder.js'
import { type Plan, measuresOfPlans, planOf } from './plan.js'
import type { BreakingSweep } from './result.js'
import type { Probed } from './stated.js'

/** Values of a normalization's epsilon; 1e-3 and 1e-5 are the usual ones (Keras, PyTorch). */
const EPSILONS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8] as const

const withEpsilon = ({ spec }: Network, epsilon: number): Network => buildNetwork({ ...spec, layers: spec.layers.map((layer) => layerWithEpsilon(layer, epsilon)) })

/**
 * How much each value of epsilon breaks the scale symmetry in front of a normalization: one gradient in float64 on all of `data`, at the
 * parameters the run ended with.
 */
export async function breakingSweeps(
  probed: Probed,
  parameters: Float64Array,
  plans: readonly Plan[],
): Promise<readonly BreakingSweep[]> {
  const { network, hyperparameters } = probed
  const probes = await Promise.all(
    EPSILONS.map(async (epsilon) => {
      const varied = withEpsilon(network, epsilon)
      const broken = inferSymmetries(varied).filter((s) => s.broken !== undefined)
      const affected = plans.flatMap((p) => {
        const symmetry = broken.find((s) => s.name === p.symmetry.name)
        return symmetry === undefined ? [] : [planOf(p.laws, { ...symmetry, sets: p.symmetry.sets })]
      })
      if (affected.length === 0) return []
      const recording = await train({ ...probed, network: varied, steps: 1, batchSize: 'full', backend: 'float64', initial: parameters, measures: measuresOfPlans(affected, varied) })
      return affected.map((p) => ({ epsilon, symmetry: p.symmetry, violation: constraintRung(p, recording, () => hyperparameters).measured }))
    }),
  )
  const byName = new Map<string, { epsilon: number; violation: number; by: string }[]>()
  for (const { epsilon, symmetry, violation } of probes.flat())
    byName.set(symmetry.name, [...(byName.get(symmetry.name) ?? []), { epsilon, violation, by: symmetry.broken?.by ?? 'epsilon' }])
  return [...byName].map(([symmetry, points]) => ({ symmetry, by: points[0]?.by ?? 'epsilon', value: points.map((p) => p.epsilon), violation: points.map((p) => p.violation) }))
}
