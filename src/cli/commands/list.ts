import { catalogue } from '../../problem/index.js'
import { table } from '../format/table.js'
import { wrapText } from '../format/wrap.js'
import { type Terminal, writeJson } from '../terminal.js'

/** Full names of the papers, in the order they are listed. */
const papers: Readonly<Record<string, string>> = {
  NM: 'Kunin et al., Neural Mechanics, ICLR 2021',
  NLD: 'Tanaka & Kunin, Noether’s Learning Dynamics, NeurIPS 2021',
  GU: 'Głuch & Urbanke, Noether: The More Things Change, the More Stay the Same, 2021',
  CL: 'Marcotte, Gribonval & Peyré, Abide by the Law and Follow the Flow, 2023',
}

/** The full name of a paper that the catalogue cites by its letters. */
export const paperName = (paper: string): string => papers[paper] ?? paper

/** `noether list`: the catalogue, grouped by paper. */
export async function list(terminal: Terminal, { json }: { readonly json?: boolean }): Promise<void> {
  const entries = await catalogue()
  if (json === true) {
    const rows = entries.map(({ name, paper, where, shows, problem }) => ({ name, title: problem.title, paper, where, shows }))
    return writeJson(terminal, rows)
  }
  const order = [...Object.keys(papers), ...new Set(entries.map(({ paper }) => paper))]
  for (const paper of new Set(order)) {
    const rows = entries.filter((entry) => entry.paper === paper).map(({ name, where, shows }) => [name, where, shows])
    if (rows.length === 0) continue
    terminal.out(`${terminal.colour.bold(wrapText(paperName(paper), terminal.columns).join('\n'))}\n`)
    terminal.out(`${table(terminal, [{ head: 'name' }, { head: 'where' }, { head: 'shows' }], rows, nameInCyan)}\n`)
  }
}

const nameInCyan = (cell: string, column: number, { colour }: Terminal): string => (column === 0 ? colour.cyan(cell) : cell)
