/**
 * Where the time of a network's gradient flow goes in WebAssembly, and how near its products are to the peak of 128-bit vectors.
 * Run: npx tsx test/bench/compile/networkShares.ts [plain]; plain: products and sums are rounded each, as for who imports the library in Node 20.
 */
import { fuseProducts } from '../../../src/cli/fuseProducts.js'
import { RESERVED, load } from '../../../src/compile/executable.js'
import { Graph } from '../../../src/compile/graph.js'
import { type Routine, type Statement, i32, loop, set } from '../../../src/compile/ir.js'
import { statementsIn } from '../../../src/compile/schedule.js'
import { inputsOf } from '../../../src/compile/tensor/compile.js'
import { gradientFlow } from '../../../src/compile/tensor/flow.js'
import { tensorCode } from '../../../src/compile/tensor/generate.js'
import type { Tensor } from '../../../src/compile/tensor/graph.js'
import { fusesProducts } from '../../../src/compile/wasm/engine.js'
import { compiledFlow, lossOf, solve, values } from './network.js'
import { peakOfPairs } from './peak.js'

const REPEATED = 100
const ROUNDS = 300
const METHOD = 'dop853'
const TOLERANCE = 1e-9
/** A short stretch, so that some round of it is left alone by the machine's other work. */
const T1 = 0.5

/** Multiplications and additions of the products among some statements. */
const operations = (body: readonly Statement[]): number =>
  [...statementsIn(body)].reduce((n, s) => n + (s.kind === 'product' ? 2 * s.rows * s.columns * s.depth : 0), 0)

function nameOf(t: Tensor, body: readonly Statement[]): string {
  const product = [...statementsIn(body)].find((s) => s.kind === 'product')
  if (product?.kind === 'product') return `product ${product.rows}×${product.depth}×${product.columns}`
  return `${t.kind === 'map' ? 'elementwise' : t.kind === 'largest' ? 'largest of rows' : 'sum or copy'} [${t.shape.join(', ')}]`
}

/** A routine that runs statements many times over. */
function repeatedly(g: Graph, name: string, body: readonly Statement[]): Routine {
  const [round, count] = [i32('round'), g.int(REPEATED)]
  return {
    name, parameters: [],
    body: [set([round, g.int(0)]), loop(g.apply('ilt', g.read(round), count), [...body, set([round, g.plus(g.read(round), 1)])])],
  }
}

const g = new Graph()
const { loss, parameters } = lossOf()
const flow = gradientFlow(loss, parameters)
const places = new Map<string, number>()
let free = RESERVED
for (const [name, size] of inputsOf(flow.field)) {
  places.set(name, free)
  free += size
}
if (process.argv[2] !== 'plain') fuseProducts()
const names = new Set(parameters.map((t) => (t.kind === 'input' ? t.name : '')))
const code = tensorCode(g, flow.field, {
  base: g.int(0), firstFree: free, scalar: () => undefined, isFixed: (t) => !names.has(t.name),
  input: (t) => ({ base: g.int(0), offset: places.get(t.name) ?? 0 }),
})
const parts = [
  ...code.steps.filter((s) => s.statements.length > 0).map(({ tensor, statements }) => ({ name: nameOf(tensor, statements), statements })),
  { name: 'the whole field', statements: code.statements },
]
const { entry, memory } = load({
  routines: [...parts.map((p, k) => repeatedly(g, `part${k}`, p.statements)), { name: 'setup', parameters: [], body: code.setup }],
  exported: ['setup', ...parts.map((_, k) => `part${k}`)],
}, 'wasm')
for (const [name, place] of places) memory(code.end).set(values[name] ?? [], place)
entry('setup')()

const best = parts.map(() => Infinity)
const compiled = compiledFlow(METHOD)
let [integration, evaluations] = [Infinity, 0]
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [k] of parts.entries()) {
    const start = performance.now()
    entry(`part${k}`)()
    best[k] = Math.min(best[k] ?? Infinity, (1e3 * (performance.now() - start)) / REPEATED)
  }
  const start = performance.now()
  evaluations = solve(compiled, TOLERANCE, T1).statistics.evaluations
  integration = Math.min(integration, 1e3 * (performance.now() - start))
}

const peak = peakOfPairs()
const whole = best.at(-1) ?? NaN
const step = integration / evaluations
const line = (name: string, microseconds: number, flops = 0): void => console.log(
  `${name.padEnd(28)}${microseconds.toFixed(2).padStart(8)} µs${((100 * microseconds) / step).toFixed(0).padStart(5)} %` +
  (flops === 0 ? '' : `${(flops / microseconds / 1e3).toFixed(1).padStart(8)} GFLOP/s, ${((100 * flops) / microseconds / 1e3 / peak).toFixed(0)} % of peak`))
console.log(`${METHOD} at ${TOLERANCE} to t = ${T1}: ${(integration / 1e3).toFixed(2)} ms, ${evaluations} evaluations; fused products: ${fusesProducts() ? 'yes' : 'no'}; ` +
  `peak of 128-bit vectors ${peak.toFixed(1)} GFLOP/s`)
for (const [k, { name, statements }] of parts.entries()) line(name, best[k] ?? NaN, operations(statements))
line('integrator around it', step - whole)
line('one evaluation with its step', step)
