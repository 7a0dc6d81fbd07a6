import type { Program, Routine, Statement } from './ir.js'
import { scheduleOf, statementsIn } from './schedule.js'

function readLocals(body: readonly Statement[]): ReadonlySet<string> {
  const reads = new Set<string>()
  for (const statement of statementsIn(body)) for (const name of scheduleOf(statement).reads) reads.add(name)
  return reads
}

function withoutStoresTo(body: readonly Statement[], isRead: (name: string) => boolean): readonly Statement[] {
  return body.flatMap((statement): readonly Statement[] => {
    switch (statement.kind) {
      case 'set': {
        const targets = statement.targets.filter(([place]) => place.kind === 'memory' || isRead(place.local.name))
        if (targets.length === statement.targets.length) return [statement]
        return targets.length === 0 ? [] : [{ kind: 'set', targets }]
      }
      case 'if': {
        const [inner, otherwise] = [withoutStoresTo(statement.body, isRead), withoutStoresTo(statement.otherwise, isRead)]
        return inner.length + otherwise.length === 0 ? [] : [{ ...statement, body: inner, otherwise }]
      }
      case 'while':
        return [{ ...statement, body: withoutStoresTo(statement.body, isRead) }]
      default:
        return [statement]
    }
  })
}

/** Drops assignments to variables that nothing reads, and the branches they leave empty, until none is left. */
export function withoutDeadStores(routine: Routine): Routine {
  const reads = readLocals(routine.body)
  const body = withoutStoresTo(routine.body, (name) => reads.has(name))
  const before = [...statementsIn(routine.body)].reduce((n, s) => n + (s.kind === 'set' ? s.targets.length : 1), 0)
  const after = [...statementsIn(body)].reduce((n, s) => n + (s.kind === 'set' ? s.targets.length : 1), 0)
  const next = { ...routine, body }
  return after < before ? withoutDeadStores(next) : next
}

/** The passes that every target wants, applied to a whole program. */
export const optimized = (program: Program): Program => ({ ...program, routines: program.routines.map(withoutDeadStores) })
