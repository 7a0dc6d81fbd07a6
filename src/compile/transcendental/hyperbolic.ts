import { Graph, type Node, type Routine, f64, giveBack, set, when } from '../ir.js'
import { inverseFactorials } from './exponential.js'
import { type Pair, Pairs } from './pairs.js'

/** sinh x for |x| ≤ 1 as x + correction: Taylor polynomial of degree 21, truncation below 2^−70. */
function sinePair(g: Graph, x: Node): Pair {
  const z = g.mul(x, x)
  const odd = inverseFactorials(22).filter((_, n) => n % 2 === 1).slice(1)
  return { high: x, low: g.mul(g.mul(x, z), g.polynomial(odd, z)) }
}

/** cosh x for |x| ≤ 1 as 1 + correction. */
function cosinePair(g: Graph, x: Node): Pair {
  const z = g.mul(x, x)
  const even = inverseFactorials(23).filter((_, n) => n % 2 === 0).slice(1)
  return { high: g.constant(1), low: g.mul(z, g.polynomial(even, z)) }
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

/** 1 − 2/(e^2a + 1) for a = |x| above 0.55, the quotient of the series below. */
export function tanh(): Routine {
  const g = new Graph()
  const [x, a, e] = [f64('x'), f64('a'), f64('e')]
  const [vx, va, ve] = [g.read(x), g.read(a), g.read(e)]
  const pairs = new Pairs(g)
  const [s, c] = [sinePair(g, vx), cosinePair(g, vx)]
  const quotient = pairs.quotient(pairs.fastAdd(s.high, s.low), pairs.fastAdd(c.high, c.low))
  const [one, two] = [g.constant(1), g.constant(2)]
  return {
    name: 'tanh',
    parameters: [x],
    result: 'f64',
    body: [
      notANumber(g, vx),
      set([a, g.abs(vx)]),
      when(g.lt(va, g.constant(2 ** -28)), [giveBack(vx)]),
      when(g.lt(va, g.constant(0.55)), [giveBack(quotient)]),
      when(g.lt(g.constant(22), va), [giveBack(g.apply('copysign', one, vx))]),
      set([e, scaledExp(g, g.mul(two, va), 0)]),
      giveBack(g.apply('copysign', g.sub(one, g.div(two, g.add(ve, one))), vx)),
    ],
  }
}
