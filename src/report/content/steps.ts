import type { Derivation, Step } from '../../laws/derivation.js'
import type { Block, Content, DerivationStep } from '../document.js'
import { type SourcePart, splitCitations } from '../references.js'
import { checkContent } from './checkContent.js'
import { formula } from './equation.js'

/** Numbers of the first and last step of a group that a document has told, by what the group says. */
export type ToldSteps = Map<string, { readonly first: string; readonly last: string }>

interface Group {
  readonly heading: string
  readonly steps: readonly Step[]
  /** How many steps stand before it. */
  readonly before: number
}

/**
 * The derivation step by step, under the headings of its sections. A group of steps that the document has already, such as the flow of a
 * rule that several laws are derived for, is told by its numbers there.
 *
 * @param law its number, which the steps' numbers begin with
 * @param told groups that stand before it in the document; those of this derivation are added
 */
export function steps({ title, steps: all }: Derivation, law: string, told: ToldSteps): Block[] {
  const checked = all.filter((step) => step.verified.passed).length
  const opening: Block = {
    kind: 'paragraph',
    content: [
      `${all.length} steps, each an identity that was checked by itself; ` +
        `${checked === all.length ? 'all of them passed' : `${checked} of them passed`}. `,
      'A step that begins with the result of the step before it names that step in place of repeating it.',
    ],
  }
  let shown: Step | undefined
  const groups = groupsOf(all).map((group): Block => {
    const key = JSON.stringify([group.heading, group.steps])
    const known = told.get(key)
    const previous = shown
    shown = known === undefined ? group.steps.at(-1) : undefined
    if (known !== undefined) return { kind: 'steps', heading: group.heading, steps: [], elsewhere: { ...known, count: group.steps.length } }
    told.set(key, { first: `${law}.${group.before + 1}`, last: `${law}.${group.before + group.steps.length}` })
    const numbered = group.steps.map((step, index) => {
      const at = { title: `${title}, steps[${group.before + index}]`, law, index: group.before + index }
      return numberStep(step, index === 0 ? previous : group.steps[index - 1], at)
    })
    return { kind: 'steps', heading: group.heading, steps: numbered }
  })
  return [opening, ...groups]
}

function groupsOf(all: readonly Step[]): readonly Group[] {
  return all.reduce<readonly Group[]>((found, step, index) => {
    const last = found.at(-1)
    if (last?.heading !== step.section) return [...found, { heading: step.section, steps: [step], before: index }]
    return [...found.slice(0, -1), { ...last, steps: [...last.steps, step] }]
  }, [])
}

interface Place {
  readonly title: string
  readonly law: string
  readonly index: number
}

/** @param previous the step that the document shows right before it */
function numberStep(step: Step, previous: Step | undefined, { title, law, index }: Place): DerivationStep {
  const continues = previous !== undefined && previous.after.latex === step.before.latex
  const source: Content = step.source === undefined ? [] : [' (', ...splitCitations(step.source).flatMap(citation), ')']
  return {
    number: `${law}.${index + 1}`,
    before: continues ? { from: `${law}.${index}` } : formula(step.before, `${title}.before`),
    after: formula(step.after, `${title}.after`),
    why: [step.why, ...source],
    check: checkContent(step.verified),
    passed: step.verified.passed,
  }
}

const citation = (part: SourcePart): Content => (typeof part === 'string' ? [part] : [{ kind: 'cite', key: part.key }, part.where])
