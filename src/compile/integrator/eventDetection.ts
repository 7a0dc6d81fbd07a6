import { type Node, type Statement, f64, i32, loop, set, toMemory, when, whenRarely } from '../ir.js'
import { type Context, V, frame, toFrame } from './context.js'
import { type Look, copyLook, eventsOf, look, lookAt, lookInTheMiddle, lookWithin, picked } from './eventLook.js'
import { interpolate, preparePath } from './eventPath.js'
import { AT_HIGH, AT_LOW, HIGH, LOW, SEARCH, searchPart, turns, zeroOf } from './eventSearch.js'
import { STATUS } from './frame.js'
import type { Method } from './method.js'

/** What the event functions are at the ends of the step, and at the right end of what is searched. */
const BEFORE = look('before')
const AFTER = look('after')
const RIGHT = look('right')
const WIDTH = f64('part_width')
/** Position of the first terminal event. */
const STOP = f64('stop')

/** The event functions at the start. */
export function startEvents(c: Context): readonly Statement[] {
  if (eventsOf(c).length === 0) return []
  return [...lookAt(c, BEFORE, c.g.read(V.t), c.y), set([toFrame(c, 'eventCount'), c.g.constant(0)])]
}

const anyOf = (c: Context, of: (e: number) => Node): Node => eventsOf(c).map((_, e) => of(e)).reduce((a, b) => c.g.or(a, b))

/** Whether function e has one sign at two looks. */
const keepsSign = ({ g }: Context, e: number, start: Look, end: Look): Node =>
  g.lt(g.constant(0), g.mul(g.apply('copysign', g.constant(1), g.read(start.value(e))), g.read(end.value(e))))

/** Whether the slopes of function e at two looks reach to zero and back within so many steps. */
function reaches({ g }: Context, e: number, start: Look, end: Look, steps: number): Node {
  const { read, add, mul, abs } = g
  const steepest = g.max(abs(read(start.slope(e))), abs(read(end.slope(e))))
  return g.le(add(abs(read(start.value(e))), abs(read(end.value(e)))), mul(g.constant(SEARCH.reach * steps), mul(abs(read(V.h)), steepest)))
}

/** Whether a function may vanish in the step: its ends differ in sign, or their slopes reach to zero and back. */
const mayVanish = (c: Context): Node =>
  anyOf(c, (e) => c.g.or(reaches(c, e, BEFORE, AFTER, 1), c.g.not(keepsSign(c, e, BEFORE, AFTER))))

/** Whether a function that is a cubic, as far as its middle tells, may vanish in a half: a change of sign, a turn that it reaches, or a middle near zero. */
function mayVanishInHalves(c: Context): Node {
  const { g } = c
  const { read, add, abs, mul } = g
  return anyOf(c, (e) => {
    const value = (at: Look): Node => abs(read(at.value(e)))
    const near = g.le(value(AT_HIGH), mul(g.constant(SEARCH.resolved), add(value(AT_LOW), value(RIGHT))))
    const half = (start: Look, end: Look): Node =>
      g.or(g.not(keepsSign(c, e, start, end)), g.and(turns(c, g.int(e), start, end), reaches(c, e, start, end, 1 / 2)))
    return g.or(near, g.or(half(AT_LOW, AT_HIGH), half(AT_HIGH, RIGHT)))
  })
}

/**
 * Whether a function is not what the cubic through values and slopes of its ends says: in the middle, and by Simpson's rule for its slope.
 * True as well where it is not finite.
 */
function unresolved(c: Context): Node {
  const { g } = c
  const { read, mul, add, sub, abs, le } = g
  const eighth = mul(g.constant(1 / 8), mul(read(WIDTH), read(V.h)))
  return anyOf(c, (e) => {
    const [value, slope] = [(at: Look) => read(at.value(e)), (at: Look) => mul(eighth, read(at.slope(e)))]
    const cubic = add(mul(g.constant(0.5), add(value(AT_LOW), value(RIGHT))), sub(slope(AT_LOW), slope(RIGHT)))
    const rise = mul(g.constant(4 / 3), add(add(slope(AT_LOW), slope(RIGHT)), mul(g.constant(4), slope(AT_HIGH))))
    const defect = g.max(abs(sub(value(AT_HIGH), cubic)), abs(sub(sub(value(RIGHT), value(AT_LOW)), rise)))
    const size = g.sum([AT_LOW, AT_HIGH, RIGHT].map((at) => add(abs(value(at)), abs(slope(at)))))
    return g.not(le(defect, mul(g.constant(SEARCH.resolved), size)))
  })
}

/** Writes event `number` at its position to the log if there is room; the count goes on beyond the room. */
function record(c: Context, method: Method, number: Node, position: Node): readonly Statement[] {
  const { g, v } = c
  const { read, add, mul } = g
  const entry = i32('entry')
  const found = frame(c, 'eventCount')
  return [
    when(g.lt(found, frame(c, 'eventCapacity')), [
      ...interpolate(c, method, position),
      set([entry, g.apply('toI32', add(frame(c, 'eventLog'), mul(found, g.constant(v.length + 2))))]),
      set([toMemory(read(entry), 0), g.apply('fromI32', number)], [toMemory(read(entry), 1), add(read(V.t), mul(read(V.theta), read(V.h)))]),
      ...v.each((i) => [[typeof i === 'number' ? toMemory(read(entry), i + 2) : toMemory(g.plus(read(entry), i), 2), c.located.at(i)]]),
    ]),
    set([toFrame(c, 'eventCount'), add(found, g.constant(1))]),
  ]
}

/** Searches one part, keeps what is found up to the first terminal event, and makes its right end the left one of the next. */
function part(c: Context, method: Method): readonly Statement[] {
  const { g, v } = c
  const { read, le } = g
  const events = eventsOf(c)
  const position = f64('event_position')
  const ending = events.flatMap((event, e) => (event.terminal ? [read(zeroOf(e, 0)), read(zeroOf(e, 1))] : []))
  return [
    ...searchPart(c, method),
    set([STOP, ending.reduce((a, b) => g.min(a, b), g.constant(SEARCH.never))]),
    ...v.counted(events.length, (number) => v.counted(2, (side) => [
      set([position, picked(c, number, (e) => g.select(g.apply('ieq', side, g.int(0)), read(zeroOf(e, 0)), read(zeroOf(e, 1))))]),
      when(g.and(le(read(position), g.constant(1)), le(read(position), read(STOP))), record(c, method, number, read(position))),
    ])),
  ]
}

/**
 * Goes through the step in parts on which the event functions are cubics, as far as their middles tell, each in two halves: so that of
 * zeros close to each other, or with a pole between them, none is passed over.
 */
function search(c: Context, method: Method): readonly Statement[] {
  const { g, v } = c
  const { read, add, mul, sub, lt, le } = g
  const one = g.constant(1)
  const right = f64('part_right')
  const ended = lt(read(STOP), g.constant(SEARCH.never))
  return [
    ...method.prepareOutput(),
    ...preparePath(c, method),
    copyLook(c, BEFORE, AT_LOW),
    set([LOW, g.constant(0)], [WIDTH, one], [STOP, g.constant(SEARCH.never)]),
    loop(g.and(lt(read(LOW), one), g.not(ended)), [
      set([HIGH, add(read(LOW), mul(g.constant(0.5), read(WIDTH)))], [right, add(read(LOW), read(WIDTH))]),
      ...lookWithin(c, method, AT_HIGH, read(HIGH)),
      when(le(one, read(right)), [copyLook(c, AFTER, RIGHT)], lookWithin(c, method, RIGHT, read(right))),
      when(g.and(unresolved(c), lt(g.constant(SEARCH.least), read(WIDTH))), [set([WIDTH, mul(g.constant(0.5), read(WIDTH))])], [
        ...v.counted(2, () => [
          when(g.not(ended), [
            ...part(c, method),
            copyLook(c, AT_HIGH, AT_LOW), copyLook(c, RIGHT, AT_HIGH), set([LOW, read(HIGH)], [HIGH, read(right)]),
          ]),
        ]),
        set([WIDTH, g.min(mul(g.constant(2), read(WIDTH)), sub(one, read(LOW)))]),
      ]),
    ]),
  ]
}

/**
 * Searches the step, unless the middle says that no function vanishes in either half of it. Where interpolation needs further stages, the
 * middle is known without them, to order 5 or 6: little worse than the step itself where steps are long.
 */
function searchIfNeeded(c: Context, method: Method): readonly Statement[] {
  const { g } = c
  if (method.middle?.(0) === undefined) return search(c, method)
  return [
    ...lookInTheMiddle(c, AT_HIGH, (i) => method.middle?.(i) ?? g.constant(NaN)),
    copyLook(c, BEFORE, AT_LOW), copyLook(c, AFTER, RIGHT), set([WIDTH, g.constant(1)], [STOP, g.constant(SEARCH.never)]),
    when(g.or(unresolved(c), mayVanishInHalves(c)), search(c, method)),
  ]
}

/** Finds the events of an accepted step; the first terminal one cuts the step short and ends the integration. */
export function detectEvents(c: Context, method: Method): readonly Statement[] {
  const { g, v } = c
  const { read, add, mul, lt } = g
  if (eventsOf(c).length === 0) return []
  return [
    ...lookAt(c, AFTER, read(V.next), c.next),
    whenRarely('seldom', mayVanish(c), [
      ...searchIfNeeded(c, method),
      when(lt(read(STOP), g.constant(SEARCH.never)), [
        ...interpolate(c, method, read(STOP)),
        ...v.each((i) => [[c.next.place(i), c.located.at(i)]]),
        set([V.next, add(read(V.t), mul(read(STOP), read(V.h)))], [V.status, g.int(STATUS.event)]),
      ]),
    ]),
    copyLook(c, AFTER, BEFORE),
  ]
}
