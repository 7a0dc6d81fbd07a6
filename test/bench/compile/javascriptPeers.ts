import { createRequire } from 'node:module'
import { join } from 'node:path'
import { all, create } from 'mathjs'
import { type Sample, seconds } from './timing.js'

type Rates = (t: number, y: readonly number[]) => number[]

/** Pleiades written by hand, as a user of these packages would. */
const rates: Rates = (_, z) => {
  const out = [...z.slice(14), ...Array.from({ length: 14 }, () => 0)]
  const at = (k: number): number => z[k] ?? NaN
  for (let i = 0; i < 7; i += 1)
    for (let j = 0; j < 7; j += 1) {
      if (i === j) continue
      const [dx, dy] = [at(j) - at(i), at(7 + j) - at(7 + i)]
      const pull = (j + 1) / (dx * dx + dy * dy) ** 1.5
      out[14 + i] = (out[14 + i] ?? 0) + pull * dx
      out[21 + i] = (out[21 + i] ?? 0) + pull * dy
    }
  return out
}

interface Odex {
  readonly Solver: new (n: number) => {
    relativeTolerance: number
    absoluteTolerance: number
    maxSteps: number
    solve(f: Rates, t0: number, y0: readonly number[], t1: number): { readonly y: readonly number[] }
  }
}
const isOdex = (value: unknown): value is Odex => typeof value === 'object' && value !== null && 'Solver' in value

/** mathjs solveODE, and odex where `install-peers.sh` has put it. */
export function javascriptPeers(folder: string, y0: readonly number[], t1: number, tolerances: readonly number[], distance: (y: readonly number[]) => number): readonly Sample[] {
  const samples: Sample[] = []
  const measure = (peer: string, version: string, tolerance: number, run: () => readonly number[]): void => {
    samples.push({ peer, version, tolerance, error: distance(run()), seconds: seconds(run) })
  }
  const math = create(all ?? {}, {})
  const solve: unknown = Reflect.get(math, 'solveODE')
  for (const tolerance of tolerances.filter((t) => t >= 1e-7)) {
    const run = (): readonly number[] => {
      const found: unknown = typeof solve === 'function' ? solve(rates, [0, t1], [...y0], { tol: tolerance, maxIter: 1e6 }) : undefined
      const y: unknown = typeof found === 'object' && found !== null && 'y' in found ? found.y : []
      const end: unknown = Array.isArray(y) ? y.at(-1) : []
      return Array.isArray(end) ? end.map(Number) : []
    }
    measure('mathjs solveODE', math.version, tolerance, run)
  }
  try {
    const load = createRequire(join(folder, 'node', 'package.json'))
    const odex: unknown = load('odex')
    const version: unknown = load('odex/package.json')
    if (isOdex(odex))
      for (const tolerance of tolerances) {
        const run = (): readonly number[] => {
          const solver = new odex.Solver(y0.length)
          Object.assign(solver, { relativeTolerance: tolerance, absoluteTolerance: tolerance, maxSteps: 1e6 })
          return solver.solve(rates, 0, y0, t1).y
        }
        measure('odex', typeof version === 'object' && version !== null && 'version' in version ? `${version.version}` : '', tolerance, run)
      }
  } catch (fault) {
    process.stdout.write(`odex is not there: ${fault instanceof Error ? fault.message.split('\n')[0] : fault}\n`)
  }
  return samples
}
