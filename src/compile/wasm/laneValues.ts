import { type Local, type Node, type OperationName, type Routine } from '../ir.js'
import { isShared } from '../schedule.js'
import type { Callees } from './body.js'
import { type Bytes, double, signed, unsigned } from './bytes.js'
import { Code } from './code.js'
import { COMPARISON, CONVERSION, INSTRUCTION as I, LANES, LANEWISE, NUMERIC, PAIR, SHIFT } from './opcodes.js'

/** The low halves of two 64-bit lanes side by side. */
const LOW_HALVES: Bytes = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11]
const WORD = 32

const isOperation = (node: Node, ...names: readonly OperationName[]): node is Extract<Node, { kind: 'operation' }> =>
  node.kind === 'operation' && names.includes(node.op)

/** Whether lanes of an integer are computed as masks, all bits set for true. */
const isMask = (node: Node): boolean =>
  (node.kind === 'operation' && COMPARISON[node.op] !== undefined) || (isOperation(node, 'iand', 'ior') && node.args.every(isMask))

/**
 * Values of a routine for two trajectories at once, one in either lane of a 128-bit variable. Positions given as parameters are two
 * integers, so that addresses cost what they cost for one trajectory.
 */
export class LaneValues extends Code {
  private readonly index = new Map<string, number>()
  private readonly positions = new Map<string, number>()
  protected uses: ReadonlyMap<Node, number> = new Map()
  private held = new Map<Node, number>()
  private readonly loaded = new Map<Node, number>()

  constructor(routine: Routine, private readonly callees: Callees) {
    super(routine.parameters.reduce((n, p) => n + (p.type === 'i32' ? 2 : 1), 0))
    let next = 0
    for (const p of routine.parameters) {
      (p.type === 'i32' ? this.positions : this.index).set(p.name, next)
      next += p.type === 'i32' ? 2 : 1
    }
  }

  protected indexOf(local: Local): number {
    const known = this.index.get(local.name)
    if (known !== undefined) return known
    if (this.positions.has(local.name)) throw new TypeError(`position ${local.name} is assigned`)
    const made = this.declare('v128')
    this.index.set(local.name, made)
    return made
  }

  /** Reads memory that does not change once, at the start. */
  protected preload(nodes: readonly Node[]): void {
    for (const node of nodes) {
      this.compute(node)
      const index = this.take('v128')
      this.at(I.localSet, index)
      this.loaded.set(node, index)
    }
  }

  /** Frees the temporaries of a statement. */
  protected forget(): void {
    for (const index of this.held.values()) this.release(index, 'v128')
    this.held = new Map()
  }

  private kept(node: Node, make: () => void): void {
    const known = this.held.get(node)
    if (known !== undefined) return this.at(I.localGet, known)
    make()
    const index = this.take('v128')
    this.held.set(node, index)
    this.at(I.localTee, index)
  }

  /** A condition as a mask: all bits of a lane, or none. */
  mask(node: Node): void {
    if (isMask(node)) return this.raw(node)
    this.value(node)
    this.both(0n)
    this.emit(...LANES.differs)
  }

  /** Both lanes of a value; integers with 64 bits, conditions as 0 or 1. */
  value(node: Node): void {
    this.raw(node)
    if (isMask(node)) this.emit(...LANES.negateInteger)
  }

  private raw(node: Node): void {
    const early = this.loaded.get(node)
    if (early !== undefined) return this.at(I.localGet, early)
    if (isShared(node, this.uses.get(node) ?? 1)) this.kept(node, () => this.compute(node))
    else this.compute(node)
  }

  /** An integer in both lanes. */
  protected both(value: bigint): void {
    this.emit(I.i64Const, ...signed(value), ...LANES.splatInteger)
  }

  private compute(node: Node): void {
    switch (node.kind) {
      case 'constant':
        if (node.type !== 'f64') return this.both(BigInt(node.value))
        return this.emit(...LANES.constant, ...double(Number(node.value)), ...double(Number(node.value)))
      case 'local':
        return this.variable(node.local)
      case 'load':
        this.address(node.base, 0)
        this.access(LANES.loadBoth, node.offset)
        return this.secondLane(node.base, node.offset)
      case 'call':
        return this.call(node.callee, node.args)
      case 'operation':
        return this.operation(node)
    }
  }

  /** Puts the double of the second lane into the pair on the stack; the address must lie below it, so the pair waits in a variable. */
  private secondLane(base: Node, offset: number): void {
    const pair = this.take('v128')
    this.at(I.localSet, pair)
    this.address(base, 1)
    this.at(I.localGet, pair)
    this.emit(...LANES.loadLane, 3, ...unsigned(8 * offset), 1)
    this.release(pair, 'v128')
  }

  private variable(local: Local): void {
    const position = this.positions.get(local.name)
    if (position === undefined) return this.at(I.localGet, this.indexOf(local))
    this.at(I.localGet, position)
    this.emit(...NUMERIC.extend, ...LANES.splatInteger)
    this.at(I.localGet, position + 1)
    this.emit(...NUMERIC.extend, ...LANES.replaceInteger, 1)
  }

  /** Byte address of a lane's memory position without its constant offset. */
  address(base: Node, lane: 0 | 1): void {
    const position = base.kind === 'local' ? this.positions.get(base.local.name) : undefined
    if (position !== undefined) this.at(I.localGet, position + lane)
    else if (isOperation(base, 'iadd')) {
      for (const a of base.args) this.address(a, lane)
      return this.emit(...NUMERIC.iadd)
    } else {
      this.kept(base, () => this.compute(base))
      this.emit(...LANES.extractInteger, lane, ...NUMERIC.wrap)
    }
    this.emit(I.i32Const, 3, I.i32Shl)
  }

  private operation(node: Extract<Node, { kind: 'operation' }>): void {
    const { op, args } = node
    const [x, y, z] = args
    if (x === undefined) throw new TypeError(`${op} without argument`)
    if (isMask(node)) return this.condition(op, x, y)
    const conversion = CONVERSION[op]
    const [plain, shift] = [LANEWISE[op], SHIFT[op]]
    if (plain !== undefined) {
      for (const a of args) this.value(a)
      return this.emit(...plain)
    }
    if (shift !== undefined && y?.kind === 'constant') {
      this.value(x)
      return this.emit(I.i32Const, ...signed(y.value), ...shift)
    }
    if (conversion !== undefined) return this.convert(x, ...conversion)
    if (y !== undefined && z !== undefined) {
      this.value(y)
      this.value(z)
      this.mask(x)
      return this.emit(...LANES.bitselect)
    }
    this.mixed(op, x, y)
  }

  private condition(op: OperationName, x: Node, y: Node | undefined): void {
    if (y === undefined) throw new TypeError(`${op} of one argument`)
    if (op === 'ieq' && isMask(x) && y.kind === 'constant' && y.value === 0) {
      this.mask(x)
      return this.emit(...LANES.not)
    }
    const logical = op === 'iand' || op === 'ior'
    for (const a of [x, y]) if (logical) this.mask(a)
    else this.value(a)
    this.emit(...(op === 'iand' ? LANES.and : op === 'ior' ? LANES.or : COMPARISON[op] ?? []))
  }

  /** Operations between types, and those made of several instructions. */
  private mixed(op: OperationName, x: Node, y: Node | undefined): void {
    if (op === 'copysign' && y !== undefined) {
      this.value(y)
      this.value(x)
      this.both(-(1n << 63n))
      return this.emit(...LANES.bitselect)
    }
    this.value(x)
    if (op === 'toI32') return this.emit(...LANES.truncate, ...LANES.extendLow)
    if (op === 'fromI32') {
      const pair = this.take('v128')
      this.at(I.localTee, pair)
      this.at(I.localGet, pair)
      this.release(pair, 'v128')
      return this.emit(...LANES.shuffle, ...LOW_HALVES, ...LANES.convert)
    }
    if (op === 'wrap' || op === 'unpack') return this.emit(I.i32Const, WORD, ...(SHIFT.lshl ?? []), I.i32Const, WORD, ...(SHIFT.lsar ?? []))
    if (y !== undefined && (op === 'iand' || op === 'ior')) {
      this.value(y)
      return this.emit(...(op === 'iand' ? LANES.and : LANES.or))
    }
    if (op !== 'bits' && op !== 'fromBits' && op !== 'extend') throw new TypeError(`${op} has no form on lanes`)
  }

  private convert(x: Node, instruction: Bytes, from: 'f64' | 'i64', to: 'f64' | 'i64'): void {
    const pair = this.take('v128')
    this.value(x)
    this.at(I.localSet, pair)
    for (const lane of [0, 1]) {
      this.at(I.localGet, pair)
      this.emit(...(from === 'f64' ? PAIR.extract : LANES.extractInteger), lane, ...instruction)
      this.join(lane, to)
    }
    this.release(pair, 'v128')
  }

  /** Makes the scalar on the stack the first lane of a pair, or the second of the pair below it. */
  private join(lane: number, type: 'f64' | 'i64'): void {
    if (lane === 0) this.emit(...(type === 'f64' ? PAIR.splat : LANES.splatInteger))
    else this.emit(...(type === 'f64' ? LANES.replace : LANES.replaceInteger), lane)
  }

  private call(callee: string, args: readonly Node[]): void {
    const together = this.callees.both(callee)
    for (const a of args) this.value(a)
    if (together !== undefined) return this.at(I.call, together)
    const pairs = args.map(() => this.take('v128'))
    for (const pair of pairs.toReversed()) this.at(I.localSet, pair)
    for (const lane of [0, 1]) {
      for (const pair of pairs) {
        this.at(I.localGet, pair)
        this.emit(...PAIR.extract, lane)
      }
      this.at(I.call, this.callees.one(callee))
      this.join(lane, 'f64')
    }
    for (const pair of pairs) this.release(pair, 'v128')
  }
}
