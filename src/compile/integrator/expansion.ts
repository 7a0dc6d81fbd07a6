import type { Graph } from '../graph.js'
import { type Local, type MemoryPlace, type Node, type Routine, type Statement, f64, i32, loop, set, toMemory } from '../ir.js'
import { LongAssignments } from './chunks.js'
import { CoefficientRows, type Copy, type Group } from './coefficientRows.js'
import { type Coefficient, recurrenceOf, sameOrder } from './recurrences.js'
import type { Index, Vector, Vectors } from './vectors.js'

/** The order that is computed, the position of its coefficients, and the time's coefficient of it. */
const ORDER = i32('order')
const OWN = i32('own')
const TIME_RATE = f64('time_rate')
/** A term of a convolution, the positions of the coefficients of its two factors, and its weight. */
const TERM = i32('term')
const LEFT = i32('left')
const RIGHT = i32('right')
const WEIGHT = f64('weight')

/**
 * Taylor coefficients along a solution by loops: over the orders, over the terms of each convolution, and over all nodes with the same
 * recurrence at the same depth. The code grows with the operations of the right-hand side and not with the order.
 */
export class LoopedExpansion {
  private readonly rows: CoefficientRows
  private readonly start: number
  /** Values of order 0 that are kept, with their offsets. */
  private readonly kept: { readonly node: Node; readonly offset: number }[] = []
  private readonly offsets = new Map<Node, number>()
  private readonly long: LongAssignments

  /** @param rates the rates at time `time` and state `y`. */
  constructor(
    private readonly g: Graph, private readonly v: Vectors, private readonly base: Local, private readonly order: number,
    private readonly y: Vector, private readonly time: Node, private readonly rates: readonly Node[],
  ) {
    this.rows = new CoefficientRows(g, rates.map((_, i) => y.at(i)), [time], rates)
    this.start = v.allocate(this.rows.length * (order + 1))
    this.long = new LongAssignments(v, base)
  }

  /** What the statements call. */
  get routines(): readonly Routine[] {
    return this.long.routines
  }

  /** Coefficient k of the states. */
  coefficient(k: number): Vector {
    return this.v.inMemory(this.start + k * this.rows.length)
  }

  /** All coefficients at y. */
  statements(): readonly Statement[] {
    const { g, rows } = this
    const { read } = g
    const orders = loop(g.apply('ilt', read(ORDER), g.int(this.order)), [
      ...rows.stages.flatMap(({ copies, groups }, s) => [...this.copied(`copies_${s}`, copies, s + 1), ...groups.flatMap((group) => this.recurrent(group))]),
      ...this.completed(),
      set([ORDER, g.plus(read(ORDER), 1)], [OWN, g.plus(read(OWN), rows.length)], [TIME_RATE, g.constant(0)]),
    ])
    return [
      ...this.v.each((i) => [[this.coefficient(0).place(i), this.y.at(i)]]),
      ...this.valuesOfOrderZero(),
      set([ORDER, g.int(1)], [OWN, g.plus(read(this.base), this.start + rows.length)], [TIME_RATE, g.constant(1)]),
      orders,
    ]
  }

  private valuesOfOrderZero(): readonly Statement[] {
    const { g, rows } = this
    const at = (offset: number): MemoryPlace => toMemory(g.read(this.base), offset)
    const own = rows.stages.flatMap((s) => s.groups.flatMap((group) => group.nodes.map((node, i) => ({ node, row: group.row + i }))))
    return this.long.assign('order_zero', [
      ...[...own, ...rows.stages.flatMap((s) => s.copies), ...rows.late].map((n) => [at(this.start + n.row), n.node] as const),
      ...this.kept.map(({ node, offset }) =>
        [at(offset), node.type === 'i32' ? g.select(node, g.constant(1), g.constant(0)) : node] as const),
      ...this.rates.map((rate, i) => [at(this.start + rows.length + i), rate] as const),
    ])
  }

  /** Keeps values of order 0 one after another. */
  private keep(nodes: readonly Node[]): number {
    const offset = this.v.allocate(nodes.length)
    for (const [i, node] of nodes.entries()) this.kept.push({ node, offset: offset + i })
    return offset
  }

  /** The value of order 0 of a node, while higher orders are computed. */
  private value(node: Node): Node {
    const { g } = this
    if (node.kind === 'constant' || node.kind === 'local' || (node.kind === 'load' && !this.rows.moves(node))) return node
    const offset = this.offsets.get(node) ?? this.keep([node])
    this.offsets.set(node, offset)
    const kept = g.load(g.read(this.base), offset)
    return node.type === 'i32' ? g.apply('ne', kept, g.constant(0)) : kept
  }

  /** Coefficients of the order under way of nodes whose parts are known at a depth. */
  private at(depth: number): (node: Node) => Coefficient {
    const { g, rows } = this
    const known = new Map<Node, Coefficient>()
    const compute = (node: Node): Coefficient => {
      if (!rows.moves(node)) return undefined
      if (node === this.time) return g.read(TIME_RATE)
      const row = rows.rowOf(node, depth)
      if (row !== undefined) return g.load(g.read(OWN), row)
      const scaling = rows.scaling(node)
      if (scaling === undefined) return sameOrder(g, node, at, (n) => this.value(n))
      const part = at(scaling.part)
      return part === undefined || node.kind !== 'operation' ? undefined : g.apply(node.op, part, this.value(scaling.by))
    }
    const at = (node: Node): Coefficient => {
      if (!known.has(node)) known.set(node, compute(node))
      return known.get(node)
    }
    return at
  }

  private copied(name: string, copies: readonly Copy[], depth: number): readonly Statement[] {
    const { g } = this
    const at = this.at(depth)
    const targets = copies.map(({ node, row }) => [toMemory(g.read(OWN), row), at(node) ?? g.constant(0)] as const)
    return targets.length === 0 ? [] : this.long.assign(name, targets)
  }

  /** The next coefficients of the states, and what only the next order needs. */
  private completed(): readonly Statement[] {
    const { g, rows } = this
    const at = this.at(Infinity)
    const share = f64('share')
    const next = this.rates.map((rate, i) =>
      [toMemory(g.read(OWN), rows.length + i), g.mul(g.read(share), at(rate) ?? g.constant(0))] as const)
    return [
      set([share, g.div(g.constant(1), g.apply('fromI32', g.plus(g.read(ORDER), 1)))]),
      ...this.long.assign('next_coefficients', next),
      ...this.copied('late_copies', rows.late, Infinity),
    ]
  }

  private recurrent(group: Group): readonly Statement[] {
    const { g } = this
    const { recurrence: r, nodes, row } = group
    const own = (i: Index): Node => g.load(g.plus(g.read(OWN), i), row)
    const each = (counter: string, value: (i: Node) => Node): Statement => {
      const i = i32(counter)
      const targets = [[toMemory(g.plus(g.read(OWN), g.read(i)), row), value(g.read(i))] as const]
      return { kind: 'each', counter: i, count: nodes.length, targets }
    }
    return [
      each('row', () => g.constant(0)),
      ...this.convolution(group, (value) => each('row', (i) => g.add(own(i), value(i)))),
      ...this.finished(group, (value) => each('row', (i) => value(i, r.sign < 0 ? g.neg(own(i)) : own(i)))),
    ]
  }

  /** Adds the terms of the convolutions of a group; of products of nodes with themselves each pair of equal terms once, twice as heavy. */
  private convolution({ recurrence: r, row, operands }: Group, add: (value: (i: Node) => Node) => Statement): readonly Statement[] {
    const { g, rows } = this
    const { read } = g
    const even = r.left === r.right && r.slope === 0
    const [order, term] = [g.apply('fromI32', read(ORDER)), g.apply('fromI32', read(TERM))]
    const twice = g.plus(read(TERM), read(TERM))
    const weight = even
      ? g.select(g.apply('ieq', twice, read(ORDER)), g.constant(r.constant), g.constant(2 * r.constant))
      : g.add(g.constant(r.constant), g.mul(g.constant(r.slope), g.div(term, order)))
    const weighs = even || r.slope !== 0
    const last = even ? g.apply('ilt', twice, g.plus(read(ORDER), 1)) : g.apply('ilt', read(TERM), g.plus(read(ORDER), 1 - r.spared))
    return [
      set([TERM, g.int(r.first)], [LEFT, g.plus(read(this.base), this.start + r.first * rows.length)],
        [RIGHT, g.apply('isub', read(OWN), g.int(r.first * rows.length))]),
      loop(last, [
        ...(weighs ? [set([WEIGHT, weight])] : []),
        add((i) => {
          const product = g.mul(g.load(g.plus(read(LEFT), i), operands.left ?? row), g.load(g.plus(read(RIGHT), i), operands.right ?? row))
          return weighs ? g.mul(read(WEIGHT), product) : product
        }),
        set([TERM, g.plus(read(TERM), 1)], [LEFT, g.plus(read(LEFT), rows.length)],
          [RIGHT, g.apply('isub', read(RIGHT), g.int(rows.length))]),
      ]),
    ]
  }

  /** What is added to the convolutions of a group and what they are divided by. */
  private finished(
    { recurrence: r, nodes, operands: { added } }: Group, assign: (value: (i: Node, sum: Node) => Node) => Statement,
  ): readonly Statement[] {
    const { g } = this
    const divisors = nodes.flatMap((node) => recurrenceOf(g, node)?.divisor ?? [])
    if (divisors.length === 0 && added === undefined && r.sign > 0) return []
    const offset = this.keep(divisors)
    return [assign((i, sum) => {
      const above = added === undefined ? sum : g.add(g.load(g.plus(g.read(OWN), i), added), sum)
      return divisors.length === 0 ? above : g.div(above, g.load(g.plus(g.read(this.base), i), offset))
    })]
  }
}
