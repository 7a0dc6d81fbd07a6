import type { Expr } from '../algebra/expr.js'
import { deriveVector } from '../jets/leibniz.js'
import { type Rebuilding, byName, rebuildScalar, rebuildVector, replaceInVector } from '../jets/substitute.js'
import {
  GRADIENT_ATOM, type Vector, type VectorAtom, ZERO_VECTOR, fieldAt, isGradientAnywhere, isLossAnywhere, subVectors, variable,
} from '../jets/vector.js'
import { allVectorsIn, allVectorsOf } from '../jets/walk.js'
import type { Rule } from '../rules/model.js'
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
    const read = allVectorsOf(x).filter(isOfLoss)
    if (read.some(isGradientAnywhere)) return 'reads the gradient at another point, whose noise goes with that of the gradient'
    if (read.length > 0) return 'reads higher derivatives of the loss, whose noise goes with that of the gradient'
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
