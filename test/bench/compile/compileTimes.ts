import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { clock, progress } from './contest.js'
import { compileRing } from './ring.js'

/** Milliseconds from expressions to a callable integrator. */
export interface CompileTime {
  readonly method: string
  readonly equations: number
  /** The first in a process of its own, the least of three: under the command, where V8 optimizes late. */
  readonly first: number
  /** The same in a program that imports the library. */
  readonly imported: number
  /** Of later ones in one process, each a new system, the least and the median. */
  readonly least: number
  readonly median: number
}

const SCRIPT = fileURLToPath(new URL('firstCompile.ts', import.meta.url))

/** The first compilation in a process of its own. */
function first(method: string, equations: number, when: 'late' | 'early'): number {
  const { stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, SCRIPT, method, `${equations}`, when], { encoding: 'utf8' })
  const found = Number.parseFloat(stdout)
  if (Number.isNaN(found)) throw new Error(stderr)
  return found
}

/** Of ten equations and of a thousand by every kind of method, and of a hundred. */
export function compileTimes(deadline: number): readonly CompileTime[] {
  const methods = ['dopri5', 'dop853', 'vern9', 'taylor', 'rodas5p']
  const cases = [...methods.map((m) => [m, 10] as const), ['dopri5', 100] as const, ...methods.map((m) => [m, 1000] as const)]
  return cases.map(([method, equations]) => {
    progress(`compile time, ${equations} equations for ${method}`)
    const least = (when: 'late' | 'early'): number => Math.min(...[0, 1, 2].map(() => first(method, equations, when)))
    const firsts = { first: least('late'), imported: least('early') }
    const times: number[] = []
    for (let r = 0; r < (equations > 100 ? 5 : 21) && (r < 2 || clock() < deadline); r += 1) times.push(compileRing(method, equations, r))
    const sorted = times.slice(1).toSorted((a, b) => a - b)
    return { method, equations, ...firsts, least: sorted[0] ?? NaN, median: sorted[sorted.length >> 1] ?? NaN }
  })
}
