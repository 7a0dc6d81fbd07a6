import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readExpr } from '../../../src/algebra/read.js'
import { type System, compileSystem } from '../../../src/compile/system.js'
import { preciseLorenz, preciseVanDerPol } from '../../compile/multiprecision.js'
import { PROBLEMS } from '../../compile/problems.js'
import { type Sample, clock, endProgress, inProcess, progress } from './contest.js'
import { workPrecision } from './plot.js'
import { table } from './table.js'

/** A classical problem whose end is known, published or in more digits than a double has. */
interface Classical {
  readonly name: string
  readonly system: System
  readonly y0: readonly number[]
  readonly t1: number
  readonly solution: readonly number[]
  readonly stiff: boolean
  /** Sizes of components below which errors count as they are, in parts of this; above it in parts of the component. */
  readonly floor: number
}

const system = (rates: Readonly<Record<string, string>>): System =>
  ({ states: Object.keys(rates), rhs: Object.values(rates).map((rate) => readExpr(rate)) })

const ECCENTRICITY = 0.5
const PERIODS = 20
/** From the nearest point of the ellipse with half axis 1 and period 2π, to which it comes back. */
const PERICENTRE = [1 - ECCENTRICITY, 0, 0, Math.sqrt((1 + ECCENTRICITY) / (1 - ECCENTRICITY))]

const published = (problem: (typeof PROBLEMS)[keyof typeof PROBLEMS], floor: number): Classical => ({ ...problem, floor })

const classical = (): readonly Classical[] => [
  published(PROBLEMS.arenstorf, 1), published(PROBLEMS.brusselator, 1e-3), published(PROBLEMS.pleiades, 1e-3),
  {
    name: 'Lorenz', system: system({ x: '10*(y - x)', y: 'x*(28 - z) - y', z: 'x*y - 8*z/3' }), y0: [1, 1, 1], t1: 5,
    solution: preciseLorenz(5), stiff: false, floor: 1e-3,
  },
  {
    name: 'van der Pol, μ = 5', system: system({ x: 'v', v: '5*(1 - x^2)*v - x' }), y0: [2, 0], t1: 20, solution: preciseVanDerPol(5, 20),
    stiff: false, floor: 1e-3,
  },
  {
    name: `Kepler, ${PERIODS} periods`, system: system({ x: 'u', y: 'v', u: '-x/(x^2+y^2)^(3/2)', v: '-y/(x^2+y^2)^(3/2)' }), y0: PERICENTRE,
    t1: 2 * Math.PI * PERIODS, solution: PERICENTRE, stiff: false, floor: 1,
  },
  published(PROBLEMS.vanDerPol, 1e-3), published(PROBLEMS.robertson, 0), published(PROBLEMS.hires, 1e-6),
]

const EXPLICIT = ['dopri5', 'tsit5', 'dop853', 'vern9', 'taylor'] as const
const TOLERANCES = [1e-4, 1e-6, 1e-8, 1e-10, 1e-12, 1e-14]
/** Of the tolerance: the absolute one, which components as small as those of Robertson's problem need. */
const ABSOLUTE = 1e-8
const SECONDS = 0.02
/** Relative errors at which the table stands. */
const ERRORS = [1e-4, 1e-6, 1e-8, 1e-10]

/** Work and error of every method that is meant for a problem; behind the deadline nothing begins. */
async function measured({ name, system: s, y0, t1, solution, stiff, floor }: Classical, deadline: number): Promise<readonly Sample[]> {
  const distance = (y: ArrayLike<number>): number =>
    solution.reduce((most, v, i) => Math.max(most, Math.abs((y[i] ?? NaN) - v) / Math.max(floor, Math.abs(v))), 0)
  const samples: Sample[] = []
  for (const method of stiff ? ['rodas5p'] : [...EXPLICIT, 'rodas5p'])
    for (const tolerance of TOLERANCES) {
      if (clock() > deadline) return samples
      progress(`${name}: ${method} at ${tolerance}`)
      const facts = { peer: `noether ${method}`, version: '', tolerance }
      const contestant = inProcess(facts, () => {
        const compiled = compileSystem(s, { method, rtol: tolerance })
        return () => compiled.integrate({ y0, t1, rtol: tolerance, atol: tolerance * (stiff ? ABSOLUTE : 1) }).final.y
      }, distance)
      await contestant.prepare(SECONDS)
      samples.push({ ...facts, ...(await contestant.measure(SECONDS)) })
    }
  return samples
}

/** Measures our methods on the classical problems, tells their times, and writes a work–precision diagram of each. */
export async function classicalProblems(
  output: string, deadline: number, out: (text: string) => void,
): Promise<Readonly<Record<string, readonly Sample[]>>> {
  const found: Record<string, readonly Sample[]> = {}
  for (const problem of classical()) {
    const samples = await measured(problem, deadline)
    endProgress()
    if (samples.length === 0) continue
    found[problem.name] = samples
    out('')
    out(problem.name)
    for (const line of table(samples, ERRORS)) out(line)
    const file = problem.name.toLowerCase().replace('μ = ', '').replaceAll(/[ ,]+/g, '-')
    writeFileSync(join(output, `${file}.svg`), workPrecision(`${problem.name}: work and precision`, samples, 'largest relative error of the end state'))
  }
  return found
}
