import { double, name, section, signed, sized, unsigned, vector, PREAMBLE } from '../../../src/compile/wasm/bytes.js'
import { fusesProducts, instantiate } from '../../../src/compile/wasm/engine.js'
import { FUNCTION_TYPE, FUSED, INSTRUCTION as I, NUMERIC, PAIR, PAIRWISE, VALUE_TYPE } from '../../../src/compile/wasm/opcodes.js'

/** Sums that do not wait for each other: more than latency times throughput of a multiplication on machines of today. */
const CHAINS = 12
const UNROLLED = 8
const ROUNDS = 20_000

/** Billions of operations a second that pairs of doubles reach in WebAssembly where nothing is loaded: z ← z + x·y on independent z. */
export function peakOfPairs(): number {
  const [factor, first, counter] = [0, 1, 1 + CHAINS]
  const update = (z: number): readonly number[] => fusesProducts()
    ? [I.localGet, factor, I.localGet, factor, I.localGet, z, ...FUSED.add, I.localSet, z]
    : [I.localGet, z, I.localGet, factor, I.localGet, factor, ...(PAIRWISE.mul ?? []), ...(PAIRWISE.add ?? []), I.localSet, z]
  const chains = Array.from({ length: CHAINS }, (_, k) => first + k)
  const sum = chains.flatMap((z, k) => [I.localGet, z, ...PAIR.extract, 0, ...(k > 0 ? NUMERIC.add : [])])
  const code = [
    ...vector([[...unsigned(1 + CHAINS), VALUE_TYPE.v128], [1, VALUE_TYPE.i32]]),
    I.f64Const, ...double(0.5), ...PAIR.splat, I.localSet, factor,
    I.i32Const, ...signed(0), I.localSet, counter,
    I.loop, I.emptyType,
    ...Array.from({ length: UNROLLED }, () => chains.flatMap(update)).flat(),
    I.localGet, counter, I.i32Const, 1, ...NUMERIC.iadd, I.localTee, counter,
    I.i32Const, ...signed(ROUNDS), ...NUMERIC.ilt, I.brIf, 0, I.end,
    ...sum, I.end,
  ]
  const { entry } = instantiate(Uint8Array.from([
    ...PREAMBLE, ...section(1, vector([[FUNCTION_TYPE, 0, 1, VALUE_TYPE.f64]])), ...section(3, vector([[0]])),
    ...section(5, vector([[0, 1]])), ...section(7, vector([[...name('memory'), 2, 0], [...name('run'), 0, 0]])),
    ...section(10, vector([sized(code)])),
  ]))
  let best = Infinity
  for (let k = 0; k < 30; k += 1) {
    const start = performance.now()
    entry('run')()
    best = Math.min(best, performance.now() - start)
  }
  return (ROUNDS * UNROLLED * CHAINS * 4) / best / 1e6
}
