import type { Expr } from '../../algebra/expr.js'
import { rememberedByObject } from '../../algebra/memo.js'
import { partsOf, symbolsOf } from '../../algebra/parts.js'
import { switchesOf } from '../switches.js'
import { type Node, type Statement, f64, i32, set, when } from '../ir.js'
import { type Context, ROUNDOFF, V, increment, stepTolerance } from './context.js'
import type { Method } from './method.js'
import type { System } from './rightHandSide.js'
import { derivativeAlong } from './slopes.js'

/** How steps come to a place where the solution turns a switch of the rates. */
export const APPROACH = {
  /** Most switches that are watched: of more, step control alone comes over them. */
  most: 12,
  /** How far before two estimates of the place a step ends, in parts of their difference. */
  before: 1 / 4,
  /** And in parts of the step itself: a switch may be at its turn where rounding says so. */
  apart: 2 ** -20,
  /** How far the step behind goes, in distances that are left by that. */
  within: 2,
  /** A step in which the states change by less than this part of their tolerances, all together, may go across. */
  matters: 2 ** -10,
  /** So may a step of twice so many roundoffs of the time. */
  across: 8,
} as const

/** A switch that states turn: a value that passes zero, or of a whole part what it is the part of; and its change with time. */
export interface Crossing {
  readonly value: Expr
  readonly slope: Expr
  readonly whole: boolean
}

/** The switches of a system that states or signals turn, if they are few. */
export const crossings = rememberedByObject((system: System): readonly Crossing[] => {
  if (system.external !== undefined) return []
  const moving = new Set([...system.states, ...(system.signals?.names ?? [])])
  const turned = (e: Expr): boolean => [...symbolsOf(e)].some((name) => moving.has(name))
  const switches = switchesOf(system.rhs)
  const zeros = new Set(switches.flatMap(({ kind, argument }) => (kind === 'floor' ? [] : [argument])).filter(turned))
  const wholes = new Set(switches.flatMap(({ kind, within }) => (kind === 'floor' ? partsOf(within) : [])).filter(turned))
  const found = [...[...zeros].map((value) => ({ value, whole: false })), ...[...wholes].map((value) => ({ value, whole: true }))]
  return found.length > APPROACH.most ? [] : found.map((each) => ({ ...each, slope: derivativeAlong(each.value, system) }))
})

/** Whether an attempt is given up for a step that ends before a switch turns. */
const GIVEN_UP = i32('given_up')
/** The end of a step before the first switch turns, and how far behind that it may turn, in parts of the attempt. */
const STOP = f64('crossing_stop')
const LEFT = f64('crossing_left')
/** How far the next step goes at most; 0 without. */
const WITHIN = f64('crossing_within')

const crossingsOf = (c: Context, method: Method): readonly Crossing[] =>
  (method.adaptive && method.errorOrder !== undefined ? crossings(c.rhs.system) : [])
/** Whether the steps of a method come to switches that states turn. */
export const approaches = (c: Context, method: Method): boolean => crossingsOf(c, method).length > 0

export const startApproach = (c: Context, method: Method): readonly Statement[] =>
  (approaches(c, method) ? [set([WITHIN, c.g.constant(0)])] : [])

/** The shortest step before a switch turns. */
const across = ({ g }: Context): Node =>
  g.mul(g.constant(APPROACH.across * ROUNDOFF), g.max(g.abs(g.read(V.t)), g.abs(g.read(V.next))))

/**
 * After an attempt that ends where a switch has turned, unless the rates there drive it back: gives the attempt up for a step that ends just
 * before. Its place is where the tangent or the parabola through both values vanishes, which also tells how far before; the next step is
 * short, so that the distance to the place goes with the square of the one before. From right before it a step goes across in which next to
 * nothing changes. So no step that errors are told from meets a jump or a bend. An attempt that is refused and whose end tells another
 * place than its start is too long for either.
 */
export function approach(c: Context, method: Method): readonly Statement[] {
  const { g, rhs, y, next } = c
  const { read, add, sub, mul, div, abs, lt, select } = g
  const found = crossingsOf(c, method)
  if (found.length === 0) return []
  const zero = g.constant(0)
  const valuesAt = (of: (x: Crossing) => Expr, t: Node, state: typeof y): readonly Node[] => rhs.values(found.map(of), t, (i) => state.at(i))
  const [from, to] = [found.map((_, k) => f64(`crossing_from_${k}`)), found.map((_, k) => f64(`crossing_to_${k}`))]
  const valueAt = (k: number, locals: typeof from): Node => read(locals[k] ?? STOP)
  /** The value that a switch turns at on the way. */
  const level = (k: number): Node => {
    if (found[k]?.whole !== true) return zero
    const below = g.apply('floor', valueAt(k, from))
    return select(lt(valueAt(k, from), valueAt(k, to)), add(below, g.constant(1)), below)
  }
  const turned = (k: number): Node => {
    const [start, end] = [sub(valueAt(k, from), level(k)), sub(valueAt(k, to), level(k))]
    return g.or(g.and(lt(start, zero), lt(zero, end)), g.and(lt(zero, start), lt(end, zero)))
  }
  const anyTurned = found.map((_, k) => turned(k)).reduce((a, b) => g.or(a, b))
  const starts = valuesAt((x) => x.slope, read(V.t), y)
  const ends = valuesAt((x) => x.slope, read(V.next), next)
  const [slope, behind, stop] = [f64('crossing_slope'), f64('crossing_behind'), f64('crossing_before')]
  const [parabola, tangent, apart] = [f64('crossing_parabola'), f64('crossing_tangent'), f64('crossing_apart')]
  const each = (k: number): readonly Statement[] => {
    const [start, rise] = [sub(valueAt(k, from), level(k)), sub(valueAt(k, to), valueAt(k, from))]
    const bend = sub(rise, read(slope))
    const root = g.sqrt(g.max(zero, sub(mul(read(slope), read(slope)), mul(g.constant(4), mul(bend, start)))))
    const agree = g.or(g.le(read(V.error), g.constant(1)), lt(read(apart), mul(g.constant(1 / 2), g.max(read(parabola), read(tangent)))))
    const comes = lt(zero, mul(read(slope), rise))
    return [
      set([slope, mul(starts[k] ?? zero, read(V.h))], [behind, mul(ends[k] ?? zero, read(V.h))]),
      when(g.and(turned(k), lt(zero, mul(read(behind), rise))), [
        set([parabola, select(comes, div(mul(g.constant(-2), start), add(read(slope), g.apply('copysign', root, read(slope)))), g.constant(1 / 2))]),
        set([tangent, select(comes, div(start, g.neg(read(slope))), g.constant(1 / 4))]),
        set([apart, abs(sub(read(parabola), read(tangent)))]),
        set([stop, g.min(read(parabola), read(tangent))]),
        set([stop, g.max(mul(g.constant(1 / 2), read(stop)), sub(mul(g.constant(1 - APPROACH.apart), read(stop)), mul(g.constant(APPROACH.before), read(apart))))]),
        when(g.and(lt(read(stop), read(STOP)), agree), [set([STOP, read(stop)], [LEFT, sub(g.max(read(parabola), read(tangent)), read(stop))])]),
      ]),
    ]
  }
  const [size, change] = [abs(read(V.h)), f64('crossing_change')]
  const step = g.max(across(c), g.min(mul(read(STOP), size), sub(size, across(c))))
  return [
    set([GIVEN_UP, g.int(0)]),
    set(...valuesAt((x) => x.value, read(V.t), y).map((value, k) => [from[k] ?? STOP, value] as const),
      ...valuesAt((x) => x.value, read(V.next), next).map((value, k) => [to[k] ?? STOP, value] as const)),
    when(g.and(anyTurned, lt(mul(g.constant(2), across(c)), size)), [
      set([STOP, g.constant(2)], [LEFT, zero]),
      ...c.v.total(change, (i) => div(abs(sub(next.at(i), y.at(i))), stepTolerance(c, i))),
      when(lt(g.constant(APPROACH.matters), read(change)), found.flatMap((_, k) => each(k))),
      when(lt(read(STOP), g.constant(1)), [
        set([WITHIN, mul(g.constant(APPROACH.within), g.max(across(c), mul(read(LEFT), size)))]),
        set([V.limit, add(read(V.t), mul(step, read(V.direction)))], [GIVEN_UP, g.int(1)], increment(c, V.rejected)),
      ]),
    ]),
  ]
}

/** Statements for an attempt that is not given up. */
export const unlessGivenUp = (c: Context, method: Method, statements: readonly Statement[]): readonly Statement[] =>
  (approaches(c, method) ? [when(c.g.not(c.g.read(GIVEN_UP)), statements)] : statements)

/** Behind a step that ends before a switch turns the next one is short. */
export function stayNear(c: Context, method: Method): readonly Statement[] {
  const { g } = c
  const { read, add, mul } = g
  if (!approaches(c, method)) return []
  const short = add(read(V.t), mul(read(WITHIN), read(V.direction)))
  const isShort = g.and(g.lt(g.constant(0), read(WITHIN)), g.lt(mul(short, read(V.direction)), mul(read(V.limit), read(V.direction))))
  return [set([V.limit, g.select(isShort, short, read(V.limit))]), set([WITHIN, g.constant(0)])]
}
