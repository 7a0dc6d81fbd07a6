import { type Local, type Node, type Routine, type Statement, f64, i32, loop, set, when } from '../ir.js'
import { branches } from '../switches.js'
import { ARGUMENT, type Context, V, increment, tolerance } from './context.js'
import { roughExp, roughLog } from './control.js'
import { LoopedExpansion } from './expansion.js'
import { lookouts } from './lookouts.js'
import type { Method } from './method.js'
import { Series } from './series.js'
import { Sides } from './sides.js'
import type { Index, Vector } from './vectors.js'

/**
 * Order for a relative tolerance: with n = 1 − ln(tolerance)/2 the step is 1/e² of the radius of convergence, which costs least
 * (Jorba and Zou, 2005, §3.2).
 */
export const taylorOrder = (rtol: number): number => Math.max(4, Math.ceil(1 - Math.log(Math.max(rtol, 2 ** -52)) / 2))

/** Places of a step where switches are looked at, and halvings of the part between two of them. */
const LOOKS = 4
const BISECTIONS = 53
/** Least step, in parts of the time, that a radius of convergence may ask for: a singularity closer than that is stepped over. */
const LEAST = 2 ** -46
/** How far before a lookout the series is compared with the rates, in steps: behind a jump right there it need not hold. */
const SHORT_OF = 2 ** -40
/** Whether a switch turns in the step. */
const TURNED = i32('turned')
/** How much the ratios of consecutive coefficients may differ at the end of the series for the step that they tell to be trusted. */
const REGULAR = 30
/** Whether they do not differ so much; not where one vanishes. */
const TRUSTED = i32('trusted')

/**
 * Taylor's method: the coefficients of the solution from recurrences generated from the right-hand side; the step from the size
 * of the last two; the polynomial itself as dense output. Nothing is rejected.
 */
export class TaylorMethod implements Method {
  readonly errorOrder = undefined
  readonly adaptive = true
  /** y^[1] … y^[order]. */
  private readonly coefficients: readonly Vector[]
  private readonly looped: LoopedExpansion | undefined
  private readonly offset = f64('offset')
  private readonly sides: Sides
  /** Whether the series may go on where the rates do not: through zero under a root. */
  private readonly branches: boolean
  /** The rates at the end of a step, where the series is compared with them. */
  private readonly seen: Vector

  /** Where vectors are looped over, so are the recurrences. */
  constructor(private readonly c: Context, private readonly order: number) {
    this.looped = c.v.storage === 'loops'
      ? new LoopedExpansion(c.g, c.v, ARGUMENT.base, order, c.y, c.g.read(V.t), this.rates())
      : undefined
    this.sides = new Sides(c)
    this.branches = branches(c.rhs.system.rhs)
    this.seen = c.v.make('seen')
    this.coefficients = Array.from({ length: order }, (_, k) => this.looped?.coefficient(k + 1) ?? c.v.make(`c${k + 1}`))
  }

  get routines(): readonly Routine[] {
    return this.looped?.routines ?? []
  }

  private rates(): readonly Node[] {
    const { rhs, g, y } = this.c
    return rhs.values(rhs.system.rhs, g.read(V.t), (i) => y.at(i))
  }

  private coefficient(k: number): Vector {
    const vector = this.coefficients[k - 1]
    if (vector === undefined) throw new RangeError(`no coefficient ${k}`)
    return vector
  }

  start(): readonly Statement[] {
    return this.c.v.total(V.error, (i) => this.c.g.abs(this.c.y.at(i)))
  }

  firstStep(): readonly Statement[] {
    return []
  }

  /** All coefficients at y as nodes [order − 1][state]. */
  private expansion(): readonly (readonly Node[])[] {
    const { g, v, y } = this.c
    const indices = Array.from({ length: v.length }, (_, i) => i)
    const states = new Map(indices.map((i) => [y.at(i), i]))
    const time = g.read(V.t)
    const rates = this.rates()
    const solution: (Node | undefined)[][] = indices.map((i) => [y.at(i)])
    const series = new Series(g, (node, k) => {
      if (node === time) return k === 0 ? node : k === 1 ? g.constant(1) : undefined
      const i = states.get(node)
      return i === undefined ? 'none' : solution[i]?.[k]
    })
    for (let k = 1; k <= this.order; k += 1) {
      const next = rates.map((rate) => series.at(rate, k - 1))
      for (const [i, c] of next.entries()) solution[i]?.push(c === undefined ? undefined : g.mul(g.constant(1 / k), c))
    }
    return Array.from({ length: this.order }, (_, k) => solution.map((s) => s[k + 1] ?? g.constant(0)))
  }

  /** The largest component of a vector. */
  private largest(into: Local, component: (i: Index) => Node): readonly Statement[] {
    const { g, v } = this.c
    if (v.storage !== 'loops')
      return [set([into, Array.from({ length: v.length }, (_, i) => component(i)).reduce((a, b) => g.max(a, b), g.constant(0))])]
    return [set([into, g.constant(0)]), ...v.counted(v.length, (i) => [set([into, g.max(g.read(into), component(i))])])]
  }

  /** The largest coefficient of one order in units of the tolerance. */
  private largestCoefficient(into: Local, k: number, size: Node): readonly Statement[] {
    const { g } = this.c
    return this.largest(into, (i) => g.div(g.abs(this.coefficient(k).at(i)), tolerance(this.c, i, size)))
  }

  /**
   * The coefficients and the step: what is left out meets the tolerances, and the step lies within the radius of convergence that the last
   * coefficients tell. Where these are far below the tolerances, as ahead of a pulse, the former alone does not see to that. A series with gaps,
   * as that of 1/(1 + t⁴) at 0, has last coefficients that vanish or tell too long a step: it is not trusted.
   */
  prepareStep(): readonly Statement[] {
    const { g } = this.c
    const { read, lt } = g
    const [scale, last, before, sum] = [f64('state_size'), f64('last_size'), f64('before_size'), f64('coefficient_sum')]
    const [third, fourth] = [f64('third_size'), f64('fourth_size')]
    const n = this.order
    const root = (x: Node, k: number): Node => g.mul(g.constant(-1 / k), roughLog(g, x))
    const accurate = roughExp(g, g.sub(g.min(root(read(last), n), root(read(before), n - 1)), g.constant(0.7 / (n - 1))))
    /** The greater of two estimates of the radius by a coefficient beside those one and two orders below, of which one may vanish. */
    const radius = (of: Local, below: Local, lower: Local): Node => g.select(
      g.and(lt(g.constant(0), read(of)), lt(g.constant(0), g.max(read(below), read(lower)))),
      g.max(g.div(read(below), read(of)), g.sqrt(g.div(read(lower), read(of)))), g.constant(Infinity))
    const converging = g.min(radius(last, before, third), radius(before, third, fourth))
    const size = g.min(accurate, g.max(converging, g.mul(g.constant(LEAST), g.abs(read(V.t)))))
    const regular = (above: Local, middle: Local, below: Local): Node => {
      const [square, ends] = [g.mul(read(middle), read(middle)), g.mul(read(above), read(below))]
      return g.and(lt(square, g.mul(g.constant(REGULAR), ends)), lt(ends, g.mul(g.constant(REGULAR), square)))
    }
    const bothVanish = g.and(g.apply('eq', read(last), g.constant(0)), g.apply('eq', read(before), g.constant(0)))
    return [
      ...(this.looped?.statements() ??
        [set(...this.expansion().flatMap((row, k) => row.map((value, i) => [this.coefficient(k + 1).place(i), value] as const)))]),
      set(increment(this.c, V.evaluations)),
      ...this.largest(scale, (i) => g.abs(this.c.y.at(i))),
      ...this.largestCoefficient(last, this.order, read(scale)),
      ...this.largestCoefficient(before, this.order - 1, read(scale)),
      ...this.largestCoefficient(third, n - 2, read(scale)),
      ...this.largestCoefficient(fourth, n - 3, read(scale)),
      set([TRUSTED, g.and(regular(last, before, third), regular(before, third, fourth))]),
      ...this.c.v.total(sum, (i) => g.abs(this.coefficient(this.order).at(i))),
      when(lt(read(sum), g.constant(Infinity)),
        [set([V.proposed, g.select(bothVanish, g.constant(Infinity), size)])],
        [set([V.proposed, g.constant(0)], [V.error, g.constant(NaN)])]),
    ]
  }

  /** Σ y^[k] s^k by Horner's rule. */
  private polynomial(i: Index, s: Node): Node {
    const { g, y } = this.c
    let value = this.coefficient(this.order).at(i)
    for (let k = this.order - 1; k >= 1; k -= 1) value = g.add(g.mul(value, s), this.coefficient(k).at(i))
    return g.add(y.at(i), g.mul(s, value))
  }

  /** The slope of the polynomial, Σ k y^[k] s^(k − 1). */
  private slope(i: Index, s: Node): Node {
    const { g } = this.c
    let value = g.constant(0)
    for (let k = this.order; k >= 1; k -= 1) value = g.add(g.mul(value, s), g.mul(g.constant(k), this.coefficient(k).at(i)))
    return value
  }

  /** `next` at a part of the step. */
  private reached(size: Node): readonly Statement[] {
    return this.c.v.each((i) => [[this.c.next.place(i), this.polynomial(i, size)]])
  }

  /**
   * Ends the step just behind the first place where a switch of the rates turns, since the series holds up to there only; seen if it has
   * not turned back by the end of a quarter of the step.
   */
  private upToSwitch(): readonly Statement[] {
    const { g, y, next } = this.c
    const { read, add, mul, lt } = g
    if (this.sides.count === 0) return []
    const [low, high, count] = [f64('switch_low'), f64('switch_high'), i32('switch_looks')]
    const size = mul(read(high), read(V.h))
    const lookAt = (part: Node): readonly Statement[] =>
      [...this.reached(mul(part, read(V.h))), ...this.sides.look(TURNED, add(read(V.t), mul(part, read(V.h))), next)]
    const middle = mul(g.constant(0.5), add(read(low), read(high)))
    return [
      ...this.sides.start(read(V.t), y),
      set([low, g.constant(0)], [high, g.constant(0)], [TURNED, g.int(0)]),
      loop(g.and(g.not(read(TURNED)), lt(read(high), g.constant(1))), [
        set([low, read(high)], [high, add(read(high), g.constant(1 / LOOKS))]),
        ...lookAt(read(high)),
      ]),
      when(read(TURNED), [
        set([count, g.int(0)]),
        loop(g.apply('ilt', read(count), g.int(BISECTIONS)), [
          ...lookAt(middle),
          when(read(TURNED), [set([high, middle])], [set([low, middle])]),
          set([count, g.plus(read(count), 1)]),
        ]),
        set([V.h, size], [V.next, add(read(V.t), size)], [V.hits, g.int(0)]),
        ...this.reached(read(V.h)),
      ]),
    ]
  }

  /**
   * Halves a step until the series has the rates that it meets at the end: a far pulse is not in the series, and that of 1 − y² = cos² t
   * goes through zero where its root turns back. Looked at at lookouts, just before switches that turn, where the step is not to be trusted
   * and, where there are roots, always.
   */
  private upToSeen(): readonly Statement[] {
    const { g, rhs, scratch } = this.c
    const { read, add, mul, sub, lt } = g
    const { seen } = this
    const missed = f64('missed')
    const end = mul(g.constant(1 - SHORT_OF), read(V.h))
    const compare = [
      ...rhs.evaluate(seen, add(read(V.t), end), (i) => this.polynomial(i, end), scratch),
      set(increment(this.c, V.evaluations)),
      ...this.largest(missed, (i) =>
        g.div(g.abs(mul(read(V.h), sub(seen.at(i), this.slope(i, end)))), tolerance(this.c, i, g.abs(this.polynomial(i, end))))),
    ]
    const least = g.max(g.constant(1e-300), mul(g.constant(2 ** -48), g.abs(read(V.t))))
    const halvings = [
      ...compare,
      loop(g.and(g.not(g.le(read(missed), g.constant(1))), lt(least, g.abs(read(V.h)))), [
        set([V.h, mul(g.constant(0.5), read(V.h))], [V.hits, g.int(0)]), set([V.next, add(read(V.t), read(V.h))]),
        ...this.reached(read(V.h)),
        ...compare,
      ]),
    ]
    if (this.branches) return halvings
    const doubts = [
      g.not(read(TRUSTED)), ...(lookouts(rhs.system).length > 0 ? [read(V.hits)] : []), ...(this.sides.count > 0 ? [read(TURNED)] : []),
    ]
    return [when(doubts.reduce((a, b) => g.or(a, b)), halvings)]
  }

  attempt(): readonly Statement[] {
    const { g, v, next } = this.c
    return [
      ...this.reached(g.read(V.h)),
      ...this.upToSwitch(),
      ...this.upToSeen(),
      ...v.total(V.error, (i) => g.abs(next.at(i))),
      set([V.error, g.select(g.lt(g.read(V.error), g.constant(Infinity)), g.constant(0), g.constant(NaN))]),
    ]
  }

  finishStep(): readonly Statement[] {
    return []
  }

  /** The last term of the series bounds what was cut off. */
  localError(i: Index): Node {
    const { g } = this.c
    return g.mul(this.coefficient(this.order).at(i), g.integerPower(g.read(V.h), this.order))
  }

  prepareOutput(): readonly Statement[] {
    return []
  }

  outputWeights(): readonly (readonly [Local, Node])[] {
    const { g } = this.c
    return [[this.offset, g.mul(g.read(V.theta), g.read(V.h))]]
  }

  interpolated(i: Index): Node {
    return this.polynomial(i, this.c.g.read(this.offset))
  }

  advance(): ReturnType<Method['advance']> {
    return []
  }
}
