import { assert, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZERO, add, atom, sym } from '../../src/algebra/build.js'
import { atomsOf, substitute } from '../../src/algebra/calculus.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import type { Expr } from '../../src/algebra/expr.js'
import { readExpr } from '../../src/algebra/read.js'
import { linearPropagator } from '../../src/compile/propagator.js'
import { linearForm } from '../../src/jets/collect.js'
import { writeScalar } from '../../src/jets/notation.js'
import { coupledLaws, coupledStatements } from '../../src/laws/coupled.js'
import { derive } from '../../src/laws/derive.js'
import type { LinearLaw } from '../../src/laws/flow.js'
import { solveLaw } from '../../src/laws/solve.js'
import { solveSystem } from '../../src/laws/solutions/linearSystem.js'
import type { NamedRoots } from '../../src/algebra/spectrum.js'

/** Real roots of a polynomial in r, by bisection between the sign changes on a fine grid. */
function realRoots(polynomial: Expr, values: Readonly<Record<string, number>>): readonly number[] {
  const p = (r: number): number => evaluateNumber(polynomial, { ...values, r })
  const found: number[] = []
  for (let x = -12; x < 12; x += 0.0137) {
    let [a, b] = [x, x + 0.0137]
    if (p(a) * p(b) > 0) continue
    for (let n = 0; n < 60; n += 1) {
      const middle = (a + b) / 2
      if (p(a) * p(middle) <= 0) b = middle
      else a = middle
    }
    found.push((a + b) / 2)
  }
  return found
}

const withRoots = (named: readonly NamedRoots[], values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.assign({}, values, ...named.map(({ names, polynomial }) => {
    const roots = realRoots(polynomial, values)
    if (roots.length !== names.length) throw new Error(`${roots.length} real roots for ${names.join()}`)
    return Object.fromEntries(names.map((name, i) => [name, roots[i] ?? Number.NaN]))
  }))

function agrees(matrix: readonly (readonly string[])[], values: Readonly<Record<string, number>>): number {
  const [regime] = solveSystem(matrix.map((row) => row.map((x) => readExpr(x))), matrix.map(() => ZERO))
  expect(regime?.verified).toBe(true)
  const t = 0.4
  const numbers = { ...withRoots(regime?.named ?? [], values), t }
  const numeric = linearPropagator({ matrix: matrix.map((row) => row.map((x) => evaluateNumber(readExpr(x), values))), input: matrix.map(() => [0]) }, t).transition.flat()
  const exact = (regime?.propagator ?? []).flatMap((row) => row.map((x) => evaluateNumber(x, numbers)))
  const size = Math.max(...numeric.map(Math.abs))
  exact.forEach((x, i) => expect(Math.abs(x - (numeric[i] ?? Number.NaN)) / size).toBeLessThan(1e-8))
  return (regime?.named ?? []).flatMap(({ names }) => names).length
}

describe('the exponential of any matrix', () => {
  it('of symmetric integer matrices agrees with scaling and squaring, whatever of their eigenvalues is rational', () => {
    const entry = integer({ min: -3, max: 3 })
    assert(property(tuple(entry, entry, entry, entry, entry, entry), ([a, b, c, d, e, f]) => {
      expect(agrees([[a, b, c], [b, d, e], [c, e, f]].map((row) => row.map(String)), {})).toBeLessThanOrEqual(3)
    }), { numRuns: 5, seed: 5 })
  })

  it.each([
    ['a Jordan block of three', [['2', '1', '0'], ['-1', '4', '1'], ['0', '0', '3']], 0],
    ['a double eigenvalue beside another', [['2', '1', '1'], ['1', '2', '1'], ['1', '1', '2']], 0],
    ['five laws in a ring', [['-1', '1', '0', '0', '1'], ['1', '-2', '1', '0', '0'], ['0', '1', '-1', '1', '0'], ['0', '0', '1', '-3', '1'], ['1', '0', '0', '1', '-1']], 5],
    ['symbols, one eigenvalue rational in them', [['a', 'b', '0'], ['b', 'a', 'b'], ['0', 'b', 'a']], 2],
    ['symbols', [['a', 'b', 'c'], ['b', 'c', 'a'], ['c', 'a', 'b']], 3],
  ] as const)('%s', (_, matrix, named) => {
    expect(agrees(matrix, { a: 0.7, b: -0.4, c: 1.1 })).toBe(named)
  })

  it('finds the eigenvalue beta of the squared norm under momentum, and names the other two', () => {
    const m = [['(1-h)^2', '-2*eta*beta*(1-h)', 'eta^2*beta^2'], ['h/eta*(1-h)', 'beta*(1-2*h)', '-eta*beta^2'], ['h^2/eta^2', '2*h/eta*beta', 'beta^2']]
    expect(agrees(m, { h: 0.02, eta: 0.1, beta: 0.3 })).toBe(2)
  })
})

describe('laws of third order', () => {
  const law = (coefficients: readonly string[], drive: string): LinearLaw => ({ charge: readExpr('q'), factor: readExpr('1'), coefficients: coefficients.map((c) => readExpr(c)), drive: readExpr(drive), drives: [] })

  it.each([
    [['6', '11', '6', '1'], 'three roots'],
    [['3', '7', '5', '1'], 'a double root'],
    [['1', '3', '3', '1'], 'a triple root'],
    [['1', '6', '5', '1'], 'roots without a name of their own'],
    [['a*b', 'a+b+a*b', '1+a+b', '1'], 'roots that are symbols'],
  ])('%s (%s) move as the numeric propagator says, driven too', (coefficients) => {
    const values = { a: 0.5, b: 2.5 }
    const [regime] = solveLaw(law(coefficients, '1'))
    expect(regime?.verified).toBe(true)
    const numbers = coefficients.map((c) => evaluateNumber(readExpr(c), values))
    const matrix = [[0, 1, 0], [0, 0, 1], numbers.slice(0, 3).map((c) => -c)]
    const path = linearPropagator({ matrix, input: [[0], [0], [1]] }, 0.9).run([1, -0.5, 0.3], [[1]], 1)
    const given = { ...withRoots(regime?.named ?? [], values), t: 0.9, q_0: 1, dq_0: -0.5, ddq_0: 0.3 }
    expect(evaluateNumber(regime?.solution ?? ZERO, given)).toBeCloseTo(path[0]?.[1] ?? Number.NaN, 7)
  })
})

describe('laws that need further contractions', () => {
  const problem = (generator: Record<string, string>, lambda: Record<string, string>, rule = 'sgd', order = 1) => {
    const [found] = derive({ title: 't', parameters: { a: ['n'], u: ['d'], v: ['d'] }, symmetry: { generator }, rule: { name: rule, lambda }, order })
    return found === undefined ? undefined : coupledLaws(found.laws)
  }

  /** The larger root z of z² − (1 + β − ηλ)z + β is what momentum shrinks a block by in a step without a gradient; |θ|² loses −2 log z/η in a unit of time. */
  const slowMode = (l: number, beta: number, eta: number): number => {
    const half = (1 + beta - eta * l) / 2
    return (-2 * Math.log(half + Math.sqrt(half ** 2 - beta))) / eta
  }

  it.each([
    ['sgd', 1, (l: number) => l * 2 + 0.05 * l * l, 10],
    ['momentum', 2, (l: number) => slowMode(l, 0.2, 0.05), 3],
  ] as const)('with a weight decay for each block follow every block, whatever the gradient does, under %s to order %i', (rule, order, decay, digits) => {
    const found = problem({ a: 'a', u: 'u', v: '-2*v' }, { a: 'l1', u: 'l2', v: 'l3' }, rule, order)
    expect(found?.contractions.length).toBe(3)
    expect(found?.verified.passed).toBe(true)
    expect(found?.contractions.flatMap((c) => [...(linearForm(c)?.coefficients.values() ?? [])].filter((x) => x.kind !== 'number'))).toEqual([])
    // Where the loss is flat each block shrinks by itself; the formula must say so for the charge.
    const rates = { l1: 0.3, l2: 0.7, l3: 1.1, beta: 0.2 }
    const [a, u, v] = [1.3, 0.8, 2.1]
    const contraction = (t: number) => (e: Expr): number => {
      const sizes: Record<string, number> = { a: a * Math.exp(-decay(rates.l1) * t), u: u * Math.exp(-decay(rates.l2) * t), v: v * Math.exp(-decay(rates.l3) * t) }
      const named = substitute(e, new Map(atomsOf(e).map((o) => [atom(o), sym(o.text().replace(/^norm2\(theta_(.)\)$/, '$1'))])))
      return evaluateNumber(named, { ...sizes, ...rates, eta: 0.05 })
    }
    const [regime] = found?.regimes ?? []
    const start = Object.fromEntries((found?.contractions ?? []).map((c, i) => [`q${i + 1}_0`, contraction(0)(c)]))
    const solution = regime?.solution[0] ?? ZERO
    const silent = substitute(solution, new Map(atomsOf(solution).map((o) => [atom(o), ZERO])))
    const inEntries = substitute(silent, Object.fromEntries(regime?.rates ?? []))
    expect(evaluateNumber(inEntries, { ...rates, ...start, eta: 0.05, t: 0.9 })).toBeCloseTo(contraction(0.9)(found?.contractions[0] ?? ZERO), digits)
    // What drives the others is not multiplied out: the solution is about as long as the laws together.
    const length = (e: Expr): number => writeScalar(e).text.length
    expect(length(solution)).toBeLessThan(2 * (found?.drives ?? []).reduce((n, drive) => n + length(drive), 400))
  })

  it('are told in full, however long', () => {
    const drive = add(...Array.from({ length: 2000 }, (_, i) => sym(`x${i}`)))
    const matrix = [[sym('a'), sym('b')], [ZERO, sym('c')]]
    const [charge, other] = [sym('m'), sym('n')]
    const told = coupledStatements({ contractions: [charge, other], matrix, drives: [drive, ZERO], regimes: solveSystem(matrix, [drive, ZERO]), verified: { passed: true, method: '' } }, 'q')
    expect(told.map(({ name }) => name)).toEqual(['coupled law of q', 'coupled law of q2', 'solution of the coupled laws, one-way coupling'])
    expect(readExpr(told.at(-1)?.text.replace('q = ', '') ?? '0')).toBe(substitute(solveSystem(matrix, [drive, ZERO])[0]?.solution[0] ?? ZERO, { q1_0: sym('q_0') }))
  })

  it('with one weight decay for all, none is needed', () => {
    expect(problem({ a: 'a', u: 'u', v: '-2*v' }, { a: 'l', u: 'l', v: 'l' })).toBeUndefined()
  })
})
