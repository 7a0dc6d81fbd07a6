import { type Local, type Node, type Routine, type Statement, argumentsOf } from './ir.js'

/**
 * How one `set` statement is computed: which values are needed more than once and get a temporary, and which variables must
 * be written last because a value computed later still reads them. What no target needs never appears: dead code is not visited.
 */
export interface Schedule {
  /** Number of uses of every node reached from the targets. */
  readonly uses: ReadonlyMap<Node, number>
  /** Variables that the statement reads. */
  readonly reads: ReadonlySet<string>
  /** Functions that it calls for values. */
  readonly callees: ReadonlySet<string>
  /** Whether it reads memory. */
  readonly loads: boolean
}

/** Counts uses; iterative, since expression graphs may be deep. */
export function countUses(roots: readonly Node[]): Schedule {
  const uses = new Map<Node, number>()
  const [reads, callees] = [new Set<string>(), new Set<string>()]
  let loads = false
  const pending = [...roots]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const known = uses.get(node)
    uses.set(node, (known ?? 0) + 1)
    if (known !== undefined) continue
    if (node.kind === 'local') reads.add(node.local.name)
    if (node.kind === 'call') callees.add(node.callee)
    if (node.kind === 'load') loads = true
    for (const argument of argumentsOf(node)) pending.push(argument)
  }
  return { uses, reads, callees, loads }
}

const schedules = new WeakMap<Statement, Schedule>()

/** Uses and reads of a statement's own values; computed once a statement, since graphs may be large and several passes ask. */
export function scheduleOf(statement: Statement): Schedule {
  const known = schedules.get(statement)
  if (known !== undefined) return known
  const made = countUses(valuesOf(statement))
  schedules.set(statement, made)
  return made
}

/** Whether a node with this many uses deserves a temporary: constants and variables are free to repeat. */
export const isShared = (node: Node, uses: number): boolean => uses > 1 && node.kind !== 'constant' && node.kind !== 'local'

/** Values a statement computes itself, without those of the statements inside it. */
export function valuesOf(statement: Statement): readonly Node[] {
  switch (statement.kind) {
    case 'total':
      return [statement.term]
    case 'set':
    case 'each':
      return statement.targets.flatMap(([place, value]) => (place.kind === 'memory' ? [place.base, value] : [value]))
    case 'if':
    case 'while':
      return [statement.condition]
    case 'product':
      return [statement.out.base, statement.left.base, statement.right.base]
    case 'invoke':
      return statement.args
    case 'return':
      return [statement.value]
  }
}

/** The statements directly inside a statement. */
export function blocksOf(statement: Statement): readonly (readonly Statement[])[] {
  if (statement.kind === 'if') return [statement.body, statement.otherwise]
  return statement.kind === 'while' ? [statement.body] : []
}

const nested = new WeakMap<readonly Statement[], readonly Statement[]>()

/** All statements of a body, outer before inner; listed once a body, since many passes ask. */
export function statementsIn(body: readonly Statement[]): readonly Statement[] {
  const known = nested.get(body)
  if (known !== undefined) return known
  const found: Statement[] = []
  const visit = (block: readonly Statement[]): void => {
    for (const statement of block) {
      found.push(statement)
      if (statement.kind === 'if' || statement.kind === 'while') for (const inner of blocksOf(statement)) visit(inner)
    }
  }
  visit(body)
  nested.set(body, found)
  return found
}

/** All variables a routine writes or reads beyond its parameters, in order of appearance. */
export function localsOf(routine: Routine): readonly Local[] {
  const found = new Map<string, Local>()
  const parameters = new Set(routine.parameters.map((p) => p.name))
  const put = (local: Local): void => {
    if (!parameters.has(local.name)) found.set(local.name, local)
  }
  for (const statement of statementsIn(routine.body)) {
    if (statement.kind === 'each' || statement.kind === 'total') put(statement.counter)
    if (statement.kind === 'total') put(statement.into)
    if (statement.kind === 'set') for (const [place] of statement.targets) if (place.kind === 'local') put(place.local)
    for (const [node] of scheduleOf(statement).uses) if (node.kind === 'local') put(node.local)
  }
  return [...found.values()]
}

/** Names of the functions a routine calls. */
export function calleesOf(routine: Routine): ReadonlySet<string> {
  const found = new Set<string>()
  for (const statement of statementsIn(routine.body)) {
    if (statement.kind === 'invoke') found.add(statement.callee)
    for (const callee of scheduleOf(statement).callees) found.add(callee)
  }
  return found
}
