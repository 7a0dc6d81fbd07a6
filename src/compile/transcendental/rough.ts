import { Graph } from '../graph.js'
import { type Node, type Routine, f64, giveBack, i64, set } from '../ir.js'
import { inverseFactorials } from './exponential.js'

/** In the low bits of its neighbours an integer stands as such: integers are converted by adding it. */
const SHIFT = 1.5 * 2 ** 52
const SHIFT_BITS = 0x4338000000000000n
/** Bits of √(1/2): the least significand kept below one. */
const SQRT_HALF_BITS = 0x3fe6a09e00000000n

/** 2^k for an integer-valued −1022 ≤ k ≤ 1023. */
const scale = (g: Graph, k: Node): Node =>
  g.apply('fromBits', g.apply('lshl', g.apply('bits', g.add(k, g.constant(SHIFT + 1023))), g.long(52n)))

/** log x of a positive normal x to seven digits; a large negative number for 0, a large positive one for ∞. No branch. */
export function roughLog(): Routine {
  const g = new Graph()
  const { add, sub, mul, div, read } = g
  const [x, m, k, bits] = [f64('x'), f64('m'), f64('k'), i64('bits')]
  const exponent = g.apply('lsar', g.apply('lsub', read(bits), g.long(SQRT_HALF_BITS)), g.long(52n))
  const s = div(sub(read(m), g.constant(1)), add(read(m), g.constant(1)))
  const atanh = mul(s, g.polynomial([1, 1 / 3, 1 / 5, 1 / 7], mul(s, s)))
  return {
    name: 'roughLog',
    parameters: [x],
    result: 'f64',
    body: [
      set([bits, g.apply('bits', read(x))]),
      set(
        [k, sub(g.apply('fromBits', g.apply('ladd', exponent, g.long(SHIFT_BITS))), g.constant(SHIFT))],
        [m, g.apply('fromBits', g.apply('lsub', read(bits), g.apply('lshl', exponent, g.long(52n))))],
      ),
      giveBack(add(mul(read(k), g.constant(Math.LN2)), mul(g.constant(2), atanh))),
    ],
  }
}

/** e^x to seven digits, x held within ±700. No branch. */
export function roughExp(): Routine {
  const g = new Graph()
  const { add, sub, mul, read } = g
  const [x, bounded, k, r] = [f64('x'), f64('bounded'), f64('k'), f64('r')]
  const whole = sub(add(mul(read(bounded), g.constant(Math.LOG2E)), g.constant(SHIFT)), g.constant(SHIFT))
  return {
    name: 'roughExp',
    parameters: [x],
    result: 'f64',
    body: [
      set([bounded, g.min(g.constant(700), g.max(g.constant(-700), read(x)))]),
      set([k, whole]),
      set([r, sub(read(bounded), mul(read(k), g.constant(Math.LN2)))]),
      giveBack(mul(scale(g, read(k)), g.polynomial(inverseFactorials(8), read(r)))),
    ],
  }
}
