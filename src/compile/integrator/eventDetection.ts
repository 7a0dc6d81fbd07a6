import { type Local, type Node, type Statement, f64, i32, loop, set, toMemory, when } from '../ir.js'
import { type Context, V, frame, toFrame } from './context.js'
import { STATUS } from './frame.js'
import type { Method } from './method.js'
import type { Index, Vector } from './vectors.js'

/** Halvings of the step: a double's mantissa. */
const BISECTIONS = 53
/** A position behind every step. */
const NEVER = 2

const before = (e: number): Local => f64(`event_${e}`)
const after = (e: number): Local => f64(`event_next_${e}`)
const position = (e: number): Local => f64(`event_theta_${e}`)

const events = (c: Context): NonNullable<typeof c.rhs.system.events> => c.rhs.system.events ?? []

/** Values of the event functions at the start. */
export function startEvents(c: Context): readonly Statement[] {
  if (events(c).length === 0) return []
  const values = c.rhs.values(events(c).map((e) => e.zero), c.g.read(V.t), (i) => c.y.at(i))
  return [set(...values.map((v, e) => [before(e), v] as const), [toFrame(c, 'eventCount'), c.g.constant(0)])]
}

/** Whether an event function passed zero in its direction between two values; a start at zero is no event. */
function crossed({ g }: Context, direction: 'rising' | 'falling' | 'any', from: Node, to: Node): Node {
  const zero = g.constant(0)
  const rising = g.and(g.lt(from, zero), g.le(zero, to))
  const falling = g.and(g.lt(zero, from), g.le(to, zero))
  if (direction === 'any') return g.or(rising, falling)
  return direction === 'rising' ? rising : falling
}

/** State at `V.theta` into `located`. */
function interpolate(c: Context, method: Method, located: Vector): readonly Statement[] {
  const weights = method.outputWeights()
  return [...(weights.length > 0 ? [set(...weights)] : []), ...c.v.each((i: Index) => [[located.place(i), method.interpolated(i)]])]
}

/** Bisection of the step for the crossing of event e; leaves its position, behind the crossing by less than roundoff. */
function locate(c: Context, method: Method, located: Vector, e: number): readonly Statement[] {
  const { g } = c
  const { read, add, mul } = g
  const event = events(c)[e]
  if (event === undefined) return []
  const [low, high, count] = [f64('low'), f64('high'), i32('halvings')]
  const time = add(read(V.t), mul(read(V.theta), read(V.h)))
  const value = f64('event_value')
  const values = c.rhs.values([event.zero], time, (i) => located.at(i))
  return [
    set([low, g.constant(0)], [high, g.constant(1)], [count, g.int(0)]),
    loop(g.apply('ilt', read(count), g.int(BISECTIONS)), [
      set([V.theta, mul(g.constant(0.5), add(read(low), read(high)))]),
      ...interpolate(c, method, located),
      set(...values.map((v) => [value, v] as const)),
      when(crossed(c, 'any', read(before(e)), read(value)), [set([high, read(V.theta)])], [set([low, read(V.theta)])]),
      set([count, g.plus(read(count), 1)]),
    ]),
    set([position(e), read(high)]),
  ]
}

/** Writes event e at its position to the log if there is room; the count goes on beyond the room. */
function record(c: Context, method: Method, located: Vector, e: number): readonly Statement[] {
  const { g, v } = c
  const { read, add, mul } = g
  const entry = i32('entry')
  const size = v.length + 2
  const number = frame(c, 'eventCount')
  const time = add(read(V.t), mul(read(position(e)), read(V.h)))
  return [
    when(g.lt(number, frame(c, 'eventCapacity')), [
      set([V.theta, read(position(e))]),
      ...interpolate(c, method, located),
      set([entry, g.apply('toI32', add(frame(c, 'eventLog'), mul(number, g.constant(size))))]),
      set([toMemory(read(entry), 0), g.constant(e)], [toMemory(read(entry), 1), time]),
      ...v.each((i) => [[typeof i === 'number' ? toMemory(read(entry), i + 2) : toMemory(g.plus(read(entry), i), 2), located.at(i)]]),
    ]),
    set([toFrame(c, 'eventCount'), add(number, g.constant(1))]),
  ]
}

/** Finds the events of an accepted step; the first terminal one cuts the step short and ends the integration. */
export function detectEvents(c: Context, method: Method): readonly Statement[] {
  const { g, v } = c
  const { read, add, mul, lt, le } = g
  if (events(c).length === 0) return []
  const located = v.make('located')
  const stop = f64('stop')
  const values = c.rhs.values(events(c).map((e) => e.zero), read(V.next), (i) => c.next.at(i))
  const passed = events(c).map((e, j) => crossed(c, e.direction, read(before(j)), read(after(j))))
  const terminal = events(c).flatMap((e, j) => (e.terminal ? [read(position(j))] : []))
  const some = passed.reduce((a, b) => g.or(a, b))
  return [
    set(...values.map((value, j) => [after(j), value] as const)),
    when(some, [
      ...method.prepareOutput(),
      ...passed.flatMap((p, j) => [set([position(j), g.constant(NEVER)]), when(p, locate(c, method, located, j))]),
      set([stop, terminal.reduce((a, b) => g.min(a, b), g.constant(NEVER))]),
      ...events(c).map((_, j) =>
        when(g.and(le(read(position(j)), g.constant(1)), le(read(position(j)), read(stop))), record(c, method, located, j))),
      when(lt(read(stop), g.constant(NEVER)), [
        set([V.theta, read(stop)]),
        ...interpolate(c, method, located),
        ...v.each((i) => [[c.next.place(i), located.at(i)]]),
        set([V.next, add(read(V.t), mul(read(stop), read(V.h)))], [V.status, g.int(STATUS.event)]),
      ]),
    ]),
    set(...values.map((_, j) => [before(j), read(after(j))] as const)),
  ]
}
