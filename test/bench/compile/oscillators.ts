import { readExpr } from '../../../src/algebra/read.js'
import { type Ensemble, compileEnsemble } from '../../../src/compile/ensemble.js'
import type { System } from '../../../src/compile/system.js'
import { type Bench, reasonOf } from './bench.js'
import { type Contest, type Contestant, type Sample, contest, leastOf } from './contest.js'
import { machineLimit } from './machine.js'
import { type Distance, ensembleC, sundials } from './programs.js'
import { pythonPeers } from './pythonPeers.js'

export const COUNT = 10_000
export const SEGMENTS = 20
const SPACING = 0.5
const T1 = SEGMENTS * SPACING
const DAMPING = 0.1

const SYSTEM: System = {
  states: ['x', 'v'], parameters: ['k', 'c'], signals: { names: ['u'], shape: 'constant' }, rhs: [readExpr('v'), readExpr('u - k*x - c*v')],
}
const DRIVES = Array.from({ length: COUNT }, (_, i) => Array.from({ length: SEGMENTS }, (__, j) => Math.sin(i + 7 * j)))
const STIFFNESS = Array.from({ length: COUNT }, (_, i) => 1 + (i % 100) / 10)

/** x(T1) in closed form: about u/k a damped oscillation in each interval. */
const REFERENCE = DRIVES.map((drive, i) => {
  const k = STIFFNESS[i] ?? 1
  const [half, w] = [DAMPING / 2, Math.sqrt(k - DAMPING ** 2 / 4)]
  const [decay, cosine, sine] = [Math.exp(-half * SPACING), Math.cos(w * SPACING), Math.sin(w * SPACING)]
  let [x, v] = [1, 0]
  for (const u of drive) {
    const from = x - u / k
    const swing = (v + half * from) / w
    x = u / k + decay * (from * cosine + swing * sine)
    v = decay * ((swing * w - half * from) * cosine - (from * w + half * swing) * sine)
  }
  return x
})
const distance: Distance = (x) => REFERENCE.reduce((m, v, i) => Math.max(m, Math.abs(v - (x[i] ?? NaN))), 0)

/** Slices that one of ours is measured for in a round: its least time on two workers needs both cores undisturbed at once. */
const PATIENCE = 8

/** Ours on one worker. */
const OURS = /^noether .* 1$/

/** Rows that workers read where they are. */
function shared(values: readonly number[]): Float64Array {
  const rows = new Float64Array(new SharedArrayBuffer(8 * values.length))
  rows.set(values)
  return rows
}

/** Ensembles whose workers are ended at the end. */
function ours(started: Ensemble[]): readonly Contestant[] {
  const cases = [['taylor', 1e-14], ['taylor', 1e-9], ['vern9', 1e-9], ['taylor', 1e-7]] as const
  return cases.flatMap(([method, tolerance]) => [1, 2].flatMap((workers) => [true, false].map((lanes): Contestant => {
    const rows = (count: number) => ({
      count, t1: T1, rtol: tolerance, atol: tolerance,
      y0: shared(DRIVES.slice(0, count).flatMap(() => [1, 0])),
      parameters: shared(STIFFNESS.slice(0, count).flatMap((k) => [k, DAMPING])),
      signals: { origin: 0, spacing: SPACING, samples: SEGMENTS, values: shared(DRIVES.slice(0, count).flat()) },
    })
    const [few, all] = [rows(1024), rows(COUNT)]
    const ensemble = compileEnsemble(SYSTEM, { method, rtol: tolerance, workers, lanes })
    started.push(ensemble)
    return {
      peer: `noether ${method} ${lanes ? 'wasm' : 'scalar'} ${workers}`, version: '', tolerance, by: 'process',
      prepare: async () => void (await ensemble.batch(few)),
      async measure(seconds) {
        const [best, { final }] = await leastOf(PATIENCE * seconds, () => ensemble.batch(all))
        return { seconds: best, error: distance(DRIVES.map((_, i) => final[2 * i] ?? NaN)) }
      },
    }
  })))
}

/** 10⁴ damped oscillators, each with its stiffness and its own drive, constant over 20 intervals. */
export async function oscillators(
  { peers, output, deadline, compiler }: Bench,
): Promise<Contest & { readonly limit: number | undefined }> {
  const started: Ensemble[] = []
  const tolerances = [1e-7, 1e-9, 1e-11, 1e-14]
  const python = await pythonPeers(peers, output, {
    kind: 'oscillators', drives: DRIVES, stiffness: STIFFNESS, damping: DAMPING, spacing: SPACING, t1: T1, tolerances, reference: REFERENCE,
  })
  const data = [COUNT, SEGMENTS, SPACING, DAMPING, ...DRIVES.flatMap((drive, i) => [STIFFNESS[i] ?? 1, ...drive])]
  const adams = await sundials(peers, 'oscillators', data, [1e-7, 1e-9, 1e-11], distance).catch(reasonOf('SUNDIALS'))
  const inC = compiler ? (['taylor', 'vern9'] as const).flatMap((method) => ensembleC(SYSTEM, data, method, [1e-9, 1e-14], distance)) : []
  const machine = machineLimit()
  const contestants = [...machine.contestants, ...ours(started), ...inC, ...('reason' in adams ? [] : adams), ...python.contestants]
  const { samples, absent } = await contest('oscillators', contestants, deadline)
  python.close()
  await Promise.all([machine.close(), ...started.map((ensemble) => ensemble.close())])
  return {
    limit: machine.ratio(samples), samples: samples.filter((s) => !machine.contestants.some((c) => c.peer === s.peer)),
    absent: [...absent, ...('reason' in adams ? [adams] : []), ...python.absent],
  }
}

/** How many times as fast two workers are as one, and pairs of trajectories in a vector as single ones; at the same tolerance. */
export interface EnsembleSpeed {
  readonly name: string
  readonly twoWorkers: number | undefined
  readonly pairs: number | undefined
}

export function ensembleSpeeds(samples: readonly Sample[]): readonly EnsembleSpeed[] {
  return samples.filter((s) => OURS.test(s.peer)).map((s) => {
    const over = (from: RegExp, to: string): number | undefined => {
      const other = samples.find((o) => o.tolerance === s.tolerance && o.peer === s.peer.replace(from, to))
      return other && s.seconds / other.seconds
    }
    const slower = s.peer.includes(' wasm ') ? over(/ wasm 1$/, ' scalar 1') : undefined
    return {
      name: `${s.peer.replace(/ 1$/, '')} at ${s.tolerance}`, twoWorkers: over(/ 1$/, ' 2'), pairs: slower === undefined ? undefined : 1 / slower,
    }
  })
}
