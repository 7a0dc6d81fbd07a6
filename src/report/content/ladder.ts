import { type LawVerdict, type Rung, type Verdict, nameOfLaw, nameOfRung } from '../../validation/result.js'
import { type Block, type Content, type Verdict as Mark, badge, number, paragraph, strong } from '../document.js'
import { numberText } from '../numbers.js'
import { capital, sentence } from './sentence.js'

/** How a verdict is marked: a law that was not compared as a rung that was skipped. */
export const markOf = (verdict: Verdict): Mark => (verdict === 'not compared' ? 'skipped' : verdict)

const HEADINGS: Readonly<Record<Verdict, string>> = { passed: 'The law holds', failed: 'The law fails', 'not compared': 'The law was not compared with the run' }

/** The verdict of one law in words, with every rung that failed and by how much. */
export function lawVerdict(law: LawVerdict): Block {
  const failed = law.rungs.filter((rung) => rung.verdict === 'failed')
  return {
    kind: 'verdict',
    verdict: markOf(law.verdict),
    heading: HEADINGS[law.verdict],
    content: [law.summary],
    items: failed.map(failure),
  }
}

/** Rung, what was measured, what was allowed, and how far apart they are. */
export function failure(rung: Rung): Content {
  return [
    strong(`Rung ${rung.rung}, ${rung.name}`),
    ': measured ',
    number(rung.measured),
    ', tolerance ',
    number(rung.tolerance),
    excess(rung),
    rung.detail === '' ? '' : ` ${sentence(rung.detail)}`,
  ]
}

function excess({ measured, tolerance }: Rung): string {
  const factor = measured / tolerance
  return Number.isFinite(factor) && factor > 1 ? `, ${numberText(factor)} times too large.` : '.'
}

/** The ladder of one law: numbers first, then where each tolerance comes from. */
export function ladder(law: LawVerdict, id: string): Block[] {
  if (law.rungs.length === 0) return []
  return [
    {
      kind: 'table',
      id: `${id}-ladder`,
      caption: [
        `The ladder for ${nameOfLaw(law)}: what was measured against what was allowed. Margin is tolerance over measured; below 1 ` +
          'the rung fails.',
      ],
      columns: [
        { title: ['Rung'], align: 'right' },
        { title: ['Check'], align: 'left', share: 0.38 },
        { title: ['Measured'], align: 'right' },
        { title: ['Tolerance'], align: 'right' },
        { title: ['Margin'], align: 'right' },
        { title: ['Verdict'], align: 'left' },
      ],
      rows: law.rungs.map((rung) => [
        [String(rung.rung)],
        [rung.name],
        rung.verdict === 'skipped' ? ['—'] : [number(rung.measured)],
        rung.verdict === 'skipped' ? ['—'] : [number(rung.tolerance)],
        margin(rung),
        [badge(rung.verdict)],
      ]),
    },
    paragraph('Where the tolerances come from, and where the worst case lies:'),
    {
      kind: 'list',
      items: law.rungs.map((rung) => [
        strong(`${capital(nameOfRung(rung, law.rungs))}.`),
        ` ${[...new Set([rung.reason, rung.detail])].filter((text) => text !== '').map(sentence).join(' ')}`,
      ]),
    },
    ...(law.atRate === undefined ? [] : [paragraph(sentence(law.atRate.summary))]),
  ]
}

function margin({ measured, tolerance, verdict }: Rung): Content {
  if (verdict === 'skipped') return ['—']
  const factor = tolerance / measured
  return measured === 0 ? ['exact'] : Number.isFinite(factor) ? [number(factor, 2)] : ['—']
}
