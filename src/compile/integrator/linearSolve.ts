import { Graph, type Local, type Node, type Routine, type Statement, f64, i32, loop, set, toMemory, when } from '../ir.js'

/** Counts `i` from `from` up to, not including, `to`. */
const counting = (g: Graph, i: Local, from: Node, to: Node, body: readonly Statement[]): readonly Statement[] => [
  set([i, from]),
  loop(g.apply('ilt', g.read(i), to), [...body, set([i, g.plus(g.read(i), 1)])]),
]

/** Positions of the entries of an n×n matrix, row by row. */
const entry = (g: Graph, matrix: Local, n: number, row: Node, column: Node): Node =>
  g.plus(g.plus(g.read(matrix), g.apply('imul', row, g.int(n))), column)

/** `factor(matrix, pivots)`: LU factors of an n×n matrix in place, with partial pivoting (Golub and Van Loan, algorithm 3.4.1). */
export function factorRoutine(n: number): Routine {
  const g = new Graph()
  const [matrix, pivots] = [i32('matrix'), i32('pivots')]
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
  const eliminate = counting(g, i, next, size, [
    set([lower, g.mul(load(read(i), read(k)), read(inverse))]),
    set([toMemory(at(read(i), read(k))), read(lower)]),
    when(g.apply('ne', read(lower), g.constant(0)), counting(g, j, next, size, [
      set([upper, g.sub(load(read(i), read(j)), g.mul(read(lower), load(read(k), read(j))))]),
      set([toMemory(at(read(i), read(j))), read(upper)]),
    ])),
  ])
  return {
    name: 'factor',
    parameters: [matrix, pivots],
    body: counting(g, k, g.int(0), size, [
      set([p, read(k)], [best, g.abs(load(read(k), read(k)))]),
      ...choose,
      set([toMemory(g.plus(read(pivots), read(k))), g.apply('fromI32', read(p))]),
      when(g.not(g.apply('ieq', read(p), read(k))), exchange),
      set([inverse, g.div(g.constant(1), load(read(k), read(k)))]),
      ...eliminate,
    ]),
  }
}

/** `solve(matrix, pivots, vector)`: the solution of the factored system in place of its right-hand side. */
export function solveRoutine(n: number): Routine {
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
