import type { Graph } from '../graph.js'
import { type Local, type Node, type Place, f64, i32, toMemory } from '../ir.js'
import { FRAME, layout } from './frame.js'
import type { RightHandSide } from './rightHandSide.js'
import type { Index, Vector, Vectors } from './vectors.js'

/** Distance of 1 to the next double. */
export const ROUNDOFF = 2 ** -52

/** Variables that the driver of an integration and its method share. */
export const V = {
  /** Time and size of the step under way, and its end. */
  t: f64('t'),
  h: f64('h'),
  next: f64('t_next'),
  /** Size (unsigned) to try next. */
  proposed: f64('proposed'),
  direction: f64('direction'),
  /** Where the step must stop: the end of the integration or the next knot of the signals. */
  limit: f64('limit'),
  hits: i32('hits'),
  /** Error norm of the attempt in units of the tolerance, and the logarithm of the last accepted one. */
  error: f64('error'),
  previous: f64('previous'),
  afterRejection: i32('after_rejection'),
  status: i32('status'),
  steps: f64('steps'),
  rejected: f64('rejected'),
  evaluations: f64('evaluations'),
  written: i32('written'),
  segment: i32('segment'),
  stiffnessTests: f64('stiffness_tests'),
  stiffnessHits: f64('stiffness_hits'),
  /** Position of the output within the step, 0 to 1. */
  theta: f64('theta'),
} as const

/** Arguments of `integrate`: memory positions of the frame, the output times, the output and the signals, and the number of times. */
export const ARGUMENT = { base: i32('base'), times: i32('times'), count: i32('count'), out: i32('out'), signals: i32('signals') } as const

/** What every part of an integrator works with. */
export interface Context {
  readonly g: Graph
  readonly v: Vectors
  readonly rhs: RightHandSide
  readonly offsets: ReturnType<typeof layout>
  /** State at the start and at the end of the step. */
  readonly y: Vector
  readonly next: Vector
  /** State handed to a right-hand side that is a routine of its own. */
  readonly scratch: { readonly vector: Vector; readonly offset: number } | undefined
  /** Where events need it: a state within the step, and the offset of the values of the event functions and their slopes. */
  readonly located: Vector
  readonly eventValues: number
}

export const frame = (c: Context, field: keyof typeof FRAME): Node => c.g.load(c.g.read(ARGUMENT.base), FRAME[field])
export const toFrame = (c: Context, field: keyof typeof FRAME): Place => toMemory(c.g.read(ARGUMENT.base), FRAME[field])
export const increment = (c: Context, local: Local, by = 1): readonly [Local, Node] => [local, c.g.add(c.g.read(local), c.g.constant(by))]

/** Tolerance of a component whose values are of this size. */
export const tolerance = (c: Context, i: Index, size: Node): Node =>
  c.g.add(c.v.inMemory(c.offsets.tolerance).at(i), c.g.mul(frame(c, 'relativeTolerance'), size))

/** Tolerance of a component for a step from y to next; NaN where next is, which a comparison tells at less cost than a maximum. */
export const stepTolerance = (c: Context, i: Index): Node => {
  const [before, after] = [c.g.abs(c.y.at(i)), c.g.abs(c.next.at(i))]
  return tolerance(c, i, c.g.select(c.g.lt(after, before), before, after))
}
