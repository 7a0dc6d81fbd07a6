import { type LawVerdict, type RunResult, nameOfLaw, nameOfRung, testScores } from '../../validation/result.js'
import type { Terminal } from '../terminal.js'
import { type Column, table } from './table.js'
import { wrapText } from './wrap.js'

/** What a run shows: the training, each law's ladder, what breaks the symmetries, the verdict, where the report is. */
export function renderResult(result: RunResult, paths: readonly string[], terminal: Terminal): string {
  const { colour, columns } = terminal
  const wrapped = (text: string): string => wrapText(text, columns).join('\n')
  return [
    colour.bold(wrapped(result.title)),
    wrapped(trainingLine(result)),
    ...result.laws.flatMap((law) => ['', ...renderLadder(law, terminal)]),
    ...result.breaking.map(({ symmetry, by, value, violation }) =>
      wrapped(`${symmetry} is broken by ${by}: ${value.map((one, index) => `${number(violation[index])} at ${number(one)}`).join(', ')}`),
    ),
    '',
    colour.bold(verdictColour(`verdict: ${result.verdict}`, result.verdict, terminal)),
    ...notCompared(result).map((told) => colour.yellow(wrapped(told))),
    ...paths.map((path) => `report: ${path}`),
  ].join('\n')
}

function trainingLine({ training }: RunResult): string {
  const { backend, parameters, steps, seconds, partial } = training
  const rate = seconds > 0 ? ` (${Math.round(steps / seconds)} a second)` : ''
  const ends = [...testScores(training).map(({ name, value, unit }) => `${name} ${Number(value.toPrecision(3))}${unit}`), ...(partial ? ['stopped early'] : [])]
  return [`backend ${backend}`, `${parameters} parameters`, `${steps} steps in ${seconds.toFixed(1)} s${rate}`, ...ends].join('; ')
}

const ladderColumns: readonly Column[] = [
  { head: 'rung', align: 'right' },
  { head: 'check' },
  { head: 'measured', align: 'right' },
  { head: 'tolerance', align: 'right' },
  { head: 'verdict' },
]

function renderLadder(law: LawVerdict, terminal: Terminal): string[] {
  const { symmetry, rungs, atRate, noise, verdict, summary } = law
  const { colour, columns } = terminal
  const rows = rungs.map((rung) => [
    String(rung.rung),
    rung.name,
    ...(rung.verdict === 'skipped' ? ['–', '–'] : [number(rung.measured), number(rung.tolerance)]),
    rung.verdict,
  ])
  const paint = (cell: string, column: number): string => (column === ladderColumns.length - 1 ? verdictColour(cell, cell.trim(), terminal) : cell)
  return [
    wrapText(`${nameOfLaw(law)}: ${symmetry.origin} (${symmetry.count} ${symmetry.count === 1 ? 'member' : 'members'})`, columns)
      .map((line) => colour.cyan(line))
      .join('\n'),
    table(terminal, ladderColumns, rows, paint),
    ...rungs
      .filter((rung) => rung.verdict === 'skipped')
      .map((rung) => wrapText(`${nameOfRung(rung, rungs)} skipped: ${rung.reason}`, columns).join('\n')),
    ...rungs
      .filter((rung) => rung.rung === 5 && rung.detail !== '' && rung.detail !== rung.reason)
      .map((rung) => wrapText(`${rung.name}: ${rung.detail}`, columns).join('\n')),
    ...[atRate, noise].flatMap((found) => (found === undefined ? [] : [wrapText(found.summary, columns).join('\n')])),
    ...(verdict === 'passed' ? [] : [verdictColour(wrapText(summary, columns).join('\n'), verdict, terminal)]),
  ]
}

function verdictColour(text: string, verdict: string, { colour }: Terminal): string {
  if (verdict === 'passed') return colour.green(text)
  return verdict === 'failed' ? colour.red(text) : colour.yellow(text)
}

/** Which laws the verdict of the run does not speak of. */
function notCompared({ laws, verdict }: RunResult): readonly string[] {
  const names = laws.flatMap((law) => (law.verdict === 'not compared' ? [nameOfLaw(law)] : []))
  return verdict === 'not compared' || names.length === 0 ? [] : [`not compared with the run: ${names.join(', ')}`]
}

/** Three digits are what a verdict is read by. */
function number(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–'
  return value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4) ? String(Number(value.toPrecision(3))) : value.toExponential(1)
}
