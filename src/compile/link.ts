import type { Program, Routine } from './ir.js'
import { calleesOf } from './schedule.js'
import { mathRoutine } from './transcendental/library.js'

/**
 * The routines of a program together with the mathematical functions they need, callees included.
 * @param given names of routines that the target brings along.
 */
export function linked(program: Program, given: readonly string[] = []): readonly Routine[] {
  const found = new Map(program.routines.map((r) => [r.name, r]))
  const pending = [...program.routines]
  for (let routine = pending.pop(); routine !== undefined; routine = pending.pop()) {
    for (const callee of calleesOf(routine)) {
      if (found.has(callee) || given.includes(callee)) continue
      const made = mathRoutine(callee)
      found.set(callee, made)
      pending.push(made)
    }
  }
  return [...found.values()]
}
