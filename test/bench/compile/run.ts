import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench } from './bench.js'
import { compileTimes } from './compileTimes.js'
import { type Contest, clock, endProgress } from './contest.js'
import { PARAMETERS, network } from './network.js'
import { COUNT, SEGMENTS, ensembleRatios, oscillators } from './oscillators.js'
import { workPrecision } from './plot.js'
import { pleiades } from './pleiades.js'
import { compilerVersion } from './programs.js'
import { atErrors, comparisons, table } from './table.js'

/**
 * Integrators beside their peers: `npm run bench -- [OUTPUT]`; peers by `install-peers.sh`, found by NOETHER_PEERS. It takes at most five
 * minutes, or the seconds of NOETHER_BENCH_SECONDS; the parts of that by which each problem is done, what is under way then excepted.
 */
const LIMIT = Number(process.env['NOETHER_BENCH_SECONDS'] ?? 290)
const UNTIL = { compilation: 0.05, network: 0.25, pleiades: 0.65, oscillators: 0.95 }

/** Achieved errors at which solvers are compared. */
const ERRORS = [1e-6, 1e-9, 1e-12, 1e-14]

const peers = process.env['NOETHER_PEERS'] ?? join(tmpdir(), 'noether-peers')
const output = process.argv[2] ?? join(tmpdir(), 'noether-bench')
mkdirSync(output, { recursive: true })

const out = (text: string): void => void process.stdout.write(`${text}\n`)
const cc = compilerVersion()
const start = clock()
const bench = (part: keyof typeof UNTIL): Bench => ({ peers, output, deadline: start + LIMIT * UNTIL[part], compiler: cc !== undefined })
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, Node ${process.version}, ${cc ?? 'no C compiler'}`

function tell(title: string, { samples, absent }: Contest): void {
  for (const line of [...table(title, samples, ERRORS), ...comparisons(samples, ERRORS)]) out(line)
  out(`versions: ${[...new Set(samples.filter((s) => s.version !== '').map((s) => `${s.peer.split(' ')[0]} ${s.version}`))].join(', ')}`)
  const reasons = new Map<string, string[]>()
  for (const { peer, reason } of absent) reasons.set(reason, [...(reasons.get(reason) ?? []), peer])
  for (const [reason, names] of reasons) out(`not there: ${names.join(', ')}: ${reason}`)
}

out(`${machine}\nload ${loadavg().map((l) => l.toFixed(1)).join(', ')}; single thread unless said; least times of interleaved rounds`)
const compilation = compileTimes(start + LIMIT * UNTIL.compilation)
endProgress()
out('\nfrom expressions to a callable integrator, milliseconds')
for (const { method, equations, ...times } of compilation) {
  const shown = Object.entries(times).map(([name, t]: readonly [string, number]) => `${name} ${t.toFixed(1)}`.padEnd(14))
  out(`${`${equations} equations, ${method}`.padEnd(28)}${shown.join('')}`)
}

const flow = await network(bench('network'))
tell(`gradient flow of a network of ${PARAMETERS} parameters (reference to ${flow.uncertainty.toExponential(0)})`, flow)
const single = await pleiades(bench('pleiades'))
tell('Pleiades, 28 equations, one trajectory', single)
const many = await oscillators(bench('oscillators'))
tell(`${COUNT} driven oscillators, ${SEGMENTS} intervals each (last number of ours: workers)`, many)
for (const line of ensembleRatios(many.samples)) out(line)

const problems = { network: flow, pleiades: single, oscillators: many }
const record = Object.fromEntries(Object.entries(problems).map(([name, contest]) =>
  [name, { ...contest, atErrors: atErrors(contest.samples, ERRORS) }]))
const seconds = clock() - start
writeFileSync(join(output, 'integrators.json'), `${JSON.stringify({ machine, seconds, compilation, ...record }, null, 1)}\n`)
for (const [name, contest] of Object.entries(problems))
  writeFileSync(join(output, `${name}.svg`), workPrecision(`${name}: work and precision`, contest.samples))
out(`\n${seconds.toFixed(0)} s; integrators.json and diagrams in ${output}`)
