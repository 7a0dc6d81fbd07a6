/**
 * Benchmark of the discovery of conservation laws: `npx tsx test/bench/discovery.ts [--json]`.
 * 1. 100 networks drawn as in the published experiments of Marcotte, Gribonval & Peyré (2023), two to four layers: 50 linear and 50
 *    ReLU, widths 2 to 9, half of the ReLU ones with biases; every count is compared with the closed form.
 * 2. The growth of time and memory with the number of parameters of a ReLU network.
 */
import { type BatchRecord, discoverBatch } from '../../src/discovery/index.js'
import { Random } from '../../src/discovery/prime.js'
import { knownCount } from '../discovery/known.js'

export function publishedNetworks(seed: number): readonly string[] {
  const random = new Random(seed)
  const below = (n: number): number => random.bits() % n
  return Array.from({ length: 100 }, (_, i) => {
    const layers = Array.from({ length: 3 + below(3) }, () => 2 + below(8))
    return JSON.stringify({ layers, activation: i < 50 ? 'linear' : 'relu', bias: i >= 50 && below(2) === 1 })
  })
}

const isRecord = (answer: object): answer is BatchRecord => 'independent' in answer

async function published(): Promise<{ seconds: number; wrong: number; slowest: number }> {
  const start = performance.now()
  let [wrong, slowest] = [0, 0]
  for await (const answer of discoverBatch(publishedNetworks(2023))) {
    if (!isRecord(answer) || !answer.certificate.complete || answer.independent !== knownCount(answer)) wrong += 1
    else slowest = Math.max(slowest, answer.seconds)
  }
  return { seconds: (performance.now() - start) / 1000, wrong, slowest }
}

async function growth(): Promise<readonly { parameters: number; seconds: number; megabytes: number }[]> {
  const rows: { parameters: number; seconds: number; megabytes: number }[] = []
  for (const width of [8, 11, 16, 20, 24]) {
    const line = JSON.stringify({ layers: [width, width, width, width / 2], activation: 'relu', bias: false }).replace('.5', '')
    for await (const answer of discoverBatch([line]))
      if (isRecord(answer)) rows.push({ parameters: answer.parameters, seconds: answer.seconds, megabytes: Math.round(process.memoryUsage().rss / 1e6) })
  }
  return rows
}

const result = { published: await published(), growth: await growth() }
process.stdout.write(`${JSON.stringify(result, undefined, process.argv.includes('--json') ? 0 : 2)}\n`)
