import { type Place, type Node, type Routine, type Statement } from '../ir.js'
import { type Names, liveAfterEach, liveAtHead, liveBefore, union } from '../liveness.js'
import { localsOf, scheduleOf, statementsIn } from '../schedule.js'
import { LANE_TYPE, LaneValues } from './laneValues.js'

/** What holds where a statement stands. */
interface Scope {
  /** Name of the mask of the lanes that run it; all do if there is none. */
  readonly mask?: string
  /** Variables that the other lanes still need. */
  readonly needed: Names
}

const returnsWithin = (statement: Statement): boolean => [...statementsIn([statement])].some((s) => s.kind === 'return')
const under = (mask: string | undefined): { readonly mask?: string } => (mask === undefined ? {} : { mask })

/**
 * C statements of a routine for all lanes of a vector, each taking its own way: a branch runs if any lane takes it and a loop while any
 * goes on; the other lanes keep what they may still read (Karrenberg and Hack, Whole-function vectorization, CGO 2011).
 */
export class LaneBody extends LaneValues {
  private readonly alive: string | undefined

  /** @param kind an entry runs on all lanes, a routine on those of `active`; a function of numbers gives values for all of them. */
  constructor(private readonly routine: Routine, kind: 'entry' | 'routine' | 'function') {
    const counters = [...statementsIn(routine.body)].flatMap((s) => (s.kind === 'each' || s.kind === 'total' ? [s.counter] : []))
    const integers = routine.parameters.filter((p) => p.type === 'i32')
    super(new Set([...integers, ...counters].map((l) => l.name)), kind === 'function' ? 'noether_lookup' : 'noether_gather')
    const variables = localsOf(routine).filter((l) => !counters.some((c) => c.name === l.name))
    for (const { type, name } of variables) this.put(`${LANE_TYPE[type]} ${name} = {0};`)
    if (routine.result !== undefined) this.put(`${LANE_TYPE[routine.result]} result = {0};`)
    this.alive = routine.body.slice(0, -1).some(returnsWithin) ? 'alive' : undefined
    if (this.alive !== undefined) this.put('noether_i alive = NOETHER_ALL;')
    this.block(routine.body, { ...under(kind === 'routine' ? 'active' : this.alive), needed: new Set() }, new Set())
    if (routine.result !== undefined) this.put('return result;')
  }

  get text(): readonly string[] {
    return this.lines
  }

  private block(body: readonly Statement[], scope: Scope, after: Names): void {
    const live = liveAfterEach(body, after)
    for (const [k, statement] of body.entries()) this.statement(statement, scope, live[k] ?? after)
  }

  private nested(open: string, write: () => void): void {
    this.put(open)
    const outer = this.indent
    this.indent += '  '
    write()
    this.indent = outer
    this.put('}')
  }

  private statement(statement: Statement, scope: Scope, after: Names): void {
    this.uses = scheduleOf(statement).uses
    this.forget()
    switch (statement.kind) {
      case 'set':
        return this.assign(statement.targets, scope)
      case 'if':
        return this.branch(statement, scope, after)
      case 'while':
        return this.repeat(statement, scope, after)
      case 'each':
        return this.nested(this.counted(statement), () => this.assign(statement.targets, scope))
      case 'total':
        return this.total(statement, scope)
      case 'invoke': {
        const args = statement.args.map((a) => (this.isUniform(a) ? this.position(a) : this.value(a)))
        return this.put(`noether_${statement.callee}_lanes(${['job', 'work', scope.mask ?? 'NOETHER_ALL', ...args].join(', ')});`)
      }
      case 'return':
        return this.giveBack(statement.value, scope)
    }
  }

  private counted({ counter: { name }, count }: Extract<Statement, { kind: 'each' | 'total' }>): string {
    return `for (int64_t ${name} = 0; ${name} < ${count}; ${name}++) {`
  }

  private total(statement: Extract<Statement, { kind: 'total' }>, scope: Scope): void {
    const sum = this.fresh('sum')
    this.put(`noether_f ${sum} = {0};`)
    this.nested(this.counted(statement), () => this.put(`${sum} += ${this.value(statement.term)};`))
    const { name } = statement.into
    this.put(`${name} = ${scope.mask === undefined ? sum : `noether_choose(${scope.mask}, ${sum}, ${name})`};`)
  }

  private branch(statement: Extract<Statement, { kind: 'if' }>, scope: Scope, after: Names): void {
    const [chosen, others] = [this.fresh('m'), this.fresh('m')]
    const condition = this.mask(statement.condition)
    this.put(`noether_i ${chosen} = ${condition}${scope.mask === undefined ? '' : ` & ${scope.mask}`};`)
    if (statement.otherwise.length > 0) this.put(`noether_i ${others} = ${scope.mask === undefined ? '' : `${scope.mask} & `}~${chosen};`)
    const needed = union(scope.needed, after)
    this.nested(`if (noether_any(${chosen})) {`, () =>
      this.block(statement.body, { mask: chosen, needed: union(needed, liveBefore(statement.otherwise, after)) }, after))
    if (statement.otherwise.length > 0)
      this.nested(`if (noether_any(${others})) {`, () => this.block(statement.otherwise, { mask: others, needed }, after))
    this.narrow(statement, scope.mask)
  }

  /** Lanes that returned inside a statement take no part in what follows. */
  private narrow(statement: Statement, mask: string | undefined): void {
    if (mask === undefined || this.alive === undefined || mask === this.alive || !returnsWithin(statement)) return
    this.put(`${mask} &= ${this.alive};`)
  }

  private repeat(statement: Extract<Statement, { kind: 'while' }>, scope: Scope, after: Names): void {
    const going = this.fresh('m')
    this.put(`noether_i ${going} = ${scope.mask ?? 'NOETHER_ALL'};`)
    this.nested('for (;;) {', () => {
      this.put(`${going} &= ${this.mask(statement.condition)};`)
      this.put(`if (!noether_any(${going})) break;`)
      this.block(statement.body, { mask: going, needed: union(scope.needed, after) }, liveAtHead(statement, after))
    })
    this.narrow(statement, scope.mask)
  }

  private giveBack(value: Node, { mask }: Scope): void {
    const text = this.value(value)
    if (this.routine.result !== undefined) this.put(`result = ${mask === undefined ? text : `noether_choose(${mask}, ${text}, result)`};`)
    if (this.alive !== undefined && mask !== undefined) this.put(`alive = alive & ~${mask};`)
  }

  private assign(targets: readonly (readonly [Place, Node])[], scope: Scope): void {
    const { reads } = scheduleOf({ kind: 'set', targets })
    const late: string[] = []
    for (const [i, [place, node]] of targets.entries()) {
      const value = this.value(node)
      if (place.kind === 'memory') {
        this.store(place, value, scope.mask)
        continue
      }
      const { name, type } = place.local
      // Integers may be positions of memory: a lane at rest keeps them, so that what it reads in passing stays within its memory.
      const kept = scope.mask !== undefined && (scope.needed.has(name) || type === 'i32')
      const chosen = kept ? `${type === 'f64' ? 'noether_choose' : 'noether_pick'}(${scope.mask}, ${value}, ${name})` : value
      if (i === targets.length - 1 || !reads.has(name)) {
        this.put(`${name} = ${chosen};`)
        continue
      }
      const waiting = this.fresh('s')
      this.put(`const ${LANE_TYPE[type]} ${waiting} = ${chosen};`)
      late.push(`${name} = ${waiting};`)
    }
    for (const line of late) this.put(line)
  }

  /** A lane at rest writes nothing. */
  private store({ base, offset }: Extract<Place, { kind: 'memory' }>, value: string, mask: string | undefined): void {
    if (!this.isUniform(base)) return this.put(`noether_scatter(${mask ?? 'NOETHER_ALL'}, ${this.place(base, offset)}, ${value});`)
    const at = this.position(base, offset)
    this.put(`noether_store(work, ${at}, ${mask === undefined ? value : `noether_choose(${mask}, ${value}, noether_load(work, ${at}))`});`)
  }
}
