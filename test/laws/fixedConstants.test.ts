import { describe, expect, it } from 'vitest'
import { derive } from '../../src/laws/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { combine, distance, evaluateText, multiply, numbers, random, transpose } from './matrixWitness.js'

const softmax = { generator: { W: 'u*transpose(v)' }, constants: { u: ['c'], v: ['d'] } }
const derived = (symmetry: Parameters<typeof derive>[0]['symmetry'], parameters: Readonly<Record<string, readonly string[]>>) =>
  derive({ title: '', parameters, symmetry, rule: { name: 'sgd' }, order: 1 })

describe('a constant that is one matrix', () => {
  const [found] = derived({ ...softmax, fixed: ['u'] }, { W: ['c', 'd'] })

  it('stays in the law, which is one for each entry of the constants that are arbitrary', () => {
    expect(found?.derivation.matrix?.map(({ constant }) => constant)).toEqual(['v'])
    expect(found?.derivation.laws.discrete?.charge.text).toBe('transpose(u)*W')
    expect(derived(softmax, { W: ['c', 'd'] })[0]?.derivation.matrix?.map(({ constant }) => constant)).toEqual(['u', 'v'])
  })

  it('as a column of ones gives the sums over the classes of softmax regression, in plain loops', () => {
    const next = numbers(5)
    const [X, eta, lambda] = [random(4, 6, next), 0.1, 0.3]
    const u = [[1], [1], [1]]
    let W = random(3, 4, next)
    for (let k = 0; k < 5; k += 1) {
      const scores = multiply(W, X)
      const sums = (scores[0] ?? []).map((_, n) => scores.reduce((sum, row) => sum + Math.exp(row[n] ?? 0), 0))
      const residual = scores.map((row, i) => row.map((z, n) => Math.exp(z) / (sums[n] ?? 1) - (n % 3 === i ? 1 : 0)))
      const after = combine(1 - eta * lambda, W, -eta, multiply(residual, transpose(X)))
      const told = evaluateText(found?.derivation.laws.discrete?.recursion.text ?? '', { W, u, eta, lambda })
      expect(distance(multiply(transpose(u), after), told)).toBeLessThan(1e-14)
      // Another column is none of the symmetry: the law does not hold for it.
      expect(distance(multiply([[1, 0, 0]], after), evaluateText('(1 - eta*lambda)*transpose(u)*W', { W, u: [[1], [0], [0]], eta, lambda }))).toBeGreaterThan(1e-3)
      W = after
    }
  })

  it('is the same in both generators of a commutator, and is not split', () => {
    const [turned, ...others] = derived({ generator: { X: 'K*X*M', Y: '-M*Y*K' }, constants: { K: ['n', 'n'], M: ['m', 'm'] }, fixed: ['K'] }, { X: ['n', 'm'], Y: ['m', 'n'] })
    expect(others).toEqual([])
    expect(turned?.derivation.symmetry.commutators?.map(({ bracket }) => bracket.text)).toEqual(['X: K*K*X*M*M_2 - K*K*X*M_2*M; Y: M_2*M*Y*K*K - M*M_2*Y*K*K'])
    const [rotation] = derived({ generator: { X: 'J*X' }, constants: { J: ['n', 'n'] }, antisymmetric: ['J'], fixed: ['J'] }, { X: ['n', 'm'] })
    expect(rotation?.derivation.symmetry.commutators).toBeUndefined()
    expect(rotation?.derivation.laws.flow[0]?.charge.text).toBe('trace(J*dX*transpose(X))')
  })

  it('is listed in a problem file, where a name that is no constant has its place', () => {
    const file = (fixed: string) => parseProblem(`parameters: { W: [c, d] }\nsymmetry: { generator: { W: "u*transpose(v)" }, constants: { u: [c], v: [d] }, fixed: [${fixed}] }\nrule: { name: sgd }\n`, 'p.yaml')
    expect(deriveProblem(file('u'))[0]?.derivation.laws.discrete?.charge.text).toBe('transpose(u)*W')
    expect(() => deriveProblem(file('w'))).toThrow('p.yaml:2:30: fixed lists w, which is no constant')
  })
})
