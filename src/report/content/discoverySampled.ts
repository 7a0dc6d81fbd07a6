import { lawLatex } from '../../discovery/index.js'
import { type Block, type Content, type Section, math, number } from '../document.js'
import type { ReportedSymmetries, ReportedSymmetry } from './discovery.js'

/** Symmetries of a loss of which only gradients were seen: the spectrum, the exact ones, those nearly so. */
export function sampledSections({ symmetries, approximate, gap, samples, unknowns, space }: ReportedSymmetries): Section[] {
  const spectrum: Block[] = [
    {
      kind: 'paragraph',
      content: [
        'A generator ',
        math('\\xi(\\theta) = A\\theta + b'),
        ' is a symmetry if ',
        math('\\langle g, \\xi\\rangle = 0'),
        ' for the gradient at all parameters and data: one linear equation a sample, whose null space holds all symmetries.',
      ],
    },
    {
      kind: 'facts',
      facts: [
        { name: 'Generators', value: [`${space}, ${unknowns} unknowns`] },
        { name: 'Samples', value: [String(samples)] },
        { name: 'Gap', value: ['singular values fall from ', number(gap.above, 2), ' to ', number(gap.below, 2), ' of the largest'] },
      ],
    },
  ]
  return [
    { id: 'spectrum', title: ['How they were found'], blocks: spectrum, sections: [] },
    ...(symmetries.length === 0
      ? []
      : [{ id: 'symmetries', title: ['Symmetries'], blocks: [symmetryTable(symmetries, 'symmetries-table')], sections: [] }]),
    ...(approximate.length === 0
      ? []
      : [
          {
            id: 'approximate',
            title: ['Approximate symmetries, least broken first'],
            blocks: [symmetryTable(approximate, 'approximate-table')],
            sections: [],
          },
        ]),
  ]
}

const SHOWN = 4

const symmetryTable = (found: readonly ReportedSymmetry[], id: string): Block => ({
  kind: 'table',
  id,
  caption: [
    'Generators, and by how much fresh samples violate them: the sine of the angle to the plane perpendicular to the gradient, in ' +
      'the root mean square.',
  ],
  columns: [
    { title: ['Family'], align: 'left' },
    { title: ['Degree'], align: 'left' },
    { title: ['Generator'], align: 'left', share: 0.5 },
    { title: ['Violation'], align: 'right' },
  ],
  rows: found.map(({ family, degree, generator, violation }) => [
    [family],
    [degree === undefined ? '' : String(degree)],
    moves(generator),
    [number(violation, 2)],
  ]),
})

function moves(generator: ReportedSymmetry['generator']): Content {
  const all = Object.entries(generator)
  const names = all.map(([name]) => name)
  const shown = all
    .slice(0, SHOWN)
    .flatMap(([name, delta], index): Content => [
      index === 0 ? '' : ', ',
      math(`\\delta ${lawLatex(name, names)} = ${lawLatex(delta, names)}`),
    ])
  return all.length > SHOWN ? [...shown, `, and so on for ${all.length} parameters`] : shown
}
