import { type Node, type Routine, argumentsOf } from '../ir.js'
import { valuesOf } from '../schedule.js'
import { mathRoutine } from '../transcendental/library.js'
import { type Bytes, signed } from './bytes.js'
import { BOUNDED, COMPARISON, FUSED, INSTRUCTION as I, LANES, LANEWISE, PAIRWISE, SHIFT } from './opcodes.js'

const isMask = (node: Node | undefined): boolean => node?.kind === 'operation' && COMPARISON[node.op] !== undefined

/** Whether an operation has a form on two lanes that its arguments' code need only precede. */
export function hasPairForm(node: Extract<Node, { kind: 'operation' }>): boolean {
  const [x, y] = node.args
  if (SHIFT[node.op] !== undefined) return y?.kind === 'constant'
  if (node.op === 'select') return isMask(x)
  return LANEWISE[node.op] !== undefined || isMask(node) || ['bits', 'fromBits', 'copysign'].includes(node.op)
}

type Operation = Extract<Node, { kind: 'operation' }>

/** How an operation on two lanes is written. */
export interface PairCode {
  /** Whether a node is computed for one user alone. */
  isSingle(node: Node): boolean
  /** Whether x·y + z is one instruction. */
  readonly fuses: boolean
  emit(bytes: Bytes): void
  /** Puts both lanes of an argument on the stack. */
  value(node: Node): void
}

/** The product of a sum or difference that is its only user, and the other argument, where z + x·y or z − x·y is one instruction. */
function fusible(node: Operation, { isSingle, fuses }: PairCode): readonly [Operation, Node] | undefined {
  const [x, y] = node.args
  if (!fuses || x === undefined || y === undefined || (node.op !== 'add' && node.op !== 'sub')) return undefined
  const isProduct = (a: Node): a is Operation => a.kind === 'operation' && a.op === 'mul' && isSingle(a)
  if (isProduct(y)) return [y, x]
  return node.op === 'add' && isProduct(x) ? [x, y] : undefined
}

/** A bound of a minimum or maximum that is a number, so that the instruction which does not ask for NaN and −0 answers the same. */
const isBound = (node: Node | undefined): boolean => node?.kind === 'constant' && Number(node.value) !== 0 && !Number.isNaN(Number(node.value))

/** Code of an operation on two lanes. */
export function pairOperation(node: Operation, code: PairCode): void {
  const { emit, value } = code
  const [x, y, z] = node.args
  if (x === undefined) throw new TypeError(`${node.op} without argument`)
  const shift = SHIFT[node.op]
  if (shift !== undefined && y?.kind === 'constant') {
    value(x)
    return emit([I.i32Const, ...signed(y.value), ...shift])
  }
  const [product, other] = fusible(node, code) ?? []
  if (product !== undefined && other !== undefined) {
    for (const a of [...product.args, other]) value(a)
    return emit(node.op === 'sub' ? FUSED.sub : FUSED.add)
  }
  if ((node.op === 'min' || node.op === 'max') && y !== undefined && (isBound(x) || isBound(y))) {
    for (const a of isBound(y) ? [x, y] : [y, x]) value(a)
    return emit(BOUNDED[node.op])
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
