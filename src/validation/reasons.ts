import { atom } from '../algebra/build.js'
import { atomsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { isZeroVector } from '../jets/vector.js'
import type { Laws } from '../laws/engine.js'
import { isInertial } from './followed.js'
import { beginsAtPole } from './timeOfRule.js'
import type { Plan } from './plan.js'
import { quantityOf } from './quantities.js'

/** A share in percent, to two digits. */
export const percent = (share: number): string => (Number.isFinite(share) ? `${Number((100 * share).toPrecision(2))} %` : 'no finite number')

type Of = Pick<Plan, 'laws' | 'symmetry'>

/** What a run does not record, as a clause that names a contraction of the scalars. */
function unrecorded(what: string, scalars: readonly Expr[], { symmetry }: Of): string {
  const missing = scalars.flatMap(atomsOf).find((o) => quantityOf(atom(o), symmetry) === undefined)
  return `a run does not record ${missing === undefined ? `what ${what} speaks of` : `${missing.text()}, of which ${what} speaks`}`
}

/** Why a run has no charge for a law. */
export function whyNoCharge(of: Pick<Plan, 'derived' | 'symmetry' | 'laws'>): string {
  const charge = of.derived.flows[0]?.law.charge ?? of.derived.discrete?.charge
  return charge === undefined ? whyNoFlow(of.derived) : unrecorded('the charge', [charge], of)
}

/** Why the constraint of a symmetry is not measured. */
export const whyNoConstraint = ({ laws: { symmetry } }: Of): string =>
  isZeroVector(symmetry.generator) ? 'the symmetry moves the time alone, and puts no constraint on the gradient' : 'a run does not record what the constraint speaks of'

/** Why a run is not held against the exact law of a step. */
export function whyNoRows(of: Of): string {
  const { rule, discrete } = of.laws
  if (rule.action !== undefined) return 'a motion has no discrete law; the run goes along it in Euler steps of length eta, from rest at t_0'
  if (rule.continuous) return 'a continuous rule has no discrete law'
  if (discrete === undefined && of.laws.symmetry.time !== undefined) return 'a transformation of time has a law along the motion only, none of a step'
  if (discrete === undefined) return 'the charge is one of velocities, and the rule has no state that holds one: there is no exact law of a step'
  return unrecorded('the law', [discrete.charge, ...discrete.rows.flatMap((row) => [row.contraction, ...row.drives.map((d) => d.drive)])], of)
}

/** Why there is no law along a flow. */
function whyNoFlow({ field, flow }: Laws): string {
  const reasons = [field, flow].flatMap((o) => (o.ok ? [] : [o.reason]))
  return reasons.length === 0 ? 'no flow carries a law of the charge' : `there is no law of a flow: ${[...new Set(reasons)].join('; ')}`
}

/** Why no model is held against the run: there is none, a run does not record its drive, or it is no problem with initial values. */
export function whyNoModel(of: Pick<Plan, 'laws' | 'derived' | 'symmetry' | 'drives' | 'charge'>): string {
  const { laws, derived, drives, charge } = of
  if (derived.flows.length === 0) return whyNoFlow(derived)
  if (laws.rule.noises.length > 0) return 'the rule injects noise: reruns at other rates have no path in common, and its law along the flow is that of the mean'
  if (drives.size > 0 && isInertial(derived)) return 'the flow is in a time of its own, for which no error bar is predicted'
  const pole = beginsAtPole(derived)
  if (drives.size > 0 && pole !== undefined) return `${pole} begins at zero, where the flow that keeps it has no value: begin it at a positive number to have the law laid over the run`
  if (laws.flows.length === 0) return 'a coefficient of the law before a rate of the charge is measured'
  if (charge === undefined) return whyNoCharge(of)
  return drives.size === 0 ? unrecorded('the law', laws.flows.map(({ law }) => law.drive), of) : 'a law without time derivatives, or with motions beyond those of the rule that do not die out, is no problem with initial values'
}
