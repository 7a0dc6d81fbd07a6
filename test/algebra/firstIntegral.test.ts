import { describe, expect, it } from 'vitest'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { firstIntegral } from '../../src/algebra/firstIntegral.js'
import { toText } from '../../src/algebra/print.js'
import { readExpr } from '../../src/algebra/read.js'

type Values = Readonly<Record<string, number>>
const P = 0.7

/** One step of Runge and Kutta along the directions in which the form vanishes: (part₂, −part₁) of each pair of variables in turn. */
function alongKernel(variables: readonly string[], parts: readonly string[], at: Values, pair: readonly [number, number], h: number): Values {
  const [i, j] = pair
  const rate = (x: Values): Values => Object.fromEntries(variables.map((name, k) => [name, k === i ? evaluateNumber(readExpr(parts[j] ?? '0'), x) : k === j ? -evaluateNumber(readExpr(parts[i] ?? '0'), x) : 0]))
  const moved = (x: Values, s: number, v: Values): Values => ({ ...x, ...Object.fromEntries(variables.map((name) => [name, (x[name] ?? 0) + s * (v[name] ?? 0)])) })
  const k1 = rate(at)
  const k2 = rate(moved(at, h / 2, k1))
  const k3 = rate(moved(at, h / 2, k2))
  const k4 = rate(moved(at, h, k3))
  return [[k1, 1], [k2, 2], [k3, 2], [k4, 1]].reduce<Values>((x, [k, w]) => moved(x, (h * Number(w)) / 6, k as Values), at)
}

describe('a first integral of a form in few variables', () => {
  it.each([
    [['x', 'y'], ['y/2', '-x/2'], 'x/y'],
    [['x', 'y'], ['y', '-3*x'], 'x/y^3'],
    [['x', 'y'], ['y', '-p*x'], 'x/y^p'],
    [['x', 'y'], ['y + 1', '-x'], 'x/(1 + y)'],
    [['x', 'y'], ['1', 'x'], 'x*exp(y)'],
    [['x', 'y'], ['x', '-y'], 'x^2 - y^2'],
    [['x', 'y'], ['x + 2*y', 'y'], '(x + y)*exp(x/(x + y))'],
    [['x', 'y'], ['y^2', '-x^2'], 'x*y/(x - y)'],
    [['x', 'y', 'z'], ['y*z', 'x*z', '-2*x*y'], 'x*y/z^2'],
    [['x', 'y', 'z'], ['y*z', '2*x*z', 'x*y*z'], 'x*y^2*exp(z)'],
  ])('in %j with parts %j is %s, constant along curves on which the form vanishes', (variables, parts, expected) => {
    const found = firstIntegral({ variables, parts: parts.map((part) => readExpr(part)) })
    if (found === undefined) throw new Error('there is one')
    expect(toText(found)).toBe(expected)
    const start: Values = { x: 1.3, y: 0.6, z: 0.9, p: P }
    for (const [i] of variables.entries())
      for (const j of variables.keys()) {
        if (i >= j) continue
        let now = start
        for (let n = 0; n < 100; n += 1) now = alongKernel(variables, parts, now, [i, j], 2e-3)
        const [before, after] = [evaluateNumber(found, start), evaluateNumber(found, now)]
        expect(variables.some((name) => Math.abs((now[name] ?? 0) - (start[name] ?? 0)) > 0.05)).toBe(true)
        expect(Math.abs(after - before)).toBeLessThan(1e-10 * (1 + Math.abs(before)))
      }
  })

  it('is not claimed where the form has no integrating factor', () => {
    expect(firstIntegral({ variables: ['x', 'y', 'z'], parts: ['y', 'z', '-2*x'].map((part) => readExpr(part)) })).toBeUndefined()
  })
})
