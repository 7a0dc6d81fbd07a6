import { setImmediate } from 'node:timers/promises'
import {
  Collector, type Member, type OdeMembers, type OdeOverrides, type OdeProblem, ensembleMembers, ensembleResult, memberCsv, membersHeader, momentsCsv,
  momentsHeader,
} from '../../compile/index.js'
import { progressDisplay } from '../../training/progress.js'
import { wrapText } from '../format/wrap.js'
import { type Terminal, writeJson } from '../terminal.js'

/** How many of each there are. */
class Tally extends Map<string, number> {
  add(name: string, more = 1): void {
    this.set(name, (this.get(name) ?? 0) + more)
  }
}

/** What is told of all members together. */
class Summary {
  private readonly methods = new Tally()
  private readonly events = new Tally()
  private readonly withEvent = new Tally()
  private readonly work = { accepted: 0, rejected: 0, evaluations: 0 }
  private hinted: { readonly hint: string; members: number } | undefined
  private failed: { readonly first: Member; members: number } | undefined
  private lost = 0

  constructor(private readonly problem: OdeProblem, private readonly of: OdeMembers) {}

  get failure(): string | undefined {
    if (this.failed === undefined) return undefined
    const { first: { member, values, integration }, members } = this.failed
    const given = this.of.ensemble.varied.map((name, j) => `${name} = ${values[j]}`)
    const where = `member ${member}${given.length === 0 ? '' : ` (${given.slice(0, 4).join(', ')}${given.length > 4 ? ', …' : ''})`}`
    return `${members} of ${this.of.ensemble.count} members failed, the first is ${where}: ${integration.failure?.message}`
  }

  get hint(): string | undefined {
    return this.hinted === undefined ? this.of.plan.unused : `${this.hinted.members} of ${this.of.ensemble.count} members: ${this.hinted.hint}`
  }

  add(member: Member): void {
    const { method, statistics, events, hint, failure, lostEvents = 0 } = member.integration
    this.methods.add(method)
    for (const key of ['accepted', 'rejected', 'evaluations'] as const) this.work[key] += statistics[key]
    for (const { name } of events) this.events.add(name)
    for (const name of new Set(events.map((e) => e.name))) this.withEvent.add(name)
    if (failure !== undefined) this.failed = { first: this.failed?.first ?? member, members: (this.failed?.members ?? 0) + 1 }
    else if (hint !== undefined) this.hinted = { hint: this.hinted?.hint ?? hint, members: (this.hinted?.members ?? 0) + 1 }
    this.lost += lostEvents
  }

  /** What CSV has no place for, a line each. */
  facts(): readonly string[] {
    const methods = [...this.methods].map(([method, members]) => (this.methods.size === 1 ? method : `${method} (${members})`)).join(' and ')
    const { accepted, rejected, evaluations } = this.work
    return [
      ...this.problem.events.map(({ name }) => (this.events.has(name)
        ? `${name}: ${this.events.get(name)} in ${this.withEvent.get(name)} of ${this.of.ensemble.count} members; --json has their times` : `${name} did not happen`)),
      ...(this.lost > 0 ? [`${this.lost} later events did not fit into memory: end earlier`] : []),
      `${this.of.ensemble.count} members by ${methods}: ${accepted} steps, ${rejected} rejected, ${evaluations} evaluations`,
    ]
  }
}

/** Milliseconds that a work may last without a word. */
const PATIENCE = 1000

/** Shows how many members are done, once that takes long. */
function display(terminal: Terminal, members: number): { readonly count: (more: number) => void; readonly stop: () => void } {
  const shown = progressDisplay(terminal.noteStream, 'member')
  const start = performance.now()
  let done = 0
  return {
    count: (more) => {
      done += more
      const elapsed = performance.now() - start
      if (elapsed < PATIENCE || done === members) return
      shown.update({ step: done, steps: members, rate: (1000 * done) / elapsed, secondsLeft: ((elapsed / 1000) * (members - done)) / done })
    },
    stop: () => shown.stop(),
  }
}

export interface EnsembleOptions extends OdeOverrides {
  readonly json?: boolean
  readonly moments?: boolean
}

/**
 * `noether integrate ODE` of a file that states an ensemble: members, or with `--moments` their mean and variance, as CSV on stdout and
 * a summary on stderr, or one JSON document with both.
 *
 * @returns the exit code: 2 if a member did not reach its end
 */
export async function integrateEnsemble(
  terminal: Terminal, file: string, problem: OdeProblem, { json = false, moments = false, ...overrides }: EnsembleOptions,
): Promise<0 | 2> {
  const found = ensembleMembers(problem, overrides)
  const summary = new Summary(problem, found)
  const progress = display(terminal, found.ensemble.count)
  const told = (block: readonly Member[]): void => {
    for (const member of block) summary.add(member)
    // A bar would stand among rows that go to the same terminal.
    if (json || terminal.outIsTTY !== true) progress.count(block.length)
  }
  try {
    if (json) writeJson(terminal, await ensembleResult(problem, found, { moments, told }))
    else await table(terminal, found, moments, told)
  } finally {
    progress.stop()
  }
  const { failure, hint } = summary
  if (failure !== undefined) terminal.note(`${terminal.noteColour.red('noether:')} ${file}: ${failure}`)
  else if (hint !== undefined) terminal.note(hint)
  if (!json) for (const line of summary.facts().flatMap((fact) => wrapText(fact, terminal.columns))) terminal.note(terminal.noteColour.dim(line))
  return failure === undefined ? 0 : 2
}

/** The members as CSV as they come, or their moments. */
async function table(terminal: Terminal, found: OdeMembers, moments: boolean, told: (block: readonly Member[]) => void): Promise<void> {
  const collector = new Collector(found)
  terminal.out((moments ? momentsHeader(found) : membersHeader(found)).trimEnd())
  for await (const block of found.blocks()) {
    told(block)
    const rows = block.map((member) => {
      if (!moments) return memberCsv(member)
      const complete = collector.add(member)
      return complete === undefined ? '' : momentsCsv(found, complete)
    })
    const text = rows.join('').trimEnd()
    if (text !== '') terminal.out(text)
    await setImmediate() // a reader that has seen enough ends it here
  }
}
