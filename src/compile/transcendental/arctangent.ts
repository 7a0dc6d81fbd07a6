import { Graph } from '../graph.js'
import { type Routine, f64, giveBack, i32, set, when } from '../ir.js'
import { piFixed, splitFixed } from './constants.js'
import { ARC_TANGENTS } from './table.js'

const HALF_PI = splitFixed(piFixed(199n), 200, 53, 2)
/** Terms of the series; the reduced argument is at most 3/16, so truncation stays below 2^−62. */
const TERMS = 12

/**
 * With u = |x| or 1/|x|, whichever is at most 1, and c = k/8 next to u (0 below 3/16): atan u = atan c + atan((u − c)/(1 + uc)).
 * The tabulated atan c has two parts; above 1, atan x = π/2 − atan(1/x).
 */
export function atan(): Routine {
  const g = new Graph()
  const { add, sub, mul, div, select } = g
  const [x, a, k, t] = [f64('x'), f64('a'), f64('k'), f64('t')]
  const row = i32('row')
  const [vx, va, vk, vt] = [g.read(x), g.read(a), g.read(k), g.read(t)]
  const one = g.constant(1)
  const large = g.lt(one, va)
  const nearest = g.apply('floor', add(mul(g.constant(8), select(large, div(one, va), va)), g.constant(0.5)))
  const c = mul(vk, g.constant(0.125))
  const reduced = select(large, div(sub(one, mul(c, va)), add(va, c)), div(sub(va, c), add(one, mul(va, c))))
  const z = mul(vt, vt)
  const coefficients = Array.from({ length: TERMS }, (_, i) => (i % 2 === 0 ? -1 : 1) / (2 * i + 3))
  const series = mul(mul(vt, z), g.polynomial(coefficients, z))
  const [tableHigh, tableLow] = [g.load(g.read(row), ARC_TANGENTS), g.load(g.read(row), ARC_TANGENTS + 1)]
  const tail = add(series, tableLow)
  const small = add(tableHigh, add(vt, tail))
  const [piHigh = 0, piLow = 0] = HALF_PI
  const inverted = sub(g.constant(piHigh), sub(tableHigh, sub(g.constant(piLow), add(vt, tail))))
  return {
    name: 'atan',
    parameters: [x],
    result: 'f64',
    body: [
      when(g.apply('ne', vx, vx), [giveBack(vx)]),
      set([a, g.abs(vx)]),
      when(g.lt(va, g.constant(2 ** -28)), [giveBack(vx)]),
      when(g.lt(g.constant(2 ** 60), va), [giveBack(g.apply('copysign', g.constant(piHigh), vx))]),
      set([k, nearest]),
      when(g.lt(vk, g.constant(1.5)), [set([k, g.constant(0)])]),
      set([row, g.apply('toI32', mul(g.constant(2), vk))], [t, reduced]),
      giveBack(g.apply('copysign', select(large, inverted, small), vx)),
    ],
  }
}
