import { InputError } from '../errors.js'
import { readRule, type RuleStatement } from '../rules/rule.js'
import type { Shapes } from '../symmetry/families.js'
import { finiteForm } from '../symmetry/finite.js'
import { type SymmetryStatement, symmetriesOf } from '../symmetry/symmetry.js'
import type { Derivation } from './derivation.js'
import { documentOf } from './document.js'
import { type Laws, deriveLaws } from './engine.js'
import { writtenInBlocks } from './matrixDocument.js'
import { derivationSteps } from './steps.js'

/** What to derive: the statement of a problem file without its run. */
export interface LawStatement {
  readonly title: string
  readonly parameters?: Shapes | undefined
  readonly symmetry: SymmetryStatement
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
  const symmetries = symmetriesOf(statement.symmetry, statement.parameters)
  return symmetries.map((symmetry) => {
    const rule = readRule(statement.rule, symmetry.names.sets, keepSymbols)
    const laws = deriveLaws(symmetry, rule, statement.order)
    const steps = derivationSteps(laws)
    if (laws.flows.length === 0 && laws.discrete === undefined)
      throw new InputError(`no law of the symmetry ${symmetry.name} under the rule ${rule.name} was found`, [laws.field, laws.flow].flatMap((o) => (o.ok ? [] : [o.reason])).join('; '))
    const derivation = writtenInBlocks(withFiniteForm(documentOf(statement.title, laws, steps), laws), laws)
    const failed = derivation.steps.find((s) => !s.verified.passed)
    if (failed !== undefined) throw new Error(`a step of the derivation failed its check (${failed.section}): ${failed.before.text} -> ${failed.after.text}`)
    return { laws, derivation }
  })
}

/** The derivation with the finite transformation where it has a closed form. */
function withFiniteForm(derivation: Derivation, { symmetry }: Laws): Derivation {
  const form = finiteForm(symmetry.generator, symmetry.space)
  if (form === undefined) return derivation
  const finite = { text: form.text, latex: form.latex }
  const why = 'The transformations that the generator generates: at alpha = 0 each block stays, and its rate is the generator at where it has come to.'
  const verified = { passed: true, method: 'flow equation as power series in alpha', detail: `to order ${form.checkedTo}` }
  const step = { section: 'Symmetry', before: derivation.symmetry.generator, after: finite, why, verified }
  return { ...derivation, symmetry: { ...derivation.symmetry, finite }, steps: [step, ...derivation.steps] }
}
