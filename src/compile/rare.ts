import type { Local, Rareness, Routine, Statement } from './ir.js'
import { type Names, liveAfterEach, liveAtHead, liveBefore } from './liveness.js'
import { localsOf, statementsIn } from './schedule.js'

/** A block that is a function of its own: what it needs and what is needed of it. */
export interface Apart {
  readonly name: string
  readonly body: readonly Statement[]
  readonly takes: readonly Local[]
  readonly gives: readonly Local[]
}

/** Variables that a block writes. */
const writtenIn = (body: readonly Statement[]): Names => new Set([...statementsIn(body)].flatMap((s) => {
  if (s.kind === 'total') return [s.into.name]
  return s.kind === 'set' ? s.targets.flatMap(([place]) => (place.kind === 'local' ? [place.local.name] : [])) : []
}))

/** The blocks of a routine that are marked as such, by their statements. They contain no return. */
export function rareBlocks(routine: Routine, marked: readonly Rareness[]): ReadonlyMap<Statement, Apart> {
  const locals = [...routine.parameters, ...localsOf(routine)]
  const found = new Map<Statement, Apart>()
  const visit = (body: readonly Statement[], after: Names): void => {
    const live = liveAfterEach(body, after)
    for (const [k, statement] of body.entries()) {
      const then = live[k] ?? after
      if (statement.kind === 'while') visit(statement.body, liveAtHead(statement, then))
      if (statement.kind !== 'if') continue
      if (statement.rare === undefined || !marked.includes(statement.rare)) {
        visit(statement.body, then)
        visit(statement.otherwise, then)
        continue
      }
      const written = writtenIn(statement.body)
      const gives = locals.filter(({ name }) => written.has(name) && then.has(name))
      const needed = liveBefore(statement.body, new Set(gives.map(({ name }) => name)))
      found.set(statement, { name: `${routine.name}_rarely_${found.size}`, body: statement.body, takes: locals.filter(({ name }) => needed.has(name)), gives })
    }
  }
  visit(routine.body, new Set())
  return found
}
