import { wrapText } from '../format/wrap.js'
import { type Terminal, writeJson } from '../terminal.js'
import { catalogueByPaper, paperName } from './papers.js'

/** `noether list`: the catalogue, grouped by paper. */
export async function list(terminal: Terminal, { json }: { readonly json?: boolean }): Promise<void> {
  const entries = await catalogueByPaper()
  if (json === true) {
    const rows = entries.map(({ name, paper, where, shows, problem }) => ({ name, title: problem.title, paper, where, shows }))
    return writeJson(terminal, rows)
  }
  const { colour, columns } = terminal
  const widest = Math.max(...entries.map(({ name }) => name.length))
  const lines = entries.flatMap(({ name, paper, where, shows }, index) => [
    ...(paper === entries[index - 1]?.paper
      ? []
      : [...(index === 0 ? [] : ['']), ...wrapText(paperName(paper), columns).map((line) => colour.bold(line)), '']),
    ...besides(name, where, widest, columns).map((line) => line.replace(name, colour.cyan(name))),
    ...wrapText(shows, columns - 4).map((line) => `    ${line}`),
  ])
  terminal.out(lines.join('\n'))
}

/** A name and, in a column of its own beside it where the terminal is wide enough, where it is from. */
function besides(name: string, where: string, widest: number, columns: number): string[] {
  const left = widest + 4
  if (columns - left < 24) return [`  ${name}`, ...wrapText(where, columns - 4).map((line) => `    ${line}`)]
  const [first = '', ...rest] = wrapText(where, columns - left)
  return [`${`  ${name}`.padEnd(left)}${first}`.trimEnd(), ...rest.map((line) => `${' '.repeat(left)}${line}`)]
}
