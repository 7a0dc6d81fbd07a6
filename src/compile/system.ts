import { type Executable, type Target, RESERVED, load } from './executable.js'
import { FRAME, STATUS, layout } from './integrator/frame.js'
import type { System } from './integrator/rightHandSide.js'
import { generate, generationKey, isFixedStep } from './methods/choose.js'
import { DEFAULT_RTOL, type IntegrationOptions, checkedOptions, checkedSignals, count } from './options.js'
import type { Entry } from './wasm/engine.js'

export type { SignalShape, System } from './integrator/rightHandSide.js'
export type { IntegrationOptions, Signals } from './options.js'

export type IntegrationStatus = Exclude<keyof typeof STATUS, 'running'>

export interface Integration {
  /** Method that computed it. */
  readonly method: string
  readonly status: IntegrationStatus
  /** Where and why it ended early; what was computed until then is in `t` and `y`. */
  readonly failure?: { readonly message: string; readonly t: number; readonly y: readonly number[] }
  /** The requested times that were reached. */
  readonly t: Float64Array
  /** y[i] is state i at these times. */
  readonly y: readonly Float64Array[]
  /** Events in order of time. */
  readonly events: readonly { readonly name: string; readonly t: number; readonly y: readonly number[] }[]
  readonly final: { readonly t: number; readonly y: readonly number[] }
  readonly statistics: { readonly accepted: number; readonly rejected: number; readonly evaluations: number }
  /** Sum of the estimated local errors of each state over all steps: the size of the global error where errors neither grow nor decay. */
  readonly errorEstimate: readonly number[]
  /** Present if an explicit method ran at the edge of its stability most of the time. */
  readonly hint?: string
}

export interface CompiledSystem {
  readonly system: System
  readonly method: string
  /** @throws InputError for input that no integration can start from. */
  integrate(options: IntegrationOptions): Integration
}

const REMEDY: Readonly<Record<Exclude<IntegrationStatus, 'completed' | 'event'>, readonly [string, string]>> = {
  stepLimit: ['the limit on steps was reached', 'raise maxSteps, loosen the tolerances, or use a stiff method'],
  notFinite: ['the right-hand side or the solution is not finite', 'end before the singularity, or mend the equation or its parameters'],
  stepUnderflow: ['the step size fell below roundoff', 'the solution blows up here, or the tolerances are too tight, or the problem needs a stiff method'],
}

/** One generated integrator, loaded. */
interface Loaded {
  readonly method: string
  readonly frameLength: number
  readonly executable: Executable
  readonly entry: Entry
  readonly prepare: (memory: Float64Array, base: number) => void
}

/** Limit on steps of the explicit attempt of the automatic choice. */
const PATIENCE = 20_000

/** The explicit method that is cheapest at a tolerance, by the work–precision comparison in test/bench. */
const explicitFor = (rtol: number): string => (rtol > 1e-6 ? 'tsit5' : rtol > 1e-8 ? 'dop853' : 'vern9')

const OFFSETS: ReadonlyMap<string, number> = new Map(Object.entries(FRAME))
const offsetOf = (field: string): number => OFFSETS.get(field) ?? 0

/** Reads the result of an integration out of memory. */
function report(system: System, method: string, memory: Float64Array, place: { out: number; log: number; capacity: number }, at: readonly number[] | Float64Array): Integration {
  const [n, m] = [system.states.length, system.parameters?.length ?? 0]
  const offsets = layout(n, m)
  const get = (field: keyof typeof FRAME): number => memory[RESERVED + FRAME[field]] ?? NaN
  const vector = (start: number): readonly number[] => [...memory.subarray(start, start + n)]
  const code = get('status')
  const status = (Object.keys(STATUS) as (keyof typeof STATUS)[]).find((s) => STATUS[s] === code)
  if (status === undefined || status === 'running') throw new TypeError(`integration ended with status ${code}`)
  const y = vector(RESERVED + offsets.state)
  const [start, t, written] = [get('start'), get('time'), get('written')]
  const shown = y.slice(0, 4).map((v) => v.toPrecision(6)).join(', ') + (n > 4 ? ', …' : '')
  const edge = get('stiffnessHits') > 4 && get('stiffnessHits') > 0.5 * get('stiffnessTests')
  const events = Array.from({ length: Math.min(place.capacity, get('eventCount')) }, (_, k) => {
    const entry = place.log + k * (n + 2)
    return { name: system.events?.[memory[entry] ?? 0]?.name ?? '', t: memory[entry + 1] ?? NaN, y: vector(entry + 2) }
  })
  return {
    method,
    status,
    ...(status === 'completed' || status === 'event' ? {} : { failure: { message: `${REMEDY[status][0]} at t = ${t}, y = (${shown}) — ${REMEDY[status][1]}`, t, y } }),
    t: Float64Array.from(at.slice(0, written)),
    y: system.states.map((_, i) => Float64Array.from({ length: written }, (_, k) => memory[place.out + k * n + i] ?? NaN)),
    events: events.sort((a, b) => (a.t - b.t) * Math.sign(t - start)),
    final: { t, y },
    statistics: { accepted: get('accepted'), rejected: get('rejected'), evaluations: get('evaluations') },
    errorEstimate: vector(RESERVED + offsets.error),
    ...(edge ? { hint: `the problem is stiff for ${method}: its step is held down by stability, not accuracy — use method rodas5p` } : {}),
  }
}

/**
 * Compiles a system of ordinary differential equations to code that runs the whole integration.
 * @param method one of `METHODS`, or `auto`: an explicit method by the tolerance, the stiff one where that fails.
 * @param rtol tolerance that a method of automatic order is generated for ahead of time.
 * @throws InputError for an unknown method or a right-hand side with a quantity that is neither state, parameter, signal nor time.
 */
export function compileSystem(
  system: System,
  { target = 'wasm', method = 'dopri5', rtol = DEFAULT_RTOL }: { readonly target?: Target; readonly method?: string; readonly rtol?: number } = {},
): CompiledSystem {
  if (system.external === undefined) count('right-hand sides', system.rhs.length, system.states.length)
  const offsets = layout(system.states.length, system.parameters?.length ?? 0)
  const n = system.states.length
  const cache = new Map<string, Loaded>()
  const loaded = (name: string, tolerance: number): Loaded => {
    const key = generationKey(name, tolerance)
    const known = cache.get(key)
    if (known !== undefined) return known
    const { program, frameLength, prepare } = generate(system, name, tolerance)
    const executable = load(program, target)
    const made = { method: name, frameLength, prepare, executable, entry: executable.entry('integrate') }
    cache.set(key, made)
    return made
  }

  const run = ({ method: name, frameLength, prepare, executable, entry }: Loaded, options: IntegrationOptions): Integration => {
    const o = checkedOptions(system, isFixedStep(name), options)
    const signals = checkedSignals(system, o.t0, o.t1, options.signals)
    const times = RESERVED + frameLength
    const out = times + o.at.length
    const samples = out + o.at.length * n
    const log = samples + signals.length * signals.values.length + 2
    const capacity = system.events === undefined ? 0 : options.maxEvents ?? 1000
    const memory = executable.memory(log + capacity * (n + 2))
    const fields: Partial<Record<keyof typeof FRAME, number>> = {
      start: o.t0, end: o.t1, relativeTolerance: o.rtol, step: o.step, largestStep: o.largestStep, maxSteps: o.maxSteps,
      origin: signals.origin, spacing: signals.spacing, intervals: signals.intervals, stride: signals.length,
      eventLog: log, eventCapacity: capacity, eventCount: 0,
    }
    for (const [field, value] of Object.entries(fields)) memory[RESERVED + offsetOf(field)] = value
    memory.set(o.y0, RESERVED + offsets.state)
    prepare(memory, RESERVED)
    memory.set(o.atol, RESERVED + offsets.tolerance)
    memory.set(o.parameters, RESERVED + offsets.parameters)
    memory.set(o.at, times)
    for (const [s, v] of signals.values.entries()) memory.set(v, samples + s * signals.length)
    entry(RESERVED, times, o.at.length, out, samples)
    return report(system, name, memory, { out, log, capacity }, o.at)
  }

  const automatic = (options: IntegrationOptions): Integration => {
    const tolerance = options.rtol ?? rtol
    const limit = options.maxSteps ?? Infinity
    const explicit = run(loaded(explicitFor(tolerance), tolerance), { ...options, rtol: tolerance, maxSteps: Math.min(limit, PATIENCE) })
    const tired = explicit.status === 'stepLimit' && limit > PATIENCE
    if (!tired && explicit.hint === undefined) return explicit
    const stiff = (system.signals?.names.length ?? 0) === 0 && (system.events?.length ?? 0) === 0
    return stiff ? run(loaded('rodas5p', tolerance), options) : run(loaded(explicitFor(tolerance), tolerance), options)
  }

  if (method === 'auto') return { system, method, integrate: automatic }
  loaded(method, rtol)
  return { system, method, integrate: (options) => run(loaded(method, options.rtol ?? rtol), { rtol, ...options }) }
}
