import { Graph } from '../graph.js'
import { type Local, type Node, type Routine, type Statement, f64, giveBack, i32, i64, set, when } from '../ir.js'
import { piFixed, splitFixed } from './constants.js'
import { inverseFactorials } from './exponential.js'
import { type Pair, Pairs } from './pairs.js'
import { TWO_OVER_PI } from './table.js'

const BITS = 300
const HALF_PI = piFixed(BigInt(BITS - 1))
/** π/2 in four parts of 33 bits: products with integers below 2^20 are exact for the first three. */
const HALF_PI_PARTS = splitFixed(HALF_PI, BITS, 33, 4)
const HALF_PI_PAIR = splitFixed(HALF_PI, BITS, 53, 2)
const MANTISSA = (1n << 52n) - 1n
const WORD = 0xffffffffn

/** |x| − n·π/2 for |x| < 8·10^5 by subtraction of four parts (Cody and Waite), the errors of the subtractions kept. */
function subtractParts(g: Graph, x: Node, n: Node): Pair {
  const pairs = new Pairs(g)
  const [p1 = 0, p2 = 0, p3 = 0, p4 = 0] = HALF_PI_PARTS
  const part = (p: number): Node => g.mul(n, g.constant(p))
  const first = pairs.add(g.sub(x, part(p1)), g.neg(part(p2)))
  const second = pairs.add(first.high, g.neg(part(p3)))
  return pairs.fastAdd(second.high, g.add(first.low, g.sub(second.low, part(p4))))
}

/** The nine 32-bit limbs, least first, of mantissa × the seven words of 2/π that matter for this exponent (Payne and Hanek 1983). */
function limbs(g: Graph, mantissa: Node, words: readonly Node[]): readonly Node[] {
  const low = (v: Node): Node => g.apply('land', v, g.long(WORD))
  const high = (v: Node): Node => g.apply('lshr', v, g.long(32n))
  const times = (factor: Node): readonly Node[] => {
    let carry = g.long(0n)
    const out = words.map((w) => {
      const sum = g.apply('ladd', g.apply('lmul', w, factor), carry)
      carry = high(sum)
      return low(sum)
    })
    return [...out, carry]
  }
  const [below, above] = [times(low(mantissa)), times(high(mantissa))]
  let carry = g.long(0n)
  return Array.from({ length: 9 }, (_, i) => {
    const sum = g.apply('ladd', g.apply('ladd', below[i] ?? g.long(0n), above[i - 1] ?? g.long(0n)), carry)
    carry = high(sum)
    return low(sum)
  })
}

/** Quadrant and remainder of x = mantissa·2^exponent, exponent ≥ −33, from 128 bits of x·2/π mod 4. */
function payneHanek(g: Graph, x: Local, quadrant: Local, high: Local, low: Local): readonly Statement[] {
  const [bits, exponent, first, upper, lower] = [i64('bits'), i32('exponent'), i32('first'), i64('upper'), i64('lower')]
  const long = (op: 'ladd' | 'lor' | 'lshl' | 'lshr' | 'lsar' | 'lsub' | 'land', a: Node, b: Node): Node => g.apply(op, a, b)
  const mantissa = long('lor', long('land', g.read(bits), g.long(MANTISSA)), g.long(1n << 52n))
  const words = Array.from({ length: 7 }, (_, i) => g.apply('toI64', g.load(g.read(first), TWO_OVER_PI + 6 - i)))
  const p = limbs(g, mantissa, words)
  const limb = (i: number): Node => p[i] ?? g.long(0n)
  const wide = (i: number): Node => long('lor', long('lshl', limb(i), g.long(32n)), limb(i - 1))
  const above = g.apply('fromI32', g.apply('isub', g.read(exponent), g.int(2)))
  const position = g.apply('extend', g.apply('iand', g.apply('isub', g.read(exponent), g.int(2)), g.int(31)))
  const shifted = (a: Node, b: Node): Node =>
    long('lor', long('lshl', a, position), long('lshr', long('lshr', b, g.long(1n)), long('lsub', g.long(63n), position)))
  const turns = long('lshr', long('ladd', g.read(upper), g.long(1n << 61n)), g.long(62n))
  const fraction = long('lor', long('lshl', g.read(upper), g.long(2n)), long('lshr', g.read(lower), g.long(62n)))
  const below = long('lshl', g.read(lower), g.long(2n))
  const scaled = (v: Node, power: number): Node => g.mul(g.apply('fromI64', v), g.constant(2 ** power))
  const pairs = new Pairs(g)
  const head = pairs.add(scaled(long('lsar', fraction, g.long(32n)), -32), scaled(long('land', fraction, g.long(WORD)), -64))
  const middle = pairs.add(head.high, scaled(long('lshr', below, g.long(32n)), -96))
  const last = g.add(g.add(head.low, middle.low), scaled(long('land', below, g.long(WORD)), -128))
  const product = pairs.mulPair(pairs.fastAdd(middle.high, last), pairs.constant(HALF_PI_PAIR))
  return [
    set([bits, g.apply('bits', g.read(x))]),
    set([exponent, g.apply('isub', g.apply('wrap', long('lshr', g.read(bits), g.long(52n))), g.int(1075))]),
    // On two lanes a small argument may come along with a large one: its words must exist, its result is not used.
    set([first, g.plus(g.apply('toI32', g.max(g.apply('floor', g.mul(above, g.constant(1 / 32))), g.constant(-2))), 2)]),
    set([upper, shifted(wide(6), wide(4))], [lower, shifted(wide(4), wide(2))]),
    set([quadrant, g.apply('fromI64', turns)], [high, product.high], [low, product.low]),
  ]
}

/** Below this size of the argument four parts of π/2 are enough. */
const NEAR = 8e5

/**
 * `remainder(x, part)` for finite x ≥ `NEAR`: the quadrant n mod 4 of the nearest multiple n·π/2 for part 0, the high and low part of
 * x − n·π/2 for parts 1 and 2. It leaves no trace in memory, so that two lanes may call it.
 */
export function remainder(): Routine {
  const g = new Graph()
  const [x, part, n, high, low] = [f64('x'), f64('part'), f64('n'), f64('high'), f64('low')]
  const is = (k: number): Node => g.apply('eq', g.read(part), g.constant(k))
  return {
    name: 'remainder',
    parameters: [x, part],
    result: 'f64',
    body: [...payneHanek(g, x, n, high, low), giveBack(g.select(is(0), g.read(n), g.select(is(1), g.read(high), g.read(low))))],
  }
}

/** Statements that put the quadrant n mod 4 of finite x and x − n·π/2 as a pair into variables. */
function reduce(g: Graph, x: Node, quadrant: Local, high: Local, low: Local): readonly Statement[] {
  const [a, n] = [f64('a'), f64('n')]
  const [va, vn] = [g.read(a), g.read(n)]
  const near = subtractParts(g, va, vn)
  const modulo = (v: Node): Node => g.sub(v, g.mul(g.constant(4), g.apply('floor', g.mul(v, g.constant(0.25)))))
  const negative = g.lt(x, g.constant(0))
  const flip = (v: Node): Node => g.select(negative, g.neg(v), v)
  const far = (part: number): Node => g.call('remainder', va, g.constant(part))
  return [
    set([a, g.abs(x)]),
    when(
      g.lt(va, g.constant(NEAR)),
      [
        set([n, g.apply('floor', g.add(g.mul(va, g.constant(2 / Math.PI)), g.constant(0.5)))]),
        set([high, near.high], [low, near.low]),
      ],
      [set([n, far(0)], [high, far(1)], [low, far(2)])],
    ),
    set([quadrant, modulo(flip(vn))], [high, flip(g.read(high))], [low, flip(g.read(low))]),
  ]
}

/** sin(x+low) for |x| ≤ π/4 as leading part and correction. */
function sinePair(g: Graph, x: Node, low: Node): Pair {
  const { mul, add, sub } = g
  const z = mul(x, x)
  const odd = inverseFactorials(20).filter((_, n) => n % 2 === 1).map((c, i) => (i % 2 === 0 ? c : -c)).slice(1)
  const series = mul(mul(x, z), g.polynomial(odd, z))
  return { high: x, low: add(series, mul(low, sub(g.constant(1), mul(g.constant(0.5), z)))) }
}

/** cos(x+low) for |x| ≤ π/4 as leading part and correction. */
function cosinePair(g: Graph, x: Node, low: Node): Pair {
  const { mul, add, sub } = g
  const z = mul(x, x)
  const even = inverseFactorials(19).filter((_, n) => n % 2 === 0).map((c, i) => (i % 2 === 0 ? c : -c)).slice(2)
  const half = mul(g.constant(0.5), z)
  const high = sub(g.constant(1), half)
  const rounding = sub(sub(g.constant(1), high), half)
  return { high, low: add(rounding, sub(mul(mul(z, z), g.polynomial(even, z)), mul(x, low))) }
}

type Combine = (g: Graph, quadrant: Node, sine: Pair, cosine: Pair) => Node

/** A function of the remainder and quadrant; `tiny` is its value for |x| < 2^−27, NaN its value at infinity. */
function circular(name: string, combine: Combine, tiny: (g: Graph, x: Node) => Node): Routine {
  const g = new Graph()
  const [x, quadrant, high, low] = [f64('x'), f64('quadrant'), f64('high'), f64('low')]
  const vx = g.read(x)
  return {
    name,
    parameters: [x],
    result: 'f64',
    body: [
      when(g.not(g.lt(g.abs(vx), g.constant(Infinity))), [giveBack(g.sub(vx, vx))]),
      when(g.lt(g.abs(vx), g.constant(2 ** -27)), [giveBack(tiny(g, vx))]),
      ...reduce(g, vx, quadrant, high, low),
      giveBack(combine(g, g.read(quadrant), sinePair(g, g.read(high), g.read(low)), cosinePair(g, g.read(high), g.read(low)))),
    ],
  }
}

/** Value for quadrants 0..3 of a function that runs sine, cosine, −sine, −cosine from `phase` on. */
const rotate = (phase: number): Combine => (g, quadrant, sine, cosine) => {
  const even = (q: Node): Node => g.apply('eq', g.apply('floor', g.mul(q, g.constant(0.5))), g.mul(q, g.constant(0.5)))
  const shifted = g.add(quadrant, g.constant(phase))
  const value = g.select(even(shifted), g.add(sine.high, sine.low), g.add(cosine.high, cosine.low))
  const turned = g.apply('floor', g.mul(shifted, g.constant(0.5)))
  return g.select(g.apply('eq', turned, g.constant(1)), g.neg(value), value)
}

const tangent: Combine = (g, quadrant, sine, cosine) => {
  const pairs = new Pairs(g)
  const even = g.apply('eq', g.apply('floor', g.mul(quadrant, g.constant(0.5))), g.mul(quadrant, g.constant(0.5)))
  const [s, c] = [pairs.fastAdd(sine.high, sine.low), pairs.fastAdd(cosine.high, cosine.low)]
  const top: Pair = { high: g.select(even, s.high, c.high), low: g.select(even, s.low, c.low) }
  const bottom: Pair = { high: g.select(even, c.high, s.high), low: g.select(even, c.low, s.low) }
  const value = pairs.quotient(top, bottom)
  return g.select(even, value, g.neg(value))
}

export const sin = (): Routine => circular('sin', rotate(0), (_, x) => x)
export const cos = (): Routine => circular('cos', rotate(1), (g) => g.constant(1))
export const tan = (): Routine => circular('tan', tangent, (_, x) => x)
