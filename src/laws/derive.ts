import { InputError } from '../errors.js'
import { readRule, type RuleStatement } from '../rules/rule.js'
import type { Shapes } from '../symmetry/families.js'
import { type SymmetryStatement, symmetriesOf } from '../symmetry/symmetry.js'
import type { Derivation } from './derivation.js'
import { documentOf } from './document.js'
import { type Laws, deriveLaws } from './engine.js'
import { stripped } from './matrixDocument.js'
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
    const failed = steps.find((s) => !s.verified.passed)
    if (failed !== undefined) throw new Error(`a step of the derivation failed its check (${failed.section}): ${failed.before.text} -> ${failed.after.text}`)
    if (laws.flows.length === 0 && laws.discrete === undefined)
      throw new InputError(`no law of the symmetry ${symmetry.name} under the rule ${rule.name} was found`, [laws.field, laws.flow].flatMap((o) => (o.ok ? [] : [o.reason])).join('; '))
    return { laws, derivation: stripped(documentOf(statement.title, laws, steps), laws) }
  })
}
