import { unreachable } from '../../errors.js'
import { type Local, type Node, type Place, type Routine, type Statement, argumentsOf } from '../ir.js'
import { isShared, localsOf, scheduleOf } from '../schedule.js'
import { Code } from './code.js'
import { INSTRUCTION as I, LANES, NUMERIC, PAIR, SELECT, type ValueType } from './opcodes.js'
import { PairLoop } from './pairLoop.js'
import { generateProduct } from './productLoop.js'

/** How a routine finds the functions it calls. */
export interface Callees {
  readonly one: (name: string) => number
  /** The function that computes both lanes at once; undefined if there is none. */
  readonly both: (name: string) => number | undefined
}

const [LOAD, STORE] = [[I.f64Load], [I.f64Store]]

const follows = (first: Extract<Place, { kind: 'memory' }>, second: Place): boolean =>
  second.kind === 'memory' && second.base === first.base && second.offset === first.offset + 1

/**
 * The code of one routine. Values are left on the stack; a value used more than once goes to a temporary that is reused
 * after its last use, so the number of variables stays near the number of values alive at once.
 */
export class Body extends Code {
  private readonly index = new Map<string, number>()
  private uses = new Map<Node, number>()
  private held = new Map<Node, number>()

  constructor(routine: Routine, private readonly callees: Callees, readonly fusesProducts = false) {
    super(routine.parameters.length)
    for (const p of routine.parameters) this.index.set(p.name, this.index.size)
    for (const local of localsOf(routine)) this.index.set(local.name, this.declare(local.type))
    this.block(routine.body)
    if (routine.result !== undefined) this.zero(routine.result)
    this.emit(I.end)
  }

  indexOf(local: Local): number {
    const index = this.index.get(local.name)
    if (index === undefined) throw new TypeError(`no variable ${local.name}`)
    return index
  }

  pairOf(callee: string): number | undefined {
    return this.callees.both(callee)
  }

  private block(body: readonly Statement[]): void {
    for (const statement of body) this.statement(statement)
  }

  private statement(statement: Statement): void {
    const { uses, reads } = scheduleOf(statement)
    this.uses = new Map(uses)
    this.held = new Map()
    switch (statement.kind) {
      case 'set':
        return this.assign(statement.targets, reads)
      case 'if':
        this.value(statement.condition)
        this.emit(I.if, I.emptyType)
        this.block(statement.body)
        if (statement.otherwise.length > 0) this.emit(I.else)
        this.block(statement.otherwise)
        return this.emit(I.end)
      case 'while':
        this.emit(I.block, I.emptyType, I.loop, I.emptyType)
        this.value(statement.condition)
        this.emit(I.i32Eqz, I.brIf, 1)
        this.block(statement.body)
        return this.emit(I.br, 0, I.end, I.end)
      case 'each':
      case 'total':
        return new PairLoop(this, statement).generate(() => {
          this.uses = new Map(scheduleOf(statement).uses)
          this.held = new Map()
        })
      case 'product':
        return generateProduct(this, statement)
      case 'invoke':
        for (const a of statement.args) this.value(a)
        return this.at(I.call, this.callees.one(statement.callee))
      case 'return':
        this.value(statement.value)
        return this.emit(I.return)
      default:
        return unreachable(statement)
    }
  }

  private assign(targets: readonly (readonly [Place, Node])[], reads: ReadonlySet<string>): void {
    const late: [number, number, ValueType][] = []
    for (let i = 0; i < targets.length; i += 1) {
      const [place, value] = targets[i] ?? []
      if (place === undefined || value === undefined) continue
      if (place.kind === 'memory') {
        const neighbour = targets[i + 1]
        const paired = neighbour !== undefined && follows(place, neighbour[0])
        this.store(place, value, paired ? neighbour[1] : undefined)
        if (paired) i += 1
        continue
      }
      this.value(value)
      const target = this.indexOf(place.local)
      if (i === targets.length - 1 || !reads.has(place.local.name)) this.at(I.localSet, target)
      else {
        const kept = this.take(value.type)
        this.at(I.localSet, kept)
        late.push([target, kept, value.type])
      }
    }
    for (const [target, kept, type] of late) {
      this.at(I.localGet, kept)
      this.at(I.localSet, target)
      this.release(kept, type)
    }
  }

  /**
   * Stores a value, and the one behind it as a pair: what pairs are loaded from soon must have been stored as pairs, else the load waits
   * until both stores have left the processor's store buffer.
   */
  private store(place: Extract<Place, { kind: 'memory' }>, value: Node, behind: Node | undefined): void {
    this.address(place.base)
    this.value(value)
    if (behind === undefined) return this.access(STORE, place.offset)
    this.emit(...PAIR.splat)
    this.value(behind)
    this.emit(...LANES.replace, 1)
    this.access(PAIR.store, place.offset)
  }

  /** Byte address of a memory position without its constant offset. */
  address(base: Node): void {
    if (base.kind === 'constant') return this.integer(I.i32Const, 8 * Number(base.value))
    this.value(base)
    this.emit(I.i32Const, 3, I.i32Shl)
  }

  value(node: Node): void {
    const left = this.uses.get(node) ?? 1
    const kept = this.held.get(node)
    this.uses.set(node, left - 1)
    if (kept !== undefined) {
      this.at(I.localGet, kept)
      if (left === 1) this.release(kept, node.type)
      return
    }
    this.compute(node)
    if (!isShared(node, left)) return
    const index = this.take(node.type)
    this.held.set(node, index)
    this.at(I.localTee, index)
  }

  private compute(node: Node): void {
    switch (node.kind) {
      case 'constant':
        if (node.type === 'f64') return this.float(Number(node.value))
        return this.integer(node.type === 'i32' ? I.i32Const : I.i64Const, node.value)
      case 'local':
        return this.at(I.localGet, this.indexOf(node.local))
      case 'load':
        this.address(node.base)
        return this.access(LOAD, node.offset)
      case 'call':
        for (const a of node.args) this.value(a)
        return this.at(I.call, this.callees.one(node.callee))
      case 'operation': {
        const [condition, ...values] = argumentsOf(node)
        if ((node.op === 'select' || node.op === 'iselect') && condition !== undefined) {
          for (const a of values) this.value(a)
          this.value(condition)
          return this.emit(SELECT)
        }
        for (const a of node.args) this.value(a)
        return node.op === 'select' || node.op === 'iselect' ? undefined : this.emit(...NUMERIC[node.op])
      }
      default:
        return unreachable(node)
    }
  }

  /** A routine ends by `return`; the validator still wants a value at the end of its code. */
  private zero(type: ValueType): void {
    if (type === 'f64') this.float(0)
    else this.emit(type === 'i32' ? I.i32Const : I.i64Const, 0)
  }
}
