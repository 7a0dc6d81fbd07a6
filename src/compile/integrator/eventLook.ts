import { type Local, type Node, type Statement, assign, f64, set } from '../ir.js'
import { ARGUMENT, type Context, V } from './context.js'
import { goTo, goToMiddle, lookedAt } from './eventPath.js'
import type { Method } from './method.js'
import type { Index, Vector } from './vectors.js'

/** Variables with the value of each event function and its change with time at one place of a step. */
export interface Look {
  value(e: number): Local
  slope(e: number): Local
}

/** The variables of a look of this name. */
export const look = (name: string): Look => ({ value: (e) => f64(`event_${name}_${e}`), slope: (e) => f64(`event_${name}_slope_${e}`) })

export const eventsOf = (c: Context): NonNullable<typeof c.rhs.system.events> => c.rhs.system.events ?? []

/**
 * Looks at the event functions at time t and a state. Slopes that are not known are NaN: comparisons with them are false.
 */
export function lookAt(c: Context, at: Look, t: Node, state: Vector): readonly Statement[] {
  const { g, rhs: { system }, eventValues } = c
  const { zeros, slopes } = lookedAt(system)
  const load = (k: number): Node => g.load(g.read(ARGUMENT.base), eventValues + k)
  return [
    ...c.rhs.tabulate('events', [...zeros, ...slopes], t, state, eventValues),
    assign(zeros.flatMap((_, e) => [
      [at.value(e), load(e)] as const, [at.slope(e), slopes.length === 0 ? g.constant(NaN) : load(zeros.length + e)] as const,
    ])),
  ]
}

/** Puts a look into the variables of another one. */
export const copyLook = (c: Context, from: Look, to: Look): Statement =>
  assign(eventsOf(c).flatMap((_, e) => [[to.value(e), c.g.read(from.value(e))] as const, [to.slope(e), c.g.read(from.slope(e))] as const]))

/** What belongs to the event of this number, known when the code runs. */
export const picked = (c: Context, number: Node, of: (e: number) => Node): Node => {
  const [first, ...others] = eventsOf(c).map((_, e) => of(e))
  const { g } = c
  return others.reduce((value, other, k) =>
    g.apply(other.type === 'i32' ? 'iselect' : 'select', g.apply('ieq', number, g.int(k + 1)), other, value), first ?? g.constant(NaN))
}

const within = ({ g: { add, mul, read } }: Context): Node => add(read(V.t), mul(read(V.theta), read(V.h)))

/** Looks at the event functions at a part of the step. */
export function lookWithin(c: Context, method: Method, at: Look, part: Node): readonly Statement[] {
  const { zeros, slopes } = lookedAt(c.rhs.system)
  return [...goTo(c, method, part, [...zeros, ...slopes]), ...lookAt(c, at, within(c), c.located)]
}

/** Looks at them in the middle of the step, without what interpolation costs. */
export const lookInTheMiddle = (c: Context, at: Look, middle: (i: Index) => Node): readonly Statement[] =>
  [set([V.theta, c.g.constant(1 / 2)]), ...goToMiddle(c, middle), ...lookAt(c, at, within(c), c.located)]

/** Looks at their values alone. */
export function valuesWithin(c: Context, method: Method, at: Look, part: Node): readonly Statement[] {
  const { g, eventValues } = c
  const { zeros } = lookedAt(c.rhs.system)
  return [
    ...goTo(c, method, part, zeros),
    ...c.rhs.tabulate('event_values', zeros, within(c), c.located, eventValues),
    assign(zeros.map((_, e) => [at.value(e), g.load(g.read(ARGUMENT.base), eventValues + e)] as const)),
  ]
}
