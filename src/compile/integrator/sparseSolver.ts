import { Graph } from '../graph.js'
import { PACKED, type Local, type Node, type Routine, type Statement, f64, i32, invoke, loop, set, toMemory } from '../ir.js'
import type { Elimination } from './elimination.js'
import { type Data, type Entry, type LinearSolver, counting } from './linearSolver.js'
import type { Vectors } from './vectors.js'

/**
 * A row of U more than this larger than the row of the matrix it comes from has lost as many digits; a smaller step then brings the
 * matrix nearer to a multiple of one.
 */
const GROWTH = 1e6

/** Where the tables of an elimination begin, in doubles behind the first. */
interface Tables {
  /** The order; where each row begins, and the last ends; where its diagonal is; where its entries of J begin, and the last end. */
  readonly order: number
  readonly starts: number
  readonly diagonals: number
  readonly given: number
  /** Places of the columns of the entries of J, and of the rows of L and U. */
  readonly givenColumns: number
  readonly columns: number
  readonly values: readonly number[]
}

/** Where parts begin that follow each other, and the last ends. */
function running(lengths: readonly number[]): readonly number[] {
  const starts = [0]
  for (const length of lengths) starts.push((starts.at(-1) ?? 0) + length)
  return starts
}

function tabulated({ order, rows }: Elimination, given: readonly (readonly number[])[]): Tables {
  const starts = running(rows.map((r) => r.length))
  const parts = [
    order, starts, rows.map((r, p) => (starts[p] ?? 0) + r.indexOf(p)), running(given.map((r) => r.length)), given.flat(), rows.flat(),
  ]
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = running(parts.map((p) => p.length))
  return { order: first, starts: second, diagonals: third, given: fourth, givenColumns: fifth, columns: sixth, values: parts.flat().map((i) => PACKED + i) }
}

type TableName = Exclude<keyof Tables, 'values'>

/** The body of `factor` and `solve` in the names of their variables. */
class Kernel {
  private readonly g = new Graph()
  private readonly tables = i32('tables')
  private readonly factors = i32('factors')
  private readonly work = i32('work')
  private readonly row = i32('row')
  private readonly e = i32('e')
  private readonly end = i32('end')
  private readonly value = f64('value')

  constructor(private readonly n: number, private readonly at: Tables) {}

  private table(name: TableName, i: Node, step = 0): Node {
    return this.g.apply('unpack', this.g.load(this.g.plus(this.g.read(this.tables), i), this.at[name] + step))
  }

  private element(vector: Local, i: Node): Node {
    return this.g.load(this.g.plus(this.g.read(vector), i))
  }

  private put(vector: Local, i: Node, value: Node): Statement {
    return set([toMemory(this.g.plus(this.g.read(vector), i)), value])
  }

  /** Runs `body` for the elements from one position of a row up to another. */
  private along(from: Node, to: Node, body: readonly Statement[], counter = this.e, end = this.end): readonly Statement[] {
    return [set([end, to]), ...counting(this.g, counter, from, this.g.read(end), body)]
  }

  /** The positions of the elements of a row left of its diagonal, and right of it. */
  private left(row: Node): readonly [Node, Node] {
    return [this.table('starts', row), this.table('diagonals', row)]
  }

  private right(row: Node): readonly [Node, Node] {
    return [this.g.plus(this.table('diagonals', row), 1), this.table('starts', row, 1)]
  }

  /**
   * `factor(tables, jacobian, factors, work, growth, shift)`: L and U of shift·I − J row by row (Doolittle), each row spread over `work`
   * while the rows before it are subtracted; the diagonals inverted. Leaves at `growth` how much a row has grown at most.
   */
  factor(): Routine {
    const { g, factors, work, row, e, value } = this
    const { read } = g
    const [jacobian, growth, shift] = [i32('jacobian'), i32('growth'), f64('shift')]
    const [column, m, last, lower] = [i32('column'), i32('m'), i32('last'), f64('lower')]
    const [before, after, most] = [f64('before'), f64('after'), f64('most')]
    const columnOf = (element: Local, table: TableName = 'columns'): Node => this.table(table, read(element))
    const add = (into: Local): Statement => set([into, g.add(read(into), g.abs(read(value)))])
    const change = (i: Node, to: Node): readonly Statement[] => [set([value, to]), this.put(work, i, read(value))]
    const difference = g.sub(this.element(work, columnOf(m)), g.mul(read(lower), this.element(factors, read(m))))
    const eliminated = [
      set([column, columnOf(e)]),
      set([lower, g.mul(this.element(work, read(column)), this.element(factors, this.table('diagonals', read(column))))]),
      this.put(factors, read(e), read(lower)),
      ...this.along(...this.right(read(column)), change(columnOf(m), difference), m, last),
    ]
    const body = [
      ...this.along(this.table('starts', read(row)), this.table('starts', read(row), 1), [this.put(work, columnOf(e), g.constant(0))]),
      set([before, g.abs(read(shift))]),
      ...this.along(this.table('given', read(row)), this.table('given', read(row), 1),
        [...change(columnOf(e, 'givenColumns'), g.neg(this.element(jacobian, read(e)))), add(before)]),
      ...change(read(row), g.add(this.element(work, read(row)), read(shift))),
      ...this.along(...this.left(read(row)), eliminated),
      set([value, this.element(work, read(row))]),
      set([after, g.abs(read(value))]),
      this.put(factors, this.table('diagonals', read(row)), g.div(g.constant(1), read(value))),
      ...this.along(...this.right(read(row)),
        [set([value, this.element(work, columnOf(e))]), this.put(factors, read(e), read(value)), add(after)]),
      set([most, g.max(read(most), g.div(read(after), read(before)))]),
    ]
    return {
      name: 'factor',
      parameters: [this.tables, jacobian, factors, work, growth, shift],
      body: [
        set([most, g.constant(0)]), ...counting(g, row, g.int(0), g.int(this.n), body), set([toMemory(read(growth)), read(most)]),
      ],
    }
  }

  /** `solve(tables, factors, work, vector)`: x in place of b; `work` has its components in the order of the elimination. */
  solve(): Routine {
    const { g, factors, work, row, e, value } = this
    const { read } = g
    const vector = i32('vector')
    const subtract = [
      set([value, g.sub(read(value), g.mul(this.element(factors, read(e)), this.element(work, this.table('columns', read(e)))))]),
    ]
    const own = this.table('order', read(row))
    return {
      name: 'solve',
      parameters: [this.tables, factors, work, vector],
      body: [
        ...counting(g, row, g.int(0), g.int(this.n), [
          set([value, this.element(vector, own)]), ...this.along(...this.left(read(row)), subtract), this.put(work, read(row), read(value)),
        ]),
        set([row, g.int(this.n - 1)]),
        loop(g.apply('ilt', g.int(-1), read(row)), [
          set([value, this.element(work, read(row))]),
          ...this.along(...this.right(read(row)), subtract),
          set([value, g.mul(read(value), this.element(factors, this.table('diagonals', read(row))))]),
          this.put(work, read(row), read(value)),
          this.put(vector, own, read(value)),
          set([row, g.plus(read(row), -1)]),
        ]),
      ],
    }
  }
}

/** LU factors of a sparse matrix in an order found when the code is made: one short program runs over tables. */
export class SparseSolver implements LinearSolver {
  readonly entries: readonly Entry[]
  readonly routines: readonly Routine[]
  readonly data: readonly Data[]
  private readonly tables: number
  private readonly factors: number
  private readonly work: number
  private readonly growth: number

  /** @param nonzero the entries of J that do not vanish. */
  constructor(private readonly v: Vectors, private readonly base: Local, nonzero: readonly Entry[], elimination: Elimination) {
    const { order, rows } = elimination
    const place = new Map(order.map((k, p) => [k, p]))
    const byRow = Array.from({ length: v.length }, (): Entry[] => [])
    for (const entry of nonzero) byRow[entry[0]]?.push(entry)
    const given = order.map((k) => byRow[k] ?? [])
    this.entries = given.flat()
    const tables = tabulated(elimination, given.map((row) => row.map(([, j]) => place.get(j) ?? NaN)))
    const kernel = new Kernel(v.length, tables)
    this.routines = [kernel.factor(), kernel.solve()]
    this.tables = v.allocate(tables.values.length)
    this.factors = v.allocate(rows.reduce((sum, r) => sum + r.length, 0))
    this.work = v.allocate(v.length)
    this.growth = v.allocate(1)
    this.data = [{ name: 'order and places of the elimination', offset: this.tables, values: tables.values }]
  }

  private position(offset: number): Node {
    return this.v.graph.plus(this.v.graph.read(this.base), offset)
  }

  factor(jacobian: number, shift: Node): readonly Statement[] {
    return [invoke('factor', ...[this.tables, jacobian, this.factors, this.work, this.growth].map((o) => this.position(o)), shift)]
  }

  get grown(): Node {
    const g = this.v.graph
    return g.lt(g.constant(GROWTH), g.load(g.read(this.base), this.growth))
  }

  solve(vector: number): Statement {
    return invoke('solve', ...[this.tables, this.factors, this.work, vector].map((o) => this.position(o)))
  }
}
