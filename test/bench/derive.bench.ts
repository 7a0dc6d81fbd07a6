/**
 * How long derivations take, and how much memory, beside the goals of the project: a cold `noether derive`, the whole catalogue in one
 * process, and backward error analysis to order 4. Every measurement has a process of its own.
 * Run: npx tsx test/bench/derive.bench.ts
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { optimizeLate } from '../../src/cli/optimizeLate.js'
import { fieldOfTheta, modifiedField } from '../../src/rules/modifiedField.js'
import { modifiedFlow } from '../../src/rules/modifiedFlow.js'
import { readRule } from '../../src/rules/rule.js'

interface Measured {
  readonly seconds: number
  readonly megabytes: number
  readonly what: string
}

const seconds = (start: number): number => (performance.now() - start) / 1000

function expandRule(name: string): string {
  const rule = readRule({ name })
  const [field, flow] = [modifiedField(rule, 4), modifiedFlow(rule, 4)]
  if (!field.ok || !flow.ok) throw new Error(`${name} has no modified equations`)
  return `${fieldOfTheta(field.value).reduce((n, x) => n + x.terms.length, 0)} elementary differentials, ${flow.value.equation.terms.length} in the flow`
}

/** The library as it is installed: a loader of sources puts work of its own into every closure. */
const installed = fileURLToPath(new URL('../../dist/src/index.js', import.meta.url))

async function deriveCatalogue(): Promise<string> {
  optimizeLate() // as `noether derive` does
  const { catalogue, deriveProblem } = (await import(installed)) as typeof import('../../src/index.js')
  const entries = await catalogue()
  const laws = entries.reduce((n, { problem }) => n + deriveProblem(problem, true).length, 0)
  return `${entries.length} results, ${laws} laws`
}

async function task(name: string): Promise<void> {
  const start = performance.now()
  const what = name === 'catalogue' ? await deriveCatalogue() : expandRule(name)
  const measured: Measured = { seconds: seconds(start), megabytes: process.resourceUsage().maxRSS / 1024, what }
  console.log(JSON.stringify(measured))
}

function inOwnProcess(name: string): Measured {
  const out = execFileSync(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), name], { encoding: 'utf8' })
  return JSON.parse(out.trim().split('\n').at(-1) ?? '') as Measured
}

const binary = fileURLToPath(new URL('../../src/cli/noether.mjs', import.meta.url))

function cold(problem: string, ...options: readonly string[]): number {
  const run = (): number => {
    const start = performance.now()
    execFileSync(process.execPath, [binary, 'derive', problem, ...options], { stdio: ['ignore', 'ignore', 'inherit'] })
    return seconds(start)
  }
  run()
  return Math.min(...Array.from({ length: 3 }, run))
}

function report(what: string, value: string, goal: string): void {
  console.log(`${what.padEnd(64)} ${value.padStart(9)}   goal ${goal}`)
}

function all(): void {
  for (const problem of ['translation-sgd-decay', 'scale-momentum', 'rescale-momentum', 'examples/own-law.yaml'])
    report(`noether derive ${problem}, cold, least of 3`, `${cold(problem).toFixed(2)} s`, '1 s')
  report('noether derive scale-momentum --order 3, cold, least of 3', `${cold('scale-momentum', '--order', '3').toFixed(2)} s`, 'none')
  const whole = inOwnProcess('catalogue')
  report(`the catalogue in one process (${whole.what})`, `${whole.seconds.toFixed(2)} s`, '10 s')
  report('  its peak memory', `${whole.megabytes.toFixed(0)} MB`, '512 MB')
  for (const rule of ['sgd', 'momentum']) {
    const found = inOwnProcess(rule)
    report(`order 4 of ${rule} (${found.what})`, `${found.seconds.toFixed(2)} s`, '2 s')
    report('  its peak memory', `${found.megabytes.toFixed(0)} MB`, '512 MB')
  }
}

const [, , name] = process.argv
if (name === undefined) all()
else await task(name)
