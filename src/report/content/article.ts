import { type LawVerdict, type RunResult, type Verdict, isCompared, kindOfConstant, nameOfLaw } from '../../validation/result.js'
import { type Block, type Content, type Document, type Section, badge, math, number, paragraph, reference } from '../document.js'
import { CORE_REFERENCES, REFERENCE_KEYS, type ReferenceKey } from '../references.js'
import { summarizeNeurons, worstNeuron } from '../sampling.js'
import { citedBy, derivationSections, headline } from './derivation.js'
import { budgetFigure, noiseTable } from './budget.js'
import { breakingFigure, curvesFigure, neuronsFigure, orderFigure } from './figures.js'
import { failure, ladder, lawVerdict, markOf } from './ladder.js'
import { capital, sentence } from './sentence.js'
import type { ToldSteps } from './steps.js'
import { trainingBlocks } from './training.js'

/** A run as an article: verdict, summary, the run, then each law with its derivation and what was measured. */
export function articleOf(result: RunResult): Document {
  return {
    kind: 'article',
    title: result.title,
    subtitle: `Derived, compiled, measured and reported by noether ${result.version}`,
    date: result.date,
    blocks: summaryBlocks(result, ''),
    sections: runSections(result, '', '', new Map()),
    references: referencesOf(result.laws.flatMap((law) => citedBy(law.derivation))),
  }
}

/** The papers every report stands on, and those that were cited. */
export const referencesOf = (cited: readonly ReferenceKey[]): ReferenceKey[] =>
  REFERENCE_KEYS.filter((key) => CORE_REFERENCES.includes(key) || cited.includes(key))

/** Verdict, table of the laws and the interactive plots. @param prefix of every id, so that several runs fit in one book. */
export function summaryBlocks(result: RunResult, prefix: string): Block[] {
  const failed = result.laws.filter((law) => law.verdict === 'failed')
  return [
    {
      kind: 'verdict',
      verdict: markOf(result.verdict),
      heading: capital(result.verdict),
      content: [outcomeOf(result.laws)],
      items: failed.flatMap(failures),
    },
    ...(result.laws.length === 0 ? [] : [summaryTable(result.laws, prefix)]),
    { kind: 'explorer' },
  ]
}

/** How many laws failed or held, and how many no measured number speaks of. */
function outcomeOf(laws: readonly LawVerdict[]): string {
  const of = (verdict: Verdict): number => laws.filter((law) => law.verdict === verdict).length
  const [failed, held, total] = [of('failed'), of('passed'), laws.length]
  if (failed > 0) return `${failed} of ${total} ${total === 1 ? 'law' : 'laws'} failed on this run.`
  if (held === 0) return `Nothing that was measured is held against ${total === 1 ? 'the law' : 'the laws'}: the ladder says why.`
  if (held < total) return `${held} of ${total} laws held on this run, on every rung of the ladder that was climbed; the others were not compared with it.`
  return `${total === 1 ? 'The law' : total === 2 ? 'Both laws' : `All ${total} laws`} held on this run, on every rung of the ladder that was climbed.`
}

const failures = (law: LawVerdict): Content[] =>
  law.rungs.filter(({ verdict }) => verdict === 'failed').map((rung) => [`${nameOfLaw(law)}: `, ...failure(rung)])

function summaryTable(laws: readonly LawVerdict[], prefix: string): Block {
  return {
    kind: 'table',
    id: `${prefix}summary`,
    caption: [
      'The laws of this run. Residual: largest difference of measured charge and solution over all neurons and steps, relative to ' +
        'the largest ',
      'charge of that neuron.',
    ],
    columns: [
      { title: ['Symmetry'], align: 'left', share: laws.some((law) => law.verdict === 'not compared') ? 0.28 : 0.34 },
      { title: ['Charge'], align: 'left' },
      { title: ['Neurons'], align: 'right' },
      { title: ['Residual'], align: 'right' },
      { title: ['Verdict'], align: 'left' },
    ],
    rows: laws.map((law) => [
      [`${nameOfLaw(law)}: ${law.symmetry.origin}`],
      headline(law.derivation),
      [String(law.symmetry.count)],
      [residualOf(law)],
      [badge(markOf(law.verdict), law.verdict)],
    ]),
  }
}

/** A charge that no recorded step has is no measure for what a solution is off by. */
function residualOf(law: LawVerdict): Content[number] {
  const { curves } = law
  if (curves.theory.length === 0) return 'no solution'
  if (!isCompared(law)) return 'not compared'
  return number(worstNeuron(summarizeNeurons(curves))?.relative ?? Number.NaN)
}

/**
 * @param number of the chapter with a dot behind it, or empty
 * @param told the steps that the document has before it
 */
export function runSections(result: RunResult, prefix: string, number: string, told: ToldSteps): Section[] {
  const laws = result.laws.map((law, index) =>
    lawSection(law, `${prefix}law-${index + 1}`, {
      number: `${number}${index + 1}`,
      same: derivedBefore(result.laws, index, number),
      told,
    }),
  )
  return [
    { id: `${prefix}run`, title: ['The run'], blocks: trainingBlocks(result.training, prefix), sections: [] },
    ...laws,
    ...(result.breaking.length === 0 ? [] : [breakingSection(result, prefix)]),
  ]
}

/** The number of an earlier law of the run with the same derivation, if there is one: the same law, at another place of the network. */
function derivedBefore(laws: readonly LawVerdict[], index: number, number: string): string | undefined {
  const derivation = JSON.stringify(laws[index]?.derivation)
  const first = laws.findIndex((law) => JSON.stringify(law.derivation) === derivation)
  return first < index ? `${number}${first + 1}` : undefined
}

interface Place {
  readonly number: string
  /** Number of the earlier law whose derivation this one shares. */
  readonly same: string | undefined
  readonly told: ToldSteps
}

function lawSection(law: LawVerdict, id: string, { number, same, told }: Place): Section {
  const figures = [...curvesFigure(law, id), ...neuronsFigure(law, id), ...budgetFigure(law, id)]
  const measured: Block[] = [...figures, ...noiseTable(law, id), ...ladder(law, id), ...orderFigure(law.orders, id)]
  return {
    id,
    title: [`Law ${number}. ${placeOf(law) ?? law.derivation.title}`],
    blocks: [lawVerdict(law), paragraph(...openingOf(law, figures, same))],
    sections: [
      { id: `${id}-measured`, title: ['Theory and measurement'], blocks: measured, sections: [] },
      ...(same === undefined ? derivationSections(law.derivation, id, number, told) : []),
    ],
  }
}

/** Where the symmetry is from, for how many neurons the law holds, and what breaks it. */
function openingOf(
  { symmetry: { origin, degree, count, broken } }: LawVerdict,
  [overlay]: readonly Block[],
  same: string | undefined,
): Content {
  return [
    `${sentence(origin)} `,
    degree === undefined ? '' : `Homogeneous of degree ${degree}. `,
    count === 1
      ? 'The derivation is made on abstract parameter sets'
      : `The derivation is made once, on abstract parameter sets, and holds for each of the ${count} neurons`,
    ...(overlay?.kind === 'figure' ? [' (', reference(overlay.id), ').'] : ['.']),
    same === undefined ? '' : ` The law is that of Law ${same}, derived there, at another place of the network.`,
    ...(broken === undefined ? [] : [` The symmetry is broken by ${broken.by} = `, { kind: 'number', value: broken.value } as const, '.']),
  ]
}

/** An inferred symmetry by its family, what it moves and its place in the network, e.g. `Translation of b3: dense3 → cross_entropy`. */
function placeOf({ symmetry: { family, origin, sets, moves }, derivation }: LawVerdict): string | undefined {
  const colon = origin.indexOf(': ')
  if (colon < 0) return undefined
  const moved = moves ?? [...new Set(Object.values(sets).flatMap((members) => members.map(({ parameter }) => parameter)))]
  return `${sentence(family).replace(/\.$/, '')} of ${moved.join(', ')}${kindOfConstant(derivation)}: ${origin.slice(0, colon)}`
}

function breakingSection(result: RunResult, prefix: string): Section {
  return {
    id: `${prefix}breaking`,
    title: ['How the symmetries are broken'],
    blocks: [
      {
        kind: 'paragraph',
        content: [
          'A symmetry of the idealised network need not be one of the real network: a constant that guards a division breaks it. The ' +
            'sweep measures ',
          math('|\\langle g, \\xi\\rangle| / (|g|\\,|\\xi|)'),
          ' as that constant is changed.',
        ],
      },
      ...result.breaking.map((sweep, index) => breakingFigure(sweep, `${prefix}breaking-${index + 1}`)),
    ],
    sections: [],
  }
}
