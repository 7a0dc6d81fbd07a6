import { type Program, type Routine, type Statement } from '../ir.js'
import { linked } from '../link.js'
import { calleesOf, scheduleOf, statementsIn } from '../schedule.js'
import { TABLE_BYTES } from '../transcendental/table.js'
import { Body } from './body.js'
import { PREAMBLE, double, joined, name, section, signed, sized, unsigned, vector } from './bytes.js'
import { LaneBody } from './laneBody.js'
import { FUNCTION_TYPE, INSTRUCTION, VALUE_TYPE, type ValueType } from './opcodes.js'

/** A function of a module: its type and its code. */
interface Function {
  readonly name: string
  readonly type: ArrayLike<number>
  readonly code: ArrayLike<number>
}

const typeOf = (parameters: readonly ValueType[], result: ValueType | undefined): Uint8Array => joined(
  [FUNCTION_TYPE],
  vector(parameters.map((p) => [VALUE_TYPE[p]])),
  vector(result === undefined ? [] : [[VALUE_TYPE[result]]]),
)

/** Name of the function that does for two lanes what a routine does for one. */
export const pairName = (routine: string): string => `${routine}_pair`

const statements = (routine: Routine): readonly Statement[] => [...statementsIn(routine.body)]
const onLanes = (s: Statement): boolean => s.kind !== 'invoke' && s.kind !== 'each' && s.kind !== 'total' && s.kind !== 'product'
const usesMemory = (s: Statement): boolean =>
  scheduleOf(s).loads || (s.kind === 'set' && s.targets.some(([place]) => place.kind === 'memory'))

/** Whether two trajectories can share a vector: the entry has no loops over memory and calls functions of numbers only. */
export const pairable = ({ routines }: Program): boolean => routines.length === 1 && routines.every((r) => statements(r).every(onLanes))

/** Whether a function is computed on both lanes at once: it leaves memory alone. */
const isOnLanes = (routine: Routine): boolean => routine.result === 'f64' && !statements(routine).some(usesMemory)

/** Names of the functions that counted loops call, and of those that these call. */
function calledInLoops(routines: readonly Routine[]): ReadonlySet<string> {
  const loops = routines.flatMap((r) => statements(r).filter((s) => s.kind === 'each' || s.kind === 'total'))
  const found = new Set(loops.flatMap((s) => [...scheduleOf(s).callees]))
  for (const name of found) for (const r of routines) if (r.name === name) for (const callee of calleesOf(r)) found.add(callee)
  return found
}

/** Doubles that stand in memory from the start on, at a position that counts doubles. */
export interface Initial {
  readonly position: number
  readonly values: ArrayLike<number>
}

export interface ModuleOptions {
  /** Also exports every entry for two trajectories at once, under `pairName`; each position then is two, one a lane. */
  readonly lanes?: boolean
  /** Whether x·y + z of pairs may be one instruction, which only engines with relaxed SIMD have. */
  readonly fuses?: boolean
  readonly initial?: readonly Initial[]
  /** What the caller must know, kept in a section that engines skip: `WebAssembly.Module.customSections(module, 'noether')`. */
  readonly notes?: string
}

const BYTES = 8
const PAGE = 65_536

/** An active segment: bytes that are put into memory when the module is instantiated. */
const segment = (at: number, bytes: ArrayLike<number>): Uint8Array =>
  joined([0x00, INSTRUCTION.i32Const, ...signed(at), INSTRUCTION.end], sized(bytes))

/**
 * A WebAssembly module of the program: exports the program's entries and its memory.
 * The first `TABLE_BYTES` of memory hold the digits of 2/π when a trigonometric function is linked.
 */
export function wasmModule(
  program: Program, { lanes = false, fuses = false, initial = [], notes }: ModuleOptions = {},
): Uint8Array<ArrayBuffer> {
  const routines = linked(program)
  const looped = calledInLoops(routines)
  const paired = routines.filter((r) =>
    ((lanes || looped.has(r.name)) && isOnLanes(r)) || (lanes && program.exported.includes(r.name)))
  const indices = new Map([...routines.map((r) => r.name), ...paired.map((r) => pairName(r.name))].map((n, i) => [n, i]))
  const indexOf = (callee: string): number => {
    const index = indices.get(callee)
    if (index === undefined) throw new TypeError(`no routine ${callee}`)
    return index
  }
  const callees = { one: indexOf, both: (callee: string) => indices.get(pairName(callee)) }
  const functions: readonly Function[] = [
    ...routines.map((r) =>
      ({ name: r.name, type: typeOf(r.parameters.map((p) => p.type), r.result), code: new Body(r, callees, fuses).bytes() })),
    ...paired.map((r) => ({
      name: pairName(r.name),
      type: typeOf(r.parameters.flatMap((p) => (p.type === 'i32' ? ['i32', 'i32'] : ['v128'])), r.result === 'f64' ? 'v128' : undefined),
      code: new LaneBody(r, callees).bytes(),
    })),
  ]
  const entries = [...program.exported, ...(lanes ? program.exported.map(pairName) : [])]
  const needsTable = routines.some((r) => r.name === 'remainder' || r.name === 'atan')
  const segments = [
    ...(needsTable ? [segment(0, TABLE_BYTES)] : []),
    ...initial.map(({ position, values }) => segment(BYTES * position, Array.from(values).flatMap(double))),
  ]
  const end = initial.reduce((most, { position, values }) => Math.max(most, BYTES * (position + values.length)), 1)
  return joined(
    PREAMBLE,
    section(1, vector(functions.map((f) => f.type))),
    section(3, vector(functions.map((_, i) => unsigned(i)))),
    section(5, vector([[0x00, ...unsigned(Math.ceil(end / PAGE))]])),
    section(7, vector([[...name('memory'), 0x02, 0], ...entries.map((e) => joined(name(e), [0x00], unsigned(indexOf(e))))])),
    section(10, vector(functions.map((f) => sized(f.code)))),
    segments.length > 0 ? section(11, vector(segments)) : [],
    notes === undefined ? [] : section(0, joined(name('noether'), new TextEncoder().encode(notes))),
  )
}
