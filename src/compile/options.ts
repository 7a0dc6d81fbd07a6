import { InputError, type Place } from '../errors.js'
import type { System } from './integrator/rightHandSide.js'

export const DEFAULT_RTOL = 1e-9

/** Recorded inputs: values at (shape `linear`) or from (shape `constant`) the knots origin + j·spacing. */
export interface Signals {
  readonly origin: number
  readonly spacing: number
  /** One array a signal, in the order of the system's names; equally long. */
  readonly values: readonly (Float64Array | readonly number[])[]
}

export interface IntegrationOptions {
  readonly y0: readonly number[] | Float64Array
  readonly parameters?: readonly number[]
  readonly t0?: number
  readonly t1: number
  /** Times of the output, monotone from t0 to t1; by default t1 alone. */
  readonly at?: readonly number[] | Float64Array
  readonly rtol?: number
  /** One for all states or one a state. */
  readonly atol?: number | readonly number[]
  /** Step of a fixed-step method, else the first step to try. */
  readonly step?: number
  readonly largestStep?: number
  /** Limit on attempted steps. */
  readonly maxSteps?: number
  readonly signals?: Signals
  /** Room for so many events; later ones are counted, not kept. By default all are kept, of a trajectory of an ensemble the first thousand. */
  readonly maxEvents?: number
}

/** @param place where the k-th stands. @throws InputError for a number that is not finite. */
export const finite = (what: string, values: ArrayLike<number>, place: (k: number) => Place = () => ({})): void => {
  for (let k = 0; k < values.length; k += 1)
    if (!Number.isFinite(values[k])) throw new InputError(`${what} is ${values[k]}`, 'give finite numbers', place(k))
}

/** Where input of one trajectory of many stands. */
export const ofTrajectory = (k: number): Place => ({ file: `trajectory ${k}, counted from 0` })

/** @throws InputError for a span on which a stochastic equation does not run. */
export function checkForward(t0: number, t1: number): void {
  if (!(t1 > t0) || !Number.isFinite(t1 - t0))
    throw new InputError(`a stochastic equation runs forward, not from ${t0} to ${t1}`, 'give t1 > t0')
}

export function count(what: string, found: number, wanted: number): void {
  if (found !== wanted) throw new InputError(`${found} ${what} given`, `give ${wanted}`)
}

/** @param place where the k-th time stands. @throws InputError for an output time outside of the span or before the one ahead of it. */
export function checkTimes(at: ArrayLike<number>, t0: number, t1: number, place: (k: number) => Place = () => ({})): void {
  const direction = Math.sign(t1 - t0)
  let previous = t0
  for (let k = 0; k < at.length; k += 1) {
    const t = at[k] ?? NaN
    if (!((t - t0) * direction >= 0 && (t1 - t) * direction >= 0))
      throw new InputError(`output time ${t} lies outside of the span ${t0} … ${t1}`, 'give times within it', place(k))
    if ((t - previous) * direction < 0) throw new InputError(`output time ${t} is out of order`, `give times in order from ${t0} to ${t1}`, place(k))
    previous = t
  }
}

/** The options with every default filled in, checked. */
export function checkedOptions(
  system: System, fixed: boolean, options: IntegrationOptions,
): Required<Omit<IntegrationOptions, 'signals' | 'atol' | 'maxEvents'>> & { atol: readonly number[] } {
  const n = system.states.length
  const { y0, parameters = [], t0 = 0, t1, at = [t1], rtol = DEFAULT_RTOL, atol = 1e-12, maxSteps = 1_000_000 } = options
  count('initial values', y0.length, n)
  count('parameters', parameters.length, system.parameters?.length ?? 0)
  finite('an initial value', y0)
  finite('a parameter', parameters)
  finite('a bound of the time span', [t0, t1])
  const tolerances = typeof atol === 'number' ? Array<number>(n).fill(atol) : atol
  count('absolute tolerances', tolerances.length, n)
  if (!(rtol >= 0) || tolerances.some((a) => !(a >= 0)) || tolerances.some((a) => a + rtol === 0))
    throw new InputError('a tolerance is not positive', 'give rtol and atol > 0')
  if (!fixed && rtol < 20 * Number.EPSILON && tolerances.some((a) => a < 20 * Number.EPSILON * 1e-3))
    throw new InputError(`rtol = ${rtol} is below roundoff`, `give at least ${(20 * Number.EPSILON).toExponential(1)}`)
  const step = options.step ?? (fixed ? Math.abs(t1 - t0) / 1000 : 0)
  if (!(step >= 0) || (fixed && step === 0 && t1 !== t0)) throw new InputError(`step = ${step}`, 'give a positive step')
  if (!(maxSteps >= 1)) throw new InputError(`maxSteps = ${maxSteps}`, 'give at least 1')
  checkTimes(at, t0, t1)
  return { y0, parameters, t0, t1, at, rtol, atol: tolerances, step, largestStep: options.largestStep ?? Math.abs(t1 - t0), maxSteps }
}

export function checkedSignals(
  system: System, t0: number, t1: number, signals: Signals | undefined,
): Signals & { readonly intervals: number; readonly length: number } {
  const names = system.signals?.names ?? []
  const { origin = 0, spacing = 1, values = [] } = signals ?? {}
  count('signals', values.length, names.length)
  const length = values[0]?.length ?? 0
  for (const v of values) count('samples of a signal', v.length, length)
  for (const v of values) finite('a sample of a signal', v)
  const intervals = system.signals?.shape === 'linear' ? length - 1 : length
  if (names.length === 0) return { origin, spacing, values, intervals: 1, length: 0 }
  if (!(spacing > 0)) throw new InputError(`spacing of the signals is ${spacing}`, 'give a positive spacing')
  if (t1 < t0) throw new InputError('a driven system is integrated backward', 'give t1 ≥ t0')
  const end = origin + intervals * spacing
  if (intervals < 1 || t0 < origin - 1e-9 * spacing || t1 > end + 1e-9 * spacing)
    throw new InputError(`the signals cover ${origin} … ${end}, not ${t0} … ${t1}`, 'integrate within the recorded span')
  return { origin, spacing, values, intervals, length }
}

