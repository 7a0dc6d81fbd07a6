import type { CausingSymmetry, ConservationLaw } from './describe.js'
import type { ComponentDiscovery, NetworkDiscovery } from './discover.js'

function symmetryLine({ family, generator, constant }: CausingSymmetry): string {
  const moves = Object.entries(generator)
  const shown = moves.slice(0, 6).map(([name, delta]) => `δ${name} = ${delta}`)
  const more = moves.length > shown.length ? `, … (${moves.length} parameters)` : ''
  return `${family}: ${shown.join(', ')}${more}${constant === undefined ? '' : `, M ${constant === 'any' ? 'arbitrary' : constant}`}`
}

function lawLines(law: ConservationLaw): readonly string[] {
  const count = law.scalars === 1 ? '' : `   (${law.scalars} scalars)`
  return [`  ${law.text}${count}`, `      from ${symmetryLine(law.symmetry)}`]
}

/** One component after an empty line: its blocks, and each law with its symmetry. */
export const componentLines = (c: ComponentDiscovery): readonly string[] => [
  '',
  `${c.blocks.map((b) => `${b.name}${b.shape.length === 0 ? '' : `[${b.shape.join(', ')}]`}`).join(' ')}: ${c.independent} ${c.certificate.complete ? '(complete)' : `(at most ${c.certificate.laws.atMost})`}`,
  ...c.laws.flatMap(lawLines),
]

/** The answer for a reader, as lines of plain text. */
export function formatDiscovery(found: NetworkDiscovery): readonly string[] {
  const { parameters, independent, certificate, components, notes } = found
  const head = `${independent} independent ${independent === 1 ? 'law' : 'laws'} of ${parameters} parameters`
  return [head, certificate.statement, ...components.flatMap(componentLines), ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `note: ${note}`)])]
}
