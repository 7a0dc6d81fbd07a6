import { optimizeLate } from '../../../src/cli/optimizeLate.js'
import { compileRing } from './ring.js'

/**
 * `tsx firstCompile.ts METHOD EQUATIONS`: prints the milliseconds that the first compilation of a process takes. Another text was read
 * before, so that the parser, a library of its own, is loaded. V8 optimizes late, as it does under `noether integrate`; with `early` at the end it
 * does not, as in a program that imports the library.
 */
const [method = 'dopri5', equations = '10', when = 'late'] = process.argv.slice(2)
if (when === 'late') optimizeLate()
process.stdout.write(`${compileRing(method, Number(equations))}\n`)
