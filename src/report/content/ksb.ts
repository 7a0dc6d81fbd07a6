import { ksbTable } from '../../laws/ksb.js'
import { type KsbData, ksbData } from '../../laws/ksbDocument.js'
import { type Block, type Document, type Section, code, math } from '../document.js'
import { referencesOf } from './article.js'
import { formula } from './equation.js'
import { sentence } from './sentence.js'

/** The table of kinetic symmetry breaking as a document of its own, for LaTeX and for a page. */
export const ksbArticle = (data: KsbData, date: string): Document => ({
  kind: 'article',
  title: 'Kinetic symmetry breaking',
  subtitle: 'Rule, family and metric, computed by noether',
  date,
  blocks: [],
  sections: ksbSections(data, 'ksb'),
  references: referencesOf(['NLD']),
})

/** The table, computed, as a chapter of a book. */
export const ksbChapter = (): Section => ({
  id: 'ksb',
  title: ['Kinetic symmetry breaking: rule, family and metric'],
  blocks: [],
  sections: ksbSections(ksbData(ksbTable()), 'ksb'),
})

/** @param id prefix of every id. */
function ksbSections(data: KsbData, id: string): Section[] {
  return [
    { id: `${id}-rules`, title: ['The rules and their kinetic energy'], blocks: [opening, rulesTable(data, id)], sections: [] },
    {
      id: `${id}-families`,
      title: ['The families in each metric'],
      blocks: [reading, ...data.families.map((family, index) => familyTable(family, `${id}-family-${index + 1}`))],
      sections: [],
    },
  ]
}

const opening: Block = {
  kind: 'paragraph',
  content: [
    'On solutions a charge changes by the variation of the Lagrangian along the generator. Of a kinetic energy ',
    math('T = \\tfrac12 \\mu\\, m\\, \\langle\\dot\\theta, G\\,\\dot\\theta\\rangle'),
    ' with the mass ',
    math('m'),
    ' and the multiplier ',
    math('\\mu'),
    ' of a rule, and the metric ',
    math('G'),
    ' of its geometry, the variation is ',
    math('\\delta T = \\mu\\, m\\, \\kappa'),
    ', where ',
    math('\\kappa'),
    ' depends on the symmetry and the metric only. A rule without a Lagrangian has no such term; the table says what fails.',
  ],
}

const reading: Block = {
  kind: 'paragraph',
  content: [
    'Each table gives ',
    math('\\kappa'),
    ' for one family, metric by metric. Where it vanishes the kinetic energy has the symmetry. Every entry was compared with the ' +
      'variation of the kinetic energy on random exact instances of metrics of its kind.',
  ],
}

const rulesTable = ({ rules }: KsbData, id: string): Block => ({
  kind: 'table',
  id: `${id}-rules-table`,
  caption: ['Mass and multiplier of the modified flow of first order in the learning rate.'],
  columns: [
    { title: ['Rule'], align: 'left' },
    { title: ['Mass ', math('m')], align: 'left' },
    { title: ['Multiplier ', math('\\mu')], align: 'left' },
    { title: ['Lagrangian'], align: 'left', share: 0.4 },
  ],
  rows: rules.map((rule) => [
    [code(rule.name)],
    rule.lagrangian ? [math(formula(rule.mass, `mass of ${rule.name}`))] : ['none'],
    rule.lagrangian ? [math(formula(rule.multiplier, `multiplier of ${rule.name}`))] : ['none'],
    [rule.lagrangian && !rule.reason.includes('fails') ? 'exists' : sentence(rule.reason.split(';')[0] ?? rule.reason)],
  ]),
})

const familyTable = ({ name, generator, rows }: KsbData['families'][number], id: string): Block => ({
  kind: 'table',
  id,
  caption: [`Kinetic symmetry breaking of ${name}, `, math(formula(generator, `generator of ${name}`)), ', for unit mass.'],
  columns: [
    { title: ['Metric'], align: 'left', share: 0.25 },
    { title: [math('\\kappa')], align: 'left' },
    { title: ['Why'], align: 'left', share: 0.35 },
  ],
  rows: rows.map((row) => [
    [...(row.formula === undefined ? [] : [math(formula(row.formula, row.metric)), ', ']), row.summary],
    [math(formula(row.ksb, `${name}, ${row.metric}`))],
    [sentence(row.reason)],
  ]),
})
