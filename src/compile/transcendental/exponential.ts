import { Graph } from '../graph.js'
import { type Node, type Routine, f64, giveBack, set, when } from '../ir.js'
import { logTwoFixed, splitFixed } from './constants.js'

const BITS = 200
/** log 2 in two parts, the first short enough for exact products with any exponent. */
export const LOG_TWO = splitFixed(logTwoFixed(BigInt(BITS)), BITS, 40, 2)

/** 1/n! for n = 0..count−1. */
export function inverseFactorials(count: number): readonly number[] {
  let factorial = 1
  return Array.from({ length: count }, (_, n) => {
    factorial *= Math.max(1, n)
    return 1 / factorial
  })
}

/** 2^k for −1022 ≤ k ≤ 1023, k an integer-valued double. */
export function powerOfTwo(g: Graph, k: Node): Node {
  return g.apply('fromBits', g.apply('lshl', g.apply('toI64', g.add(k, g.constant(1023))), g.long(52n)))
}

/**
 * `exponential(x, low, shift)` = e^(x+low)·2^shift for |low| small against 1: x = k log 2 + r with |r| ≤ log(2)/2
 * (Cody and Waite 1980), Taylor polynomial of degree 13 (truncation below 2^−58), then two scalings so that results may be subnormal.
 */
export function exponential(): Routine {
  const g = new Graph()
  const { add, sub, mul } = g
  const [x, low, shift, k, r, c, y, half] = [f64('x'), f64('low'), f64('shift'), f64('k'), f64('r'), f64('c'), f64('y'), f64('half')]
  const [vx, vk, vr, vy, vhalf] = [g.read(x), g.read(k), g.read(r), g.read(y), g.read(half)]
  const [logHigh = 0, logLow = 0] = LOG_TWO
  const high = sub(vx, mul(vk, g.constant(logHigh)))
  const rest = mul(vk, g.constant(logLow))
  const reduced = sub(high, rest)
  const tail = g.polynomial(inverseFactorials(14).slice(2), vr)
  const total = add(vk, g.read(shift))
  const growth = add(vr, mul(mul(vr, vr), tail))
  return {
    name: 'exponential',
    parameters: [x, low, shift],
    result: 'f64',
    body: [
      when(g.apply('ne', vx, vx), [giveBack(vx)]),
      when(g.lt(g.constant(1500), vx), [giveBack(g.constant(Infinity))]),
      when(g.lt(vx, g.constant(-1500)), [giveBack(g.constant(0))]),
      set([k, g.apply('floor', add(mul(vx, g.constant(Math.LOG2E)), g.constant(0.5)))]),
      set([r, reduced], [c, add(sub(sub(high, reduced), rest), g.read(low))]),
      set([y, add(g.constant(1), add(growth, add(g.read(c), mul(g.read(c), growth))))], [k, total]),
      when(g.lt(g.constant(1025), vk), [giveBack(g.constant(Infinity))]),
      when(g.lt(vk, g.constant(-1100)), [giveBack(g.constant(0))]),
      set([half, g.apply('floor', mul(vk, g.constant(0.5)))]),
      giveBack(mul(mul(vy, powerOfTwo(g, vhalf)), powerOfTwo(g, sub(vk, vhalf)))),
    ],
  }
}

/** Adding it rounds a double below 2^51 to an integer, which then stands in the low bits. */
const ROUNDER = 1.5 * 2 ** 52
const EXPONENT_BIAS = 1023
const SIGNIFICAND_BITS = 52n

/** The nearest integer to x, |x| < 2^51. */
const nearest = (g: Graph, x: Node): Node => g.sub(g.add(x, g.constant(ROUNDER)), g.constant(ROUNDER))
/** 2^k for an integer-valued −1022 ≤ k ≤ 1023 without a conversion: the sum's low bits are shifted to where the exponent stands. */
const scaleOf = (g: Graph, k: Node): Node =>
  g.apply('fromBits', g.apply('lshl', g.apply('bits', g.add(k, g.constant(ROUNDER + EXPONENT_BIAS))), g.long(SIGNIFICAND_BITS)))

/** e^x = 2^k·significand with |x − k log 2| ≤ log(2)/2 (Cody and Waite 1980; Taylor polynomial of degree 13), without a branch. */
function splitExp(g: Graph, x: Node): { readonly k: Node; readonly significand: Node } {
  const { add, sub, mul } = g
  const [logHigh = 0, logLow = 0] = LOG_TWO
  const k = nearest(g, mul(x, g.constant(Math.LOG2E)))
  const high = sub(x, mul(k, g.constant(logHigh)))
  const low = mul(k, g.constant(logLow))
  const r = sub(high, low)
  const lost = sub(sub(high, r), low)
  const square = mul(r, r)
  const growth = add(r, add(lost, mul(square, evenOdd(g, inverseFactorials(14).slice(2), r, square))))
  return { k, significand: add(g.constant(1), growth) }
}

/** Coefficients of P and Q in e^r = (Q(r²) + r P(r²))/(Q(r²) − r P(r²)), |r| ≤ log(2)/2 (Moshier, Cephes, exp.c), lowest power first. */
const PADE = {
  odd: [1, 0.030299440770744195, 0.00012617719307481058],
  even: [2, 0.22726554820815503, 0.002524483403496841, 0.000003001985051386645],
}

/** e^x as a quotient rising/falling without a division, for |x| < 700. */
export function splitPade(g: Graph, x: Node): { readonly rising: Node; readonly falling: Node } {
  const { add, sub, mul } = g
  const [logHigh = 0, logLow = 0] = LOG_TWO
  const k = nearest(g, mul(x, g.constant(Math.LOG2E)))
  const r = sub(sub(x, mul(k, g.constant(logHigh))), mul(k, g.constant(logLow)))
  const square = mul(r, r)
  const [odd, even] = [mul(r, g.polynomial(PADE.odd, square)), g.polynomial(PADE.even, square)]
  return { rising: mul(scaleOf(g, k), add(even, odd)), falling: sub(even, odd) }
}

/** A polynomial as even part plus x times odd part: half as long a chain of dependent operations as Horner's rule. */
function evenOdd(g: Graph, coefficients: readonly number[], x: Node, square: Node): Node {
  const part = (parity: number): Node => g.polynomial(coefficients.filter((_, n) => n % 2 === parity), square)
  return g.add(part(0), g.mul(x, part(1)))
}

/** e^x for every double, without a branch, so that it is as good on many lanes. Two scalings, since the result may be subnormal. */
export function exp(): Routine {
  const g = new Graph()
  const [x, bounded, k, half, y] = [f64('x'), f64('bounded'), f64('k'), f64('half'), f64('y')]
  const { read, mul, sub } = g
  const parts = splitExp(g, read(bounded))
  return {
    name: 'exp',
    parameters: [x],
    result: 'f64',
    body: [
      set([bounded, g.max(g.min(read(x), g.constant(710)), g.constant(-746))]),
      set([k, parts.k], [y, parts.significand]),
      set([half, nearest(g, mul(read(k), g.constant(0.5)))]),
      giveBack(mul(mul(read(y), scaleOf(g, read(half))), scaleOf(g, sub(read(k), read(half))))),
    ],
  }
}
