import { ZERO, mul, num, pow, sub, sym } from '../algebra/build.js'
import { atomsOf, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { replaceInScalar } from '../jets/substitute.js'
import { asContraction } from '../jets/contraction.js'
import { isLossAnywhere } from '../jets/field.js'
import { THETA_ATOM } from '../jets/vector.js'
import { allVectorsIn } from '../jets/walk.js'
import type { FlowOfLaw, Laws } from '../laws/engine.js'
import type { LinearLaw } from '../laws/flow.js'
import type { Power } from '../rules/inertial.js'
import { solveLaw } from '../laws/solve.js'
import { withSchedules } from '../laws/solutions/scheduled.js'
import type { NetworkSymmetry } from '../symmetry/instances.js'
import { hasGainOfNoise } from './noiseGain.js'
import { beginsAtPole, timeOfStep } from './timeOfRule.js'
import { type Quantity, quantityOf } from './quantities.js'

/** Whether the steps of a run take all samples, so that its path is smooth, or batches, whose noise is new at every step. */
export type Batches = 'full' | 'noisy'

/** The law that is laid over a run, with the drive that is measured. */
export interface Followed {
  readonly law: LinearLaw
  readonly drive: Quantity
  /** Power of η to which its flow holds. */
  readonly order: number
  /** Whether its flow has states of the rule settled, be they at their start or not. */
  readonly settled: boolean
  /** Whether its solution is in closed form. */
  readonly closed: boolean
  /** The model it is the law of and why it is taken, where it is not the one that is solved. */
  readonly of?: string
}

/** Whether the flows are in the time k·√η. */
export const isInertial = ({ motions }: Pick<Laws, 'motions'>): boolean => motions.some((motion) => motion.inertial)

/** The power of the length of its steps that the learning rate is for a flow. */
export const stepPower = ({ motions }: Pick<Laws, 'motions'>, { model }: Pick<FlowOfLaw, 'model'>): Power =>
  (model === 'modified flow' ? motions.find((motion) => motion.inertial)?.inertial : undefined) ?? 1

/** A time k·η in the time of the flows that a run is compared with. */
export const timeOfFlow = (laws: Pick<Laws, 'motions' | 'field'>, time: number, eta: number): number => time * eta ** (timeOfStep(laws) / stepPower(laws, { model: 'modified flow' }) - 1)

/** A law with `eta` for the length of a step of which the learning rate is a power. */
export function byStep(law: LinearLaw, power: Power): LinearLaw {
  if (power === 1) return law
  const by = (e: Expr): Expr => substitute(e, { eta: pow(sym('eta'), num(power)) })
  return { ...law, coefficients: law.coefficients.map(by), drive: by(law.drive), drives: law.drives.map((d) => ({ ...d, coefficient: by(d.coefficient) })) }
}

const isMeasured = (coefficient: Expr): boolean => atomsOf(coefficient).length > 0

/** A law as a run can follow it: a damping that is measured drives the charge, as their product; where a rate has such a factor there is none. */
export function measuredLaw(law: LinearLaw): readonly LinearLaw[] {
  const [a0 = ZERO, ...rates] = law.coefficients
  if (rates.some(isMeasured)) return []
  return [isMeasured(a0) ? { ...law, coefficients: [ZERO, ...rates], drive: sub(law.drive, mul(a0, law.charge)) } : law]
}

/** A scalar in what a run of a motion records: its velocities by θ and the states. */
export const inStates = (e: Expr, { rule: { action } }: Laws): Expr =>
  action?.stepped === undefined ? e : replaceInScalar(e, (name, order) => (name === 'theta' && order === 1 ? action.stepped?.velocity : undefined))

/** What drives a law, as a run measures it; undefined where it does not. */
export const driveOf = (law: LinearLaw, laws: Laws, symmetry: NetworkSymmetry): Quantity | undefined => quantityOf(inStates(law.drive, laws), symmetry)

/** Whether a drive has θ itself beside something that moves it, or functions of its components: it changes within a step by a term of first order in η. */
const readsPosition = ({ drive }: LinearLaw): boolean =>
  atomsOf(drive).some((o) => {
    const c = asContraction(o)
    const within = c === undefined ? [] : [c.left, c.right].map((side) => (side.kind === 'apply' ? side.argument : side))
    return (within.includes(THETA_ATOM) && within.some((a) => a.kind !== 'variable')) || within.some((a) => a.kind === 'elementwise' && a.args.includes(THETA_ATOM))
  })

const readsCurvature = ({ drive }: LinearLaw): boolean => allVectorsIn(drive).some((a) => a.kind === 'tensor' && isLossAnywhere(a.field) && a.along.length > 0)

/** Whether the order to which a law holds tells how its drive changes within a step. */
export const changesWithinStep = ({ law, order }: Pick<Followed, 'law' | 'order'>): boolean => order > 1 || (order === 1 && (readsPosition(law) || readsCurvature(law)))

/**
 * Whether a law stands the noise of batches. Where the drives change within a step to the order of the law, they take the gradient to change from step
 * to step as along a smooth path, and noise does not. A modified vector field of a rule with states takes every gradient for one that lasts until the states have settled, and
 * the noise of a batch is gone by then; the modified flow has in θ̇ what they make of it, as far as its drives make as much of noise as the step does.
 */
function standsNoise(found: FlowOfLaw, laws: Laws): boolean {
  const { rule } = laws
  if (rule.action !== undefined || found.order === 0) return true
  if (found.order > 1 || changesWithinStep(found)) return false
  return rule.states.length === 0 ? found.model === 'modified vector field' : found.model === 'modified flow' && hasGainOfNoise(found, laws)
}

/** Whether a law is laid over a run: without rates it is a condition, beyond two time derivatives it has motions that no run shows. */
const isFollowable = ({ coefficients }: LinearLaw): boolean => coefficients.length === 2 || coefficients.length === 3

/** The laws that can be laid over a run: for a motion as they come, else the orders from the highest down, the modified flow of a rule with states first. */
function otherLaws({ flows, rule }: Laws): readonly FlowOfLaw[] {
  if (rule.action !== undefined) return flows
  const preferred = rule.states.length > 0 ? 'modified flow' : 'modified vector field'
  return flows.filter(({ law }) => isFollowable(law)).toSorted((a, b) => b.order - a.order || Number(b.model === preferred) - Number(a.model === preferred))
}

interface Candidate {
  readonly of: FlowOfLaw
  readonly law: LinearLaw
  readonly closed: boolean
}

/** The modified flow with its schedules for a rule with states, integrated numerically where it has no closed form; else the law that is solved, else the others. */
function candidatesOf(laws: Laws): readonly Candidate[] {
  const { solved, flows, rule } = laws
  const flow = rule.schedules.size > 0 && rule.states.length > 0 ? flows.findLast((f) => f.model === 'modified flow' && isFollowable(f.law)) : undefined
  const scheduled = (of: FlowOfLaw): readonly Candidate[] => {
    const law = withSchedules(of.law, rule.schedules)
    return law.ok ? [{ of, law: law.value, closed: false }] : []
  }
  const own = solved === undefined || !isFollowable(solved.law.law) ? [] : [{ of: solved.law, law: solved.law.law, closed: true }]
  return [...(flow === undefined ? [] : scheduled(flow)), ...own, ...otherLaws(laws).flatMap(scheduled)]
}

/** The first law that a run can be held against: one that stands the noise of its batches, and whose drive it records. */
export function followedLaw(laws: Laws, symmetry: NetworkSymmetry, batches: Batches): Followed | undefined {
  if (isInertial(laws) || beginsAtPole(laws) !== undefined) return undefined
  const { solved, rule } = laws
  const candidates = candidatesOf(laws)
  const standing = batches === 'full' ? candidates : candidates.filter(({ of }) => standsNoise(of, laws))
  const [first] = candidates
  const why = standing[0] === first ? 'whose drive a run records' : 'which stands the noise of batches'
  return standing.flatMap(({ of, law: derived, closed }) => measuredLaw(derived).flatMap((law) => {
    const drive = driveOf(law, laws, symmetry)
    const name = of === first?.of || of === solved?.law || rule.action !== undefined ? {} : { of: `the ${of.model} of order ${of.order}, ${why},` }
    return drive === undefined ? [] : [{ law, drive, order: of.order, settled: of.model === 'modified vector field' && laws.field.ok && laws.field.value.states.size > 0, closed: closed || solveLaw(law).length > 0, ...name }]
  }))[0]
}
