import { array, assert, double, integer, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RESERVED, load } from '../../src/compile/executable.js'
import { DenseSolver } from '../../src/compile/integrator/denseSolver.js'
import { eliminate } from '../../src/compile/integrator/elimination.js'
import type { Entry, LinearSolver } from '../../src/compile/integrator/linearSolver.js'
import { SparseSolver } from '../../src/compile/integrator/sparseSolver.js'
import { Vectors } from '../../src/compile/integrator/vectors.js'
import { Graph } from '../../src/compile/graph.js'
import { type Routine, f64, i32, set, toMemory } from '../../src/compile/ir.js'

const KINDS = ['sparse', 'dense'] as const
type Kind = (typeof KINDS)[number]

/** Solves (shift·I − J) x = b by generated code; also gives whether it reports growing rounding errors. */
function solved(
  kind: Kind, target: 'wasm' | 'js', n: number, jacobian: readonly (readonly [number, number, number])[], shift: number, b: readonly number[],
): { readonly x: readonly number[]; readonly grown: boolean } {
  const g = new Graph()
  const [base, s] = [i32('base'), f64('shift')]
  const v = new Vectors(g, n, 'loops', base, 0)
  const nonzero = jacobian.map(([i, j]): Entry => [i, j])
  const elimination = eliminate(n, nonzero, Infinity)
  if (elimination === undefined) throw new TypeError('no elimination')
  const solver: LinearSolver = kind === 'dense' ? new DenseSolver(v, base, nonzero) : new SparseSolver(v, base, nonzero, elimination)
  const [entries, vector, flag] = [v.allocate(solver.entries.length), v.allocate(n), v.allocate(1)]
  const answer = g.select(solver.grown ?? g.apply('ilt', g.int(1), g.int(0)), g.constant(1), g.constant(0))
  const main: Routine = {
    name: 'main', parameters: [base, s],
    body: [...solver.factor(entries, g.read(s)), set([toMemory(g.read(base), flag), answer]), solver.solve(vector)],
  }
  const { entry, memory } = load({ routines: [main, ...solver.routines], exported: ['main'] }, target)
  const doubles = memory(RESERVED + v.end)
  const value = new Map(jacobian.map(([i, j, a]) => [`${i},${j}`, a]))
  for (const { offset, values } of solver.data) doubles.set(values, RESERVED + offset)
  doubles.set(solver.entries.map(([i, j]) => value.get(`${i},${j}`) ?? 0), RESERVED + entries)
  doubles.set(b, RESERVED + vector)
  entry('main')(RESERVED, shift)
  return { x: [...doubles.subarray(RESERVED + vector, RESERVED + vector + n)], grown: doubles[RESERVED + flag] === 1 }
}

/** |(shift·I − J) x − b| in units of what rounding leaves of |shift·x| + |J| |x| + |b|. */
function residual(
  jacobian: readonly (readonly [number, number, number])[], shift: number, b: readonly number[], x: readonly number[],
): number {
  const [left, size] = [x.map((xi) => shift * xi), x.map((xi, i) => Math.abs(shift * xi) + Math.abs(b[i] ?? 0))]
  for (const [i, j, a] of jacobian) {
    left[i] = (left[i] ?? NaN) - a * (x[j] ?? NaN)
    size[i] = (size[i] ?? NaN) + Math.abs(a * (x[j] ?? NaN))
  }
  return Math.max(...left.map((l, i) => Math.abs(l - (b[i] ?? NaN)))) / (2 ** -52 * Math.max(...size))
}

const matrix = (n: number, most: number) =>
  array(record({ i: integer({ min: 0, max: n - 1 }), j: integer({ min: 0, max: n - 1 }), a: double({ min: -1, max: 1, noNaN: true }) }), {
    maxLength: most,
  }).map((entries) => [...new Map(entries.map(({ i, j, a }) => [i * n + j, [i, j, a] as const])).values()])

describe.each(['wasm', 'js'] as const)('a linear system in %s', (target) => {
  it.each(KINDS)('is solved to rounding by %s factors', (kind) => {
    const n = 30
    assert(property(matrix(n, 150), double({ min: 0.5, max: 50, noNaN: true }), (jacobian, shift) => {
      const b = Array.from({ length: n }, (_, i) => Math.sin(3 * i + 1))
      const { x, grown } = solved(kind, target, n, jacobian, shift, b)
      // Where pivots are small the factors may be useless, but then they say so; with a heavy diagonal none is.
      const heavy = shift > 45
      expect(grown && heavy).toBe(false)
      expect(grown ? 0 : residual(jacobian, shift, b, x)).toBeLessThan(kind === 'sparse' && !heavy ? 1e8 : 1e3)
    }), { numRuns: 60 })
  })

  it.each([33, 64, 97])('of %i equations is solved to rounding panel by panel, with rows exchanged between panels', (n) => {
    const all = Array.from({ length: n * n }, (_, k) => [Math.floor(k / n), k % n, Math.sin(k * k + 1)] as const)
    const b = Array.from({ length: n }, (_, i) => Math.cos(5 * i))
    expect(residual(all, 0.5, b, solved('dense', target, n, all, 0.5, b).x)).toBeLessThan(1e3)
  })

  it('with a vanishing pivot is left to a smaller step by sparse factors, and solved by pivoting dense ones', () => {
    const jacobian = [[0, 0, 1 - 1e-13], [0, 1, 1], [1, 0, -1], [1, 1, 0.5]] as const
    expect(solved('sparse', target, 2, jacobian, 1, [1, 2]).grown).toBe(true)
    expect(residual(jacobian, 1, [1, 2], solved('dense', target, 2, jacobian, 1, [1, 2]).x)).toBeLessThan(10)
  })
})

describe('the order of an elimination', () => {
  it('leaves a tree without fill, whatever its numbers', () => {
    const parent = (i: number): number => (i * 7 + 3) % i
    const edges = Array.from({ length: 199 }, (_, k) => [k + 1, parent(k + 1)] as const)
    const found = eliminate(200, edges.flatMap(([i, j]): Entry[] => [[i, j], [j, i]]), Infinity)
    expect(found?.rows.flat()).toHaveLength(200 + 2 * 199)
    expect(found?.operations).toBe(199)
  })

  it('fills a grid no more than nested dissection (George, SIAM J. Numer. Anal. 10 (1973) 345); and gives up where asked', () => {
    const m = 24
    const entries = Array.from({ length: m * m }, (_, k) => [[k, k + 1], [k, k + m]]).flat()
      .filter(([k = 0, l = 0]) => l < m * m && (l - k === m || k % m < m - 1)).flatMap(([k = 0, l = 0]): Entry[] => [[k, l], [l, k]])
    const found = eliminate(m * m, entries, Infinity)
    const fill = found?.rows.flat().length ?? NaN
    expect(fill).toBeLessThan(2 * (31 / 4) * m * m * Math.log2(m))
    expect(eliminate(m * m, entries, 1000)).toBeUndefined()
  })
})
