import { type Local, type Node, type Statement, set } from '../ir.js'
import { CONFORMAL, type DegreeOfFreedom, degreesOfFreedom } from '../methods/conformal.js'
import { type Context, V, increment } from './context.js'
import type { Method } from './method.js'
import type { Index, Vector } from './vectors.js'

/**
 * Strang splitting into exact damping, kick and drift: conformally symplectic, so that phase volume shrinks exactly as e^(−∫γ) and the
 * energy of the undamped part has no drift (McLachlan and Perlmutter, J. Geom. Phys. 39 (2001) 276). Fixed step, cubic output.
 */
export class SplittingMethod implements Method {
  readonly errorOrder = undefined
  readonly adaptive = false
  readonly routines = []
  private readonly degrees: readonly DegreeOfFreedom[]
  private readonly substeps: readonly number[]
  private readonly before: Vector
  private readonly after: Vector

  constructor(private readonly c: Context, name: string) {
    this.degrees = degreesOfFreedom(c.rhs.system)
    this.substeps = CONFORMAL[name]?.substeps ?? [1]
    this.before = c.v.make('before')
    this.after = c.v.make('after')
  }

  start(): readonly Statement[] {
    const { g, v, y } = this.c
    return [...this.evaluate(this.before, g.read(V.t), y), ...v.total(V.error, (i) => g.abs(this.before.at(i)))]
  }

  private evaluate(rates: Vector, t: Node, state: Vector): readonly Statement[] {
    return [...this.c.rhs.evaluate(rates, t, (i) => state.at(i), this.c.scratch), set(increment(this.c, V.evaluations))]
  }

  firstStep(): readonly Statement[] {
    return []
  }

  prepareStep(): readonly Statement[] {
    return []
  }

  /** v ← v e^(−γ h/2), γ in the middle of the half substep. */
  private damp(t: Node, half: Node): Statement {
    const { g, rhs, next } = this.c
    const rates = rhs.values(this.degrees.map((d) => d.damping), t, (i) => next.at(i))
    return set(...this.degrees.map(({ velocity }, k) => {
      const factor = g.call('exp', g.neg(g.mul(rates[k] ?? g.constant(0), half)))
      return [next.place(velocity), g.mul(next.at(velocity), factor)] as const
    }))
  }

  private kick(t: Node, half: Node): Statement {
    const { g, rhs, next } = this.c
    const forces = rhs.values(this.degrees.map((d) => d.acceleration), t, (i) => next.at(i))
    return set(...this.degrees.map(({ velocity }, k) => {
      const push = g.mul(half, forces[k] ?? g.constant(0))
      return [next.place(velocity), g.add(next.at(velocity), push)] as const
    }))
  }

  private substep(from: number, part: number): readonly Statement[] {
    const { g, next } = this.c
    const h = g.mul(g.constant(part), g.read(V.h))
    const half = g.mul(g.constant(0.5), h)
    const time = (where: number): Node => g.add(g.read(V.t), g.mul(g.constant(from + where * part), g.read(V.h)))
    return [
      this.damp(time(0.25), half),
      this.kick(time(0), half),
      set(...this.degrees.map(({ position, velocity }) =>
        [next.place(position), g.add(next.at(position), g.mul(h, next.at(velocity)))] as const)),
      this.kick(time(1), half),
      this.damp(time(0.75), half),
    ]
  }

  attempt(): readonly Statement[] {
    const { g, v, y, next } = this.c
    const starts = this.substeps.map((_, k) => this.substeps.slice(0, k).reduce((a, b) => a + b, 0))
    return [
      ...v.each((i) => [[next.place(i), y.at(i)]]),
      ...this.substeps.flatMap((part, k) => this.substep(starts[k] ?? 0, part)),
      ...v.total(V.error, (i) => g.abs(next.at(i))),
      set([V.error, g.select(g.lt(g.read(V.error), g.constant(Infinity)), g.constant(0), g.constant(NaN))]),
    ]
  }

  finishStep(): readonly Statement[] {
    return this.evaluate(this.after, this.c.g.read(V.next), this.c.next)
  }

  localError(): undefined {
    return undefined
  }

  prepareOutput(): readonly Statement[] {
    return []
  }

  outputWeights(): readonly (readonly [Local, Node])[] {
    return []
  }

  /** Hermite's cubic. */
  interpolated(i: Index): Node {
    const { g, y, next } = this.c
    const { add, sub, mul } = g
    const theta = g.read(V.theta)
    const rest = sub(g.constant(1), theta)
    const rise = sub(next.at(i), y.at(i))
    const bend = add(mul(rest, sub(mul(g.read(V.h), this.before.at(i)), rise)), mul(theta, sub(rise, mul(g.read(V.h), this.after.at(i)))))
    return add(y.at(i), mul(theta, add(rise, mul(rest, bend))))
  }

  advance(i: Index): ReturnType<Method['advance']> {
    return [[this.before.place(i), this.after.at(i)]]
  }
}
