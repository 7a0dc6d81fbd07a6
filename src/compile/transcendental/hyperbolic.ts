import { Graph } from '../graph.js'
import { type Node, type Routine, f64, giveBack, set, when } from '../ir.js'
import { inverseFactorials, splitPade } from './exponential.js'
import type { Pair } from './pairs.js'

/** sinh x for |x| ≤ 1 as x + correction: Taylor polynomial of degree 21, truncation below 2^−70. */
function sinePair(g: Graph, x: Node): Pair {
  const z = g.mul(x, x)
  const odd = inverseFactorials(22).filter((_, n) => n % 2 === 1).slice(1)
  return { high: x, low: g.mul(g.mul(x, z), g.polynomial(odd, z)) }
}

/** e^a·2^shift. */
const scaledExp = (g: Graph, a: Node, shift: number): Node => g.call('exponential', a, g.constant(0), g.constant(shift))
const notANumber = (g: Graph, x: Node): ReturnType<typeof when> => when(g.apply('ne', x, x), [giveBack(x)])

/** (e^a − e^−a)/2 for a = |x| ≥ 1, its series below. */
export function sinh(): Routine {
  const g = new Graph()
  const [x, a, e] = [f64('x'), f64('a'), f64('e')]
  const [vx, va, ve] = [g.read(x), g.read(a), g.read(e)]
  const series = sinePair(g, vx)
  const signed = (v: Node): Node => g.apply('copysign', v, vx)
  return {
    name: 'sinh',
    parameters: [x],
    result: 'f64',
    body: [
      notANumber(g, vx),
      set([a, g.abs(vx)]),
      when(g.lt(va, g.constant(1)), [giveBack(g.add(series.high, series.low))]),
      set([e, scaledExp(g, va, -1)]),
      when(g.lt(g.constant(22), va), [giveBack(signed(ve))]),
      giveBack(signed(g.sub(ve, g.div(g.constant(0.25), ve)))),
    ],
  }
}

export function cosh(): Routine {
  const g = new Graph()
  const [x, a, e] = [f64('x'), f64('a'), f64('e')]
  const [vx, va, ve] = [g.read(x), g.read(a), g.read(e)]
  return {
    name: 'cosh',
    parameters: [x],
    result: 'f64',
    body: [
      notANumber(g, vx),
      set([a, g.abs(vx)]),
      set([e, scaledExp(g, va, -1)]),
      when(g.lt(g.constant(22), va), [giveBack(ve)]),
      giveBack(g.add(ve, g.div(g.constant(0.25), ve))),
    ],
  }
}

/** From this |x| on asinh x is log 2|x| to rounding. */
const LARGE = 2 ** 28

/** With a = |x|: log(1 + y) of y = a + a²/(1 + √(1 + a²)), as log w + (y − (w − 1))/w for w = 1 + y in floating point (fdlibm, s_asinh.c). */
export function asinh(): Routine {
  const g = new Graph()
  const { add, sub, mul, div, read } = g
  const [x, a, y, w] = [f64('x'), f64('a'), f64('y'), f64('w')]
  const one = g.constant(1)
  const square = mul(read(a), read(a))
  const signed = (v: Node): Node => g.apply('copysign', v, read(x))
  return {
    name: 'asinh',
    parameters: [x],
    result: 'f64',
    body: [
      set([a, g.abs(read(x))]),
      when(g.le(g.constant(LARGE), read(a)), [giveBack(signed(add(g.call('log', read(a)), g.constant(Math.LN2))))]),
      set([y, add(read(a), div(square, add(one, g.sqrt(add(one, square)))))]),
      set([w, add(one, read(y))]),
      giveBack(signed(add(g.call('log', read(w)), div(sub(read(y), sub(read(w), one)), read(w))))),
    ],
  }
}

/** Below this |x| tanh is computed as x + x³P(x²)/Q(x²), above as 1 − 2/(e^2|x| + 1) (Cody and Waite 1980). */
const SMALL = 0.625
/** Coefficients of P and Q (Moshier, Cephes, tanh.c; relative error below 2^−56), lowest power first. */
const NUMERATOR = [-1614.6876844170845, -99.28772310019185, -0.9643991794250523]
const DENOMINATOR = [4844.063053251255, 2235.4883906010045, 112.81167849163293, 1]

/** Without a branch, so that it is as good on many lanes: both forms share the division. */
export function tanh(): Routine {
  const g = new Graph()
  const [x, a, small] = [f64('x'), f64('a'), f64('small')]
  const { read, mul, add, select } = g
  const constant = (value: number): Node => g.constant(value)
  const square = mul(read(a), read(a))
  const { falling, rising } = splitPade(g, mul(constant(2), g.min(read(a), constant(22))))
  const isSmall = g.lt(read(a), constant(SMALL))
  const above = select(isSmall, mul(mul(read(a), square), g.polynomial(NUMERATOR, square)), mul(constant(-2), falling))
  const below = select(isSmall, g.polynomial(DENOMINATOR, square), add(rising, falling))
  return {
    name: 'tanh',
    parameters: [x],
    result: 'f64',
    body: [
      set([a, g.abs(read(x))]),
      set([small, select(isSmall, read(a), constant(1))]),
      giveBack(g.apply('copysign', add(read(small), g.div(above, below)), read(x))),
    ],
  }
}
