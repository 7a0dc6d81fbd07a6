import { InputError } from '../errors.js'
import type { ProjectorOperator } from '../jets/operator.js'
import { slotsOf } from '../jets/slots.js'
import type { VectorAtom } from '../jets/vector.js'
import { scalarsOf, vectorsIn } from '../jets/walk.js'
import { type Rule, readRule, type RuleStatement } from '../rules/rule.js'
import type { Shapes } from '../symmetry/families.js'
import { finiteForm } from '../symmetry/finite.js'
import { type Symmetry, type SymmetryStatement, apartByBlocks, symmetriesOf } from '../symmetry/symmetry.js'
import { shiftsTime, transformsAction } from '../symmetry/transformation.js'
import { byCompleteBlocks } from './completeBlocks.js'
import { closednessSteps, commonFactorSteps, integratingFactorSteps } from './closedness.js'
import type { Derivation } from './derivation.js'
import { documentOf } from './document.js'
import { type Laws, deriveLaws } from './engine.js'
import { commutatorStatements, withOtherSymmetries } from './joint.js'
import { writtenInBlocks } from './matrixDocument.js'
import { refuseTakenNames } from './names.js'
import { stepIdentity } from './stepIdentity.js'
import { derivationSteps } from './steps.js'

/** What to derive: the statement of a problem file without its run. */
export interface LawStatement {
  readonly title: string
  readonly parameters?: Shapes | undefined
  /** Sets of blocks that the rule speaks of beside the blocks and those of the symmetry. */
  readonly sets?: Readonly<Record<string, readonly string[]>> | undefined
  /** Whether the parameters are all there are. */
  readonly complete?: boolean | undefined
  readonly symmetry: SymmetryStatement
  /** All symmetries of the loss that are known, this one included: their constraints are used together, their commutators told. */
  readonly all?: readonly Symmetry[] | undefined
  readonly rule: RuleStatement
  readonly order: number
}

/** A derivation with the exact expressions behind it. */
export interface DerivedLaw {
  readonly laws: Laws
  readonly derivation: Derivation
}

/**
 * Derives the laws of one symmetry under one rule, every step checked: one result, or one each for the symmetric and the antisymmetric
 * part of arbitrary constants.
 * @param keepSymbols keep hyperparameters given as numbers as symbols (for a paper; the numbers belong to the run).
 * @throws InputError for statements that make no sense; Error if a step fails its check, which would be a defect of the engine.
 */
export function derive(statement: LawStatement, keepSymbols = false): readonly DerivedLaw[] {
  const symmetries = symmetriesOf(statement.symmetry, statement.parameters).map((found) => withSets(found, statement.sets))
  const known = (statement.all ?? symmetries).filter((s) => !transformsAction(s))
  return symmetries.map((symmetry) => {
    const stated = readRule(statement.rule, symmetry.names.sets, keepSymbols)
    refuseTakenNames(symmetry, stated)
    const { rule, steps: ofBlocks } = statement.complete === true ? withCompleteBlocks(stated, symmetry, statement.sets) : { rule: stated, steps: [] }
    const projected = projectedBy(rule)
    const own = deriveLaws(projected.length === 0 ? symmetry : apartByBlocks(symmetry, projected), rule, statement.order)
    const { laws, steps: joint } = withOtherSymmetries(own, known)
    const steps = [...ofBlocks, ...commonFactorSteps(own), ...closednessSteps(own), ...integratingFactorSteps(own), ...derivationSteps(own), ...joint]
    if (laws.flows.length === 0 && laws.discrete === undefined && stepIdentity(laws).length === 0)
      throw new InputError(`no law of the symmetry ${symmetry.name} under the rule ${rule.name} was found`, reasonsOf(laws).join('; '))
    const derivation = writtenInBlocks(withTransformations(documentOf(statement.title, laws, steps), laws, known), laws)
    const failed = derivation.steps.find((s) => !s.verified.passed)
    if (failed !== undefined) throw new Error(`a step of the derivation failed its check (${failed.section}): ${failed.before.text} -> ${failed.after.text}`)
    return { laws, derivation }
  })
}

/** A symmetry whose laws may speak of more sets of blocks than its own. */
const withSets = (symmetry: Symmetry, sets: LawStatement['sets'] = {}): Symmetry => ({ ...symmetry, names: { ...symmetry.names, sets: { ...symmetry.names.sets, ...sets } } })

/** Why there is no flow that could carry a law, each reason once. */
function reasonsOf({ field, flow, lagrangian, injected, symmetry }: Laws): readonly string[] {
  if (injected !== undefined && (shiftsTime(symmetry) || transformsAction(symmetry))) return ['injected noise does not stop with the motion: the energy, and what else a transformation of time conserves, have no law under it; take a symmetry of theta']
  const withoutFlow = [field, flow].flatMap((o) => (o.ok ? [] : [o.reason]))
  return [...new Set([...withoutFlow, ...(lagrangian.exists || !flow.ok ? [] : [lagrangian.reason])])]
}

/**
 * A rule for blocks that are all parameters there are: what its updates say of each block they say of everything.
 * @param sets larger blocks that the rule speaks of; then it says by itself what it takes apart
 */
function withCompleteBlocks(rule: Rule, symmetry: Symmetry, sets: LawStatement['sets']): ReturnType<typeof byCompleteBlocks> {
  const found = sets === undefined ? byCompleteBlocks(rule, symmetry) : { rule, steps: [] }
  return !transformsAction(symmetry) && !speaksOfBlocks(rule) && found.steps.length === 0 ? found : { ...found, rule: { ...found.rule, covered: Object.keys(symmetry.space.blocks) } }
}

/** The sets of blocks that stand in a vector. */
const setsIn = (a: VectorAtom): readonly ProjectorOperator[] => [
  ...(a.kind === 'apply' && a.operator.kind === 'projector' ? [a.operator] : []),
  ...(a.kind === 'elementwise' ? a.args : slotsOf(a).map((s) => s.child)).flatMap(setsIn),
]

/** The sets of blocks that a rule treats by themselves. */
const projectedBy = (rule: Rule): readonly ProjectorOperator[] => rule.updates.flatMap((u) => u.value.terms.flatMap((t) => setsIn(t.atom)))

/** Whether blocks stand in a rule, or in the numbers that its updates hold. */
const speaksOfBlocks = (rule: Rule): boolean => projectedBy(rule).length > 0 || rule.updates.some((u) => scalarsOf(u.value).flatMap(vectorsIn).some((a) => setsIn(a).length > 0))

/** The derivation with the finite transformation where it has a closed form, and the commutators with the symmetries known. */
function withTransformations(derivation: Derivation, { symmetry, rule }: Laws, known: readonly Symmetry[]): Derivation {
  const commutators = transformsAction(symmetry) ? [] : commutatorStatements(symmetry, known)
  const told = commutators.length === 0 ? derivation : { ...derivation, symmetry: { ...derivation.symmetry, commutators } }
  const form = finiteForm(symmetry.generator, symmetry.space, rule.hyperparameters, symmetry.time)
  if (form === undefined) return told
  const finite = { text: form.text, latex: form.latex }
  const why = 'The transformations that the generator generates: where their parameter is 0 each block stays, and its rate is the generator at where it has come to.'
  const verified = { passed: true, method: 'flow equation as power series in alpha', detail: `to order ${form.checkedTo}` }
  const step = { section: 'Symmetry', before: derivation.symmetry.generator, after: finite, why, verified }
  return { ...told, symmetry: { ...told.symmetry, finite }, steps: [step, ...told.steps] }
}
