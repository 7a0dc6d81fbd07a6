import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZERO, add, sub } from '../../src/algebra/build.js'
import { toText } from '../../src/algebra/print.js'
import { dot } from '../../src/jets/contraction.js'
import { deriveScalar, deriveVector, directional, gradientOf, timeDerivative } from '../../src/jets/leibniz.js'
import { simplifyScalar } from '../../src/jets/simplify.js'
import { variable } from '../../src/jets/vector.js'
import { uniform, vectorFrom } from './support/losses.js'
import { type Setting, scalarOfText } from './support/plain.js'
import { SIZE, innerOf, settingAt, tree } from './support/trees.js'

const START = [0.3, -0.7, 0.5, 0.2, -0.4]

/** Central differences with Richardson extrapolation: error O(h⁴). */
function slope(f: (h: number) => number): number {
  const central = (h: number): number => (f(h) - f(-h)) / (2 * h)
  return (4 * central(5e-4) - central(1e-3)) / 3
}

const moved = (theta: readonly number[], x: readonly number[], h: number): readonly number[] => theta.map((t, i) => t + h * (x[i] ?? 0))

const expectClose = (got: number, oracle: number, size: number): void => expect(Math.abs(got - oracle)).toBeLessThan(1e-6 * (1 + Math.abs(oracle) + size))

describe('derivations of the jet algebra on a concrete polynomial loss', () => {
  it('the derivative along a direction is the limit of differences', () => {
    fc.assert(
      fc.property(tree, tree, fc.nat(1000), (p, q, seed) => {
        const [x, y] = [p.engine(), q.engine()]
        const s = settingAt(START, seed)
        const direction = s.vectors['x'] ?? []
        const value = (h: number): number => {
          const there: Setting<number> = settingAt(moved(START, direction, h), seed)
          return innerOf(p.plain(there), q.plain(there))
        }
        const derived = deriveScalar(dot(x, y), directional('theta', 0, variable('x')))
        const [nearby, exact] = [slope(value), scalarOfText(toText(derived), s)]
        expectClose(exact, nearby, Math.abs(value(0)))
        const gradient = gradientOf(dot(x, y), 'theta')
        expect(Math.abs(scalarOfText(toText(dot(gradient, variable('x'))), s) - exact)).toBeLessThan(1e-8 * (1 + Math.abs(exact) + Math.abs(value(0))))
      }),
      { numRuns: 40 },
    )
  })

  it('the time derivative follows a moving point', () => {
    const random = uniform(5)
    const velocity = vectorFrom(random, SIZE)
    fc.assert(
      fc.property(tree, tree, fc.nat(1000), (p, q, seed) => {
        const s = settingAt(START, seed)
        const still = vectorFrom(() => 0, SIZE)
        const value = (h: number): number => {
          const there = settingAt(moved(START, velocity, h), seed)
          return innerOf(p.plain(there), q.plain(there))
        }
        const derived = timeDerivative(dot(p.engine(), q.engine()))
        const at: Setting<number> = { ...s, vectors: { ...s.vectors, dtheta: velocity, dv: still, dx: still } }
        expectClose(scalarOfText(toText(derived), at), slope(value), Math.abs(value(0)))
      }),
      { numRuns: 40 },
    )
  })

  it('obeys the Leibniz rule as an identity, in every variable and order', () => {
    fc.assert(
      fc.property(tree, tree, fc.constantFrom('theta', 'v', 'x'), (p, q, name) => {
        const [x, y] = [p.engine(), q.engine()]
        const d = directional(name, 0, variable('y'))
        const parts = [dot(deriveVector(x, d), y), dot(x, deriveVector(y, d))]
        expect(simplifyScalar(sub(deriveScalar(dot(x, y), d), add(...parts)))).toBe(ZERO)
      }),
      { numRuns: 40 },
    )
  })
})
