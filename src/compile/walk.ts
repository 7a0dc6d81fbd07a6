import { sym } from '../algebra/build.js'
import { Graph } from './graph.js'
import { type Node, type Routine, f64, giveBack, i32, loop, set, toMemory, when } from './ir.js'
import { Lowering } from './lower.js'
import { STEP, type StochasticMethod, type StochasticSystem, dW, dZ } from './methods/stochastic.js'

/** Positions of the input of `walk` whose memory begins at `base`, for so many parameters. */
export const walkLayout = (base: number, parameters: number): Readonly<Record<'start' | 'step' | 'parameters' | 'increments', number>> =>
  ({ start: base, step: base + 1, parameters: base + 2, increments: base + 2 + parameters })

/**
 * `walk(steps)`: the path of the one-step map; memory holds t0, h, parameters, then ΔW, ΔZ of each motion, then the states step by step.
 * @param base position of the first of these.
 * @throws InputError if the noise is not of the kind the method needs.
 */
export function walkRoutine(s: StochasticSystem, parameters: readonly string[], method: StochasticMethod, base: number): Routine {
  const g = new Graph()
  const [steps, k, now, out, finite] = [i32('steps'), i32('k'), f64('now'), i32('out'), f64('finite')]
  const motions = s.diffusion[0]?.length ?? 0
  const at = walkLayout(base, parameters.length)
  const first = at.increments
  const increments = (which: number): Node => g.load(g.plus(g.read(k), g.apply('imul', g.int(which), g.read(steps))), first)
  const y = s.states.map((_, i) => f64(`y_${i}`))
  const names = new Map([
    [sym(s.time), g.read(now)] as const, [STEP, g.load(g.int(at.step))] as const,
    ...parameters.map((name, i) => [sym(name), g.load(g.int(at.parameters + i))] as const),
    ...s.states.map((name, i) => [sym(name), g.read(y[i] ?? now)] as const),
    ...Array.from({ length: motions }, (_, j) => [[dW(j), increments(2 * j)] as const, [dZ(j), increments(2 * j + 1)] as const]).flat(),
  ])
  const lowering = new Lowering(g, (quantity) => names.get(quantity))
  const next = method.step(s).map((e) => lowering.lower(e))
  const row = g.plus(g.read(out), g.apply('imul', g.read(k), g.int(y.length)))
  const size = g.sum(y.map((v) => g.abs(g.read(v))))
  return {
    name: 'walk',
    parameters: [steps],
    result: 'i32',
    body: [
      set([k, g.int(0)], [out, g.plus(g.apply('imul', g.int(2 * motions), g.read(steps)), first)], [finite, g.constant(0)]),
      set(...y.map((v, i) => [v, g.load(g.read(out), i)] as const)),
      loop(g.and(g.apply('ilt', g.read(k), g.read(steps)), g.lt(g.read(finite), g.constant(Infinity))), [
        set([now, g.add(g.load(g.int(at.start)), g.mul(g.apply('fromI32', g.read(k)), g.load(g.int(at.step))))]),
        set(...y.map((v, i) => [v, next[i] ?? g.constant(NaN)] as const)),
        set([finite, size]),
        when(g.lt(g.read(finite), g.constant(Infinity)), [
          set([k, g.plus(g.read(k), 1)]),
          set(...y.map((v, i) => [toMemory(row, i), g.read(v)] as const)),
        ], [set([finite, g.constant(Infinity)])]),
      ]),
      giveBack(g.read(k)),
    ],
  }
}
