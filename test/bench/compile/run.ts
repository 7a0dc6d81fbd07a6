import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readExpr } from '../../../src/algebra/read.js'
import { compileEnsemble } from '../../../src/compile/ensemble.js'
import { compileFlow, gradientFlow } from '../../../src/compile/tensor/flow.js'
import { input } from '../../../src/compile/tensor/graph.js'
import { crossEntropy, dense, tanh } from '../../../src/compile/tensor/layers.js'
import { type System, compileSystem } from '../../../src/compile/system.js'
import { PROBLEMS } from '../../compile/problems.js'
import { javascriptPeers } from './javascriptPeers.js'
import { workPrecision } from './plot.js'
import { type Sample, compilerVersion, runC, runHandWritten, seconds, timeAt } from './timing.js'

/** Integrators beside their peers: `npm run bench -- [OUTPUT]`; peers by `install-peers.sh`, else only ours. */
const peersFolder = process.env['NOETHER_PEERS'] ?? join(tmpdir(), 'noether-peers')
const output = process.argv[2] ?? join(tmpdir(), 'noether-bench')
mkdirSync(output, { recursive: true })

const TOLERANCES = [1e-5, 1e-7, 1e-9, 1e-11, 1e-13]
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((m, v, i) => Math.max(m, Math.abs(v - (b[i] ?? NaN))), 0)

function peers(problem: object): readonly Sample[] {
  const python = join(peersFolder, 'python', 'bin', 'python')
  if (!existsSync(python)) {
    process.stdout.write(`no peers at ${peersFolder} (test/bench/compile/install-peers.sh installs them)\n`)
    return []
  }
  const file = join(output, 'problem.json')
  writeFileSync(file, JSON.stringify(problem))
  const { stdout, stderr } = spawnSync(python, [new URL('peers.py', import.meta.url).pathname, file], { encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (stdout === '') process.stderr.write(stderr)
  return stdout.split('\n').filter((line) => line.startsWith('{')).map((line): Sample => JSON.parse(line)).filter((s) => 'seconds' in s)
}

function pleiades(): readonly Sample[] {
  const { system, y0, t1 } = PROBLEMS.pleiades
  const reference = compileSystem(system, { method: 'taylor', rtol: 1e-16 }).integrate({ y0, t1, rtol: 1e-16, atol: 1e-16 }).final.y
  const ours: Sample[] = []
  for (const method of ['dopri5', 'dop853', 'vern9', 'taylor'])
    for (const tolerance of TOLERANCES) {
      for (const target of ['wasm', 'js'] as const) {
        if (target === 'js' && method === 'taylor') continue
        const compiled = compileSystem(system, { method, target, rtol: tolerance })
        const run = (): readonly number[] => compiled.integrate({ y0, t1, rtol: tolerance, atol: tolerance }).final.y
        ours.push({ peer: `noether ${method} ${target}`, version: '', tolerance, error: distance(run(), reference), seconds: seconds(run) })
      }
      const c = runC(system, y0, t1, method, tolerance)
      if (c !== undefined) ours.push({ peer: `noether ${method} c`, version: '', tolerance, error: distance(c.y, reference), seconds: c.seconds })
    }
  const byHand = TOLERANCES.flatMap((tolerance): readonly Sample[] => {
    const run = runHandWritten(y0, t1, tolerance)
    return run === undefined ? [] : [{ peer: 'hand-written C dopri5', version: '', tolerance, error: distance(run.y, reference), seconds: run.seconds }]
  })
  const javascript = javascriptPeers(peersFolder, y0, t1, TOLERANCES, (y) => distance(y, reference))
  return [...ours, ...byHand, ...javascript, ...peers({ kind: 'pleiades', y0, t1, tolerances: TOLERANCES, reference })]
}

/** Ratios of the best of ours to every peer at equal achieved error. */
function table(title: string, samples: readonly Sample[], errors: readonly number[]): void {
  const names = [...new Set(samples.map((s) => s.peer))]
  const times = (name: string): readonly (number | undefined)[] => errors.map((e) => timeAt(samples.filter((s) => s.peer === name), e))
  const best = errors.map((_, k) => Math.min(...names.filter((n) => n.startsWith('noether') && n.endsWith(' wasm')).map((n) => times(n)[k] ?? Infinity)))
  process.stdout.write(`\n${title}\n${'solver'.padEnd(28)}${errors.map((e) => `at ${e.toExponential(0)}`.padStart(22)).join('')}\n`)
  for (const name of names) {
    const version = samples.find((s) => s.peer === name)?.version ?? ''
    const cells = times(name).map((t, k) => (t === undefined ? '—' : `${(t * 1e3).toPrecision(3)} ms (×${(t / (best[k] ?? NaN)).toPrecision(3)})`).padStart(22))
    process.stdout.write(`${`${name} ${version}`.padEnd(28)}${cells.join('')}\n`)
  }
}

const COUNT = 10_000
const SEGMENTS = 20

async function oscillators(): Promise<readonly Sample[]> {
  const system: System = {
    states: ['x', 'v'], parameters: ['k', 'c'], signals: { names: ['u'], shape: 'constant' }, rhs: [readExpr('v'), readExpr('u - k*x - c*v')],
  }
  const drives = Array.from({ length: COUNT }, (_, i) => Array.from({ length: SEGMENTS }, (__, j) => Math.sin(i + 7 * j)))
  const stiffness = Array.from({ length: COUNT }, (_, i) => 1 + (i % 100) / 10)
  const spacing = 0.5
  const t1 = SEGMENTS * spacing
  const lanes = (tolerance: number) => drives.map((u, i) => ({
    y0: [1, 0], parameters: [stiffness[i] ?? 1, 0.1], t1, rtol: tolerance, atol: tolerance, signals: { origin: 0, spacing, values: [u] },
  }))
  const samples: Sample[] = []
  let reference: readonly number[] = []
  const measure = async (method: string, tolerance: number, workers: number, vectors: boolean): Promise<void> => {
    const ensemble = compileEnsemble(system, { method, rtol: tolerance, workers, lanes: vectors })
    const given = lanes(tolerance)
    let [spent, ends]: [number, readonly number[]] = [Infinity, []]
    for (let repetition = 0; repetition < 4; repetition += 1) {
      const start = performance.now()
      const results = await ensemble.integrate(given)
      spent = Math.min(spent, (performance.now() - start) / 1000)
      ends = results.map((r) => r.final.y[0] ?? NaN)
    }
    await ensemble.close()
    if (reference.length === 0) reference = ends
    const peer = `noether ${method} ${workers} worker${workers > 1 ? 's' : ''} ${vectors ? 'lanes' : 'scalar'}`
    samples.push({ peer, version: '', tolerance, seconds: spent, error: distance(ends, reference) })
  }
  for (const [method, tolerance] of [['taylor', 1e-14], ['taylor', 1e-9], ['dopri5', 1e-9], ['vern9', 1e-9]] as const)
    for (const workers of [1, 2])
      for (const vectors of [true, false]) await measure(method, tolerance, workers, vectors)
  return [...samples, ...peers({ kind: 'oscillators', drives, stiffness, damping: 0.1, spacing, t1, tolerances: [1e-9, 1e-14], reference, scipyCount: 20 })]
}

/** Gradient flow of a network of 960 parameters on 64 examples. */
function network(): readonly Sample[] {
  const [w1, w2] = [input('w1', [20, 32]), input('w2', [32, 10])]
  const loss = crossEntropy(dense(tanh(dense(input('x', [64, 20]), w1)), w2), input('y', [64, 10]))
  const wave = (n: number, f: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(f * (i + 1)))
  const rows = (values: Float64Array, width: number): readonly (readonly number[])[] =>
    Array.from({ length: values.length / width }, (_, r) => [...values.subarray(r * width, (r + 1) * width)])
  const [x, y] = [wave(1280, 1.7), Float64Array.from({ length: 640 }, (_, i) => (i % 10 === Math.floor(i / 10) % 10 ? 1 : 0))]
  const t1 = 20
  const flow = (method: string): ReturnType<typeof compileFlow> => compileFlow(gradientFlow(loss, [w1, w2]), { x, y }, { method })
  const start = (f: ReturnType<typeof compileFlow>): Float64Array => f.pack({ w1: wave(640, 0.9), w2: wave(320, 2.3) })
  const exact = flow('vern9')
  const reference = exact.compiled.integrate({ y0: start(exact), t1, rtol: 1e-14, atol: 1e-14 }).final.y
  const tolerances = [1e-5, 1e-7, 1e-9, 1e-11]
  const ours = ['dopri5', 'dop853', 'vern9'].flatMap((method) => {
    const compiled = flow(method)
    const y0 = start(compiled)
    return tolerances.map((tolerance): Sample => {
      const run = (): readonly number[] => compiled.compiled.integrate({ y0, t1, rtol: tolerance, atol: tolerance }).final.y
      return { peer: `noether ${method} wasm`, version: '', tolerance, error: distance(run(), reference), seconds: seconds(run) }
    })
  })
  const y0 = [...start(exact)]
  return [...ours, ...peers({ kind: 'network', x: rows(x, 20), y: rows(y, 10), y0, hidden: 32, t1, tolerances, reference })]
}

/** Milliseconds from expressions to a callable integrator: the first in the process and the median of later ones, each a new system. */
function compileTimes(): readonly object[] {
  const methods = [...['dopri5', 'dop853', 'vern9', 'taylor', 'rodas5p'].map((m) => [m, 10] as const), ['dopri5', 100] as const, ['dopri5', 1000] as const]
  return methods.map(([method, n]) => {
    const times = Array.from({ length: n > 100 ? 5 : 21 }, (_, r) => {
      const states = Array.from({ length: n }, (__, i) => `x${i}_${r}`)
      const text = states.map((s, i) => `sin(${states[(i + 1) % n]}) - ${s}^3/(1 + ${states[(i + 2) % n]}^2)`)
      const start = performance.now()
      compileSystem({ states, rhs: text.map((e) => readExpr(e)) }, { method })
      return performance.now() - start
    })
    const [first = NaN, ...later] = times
    const median = later.toSorted((a, b) => a - b)[later.length >> 1] ?? NaN
    process.stdout.write(`compile ${n} equations for ${method}: median ${median.toFixed(1)} ms, first ${first.toFixed(0)} ms\n`)
    return { method, equations: n, first, median }
  })
}

/** How much faster two workers are than one, and two lanes than one, on the ensemble. */
function ensembleRatios(samples: readonly Sample[]): void {
  for (const s of samples.filter((one) => one.peer.startsWith('noether') && one.peer.includes(' 1 worker'))) {
    const find = (from: string, to: string): Sample | undefined =>
      samples.find((o) => s.peer.includes(from) && o.tolerance === s.tolerance && o.peer === s.peer.replace(from, to))
    const [two, scalar] = [find('1 worker', '2 workers'), find('lanes', 'scalar')]
    const ratio = (other: Sample): string => (other.seconds / s.seconds).toFixed(2)
    const lanes_ = scalar === undefined ? '' : `, lanes against scalar ×${ratio(scalar)}`
    if (two !== undefined) process.stdout.write(`${s.peer} at ${s.tolerance}: 2 workers against 1 ×${(s.seconds / two.seconds).toFixed(2)}${lanes_}\n`)
  }
}

process.stdout.write(`${cpus()[0]?.model ?? ''}, Node ${process.version}, ${compilerVersion()}\n`)
const compilation = compileTimes()
const flow = network()
table('gradient flow of a network of 960 parameters', flow, [1e-6, 1e-9])
const single = pleiades()
table('Pleiades (28 equations), one trajectory', single, [1e-6, 1e-9, 1e-11])
const many = await oscillators()
process.stdout.write(`\n${COUNT} driven oscillators, ${SEGMENTS} intervals each\n`)
for (const s of many) process.stdout.write(`${`${s.peer} ${s.version}`.padEnd(34)} tolerance ${s.tolerance.toExponential(0)}  ${s.seconds.toPrecision(3)} s  error ${s.error.toExponential(1)}\n`)
ensembleRatios(many)
writeFileSync(join(output, 'integrators.json'), `${JSON.stringify({ compilation, network: flow, pleiades: single, oscillators: many }, null, 1)}\n`)
writeFileSync(join(output, 'network.svg'), workPrecision('Gradient flow of a network: work and precision', flow))
writeFileSync(join(output, 'pleiades.svg'), workPrecision('Pleiades: work and precision', single))
process.stdout.write(`\nwritten to ${output}\n`)
