import { describe, expect, it } from 'vitest'
import { atom, num } from '../../src/algebra/build.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import type { Expr } from '../../src/algebra/expr.js'
import { toText } from '../../src/algebra/print.js'
import { readExpr } from '../../src/algebra/read.js'
import { writtenOut } from '../../src/algebra/writtenOut.js'
import { derive } from '../../src/laws/derive.js'
import { type Recursion, type RecursionSolution, fixedPoint, solveRecursion } from '../../src/laws/solutions/recursion.js'

type Values = Readonly<Record<string, number>>

/** `m1`, `m2` are measured: opaque quantities, another number at each step. */
const measured = (name: string): Expr => atom({ key: name, text: () => name, latex: () => name })
const read = (text: string): Expr => readExpr(text, { resolveName: (name) => (/^m\d$/.test(name) ? measured(name) : undefined) })
const recursionOf = (matrix: readonly (readonly string[])[], drives: readonly string[]): Recursion => ({ matrix: matrix.map((row) => row.map(read)), drives: drives.map(read), step: 'k' })

/** What is measured at a step. */
const reading = (name: string, step: number): number => Math.sin(3 * step + name.length * Number(name.slice(1))) + 1.2

/** The first quantity by iterating the recursion. */
function iterated({ matrix, drives }: Recursion, values: Values, steps: number): readonly number[] {
  let x = matrix.map((_, i) => values[`q${i + 1}_0`] ?? 0)
  return Array.from({ length: steps }, (_, k) => {
    const [now = 0] = x
    const at = (name: string): number => (name === 'k' ? k : /^m\d$/.test(name) ? reading(name, k) : (values[name] ?? Number.NaN))
    x = matrix.map((row, i) => row.reduce((sum, a, j) => sum + evaluateNumber(a, at) * (x[j] ?? 0), evaluateNumber(drives[i] ?? num(0), at)))
    return now
  })
}

/** The closed form at a step, what is measured written out for each. */
function claimed(solution: RecursionSolution, values: Values, k: number): number {
  const known: Record<string, number> = { ...values, k }
  for (const [name, value] of solution.where) known[name] = evaluateNumber(value, known)
  const e = writtenOut(solution.solution, { k: num(k) })
  if (e === undefined) throw new Error('the bounds are whole numbers')
  return evaluateNumber(e, (name) => {
    const [, what = '', step = ''] = /^(m\d)@(-?\d+)$/.exec(name) ?? []
    return what === '' ? (known[name] ?? Number.NaN) : reading(what, Number(step))
  })
}

const STEPS = 12
function expectIterates(recursion: Recursion, solution: RecursionSolution, values: Values): void {
  for (const [k, exact] of iterated(recursion, values, STEPS).entries()) expect(Math.abs(claimed(solution, values, k) - exact)).toBeLessThan(1e-9 * (1 + Math.abs(exact)))
}

const START = { q1_0: 1.3, q2_0: -0.7, q3_0: 0.4 }
const HEAVY_BALL = recursionOf([['1 - 2*eta*lambda', '-2*beta*eta'], ['lambda', 'beta']], ['eta^2*m1', '-eta*m1'])

describe('a linear recursion solved', () => {
  it.each([
    ['<', { eta: 0.05, lambda: 3, beta: 0.8 }],
    ['>', { eta: 0.05, lambda: 0.1, beta: 0.6 }],
    ['=', { eta: 0.25, lambda: 0.5, beta: 0.25 }],
  ])('has the three regimes of heavy ball, here discriminant %s 0', (relation, values) => {
    const solutions = solveRecursion(HEAVY_BALL, new Set())
    expect(solutions.map((s) => s.relation)).toEqual(['<', '=', '>'])
    const found = solutions.find((s) => s.relation === relation)
    if (found?.discriminant === undefined) throw new Error('no such regime')
    const discriminant = evaluateNumber(found.discriminant, values)
    expect(relation === '=' ? discriminant === 0 : relation === '<' ? discriminant < 0 : discriminant > 0).toBe(true)
    expect(found.verified).toBe(true)
    expectIterates(HEAVY_BALL, found, { ...START, ...values })
  })

  it('turns by more than a right angle too', () => {
    const recursion = recursionOf([['-1/2', '3/4'], ['-3/4', '-1/3']], ['m1', 'm2'])
    const [found] = solveRecursion(recursion, new Set())
    if (found === undefined) throw new Error('no solution')
    expect(found.name).toBe('turning')
    expectIterates(recursion, found, START)
  })

  it.each([
    [[['1/2', '1'], ['0', '1/2']], ['m1', 'm2'], 'a double factor'],
    [[['0', '1'], ['0', '1/2']], ['m1', '1'], 'a factor of zero'],
    [[['1', '-2*b*x', 'b^2*x^2'], ['0', 'b', '-b^2*x'], ['0', '0', 'b^2']], ['m1', '0', 'm2'], 'momentum without decay'],
    [[['4/5', '1/7', '0'], ['1/7', '1/2', '1/8'], ['0', '1/8', '1/5']], ['m1', 'm2', '1/3'], 'roots that are named'],
  ])('%j with drives %j', (matrix, drives) => {
    const recursion = recursionOf(matrix, drives)
    const [found, ...others] = solveRecursion(recursion, new Set())
    if (found === undefined) throw new Error('no solution')
    expect([found.verified, others.length]).toEqual([true, 0])
    const polynomial = found.named[0]?.polynomial
    const at = (r: number): number => (polynomial === undefined ? 1 : evaluateNumber(polynomial, { r }))
    const roots = found.named.flatMap(({ names }) => names).map((name, i): [string, number] => [name, bisections(at)[i] ?? Number.NaN])
    expectIterates(recursion, found, { ...START, b: 0.6, x: 0.3, ...Object.fromEntries(roots) })
  })

  it('of two systems of which one drives the other keeps the roots of each, and its amplitudes short', () => {
    const matrix = [
      ['1 - 2*eta*lambda', '-2*beta*eta', '2*beta*eta', '-2*eta*lambda*(1 - mu)/mu'],
      ['lambda', 'beta', '0', 'lambda/mu'],
      ['0', '0', 'beta', 'lambda'],
      ['0', '0', '-2*beta*eta*mu', '1 - 2*eta*lambda*mu'],
    ]
    const recursion = recursionOf(matrix, ['m1', '0', 'm2', '1'])
    const [found] = solveRecursion(recursion, new Set())
    if (found === undefined) throw new Error('no solution')
    const values = { eta: 0.5, lambda: 0.05, beta: 0.3, mu: 1.7 }
    const roots = found.named.flatMap(({ names, polynomial }) => names.map((name, i): [string, number] => [name, bisections((r) => evaluateNumber(polynomial, { ...values, r }))[i] ?? Number.NaN]))
    expect(found.named.map(({ names }) => names.length)).toEqual([2, 2])
    expect(found.verified).toBe(true)
    expectIterates(recursion, found, { ...START, ...values, q4_0: 0.7, ...Object.fromEntries(roots) })
    // The amplitudes by the roots of all four would have products of three differences.
    expect(toText(found.solution)).not.toMatch(/\(r1 - r2\)\*\(r1 - r3\)/)
  })

  it('puts products over the steps where the factor changes, closed where they telescope', () => {
    const decayed = recursionOf([['1 - x/(1 + k)']], ['m1/(1 + k)^2'])
    const [open] = solveRecursion(decayed, new Set())
    expect(toText(open?.solution ?? num(0))).toBe('sum(m1*product(1 - x/(1 + i),i,1 + j,k - 1)/(1 + j)^2,j,0,k - 1) + q1_0*product(1 - x/(1 + j),j,0,k - 1)')
    const telescopes = recursionOf([['(1 + k)/(2 + k)']], ['1/(2 + k)'])
    const [closed] = solveRecursion(telescopes, new Set())
    const clipped = recursionOf([['1 - m1']], ['m2'])
    for (const [recursion, found] of [[decayed, open], [telescopes, closed], [clipped, solveRecursion(clipped, new Set())[0]]] as const) {
      if (found === undefined) throw new Error('no solution')
      expect(found.verified).toBe(true)
      expectIterates(recursion, found, { ...START, x: 0.3 })
    }
    expect(toText(closed?.solution ?? num(0))).not.toMatch(/sum|product/)
  })

  it('sums constant drives: the steady state and what decays to it', () => {
    const recursion = recursionOf([['(1 - eta*lambda)^2']], ['eta^2*G'])
    const [found] = solveRecursion(recursion, new Set())
    const [rest] = fixedPoint(recursion) ?? []
    if (found === undefined || rest === undefined) throw new Error('no solution')
    expect(toText(rest)).toBe('G*eta/(lambda*(2 - eta*lambda))')
    expectIterates(recursion, found, { ...START, eta: 0.1, lambda: 0.5, G: 2 })
    expect(claimed(found, { ...START, eta: 0.1, lambda: 0.5, G: 2 }, 400)).toBeCloseTo(evaluateNumber(rest, { eta: 0.1, lambda: 0.5, G: 2 }), 10)
    expect(toText(solveRecursion(recursionOf([['1']], ['c']), new Set())[0]?.solution ?? num(0))).toBe('q1_0 + c*k')
    expect(fixedPoint(recursionOf([['1']], ['c']))).toBeUndefined()
  })

  it('nests sums where factors change but quantities drive each other one way', () => {
    const recursion = recursionOf([['1', '-x/(1 + k)', '0'], ['0', 'b', 'm1'], ['0', '0', 'k/(k + 3)']], ['m2', '-x*m2/(1 + k)', 'm1'])
    const [found] = solveRecursion(recursion, new Set())
    if (found === undefined) throw new Error('no solution')
    expect(found.verified).toBe(true)
    expectIterates(recursion, found, { ...START, x: 0.3, b: 0.6 })
  })

  it('has no closed form where the factors of coupled quantities change', () => {
    expect(solveRecursion(recursionOf([['1', '-k'], ['1/7', 'k/(k + 3)']], ['m1', '0']), new Set())).toEqual([])
    const [found] = derive({ title: 't', parameters: { w: ['d'] }, symmetry: { family: 'scale', on: ['w'] }, rule: { name: 'momentum', eta: 'c/(1 + k)' }, order: 0 })
    expect(found?.derivation.laws.missing?.discreteSolution).toMatch(/^norm2\(theta_w\) and dot\(theta_w, v_w\) drive each other with factors that differ between steps/)
  })
})

function bisections(f: (r: number) => number): readonly number[] {
  const grid = Array.from({ length: 4000 }, (_, i) => i / 2000 - 0.4999)
  return grid.flatMap((a, i) => {
    let [low, high] = [a, grid[i + 1] ?? a]
    if (f(low) * f(high) >= 0) return []
    for (let n = 0; n < 60; n += 1) {
      const middle = (low + high) / 2
      if (f(low) * f(middle) <= 0) high = middle
      else low = middle
    }
    return [(low + high) / 2]
  })
}
