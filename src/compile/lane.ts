import { FRAME, type STATUS, layout } from './integrator/frame.js'
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
  readonly final: { readonly t: number; readonly y: readonly number[] }
  readonly statistics: { readonly accepted: number; readonly rejected: number; readonly evaluations: number }
  /** Sum of the estimated local errors of each state over all steps: the size of the global error where errors neither grow nor decay. */
  readonly errorEstimate: readonly number[]
  /** Present if an explicit method ran at the edge of its stability most of the time. */
  readonly hint?: string
}

const REMEDY: Readonly<Record<Exclude<IntegrationStatus, 'completed' | 'event'>, readonly [string, string]>> = {
  stepLimit: ['the limit on steps was reached', 'raise maxSteps, loosen the tolerances, or use a stiff method'],
  notFinite: ['the right-hand side or the solution is not finite', 'end before the singularity, or mend the equation or its parameters'],
  stepUnderflow: [
    'the step size fell below roundoff',
    'the solution blows up here, or the tolerances are too tight, or the problem needs a stiff method',
  ],
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

/** Names of the status codes, which count from 0. */
const STATUS_NAMES =
  ['running', 'completed', 'stepLimit', 'notFinite', 'stepUnderflow', 'event'] as const satisfies readonly (keyof typeof STATUS)[]

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
  const capacity = system.events === undefined ? 0 : options.maxEvents ?? 1000
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
      memory.set(o.y0, base + offsets.state)
      memory.set(o.atol, base + offsets.tolerance)
      memory.set(o.parameters, base + offsets.parameters)
      memory.set(o.at, times)
      for (const [s, v] of signals.values.entries()) memory.set(v, samples + s * signals.length)
      for (const { offset, values } of generated.external?.data ?? []) memory.set(values, base + offset)
    },
  }
}

/** So many doubles of memory, every n-th from a position on. */
function column(memory: Float64Array, from: number, n: number, count: number): Float64Array {
  const values = new Float64Array(count)
  for (let k = 0; k < count; k += 1) values[k] = memory[from + k * n] ?? NaN
  return values
}

/** Reads the result of an integration out of memory. */
export function readLane(
  system: System, method: string, memory: Float64Array, place: Lane, at: readonly number[] | Float64Array,
): Integration {
  const [n, m] = [system.states.length, system.parameters?.length ?? 0]
  const offsets = layout(n, m)
  const get = (field: keyof typeof FRAME): number => memory[place.base + FRAME[field]] ?? NaN
  const vector = (start: number): readonly number[] => [...memory.subarray(start, start + n)]
  const code = get('status')
  const status = STATUS_NAMES[code]
  if (status === undefined || status === 'running') throw new TypeError(`integration ended with status ${code}`)
  const y = vector(place.base + offsets.state)
  const [start, t, written] = [get('start'), get('time'), get('written')]
  const shown = (): string => y.slice(0, 4).map((v) => v.toPrecision(6)).join(', ') + (n > 4 ? ', …' : '')
  const edge = get('stiffnessHits') > 4 && get('stiffnessHits') > 0.5 * get('stiffnessTests')
  const events = Array.from({ length: Math.min(place.capacity, get('eventCount')) }, (_, k) => {
    const entry = place.log + k * (n + 2)
    return { name: system.events?.[memory[entry] ?? 0]?.name ?? '', t: memory[entry + 1] ?? NaN, y: vector(entry + 2) }
  })
  return {
    method,
    status,
    ...(status === 'completed' || status === 'event'
      ? {}
      : { failure: { message: `${REMEDY[status][0]} at t = ${t}, y = (${shown()}) — ${REMEDY[status][1]}`, t, y } }),
    t: new Float64Array(at.slice(0, written)),
    y: system.states.map((_, i) => column(memory, place.out + i, n, written)),
    events: events.sort((a, b) => (a.t - b.t) * Math.sign(t - start)),
    final: { t, y },
    statistics: { accepted: get('accepted'), rejected: get('rejected'), evaluations: get('evaluations') },
    errorEstimate: vector(place.base + offsets.error),
    ...(edge
      ? { hint: `the problem is stiff for ${method}: its step is held down by stability, not accuracy — use method rodas5p` }
      : {}),
  }
}
