import { readExpr } from '../../../src/algebra/read.js'
import { compileSystem } from '../../../src/compile/system.js'

readExpr('x + 1')

/** Milliseconds from the text of a ring of equations to an integrator. @param run tells systems of one process apart. */
export function compileRing(method: string, equations: number, run = 0): number {
  const states = Array.from({ length: equations }, (_, i) => `x${i}_${run}`)
  const text = states.map((s, i) => `sin(${states[(i + 1) % equations]}) - ${s}^3/(1 + ${states[(i + 2) % equations]}^2)`)
  const start = performance.now()
  compileSystem({ states, rhs: text.map((e) => readExpr(e)) }, { method })
  return performance.now() - start
}
