import type { Program, Routine, Statement } from './ir.js'
import { scheduleOf, statementsIn } from './schedule.js'

function readLocals(body: readonly Statement[]): ReadonlySet<string> {
  const reads = new Set<string>()
  for (const statement of statementsIn(body)) for (const name of scheduleOf(statement).reads) reads.add(name)
  return reads
}

/** A block without the assignments to variables that are not read, and without what they leave empty; the same block if there are none. */
function withoutStoresTo(body: readonly Statement[], isRead: (name: string) => boolean): readonly Statement[] {
  const kept = body.flatMap((statement): readonly Statement[] => {
    switch (statement.kind) {
      case 'set': {
        const targets = statement.targets.filter(([place]) => place.kind === 'memory' || isRead(place.local.name))
        if (targets.length === statement.targets.length) return [statement]
        return targets.length === 0 ? [] : [{ kind: 'set', targets }]
      }
      case 'if': {
        const [inner, otherwise] = [withoutStoresTo(statement.body, isRead), withoutStoresTo(statement.otherwise, isRead)]
        if (inner === statement.body && otherwise === statement.otherwise) return [statement]
        return inner.length + otherwise.length === 0 ? [] : [{ ...statement, body: inner, otherwise }]
      }
      case 'while': {
        const inner = withoutStoresTo(statement.body, isRead)
        return [inner === statement.body ? statement : { ...statement, body: inner }]
      }
      default:
        return [statement]
    }
  })
  return kept.length === body.length && kept.every((statement, i) => statement === body[i]) ? body : kept
}

/** Drops assignments to variables that nothing reads, and the branches they leave empty, until none is left. */
export function withoutDeadStores(routine: Routine): Routine {
  const reads = readLocals(routine.body)
  const body = withoutStoresTo(routine.body, (name) => reads.has(name))
  return body === routine.body ? routine : withoutDeadStores({ ...routine, body })
}

/** The passes that every target wants, applied to a whole program. */
export const optimized = (program: Program): Program => ({ ...program, routines: program.routines.map(withoutDeadStores) })
