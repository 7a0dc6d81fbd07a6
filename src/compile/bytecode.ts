import type { Program, Rareness, Routine, Statement } from './ir.js'
import { scheduleOf } from './schedule.js'

/**
 * Uses of values beyond which V8 leaves a JavaScript function unoptimized, ten to a hundred times slower: it wants at most 60 kB of bytecode.
 * A use takes 5.3 bytes, a call as much as four more and a store to memory as nine; of long functions V8 makes 12 % less to 7 % more.
 */
const OPTIMIZED = 10_700
const CALL = 4
const STORE = 9

/** Uses of values of a block; those of blocks that are marked, functions of their own, are put into `apart`. */
function usesIn(body: readonly Statement[], marked: readonly Rareness[], apart: number[]): number {
  let count = 0
  for (const statement of body) {
    for (const [node, uses] of scheduleOf(statement).uses) count += uses + (node.kind === 'call' ? CALL : 0)
    if (statement.kind === 'set') count += STORE * statement.targets.filter(([place]) => place.kind === 'memory').length
    if (statement.kind === 'while') count += usesIn(statement.body, marked, apart)
    if (statement.kind !== 'if') continue
    const inner = usesIn(statement.body, marked, apart)
    if (statement.rare !== undefined && marked.includes(statement.rare)) apart.push(inner)
    else count += inner
    count += usesIn(statement.otherwise, marked, apart)
  }
  return count
}

/** Which blocks of a routine are functions of their own: of those that may be run in any step, only where it is too long with them. */
export const apartIn = ({ body }: Routine): readonly Rareness[] => (usesIn(body, ['seldom'], []) <= OPTIMIZED ? ['seldom'] : ['seldom', 'sometimes'])

/** Whether V8 optimizes every function of a program in JavaScript. */
export const isOptimized = ({ routines }: Program): boolean => routines.every((routine) => {
  const apart: number[] = []
  return Math.max(usesIn(routine.body, apartIn(routine), apart), ...apart) <= OPTIMIZED
})
