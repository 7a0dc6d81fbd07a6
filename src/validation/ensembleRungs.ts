import { InputError } from '../errors.js'
import type { Network } from '../network/index.js'
import type { Outcome } from '../rules/model.js'
import type { TrainOptions } from '../training/options.js'
import type { Recording } from '../training/recording.js'
import { type BatchLawOfPlan, batchLawOfPlan } from './batchMean.js'
import type { Overlay } from './curves.js'
import { type MeanLawOfPlan, type MeanOverRuns, meanLawOfPlan, meanOverRuns } from './meanOverRuns.js'
import { OVER_BATCHES, OVER_INJECTED, meanOverlay } from './meanRung.js'
import { type Plan, isOfMean } from './plan.js'
import { type HyperparametersAt, magnitudeOf } from './quantities.js'
import type { Rung } from './result.js'
import { roundingOfCharge, typicalSizes } from './rounding.js'
import { varianceRung } from './varianceRung.js'
import { STRETCH } from './varianceOverRuns.js'

/** Runs of a rule that injects noise, unless the problem says how many. */
const RUNS = 15

/** The laws of mean and variance that an ensemble is held against, by their plans; why there are none. */
export type EnsembleLaws = ReadonlyMap<Plan, Outcome<MeanLawOfPlan | BatchLawOfPlan>>

/**
 * What an ensemble of a problem's runs is about: the noise that a rule injects, or that of batches where the problem asks for one.
 * @param asked the runs that the problem asks for
 * @throws InputError for an ensemble of runs that would all be the same
 */
export function ensembleLaws(plans: readonly Plan[], network: Network, isNoisy: boolean, asked: number | undefined): { readonly runs: number; readonly laws: EnsembleLaws } {
  const injects = plans.some(({ laws }) => isOfMean(laws))
  const runs = asked ?? (injects ? RUNS : 0)
  if (runs > 0 && !injects && !isNoisy) throw new InputError('every step takes all samples and the rule injects no noise: the runs of an ensemble would all be the same', 'leave ensemble out, or give a batch of fewer samples')
  const laws = plans.flatMap((plan): readonly (readonly [Plan, Outcome<MeanLawOfPlan | BatchLawOfPlan>])[] => {
    if (isOfMean(plan.laws)) return [[plan, runs === 0 ? { ok: false, reason: 'the law of the mean takes an ensemble of runs, and train says ensemble: 0' } : meanLawOfPlan(plan, network)]]
    return runs === 0 ? [] : [[plan, batchLawOfPlan(plan, network)]]
  })
  return { runs, laws: new Map(laws) }
}

/** Those of the laws that there are. */
export const heldLaws = (laws: EnsembleLaws): readonly (MeanLawOfPlan | BatchLawOfPlan)[] => [...laws.values()].flatMap((law) => (law.ok ? [law.value] : []))

/** What an ensemble of runs makes of each law. @param options those of the run; `runs` none if the run itself was stopped */
export async function ensembleOfRuns({ runs, laws }: ReturnType<typeof ensembleLaws>, options: TrainOptions | undefined, at: HyperparametersAt): Promise<ReadonlyMap<Plan, Outcome<MeanOverRuns>>> {
  const held = heldLaws(laws)
  const found = held.length === 0 || options === undefined ? undefined : await meanOverRuns(held, options, runs, at)
  return new Map([...laws].map(([plan, law]) => {
    const value = law.ok ? found?.[held.indexOf(law.value)] : undefined
    return [plan, value === undefined ? { ok: false, reason: law.ok ? 'the ensemble of runs was stopped' : law.reason } : { ok: true, value }]
  }))
}

/** The rungs of an ensemble under a plan: the mean over runs with its curves, and the variance. */
export function ensembleRungs(law: Outcome<MeanLawOfPlan | BatchLawOfPlan>, mean: MeanOverRuns, recording: Recording, at: HyperparametersAt): { readonly mean: Overlay; readonly variance: Rung } | undefined {
  if (!law.ok) return undefined
  const { plan } = law.value
  const sizes = plan.charge === undefined ? [] : typicalSizes(magnitudeOf(plan.charge, recording, at))
  const until = roundingOfCharge(plan, recording, at)
  const rounding = (i: number): number => until(STRETCH * sizes.length + i) * (sizes[i] ?? 0)
  const [over, of] = 'told' in law.value
    ? [OVER_BATCHES, `the exact law of a step, with two other batches beside that of each step for the covariance${law.value.told}`]
    : [OVER_INJECTED, 'the law of the variance to leading order in eta']
  return { mean: meanOverlay(plan, recording, at, mean, over), variance: varianceRung(mean, rounding, of) }
}
