import { type Local, type Node, type Statement, f64, i32, loop, set, when } from '../ir.js'
import { isSmooth } from '../switches.js'
import { type Context, V, frame } from './context.js'
import { STATUS } from './frame.js'
import type { Method } from './method.js'
import type { System } from './rightHandSide.js'
import type { Index, Vector } from './vectors.js'

/** When an integration is looked at, and what counts as chatter. */
export const WATCH = {
  /** Accepted steps from one look to the next: a prime number, since chatter has periods. */
  every: 61,
  /** Looks that must find a jump before the integration ends, and the least part of all looks that they are. */
  jumps: 32,
  part: 1 / 50,
  /** How far ahead jumps are looked for, in steps: those that chatter about one may begin and end on the same side of it. */
  reach: 4,
  /** Halvings of a step in search of a jump, after which a smooth change is a millionth of what it was. */
  halvings: 20,
  /** A jump keeps this part of the change over the step; changes below that part of the rates are rounding errors. */
  kept: 0.25,
  least: 1e-6,
} as const

const SINCE = f64('since')
const ATTEMPTS = f64('attempts')
const NEXT_LOOK = f64('next_look')
const LOOKS = f64('looks')
const FOUND = f64('found')

/** Whether the rates of a system can jump within a step whose size the method chooses. */
export const mayChatter = ({ external, rhs }: System, adaptive: boolean): boolean => adaptive && external === undefined && !isSmooth(rhs)

const watches = (c: Context, method: Method): boolean => mayChatter(c.rhs.system, method.adaptive)

export function startWatching(c: Context, method: Method): readonly Statement[] {
  const zero = c.g.constant(0)
  return watches(c, method) ? [set([SINCE, c.g.read(V.t)], [ATTEMPTS, zero], [NEXT_LOOK, c.g.constant(WATCH.every)], [LOOKS, zero], [FOUND, zero])] : []
}

const difference = (c: Context, into: Local, x: Vector, y: Vector): readonly Statement[] =>
  c.v.total(into, (i) => c.g.abs(c.g.sub(x.at(i), y.at(i))))

/**
 * Halves a few steps of Euler's method ahead of y towards the greater change of the rates, and counts it in `FOUND` if the change does not
 * become less: the rates jump there. However stiff, a smooth rate changes less over a part of the way.
 */
function lookForJump(c: Context): readonly Statement[] {
  const { g, v, y, rhs } = c
  const { read, add, mul, lt } = g
  const [start, low, high, middle] = [v.make('rates_start'), v.make('rates_low'), v.make('rates_high'), v.make('rates_middle')]
  const [from, to, theta, count] = [f64('jump_from'), f64('jump_to'), f64('jump_theta'), i32('jump_halvings')]
  const [size, whole, left, right] = [f64('rates_size'), f64('whole_change'), f64('left_change'), f64('right_change')]
  const copy = (x: Vector): readonly Statement[] => v.each((i: Index) => [[x.place(i), middle.at(i)]])
  const isNumber = (n: number): Node => g.apply('ieq', read(count), g.int(n))
  const way = mul(g.constant(WATCH.reach), read(V.h))
  const rates = rhs.evaluate(middle, add(read(V.t), mul(read(theta), way)),
    (i) => add(y.at(i), mul(mul(read(theta), way), start.at(i))), c.scratch)
  const ends = [
    set([to, g.constant(1)]), ...copy(high), ...difference(c, whole, low, high),
    ...v.total(size, (i) => add(g.abs(low.at(i)), g.abs(high.at(i)))),
  ]
  const half = [
    ...difference(c, left, low, middle), ...difference(c, right, middle, high),
    when(lt(read(left), read(right)), [...copy(low), set([from, read(theta)])], [...copy(high), set([to, read(theta)])]),
  ]
  const jumps = g.and(lt(mul(g.constant(WATCH.kept), read(whole)), read(left)), lt(mul(g.constant(WATCH.least), read(size)), read(whole)))
  return [
    ...v.each((i) => [[start.place(i), g.constant(0)]]),
    set([count, g.int(0)], [from, g.constant(0)], [to, g.constant(0)]),
    loop(g.apply('ilt', read(count), g.int(WATCH.halvings + 2)), [
      set([theta, g.select(isNumber(1), g.constant(1), mul(g.constant(0.5), add(read(from), read(to))))]),
      ...rates,
      when(isNumber(0), [...copy(start), ...copy(low)], [when(isNumber(1), ends, half)]),
      set([count, g.plus(read(count), 1)]),
    ]),
    ...difference(c, left, low, high),
    when(jumps, [set([FOUND, add(read(FOUND), g.constant(1))])]),
  ]
}

/**
 * After an accepted step: ends an integration that chatters about a jump of the rates, where no step but a vanishing one meets the
 * tolerances. It ends only if the steps that are left would not do at this pace, and if many of the last steps went over a jump.
 */
export function watchForChatter(c: Context, method: Method): readonly Statement[] {
  const { g } = c
  const { read, sub, mul, lt, le, abs } = g
  if (!watches(c, method)) return []
  const attempts = g.add(read(V.steps), read(V.rejected))
  const reach = mul(sub(frame(c, 'maxSteps'), attempts), abs(sub(read(V.next), read(SINCE))))
  const needed = mul(abs(sub(frame(c, 'end'), read(V.next))), sub(attempts, read(ATTEMPTS)))
  const often = g.and(le(g.constant(WATCH.jumps), read(FOUND)), le(mul(g.constant(WATCH.part), read(LOOKS)), read(FOUND)))
  const running = g.apply('ieq', read(V.status), g.int(STATUS.running))
  return [
    when(le(read(NEXT_LOOK), read(V.steps)), [
      when(lt(reach, needed), [
        set([LOOKS, g.add(read(LOOKS), g.constant(1))]),
        ...lookForJump(c),
        when(g.and(often, running), [set([V.status, g.int(STATUS.chattering)])]),
      ], [set([LOOKS, g.constant(0)], [FOUND, g.constant(0)])]),
      set([SINCE, read(V.next)], [ATTEMPTS, attempts], [NEXT_LOOK, g.add(read(V.steps), g.constant(WATCH.every))]),
    ]),
  ]
}
