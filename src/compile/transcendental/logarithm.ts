import { Graph } from '../graph.js'
import { type Local, type Node, type Routine, type Statement, f64, giveBack, i64, set, when } from '../ir.js'
import { LOG_TWO } from './exponential.js'
import { Pairs, inverse } from './pairs.js'

/** Bits of √(1/2), rounded down: the least mantissa range kept below one. */
const SQRT_HALF_BITS = 0x3fe6a09e00000000n

/** Statements that write positive finite x = 2^k·m with √½ ≤ m < √2; x and k are changed. */
export function decompose(g: Graph, x: Local, k: Local, m: Local): readonly Statement[] {
  const bits = i64(`${m.name}_bits`)
  const offset = g.apply('lsub', g.read(bits), g.long(SQRT_HALF_BITS))
  const exponent = g.apply('lsar', offset, g.long(52n))
  const mantissa = g.apply('lsub', g.read(bits), g.apply('lshl', exponent, g.long(52n)))
  return [
    set([k, g.constant(0)]),
    when(g.lt(g.read(x), g.constant(2 ** -1022)), [
      set([x, g.mul(g.read(x), g.constant(2 ** 54))], [k, g.constant(-54)]),
    ]),
    set([bits, g.apply('bits', g.read(x))]),
    set([k, g.add(g.read(k), g.apply('fromI64', exponent))], [m, g.apply('fromBits', mantissa)]),
  ]
}

/** Σ_{i≥0} z^i/(2i+first), the tail of the series of atanh. */
const tail = (g: Graph, z: Node, first: number, count: number): Node =>
  g.polynomial(Array.from({ length: count }, (_, i) => 1 / (2 * i + first)), z)

/**
 * log x = k log 2 + 2 atanh(s), s = f/(2+f), f = m − 1, |s| ≤ 3 − 2√2: the series of atanh to s^23 (truncation below 2^−60),
 * summed as f − f²/2 + s(f²/2 + R) so that f enters exactly (as in fdlibm's e_log.c).
 */
export function log(): Routine {
  const g = new Graph()
  const { add, sub, mul, div } = g
  const [x, k, m] = [f64('x'), f64('k'), f64('m')]
  const vx = g.read(x)
  const f = sub(g.read(m), g.constant(1))
  const s = div(f, add(g.constant(2), f))
  const z = mul(s, s)
  const series = mul(mul(g.constant(2), z), tail(g, z, 3, 11))
  const half = mul(mul(g.constant(0.5), f), f)
  const [high = 0, low = 0] = LOG_TWO
  const correction = add(mul(s, add(half, series)), mul(g.read(k), g.constant(low)))
  return {
    name: 'log',
    parameters: [x],
    result: 'f64',
    body: [
      when(g.apply('eq', vx, g.constant(0)), [giveBack(g.constant(-Infinity))]),
      when(g.lt(vx, g.constant(0)), [giveBack(g.constant(NaN))]),
      when(g.not(g.lt(vx, g.constant(Infinity))), [giveBack(vx)]),
      ...decompose(g, x, k, m),
      giveBack(sub(mul(g.read(k), g.constant(high)), sub(sub(half, correction), f))),
    ],
  }
}

/** log of 2^k·m as a pair, relative error below 2^−65. */
function logPair(g: Graph, k: Node, m: Node): { readonly high: Node; readonly low: Node } {
  const pairs = new Pairs(g)
  const { sub, mul, div } = g
  const f = sub(m, g.constant(1))
  const denominator = pairs.add(g.constant(2), f)
  const first = div(f, denominator.high)
  const back = pairs.mul(first, denominator.high)
  const rest = sub(sub(sub(f, back.high), back.low), mul(first, denominator.low))
  const s = pairs.fastAdd(first, div(rest, denominator.high))
  const z = pairs.mulPair(s, s)
  const fifth = pairs.addPair(pairs.constant(inverse(5n)), { high: mul(z.high, tail(g, z.high, 7, 10)), low: g.constant(0) })
  const third = pairs.addPair(pairs.constant(inverse(3n)), pairs.mulPair(fifth, z))
  const series = pairs.addPair({ high: g.constant(1), low: g.constant(0) }, pairs.mulPair(third, z))
  const atanh = pairs.mulPair(s, series)
  const two = g.constant(2)
  const [high = 0, low = 0] = LOG_TWO
  const scale = pairs.add(mul(k, g.constant(high)), mul(k, g.constant(low)))
  return pairs.addPair(scale, { high: mul(two, atanh.high), low: mul(two, atanh.low) })
}

/** x^y = e^(y log|x|) with the logarithm and the product carried as pairs; special cases as in C99 annex F.10.4.4. */
export function pow(): Routine {
  const g = new Graph()
  const { lt, le, and, or, abs, mul, not } = g
  const [x, y, a, k, m, sign, high, low] = [
    f64('x'), f64('y'), f64('a'), f64('k'), f64('m'), f64('sign'), f64('high'), f64('low'),
  ]
  const [vx, vy, va, vsign] = [g.read(x), g.read(y), g.read(a), g.read(sign)]
  const [zero, one, infinity] = [g.constant(0), g.constant(1), g.constant(Infinity)]
  const integer = g.apply('eq', g.apply('floor', vy), vy)
  const half = mul(vy, g.constant(0.5))
  const odd = and(and(integer, g.apply('ne', g.apply('floor', half), half)), lt(abs(vy), infinity))
  const negative = lt(g.apply('copysign', one, vx), zero)
  const logarithm = logPair(g, g.read(k), g.read(m))
  const product = new Pairs(g).mul(vy, logarithm.high)
  const vhigh = g.read(high)
  return {
    name: 'pow',
    parameters: [x, y],
    result: 'f64',
    body: [
      when(or(g.apply('eq', vy, zero), g.apply('eq', vx, one)), [giveBack(one)]),
      when(or(g.apply('ne', vx, vx), g.apply('ne', vy, vy)), [giveBack(g.add(vx, vy))]),
      set([a, abs(vx)], [sign, g.select(and(negative, odd), g.constant(-1), one)]),
      when(and(and(lt(vx, zero), not(integer)), lt(va, infinity)), [giveBack(g.constant(NaN))]),
      when(g.apply('eq', va, one), [giveBack(vsign)]),
      when(or(g.apply('eq', va, zero), le(infinity, va)), [
        giveBack(mul(vsign, g.select(g.apply('ieq', lt(vy, zero), g.apply('eq', va, zero)), infinity, zero))),
      ]),
      when(lt(g.constant(2 ** 64), abs(vy)), [
        giveBack(mul(vsign, g.select(g.apply('ieq', lt(vy, zero), lt(va, one)), infinity, zero))),
      ]),
      ...decompose(g, a, k, m),
      set([high, product.high], [low, g.add(product.low, mul(vy, logarithm.low))]),
      when(lt(g.constant(800), vhigh), [giveBack(mul(vsign, infinity))]),
      when(lt(vhigh, g.constant(-800)), [giveBack(mul(vsign, zero))]),
      giveBack(mul(vsign, g.call('exponential', vhigh, g.read(low), zero))),
    ],
  }
}
