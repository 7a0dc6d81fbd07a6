import { type Node, type Place, type Routine, type Statement } from '../ir.js'
import { type Names, liveAfterEach, liveAtHead, liveBefore, union } from '../liveness.js'
import { scheduleOf, statementsIn } from '../schedule.js'
import type { Callees } from './body.js'
import { unsigned } from './bytes.js'
import { LaneValues } from './laneValues.js'
import { INSTRUCTION as I, LANES } from './opcodes.js'

/** What holds where a statement stands. */
interface Scope {
  /** Variable with the mask of the lanes that run it; all do if there is none. */
  readonly mask?: number
  /** Variables that the other lanes still need. */
  readonly needed: Names
}

type Load = Extract<Node, { kind: 'load' }>

const returnsWithin = (statement: Statement): boolean => [...statementsIn([statement])].some((s) => s.kind === 'return')

/**
 * What a routine reads at positions relative to its parameters that it never stores to: parameters, tolerances, limits. The memory
 * blocks of its parameters do not overlap, so no other store changes them.
 */
function fixedLoads(routine: Routine): readonly Load[] {
  const key = (base: Node, offset: number): string | undefined => (base.kind === 'local' ? `${base.local.name}+${offset}` : undefined)
  const parameters = new Set(routine.parameters.map((p) => p.name))
  const [loads, stored] = [new Set<Load>(), new Set<string | undefined>()]
  for (const statement of statementsIn(routine.body)) {
    if (statement.kind === 'set')
      for (const [place] of statement.targets) if (place.kind === 'memory') stored.add(key(place.base, place.offset))
    for (const [node] of scheduleOf(statement).uses)
      if (node.kind === 'load' && node.base.kind === 'local' && parameters.has(node.base.local.name)) loads.add(node)
  }
  return [...loads].filter((node) => !stored.has(key(node.base, node.offset)))
}

/**
 * The code of a routine for two lanes that take their own ways through it. A branch runs if either lane takes it and a loop while either
 * goes on; the other lane's variables are kept by selection under the mask — only those that it may still read (Karrenberg and Hack,
 * Whole-function vectorization, CGO 2011).
 */
export class LaneBody extends LaneValues {
  private readonly result: number | undefined
  /** Mask of the lanes that have not returned, for routines that return inside branches. */
  private readonly alive: number | undefined

  constructor(routine: Routine, callees: Callees) {
    super(routine, callees)
    this.result = routine.result === 'f64' ? this.take('v128') : undefined
    this.alive = routine.body.slice(0, -1).some(returnsWithin) ? this.take('v128') : undefined
    if (this.alive !== undefined) {
      this.both(-1n)
      this.at(I.localSet, this.alive)
    }
    this.preload(fixedLoads(routine))
    this.block(routine.body, { ...this.maskOf(this.alive), needed: new Set() }, new Set())
    if (this.result !== undefined) this.at(I.localGet, this.result)
    this.emit(I.end)
  }

  private maskOf(mask: number | undefined): { readonly mask?: number } {
    return mask === undefined ? {} : { mask }
  }

  private block(body: readonly Statement[], scope: Scope, after: Names): void {
    const live = liveAfterEach(body, after)
    for (const [k, statement] of body.entries()) this.statement(statement, scope, live[k] ?? after)
  }

  private statement(statement: Statement, scope: Scope, after: Names): void {
    this.uses = scheduleOf(statement).uses
    switch (statement.kind) {
      case 'set':
        this.assign(statement.targets, scope)
        return this.forget()
      case 'if':
        return this.branch(statement, scope, after)
      case 'while':
        return this.repeat(statement, scope, after)
      case 'return':
        return this.giveBack(statement.value, scope)
      default:
        throw new TypeError(`${statement.kind} has no form on lanes`)
    }
  }

  private branch(statement: Extract<Statement, { kind: 'if' }>, scope: Scope, after: Names): void {
    const [chosen, others] = [this.take('v128'), statement.otherwise.length > 0 ? this.take('v128') : undefined]
    this.mask(statement.condition)
    this.at(I.localSet, chosen)
    this.forget()
    if (others !== undefined) {
      if (scope.mask !== undefined) this.at(I.localGet, scope.mask)
      this.at(I.localGet, chosen)
      this.emit(...(scope.mask === undefined ? LANES.not : LANES.andNot))
      this.at(I.localSet, others)
    }
    this.narrow(chosen, scope.mask)
    this.taken(chosen, statement.body, union(scope.needed, after, liveBefore(statement.otherwise, after)), after)
    if (others !== undefined) this.taken(others, statement.otherwise, union(scope.needed, after), after)
    if (returnsWithin(statement)) this.narrow(scope.mask, this.alive)
  }

  /** mask := mask and other, where both exist and differ. */
  private narrow(mask: number | undefined, other: number | undefined): void {
    if (mask === undefined || other === undefined || mask === other) return
    this.at(I.localGet, mask)
    this.at(I.localGet, other)
    this.emit(...LANES.and)
    this.at(I.localSet, mask)
  }

  /** A block that runs if any lane of the mask is set. */
  private taken(mask: number, body: readonly Statement[], needed: Names, after: Names): void {
    this.at(I.localGet, mask)
    this.emit(...LANES.anyTrue, I.if, I.emptyType)
    this.block(body, { mask, needed }, after)
    this.emit(I.end)
    this.release(mask, 'v128')
  }

  private repeat(statement: Extract<Statement, { kind: 'while' }>, scope: Scope, after: Names): void {
    const going = this.take('v128')
    if (scope.mask === undefined) this.both(-1n)
    else this.at(I.localGet, scope.mask)
    this.at(I.localSet, going)
    this.emit(I.block, I.emptyType, I.loop, I.emptyType)
    this.at(I.localGet, going)
    this.mask(statement.condition)
    this.emit(...LANES.and)
    this.at(I.localTee, going)
    this.forget()
    this.emit(...LANES.anyTrue, I.i32Eqz, I.brIf, 1)
    this.block(statement.body, { mask: going, needed: union(scope.needed, after) }, liveAtHead(statement, after))
    this.emit(I.br, 0, I.end, I.end)
    this.release(going, 'v128')
    if (returnsWithin(statement)) this.narrow(scope.mask, this.alive)
  }

  private giveBack(value: Node, scope: Scope): void {
    if (this.result !== undefined) {
      this.value(value)
      this.select(this.result, scope.mask)
      this.forget()
    }
    if (this.alive === undefined || scope.mask === undefined) return
    this.at(I.localGet, this.alive)
    this.at(I.localGet, scope.mask)
    this.emit(...LANES.andNot)
    this.at(I.localSet, this.alive)
  }

  /** Assigns the value on the stack to a variable in the lanes of the mask. */
  private select(target: number, mask: number | undefined): void {
    if (mask !== undefined) {
      this.at(I.localGet, target)
      this.at(I.localGet, mask)
      this.emit(...LANES.bitselect)
    }
    this.at(I.localSet, target)
  }

  private assign(targets: readonly (readonly [Place, Node])[], scope: Scope): void {
    const { reads } = scheduleOf({ kind: 'set', targets })
    const late: [number, number, number | undefined][] = []
    for (const [i, [place, value]] of targets.entries()) {
      if (place.kind === 'memory') {
        this.store(place, value, scope.mask)
        continue
      }
      this.value(value)
      const target = this.indexOf(place.local)
      // Integers may be positions of memory: a lane at rest keeps them, so that what it reads in passing stays within its memory.
      const mask = scope.needed.has(place.local.name) || place.local.type === 'i32' ? scope.mask : undefined
      if (i === targets.length - 1 || !reads.has(place.local.name)) {
        this.select(target, mask)
        continue
      }
      const kept = this.take('v128')
      this.at(I.localSet, kept)
      late.push([target, kept, mask])
    }
    for (const [target, kept, mask] of late) {
      this.at(I.localGet, kept)
      this.select(target, mask)
      this.release(kept, 'v128')
    }
  }

  /** A lane at rest writes nothing. */
  private store(place: Extract<Place, { kind: 'memory' }>, value: Node, mask: number | undefined): void {
    const pair = this.take('v128')
    this.value(value)
    this.at(I.localSet, pair)
    for (const lane of [0, 1] as const) {
      this.address(place.base, lane)
      this.at(I.localGet, pair)
      if (mask === undefined) this.emit(...LANES.storeLane, 3, ...unsigned(8 * place.offset), lane)
      else this.guardedStore(place.offset, mask, lane)
    }
    this.release(pair, 'v128')
  }

  /** Address and pair wait in variables while the mask is looked at. */
  private guardedStore(offset: number, mask: number, lane: 0 | 1): void {
    const [address, pair] = [this.take('i32'), this.take('v128')]
    this.at(I.localSet, pair)
    this.at(I.localSet, address)
    this.at(I.localGet, mask)
    this.emit(...LANES.extractInteger, lane, I.i64Const, 0, I.i64Ne, I.if, I.emptyType)
    this.at(I.localGet, address)
    this.at(I.localGet, pair)
    this.emit(...LANES.storeLane, 3, ...unsigned(8 * offset), lane, I.end)
    this.release(address, 'i32')
    this.release(pair, 'v128')
  }
}
