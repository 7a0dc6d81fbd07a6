import type { Block, Content, DerivationStep, Section } from '../document.js'
import { latexLanguage } from '../formula/latexRepeats.js'
import { type Meaning, type Reading, nameRepeats } from '../formula/repeats.js'

/**
 * The sections of a derivation with the parts that long formulas repeat named. The names are the same in all of the sections; each section
 * explains a name under the first formula that has it.
 */
export function withNamedRepeats(sections: readonly Section[]): Section[] {
  const named = nameRepeats(sections.flatMap(formulasIn), latexLanguage)
  return sections.map((section) => renamed(section, named()))
}

const formulasIn = ({ blocks, sections }: Section): string[] => [...blocks.flatMap(formulasOf), ...sections.flatMap(formulasIn)]

function formulasOf(block: Block): readonly string[] {
  switch (block.kind) {
    case 'formula':
      return [block.latex]
    case 'result':
      return block.formulas
    case 'list':
      return block.items.flatMap(mathIn)
    case 'steps':
      return block.steps.flatMap(({ before, after }) => (typeof before === 'string' ? [before, after] : [after]))
    default:
      return []
  }
}

const mathIn = (content: Content): string[] =>
  content.flatMap((part) => (typeof part !== 'string' && part.kind === 'math' ? [part.latex] : []))

const renamed = (section: Section, read: Reading): Section => ({
  ...section,
  blocks: section.blocks.flatMap((block) => renamedBlock(block, read)),
  sections: section.sections.map((each) => renamed(each, read)),
})

/** The block with shortened formulas, and what their names stand for where that was not told yet. */
function renamedBlock(block: Block, read: Reading): Block[] {
  switch (block.kind) {
    case 'formula':
      return explained(block.latex, read).map((latex) => ({ kind: 'formula', latex }))
    case 'result':
      return [{ ...block, formulas: block.formulas.flatMap((formula) => explained(formula, read)) }]
    case 'list':
      return renamedList(block.items, read)
    case 'steps':
      return [{ ...block, steps: block.steps.map((step) => renamedStep(step, read)) }]
    default:
      return [block]
  }
}

/** A formula and the equations that explain its names. */
function explained(latex: string, read: Reading): string[] {
  const { formula, where } = read(latex)
  return [formula, ...where.map(equationOf)]
}

const equationOf = ({ name, meaning }: Meaning): string => `\\text{where }${name} = ${meaning}`

function renamedList(items: readonly Content[], read: Reading): Block[] {
  const equations: string[] = []
  const renamedItems = items.map((item) =>
    item.map((part) => {
      if (typeof part === 'string' || part.kind !== 'math') return part
      const [latex = '', ...where] = explained(part.latex, read)
      equations.push(...where)
      return { ...part, latex }
    }),
  )
  return [{ kind: 'list', items: renamedItems }, ...equations.map((latex) => ({ kind: 'formula', latex }) as const)]
}

function renamedStep(step: DerivationStep, read: Reading): DerivationStep {
  const [before, ...first] = typeof step.before === 'string' ? explained(step.before, read) : [step.before]
  const [after = '', ...second] = explained(step.after, read)
  const where = [...first, ...second].filter((each) => typeof each === 'string')
  return { ...step, before: before ?? step.before, after, ...(where.length === 0 ? {} : { where }) }
}
