import type { Expr } from '../algebra/expr.js'
import { deriveVector } from '../jets/leibniz.js'
import { type Rebuilding, byName, rebuildScalar, rebuildVector, replaceInVector } from '../jets/substitute.js'
import { type Field, isLossAnywhere } from '../jets/field.js'
import {
  GRADIENT_ATOM, THETA, type Vector, type VectorAtom, ZERO_VECTOR, fieldAt, isGradientAnywhere, isZeroVector, subVectors, variable,
} from '../jets/vector.js'
import { allVectorsIn, allVectorsOf, pointsOf } from '../jets/walk.js'
import { holdsNext } from '../rules/implicit.js'
import { type Rule, nextName } from '../rules/model.js'
import { type Fields, substituteSeries, termOf } from '../rules/series.js'
import { writtenOut } from '../rules/writtenOut.js'

const gradientBy = (by: Vector): Rebuilding => ({
  whole: (a) => (a === GRADIENT_ATOM ? by : undefined),
  field: (field) => (field.at === undefined ? field : fieldAt(field, { ...field.at, point: vectorWithGradient(field.at.point, by) })),
})

/** A scalar with a vector in the place of the batch's gradient; higher derivatives of the loss, and those at other points, stay. */
export const withGradient = (e: Expr, by: Vector): Expr => rebuildScalar(e, gradientBy(by))

/** The same for a vector. */
export const vectorWithGradient = (x: Vector, by: Vector): Vector => rebuildVector(x, gradientBy(by))

/** Whether a scalar holds the loss or one of its derivatives. */
export const readsLoss = (e: Expr): boolean => allVectorsIn(e).some(isOfLoss)
const isOfLoss = (a: VectorAtom): boolean => a.kind === 'tensor' && isLossAnywhere(a.field)

/** Whether a scalar holds one of these variables. */
export const mentions = (e: Expr, names: ReadonlySet<string>): boolean =>
  allVectorsIn(e).some((a) => a.kind === 'variable' && names.has(a.name))

const vectorMentions = (x: Vector, names: ReadonlySet<string>): boolean => allVectorsOf(x).some((a) => a.kind === 'variable' && names.has(a.name))

/** The gradient as a variable. */
export const BATCH = variable('_g')
const moved = (name: string): string => `_moved_${name}`

/** A vector with another for every gradient of the loss, wherever it is read, in the arguments of functions of matrices too. */
const anyGradientAs = (by: Vector, x: Vector): Vector =>
  rebuildVector(x, {
    whole: (a) => (isGradientAnywhere(a) ? by : undefined),
    field: (field) => (field.at === undefined ? field : fieldAt(field, { ...field.at, point: anyGradientAs(by, field.at.point) })),
  })

/** Whether the point of a gradient is θ to leading order in η, the states where they settle. */
const tendsToTheta = (point: Vector, settled: Fields): boolean =>
  isZeroVector(subVectors(termOf(substituteSeries(point, (name, order) => (order === 0 ? settled.get(name) : undefined), 1), 0), THETA))

/** Why the noise of a gradient at another point does not go through a rule as that at θ does. */
function pointObstacle({ name, point }: NonNullable<Field['at']>, settled: Fields): string | undefined {
  const moved = holdsNext(point) || allVectorsOf(point).some(isOfLoss)
  if (!tendsToTheta(replaceInVector(point, byName({ [nextName('theta')]: THETA })), settled)) return `reads the gradient at ${name}, which stays away from theta as eta vanishes${moved ? ' and moves with the batch' : ''}: the mean takes more than the covariance of the gradient at theta`
  return moved ? `reads the gradient at ${name}, to which the batch's own gradient leads: the mean takes the curvature of the batch, too` : undefined
}

/** The updates of a rule in quantities before the step; in the dual variables where it has some. */
const updatesOf = (rule: Rule): readonly Vector[] => (rule.dual === undefined ? [...writtenOut(rule).values()] : [rule.dual.update])

/**
 * Why the noise of batches does not go through a rule as through a linear filter: an update is not linear in gradient and states together,
 * reads higher derivatives of the loss, or takes states by factors that depend on θ, which older noise has moved too. A gradient that is read where
 * the states alone lead, θ − ηβv, has to leading order in η the noise of that at θ. Undefined for a rule that is one.
 * @param settled the states on their slow manifold, as series in η
 */
export function noiseObstacle(rule: Rule, settled: Fields): string | undefined {
  const names = new Set(['_g', ...rule.states.map((s) => s.name)])
  const states = new Set(rule.states.map((s) => s.name))
  const move = { variable: (name: string, order: number): Vector => (order === 0 && names.has(name) ? variable(moved(name)) : ZERO_VECTOR) }
  const moveTheta = { variable: (name: string, order: number): Vector => (order === 0 && name === 'theta' ? variable('_x') : ZERO_VECTOR) }
  const back = byName(Object.fromEntries([...names].map((name) => [moved(name), variable(name)])))
  for (const given of updatesOf(rule)) {
    const obstacle = pointsOf(given).flatMap((at) => pointObstacle(at, settled) ?? [])[0]
    if (obstacle !== undefined) return obstacle
    if (allVectorsOf(given).some((a) => a.kind === 'tensor' && a.field.sandwich !== undefined)) return 'multiplies the gradient by matrices that are made of gradients too'
    const x = anyGradientAs(BATCH, given)
    if (allVectorsOf(x).some(isOfLoss)) return 'reads higher derivatives of the loss, whose noise goes with that of the gradient'
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
