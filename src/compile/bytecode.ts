import type { Program, Statement } from './ir.js'
import { scheduleOf } from './schedule.js'

/**
 * Uses of values beyond which V8 leaves a JavaScript function unoptimized, ten to a hundred times slower: it wants at most 60 kB of bytecode.
 * A use takes 5.3 bytes, a call as much as four more and a store to memory as nine; of long functions V8 makes 12 % less to 7 % more.
 */
const OPTIMIZED = 10_700
const CALL = 4
const STORE = 9

/** Uses of values of a block; those of blocks that are functions of their own are put into `apart`. */
function usesIn(body: readonly Statement[], apart: number[]): number {
  let count = 0
  for (const statement of body) {
    for (const [node, uses] of scheduleOf(statement).uses) count += uses + (node.kind === 'call' ? CALL : 0)
    if (statement.kind === 'set') count += STORE * statement.targets.filter(([place]) => place.kind === 'memory').length
    if (statement.kind === 'while') count += usesIn(statement.body, apart)
    if (statement.kind !== 'if') continue
    const inner = usesIn(statement.body, apart)
    if (statement.rare === true) apart.push(inner)
    else count += inner
    count += usesIn(statement.otherwise, apart)
  }
  return count
}

/** Whether V8 optimizes every function of a program in JavaScript. */
export const isOptimized = ({ routines }: Program): boolean => routines.every(({ body }) => {
  const apart: number[] = []
  return Math.max(usesIn(body, apart), ...apart) <= OPTIMIZED
})
