import { InputError } from '../errors.js'
import type { ProblemLaw } from '../problem/derive.js'
import { type Problem, placeOf } from '../problem/index.js'
import type { TrainOptions } from '../training/index.js'
import { train } from '../training/run.js'
import { constraintRung } from './ladder.js'
import { type Plan, measuresOfPlans } from './plan.js'

/** Relative violation of ⟨g, ξ⟩ = 0 from which a stated generator is no symmetry of the network, not even a broken one. */
const NO_SYMMETRY = 0.02

/** What one gradient is taken of: a network with its data, and the rule with numbers. */
export type Probed = Pick<TrainOptions, 'network' | 'data' | 'rule' | 'metric'> & { readonly hyperparameters: Readonly<Record<string, number>> }

/**
 * Holds the generators that a problem states itself (those inferred from the network need it not) against one exact gradient.
 * @throws InputError naming the generator's place in the problem, if it is no symmetry of the network.
 */
export async function refuseFalseSymmetries(
  problem: Problem,
  probed: Probed,
  plans: readonly { readonly plan: Plan; readonly law: ProblemLaw }[],
): Promise<void> {
  const stated = plans.filter(({ law }) => law.stated.instances.length === 0)
  if (stated.length === 0) return
  const { hyperparameters } = probed
  const measures = measuresOfPlans(stated.map((s) => s.plan), probed.network)
  const probe = await train({ ...probed, steps: 1, batchSize: 'full', backend: 'float64', measures })
  for (const { plan, law } of stated) {
    const { measured } = constraintRung(plan, probe, () => hyperparameters)
    if (measured <= NO_SYMMETRY) continue
    const generator = law.derivation.symmetry.generator.text
    throw new InputError(
      `the generator ${generator} is no symmetry of this network: |<g, xi>| is ${measured.toPrecision(2)} of |g| |xi|`,
      'mend it, or find what the network has with symmetry: { infer: true }',
      placeOf(problem, law.stated.path),
    )
  }
}
