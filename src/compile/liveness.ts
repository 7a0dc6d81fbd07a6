import { type Statement, type Local } from './ir.js'
import { scheduleOf } from './schedule.js'

/** Names of variables. */
export type Names = ReadonlySet<string>

export const union = (...sets: readonly Names[]): Names => new Set(sets.flatMap((s) => [...s]))

const written = (statement: Statement): readonly Local[] =>
  statement.kind === 'set' ? statement.targets.flatMap(([place]) => (place.kind === 'local' ? [place.local] : [])) : []

/** Variables whose values may be read when a loop's condition is about to be computed: the least solution of its data flow. */
export function liveAtHead(statement: Extract<Statement, { kind: 'while' }>, after: Names): Names {
  let head = union(after, scheduleOf(statement).reads)
  for (;;) {
    const next = union(head, liveBefore(statement.body, head))
    if (next.size === head.size) return head
    head = next
  }
}

function liveIn(statement: Statement, after: Names): Names {
  const { reads } = scheduleOf(statement)
  switch (statement.kind) {
    case 'if':
      return union(reads, liveBefore(statement.body, after), liveBefore(statement.otherwise, after))
    case 'while':
      return liveAtHead(statement, after)
    case 'return':
      return reads
    default: {
      const kept = new Set(after)
      for (const local of written(statement)) kept.delete(local.name)
      return union(kept, reads)
    }
  }
}

/** For every statement of a block the variables whose values may still be read after it (Appel, Modern Compiler Implementation, 10.1). */
export function liveAfterEach(body: readonly Statement[], after: Names): readonly Names[] {
  const result: Names[] = []
  let live = after
  for (const statement of body.toReversed()) {
    result.push(live)
    live = liveIn(statement, live)
  }
  return result.reverse()
}

/** Variables whose values may be read by a block or, unchanged by it, after it. */
export function liveBefore(body: readonly Statement[], after: Names): Names {
  return body.reduceRight((live, statement) => liveIn(statement, live), after)
}
