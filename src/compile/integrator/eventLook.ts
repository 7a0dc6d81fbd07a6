import { type Local, type Node, type Statement, assign, f64, set } from '../ir.js'
import { ARGUMENT, type Context, V } from './context.js'
import type { Method } from './method.js'
import { derivativeAlong } from './slopes.js'
import type { Vector } from './vectors.js'

/** Variables with the value of each event function and its change with time at one place of a step. */
export interface Look {
  value(e: number): Local
  slope(e: number): Local
}

/** The variables of a look of this name. */
export const look = (name: string): Look => ({ value: (e) => f64(`event_${name}_${e}`), slope: (e) => f64(`event_${name}_slope_${e}`) })

export const eventsOf = (c: Context): NonNullable<typeof c.rhs.system.events> => c.rhs.system.events ?? []

/**
 * Looks at the event functions at time t and a state. Where the rates are a program of their own the slopes are not known, so NaN:
 * comparisons with them are false.
 */
export function lookAt(c: Context, at: Look, t: Node, state: Vector): readonly Statement[] {
  const { g, rhs: { system }, eventValues } = c
  const zeros = eventsOf(c).map((e) => e.zero)
  const known = system.external === undefined ? zeros.map((e) => derivativeAlong(e, system)) : []
  const load = (k: number): Node => g.load(g.read(ARGUMENT.base), eventValues + k)
  return [
    ...c.rhs.tabulate('events', [...zeros, ...known], t, state, eventValues),
    assign(zeros.flatMap((_, e) => [
      [at.value(e), load(e)] as const, [at.slope(e), known.length === 0 ? g.constant(NaN) : load(zeros.length + e)] as const,
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

/** Puts the state at a part of the step, 0 to 1, into `located`. */
export function interpolate(c: Context, method: Method, part: Node): readonly Statement[] {
  const weights = method.outputWeights()
  return [
    set([V.theta, part]), ...(weights.length > 0 ? [assign(weights)] : []),
    ...c.v.each((i) => [[c.located.place(i), method.interpolated(i)]]),
  ]
}

const within = ({ g: { add, mul, read } }: Context): Node => add(read(V.t), mul(read(V.theta), read(V.h)))

/** Looks at the event functions at a part of the step. */
export const lookWithin = (c: Context, method: Method, at: Look, part: Node): readonly Statement[] =>
  [...interpolate(c, method, part), ...lookAt(c, at, within(c), c.located)]

/** Looks at their values alone. */
export function valuesWithin(c: Context, method: Method, at: Look, part: Node): readonly Statement[] {
  const { g, eventValues } = c
  const zeros = eventsOf(c).map((e) => e.zero)
  return [
    ...interpolate(c, method, part),
    ...c.rhs.tabulate('event_values', zeros, within(c), c.located, eventValues),
    assign(zeros.map((_, e) => [at.value(e), g.load(g.read(ARGUMENT.base), eventValues + e)] as const)),
  ]
}
