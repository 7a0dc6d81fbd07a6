/**
 * The block of memory that an integration reads and writes: these scalars, then n states (initial, at the end final), n absolute
 * tolerances, n accumulated local errors, the parameters, and work space.
 */
export const FRAME = {
  start: 0,
  end: 1,
  relativeTolerance: 2,
  /** First step of an adaptive method (0: chosen by the method), the step of a fixed one. */
  step: 3,
  largestStep: 4,
  maxSteps: 5,
  /** Uniform grid of the recorded signals: first knot, spacing, number of intervals, and values stored a signal. */
  origin: 6,
  spacing: 7,
  intervals: 8,
  stride: 9,
  /** Results. */
  status: 10,
  time: 11,
  lastStep: 12,
  accepted: 13,
  rejected: 14,
  evaluations: 15,
  written: 16,
  /** Tests for stiffness made, and how many found the step at the edge of stability. */
  stiffnessTests: 17,
  stiffnessHits: 18,
  /** Log of events: position, capacity in events, number found; an entry is the event's number, the time and the state. */
  eventLog: 19,
  eventCapacity: 20,
  eventCount: 21,
} as const
export const FRAME_SIZE = 24

/** How an integration ended, as the module reports it. */
export const STATUS = { running: 0, completed: 1, stepLimit: 2, notFinite: 3, stepUnderflow: 4, event: 5, chattering: 6 } as const

/** Names of the status codes, which count from 0. */
export const STATUS_NAMES =
  ['running', 'completed', 'stepLimit', 'notFinite', 'stepUnderflow', 'event', 'chattering'] as const satisfies readonly (keyof typeof STATUS)[]

/** Offsets of the vectors behind the scalars for n states and m parameters. */
export function layout(n: number, m: number): {
  readonly state: number
  readonly tolerance: number
  readonly error: number
  readonly parameters: number
  readonly work: number
} {
  const parameters = FRAME_SIZE + 3 * n
  return { state: FRAME_SIZE, tolerance: FRAME_SIZE + n, error: FRAME_SIZE + 2 * n, parameters, work: parameters + m }
}
