import { Graph } from '../graph.js'
import { PACKED, type Local, type Node, type Routine, type Statement, f64, i32, invoke, loop, set, toMemory, when } from '../ir.js'
import { type Data, type Entry, type LinearSolver, counting } from './linearSolver.js'
import type { Vectors } from './vectors.js'

/** Positions of the entries of an n×n matrix, row by row. */
const entry = (g: Graph, matrix: Local, n: number, row: Node, column: Node): Node =>
  g.plus(g.plus(g.read(matrix), g.apply('imul', row, g.int(n))), column)

/** Columns that are eliminated together, so that what they change behind them is one matrix product. */
const PANEL = 32

/**
 * `panel(matrix, pivots, from, to)`: eliminates the columns `from` … `to` − 1 with partial pivoting (Golub and Van Loan, algorithm 3.4.1);
 * rows are exchanged whole, and the columns behind `to` are left for later.
 */
function panelRoutine(n: number): Routine {
  const g = new Graph()
  const [matrix, pivots, from, to] = [i32('matrix'), i32('pivots'), i32('from'), i32('to')]
  const [k, i, j, p] = [i32('k'), i32('i'), i32('j'), i32('p')]
  const [best, upper, lower, inverse] = [f64('best'), f64('upper'), f64('lower'), f64('inverse')]
  const { read } = g
  const size = g.int(n)
  const at = (row: Node, column: Node): Node => entry(g, matrix, n, row, column)
  const load = (row: Node, column: Node): Node => g.load(at(row, column))
  const next = g.plus(read(k), 1)
  const choose = counting(g, i, next, size, [
    when(g.lt(read(best), g.abs(load(read(i), read(k)))), [set([best, g.abs(load(read(i), read(k)))], [p, read(i)])]),
  ])
  const exchange = counting(g, j, g.int(0), size, [
    set([upper, load(read(k), read(j))], [lower, load(read(p), read(j))]),
    set([toMemory(at(read(k), read(j))), read(lower)], [toMemory(at(read(p), read(j))), read(upper)]),
  ])
  const clear = counting(g, i, next, size, [
    set([lower, g.mul(load(read(i), read(k)), read(inverse))]),
    set([toMemory(at(read(i), read(k))), read(lower)]),
    ...subtractRow(g, n, matrix, [read(i), read(k)], lower, next, read(to)),
  ])
  return {
    name: 'panel',
    parameters: [matrix, pivots, from, to],
    body: counting(g, k, read(from), read(to), [
      set([p, read(k)], [best, g.abs(load(read(k), read(k)))]),
      ...choose,
      set([toMemory(g.plus(read(pivots), read(k))), g.apply('fromI32', read(p))]),
      when(g.not(g.apply('ieq', read(p), read(k))), exchange),
      set([inverse, g.div(g.constant(1), load(read(k), read(k)))]),
      ...clear,
    ]),
  }
}

/** Takes `factor` times row k from row i, in the columns `from` … `to` − 1. */
function subtractRow(
  g: Graph, n: number, matrix: Local, [i, k]: readonly [Node, Node], factor: Local, from: Node, to: Node,
): readonly Statement[] {
  const [j, rest] = [i32('j'), f64('rest')]
  const at = (row: Node): Node => entry(g, matrix, n, row, g.read(j))
  return [when(g.apply('ne', g.read(factor), g.constant(0)), counting(g, j, from, to, [
    set([rest, g.sub(g.load(at(i)), g.mul(g.read(factor), g.load(at(k))))]),
    set([toMemory(at(i)), g.read(rest)]),
  ]))]
}

/** `beside(matrix, from, to)`: the rows of U to the right of a panel. */
function besideRoutine(n: number): Routine {
  const g = new Graph()
  const [matrix, from, to, i, k, lower] = [i32('matrix'), i32('from'), i32('to'), i32('i'), i32('k'), f64('lower')]
  const { read } = g
  return {
    name: 'beside',
    parameters: [matrix, from, to],
    body: counting(g, i, g.plus(read(from), 1), read(to), counting(g, k, read(from), read(i), [
      set([lower, g.load(entry(g, matrix, n, read(i), read(k)))]),
      ...subtractRow(g, n, matrix, [read(i), read(k)], lower, read(to), g.int(n)),
    ])),
  }
}

/**
 * `factor(matrix, pivots, packed)`: LU factors of an n×n matrix in place, a panel of columns after the other (Golub and Van Loan, section
 * 3.2.11); `packed` is room for n × PANEL doubles, where −L of a panel stands in rows for the product.
 */
function factorRoutine(n: number): Routine {
  const g = new Graph()
  const [matrix, pivots, packed, i, c] = [i32('matrix'), i32('pivots'), i32('packed'), i32('i'), i32('c')]
  const { read } = g
  const behind = (from: number, to: number): readonly Statement[] => [
    invoke('beside', read(matrix), g.int(from), g.int(to)),
    ...counting(g, i, g.int(0), g.int(n - to), [{
      kind: 'each', counter: c, count: PANEL,
      targets: [[
        toMemory(g.plus(g.plus(read(packed), g.apply('imul', read(i), g.int(PANEL))), read(c))),
        g.neg(g.load(g.plus(g.plus(read(matrix), g.apply('imul', read(i), g.int(n))), read(c)), to * n + from)),
      ]],
    }]),
    {
      kind: 'product', rows: n - to, depth: PANEL, columns: n - to, adds: true,
      out: { base: read(matrix), offset: to * n + to }, outRow: n,
      left: { base: read(packed), offset: 0 }, leftRow: PANEL, leftDepth: 1,
      right: { base: read(matrix), offset: from * n + to }, rightDepth: n,
    },
  ]
  const panels = Array.from({ length: Math.ceil(n / PANEL) }, (_, k) => [k * PANEL, Math.min(n, (k + 1) * PANEL)] as const)
  return {
    name: 'factor',
    parameters: [matrix, pivots, packed],
    body: panels.flatMap(([from, to]) =>
      [invoke('panel', read(matrix), read(pivots), g.int(from), g.int(to)), ...(to < n ? behind(from, to) : [])]),
  }
}

/** `solve(matrix, pivots, vector)`: the solution of the factored system in place of its right-hand side. */
function solveRoutine(n: number): Routine {
  const g = new Graph()
  const [matrix, pivots, vector] = [i32('matrix'), i32('pivots'), i32('vector')]
  const [i, j, p] = [i32('i'), i32('j'), i32('p')]
  const [sum, other] = [f64('sum'), f64('other')]
  const { read } = g
  const size = g.int(n)
  const load = (row: Node, column: Node): Node => g.load(entry(g, matrix, n, row, column))
  const component = (index: Node): Node => g.plus(read(vector), index)
  const subtract = (from: Node, to: Node): readonly Statement[] => counting(g, j, from, to, [
    set([sum, g.sub(read(sum), g.mul(load(read(i), read(j)), g.load(component(read(j)))))]),
  ])
  return {
    name: 'solve',
    parameters: [matrix, pivots, vector],
    body: [
      ...counting(g, i, g.int(0), size, [
        set([p, g.apply('toI32', g.load(g.plus(read(pivots), read(i))))]),
        set([sum, g.load(component(read(p)))], [other, g.load(component(read(i)))]),
        set([toMemory(component(read(p))), read(other)]),
        set([toMemory(component(read(i))), read(sum)]),
      ]),
      ...counting(g, i, g.int(0), size, [
        set([sum, g.load(component(read(i)))]),
        ...subtract(g.int(0), read(i)),
        set([toMemory(component(read(i))), read(sum)]),
      ]),
      set([i, g.int(n - 1)]),
      loop(g.apply('ilt', g.int(-1), read(i)), [
        set([sum, g.load(component(read(i)))]),
        ...subtract(g.plus(read(i), 1), size),
        set([other, g.div(read(sum), load(read(i), read(i)))]),
        set([toMemory(component(read(i))), read(other)], [i, g.plus(read(i), -1)]),
      ]),
    ],
  }
}

/** Rows up to which every entry of the Jacobian is computed, those that vanish included, so that its place tells which it is. */
const WHOLE = 24

/** LU factors of the whole matrix, with partial pivoting. */
export class DenseSolver implements LinearSolver {
  readonly entries: readonly Entry[]
  readonly routines: readonly Routine[]
  readonly data: readonly Data[]
  readonly grown = undefined
  private readonly matrix: number
  private readonly pivots: number
  private readonly packed: number
  private readonly places: number | undefined

  /** @param nonzero the entries of J that do not vanish. */
  constructor(private readonly v: Vectors, private readonly base: Local, nonzero: readonly Entry[]) {
    const n = v.length
    const whole = n <= WHOLE
    this.entries = whole ? Array.from({ length: n * n }, (_, k) => [Math.floor(k / n), k % n] as const) : nonzero
    this.routines = [panelRoutine(n), ...(n > PANEL ? [besideRoutine(n)] : []), factorRoutine(n), solveRoutine(n)]
    this.matrix = v.allocate(n * n)
    this.pivots = v.allocate(n)
    this.packed = v.allocate(n > PANEL ? n * PANEL : 0)
    this.places = whole ? undefined : v.allocate(nonzero.length)
    const values = nonzero.map(([i, j]) => PACKED + i * n + j)
    this.data = this.places === undefined ? [] : [{ name: 'places of the entries of the Jacobian', offset: this.places, values }]
  }

  private position(offset: number): Node {
    return this.v.graph.plus(this.v.graph.read(this.base), offset)
  }

  /** −J, the whole of it or scattered into zeros. */
  private negated(jacobian: number): readonly Statement[] {
    const { v, places } = this
    const g = v.graph
    const entry = (i: Node): Node => g.neg(g.load(g.plus(this.position(jacobian), i)))
    const each = (value: (i: Node) => Node): Statement => {
      const counter = i32('element')
      const targets = [[toMemory(g.plus(this.position(this.matrix), g.read(counter))), value(g.read(counter))] as const]
      return { kind: 'each', counter, count: v.length ** 2, targets }
    }
    if (places === undefined) return [each(entry)]
    const place = (i: Node): Node => g.apply('unpack', g.load(g.plus(this.position(places), i)))
    return [
      each(() => g.constant(0)),
      ...v.counted(this.entries.length, (i) => [set([toMemory(g.plus(this.position(this.matrix), place(i))), entry(i)])]),
    ]
  }

  factor(jacobian: number, shift: Node): readonly Statement[] {
    const { v } = this
    const g = v.graph
    const [row, value] = [i32('row'), f64('diagonal')]
    return [
      ...this.negated(jacobian),
      ...v.counted(v.length, (i) => [
        set([row, g.plus(this.position(this.matrix), g.apply('imul', i, g.int(v.length + 1)))]),
        set([value, g.add(g.load(g.read(row)), shift)]),
        set([toMemory(g.read(row)), g.read(value)]),
      ]),
      invoke('factor', ...[this.matrix, this.pivots, this.packed].map((offset) => this.position(offset))),
    ]
  }

  solve(vector: number): Statement {
    return invoke('solve', this.position(this.matrix), this.position(this.pivots), this.position(vector))
  }
}
