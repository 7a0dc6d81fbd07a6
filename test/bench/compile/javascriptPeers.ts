import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { all, create } from 'mathjs'
import { notInstalled } from './bench.js'
import { type Absent, type Contestant, inProcess } from './contest.js'
import type { Distance } from './programs.js'

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
const versionOf = (value: unknown): string =>
  (typeof value === 'object' && value !== null && 'version' in value ? `${value.version}` : '')

function mathjs(y0: readonly number[], t1: number, tolerances: readonly number[], distance: Distance): readonly Contestant[] {
  const math = create(all ?? {}, {})
  const solve: unknown = Reflect.get(math, 'solveODE')
  return tolerances.filter((t) => t >= 1e-7).map((tolerance) => {
    const run = (): readonly number[] => {
      const found: unknown = typeof solve === 'function' ? solve(rates, [0, t1], [...y0], { tol: tolerance, maxIter: 1e6 }) : undefined
      const y: unknown = typeof found === 'object' && found !== null && 'y' in found ? found.y : []
      const end: unknown = Array.isArray(y) ? y.at(-1) : []
      return Array.isArray(end) ? end.map(Number) : []
    }
    return inProcess({ peer: 'mathjs solveODE', version: math.version, tolerance }, () => run, distance)
  })
}

function odex(
  peers: string, y0: readonly number[], t1: number, tolerances: readonly number[], distance: Distance,
): readonly Contestant[] | Absent {
  if (!existsSync(join(peers, 'node', 'node_modules', 'odex'))) return { peer: 'odex', reason: notInstalled(peers) }
  try {
    const load = createRequire(join(peers, 'node', 'package.json'))
    const module: unknown = load('odex')
    const version = versionOf(load('odex/package.json'))
    if (!isOdex(module)) return { peer: 'odex', reason: 'it has no Solver' }
    return tolerances.filter((t) => t >= 1e-13).map((tolerance) => {
      const run = (): readonly number[] => {
        const solver = new module.Solver(y0.length)
        Object.assign(solver, { relativeTolerance: tolerance, absoluteTolerance: tolerance, maxSteps: 1e6 })
        return solver.solve(rates, 0, y0, t1).y
      }
      return inProcess({ peer: 'odex', version, tolerance }, () => run, distance)
    })
  } catch (fault) {
    return { peer: 'odex', reason: fault instanceof Error ? fault.message.split('\n')[0] ?? '' : String(fault) }
  }
}

/** mathjs solveODE, and odex where `install-peers.sh` has put it, on Pleiades. */
export function javascriptPeers(
  peers: string, y0: readonly number[], t1: number, tolerances: readonly number[], distance: Distance,
): { readonly contestants: readonly Contestant[]; readonly absent: readonly Absent[] } {
  const found = odex(peers, y0, t1, tolerances, distance)
  const own = mathjs(y0, t1, tolerances, distance)
  return 'reason' in found ? { contestants: own, absent: [found] } : { contestants: [...own, ...found], absent: [] }
}
