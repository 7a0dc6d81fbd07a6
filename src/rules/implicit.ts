import { ONE, ZERO, isZero, sub, sym } from '../algebra/build.js'
import { factored } from '../algebra/squareFree.js'
import { InputError } from '../errors.js'
import { applyDiagonal, diagonalOf, inverseOf, mapDiagonal } from '../jets/diagonal.js'
import { simplifyVector } from '../jets/simplify.js'
import { isLossAnywhere } from '../jets/field.js'
import { byName, rebuildVector, replaceInVector, substituteScalars } from '../jets/substitute.js'
import { THETA, type Vector, type VectorAtom, fieldAt, variable, variableAtom } from '../jets/vector.js'
import { vectorKey } from '../jets/vectorKey.js'
import { holds } from '../jets/walk.js'
import { type Outcome, type Rule, type Update, nextName } from './model.js'
import { type VectorSeries, substituteSeries, sumSeries } from './series.js'
import { writtenOut } from './writtenOut.js'

const NEXT = nextName('theta')
const NEXT_ATOM = variableAtom(NEXT)

/** Whether a vector holds the new θ, be it in a point at which the gradient is read. */
export const holdsNext = (x: Vector): boolean => holds(x, NEXT)

/** Whether the updates up to that of θ speak of the new θ: then a step is an equation for it. */
export const isEquation = (updates: readonly Update[]): boolean =>
  updates.slice(0, updates.findIndex((u) => u.name === 'theta') + 1).some((u) => holdsNext(u.value))

const isNext = (a: VectorAtom): boolean => a === NEXT_ATOM || (a.kind === 'apply' && a.operator.kind === 'projector' && a.argument === NEXT_ATOM)

/** A vector with each point at which the gradient is read as a variable of its own, so that the new θ is left out of it; not the matrices of functions such as msign. */
const withoutPoints = (x: Vector): Vector =>
  rebuildVector(x, {
    field(field) {
      if (field.at === undefined) return field
      const { point } = field.at
      return fieldAt(field, { ...field.at, point: isLossAnywhere(field) ? variable(vectorKey(point)) : withoutPoints(point) })
    },
  })

/**
 * The updates of a step that is an equation for θ', as θ' = U(θ, states, g(φ), …) with θ' in the points φ alone, first of all: what the equation has of θ' itself
 * is taken to its other side, (1 − D)θ' = … for a multiple D on each block. The states follow, in the new θ.
 * @throws InputError where θ' stands in another way, or is not determined
 */
export function asEquation(updates: readonly Update[]): readonly Update[] {
  const whole = writtenOut({ updates }).get('theta') ?? THETA
  const rest = { terms: whole.terms.filter((t) => !isNext(t.atom)) }
  const kept = diagonalOf({ terms: whole.terms.filter((t) => isNext(t.atom)) }, NEXT_ATOM)
  const others = updates.filter((u) => u.name !== 'theta')
  if (kept === undefined || [rest, ...others.map((u) => u.value)].some((x) => holdsNext(withoutPoints(x)) && !isLinearInNext(x)) || holdsNext(withoutPoints(rest)))
    throw new InputError(`the step holds ${NEXT} inside a function of components or of matrices, or a contraction`, `${NEXT} stands in a gradient, g((theta + ${NEXT})/2), or by itself with a number before it`)
  const left = mapDiagonal(kept, (factor) => factored(sub(ONE, factor)))
  if ([left.elsewhere, ...left.parts.map((p) => p.factor)].some(isZero))
    throw new InputError(`the step leaves ${NEXT} undetermined: it is on both sides of its equation alike`, `write the step from theta, e.g. theta: "theta - eta*g(${NEXT})"`)
  return [{ name: 'theta', value: simplifyVector(applyDiagonal(inverseOf(left), rest)) }, ...others]
}

/** Whether outside of points the new θ stands in a sum only, by itself or projected. */
const isLinearInNext = (x: Vector): boolean => !holdsNext(withoutPoints({ terms: x.terms.filter((t) => !isNext(t.atom)) }))

const AT_ZERO = new Map([[sym('eta'), ZERO]])

/**
 * A rule whose step is an equation, as one that gives θ' outright to a power of η: U with θ for θ', put into itself for θ' again and again, is right to one more power
 * of η each time, for U depends on θ' by terms of order η.
 * @param length powers of η kept, from η⁰ on
 */
export function explicitToOrder(rule: Rule, length: number): Outcome<Rule> {
  if (!rule.implicit) return { ok: true, value: rule }
  const update = rule.updates.find((u) => u.name === 'theta')?.value ?? THETA
  if (holdsNext(substituteScalars(update, AT_ZERO))) return { ok: false, reason: `as eta vanishes the step still is an equation for ${NEXT}: it has no expansion in powers of eta` }
  let next: VectorSeries = [THETA]
  for (let n = 1; n < length; n += 1) {
    const found = next
    next = substituteSeries(update, (name, order) => (name === NEXT && order === 0 ? found : undefined), n + 1).map(simplifyVector)
  }
  const theta = sumSeries(next)
  const updates = rule.updates.map((u) => ({ name: u.name, value: u.name === 'theta' ? theta : replaceInVector(u.value, byName({ [NEXT]: theta })) }))
  return { ok: true, value: { ...rule, updates, implicit: false } }
}
