import { type Local, type Node, type Statement, argumentsOf } from '../ir.js'
import { type Bytes, double, signed } from './bytes.js'
import { countUses, scheduleOf } from '../schedule.js'
import { type PairCode, hasPairForm, pairOperation, straightRoutine } from './straight.js'
import { INSTRUCTION as I, LANES, NUMERIC, PAIR, PAIRWISE, type ValueType } from './opcodes.js'

type Counted = Extract<Statement, { kind: 'each' | 'total' }>

/** What the loop needs of the routine's body: code that leaves scalars on the stack, and variables. */
export interface ScalarCode {
  /** Whether x·y + z of pairs is one instruction. */
  readonly fusesProducts: boolean
  emit(...bytes: readonly number[]): void
  at(instruction: number, index: number): void
  access(instruction: Bytes, offset: number): void
  float(value: number): void
  value(node: Node): void
  address(base: Node): void
  indexOf(local: Local): number
  take(type: ValueType): number
  release(index: number, type: ValueType): void
  /** Index of the function that does for two lanes what another does for one; undefined if there is none. */
  pairOf(callee: string): number | undefined
}

/**
 * A counted loop over memory, two elements at a time with 128-bit instructions where all its operations have them, else one at a time.
 * An odd last element is done singly; values that do not move with the counter are computed once before the loop.
 */
export class PairLoop {
  private readonly moving = new Map<Node, boolean>()
  private readonly fixed = new Map<Node, number>()
  private readonly held = new Map<Node, number>()
  private readonly roots: readonly Node[]
  private readonly taken: number[] = []
  private readonly written: PairCode

  constructor(private readonly code: ScalarCode, private readonly s: Counted) {
    this.roots = s.kind === 'total' ? [s.term] : s.targets.map(([, value]) => value)
    this.written = this.writtenWith(countUses(this.roots).uses, (node) => this.pair(node))
  }

  /** @param fresh forgets the body's temporaries, before each copy of the loop's scalar code. */
  generate(fresh: () => void): void {
    const { s } = this
    const paired = this.roots.every((r) => this.pairable(r)) ? s.count - (s.count % 2) : 0
    if (s.kind === 'total') this.code.float(0)
    if (s.kind === 'total') this.code.at(I.localSet, this.code.indexOf(s.into))
    this.code.emit(I.i32Const, 0)
    this.code.at(I.localSet, this.code.indexOf(s.counter))
    if (paired > 0) this.pairs(paired, fresh)
    if (paired < s.count) this.loop(s.count, 1, () => {
      fresh()
      this.singles()
    })
  }

  private loop(limit: number, step: number, body: () => void): void {
    const { code, s } = this
    const counter = code.indexOf(s.counter)
    code.emit(I.loop, I.emptyType)
    body()
    code.at(I.localGet, counter)
    code.emit(I.i32Const, ...signed(step), ...NUMERIC.iadd)
    code.at(I.localTee, counter)
    code.emit(I.i32Const, ...signed(limit), ...NUMERIC.ilt, I.brIf, 0, I.end)
  }

  private singles(): void {
    const { code, s } = this
    if (s.kind === 'total') {
      code.at(I.localGet, code.indexOf(s.into))
      code.value(s.term)
      code.emit(...NUMERIC.add)
      return code.at(I.localSet, code.indexOf(s.into))
    }
    for (const [place, value] of s.targets) {
      if (place.kind !== 'memory') throw new TypeError('a counted loop writes to memory')
      code.address(place.base)
      code.value(value)
      code.access([I.f64Store], place.offset)
    }
  }

  private moves(node: Node): boolean {
    const known = this.moving.get(node)
    if (known !== undefined) return known
    const moves = node.kind === 'local' ? node.local.name === this.s.counter.name : argumentsOf(node).some((a) => this.moves(a))
    this.moving.set(node, moves)
    return moves
  }

  /** Whether a double can be computed in pairs: fixed, a load at an address that runs with the counter, or a pairwise operation of such. */
  private pairable(node: Node): boolean {
    if (!this.moves(node)) return true
    if (node.kind === 'load') return this.runs(node.base)
    if (node.kind === 'call') return this.hasPair(node.callee) && node.args.every((a) => this.pairable(a))
    return node.kind === 'operation' && hasPairForm(node) && node.args.every((a) => a.type !== 'i32' || this.moves(a)) &&
      node.args.every((a) => this.pairable(a))
  }

  private hasPair(callee: string): boolean {
    return straightRoutine(callee) !== undefined || this.code.pairOf(callee) !== undefined
  }

  /** Whether a position is the counter plus something fixed. */
  private runs(base: Node): boolean {
    if (base.kind === 'local') return this.moves(base)
    if (base.kind !== 'operation' || base.op !== 'iadd') return false
    const [moving, ...others] = base.args.filter((a) => this.moves(a))
    return moving !== undefined && others.length === 0 && this.runs(moving)
  }

  private pairs(limit: number, fresh: () => void): void {
    const { code, s } = this
    fresh()
    for (const node of this.fixedParts()) {
      code.value(node)
      code.emit(...PAIR.splat)
      this.fixed.set(node, this.stored(I.localSet))
    }
    const sum = s.kind === 'total' ? this.take() : undefined
    if (sum !== undefined) {
      code.float(0)
      code.emit(...PAIR.splat)
      code.at(I.localSet, sum)
    }
    this.loop(limit, 2, () => {
      fresh()
      this.held.clear()
      if (s.kind === 'total' && sum !== undefined) {
        code.at(I.localGet, sum)
        this.pair(s.term)
        code.emit(...(PAIRWISE.add ?? []))
        code.at(I.localSet, sum)
      } else if (s.kind === 'each') {
        for (const [place, value] of s.targets) {
          if (place.kind !== 'memory') throw new TypeError('a counted loop writes to memory')
          code.address(place.base)
          this.pair(value)
          code.access(PAIR.store, place.offset)
        }
      }
    })
    if (s.kind === 'total' && sum !== undefined) {
      for (const lane of [0, 1]) {
        code.at(I.localGet, sum)
        code.emit(...PAIR.extract, lane)
      }
      code.emit(...NUMERIC.add)
      code.at(I.localSet, code.indexOf(s.into))
    }
    for (const index of this.taken) code.release(index, 'v128')
  }

  private take(): number {
    const index = this.code.take('v128')
    this.taken.push(index)
    return index
  }

  /** Puts what is on the stack into a variable of its own. */
  private stored(instruction: number): number {
    const index = this.take()
    this.code.at(instruction, index)
    return index
  }

  /** The largest values that do not move, in the order of their use. */
  private fixedParts(): ReadonlySet<Node> {
    const found = new Set<Node>()
    const seen = new Set<Node>()
    const visit = (node: Node): void => {
      if (seen.has(node)) return
      seen.add(node)
      if (!this.moves(node)) found.add(node)
      else if (node.kind === 'operation' || node.kind === 'call') for (const a of node.args) visit(a)
    }
    for (const root of this.roots) visit(root)
    return found
  }

  private writtenWith(uses: ReadonlyMap<Node, number>, value: (node: Node) => void): PairCode {
    const isSingle = (node: Node): boolean => uses.get(node) === 1 && !this.fixed.has(node)
    return { isSingle, fuses: this.code.fusesProducts, emit: (bytes) => this.code.emit(...bytes), value }
  }

  private pair(node: Node): void {
    const { code } = this
    const kept = this.fixed.get(node) ?? this.held.get(node)
    if (kept !== undefined) return code.at(I.localGet, kept)
    if (node.kind === 'load') {
      code.address(node.base)
      code.access(PAIR.load, node.offset)
    } else if (node.kind === 'operation') {
      pairOperation(node, this.written)
    } else if (node.kind === 'call') {
      this.call(node)
    } else throw new TypeError('no pairwise form')
    if (!this.written.isSingle(node)) this.held.set(node, this.stored(I.localTee))
  }

  /** A function of both lanes: its code in place where it is a straight line, else a call. */
  private call(node: Extract<Node, { kind: 'call' }>): void {
    const { code } = this
    const routine = straightRoutine(node.callee)
    for (const a of node.args) this.pair(a)
    if (routine === undefined) return code.at(I.call, code.pairOf(node.callee) ?? 0)
    const variables = new Map<string, number>()
    for (const { name } of routine.parameters.toReversed()) variables.set(name, this.stored(I.localSet))
    for (const statement of routine.body) {
      const value = this.straightCode(scheduleOf(statement).uses, variables)
      if (statement.kind === 'return') value(statement.value)
      else if (statement.kind === 'set')
        for (const [place, e] of statement.targets) {
          if (place.kind !== 'local') throw new TypeError('a straight routine leaves memory alone')
          value(e)
          variables.set(place.local.name, this.stored(I.localSet))
        }
    }
  }

  /** Writes values of one statement of a straight routine whose variables have places. */
  private straightCode(uses: ReadonlyMap<Node, number>, variables: ReadonlyMap<string, number>): (node: Node) => void {
    const { code } = this
    const held = new Map<Node, number>()
    const value = (node: Node): void => {
      const kept = node.kind === 'local' ? variables.get(node.local.name) : held.get(node)
      if (kept !== undefined) return code.at(I.localGet, kept)
      if (node.kind === 'constant') return code.emit(...LANES.constant, ...double(Number(node.value)), ...double(Number(node.value)))
      if (node.kind !== 'operation') throw new TypeError(`${node.kind} in a straight routine`)
      pairOperation(node, written)
      if (!written.isSingle(node)) held.set(node, this.stored(I.localTee))
    }
    const written = this.writtenWith(uses, value)
    return value
  }
}
