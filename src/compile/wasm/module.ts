import { type Program, type Routine } from '../ir.js'
import { calleesOf } from '../schedule.js'
import { mathRoutine } from '../transcendental/library.js'
import { TABLE_BYTES } from '../transcendental/table.js'
import { Body } from './body.js'
import { type Bytes, PREAMBLE, name, section, sized, unsigned, vector } from './bytes.js'
import { FUNCTION_TYPE, INSTRUCTION, VALUE_TYPE } from './opcodes.js'


/** The routines of a program together with the mathematical functions they need, callees included. */
export function linked(program: Program): readonly Routine[] {
  const found = new Map(program.routines.map((r) => [r.name, r]))
  const pending = [...program.routines]
  for (let routine = pending.pop(); routine !== undefined; routine = pending.pop()) {
    for (const callee of calleesOf(routine)) {
      if (found.has(callee)) continue
      const made = mathRoutine(callee)
      found.set(callee, made)
      pending.push(made)
    }
  }
  return [...found.values()]
}

const typeOf = (routine: Routine): Bytes => [
  FUNCTION_TYPE,
  ...vector(routine.parameters.map((p) => [VALUE_TYPE[p.type]])),
  ...vector(routine.result === undefined ? [] : [[VALUE_TYPE[routine.result]]]),
]

/**
 * A WebAssembly module of the program: exports the program's entries and its memory.
 * The first `TABLE_BYTES` of memory hold the digits of 2/π when a trigonometric function is linked.
 */
export function wasmModule(program: Program): Uint8Array<ArrayBuffer> {
  const routines = linked(program)
  const indices = new Map(routines.map((r, i) => [r.name, i]))
  const indexOf = (callee: string): number => {
    const index = indices.get(callee)
    if (index === undefined) throw new TypeError(`no routine ${callee}`)
    return index
  }
  const bodies = routines.map((r) => new Body(r, indexOf).bytes())
  const needsTable = routines.some((r) => r.name === 'remainder' || r.name === 'atan')
  const data: Bytes = [0x00, INSTRUCTION.i32Const, 0, INSTRUCTION.end, ...unsigned(TABLE_BYTES.length), ...TABLE_BYTES]
  return Uint8Array.from([
    ...PREAMBLE,
    ...section(1, vector(routines.map(typeOf))),
    ...section(3, vector(routines.map((_, i) => unsigned(i)))),
    ...section(5, vector([[0x00, 1]])),
    ...section(7, vector([[...name('memory'), 0x02, 0], ...program.exported.map((entry) => name(entry).concat([0x00], unsigned(indexOf(entry))))])),
    ...section(10, vector(bodies.map(sized))),
    ...(needsTable ? section(11, vector([data])) : []),
  ])
}

