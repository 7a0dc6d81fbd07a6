import type { Expr } from '../../algebra/expr.js'
import { type Local, type Node, type Statement, f64, set } from '../ir.js'
import { switchesOf } from '../switches.js'
import type { Context } from './context.js'
import type { Index, Vector } from './vectors.js'

/** How many have turned of either kind. */
const CHANGES = f64('changes')
const CROSSES = f64('crosses')

/** On which sides the switches of the rates are: whole parts first, which turn as they change, then what turns as its sign changes. */
export class Sides {
  private readonly values: readonly Expr[]
  private readonly wholes: number
  /** Where the values at the start of the step are, and those looked at. */
  private readonly before: Vector
  private readonly now: Vector
  private readonly offsets: readonly [number, number]

  constructor(private readonly c: Context) {
    const found = switchesOf(c.rhs.system.rhs)
    const wholes = found.flatMap((s) => (s.kind === 'floor' ? [s.within] : []))
    this.values = [...wholes, ...found.flatMap((s) => (s.kind === 'floor' ? [] : [s.argument]))]
    this.wholes = wholes.length
    this.offsets = [c.v.allocate(this.count), c.v.allocate(this.count)]
    this.before = c.v.inMemory(this.offsets[0])
    this.now = c.v.inMemory(this.offsets[1])
  }

  get count(): number {
    return this.values.length
  }

  /** Keeps the sides at the start of a step. */
  start(t: Node, state: Vector): readonly Statement[] {
    return this.c.rhs.tabulate('sides', this.values, t, state, this.offsets[0])
  }

  /** Whether one has turned at a state within the step; what is at zero has not. */
  look(turned: Local, t: Node, state: Vector): readonly Statement[] {
    const { g, v, rhs } = this.c
    const [zero, one] = [g.constant(0), g.constant(1)]
    const passes = (x: Node, from: Node, beyond: (a: Node) => Node): Node => g.and(beyond(x), g.not(beyond(from)))
    const changes = (i: Index): Node => g.apply('ne', this.now.at(i), this.before.at(i))
    const crosses = (i: Index): Node => g.or(
      passes(this.now.at(i), this.before.at(i), (x) => g.lt(x, zero)), passes(this.now.at(i), this.before.at(i), (x) => g.lt(zero, x)))
    const tabulated = rhs.tabulate('sides', this.values, t, state, this.offsets[1])
    if (v.storage !== 'loops') {
      const all = this.values.map((_, i) => (i < this.wholes ? changes(i) : crosses(i)))
      return [...tabulated, set([turned, all.reduce((a, b) => g.or(a, b))])]
    }
    const number = (into: Local, from: number, to: number, test: (i: Index) => Node): readonly Statement[] =>
      (from === to ? [set([into, zero])] : v.total(into, (i) => g.select(test(g.plus(g.int(from), i)), one, zero), to - from))
    return [
      ...tabulated,
      ...number(CHANGES, 0, this.wholes, changes),
      ...number(CROSSES, this.wholes, this.count, crosses),
      set([turned, g.lt(zero, g.add(g.read(CHANGES), g.read(CROSSES)))]),
    ]
  }
}
