import { FRAME, STATUS_NAMES, type STATUS, layout } from './integrator/frame.js'
import { failureMessage } from './failure.js'
import type { GeneratedIntegrator } from './integrator/driver.js'
import type { System } from './integrator/rightHandSide.js'
import { isFixedStep } from './methods/choose.js'
import { type IntegrationOptions, checkedOptions, checkedSignals } from './options.js'

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
  /** How many more events happened than there was room for; absent if none did. */
  readonly lostEvents?: number
  readonly final: { readonly t: number; readonly y: readonly number[] }
  readonly statistics: { readonly accepted: number; readonly rejected: number; readonly evaluations: number }
  /** Sum of the estimated local errors of each state over all steps: the size of the global error where errors neither grow nor decay. */
  readonly errorEstimate: readonly number[]
  /** Present if an explicit method ran at the edge of its stability most of the time. */
  readonly hint?: string
}

/** Where one integration stands in memory; `end` is behind it. */
export interface Lane {
  readonly base: number
  readonly times: number
  readonly count: number
  readonly out: number
  readonly signals: number
  readonly log: number
  readonly capacity: number
  readonly end: number
}

/** Room for events where nothing is said. */
const USUAL_EVENTS = 1000

/** Copies a short array: for a dozen numbers `set` costs ten times as much. */
function put(memory: Float64Array, to: number, values: ArrayLike<number>): void {
  for (let k = 0; k < values.length; k += 1) memory[to + k] = values[k] ?? NaN
}

/**
 * A checked integration: the memory it needs from `base` on, and how to write its input there.
 * @throws InputError for input that no integration can start from.
 */
export function prepareLane(
  system: System, method: string, generated: GeneratedIntegrator, options: IntegrationOptions, base: number,
): { readonly lane: Lane; readonly at: readonly number[] | Float64Array; write(memory: Float64Array): void } {
  const n = system.states.length
  const offsets = layout(n, system.parameters?.length ?? 0)
  const o = checkedOptions(system, isFixedStep(method), options)
  const signals = checkedSignals(system, o.t0, o.t1, options.signals)
  const times = base + generated.frameLength
  const out = times + o.at.length
  const samples = out + o.at.length * n
  const log = samples + signals.length * signals.values.length + 2
  const capacity = system.events === undefined ? 0 : options.maxEvents ?? USUAL_EVENTS
  const lane: Lane = { base, times, count: o.at.length, out, signals: samples, log, capacity, end: log + capacity * (n + 2) }
  return {
    lane,
    at: o.at,
    write(memory) {
      memory[base + FRAME.start] = o.t0
      memory[base + FRAME.end] = o.t1
      memory[base + FRAME.relativeTolerance] = o.rtol
      memory[base + FRAME.step] = o.step
      memory[base + FRAME.largestStep] = o.largestStep
      memory[base + FRAME.maxSteps] = o.maxSteps
      memory[base + FRAME.origin] = signals.origin
      memory[base + FRAME.spacing] = signals.spacing
      memory[base + FRAME.intervals] = signals.intervals
      memory[base + FRAME.stride] = signals.length
      memory[base + FRAME.eventLog] = log
      memory[base + FRAME.eventCapacity] = capacity
      memory[base + FRAME.eventCount] = 0
      put(memory, base + offsets.state, o.y0)
      put(memory, base + offsets.tolerance, o.atol)
      put(memory, base + offsets.parameters, o.parameters)
      put(memory, times, o.at)
      for (let s = 0; s < signals.values.length; s += 1) put(memory, samples + s * signals.length, signals.values[s] ?? [])
      for (const { offset, values } of generated.data) memory.set(values, base + offset)
    },
  }
}

/** So many doubles of memory, every n-th from a position on. */
function column(memory: ArrayLike<number>, from: number, n: number, count: number): Float64Array {
  const values = new Float64Array(count)
  for (let k = 0; k < count; k += 1) values[k] = memory[from + k * n] ?? NaN
  return values
}

/** `n` numbers from a position of memory on. */
function vector(memory: Float64Array, start: number, n: number): readonly number[] {
  const values: number[] = []
  for (let i = 0; i < n; i += 1) values.push(memory[start + i] ?? NaN)
  return values
}

/** Values by name at the end of an integration. */
function valuesAt(system: System, memory: Float64Array, { base, signals }: Lane, t: number, y: readonly number[]): Record<string, number> {
  const offsets = layout(y.length, system.parameters?.length ?? 0)
  const parameters = (system.parameters ?? []).map((name, i) => [name, memory[base + offsets.parameters + i] ?? NaN] as const)
  const frame = (field: keyof typeof FRAME): number => memory[base + FRAME[field]] ?? NaN
  const place = (t - frame('origin')) / frame('spacing')
  const knot = Math.max(0, Math.min(frame('intervals') - 1, Math.floor(place)))
  const driven = (system.signals?.names ?? []).map((name, s) => {
    const [now = NaN, then = NaN] = vector(memory, signals + s * frame('stride') + knot, 2)
    return [name, system.signals?.shape === 'linear' ? now + (place - knot) * (then - now) : now] as const
  })
  return Object.fromEntries([...system.states.map((name, i) => [name, y[i] ?? NaN] as const), ...parameters, ...driven, [system.time ?? 't', t]])
}

/** Events that happened, whether or not there was room for them. */
export const eventsHappened = (memory: Float64Array, { base, capacity }: Lane): number => (capacity === 0 ? 0 : memory[base + FRAME.eventCount] ?? 0)

function eventsOf(system: System, memory: Float64Array, lane: Lane): Integration['events'] {
  const { base, log, capacity } = lane
  const n = system.states.length
  const found: Integration['events'][number][] = []
  const count = Math.min(capacity, eventsHappened(memory, lane))
  for (let entry = log; found.length < count; entry += n + 2)
    found.push({ name: system.events?.[memory[entry] ?? 0]?.name ?? '', t: memory[entry + 1] ?? NaN, y: vector(memory, entry + 2, n) })
  const direction = Math.sign((memory[base + FRAME.time] ?? NaN) - (memory[base + FRAME.start] ?? NaN))
  return found.sort((a, b) => (a.t - b.t) * direction)
}

const NO_EVENTS: Integration['events'] = []

/** Reads the result of an integration out of memory; without iterators and spreads in the usual case, since ensembles call it often. */
export function readLane(
  system: System, method: string, memory: Float64Array, place: Lane, at: readonly number[] | Float64Array,
): Integration {
  const n = system.states.length
  const { base } = place
  const offsets = layout(n, system.parameters?.length ?? 0)
  const code = memory[base + FRAME.status] ?? NaN
  const status = STATUS_NAMES[code]
  if (status === undefined || status === 'running') throw new TypeError(`integration ended with status ${code}`)
  const y = vector(memory, base + offsets.state, n)
  const t = memory[base + FRAME.time] ?? NaN
  const written = memory[base + FRAME.written] ?? NaN
  const columns: Float64Array[] = []
  for (let i = 0; i < n; i += 1) columns.push(column(memory, place.out + i, n, written))
  const lost = eventsHappened(memory, place) - place.capacity
  const usual: Integration = {
    method,
    status,
    t: column(at, 0, 1, written),
    y: columns,
    events: place.capacity === 0 ? NO_EVENTS : eventsOf(system, memory, place),
    ...(lost > 0 ? { lostEvents: lost } : {}),
    final: { t, y },
    statistics: {
      accepted: memory[base + FRAME.accepted] ?? NaN,
      rejected: memory[base + FRAME.rejected] ?? NaN,
      evaluations: memory[base + FRAME.evaluations] ?? NaN,
    },
    errorEstimate: vector(memory, base + offsets.error, n),
  }
  const hits = memory[base + FRAME.stiffnessHits] ?? NaN
  const edge = status !== 'chattering' && hits > 4 && hits > 0.5 * (memory[base + FRAME.stiffnessTests] ?? NaN)
  if (!edge && (status === 'completed' || status === 'event')) return usual
  const hint = edge ? `the problem is stiff for ${method}: its step is held down by stability, not accuracy; use method rodas5p` : undefined
  if (status === 'completed' || status === 'event') return { ...usual, ...(hint === undefined ? {} : { hint }) }
  const step = Math.abs(memory[base + FRAME.lastStep] ?? NaN)
  const atStart = memory[base + FRAME.accepted] === 0
  const message = failureMessage(system, method, status, { t, y, step, atStart, values: valuesAt(system, memory, place, t, y) }, hint)
  return { ...usual, failure: { message, t, y }, ...(hint === undefined ? {} : { hint }) }
}
