import { InputError } from '../errors.js'
import { type Target, RESERVED, load } from './executable.js'
import { FRAME, STATUS, layout } from './integrator/frame.js'
import type { System } from './integrator/rightHandSide.js'
import { generate } from './methods/choose.js'
import { TABLEAUS } from './methods/index.js'

export type { SignalShape, System } from './integrator/rightHandSide.js'

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
}

export type IntegrationStatus = Exclude<keyof typeof STATUS, 'running'>

export interface Integration {
  readonly status: IntegrationStatus
  /** Where and why it ended early; what was computed until then is in `t` and `y`. */
  readonly failure?: { readonly message: string; readonly t: number; readonly y: readonly number[] }
  /** The requested times that were reached. */
  readonly t: Float64Array
  /** y[i] is state i at these times. */
  readonly y: readonly Float64Array[]
  readonly final: { readonly t: number; readonly y: readonly number[] }
  readonly statistics: { readonly accepted: number; readonly rejected: number; readonly evaluations: number }
  /** Sum of the estimated local errors of each state over all steps: the size of the global error where errors neither grow nor decay. */
  readonly errorEstimate: readonly number[]
}

export interface CompiledSystem {
  readonly system: System
  readonly method: string
  /** @throws InputError for input that no integration can start from. */
  integrate(options: IntegrationOptions): Integration
}

const REMEDY: Readonly<Record<Exclude<IntegrationStatus, 'completed'>, readonly [string, string]>> = {
  stepLimit: ['the limit on steps was reached', 'raise maxSteps, loosen the tolerances, or use a stiff method'],
  notFinite: ['the right-hand side or the solution is not finite', 'end before the singularity, or mend the equation or its parameters'],
  stepUnderflow: ['the step size fell below roundoff', 'the solution blows up here, or the tolerances are too tight, or the problem needs a stiff method'],
}

const finite = (what: string, values: Iterable<number>): void => {
  for (const v of values) if (!Number.isFinite(v)) throw new InputError(`${what} is ${v}`, 'give finite numbers')
}

function count(what: string, found: number, wanted: number): void {
  if (found !== wanted) throw new InputError(`${found} ${what} given`, `give ${wanted}`)
}

/** The options with every default filled in, checked. */
function checked(system: System, fixed: boolean, options: IntegrationOptions): Required<Omit<IntegrationOptions, 'signals' | 'atol'>> & { atol: readonly number[] } {
  const n = system.states.length
  const { y0, parameters = [], t0 = 0, t1, at = [t1], rtol = 1e-9, atol = 1e-12, maxSteps = 1_000_000 } = options
  count('initial values', y0.length, n)
  count('parameters', parameters.length, system.parameters?.length ?? 0)
  finite('an initial value', y0)
  finite('a parameter', parameters)
  finite('a bound of the time span', [t0, t1])
  const tolerances = typeof atol === 'number' ? Array.from({ length: n }, () => atol) : atol
  count('absolute tolerances', tolerances.length, n)
  if (!(rtol >= 0) || tolerances.some((a) => !(a >= 0)) || tolerances.some((a) => a + rtol === 0)) throw new InputError('a tolerance is not positive', 'give rtol and atol > 0')
  if (!fixed && rtol < 20 * Number.EPSILON && tolerances.some((a) => a < 20 * Number.EPSILON * 1e-3))
    throw new InputError(`rtol = ${rtol} is below roundoff`, `give at least ${(20 * Number.EPSILON).toExponential(1)}`)
  const step = options.step ?? (fixed ? Math.abs(t1 - t0) / 1000 : 0)
  if (!(step >= 0) || (fixed && step === 0 && t1 !== t0)) throw new InputError(`step = ${step}`, 'give a positive step')
  if (!(maxSteps >= 1)) throw new InputError(`maxSteps = ${maxSteps}`, 'give at least 1')
  const direction = Math.sign(t1 - t0)
  let previous = t0
  for (const t of at) {
    if (!((t - previous) * direction >= 0) || (t1 - t) * direction < 0) throw new InputError(`output time ${t} is out of order`, 'give times in order between t0 and t1')
    previous = t
  }
  return { y0, parameters, t0, t1, at, rtol, atol: tolerances, step, largestStep: options.largestStep ?? Math.abs(t1 - t0), maxSteps }
}

function checkedSignals(system: System, t0: number, t1: number, signals: Signals | undefined): Signals & { readonly intervals: number; readonly length: number } {
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

/**
 * Compiles a system of ordinary differential equations with one method to code that runs the whole integration.
 * @param method name of an explicit Runge–Kutta method (`dopri5`, `rk4` with fixed step …).
 * @throws InputError for an unknown method or a right-hand side with a quantity that is neither state, parameter, signal nor time.
 */
export function compileSystem(system: System, { target = 'wasm', method = 'dopri5' }: { readonly target?: Target; readonly method?: string } = {}): CompiledSystem {
  count('right-hand sides', system.rhs.length, system.states.length)
  const integrator = generate(system, method)
  const executable = load(integrator.program, target)
  const entry = executable.entry('integrate')
  const [n, m] = [system.states.length, system.parameters?.length ?? 0]
  const offsets = layout(n, m)
  const fixed = TABLEAUS[method]?.errors.length === 0

  const integrate = (options: IntegrationOptions): Integration => {
    const o = checked(system, fixed, options)
    const signals = checkedSignals(system, o.t0, o.t1, options.signals)
    const times = RESERVED + integrator.frameLength
    const out = times + o.at.length
    const samples = out + o.at.length * n
    const memory = executable.memory(samples + signals.length * signals.values.length + 2)
    const put = (offset: number, value: number): void => {
      memory[RESERVED + offset] = value
    }
    put(FRAME.start, o.t0)
    put(FRAME.end, o.t1)
    put(FRAME.relativeTolerance, o.rtol)
    put(FRAME.step, o.step)
    put(FRAME.largestStep, o.largestStep)
    put(FRAME.maxSteps, o.maxSteps)
    put(FRAME.origin, signals.origin)
    put(FRAME.spacing, signals.spacing)
    put(FRAME.intervals, signals.intervals)
    put(FRAME.stride, signals.length)
    memory.set(o.y0, RESERVED + offsets.state)
    memory.set(o.atol, RESERVED + offsets.tolerance)
    memory.set(o.parameters, RESERVED + offsets.parameters)
    memory.set(o.at, times)
    for (const [s, v] of signals.values.entries()) memory.set(v, samples + s * signals.length)
    entry(RESERVED, times, o.at.length, out, samples)
    return report(memory, out, o.at)
  }

  const report = (memory: Float64Array, out: number, at: readonly number[] | Float64Array): Integration => {
    const get = (offset: number): number => memory[RESERVED + offset] ?? NaN
    const written = get(FRAME.written)
    const code = get(FRAME.status)
    const status = (Object.keys(STATUS) as (keyof typeof STATUS)[]).find((s) => STATUS[s] === code)
    if (status === undefined || status === 'running') throw new TypeError(`integration ended with status ${code}`)
    const y = [...memory.subarray(RESERVED + offsets.state, RESERVED + offsets.state + n)]
    const t = get(FRAME.time)
    const shown = y.slice(0, 4).map((v) => v.toPrecision(6)).join(', ') + (n > 4 ? ', …' : '')
    return {
      status,
      ...(status === 'completed' ? {} : { failure: { message: `${REMEDY[status][0]} at t = ${t}, y = (${shown}) — ${REMEDY[status][1]}`, t, y } }),
      t: Float64Array.from(at.slice(0, written)),
      y: system.states.map((_, i) => Float64Array.from({ length: written }, (_, k) => memory[out + k * n + i] ?? NaN)),
      final: { t, y },
      statistics: { accepted: get(FRAME.accepted), rejected: get(FRAME.rejected), evaluations: get(FRAME.evaluations) },
      errorEstimate: [...memory.subarray(RESERVED + offsets.error, RESERVED + offsets.error + n)],
    }
  }

  return { system, method, integrate }
}
