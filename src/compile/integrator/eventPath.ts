import type { Expr } from '../../algebra/expr.js'
import { rememberedByObject } from '../../algebra/memo.js'
import { symbolsOf } from '../../algebra/parts.js'
import { type Local, type Node, type Statement, assign, f64, set } from '../ir.js'
import { CENTRE } from '../methods/tableau.js'
import { type Context, V } from './context.js'
import type { Method } from './method.js'
import type { System } from './rightHandSide.js'
import { derivativeAlong } from './slopes.js'
import type { Index } from './vectors.js'

/** What is looked at: the event functions, and their changes with time, which are unknown where the rates are a program of their own. */
export const lookedAt = rememberedByObject((system: System): { readonly zeros: readonly Expr[]; readonly slopes: readonly Expr[] } => {
  const zeros = (system.events ?? []).map((e) => e.zero)
  return { zeros, slopes: system.external === undefined ? zeros.map((e) => derivativeAlong(e, system)) : [] }
})

/** Most states that are interpolated each on its own where looks need no others: as polynomials, since a search looks at many places. */
const FEW = 8

const statesIn = ({ states }: System, expressions: readonly Expr[]): readonly number[] => {
  const names = new Set(expressions.flatMap((e) => [...symbolsOf(e)]))
  return states.flatMap((name, i) => (names.has(name) ? [i] : []))
}

/** Numbers of the states that looks need, or undefined where these are more than a few. */
const fewStates = rememberedByObject((system: System): readonly number[] | undefined => {
  const { zeros, slopes } = lookedAt(system)
  const found = statesIn(system, [...zeros, ...slopes])
  return found.length <= FEW ? found : undefined
})

/** Coefficient j of the polynomial of state i over the step. */
const coefficient = (i: number, j: number): Local => f64(`path_${i}_${j}`)

/** Once a step that is searched, after `prepareOutput`: the polynomials of few states. */
export function preparePath(c: Context, method: Method): readonly Statement[] {
  const all = (fewStates(c.rhs.system) ?? []).flatMap((i) => (method.powers?.(i) ?? []).map((value, j) => [coefficient(i, j), value] as const))
  return all.length === 0 ? [] : [assign(all)]
}

/** State i, one of few, at `V.theta`. */
function onPath({ g, y }: Context, method: Method, i: number): Node {
  const degree = method.powers?.(i).length
  if (degree === undefined) return method.interpolated(i)
  const place = g.sub(g.read(V.theta), g.constant(CENTRE))
  let sum = g.read(coefficient(i, degree - 1))
  for (let j = degree - 2; j >= 0; j -= 1) sum = g.add(g.mul(sum, place), g.read(coefficient(i, j)))
  return g.add(y.at(i), g.mul(g.read(V.h), g.mul(g.read(V.theta), sum)))
}

/** Puts some states into `located`. */
const locate = (c: Context, states: readonly number[], value: (i: number) => Node): readonly Statement[] =>
  (states.length === 0 ? [] : [assign(states.map((i) => [c.located.place(i), value(i)] as const))])

/** Sets `V.theta` and what `interpolated` weighs by it. */
function weigh(method: Method, part: Node): readonly Statement[] {
  const weights = method.outputWeights()
  return [set([V.theta, part]), ...(weights.length > 0 ? [assign(weights)] : [])]
}

/** Puts the state at a part of the step, 0 to 1, into `located`: few states by their polynomials, so that events are where looks found them. */
export function interpolate(c: Context, method: Method, part: Node): readonly Statement[] {
  return [
    ...weigh(method, part),
    ...c.v.each((i) => [[c.located.place(i), method.interpolated(i)]]),
    ...(method.powers === undefined ? [] : locate(c, fewStates(c.rhs.system) ?? [], (i) => onPath(c, method, i))),
  ]
}

/** Puts the states that some of what is looked at contains at a part of the step into `located`. */
export function goTo(c: Context, method: Method, part: Node, expressions: readonly Expr[]): readonly Statement[] {
  if (fewStates(c.rhs.system) === undefined) return interpolate(c, method, part)
  const start = method.powers === undefined ? weigh(method, part) : [set([V.theta, part])]
  return [...start, ...locate(c, statesIn(c.rhs.system, expressions), (i) => onPath(c, method, i))]
}

/** Puts the states that looks need in the middle of the step into `located`, without what interpolation costs. */
export function goToMiddle(c: Context, middle: (i: Index) => Node): readonly Statement[] {
  const few = fewStates(c.rhs.system)
  return few === undefined ? c.v.each((i) => [[c.located.place(i), middle(i)]]) : locate(c, few, middle)
}
