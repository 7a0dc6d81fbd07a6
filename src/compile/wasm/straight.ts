import { type Node, type Routine, argumentsOf } from '../ir.js'
import { valuesOf } from '../schedule.js'
import { mathRoutine } from '../transcendental/library.js'
import { type Bytes, signed } from './bytes.js'
import { COMPARISON, INSTRUCTION as I, LANES, LANEWISE, PAIRWISE, SHIFT } from './opcodes.js'

const isMask = (node: Node | undefined): boolean => node?.kind === 'operation' && COMPARISON[node.op] !== undefined

/** Whether an operation has a form on two lanes that its arguments' code need only precede. */
export function hasPairForm(node: Extract<Node, { kind: 'operation' }>): boolean {
  const [x, y] = node.args
  if (SHIFT[node.op] !== undefined) return y?.kind === 'constant'
  if (node.op === 'select') return isMask(x)
  return LANEWISE[node.op] !== undefined || isMask(node) || ['bits', 'fromBits', 'copysign'].includes(node.op)
}

/**
 * Code of an operation on two lanes.
 * @param value puts both lanes of an argument on the stack.
 */
export function pairOperation(
  node: Extract<Node, { kind: 'operation' }>, emit: (bytes: Bytes) => void, value: (node: Node) => void,
): void {
  const [x, y, z] = node.args
  if (x === undefined) throw new TypeError(`${node.op} without argument`)
  const shift = SHIFT[node.op]
  if (shift !== undefined && y?.kind === 'constant') {
    value(x)
    return emit([I.i32Const, ...signed(y.value), ...shift])
  }
  const [first, second, third] = node.op === 'select' ? [y, z, x] : node.op === 'copysign' ? [y, x, undefined] : [x, y, z]
  for (const a of [first, second, third]) if (a !== undefined) value(a)
  if (node.op === 'copysign') emit([I.i64Const, ...signed(-(1n << 63n)), ...LANES.splatInteger])
  emit(node.op === 'select' || node.op === 'copysign'
    ? LANES.bitselect
    : PAIRWISE[node.op] ?? LANEWISE[node.op] ?? COMPARISON[node.op] ?? [])
}

const known = new Map<string, Routine | undefined>()

/** The routine of a mathematical function that is computed without a branch or a call, each operation with a form on two lanes. */
export function straightRoutine(name: string): Routine | undefined {
  if (known.has(name)) return known.get(name)
  const routine = mathRoutine(name)
  const straight = routine.body.every((s) =>
    s.kind === 'return' || (s.kind === 'set' && s.targets.every(([place]) => place.kind === 'local')))
  const pending = routine.body.flatMap(valuesOf)
  let fits = straight
  for (let node = pending.pop(); node !== undefined && fits; node = pending.pop()) {
    fits = node.kind === 'constant' || node.kind === 'local' || (node.kind === 'operation' && hasPairForm(node))
    if (node.kind === 'operation' && SHIFT[node.op] !== undefined) pending.push(...node.args.slice(0, 1))
    else pending.push(...argumentsOf(node))
  }
  known.set(name, fits ? routine : undefined)
  return known.get(name)
}
