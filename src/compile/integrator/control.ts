import type { Graph } from '../graph.js'
import { type Node, type Statement, f64, set, when } from '../ir.js'
import { type Context, V, frame, tolerance } from './context.js'
import { STATUS } from './frame.js'
import type { Index, Vector } from './vectors.js'

/** Step control of HNW I, II.4 with Gustafsson's PI term; the constants are those of Hairer's dopri5.f. */
const SAFETY = 0.9
const PI_WEIGHT = 0.04
const SHRINK = 0.2
const GROW = 10

/** Exponential and logarithm for the choice of a step size, where seven digits are plenty. */
export const roughExp = (g: Graph, x: Node): Node => g.call('roughExp', x)
export const roughLog = (g: Graph, x: Node): Node => g.call('roughLog', x)
const roughPower = (g: Graph, x: Node, exponent: number): Node => roughExp(g, g.mul(g.constant(exponent), roughLog(g, x)))

/** Least error that the PI term remembers, in units of the tolerance. */
const LEAST_REMEMBERED = 1e-4
/** What the PI term remembers of an error: its logarithm. */
export const REMEMBERED_AT_START = Math.log(LEAST_REMEMBERED)

/** The next step size after an accepted step; a step cut short by a knot does not shrink it. */
export function proposeAfterAcceptance({ g }: Context, order: number): readonly Statement[] {
  const { mul, read, abs, select } = g
  const bounded = g.max(read(V.error), g.constant(1e-10))
  const exponent = 1 / order - 0.75 * PI_WEIGHT
  const logarithm = roughLog(g, bounded)
  const change = g.sub(mul(g.constant(PI_WEIGHT), read(V.previous)), mul(g.constant(exponent), logarithm))
  const factor = mul(g.constant(SAFETY), roughExp(g, change))
  const growth = g.min(select(read(V.afterRejection), g.constant(1), g.constant(GROW)), g.max(g.constant(SHRINK), factor))
  const wanted = mul(abs(read(V.h)), growth)
  const kept = g.max(wanted, g.min(read(V.proposed), mul(read(V.proposed), growth)))
  return [
    set(
      [V.proposed, select(read(V.hits), kept, wanted)],
      [V.previous, g.max(logarithm, g.constant(REMEMBERED_AT_START))],
      [V.afterRejection, g.int(0)],
    ),
  ]
}

/** The next step size after a rejected step; a tenth if the attempt left the domain of the equation. */
export function proposeAfterRejection({ g }: Context, order: number): readonly Statement[] {
  const { mul, div, read, abs, select, lt } = g
  const factor = g.max(g.constant(0.1), div(g.constant(SAFETY), roughPower(g, read(V.error), 1 / order)))
  const finite = lt(read(V.error), g.constant(Infinity))
  return [
    set(
      [V.rejected, g.add(read(V.rejected), g.constant(1))],
      [V.afterRejection, g.int(1)],
      [V.proposed, mul(abs(read(V.h)), select(finite, factor, g.constant(0.1)))],
    ),
  ]
}

/** Root mean square of `value(i)` in units of the tolerance at y. */
function norm(c: Context, into: typeof V.error, value: (i: Index) => Node): readonly Statement[] {
  const { g } = c
  const scaled = (i: Index): Node => g.div(value(i), tolerance(c, i, g.abs(c.y.at(i))))
  return [
    ...c.v.total(into, (i) => g.mul(scaled(i), scaled(i))),
    set([into, g.sqrt(g.mul(g.read(into), g.constant(1 / Math.max(1, c.v.length))))]),
  ]
}

/** Least starting step in parts of the time: far from the origin of time shorter ones are lost to rounding. */
export const LEAST_START = 2 ** -46

/**
 * The starting step of HNW I, II.4, from the sizes of y, y′ and, by one trial step of Euler's method, y″.
 * @param rate the derivative at the start.
 * @param trial where the trial step's derivative goes.
 * @param evaluate code that computes it at a state one step ahead.
 */
export function startingStep(
  c: Context, order: number, rate: Vector, trial: Vector, evaluate: (t: Node, state: (i: Index) => Node) => readonly Statement[],
): readonly Statement[] {
  const { g } = c
  const { mul, div, abs, sub, select, lt, read } = g
  const [d0, d1, d2] = [f64('d0'), f64('d1'), f64('d2')]
  const small = g.or(lt(read(d0), g.constant(1e-5)), lt(read(d1), g.constant(1e-5)))
  const guess = select(small, g.constant(1e-6), div(mul(g.constant(0.01), read(d0)), read(d1)))
  const span = abs(sub(frame(c, 'end'), read(V.t)))
  const curvature = g.max(read(d1), read(d2))
  const refined = select(
    g.le(curvature, g.constant(1e-15)),
    g.max(g.constant(1e-6), mul(read(V.proposed), g.constant(1e-3))),
    roughPower(g, div(g.constant(0.01), curvature), 1 / order),
  )
  return [
    set([V.proposed, frame(c, 'step')]),
    when(g.and(g.le(read(V.proposed), g.constant(0)), g.apply('ieq', read(V.status), g.int(STATUS.running))), [
      ...norm(c, d0, (i) => c.y.at(i)),
      ...norm(c, d1, (i) => rate.at(i)),
      set([V.proposed, g.min(guess, span)]),
      set([V.h, mul(read(V.proposed), read(V.direction))]),
      ...evaluate(g.add(read(V.t), read(V.h)), (i) => g.add(c.y.at(i), mul(read(V.h), rate.at(i)))),
      ...norm(c, d2, (i) => sub(trial.at(i), rate.at(i))),
      set([d2, div(read(d2), read(V.proposed))]),
      set([V.proposed, g.min(mul(g.constant(100), read(V.proposed)), g.min(refined, span))]),
      when(g.not(lt(g.constant(0), read(V.proposed))), [set([V.proposed, mul(g.constant(1e-6), span)])]),
      set([V.proposed, g.max(read(V.proposed), g.min(span, mul(g.constant(LEAST_START), abs(read(V.t)))))]),
    ]),
  ]
}
