import { lawLatex } from '../../discovery/index.js'
import { type Block, type Content, type Section, code, math } from '../document.js'
import type { ReportedDiscovery, ReportedLaw } from './discovery.js'

interface LawRow {
  readonly law: ReportedLaw
  readonly latex: string
  /** Names of the blocks of the law's component. */
  readonly blocks: readonly string[]
}

/** All laws in the order of their numbers, with their LaTeX. */
export const lawRows = (found: ReportedDiscovery): readonly LawRow[] =>
  found.components.flatMap((component) => {
    const blocks = component.blocks.map((b) => b.name)
    return component.laws.map((law) => ({ law, latex: lawLatex(law.text, blocks), blocks }))
  })

/** Each law with the symmetry that causes it. */
export function lawsSection(found: ReportedDiscovery): Section[] {
  const rows = lawRows(found)
  if (rows.length === 0) return []
  const opening: Block = {
    kind: 'paragraph',
    content: [
      'Every law was proved over the rationals: its gradient is perpendicular to every field that data can make the parameters move ' +
        'along, ',
      math('\\langle \\nabla h, \\nabla\\varphi_i\\rangle = 0'),
      '. So the flow of the gradient of a law, in the metric of the training flow, leaves the network unchanged: the symmetry that ' +
        'causes it.',
    ],
  }
  return [
    { id: 'laws', title: ['The laws and their symmetries'], blocks: [opening, ...notation(rows), ...rows.map(lawBlock)], sections: [] },
  ]
}

/** Names of operations on tensors, explained where they occur. */
const OPERATIONS: readonly (readonly [name: string, latex: string, meaning: string])[] = [
  ['gram(', '\\operatorname{Gram}_{a}[X]', ' is the matrix of inner products of the slices of X along its axis a'],
  ['total(', '\\textstyle\\sum_{a} X', ' sums X along its axis a'],
  ['act(', '\\mathrm{act}(M, X, a)', ' applies the matrix M to the axis a of X'],
  ['repeat(', '\\mathrm{repeat}(M, a)', ' repeats the entries of M along the axis a'],
]

function notation(rows: readonly LawRow[]): Block[] {
  const texts = rows.flatMap(({ law }) => [law.text, ...Object.values(law.symmetry.generator)]).join(' ')
  const used = OPERATIONS.filter(([name]) => texts.includes(name))
  if (used.length === 0) return []
  return [
    {
      kind: 'paragraph',
      content: [
        'Axes are counted from 1: ',
        ...used.flatMap(([, latex, meaning], index): Content => [index === 0 ? '' : '; ', math(latex), meaning]),
        '.',
      ],
    },
  ]
}

/** What a law is, in words. */
export const FORMS: Readonly<Record<ReportedLaw['form'], string>> = {
  matrix: 'a symmetric matrix',
  antisymmetric: 'an antisymmetric matrix',
  diagonal: 'the diagonal of a matrix',
  vector: 'a vector',
  scalar: 'a number',
}

function lawBlock({ law, latex, blocks }: LawRow, index: number): Block {
  const scalars = law.scalars === 1 ? '' : `, ${law.scalars} scalars`
  return {
    kind: 'result',
    label: [`Law ${index + 1}: ${FORMS[law.form]}${scalars}`],
    formulas: [`${latex} = \\mathrm{const}`],
    note: ['From the symmetry of the family ', code(law.symmetry.family), ': ', ...moves(law, blocks), '.'],
  }
}

/** Parameters whose motion is written out. */
const SHOWN = 6

const CONSTANTS = { symmetric: 'any symmetric', antisymmetric: 'any antisymmetric', diagonal: 'any diagonal', any: 'any' } as const

function moves({ symmetry }: ReportedLaw, blocks: readonly string[]): Content {
  const all = Object.entries(symmetry.generator)
  const shown = all
    .slice(0, SHOWN)
    .flatMap(([name, delta], index): Content => [
      index === 0 ? '' : ', ',
      math(`\\delta ${lawLatex(name, blocks)} = ${lawLatex(delta, blocks)}`),
    ])
  return [
    ...shown,
    all.length > SHOWN ? `, and so on for ${all.length} parameters` : '',
    ...(symmetry.constant === undefined ? [] : [' with ', math('M'), ` ${CONSTANTS[symmetry.constant]}`]),
  ]
}
