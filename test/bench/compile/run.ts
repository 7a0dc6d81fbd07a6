import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { wrapText } from '../../../src/cli/format/wrap.js'
import { fuseProducts } from '../../../src/cli/fuseProducts.js'
import type { Bench } from './bench.js'
import { classicalProblems } from './classical.js'
import { compileTimes } from './compileTimes.js'
import { type Absent, type Contest, clock, endProgress } from './contest.js'
import { type Compared, goalTable, goalsOf } from './goals.js'
import { PARAMETERS, network } from './network.js'
import { noise } from './noise.js'
import { COUNT, SEGMENTS, ensembleSpeeds, oscillators } from './oscillators.js'
import { workPrecision } from './plot.js'
import { pleiades } from './pleiades.js'
import { compilerVersion } from './programs.js'
import { atErrors, speedTable, speeds, table } from './table.js'

/**
 * Integrators beside their peers: `npm run bench -- [OUTPUT]`; peers by `install-peers.sh`, found by NOETHER_PEERS. It takes at most five
 * minutes, or the seconds of NOETHER_BENCH_SECONDS; the parts of that by which each problem is done, what is under way then excepted.
 */
const LIMIT = Number(process.env['NOETHER_BENCH_SECONDS'] ?? 290)
const UNTIL = { compilation: 0.05, classical: 0.12, network: 0.3, pleiades: 0.65, oscillators: 0.93, noise: 0.97 }

/** Achieved errors at which solvers are compared. */
const ERRORS = [1e-6, 1e-9, 1e-12, 1e-14]

const peers = process.env['NOETHER_PEERS'] ?? join(tmpdir(), 'noether-peers')
const output = process.argv[2] ?? join(tmpdir(), 'noether-bench')
mkdirSync(output, { recursive: true })
fuseProducts() // as the command does

const out = (text: string): void => void process.stdout.write(`${text}\n`)
const cc = compilerVersion()
const start = clock()
const bench = (part: keyof typeof UNTIL): Bench => ({ peers, output, deadline: start + LIMIT * UNTIL[part], compiler: cc !== undefined })
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, Node ${process.version}, ${cc ?? 'no C compiler, so nothing in C takes part'}`

const WIDTH = 80
const prose = (text: string): void => wrapText(text, WIDTH).forEach(out)

/** Names of solvers with the tolerances at which each did not take part, by reason. */
function missing(absent: readonly Absent[]): readonly string[] {
  const reasons = new Map<string, Map<string, string[]>>()
  for (const { peer, reason } of absent) {
    const names = reasons.get(reason) ?? new Map<string, string[]>()
    const [name = peer, tolerance] = peer.split(' at ')
    reasons.set(reason, names.set(name, [...(names.get(name) ?? []), ...(tolerance === undefined ? [] : [tolerance])]))
  }
  return [...reasons].map(([reason, names]) =>
    `not there: ${[...names].map(([name, at]) => (at.length === 0 ? name : `${name} at ${at.join(' and ')}`)).join(', ')} — ${reason}`)
}

function tell(title: string, { samples, absent }: Contest): Compared {
  out('')
  prose(title)
  const found = speeds(samples, ERRORS)
  for (const line of [...table(samples, ERRORS), ...speedTable(found, ERRORS)]) out(line)
  const versions = new Set(samples.filter((s) => s.version !== '').map((s) => `${s.peer.split(' ')[0]} ${s.version}`))
  if (versions.size > 0) prose(`versions: ${[...versions].join(', ')}`)
  missing(absent).forEach(prose)
  return { speeds: found, leastError: samples.length === 0 ? 0 : Math.min(...samples.map((s) => s.error)) }
}

prose(machine)
prose(`load ${loadavg().map((l) => l.toFixed(1)).join(', ')}; single thread unless said; least times of interleaved rounds`)
prose('× times the best of ours; ≤ where a solver was only run at tolerances that give far more; — where it did not get there')
const compilation = compileTimes(start + LIMIT * UNTIL.compilation)
endProgress()
out('')
out(`${'from expressions to a callable integrator, ms'.padEnd(48)}${['first', 'imported', 'least', 'median'].map((h) => h.padStart(8)).join('')}`)
for (const { method, equations, first, imported, least, median } of compilation)
  out(`${`${equations} equations, ${method}`.padEnd(48)}${[first, imported, least, median].map((t) => t.toFixed(1).padStart(8)).join('')}`)

const classical = await classicalProblems(output, start + LIMIT * UNTIL.classical, out)

const flow = await network(bench('network'))
const flowSpeeds = tell(`gradient flow of a network of ${PARAMETERS} parameters (reference to ${flow.uncertainty.toExponential(0)})`, flow)
const single = await pleiades(bench('pleiades'))
const singleSpeeds = tell('Pleiades, 28 equations, one trajectory', single)
const many = await oscillators(bench('oscillators'))
const manySpeeds = tell(`${COUNT} driven oscillators, ${SEGMENTS} intervals each (ours in this process: with the number of workers, ` +
  'two trajectories a vector or, scalar, one)', many)
const ensembles = ensembleSpeeds(many.samples)
out(`${'how many times as fast'.padEnd(48)}${['2 workers', 'pairs'].map((h) => h.padStart(12)).join('')}`)
const ratio = (r: number | undefined): string => (r === undefined ? '—' : `×${r.toFixed(2)}`).padStart(12)
for (const { name, twoWorkers, pairs } of ensembles) out(name.padEnd(48) + ratio(twoWorkers) + ratio(pairs))
out(`${'two threads of arithmetic alone, at this load'.padEnd(48)}${ratio(many.limit)}`)

const noisy = await noise(start + LIMIT * UNTIL.noise)
const perStep = noisy.seconds[0] / (noisy.trajectories * noisy.steps)
prose(`${noisy.trajectories} paths of a double well with noise, ${noisy.steps} steps each: ${(1e9 * perStep).toFixed(0)} ns a step on one worker, their ` +
  `Brownian paths included; two workers ×${(noisy.seconds[0] / noisy.seconds[1]).toFixed(2)}`)

const goals = goalsOf(
  { flow: flowSpeeds, single: singleSpeeds, many: manySpeeds, errors: ERRORS, compilation, ensembles, noise: noisy, threads: many.limit },
)
out('')
goalTable(goals).forEach(out)

const problems = { network: flow, pleiades: single, oscillators: many }
const record = Object.fromEntries(Object.entries(problems).map(([name, contest]) =>
  [name, { ...contest, atErrors: atErrors(contest.samples, ERRORS) }]))
const seconds = clock() - start
writeFileSync(join(output, 'integrators.json'), `${JSON.stringify({ machine, seconds, compilation, goals, ensembles, limit: many.limit, noise: noisy, classical, ...record }, null, 1)}\n`)
for (const [name, contest] of Object.entries(problems))
  writeFileSync(join(output, `${name}.svg`), workPrecision(`${name}: work and precision`, contest.samples))
out(`\n${seconds.toFixed(0)} s; integrators.json and diagrams in ${output}`)
