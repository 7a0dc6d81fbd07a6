import type { Expr } from '../../algebra/expr.js'
import { type Local, type Node, type Statement, f64, i32, loop, set, when } from '../ir.js'
import { type Context, ROUNDOFF, V, frame } from './context.js'
import { approaches } from './approach.js'
import { type Lookout, lookouts, turnsOfTime } from './lookouts.js'
import type { Method } from './method.js'

/** How far behind a lookout a step ends, in roundoffs of the time, and half as far as one ends before a jump: their places are rounded. */
export const BEHIND = 8
/** Roundoffs of the time in which steps go across a jump, at most: such a step is accepted, since no shorter ones would meet the tolerances. */
export const SHORTEST = 64
/** Parts of a step at whose ends switches are looked at whose times are not told. */
export const LOOKS = 8

/** The knot or the end that bounds the step, where lookouts may lie before it. */
const BOUND = f64('bound')

/** What the steps of a method that chooses them must end at, besides knots: see `lookouts`. */
const lookoutsOf = (c: Context, method: Method): readonly Lookout[] => (method.adaptive ? lookouts(c.rhs.system) : [])
/** The same of switches in the time: a method without an error of its own stops behind all that turn. */
const turnsOf = (c: Context, method: Method): readonly Expr[] =>
  (method.adaptive && method.errorOrder !== undefined ? turnsOfTime(c.rhs.system) : [])
/** Whether steps must end at more than knots. */
export const looksAhead = (c: Context, method: Method): boolean => lookoutsOf(c, method).length + turnsOf(c, method).length > 0 || approaches(c, method)
/** Where the next knot or the end is kept. */
export const boundOf = (c: Context, method: Method): Local => (looksAhead(c, method) ? BOUND : V.limit)

/** What a place is rounded by, at least: that of the span about the origin of time. */
const leastSize = (c: Context): Node => c.g.mul(c.g.constant(ROUNDOFF), c.g.abs(c.g.sub(frame(c, 'end'), frame(c, 'start'))))
/** A time moved ahead by so many roundoffs of a size. */
const moved = ({ g }: Context, t: Node, size: Node, by: number): Node =>
  g.add(t, g.mul(g.mul(g.constant(by * ROUNDOFF), size), g.read(V.direction)))
/** Whether a time comes after another. */
const beyond = ({ g }: Context, t: Node, from: Node): Node => g.lt(g.constant(0), g.mul(g.sub(t, from), g.read(V.direction)))

/**
 * Sets the limit of the steps just behind the nearest lookout before the bound, where rates that have no derivative right there have one. A
 * method with an error of its own meets rates at the ends of its steps: about a jump one step ends just before it, and the next just behind;
 * where the integration starts at a jump, the first does.
 */
export function lookAhead(c: Context, method: Method): readonly Statement[] {
  const { g, rhs } = c
  const { read, select } = g
  const found = lookoutsOf(c, method)
  if (!looksAhead(c, method)) return []
  const here = f64('here')
  const least = leastSize(c)
  const valuesOf = (of: (l: Lookout) => Expr): readonly Node[] => rhs.values(found.map(of), read(here), () => g.constant(NaN))
  const periods = valuesOf(({ period }) => period)
  return [
    set([here, moved(c, read(V.t), g.max(least, g.abs(read(V.t))), BEHIND)], [V.limit, read(BOUND)]),
    ...valuesOf(({ place }) => place).map((place, k) => {
      const size = [periods[k] ?? least, place, read(V.t)].reduce((most, value) => g.max(most, g.abs(value)), least)
      const [before, behind] = [moved(c, place, size, -2 * BEHIND), moved(c, place, size, BEHIND)]
      const parted = method.errorOrder !== undefined && found[k]?.jump === true
      const stop = parted ? select(beyond(c, before, moved(c, read(V.t), size, BEHIND)), before, behind) : behind
      const comes = beyond(c, place, parted ? moved(c, read(V.t), size, -BEHIND / 4) : read(here))
      return set([V.limit, select(g.and(comes, beyond(c, read(V.limit), stop)), stop, read(V.limit))])
    }),
  ]
}

/**
 * Ends a step that is to be tried before the first place where a switch in the time turns that is not told from its expression, where it has
 * not turned back by the end of an eighth of the step; from right before it, just behind it.
 */
export function endAtTurn(c: Context, method: Method): readonly Statement[] {
  const { g, rhs } = c
  const { read, add, mul, sub, lt, select } = g
  const turns = turnsOf(c, method)
  if (turns.length === 0) return []
  const [low, high, middle, turned, looks] = [f64('turn_low'), f64('turn_high'), f64('turn_middle'), i32('turn_seen'), i32('turn_looks')]
  const side = (k: number): Local => f64(`turn_side_${k}`)
  const sides = (t: Node): readonly Node[] => rhs.values(turns, t, () => g.constant(NaN))
  const differs = (t: Node): Node =>
    sides(t).map((now, k) => lt(g.constant(0), g.abs(sub(now, read(side(k)))))).reduce((a, b) => g.or(a, b))
  const size = g.max(leastSize(c), g.max(g.abs(read(V.t)), g.abs(read(high))))
  const before = moved(c, read(low), size, -BEHIND)
  const place = select(beyond(c, before, moved(c, read(V.t), size, BEHIND)), before, moved(c, read(high), size, BEHIND))
  return [
    set(...sides(read(V.t)).map((now, k) => [side(k), now] as const)),
    set([low, read(V.t)], [high, read(V.t)], [turned, g.int(0)], [looks, g.int(0)]),
    loop(g.and(g.not(read(turned)), g.apply('ilt', read(looks), g.int(LOOKS))), [
      set([looks, g.plus(read(looks), 1)], [low, read(high)]),
      set([high, add(read(V.t), mul(g.apply('fromI32', read(looks)), mul(g.constant(1 / LOOKS), sub(read(V.next), read(V.t)))))]),
      set([turned, differs(read(high))]),
    ]),
    when(read(turned), [
      loop(lt(mul(g.constant(ROUNDOFF), size), g.abs(sub(read(high), read(low)))), [
        set([middle, mul(g.constant(0.5), add(read(low), read(high)))]),
        when(differs(read(middle)), [set([high, read(middle)])], [set([low, read(middle)])]),
      ]),
      when(beyond(c, read(V.next), place), [set([V.limit, place], [V.hits, g.int(1)]), set([V.next, read(V.limit)])]),
    ]),
  ]
}

/** Whether an attempt is accepted: within the tolerances or, about a jump, as short as rounding lets steps be. */
export function acceptable(c: Context, method: Method): Node {
  const { g } = c
  const { read, abs, le, lt } = g
  const within = le(read(V.error), g.constant(1))
  if (!looksAhead(c, method)) return within
  const short = le(abs(read(V.h)), g.mul(g.constant(SHORTEST * ROUNDOFF), g.max(abs(read(V.t)), abs(read(V.next)))))
  return g.or(within, g.and(read(V.hits), g.and(short, lt(read(V.error), g.constant(Infinity)))))
}
