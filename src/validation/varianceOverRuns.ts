import { ONE, TWO, ZERO, div, mul } from '../algebra/build.js'
import { atomsOf } from '../algebra/calculus.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { injectedNoise } from '../laws/injectedNoise.js'
import type { Outcome } from '../rules/model.js'
import type { Recording } from '../training/recording.js'
import { type Carried, type Entering, carriedOn } from './carried.js'
import type { Plan } from './plan.js'
import { type HyperparametersAt, type Quantity, quantityOf, seriesOf } from './quantities.js'
import { referenceStep } from './settings.js'

/** Steps of a stretch: few, so that a run has many of them, which are uncorrelated. */
export const STRETCH = 5

/** What the noise made of the charge of each member in one stretch of a run, and the variance that the law has for it. */
export interface Stretch {
  readonly noise: Float64Array
  /** Its square, or what has the same mean. */
  readonly square: Float64Array
  readonly variance: Float64Array
  /** How much the variance is less when it is fed with what the law reads at the end of each step: what it leaves open, as it holds to leading order. */
  readonly truncation: Float64Array
}

/** The law dV/dt + 2(a₀/a₁)V = spread of the variance at a given drive, as a run of the network measures it. */
export interface VarianceLaw {
  readonly spread: Quantity
  readonly decay: Expr
}

/** That of a rule that injects noise; why a run cannot be held against it. @param sized makes numbers of |1_B|². */
export function injectedVariance({ laws, symmetry }: Plan, sized: (e: Expr) => Expr): Outcome<VarianceLaw> {
  const none = (reason: string): Outcome<never> => ({ ok: false, reason })
  const { injected, potential, flows, discrete } = laws
  const noise = injected?.ok !== true || potential === undefined ? undefined : injectedNoise(injected.value, potential)
  const base = flows.findLast((f) => f.model === 'modified vector field')
  if (noise === undefined || base === undefined) return none('there is no law of the variance along the flow')
  if (discrete?.writtenOut?.length !== 1) return none('the law of the variance counts what noise does to the states of the rule in full at once, and a stretch of a run is too short for that')
  const [a0 = ZERO, a1 = ONE] = base.law.coefficients
  const decay = mul(TWO, div(a0, a1))
  const spread = quantityOf(sized(div(noise.spread, a1)), symmetry)
  return spread === undefined || atomsOf(decay).length > 0 ? none('a run does not record what the law of the variance speaks of') : { ok: true, value: { spread, decay } }
}

/** The ends of the stretches of a run. */
const stretches = (steps: number): readonly (readonly [number, number])[] =>
  Array.from({ length: Math.floor((steps - 1) / STRETCH) }, (_, n) => [n * STRETCH, (n + 1) * STRETCH] as const)

const last = ({ values, members }: Carried): Float64Array => values.subarray(values.length - members)

/** The stretches of one run under a law of the variance. @param noise what the noise puts into each row of the exact law, member by member */
export function stretchesOf({ spread, decay }: VarianceLaw, noise: Entering, recording: Recording, at: HyperparametersAt): readonly Stretch[] {
  const eta = at(referenceStep(at, recording.steps))['eta'] ?? Number.NaN
  const series = seriesOf(spread, recording, at)
  const fed = (k: number, i: number): number => series.values[k * series.members + (series.members === 1 ? 0 : i)] ?? Number.NaN
  const { members } = noise
  return stretches(recording.steps).map(([from, to]) => {
    const [variance, later] = [0, 1].map((ahead) => Float64Array.from({ length: members }, (_, i) => {
      let v = 0
      for (let k = from; k < to; k += 1) v = Math.exp(-eta * evaluateNumber(decay, { ...at(k), k })) * v + eta * fed(k + ahead, i)
      return v
    }))
    const moved = last(carriedOn(noise, from, to))
    return { noise: moved, square: moved.map((y) => y ** 2), variance: variance ?? new Float64Array(members), truncation: Float64Array.from({ length: members }, (_, i) => (variance?.[i] ?? 0) - (later?.[i] ?? 0)) }
  })
}

/**
 * The same with the variance that the exact law has, to all orders, for noise that is drawn independently beside that of the run.
 * @param noise with means that are known by independent draws: the product of two has the noise's own square for its mean
 */
export const stretchesBeside = (noise: readonly Entering[], beside: Entering, steps: number): readonly Stretch[] =>
  stretches(steps).map(([from, to]) => {
    const [one = new Float64Array(0), other = one] = noise.map((entering) => last(carriedOn(entering, from, to)))
    return { noise: one, square: one.map((y, i) => y * (other[i] ?? Number.NaN)), variance: last(carriedOn(beside, from, to)).map((y) => y ** 2), truncation: new Float64Array(one.length) }
  })
