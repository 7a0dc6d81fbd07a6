import { readExpr } from '../../../src/algebra/read.js'
import { compileSystem } from '../../../src/compile/system.js'
import { clock, progress } from './contest.js'

/** Milliseconds from expressions to a callable integrator. */
export interface CompileTime {
  readonly method: string
  readonly equations: number
  /** The first in the process, and of later ones, each a new system, the least and the median. */
  readonly first: number
  readonly least: number
  readonly median: number
}

/** Of ten equations by every kind of method, and of a hundred and a thousand. */
export function compileTimes(deadline: number): readonly CompileTime[] {
  const ten = ['dopri5', 'dop853', 'vern9', 'taylor', 'rodas5p'].map((m) => [m, 10] as const)
  const thousand = ['dopri5', 'vern9', 'taylor'].map((m) => [m, 1000] as const)
  return [...ten, ['dopri5', 100] as const, ...thousand].map(([method, equations]) => {
    progress(`compile time, ${equations} equations for ${method}`)
    const times: number[] = []
    for (let r = 0; r < (equations > 100 ? 5 : 21) && (r < 2 || clock() < deadline); r += 1) {
      const states = Array.from({ length: equations }, (__, i) => `x${i}_${r}`)
      const text = states.map((s, i) => `sin(${states[(i + 1) % equations]}) - ${s}^3/(1 + ${states[(i + 2) % equations]}^2)`)
      const start = performance.now()
      compileSystem({ states, rhs: text.map((e) => readExpr(e)) }, { method })
      times.push(performance.now() - start)
    }
    const [first = NaN, ...later] = times
    const sorted = later.toSorted((a, b) => a - b)
    return { method, equations, first, least: sorted[0] ?? NaN, median: sorted[sorted.length >> 1] ?? NaN }
  })
}
