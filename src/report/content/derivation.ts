import type { Derivation } from '../../laws/derivation.js'
import { type Content, type Section, code, math } from '../document.js'
import { parseFormula } from '../formula/parse.js'
import { widthOf } from '../formula/width.js'
import { type ReferenceKey, REFERENCE_KEYS, splitCitations } from '../references.js'
import { formula } from './equation.js'
import { hypotheses } from './hypotheses.js'
import { lawBlocks } from './law.js'
import { withNamedRepeats } from './named.js'
import { type ToldSteps, steps } from './steps.js'

/**
 * The law in full: what it starts from, what was derived, and the steps in between.
 *
 * @param told the steps that the document has before it
 */
export function derivationSections(derivation: Derivation, id: string, number: string, told: ToldSteps): Section[] {
  return withNamedRepeats([
    { id: `${id}-hypotheses`, title: ['What it starts from'], blocks: hypotheses(derivation), sections: [] },
    { id: `${id}-result`, title: ['The law'], blocks: lawBlocks(derivation), sections: [] },
    { id: `${id}-derivation`, title: ['Derivation'], blocks: steps(derivation, number, told), sections: [] },
  ])
}

/** Keys of the papers that the derivation's steps name. */
export function citedBy(derivation: Derivation): ReferenceKey[] {
  const parts = derivation.steps.flatMap((step) => splitCitations(step.source ?? ''))
  const cited = new Set(parts.map((part) => (typeof part === 'string' ? undefined : part.key)))
  return REFERENCE_KEYS.filter((key) => cited.has(key))
}

/** The widest formula that a cell of a table has room for, in em. */
const HEADLINE = 16

/** The result of a derivation as one line for a table of contents or a summary: its charge, of the steps where the rule has no flow. */
export function headline(derivation: Derivation): Content {
  const law = derivation.laws.flow.at(-1) ?? derivation.laws.discrete
  if (law === undefined) return [code(derivation.laws.solution.text)]
  const charge = formula(law.charge, `${derivation.title}, the charge`)
  return widthOf(parseFormula(charge)) > HEADLINE ? ['see its section'] : [math(charge)]
}
