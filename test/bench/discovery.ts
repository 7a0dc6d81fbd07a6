/**
 * Benchmark of the discovery of conservation laws: `npx tsx test/bench/discovery.ts [--plot FILE.svg]`, JSON on stdout.
 * 1. 100 networks drawn as in the published experiments of Marcotte, Gribonval & Peyré (2023), two to four layers: 50 linear and 50
 *    ReLU, widths 2 to 9, half of the ReLU ones with biases, in one thread; every count is compared with the literature's, and every
 *    record is verified again by the separate verifier (not part of the time).
 * 2. The growth of time and memory with the number of parameters of a ReLU network, with the exponent of the last doubling.
 */
import { writeFileSync } from 'node:fs'
import { type BatchRecord, discoverBatch, verifyRecord } from '../../src/discovery/index.js'
import { Random } from '../../src/discovery/prime.js'
import { knownCount } from '../discovery/known.js'

interface Growth {
  readonly parameters: number
  readonly seconds: number
  /** Time of this process, which a busy machine does not stretch as much. */
  readonly processorSeconds: number
  readonly megabytes: number
}

function publishedNetworks(seed: number): readonly string[] {
  const random = new Random(seed)
  const below = (n: number): number => random.bits() % n
  return Array.from({ length: 100 }, (_, i) => {
    const layers = Array.from({ length: 3 + below(3) }, () => 2 + below(8))
    return JSON.stringify({ layers, activation: i < 50 ? 'linear' : 'relu', bias: i >= 50 && below(2) === 1 })
  })
}

const isRecord = (answer: object): answer is BatchRecord => 'independent' in answer && 'layers' in answer

async function recordsOf(lines: readonly string[]): Promise<readonly BatchRecord[]> {
  const records: BatchRecord[] = []
  for await (const answer of discoverBatch(lines)) if (isRecord(answer)) records.push(answer)
  return records
}

async function published(): Promise<object> {
  const start = performance.now()
  const records = await recordsOf(publishedNetworks(2023))
  const seconds = (performance.now() - start) / 1000
  const right = records.filter((r) => r.certificate.complete && r.independent === knownCount(r)).length
  const again = performance.now()
  const verified = records.filter((r) => verifyRecord(r).valid).length
  return {
    networks: records.length, right, seconds, slowest: Math.max(...records.map((r) => r.seconds)),
    verified, verificationSeconds: (performance.now() - again) / 1000,
  }
}

async function growth(): Promise<readonly Growth[]> {
  const rows: Growth[] = []
  for (const width of [8, 12, 16, 20, 24, 28]) {
    const layers = [width, width, width, width / 2]
    const start = process.cpuUsage()
    const [record] = await recordsOf([JSON.stringify({ layers, activation: 'relu', bias: false })])
    const processorSeconds = process.cpuUsage(start).user / 1e6
    if (record !== undefined)
      rows.push({ parameters: record.parameters, seconds: record.seconds, processorSeconds, megabytes: Math.round(process.memoryUsage().rss / 1e6) })
  }
  return rows
}

/** Slope in the log–log plot between the last two rows. */
function exponent(rows: readonly Growth[]): number {
  const [a, b] = rows.slice(-2)
  return a === undefined || b === undefined ? Number.NaN : Math.log(b.processorSeconds / a.processorSeconds) / Math.log(b.parameters / a.parameters)
}

/** Seconds against parameters on logarithmic axes from 100 to 10,000 parameters and 0.01 to 100 s. */
function plot(rows: readonly Growth[]): string {
  const x = (n: number): number => 60 + 200 * (Math.log10(n) - 2)
  const y = (s: number): number => 320 - 75 * (Math.log10(s) + 2)
  const label = (at: readonly [number, number], text: string, anchor: string): string => `<text x="${at[0]}" y="${at[1]}" text-anchor="${anchor}">${text}</text>`
  const ticks = [...[100, 1000, 10_000].map((n) => label([x(n), 340], `${n}`, 'middle')), ...[0.01, 0.1, 1, 10, 100].map((s) => label([55, y(s) + 4], `${s} s`, 'end'))]
  const points = rows.map((r) => `${x(r.parameters).toFixed(1)},${y(r.seconds).toFixed(1)}`)
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" width="500" height="370" font-family="sans-serif" font-size="12">',
    '<path d="M60 20V320H460" fill="none" stroke="#888"/>', ...ticks,
    `<polyline points="${points.join(' ')}" fill="none" stroke="#0069b4" stroke-width="2"/>`,
    ...points.map((p) => `<circle cx="${p.split(',')[0] ?? ''}" cy="${p.split(',')[1] ?? ''}" r="3" fill="#0069b4"/>`),
    label([260, 362], 'parameters of a ReLU network, certified', 'middle'), '</svg>', '',
  ].join('\n')
}

const rows = await growth()
const result = { published: await published(), growth: rows, exponent: exponent(rows) }
const file = process.argv[process.argv.indexOf('--plot') + 1]
if (process.argv.includes('--plot') && file !== undefined) writeFileSync(file, plot(rows))
process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`)
