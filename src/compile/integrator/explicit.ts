import { type Rational, R0, isZeroR, toNumber } from '../../algebra/rational.js'
import { type Local, type Node, type Statement, f64, set, when } from '../ir.js'
import { middleWeights } from '../methods/middle.js'
import { CENTRE, type Tableau, centred, numbers, stabilityInterval } from '../methods/tableau.js'
import { type Context, V, increment, stepTolerance } from './context.js'
import { startingStep } from './control.js'
import type { Method } from './method.js'
import type { Index, Vector } from './vectors.js'

/** Part of the interval of stability at which a step counts as held down by stability: the controller hovers below the end. */
const EDGE = 0.8

/** An explicit Runge–Kutta method, given by its tableau. */
export class ExplicitMethod implements Method {
  readonly errorOrder: number | undefined
  readonly adaptive: boolean
  readonly routines = []
  private readonly k: readonly Vector[]
  private readonly last: number
  private readonly errorNeedsLast: boolean
  private readonly middleWeights: readonly number[] | undefined

  constructor(private readonly c: Context, private readonly tableau: Tableau) {
    const { errors, interpolant } = tableau
    this.last = tableau.c.length - 1
    this.k = Array.from({ length: this.last + 1 + interpolant.extra.length }, (_, s) => c.v.make(`k${s}`))
    this.adaptive = errors.length > 0
    this.errorOrder = errors.length === 0 ? undefined : tableau.controlOrder ?? Math.min(...errors.map((e) => e.order)) + 1
    this.errorNeedsLast = errors.some((e) => !isZeroR(e.weights[this.last] ?? R0))
    this.middleWeights = middleWeights(tableau)
  }

  private rate(stage: number): Vector {
    const vector = this.k[stage]
    if (vector === undefined) throw new RangeError(`no stage ${stage}`)
    return vector
  }

  /** Σ weights·k for one component. */
  private combined(weights: readonly number[], i: Index): Node {
    return this.c.g.combination(weights.flatMap((w, s) => (w === 0 ? [] : [[w, this.rate(s).at(i)] as const])))
  }

  private evaluate(stage: number, time: Node, state: (i: Index) => Node): readonly Statement[] {
    return [...this.c.rhs.evaluate(this.rate(stage), time, state, this.c.scratch), set(increment(this.c, V.evaluations))]
  }

  /** y + h Σ weights·k. */
  private ahead(weights: readonly number[], i: Index): Node {
    const { add, mul, read } = this.c.g
    return add(this.c.y.at(i), mul(read(V.h), this.combined(weights, i)))
  }

  private stage(s: number, time: Rational, weights: readonly Rational[]): readonly Statement[] {
    const { g } = this.c
    return this.evaluate(s, g.add(g.read(V.t), g.mul(g.read(V.h), g.constant(toNumber(time)))), (i) => this.ahead(numbers(weights), i))
  }

  private lastStage(): readonly Statement[] {
    return this.evaluate(this.last, this.c.g.read(V.next), (i) => this.c.next.at(i))
  }

  start(): readonly Statement[] {
    const { g, v, y } = this.c
    return [...this.evaluate(0, g.read(V.t), (i) => y.at(i)), ...v.total(V.error, (i) => g.abs(this.rate(0).at(i)))]
  }

  firstStep(): readonly Statement[] {
    return startingStep(this.c, this.tableau.order, this.rate(0), this.rate(1), (t, state) => this.evaluate(1, t, state))
  }

  attempt(): readonly Statement[] {
    const { v, next } = this.c
    const { a, b, c } = this.tableau
    return [
      ...a.slice(1, this.last).flatMap((row, s) => this.stage(s + 1, c[s + 1] ?? R0, row)),
      ...v.each((i) => [[next.place(i), this.ahead(numbers(b), i)]]),
      ...(this.errorNeedsLast ? this.lastStage() : []),
      ...this.errorNorm(),
    ]
  }

  private embedded(index: number, i: Index): Node {
    return this.combined(numbers(this.tableau.errors[index]?.weights ?? []), i)
  }

  private squares(into: Local, index: number): readonly Statement[] {
    const { g, v } = this.c
    return v.total(into, (i) => {
      const scaled = g.div(this.embedded(index, i), stepTolerance(this.c, i))
      return g.mul(scaled, scaled)
    })
  }

  /** Two estimates e₅, e₃ are combined as |h| e₅²/√(e₅² + e₃²/100) (Hairer's dop853.f). */
  private errorNorm(): readonly Statement[] {
    const { g, v, next } = this.c
    const { mul, abs, read, add, div } = g
    const { errors } = this.tableau
    if (errors.length === 0) {
      const finite = g.lt(read(V.error), g.constant(Infinity))
      return [...v.total(V.error, (i) => abs(next.at(i))), set([V.error, g.select(finite, g.constant(0), g.constant(NaN))])]
    }
    const size = g.constant(1 / Math.max(1, v.length))
    if (errors.length === 1) return [...this.squares(V.error, 0), set([V.error, mul(abs(read(V.h)), g.sqrt(mul(read(V.error), size)))])]
    const coarse = f64('coarse')
    const denominator = add(read(V.error), mul(g.constant(0.01), read(coarse)))
    const combined = mul(mul(abs(read(V.h)), read(V.error)), g.sqrt(div(size, denominator)))
    return [
      ...this.squares(V.error, 0),
      ...this.squares(coarse, 1),
      set([V.error, g.select(g.apply('eq', denominator, g.constant(0)), g.constant(0), combined)]),
    ]
  }

  finishStep(): readonly Statement[] {
    return [...(this.errorNeedsLast ? [] : this.lastStage()), ...this.stiffnessTest()]
  }

  /**
   * Every eighth step, |h| times an estimate of the dominant eigenvalue from two states at the end of the step (HNW II, IV.2),
   * against the method's interval of stability.
   */
  private stiffnessTest(): readonly Statement[] {
    const { g, v, next } = this.c
    const { mul, read, sub } = g
    const twin = this.tableau.c.findLastIndex((c, s) => s < this.last && c.num === c.den)
    if (this.errorOrder === undefined || twin < 1) return []
    const [rates, states] = [f64('rate_gap'), f64('state_gap')]
    const square = (x: Node): Node => mul(x, x)
    const h = read(V.h)
    const bound = EDGE * stabilityInterval(this.tableau)
    const due = g.apply('eq', mul(g.constant(8), g.apply('floor', mul(g.constant(1 / 8), read(V.steps)))), read(V.steps))
    const limit = mul(g.constant(bound * bound), read(states))
    const edge = g.and(g.lt(limit, mul(square(h), read(rates))), g.lt(g.constant(0), read(states)))
    return [
      when(due, [
        ...v.total(rates, (i) => square(sub(this.rate(this.last).at(i), this.rate(twin).at(i)))),
        ...v.total(states, (i) => square(sub(next.at(i), this.ahead(numbers(this.tableau.a[twin] ?? []), i)))),
        set(increment(this.c, V.stiffnessTests)),
        when(edge, [set(increment(this.c, V.stiffnessHits))]),
      ]),
    ]
  }

  prepareStep(): readonly Statement[] {
    return []
  }

  localError(i: Index): Node | undefined {
    return this.errorOrder === undefined ? undefined : this.c.g.mul(this.c.g.read(V.h), this.embedded(0, i))
  }

  prepareOutput(): readonly Statement[] {
    return this.tableau.interpolant.extra.flatMap((e, s) => this.stage(this.last + 1 + s, e.c, e.a))
  }

  /** Stages that take part in the interpolation, with the variables of their weights. */
  private interpolating(): readonly { readonly stage: number; readonly weight: Local; readonly polynomial: readonly number[] }[] {
    return this.tableau.interpolant.weights.flatMap((w, stage) =>
      w.every(isZeroR) ? [] : [{ stage, weight: f64(`weight_${stage}`), polynomial: centred(w) }])
  }

  outputWeights(): readonly (readonly [Local, Node])[] {
    const { g } = this.c
    const [theta, place] = [g.read(V.theta), g.sub(g.read(V.theta), g.constant(CENTRE))]
    return this.interpolating().map(({ weight, polynomial }) => [weight, g.mul(theta, g.polynomial(polynomial, place))])
  }

  interpolated(i: Index): Node {
    const { g, y } = this.c
    const sum = g.sum(this.interpolating().map(({ stage, weight }) => g.mul(g.read(weight), this.rate(stage).at(i))))
    return g.add(y.at(i), g.mul(g.read(V.h), sum))
  }

  middle(i: Index): Node | undefined {
    return this.middleWeights === undefined ? undefined : this.ahead(this.middleWeights, i)
  }

  powers(i: Index): readonly Node[] {
    const stages = this.interpolating()
    return Array.from({ length: Math.max(...stages.map(({ polynomial }) => polynomial.length)) }, (_, j) =>
      this.c.g.combination(stages.map(({ stage, polynomial }) => [polynomial[j] ?? 0, this.rate(stage).at(i)] as const)))
  }

  advance(i: Index): ReturnType<Method['advance']> {
    return [[this.rate(0).place(i), this.rate(this.last).at(i)]]
  }
}
