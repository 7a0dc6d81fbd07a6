import { add, mul } from '../algebra/build.js'
import { SymmetryRules } from '../jets/constraint.js'
import { norm2 } from '../jets/contraction.js'
import { type Vector, vectorOf } from '../jets/vector.js'
import type { Laws } from '../laws/engine.js'
import type { Row } from '../laws/discrete.js'
import { nextOfRow } from '../laws/document.js'
import type { Network } from '../network/index.js'
import type { NetworkSymmetry } from '../symmetry/instances.js'
import type { Measure } from '../training/measure.js'
import { type MeasuredBudget, measuredBudget } from './budget.js'
import { type Quantity, WHOLE, measuresOf, quantityOf } from './quantities.js'

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
  /** ⟨g, ξ⟩, and |ξ|² where it is not a constant. */
  readonly constraint: { readonly product: Quantity; readonly generator: Quantity | undefined } | undefined
  readonly rows: readonly MeasuredRow[] | undefined
  /** The charge budget, if a run can measure all of it. */
  readonly budget: MeasuredBudget | undefined
  /** Charge, and the drive of each flow law that a run can measure. */
  readonly charge: Quantity | undefined
  readonly drives: ReadonlyMap<Laws['flows'][number], Quantity>
}

function constraintOf(laws: Laws, symmetry: NetworkSymmetry): Plan['constraint'] {
  const { generator } = laws.symmetry
  const product = quantityOf(SymmetryRules.constraint(generator, 1), symmetry)
  if (product === undefined) return undefined
  const size = add(...generator.terms.map((t) => mul(t.coefficient, t.coefficient, norm2(vectorOf(t.atom)))))
  return { product, generator: quantityOf(size, symmetry) }
}

function rowsOf(laws: Laws, symmetry: NetworkSymmetry): readonly MeasuredRow[] | undefined {
  const { discrete } = laws
  if (discrete === undefined) return undefined
  const rows = discrete.rows.map((row, i) => {
    const [now, next] = [quantityOf(row.contraction, symmetry), quantityOf(nextOfRow(discrete, i), symmetry)]
    const drive = add(...row.drives.map((d) => mul(d.coefficient, d.drive)))
    const driven = row.drives.length === 0 ? undefined : quantityOf(drive, symmetry)
    return now === undefined || next === undefined ? undefined : { row, now, next, driven }
  })
  return rows.every((r) => r !== undefined) ? rows : undefined
}

/** What to record to check a law on a network. */
export function planOf(laws: Laws, symmetry: NetworkSymmetry): Plan {
  const drives = new Map<Laws['flows'][number], Quantity>()
  for (const found of laws.flows) {
    const q = quantityOf(found.law.drive, symmetry)
    if (q !== undefined) drives.set(found, q)
  }
  const charge = laws.flows[0]?.law.charge ?? laws.discrete?.charge
  return {
    symmetry,
    laws,
    constraint: constraintOf(laws, symmetry),
    rows: rowsOf(laws, symmetry),
    budget: measuredBudget(laws.budget, symmetry),
    charge: charge === undefined ? undefined : quantityOf(charge, symmetry),
    drives,
  }
}

/** |g|² over all parameters. */
export const GRADIENT_NORM = 'gradient norm'

const wholeOf = (network: Network): NetworkSymmetry => ({ ...WHOLE, sets: { [WHOLE.name]: network.parameters.map((p) => ({ parameter: p.name })) } })

const gradientMeasure = (network: Network): Measure => ({ id: GRADIENT_NORM, symmetry: wholeOf(network), set: WHOLE.name, left: 'g', right: 'g', mode: 'diagonal' })

const quantitiesOf = (plans: readonly Plan[]): readonly Quantity[] =>
  plans.flatMap((p) => [
    ...(p.constraint === undefined ? [] : Object.values(p.constraint).filter((q) => q !== undefined)),
    ...(p.rows ?? []).flatMap((r) => [r.now, r.next, ...(r.driven === undefined ? [] : [r.driven])]),
    ...(p.budget ?? []).map((b) => b.change),
    ...(p.charge === undefined ? [] : [p.charge]),
    ...p.drives.values(),
  ])

/** All measures of plans, each once, and the norm of the gradient. */
export function measuresOfPlans(plans: readonly Plan[], network: Network): readonly Measure[] {
  const [first] = plans
  if (first === undefined) return []
  const all = measuresOf(quantitiesOf(plans)).map((m) => (m.symmetry === WHOLE ? { ...m, symmetry: wholeOf(network) } : m))
  return [...all, gradientMeasure(network)]
}

/** The elementwise vectors that measures of the plans speak of, by the state that holds them. */
export const vectorsOfPlans = (plans: readonly Plan[]): ReadonlyMap<string, Vector> =>
  new Map(quantitiesOf(plans).flatMap((q) => [...q.vectors].map(([name, a]) => [name, vectorOf(a)] as const)))

