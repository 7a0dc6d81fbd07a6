import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { compileSystem } from '../../src/compile/system.js'

const ECCENTRICITY = 0.6
const PERIODS = 50
const TIME = PERIODS * 2 * Math.PI + 1.25

const kepler = { states: ['x', 'y', 'u', 'v'], rhs: ['u', 'v', '-x/(x^2 + y^2)^(3/2)', '-y/(x^2 + y^2)^(3/2)'].map((e) => readExpr(e)) }
const start = [1 - ECCENTRICITY, 0, 0, Math.sqrt((1 + ECCENTRICITY) / (1 - ECCENTRICITY))]

/** The place on the ellipse from Kepler's equation E − e sin E = M, solved by Newton's method. */
function place(mean: number): readonly [number, number] {
  let anomaly = mean
  for (let n = 0; n < 20; n += 1) anomaly -= (anomaly - ECCENTRICITY * Math.sin(anomaly) - mean) / (1 - ECCENTRICITY * Math.cos(anomaly))
  return [Math.cos(anomaly) - ECCENTRICITY, Math.sqrt(1 - ECCENTRICITY ** 2) * Math.sin(anomaly)]
}

describe('Kepler’s ellipse over fifty periods, against Kepler’s equation', () => {
  it.each(['dopri5', 'tsit5', 'dop853', 'vern9', 'taylor'])('%s is closer the smaller the tolerance', (method) => {
    const [x, y] = place(1.25)
    const miss = (tolerance: number): number => {
      const { status, final } = compileSystem(kepler, { method, rtol: tolerance }).integrate({ y0: start, t1: TIME, rtol: tolerance, atol: tolerance })
      expect(status).toBe('completed')
      return Math.hypot((final.y[0] ?? NaN) - x, (final.y[1] ?? NaN) - y)
    }
    const [coarse, fine] = [miss(1e-8), miss(1e-12)]
    expect(coarse).toBeLessThan(2e-2)
    expect(fine).toBeLessThan(2e-6)
    expect(fine).toBeLessThan(coarse / 100)
  })
})
