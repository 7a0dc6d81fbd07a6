import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { classicalProblems } from './compile/classical.js'

/** `tsx classical.bench.ts [OUTPUT]`: work and precision of our methods on the classical test problems, with a diagram of each. */
const output = process.argv[2] ?? join(tmpdir(), 'noether-bench')
mkdirSync(output, { recursive: true })
await classicalProblems(output, Infinity, (text) => void process.stdout.write(`${text}\n`))
process.stdout.write(`\ndiagrams in ${output}\n`)
