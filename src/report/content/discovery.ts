import type {
  BlackBoxDiscovery,
  ComponentDiscovery,
  ConservationLaw,
  NetworkDiscovery,
  NotTrainable,
  WatchedRun,
} from '../../discovery/index.js'
import { type Block, type Content, type Document, type Section, badge, math } from '../document.js'
import { certificateSection } from './discoveryCertificate.js'
import { FORMS, lawRows, lawsSection } from './discoveryLaws.js'
import { networkSection } from './discoveryNetwork.js'
import { runSection } from './discoveryRun.js'
import { sampledSections } from './discoverySampled.js'

/** What a report says of a discovery: all but the exact polynomials, which its JSON does not hold. */
export interface ReportedDiscovery extends Pick<NetworkDiscovery, 'parameters' | 'independent' | 'certificate' | 'notes'> {
  readonly components: readonly (Pick<ComponentDiscovery, 'blocks' | 'independent' | 'certificate'> & {
    readonly laws: readonly ReportedLaw[]
  })[]
}

/** Of a sampled loss. */
export interface ReportedSymmetries extends Pick<BlackBoxDiscovery, 'space' | 'unknowns' | 'samples' | 'gap'> {
  readonly symmetries: readonly ReportedSymmetry[]
  readonly approximate: readonly ReportedSymmetry[]
}

export type ReportedSymmetry = Pick<BlackBoxDiscovery['symmetries'][number], 'family' | 'degree' | 'generator' | 'violation'>

export type ReportedLaw = Pick<ConservationLaw, 'text' | 'form' | 'scalars' | 'symmetry'>

/** What `noether discover` found of a document, for a report. */
export interface DiscoveryReport {
  readonly title: string
  readonly version: string
  /** As in `2025-01-31`. */
  readonly date: string
  /** What was asked: a network, a parametrization or a loss, as plain data. */
  readonly document: unknown
  readonly found: ReportedDiscovery | ReportedSymmetries
  readonly complete: boolean
  /** The run in which the laws were watched, or why there is none. */
  readonly run: WatchedRun | NotTrainable
}

/** The laws of a network that did not hold on the run. */
const failures = ({ run }: DiscoveryReport): readonly string[] =>
  'reason' in run ? [] : run.laws.filter((law) => law.verdict === 'failed').map((law) => law.law)

/** A discovery as an article: verdict and laws, the network, each law with its symmetry, the certificate, the run. */
export function discoveryArticle(report: DiscoveryReport): Document {
  const { title, version, date, found } = report
  return {
    kind: 'article',
    title,
    subtitle: `Discovered, certified, watched and reported by noether ${version}`,
    date,
    blocks: 'symmetries' in found ? [sampledVerdict(report, found)] : [networkVerdict(report, found), ...lawTable(found, report.run)],
    sections: 'symmetries' in found ? sampledSections(found) : networkSections(report, found),
    references: ['CL', 'HLW'],
  }
}

function networkSections({ document, run }: DiscoveryReport, found: ReportedDiscovery): Section[] {
  return [networkSection(document, found), ...lawsSection(found), certificateSection(found), runSection(run)]
}

function networkVerdict(report: DiscoveryReport, { parameters, independent, certificate, notes }: ReportedDiscovery): Block {
  const failed = failures(report)
  const { atLeast, atMost } = certificate.laws
  const count = `${independent} independent conservation ${independent === 1 ? 'law' : 'laws'} of ${parameters} parameters`
  const bounds = certificate.complete
    ? 'There are no others: the lower and the upper bound on their number meet.'
    : `The bounds do not meet: at least ${atLeast} ${atLeast === 1 ? 'law' : 'laws'}, at most ${atMost}.`
  return {
    kind: 'verdict',
    verdict: failed.length > 0 ? 'failed' : certificate.complete ? 'passed' : 'skipped',
    heading: failed.length > 0 ? 'Failed' : certificate.complete ? 'Certified complete' : 'Not certified complete',
    content: [`${count}. ${bounds}`],
    items: [
      ...notes.map((note): Content => [note]),
      ...failed.map((law): Content => [`${law} did not drift in proportion to the learning rate on the run.`]),
    ],
  }
}

function sampledVerdict({ complete }: DiscoveryReport, { symmetries, unknowns, gap }: ReportedSymmetries): Block {
  const count = `${symmetries.length} affine ${symmetries.length === 1 ? 'symmetry' : 'symmetries'} among ${unknowns} generators.`
  return {
    kind: 'verdict',
    verdict: complete ? 'passed' : 'skipped',
    heading: complete ? 'A clear gap' : 'No clear gap',
    items: [],
    content: [
      `${count} The smallest singular value that is no symmetry is `,
      { kind: 'number', value: gap.ratio, digits: 2 },
      ' times the largest that is one.',
    ],
  }
}

/** Characters of a law's text beyond which a table has no place for its formula. */
const LONG = 90

function lawTable(found: ReportedDiscovery, run: WatchedRun | NotTrainable): Block[] {
  const rows = lawRows(found)
  if (rows.length === 0) return []
  const watched = 'reason' in run ? undefined : run.laws
  return [
    {
      kind: 'table',
      id: 'laws-table',
      caption: [
        'The laws: each is constant along the training flow, whatever the data and the loss. Matrix and vector laws stand for as ' +
          'many scalars, which may depend on each other.',
      ],
      columns: [
        { title: ['No.'], align: 'right' },
        { title: ['Constant'], align: 'left' },
        { title: ['Scalars'], align: 'right' },
        { title: ['Symmetry'], align: 'left' },
        ...(watched === undefined ? [] : [{ title: ['Watched'], align: 'left' } as const]),
      ],
      rows: rows.map(({ law, latex }, index) => {
        const verdict = watched?.[index]?.verdict
        return [
          [String(index + 1)],
          law.text.length > LONG ? [`${FORMS[law.form]}, written out below`] : [math(latex)],
          [String(law.scalars)],
          [law.symmetry.family],
          ...(verdict === undefined ? [] : [[badge(verdict)]]),
        ]
      }),
    },
  ]
}
