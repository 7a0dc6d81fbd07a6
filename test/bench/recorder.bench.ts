/**
 * What recording costs: processor time of the same digits run with all measures of all its symmetries, in memory and on disk, against none.
 * Runs alternate, and the least time of each kind counts, so that other load on the machine counts little.
 * Run: npx tsx test/bench/recorder.bench.ts [rounds]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildNetwork, inferSymmetries } from '../../src/network/index.js'
import { type Measure, type TrainOptions, loadData, train } from '../../src/training/index.js'
import { momentum } from '../training/setting.js'

const network = buildNetwork({ input: 64, layers: [{ dense: 32 }, 'batchnorm', 'relu', { dense: 16 }, 'relu', { dense: 10 }] })
const vectors = ['theta', 'g', 'v']

/** Charges and drives of momentum: all contractions of θ, g and v, for a translation those with the indicator. */
const measures = inferSymmetries(network).flatMap((symmetry) =>
  Object.keys(symmetry.sets).flatMap((set) => {
    const base = { symmetry, set, mode: 'diagonal' } as const
    const name = `${symmetry.name} ${set}`
    if (symmetry.family === 'translation') return vectors.map((left): Measure => Object.assign({ id: `${name} ${left}`, left }, base))
    const pairs = vectors.flatMap((left, i) => vectors.slice(i).map((right) => ({ left, right })))
    return pairs.map(({ left, right }): Measure => Object.assign({ id: `${name} ${left} ${right}`, left, right }, base))
  }),
)
const options: TrainOptions = {
  network,
  data: loadData('digits'),
  rule: momentum,
  hyperparameters: { eta: 0.05, beta: 0.9, lambda: 1e-4 },
  steps: 1500,
  batchSize: 64,
}
const directory = mkdtempSync(join(tmpdir(), 'noether-bench-'))
const kinds: readonly (readonly [string, Partial<TrainOptions>])[] = [
  ['nothing recorded', {}],
  ['in memory', { measures }],
  ['on disk', { measures, directory, existing: 'replace' }],
]
const best = new Map<string, number>()
await train({ ...options, measures })
for (let round = 0; round < Number(process.argv[2] ?? 5); round++)
  for (const [kind, changes] of kinds) {
    const start = process.cpuUsage()
    const { seconds, backend, testAccuracy } = await train({ ...options, ...changes })
    const { user, system } = process.cpuUsage(start)
    best.set(kind, Math.min((user + system) / 1e6, best.get(kind) ?? Infinity))
    if (round === 0) console.log(`${kind}: ${backend}, ${(1500 / seconds).toFixed(0)} steps/s, test accuracy ${(100 * testAccuracy).toFixed(1)} %`)
  }
rmSync(directory, { recursive: true })
const plain = best.get('nothing recorded') ?? Number.NaN
for (const [kind, seconds] of best)
  console.log(`${kind}: ${((1000 * seconds) / 1500).toFixed(3)} ms of processor time a step, ${(100 * (seconds / plain - 1)).toFixed(1)} % over none`)
console.log(`${measures.length} measures`)
