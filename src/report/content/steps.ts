import type { Derivation, Step } from '../../laws/derivation.js'
import type { Block, Content, DerivationStep } from '../document.js'
import { type SourcePart, splitCitations } from '../references.js'
import { checkContent } from './checkContent.js'
import { formula } from './equation.js'

/** The derivation step by step, under the headings of its sections. @param number of the law, which the steps' numbers begin with. */
export function steps({ title, steps: all }: Derivation, number: string): Block[] {
  const numbered = all.map((step, index) => numberStep(step, all[index - 1], index, `${title}, steps[${index}]`, number))
  const checked = all.filter((step) => step.verified.passed).length
  const opening: Block = {
    kind: 'paragraph',
    content: [
      `${all.length} steps, each an identity that was checked by itself; ${checked === all.length ? 'all of them passed' : `${checked} of them passed`}. `,
      'A step that begins with the result of the step before it names that step in place of repeating it.',
    ],
  }
  return [opening, ...groups(all, numbered)]
}

function groups(all: readonly Step[], numbered: readonly DerivationStep[]): Block[] {
  const found: { heading: string; steps: DerivationStep[] }[] = []
  numbered.forEach((step, index) => {
    const heading = all[index]?.section ?? ''
    const last = found.at(-1)
    if (last?.heading === heading) last.steps.push(step)
    else found.push({ heading, steps: [step] })
  })
  return found.map((group) => ({ kind: 'steps', ...group }))
}

function numberStep(step: Step, previous: Step | undefined, index: number, place: string, law: string): DerivationStep {
  const continues = previous !== undefined && previous.after.latex === step.before.latex
  const source: Content = step.source === undefined ? [] : [' (', ...splitCitations(step.source).flatMap(citation), ')']
  return {
    number: `${law}.${index + 1}`,
    before: continues ? { from: `${law}.${index}` } : formula(step.before, `${place}.before`),
    after: formula(step.after, `${place}.after`),
    why: [step.why, ...source],
    check: checkContent(step.verified),
    passed: step.verified.passed,
  }
}

const citation = (part: SourcePart): Content => (typeof part === 'string' ? [part] : [{ kind: 'cite', key: part.key }, part.where])
