import { type Local, type Node, type Statement, assign, f64, i32, loop, set, when } from '../ir.js'
import { type Context, V } from './context.js'
import { type Look, eventsOf, look, lookWithin, picked, valuesWithin } from './eventLook.js'
import type { Method } from './method.js'

/** How zeros of event functions are searched for. */
export const SEARCH = {
  /** Halvings: a double's mantissa. */
  halvings: 53,
  /** Width of the bracket at which a zero is found, in steps. */
  width: 2 ** -52,
  /** How far beyond the secant's zero the next place is, in squares of brackets, so that the other end comes close too. */
  beyond: 0.2,
  /** A function may vanish in a step if its ends are together at most so many times what the larger of their slopes makes over it. */
  reach: 2,
  /** A part of a step is short enough if a cubic describes it to this part of its values and slopes. */
  resolved: 1 / 16,
  /** Least part of a step. */
  least: 1 / 64,
  /** Where a function passes zero it is less than this many times its larger end; at a pole it is more. */
  pole: 2,
  /** A position behind every step. */
  never: 2,
} as const

/** Ends of the part that is searched, and what the event functions are there. */
export const LOW = f64('part_low')
export const HIGH = f64('part_high')
export const AT_LOW = look('low')
export const AT_HIGH = look('high')
/** Positions of the zeros of event e in the part, at most two; `never` where there is none. */
export const zeroOf = (e: number, which: 0 | 1): Local => f64(`event_zero_${which}_${e}`)

const WITHIN = look('within')
const COUNT = i32('halvings')

const signsDiffer = ({ g }: Context, from: Node, to: Node): Node => {
  const zero = g.constant(0)
  return g.or(g.and(g.lt(from, zero), g.le(zero, to)), g.and(g.lt(zero, from), g.le(to, zero)))
}

/** Whether a sign change away from `from` counts for the event of this number; a start at zero is no event. */
function counts(c: Context, number: Node, from: Node): Node {
  const { g } = c
  const only = (direction: 'rising' | 'falling'): Node => picked(c, number, (e) => g.int(eventsOf(c)[e]?.direction === direction ? 1 : 0))
  return g.not(g.or(g.and(only('rising'), g.lt(g.constant(0), from)), g.and(only('falling'), g.lt(from, g.constant(0)))))
}

/** Halves a bracket from `low` to `high`; `decide` says at its middle, `V.theta`, what becomes of it. */
function halve(c: Context, method: Method, low: Local, high: Local, decide: readonly Statement[]): readonly Statement[] {
  const { g } = c
  const { read, mul, add } = g
  return [
    set([COUNT, g.int(0)]),
    loop(g.apply('ilt', read(COUNT), g.int(SEARCH.halvings)), [
      ...lookWithin(c, method, WITHIN, mul(g.constant(0.5), add(read(low), read(high)))),
      set([COUNT, g.plus(read(COUNT), 1)]),
      ...decide,
    ]),
  ]
}

/**
 * Narrows a bracket from `low` to `high`, with the values `atLow` and `atHigh` of opposite signs, to one zero, which is at `high` then or
 * before it by less than roundoff: the method ITP of Oliveira and Takahashi (ACM Trans. Math. Software 47 (2021) 5). About eight looks where
 * the function is smooth, one more than halving takes where it is not.
 */
function narrow(
  c: Context, method: Method, number: Node, [low, high, atLow, atHigh]: readonly [Local, Local, Local, Local],
): readonly Statement[] {
  const { g } = c
  const { read, mul, add, sub, div, abs, le, select } = g
  const [slack, share] = [f64('zero_slack'), f64('zero_share')]
  const width = sub(read(high), read(low))
  const middle = mul(g.constant(0.5), add(read(low), read(high)))
  const secant = add(read(low), mul(width, div(read(atLow), sub(read(atLow), read(atHigh)))))
  const towards = (size: Node): Node => g.apply('copysign', size, sub(middle, secant))
  const further = g.max(mul(read(share), mul(width, width)), g.constant(SEARCH.width / 2))
  const tried = select(le(further, abs(sub(middle, secant))), add(secant, towards(further)), middle)
  const radius = sub(read(slack), mul(g.constant(0.5), width))
  const next = select(le(abs(sub(tried, middle)), radius), tried, sub(middle, towards(radius)))
  const value = valueOf(c, number, WITHIN)
  return [
    set([COUNT, g.int(0)], [slack, width], [share, div(g.constant(SEARCH.beyond), width)]),
    loop(g.and(g.lt(g.constant(SEARCH.width), width), g.apply('ilt', read(COUNT), g.int(SEARCH.halvings + 1))), [
      ...valuesWithin(c, method, WITHIN, next),
      set([COUNT, g.plus(read(COUNT), 1)], [slack, mul(g.constant(0.5), read(slack))]),
      when(signsDiffer(c, read(atLow), value), [set([high, read(V.theta)], [atHigh, value])], [
        set([low, read(V.theta)]),
        when(g.lt(g.constant(0), mul(value, read(atLow))), [set([atLow, value])]),
      ]),
    ]),
  ]
}

const valueOf = (c: Context, number: Node, at: Look): Node => picked(c, number, (e) => c.g.read(at.value(e)))
const slopeOf = (c: Context, number: Node, at: Look): Node => picked(c, number, (e) => c.g.read(at.slope(e)))

/** A slope as it leads away from zero on the side of a value: negative towards it. Signs, since products of small numbers vanish. */
const away = ({ g }: Context, slope: Node, value: Node): Node =>
  g.mul(g.mul(slope, g.read(V.direction)), g.select(g.apply('eq', value, g.constant(0)), value, g.apply('copysign', g.constant(1), value)))

/** Whether the function of this number comes towards zero at one look and leaves it at the next. */
export function turns(c: Context, number: Node, start: Look, end: Look): Node {
  const moves = (at: Look): Node => away(c, slopeOf(c, number, at), valueOf(c, number, at))
  return c.g.and(c.g.lt(moves(start), c.g.constant(0)), c.g.lt(c.g.constant(0), moves(end)))
}

/**
 * Where a function comes towards zero at the start of the part and leaves it again at the end: goes to the turn between until the
 * function has passed zero, or cannot on what is left of the bracket. Leaves the place in `turn` and the value there in `bottom`.
 */
function towardsTurn(c: Context, method: Method, number: Node, turn: Local, bottom: Local): readonly Statement[] {
  const { g } = c
  const { read, mul, sub, add, abs, lt } = g
  const [from, low, high, lowSlope, highSlope] = [f64('turn_from'), f64('turn_low'), f64('turn_high'), f64('turn_low_slope'), f64('turn_high_slope')]
  const [value, slope] = [valueOf(c, number, WITHIN), slopeOf(c, number, WITHIN)]
  const outOfReach = lt(mul(abs(mul(sub(read(high), read(low)), read(V.h))), add(abs(read(lowSlope)), abs(read(highSlope)))), abs(value))
  const ended = [COUNT, g.int(SEARCH.halvings)] as const
  return [
    set([from, valueOf(c, number, AT_LOW)], [low, read(LOW)], [high, read(HIGH)],
      [lowSlope, slopeOf(c, number, AT_LOW)], [highSlope, slopeOf(c, number, AT_HIGH)]),
    ...halve(c, method, low, high, [
      when(signsDiffer(c, read(from), value), [set([turn, read(V.theta)], [bottom, value], ended)], [
        when(outOfReach, [set(ended)], [
          when(lt(away(c, slope, read(from)), g.constant(0)),
            [set([low, read(V.theta)], [lowSlope, slope])], [set([high, read(V.theta)], [highSlope, slope])]),
        ]),
      ]),
    ]),
  ]
}

/**
 * Puts the zeros of the event functions between `LOW` and `HIGH` into `zeroOf`, behind each by less than roundoff: one where the ends
 * differ in sign, two where a function turns between them beyond zero, none at a pole.
 */
export function searchPart(c: Context, method: Method): readonly Statement[] {
  const { g, v } = c
  const { read, mul, abs, le } = g
  const [turn, bottom, low, high, from, last, bound] =
    [f64('turn'), f64('turn_value'), f64('zero_low'), f64('zero_high'), f64('zero_from'), f64('zero_last'), f64('zero_bound')]
  const events = eventsOf(c)
  const sides = [0, 1] as const
  return [
    assign(events.flatMap((_, e) => sides.map((side) => [zeroOf(e, side), g.constant(SEARCH.never)] as const))),
    ...v.counted(events.length, (number) => [
      set([turn, read(HIGH)], [bottom, valueOf(c, number, AT_HIGH)]),
      when(turns(c, number, AT_LOW, AT_HIGH), towardsTurn(c, method, number, turn, bottom)),
      ...v.counted(2, (side) => {
        const first = g.apply('ieq', side, g.int(0))
        return [
          set([low, g.select(first, read(LOW), read(turn))], [high, g.select(first, read(turn), read(HIGH))],
            [from, g.select(first, valueOf(c, number, AT_LOW), read(bottom))],
            [last, g.select(first, read(bottom), valueOf(c, number, AT_HIGH))]),
          when(g.and(signsDiffer(c, read(from), read(last)), counts(c, number, read(from))), [
            set([bound, mul(g.constant(SEARCH.pole), g.max(abs(read(from)), abs(read(last))))]),
            ...narrow(c, method, number, [low, high, from, last]),
            when(le(abs(read(last)), read(bound)), [
              assign(events.flatMap((_, e) => sides.map((s) => {
                const own = g.and(g.apply('ieq', number, g.int(e)), g.apply('ieq', side, g.int(s)))
                return [zeroOf(e, s), g.select(own, read(high), read(zeroOf(e, s)))] as const
              }))),
            ]),
          ]),
        ]
      }),
    ]),
  ]
}
