import { compileRing } from './ring.js'

/**
 * `tsx firstCompile.ts METHOD EQUATIONS`: prints the milliseconds that the first compilation of a process takes. Another text was read
 * before, so that the parser, a library of its own, is loaded.
 */
const [method = 'dopri5', equations = '10'] = process.argv.slice(2)
process.stdout.write(`${compileRing(method, Number(equations))}\n`)
