import { add, mul, num } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { SymmetryRules } from '../jets/constraint.js'
import { norm2 } from '../jets/contraction.js'
import { gradientOf } from '../jets/leibniz.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import { projector } from '../jets/operator.js'
import { THETA, THETA_ATOM, type Vector, type VectorAtom, apply, isZeroVector, vectorOf } from '../jets/vector.js'
import type { FlowOfLaw, Laws } from '../laws/engine.js'
import { type Row, nextOfRow } from '../laws/discrete.js'
import type { Network } from '../network/index.js'
import type { NetworkSymmetry } from '../symmetry/instances.js'
import type { Measure } from '../training/measure.js'
import { type MeasuredBudget, measuredBudget } from './budget.js'
import { GRADIENT_NORM, type Quantity, WHOLE, measuresOf, quantityOf, shiftsOf } from './quantities.js'
import { type Batches, type Followed, byStep, driveOf, followedLaw, inStates, measuredLaw, stepPower } from './followed.js'
import { type Readout, readoutOf } from './readout.js'
import { inTimeOfRule } from './timeOfRule.js'
import { heldLaws } from './settings.js'

/** A row of the discrete law with everything it needs measured. */
export interface MeasuredRow {
  readonly row: Row
  readonly now: Quantity
  /** The right-hand side in quantities of the step. */
  readonly next: Quantity
  /** The drives' part of the right-hand side. */
  readonly driven: Quantity | undefined
}

/** What one law needs recorded for one family of a network, and what cannot be. */
export interface Plan {
  readonly symmetry: NetworkSymmetry
  readonly laws: Laws
  /** The laws as they were derived, flows that no run can follow among them. */
  readonly derived: Laws
  /** ⟨g, ξ⟩, and |ξ|² where it is not a constant. */
  readonly constraint: { readonly product: Quantity; readonly generator: Quantity | undefined } | undefined
  readonly rows: readonly MeasuredRow[] | undefined
  /** The charge budget, if a run can measure all of it. */
  readonly budget: MeasuredBudget | undefined
  /** Charge, and the drive of each flow law that a run can measure. */
  readonly charge: Quantity | undefined
  readonly drives: ReadonlyMap<FlowOfLaw, Quantity>
  /** The charges of flow laws that have others than that, as the energy is another function at every order. */
  readonly charges: ReadonlyMap<FlowOfLaw, Quantity | undefined>
  /** How the charge is read off the rows of the exact law. */
  readonly readout: Readout | undefined
  /** The law that is laid over the run, its schedules put in as functions of t, with its drive; `closed` if its solution is. */
  readonly followed: Followed | undefined
}

/** The generator, or what is proportional to it: the gradient of a charge found with an integrating factor, which is one in θ on blocks. */
const measuredGenerator = ({ symmetry, potential }: Laws): Vector => (potential?.integrated === undefined ? symmetry.generator : gradientOf(potential.charge, 'theta'))

/** A bound of |ξ|² for a matrix of constants that has one entry 1: the sizes of the blocks that it multiplies. */
function boundOf({ terms }: Vector): Expr | undefined {
  const maps = terms.map(({ atom: a }) => (a.kind === 'apply' && a.argument === THETA_ATOM && a.operator.kind === 'map' ? a.operator.terms : undefined))
  if (maps.length === 0 || maps.some((pieces) => pieces === undefined)) return undefined
  return add(...terms.flatMap(({ coefficient }, i) =>
    (maps[i] ?? []).map((t) => mul(coefficient, coefficient, t.coefficient, t.coefficient, norm2(apply(projector(t.from), THETA))))))
}

/** |x|² of a part of the generator; for a constant that of one entry, whose law is that of a member. */
function sizeOf(a: VectorAtom, symmetry: NetworkSymmetry): Expr {
  const shifts = shiftsOf(a, symmetry)
  return shifts === undefined ? norm2(vectorOf(a)) : num(shifts.reduce((sum, { factor }) => sum + factor ** 2, 0))
}

function constraintOf(laws: Laws, symmetry: NetworkSymmetry): Plan['constraint'] {
  const generator = measuredGenerator(laws)
  if (isZeroVector(generator)) return undefined
  const product = quantityOf(SymmetryRules.constraint(generator, 1), symmetry)
  if (product === undefined) return undefined
  const size = add(...generator.terms.map((t) => mul(t.coefficient, t.coefficient, sizeOf(t.atom, symmetry))))
  const bound = boundOf(generator)
  return { product, generator: quantityOf(size, symmetry) ?? (bound === undefined ? undefined : quantityOf(bound, symmetry)) }
}

/** Vectors that a law names, written out, so that a run can compute them. */
export function withDefinitions(e: Expr, { discrete }: Laws): Expr {
  const definitions = discrete?.definitions ?? new Map<string, Vector>()
  return definitions.size === 0 ? e : replaceInScalar(e, byName(Object.fromEntries(definitions)))
}

function rowsOf(laws: Laws, symmetry: NetworkSymmetry): readonly MeasuredRow[] | undefined {
  const { discrete } = laws
  if (discrete === undefined) return undefined
  const rows = discrete.rows.map((row, i) => {
    const [now, next] = [quantityOf(row.contraction, symmetry), quantityOf(withDefinitions(nextOfRow(discrete, i), laws), symmetry)]
    const drive = withDefinitions(add(...row.drives.map((d) => mul(d.coefficient, d.drive))), laws)
    const driven = row.drives.length === 0 ? undefined : quantityOf(drive, symmetry)
    return now === undefined || next === undefined ? undefined : { row, now, next, driven }
  })
  return rows.every((r) => r !== undefined) ? rows : undefined
}

/** Whether the laws along the flows are those of a mean over injected noise, which one run does not show. */
export const isOfMean = ({ rule }: Pick<Laws, 'rule'>): boolean => rule.noises.length > 0

/** What to record to check a law on a network; its flows those of hyperparameters held at their values. */
export function planOf(given: Laws, symmetry: NetworkSymmetry, batches: Batches = 'full'): Plan {
  const derived = inTimeOfRule(given)
  const held = heldLaws(derived)
  const laws = { ...held, flows: held.flows.flatMap((found) => measuredLaw(found.law).map((law) => ({ ...found, law }))) }
  const drives = new Map<FlowOfLaw, Quantity>()
  for (const found of laws.flows) {
    if (isOfMean(laws)) continue
    const q = driveOf(byStep(found.law, stepPower(laws, found)), laws, symmetry)
    if (q !== undefined) drives.set(found, q)
  }
  const followed = isOfMean(laws) ? undefined : followedLaw(derived, symmetry, batches)
  const charge = followed?.law.charge ?? laws.flows[0]?.law.charge ?? laws.discrete?.charge
  const measured = (e: Expr): Quantity | undefined => quantityOf(inStates(e, laws), symmetry)
  // A run draws the charge of the flow, ⟨dθ/dt, ξ⟩; the budget of a charge ⟨v, ξ⟩ of a state is another one's.
  const isOfState = laws.budget !== undefined && laws.potential === undefined && laws.dual === undefined && laws.budget.charge !== charge
  return {
    symmetry,
    laws,
    derived,
    constraint: constraintOf(laws, symmetry),
    rows: rowsOf(laws, symmetry),
    budget: measuredBudget(laws.budget === undefined || isOfState ? undefined : { ...laws.budget, terms: laws.budget.terms.map((t) => ({ ...t, change: withDefinitions(t.change, laws) })) }, symmetry),
    charge: charge === undefined ? undefined : measured(charge),
    drives,
    charges: new Map(laws.flows.flatMap((found) => (found.law.charge === charge ? [] : [[found, measured(found.law.charge)] as const]))),
    readout: readoutOf(laws, symmetry),
    followed,
  }
}

const wholeOf = (network: Network): NetworkSymmetry => ({ ...WHOLE, sets: { [WHOLE.name]: network.parameters.map((p) => ({ parameter: p.name })) } })

const gradientMeasure = (network: Network): Measure => ({ id: GRADIENT_NORM, symmetry: wholeOf(network), set: WHOLE.name, left: 'g', right: 'g', mode: 'diagonal' })

const quantitiesOf = (plans: readonly Plan[]): readonly Quantity[] =>
  plans.flatMap((p) => [
    ...(p.constraint === undefined ? [] : Object.values(p.constraint).filter((q) => q !== undefined)),
    ...(p.rows ?? []).flatMap((r) => [r.now, r.next, ...(r.driven === undefined ? [] : [r.driven])]),
    ...(p.budget ?? []).map((b) => b.change),
    ...[p.charge, ...p.charges.values()].filter((q) => q !== undefined),
    ...p.drives.values(),
    ...(p.readout?.drive === undefined ? [] : [p.readout.drive]),
    ...(p.followed === undefined ? [] : [p.followed.drive]),
  ])

/** All measures of plans, each once, and the norm of the gradient. */
export function measuresOfPlans(plans: readonly Plan[], network: Network): readonly Measure[] {
  return plans.length === 0 ? [] : [...measuresIn(quantitiesOf(plans), network), gradientMeasure(network)]
}

/** All measures of quantities, each once, those over all parameters with these. */
export const measuresIn = (quantities: readonly Quantity[], network: Network): readonly Measure[] =>
  measuresOf(quantities).map((m) => (m.symmetry === WHOLE ? { ...m, symmetry: wholeOf(network) } : m))

/** The elementwise vectors that measures of quantities speak of, by the state that holds them. */
export const vectorsIn = (quantities: readonly Quantity[]): ReadonlyMap<string, Vector> =>
  new Map(quantities.flatMap((q) => [...q.vectors].map(([name, a]) => [name, vectorOf(a)] as const)))

/** Those of plans. */
export const vectorsOfPlans = (plans: readonly Plan[]): ReadonlyMap<string, Vector> => vectorsIn(quantitiesOf(plans))

