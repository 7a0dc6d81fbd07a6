import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Matrix } from 'ml-matrix'
import { describe, expect, it } from 'vitest'
import { type RuleStatement, programOf, readRule } from '../../src/rules/rule.js'
import { train } from '../../src/training/index.js'
import { compileRule } from '../../src/training/program.js'
import { matrixPower } from '../../src/training/squares.js'
import { uniform, vectorFrom } from '../jets/support/losses.js'
import { smallRun } from './setting.js'

type Rows = readonly (readonly number[])[]
const rows = (m: number, n: number, entry: (i: number, j: number) => number): Rows => Array.from({ length: m }, (_, i) => Array.from({ length: n }, (__, j) => entry(i, j)))
const at = (a: Rows, i: number, j: number): number => a[i]?.[j] ?? 0
const widthOf = (a: Rows): number => a[0]?.length ?? 0
const times = (a: Rows, b: Rows): Rows => rows(a.length, widthOf(b), (i, j) => b.reduce((s, _, k) => s + at(a, i, k) * at(b, k, j), 0))
const turned = (a: Rows): Rows => rows(widthOf(a), a.length, (i, j) => at(a, j, i))
const combined = (p: number, a: Rows, q: number, b: Rows): Rows => a.map((row, i) => row.map((x, j) => p * x + q * at(b, i, j)))
const unit = (n: number): Rows => rows(n, n, (i, j) => (i === j ? 1 : 0))

/** By Gauss–Jordan elimination. */
function inverse(a: Rows): Rows {
  const n = a.length
  const work = a.map((row, i) => [...row, ...unit(n).map((e) => e[i] ?? 0)])
  for (let c = 0; c < n; c += 1) {
    const pivot = work[c]?.[c] ?? 1
    work[c] = (work[c] ?? []).map((x) => x / pivot)
    for (let r = 0; r < n; r += 1) {
      const factor = work[r]?.[c] ?? 0
      if (r !== c) work[r] = (work[r] ?? []).map((x, j) => x - factor * (work[c]?.[j] ?? 0))
    }
  }
  return work.map((row) => row.slice(n))
}

/** The square root by the iteration of Denman & Beavers: no eigenvalues in it. */
function root(a: Rows): Rows {
  let [y, z] = [a, unit(a.length)]
  for (let k = 0; k < 60; k += 1) [y, z] = [combined(0.5, y, 0.5, inverse(z)), combined(0.5, z, 0.5, inverse(y))]
  return y
}

const SHAPES = [[3, 2], [2, 4], [3]]
const [M, SIZE] = [SHAPES.map(([m = 1, n = 1]) => [m, n] as const), 17]
const random = uniform(5)
const START = vectorFrom(random, SIZE)
const FORMS = Array.from({ length: 6 }, () => vectorFrom(random, SIZE))
const gradient = (theta: readonly number[]): readonly number[] => theta.map((_, i) => FORMS.reduce((sum, a) => sum + (a[i] ?? 0) * Math.cos(a.reduce((s, c, j) => s + c * (theta[j] ?? 0), 0)), 0))

let offset = 0
const blocks = M.map(([m, n], i) => {
  offset += m * n
  return { offset: offset - m * n, shape: SHAPES[i] ?? [] }
})
const split = (x: readonly number[]): readonly Rows[] => blocks.map((b, k) => rows(M[k]?.[0] ?? 1, M[k]?.[1] ?? 1, (i, j) => x[b.offset + i * (M[k]?.[1] ?? 1) + j] ?? 0))

const [ETA, EPSILON, DECAY] = [0.05, 1e-3, 0.1]

/** Gupta, Koren & Singer 2018, algorithm 1, with decoupled decay; with `beta` its averages are moving ones. */
function reference(steps: number, beta?: number): readonly number[] {
  let theta = split(START)
  const [keep, take] = [beta ?? 1, beta === undefined ? 1 : 1 - beta]
  let [left, right] = [theta.map((w) => combined(0, unit(w.length), 0, unit(w.length))), theta.map((w) => combined(0, unit(widthOf(w)), 0, unit(widthOf(w))))]
  for (let k = 0; k < steps; k += 1) {
    const g = split(gradient(theta.flat(2)))
    left = left.map((l, i) => combined(keep, l, take, times(g[i] ?? [], turned(g[i] ?? []))))
    right = right.map((r, i) => combined(keep, r, take, times(turned(g[i] ?? []), g[i] ?? [])))
    theta = theta.map((w, i) => {
      const [l, r] = [left[i] ?? [], right[i] ?? []].map((s) => inverse(root(root(combined(1, s, EPSILON, unit(s.length))))))
      return combined(1 - ETA * DECAY, w, -ETA, times(times(l ?? [], g[i] ?? []), r ?? []))
    })
  }
  return theta.flat(2)
}

function engine(statement: RuleStatement, steps: number, beta: number): readonly number[] {
  const [theta, g] = [Float64Array.from(START), new Float64Array(SIZE)]
  const machine = compileRule(programOf(readRule(statement)), { eta: ETA, epsilon: EPSILON, lambda: DECAY, beta }, theta, g, new Map(), undefined, blocks)
  for (let k = 0; k < steps; k += 1) {
    g.set(gradient([...theta]))
    machine.step(k)
  }
  return [...theta]
}

const distance = (x: ArrayLike<number>, y: ArrayLike<number>): number => Math.max(...Array.from(x, (c, i) => Math.abs(c - (y[i] ?? Number.NaN))))

describe('Shampoo against plain loops with the roots of Denman & Beavers', () => {
  it('is algorithm 1', () => {
    expect(distance(engine({ name: 'shampoo', lambda: 'lambda' }, 30, 1), reference(30))).toBeLessThan(1e-9)
  })

  it('has moving averages where beta = mu', () => {
    const averaged = engine({ name: 'shampoo', lambda: 'lambda', beta: 'beta', mu: 'beta' }, 30, 0.9)
    expect(distance(averaged, reference(30, 0.9))).toBeLessThan(1e-9)
    expect(distance(averaged, reference(30))).toBeGreaterThan(1e-3)
  })

  it('is the same where the update of theta comes first and reads what the matrices become, and another where it reads what they were', () => {
    const [L, R] = ['beta*L + (1 - beta)*g*transpose(g)', 'beta*R + (1 - beta)*transpose(g)*g']
    const theta = (l: string, r: string): string => `(1 - eta*lambda)*theta - eta*mpow(${l} + epsilon*I, -1/4)*g*mpow(${r} + epsilon*I, -1/4)`
    const first = engine({ state: { L: '0', R: '0' }, update: { theta: theta(L, R), L, R } }, 30, 0.9)
    expect(distance(first, reference(30, 0.9))).toBeLessThan(1e-9)
    expect(distance(engine({ state: { L: '0', R: '0' }, update: { theta: theta('L', 'R'), L, R } }, 30, 0.9), first)).toBeGreaterThan(1e-3)
  })

  it('begins at the multiple of the identity that the state says', () => {
    const rule = (L: string, epsilon: string): RuleStatement => ({ state: { L }, update: { L: 'L + g*transpose(g)', theta: `theta - eta*mpow(L${epsilon}, -1/2)*g` } })
    expect(distance(engine(rule('2', ''), 10, 0), engine(rule('0', ' + 2*I'), 10, 0))).toBeLessThan(1e-12)
  })
})

describe('diagonal matrices', () => {
  it('are factored second moments: sums over rows and over columns of the squares of g', () => {
    const factored = engine({ state: { L: '0', R: '0' }, update: { L: 'beta*L + (1 - beta)*diag(g*transpose(g))', R: 'beta*R + (1 - beta)*diag(transpose(g)*g)', theta: 'theta - eta*mpow(L + epsilon*I, -1/4)*g*mpow(R + epsilon*I, -1/4)' } }, 20, 0.9)
    const theta = [...START]
    const [r, c] = [blocks.map((_, b) => Array.from({ length: M[b]?.[0] ?? 1 }, () => 0)), blocks.map((_, b) => Array.from({ length: M[b]?.[1] ?? 1 }, () => 0))]
    for (let k = 0; k < 20; k += 1) {
      const g = split(gradient(theta))
      for (const [b, { offset: from }] of blocks.entries()) {
        const [m, n] = M[b] ?? [1, 1]
        r[b] = (r[b] ?? []).map((x, i) => 0.9 * x + 0.1 * Array.from({ length: n }, (_, j) => at(g[b] ?? [], i, j) ** 2).reduce((s, x2) => s + x2, 0))
        c[b] = (c[b] ?? []).map((x, j) => 0.9 * x + 0.1 * Array.from({ length: m }, (_, i) => at(g[b] ?? [], i, j) ** 2).reduce((s, x2) => s + x2, 0))
        for (let i = 0; i < m; i += 1) for (let j = 0; j < n; j += 1) theta[from + i * n + j] = (theta[from + i * n + j] ?? 0) - (ETA * at(g[b] ?? [], i, j)) / (((r[b]?.[i] ?? 0) + EPSILON) * ((c[b]?.[j] ?? 0) + EPSILON)) ** 0.25
      }
    }
    expect(distance(factored, theta)).toBeLessThan(1e-11)
  })
})

describe('powers of symmetric positive matrices', () => {
  const factor = rows(4, 2, () => random() - 0.5)
  const full = combined(1, times(factor, turned(factor)), 0.3, unit(4))

  it('multiply as powers do', () => {
    const power = matrixPower(new Matrix(full.map((row) => [...row])), -1 / 4, 0).to2DArray()
    const fourth = times(times(power, power), times(power, power))
    expect(distance(times(fourth, full).flat(), unit(4).flat())).toBeLessThan(1e-12)
  })

  it('leave out what a matrix of lower rank has no eigenvalue for', () => {
    const singular = new Matrix(times(factor, turned(factor)).map((row) => [...row]))
    const projector = matrixPower(singular, -1, 0).mmul(singular)
    expect(projector.trace()).toBeCloseTo(2, 10)
    expect(distance(projector.mmul(projector).to1DArray(), projector.to1DArray())).toBeLessThan(1e-10)
  })

  it('are refused where an eigenvalue is negative', () => {
    expect(() => matrixPower(Matrix.diag([1, -0.5]), 1 / 2, 7)).toThrow(/eigenvalue -0\.500 at step 7/)
  })
})

it('the matrices of a kernel are those of [filters, all else], wherever its filters are in memory', () => {
  const statement: RuleStatement = { state: { L: '0' }, update: { L: 'L + g*transpose(g)', theta: 'theta - mpow(L, -1/2)*g' } }
  const run = (values: readonly number[], block: { readonly offset: number; readonly shape: readonly number[]; readonly rowAxes?: number }): Float64Array => {
    const theta = new Float64Array(values.length)
    compileRule(programOf(readRule(statement)), {}, theta, Float64Array.from(values), new Map(), undefined, [block]).step(0)
    return theta
  }
  const [filters, rest] = [3, 4]
  const g = vectorFrom(uniform(4), filters * rest)
  const kernel = rows(rest, filters, (i, f) => g[f * rest + i] ?? 0).flat()
  const [usual, own] = [run(g, { offset: 0, shape: [filters, rest] }), run(kernel, { offset: 0, shape: [2, 2, 1, filters], rowAxes: 3 })]
  expect(distance(rows(rest, filters, (i, f) => usual[f * rest + i] ?? 0).flat(), own)).toBeLessThan(1e-14)
})

describe('a run with matrices', () => {
  const shampoo = { rule: programOf(readRule({ name: 'shampoo' })), hyperparameters: { eta: 0.01, epsilon: 1e-4 } }

  it('gives the same bits again, and from a checkpoint on', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'noether-shampoo-'))
    try {
      const [whole, again] = [await train(smallRun({ ...shampoo, steps: 40 })), await train(smallRun({ ...shampoo, steps: 40 }))]
      expect(again.parameters).toEqual(whole.parameters)
      const part = await train(smallRun({ ...shampoo, steps: 17, directory }))
      expect(part.parameters).not.toEqual(whole.parameters)
      const resumed = await train(smallRun({ ...shampoo, steps: 40, directory, existing: 'resume' }))
      expect(resumed.parameters).toEqual(whole.parameters)
      expect(resumed.loss).toEqual(whole.loss)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
