import { atom } from '../algebra/build.js'
import { atomsOf, mapAtoms } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { asContraction, dot } from '../jets/contraction.js'
import { elementwise } from '../jets/elementwise.js'
import { deriveVector } from '../jets/leibniz.js'
import { byName, replaceInVector } from '../jets/substitute.js'
import {
  GRADIENT_ATOM, type Vector, type VectorAtom, ZERO_VECTOR, apply, combine, isLoss, slotsOf, subVectors, tensor, variable, vectorOf,
} from '../jets/vector.js'
import type { Rule } from '../rules/model.js'
import { writtenOut } from '../rules/writtenOut.js'

function inAtom(a: VectorAtom, by: Vector): Vector {
  if (a === GRADIENT_ATOM) return by
  if (a.kind === 'apply') return apply(a.operator, inAtom(a.argument, by))
  const inside = (x: VectorAtom): Vector => inAtom(x, by)
  if (a.kind === 'elementwise') return elementwise(withGradient(a.body, by), Object.fromEntries(a.args.map((x, i) => [`_${i}`, inside(x)])))
  if (a.kind === 'tensor') return tensor(a.field, a.along.map(inside), a.own.map((x) => (x === null ? null : inside(x))), a.openAlong)
  return vectorOf(a)
}

/** A scalar with a vector in the place of the batch's gradient; higher derivatives of the loss stay. */
export const withGradient = (e: Expr, by: Vector): Expr =>
  mapAtoms(e, (o) => {
    const c = asContraction(o)
    return c === undefined ? atom(o) : dot(inAtom(c.left, by), inAtom(c.right, by))
  })

/** The same for a vector. */
export const vectorWithGradient = (x: Vector, by: Vector): Vector =>
  combine(x.terms.map((t) => [withGradient(t.coefficient, by), inAtom(t.atom, by)] as const))

/** The vectors that a scalar's contractions are made of, down to the leaves. */
const atomsWithin = (e: Expr): readonly VectorAtom[] =>
  atomsOf(e).flatMap((o) => {
    const c = asContraction(o)
    return c === undefined ? [] : [...leavesOf(c.left), ...leavesOf(c.right)]
  })

const leavesOf = (a: VectorAtom): readonly VectorAtom[] =>
  a.kind === 'elementwise' ? [a, ...a.args.flatMap(leavesOf), ...atomsWithin(a.body)] : [a, ...slotsOf(a).flatMap((s) => leavesOf(s.child))]

/** Whether a scalar holds the loss or one of its derivatives. */
export const readsLoss = (e: Expr): boolean => atomsWithin(e).some(isOfLoss)
const isOfLoss = (a: VectorAtom): boolean => a.kind === 'tensor' && isLoss(a.field)

/** Whether a scalar holds one of these variables. */
export const mentions = (e: Expr, names: ReadonlySet<string>): boolean =>
  atomsWithin(e).some((a) => a.kind === 'variable' && names.has(a.name))

const within = (x: Vector): readonly VectorAtom[] => x.terms.flatMap((t) => [...atomsWithin(t.coefficient), ...leavesOf(t.atom)])
const vectorMentions = (x: Vector, names: ReadonlySet<string>): boolean => within(x).some((a) => a.kind === 'variable' && names.has(a.name))

/** The gradient as a variable. */
export const BATCH = variable('_g')
const moved = (name: string): string => `_moved_${name}`

/**
 * Why the noise of batches does not go through a rule as through a linear filter: an update is not linear in gradient and states together,
 * reads higher derivatives of the loss, or takes states by factors that depend on θ, which older noise has moved too. Undefined for a rule
 * that is one.
 */
export function noiseObstacle(rule: Rule): string | undefined {
  const names = new Set(['_g', ...rule.states.map((s) => s.name)])
  const states = new Set(rule.states.map((s) => s.name))
  const move = { variable: (name: string, order: number): Vector => (order === 0 && names.has(name) ? variable(moved(name)) : ZERO_VECTOR) }
  const moveTheta = { variable: (name: string, order: number): Vector => (order === 0 && name === 'theta' ? variable('_x') : ZERO_VECTOR) }
  const back = byName(Object.fromEntries([...names].map((name) => [moved(name), variable(name)])))
  for (const given of writtenOut(rule).values()) {
    const x = vectorWithGradient(given, BATCH)
    if (within(x).some(isOfLoss)) return 'reads higher derivatives of the loss, whose noise goes with that of the gradient'
    const slope = deriveVector(x, move)
    const rest = subVectors(x, replaceInVector(slope, back))
    if (vectorMentions(slope, names) || vectorMentions(rest, names)) return 'does not respond linearly to the gradient'
    const ofStates = replaceInVector(slope, byName({ [moved('_g')]: ZERO_VECTOR }))
    const factorsMove = states.size > 0 && vectorMentions(deriveVector(ofStates, moveTheta), new Set(['_x']))
    if (factorsMove) return 'takes its states by factors that depend on theta'
  }
  return undefined
}

/** How a vector that is linear in the gradient answers to a change of it. */
export const responseToGradient = (x: Vector, change: Vector): Vector =>
  deriveVector(vectorWithGradient(x, BATCH), { variable: (name, order) => (order === 0 && name === '_g' ? change : ZERO_VECTOR) })
