import { compileTimes } from './compile/compileTimes.js'
import { endProgress } from './compile/contest.js'

/** `tsx compileTimes.bench.ts`: how long it takes to compile an integrator. */
const found = compileTimes(Infinity)
endProgress()
for (const { method, equations, ...times } of found)
  process.stdout.write(`${`${equations} equations, ${method}`.padEnd(28)}${Object.entries(times).map(([name, t]) => `${name} ${t.toFixed(1).padStart(6)} ms`).join('  ')}\n`)
