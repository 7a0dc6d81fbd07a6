import { symbolsOf } from '../algebra/calculus.js'
import type { FlowOfLaw } from '../laws/engine.js'
import type { Recording } from '../training/recording.js'
import { derivativesAt } from './differences.js'
import { driveOnSteps } from './drive.js'
import { byStep, stepPower } from './followed.js'
import type { Plan } from './plan.js'
import { hasInitialValues, holdsTime, solveInTime, solveOnSteps } from './predict.js'
import { type Series, constantly, magnitudeOf, seriesOf } from './quantities.js'

/** Steps at the coarsest rate of a comparison. */
export const WINDOW = 120

/** One full-batch run in float64 of the comparison; `from` is the step at which it begins. */
export interface OrderRun {
  readonly eta: number
  readonly hyperparameters: Readonly<Record<string, number>>
  readonly recording: Recording
  readonly from: number
  /** How often smaller its learning rate is than the coarsest. */
  readonly factor: number
  /** Whether the weight decay is larger than the run's. */
  readonly decayRaised: boolean
}

/** The steps of a series from one on. */
const tail = (s: Series, from: number): Series => ({ members: s.members, steps: s.steps - from, values: s.values.subarray(from * s.members) })

/** Errors of a model relative to the size of the charges. */
export interface Errors {
  readonly largest: number
  /** The median over the members: where a kink of the loss is passed, the charge of that neuron alone is off by more than the order says. */
  readonly typical: number
  readonly floor: number
}

/** The errors of one model at the end of the comparison. A flow in the time k·√η is compared over the same stretch of that. */
export function errorsOf(plan: Plan, found: FlowOfLaw, run: OrderRun): Errors | undefined {
  const q = plan.drives.get(found)
  const own = plan.charges.has(found) ? plan.charges.get(found) : plan.charge
  const power = stepPower(plan.laws, found)
  const law = byStep(found.law, power)
  const [step, from] = [run.eta ** (1 / power), Math.round(run.from / run.factor ** (1 - 1 / power))]
  const numbers = { ...run.hyperparameters, eta: step }
  const at = constantly(holdsTime(law) ? { t_0: 0, ...numbers } : numbers)
  if (q === undefined || own === undefined || !hasInitialValues(law, at(from))) return undefined
  const whole = seriesOf(own, run.recording, at)
  const { members } = whole
  const steps = power === 1 ? whole.steps - from : Math.round(WINDOW * run.factor ** (1 / power)) + 1
  const charge = tail(whole, from)
  const drives = q.parts.size === 0 ? [] : driveOnSteps(q, run.recording, at)
  const size = tail(magnitudeOf(own, run.recording, at), from)
  const rates = law.coefficients.length - 1
  const initial = (i: number): readonly number[] => derivativesAt((k) => whole.values[k * members + i] ?? Number.NaN, from, rates, step)
  const under = [initial, drives.map(({ series, shape }) => ({ series: tail(series, from), shape })), members, steps - 1] as const
  const predicted = law.coefficients.some((c) => symbolsOf(c).has('t')) ? solveInTime(law, (k) => at(from + k + 1 / 2), step, ...under) : solveOnSteps(law, numbers, step, ...under)
  const errors = Array.from({ length: members }, (_, i) => {
    const last = (steps - 2) * members + i
    const miss = Math.abs((predicted[last] ?? Number.NaN) - (charge.values[last] ?? 0))
    return miss === 0 ? 0 : miss / (size.values[last] ?? 1)
  })
  const largest = errors.reduce((a, b) => Math.max(a, b), 0)
  return { largest, typical: Number.isNaN(largest) ? largest : median(errors), floor: 32 * run.recording.unitRoundoff * Math.sqrt(run.recording.steps) }
}

/** The middle one of some numbers, the larger of two. */
const median = (x: readonly number[]): number => x.toSorted((a, b) => a - b)[Math.floor(x.length / 2)] ?? 0
