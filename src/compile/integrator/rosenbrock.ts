import { ZERO } from '../../algebra/build.js'
import { differentiate } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { type Local, type Node, type Routine, type Statement, f64, i32, invoke, set, toMemory } from '../ir.js'
import type { RosenbrockTableau } from '../methods/rodas5p.js'
import { ARGUMENT, type Context, V, increment, stepTolerance } from './context.js'
import { startingStep } from './control.js'
import { factorRoutine, solveRoutine } from './linearSolve.js'
import type { Method } from './method.js'
import type { Index, Vector } from './vectors.js'

/** A Rosenbrock–Wanner method: the Jacobian is derived symbolically, its zeros are known when the code is made. */
export class RosenbrockMethod implements Method {
  readonly errorOrder: number
  readonly routines: readonly Routine[]
  private readonly u: readonly { readonly vector: Vector; readonly offset: number }[]
  private readonly rate: Vector
  private readonly trial: Vector
  private readonly slope: Vector
  private readonly jacobian: number
  private readonly matrix: number
  private readonly pivots: number
  private readonly dense: readonly Vector[]
  /** Nonzero entries of the Jacobian: row, column, expression. */
  private readonly entries: readonly (readonly [number, number, Expr])[]

  constructor(private readonly c: Context, private readonly tableau: RosenbrockTableau) {
    const { v, rhs } = c
    const n = v.length
    this.errorOrder = tableau.errorOrder
    this.routines = [factorRoutine(n), solveRoutine(n)]
    this.u = tableau.a.map(() => v.makeAt())
    this.rate = v.make('rate')
    this.trial = v.make('trial')
    this.slope = v.make('slope')
    this.dense = tableau.h.map((_, j) => v.make(`dense${j}`))
    this.pivots = v.makeAt().offset
    this.jacobian = v.allocate(n * n)
    this.matrix = v.allocate(n * n)
    this.entries = rhs.system.rhs.flatMap((e, i) =>
      rhs.system.states.flatMap((name, j) => {
        const entry = differentiate(e, name)
        return entry === ZERO ? [] : [[i, j, entry] as const]
      }))
  }

  private position(offset: number): Node {
    return this.c.g.plus(this.c.g.read(ARGUMENT.base), offset)
  }

  private stage(s: number): Vector {
    const found = this.u[s]
    if (found === undefined) throw new RangeError(`no stage ${s}`)
    return found.vector
  }

  private combined(weights: readonly number[], i: Index): Node {
    return this.c.g.combination(weights.map((w, s) => [w, this.stage(s).at(i)] as const))
  }

  private evaluate(rates: Vector, time: Node, state: (i: Index) => Node): readonly Statement[] {
    return [...this.c.rhs.evaluate(rates, time, state, this.c.scratch), set(increment(this.c, V.evaluations))]
  }

  start(): readonly Statement[] {
    const { g, v, y } = this.c
    return [...this.evaluate(this.rate, g.read(V.t), (i) => y.at(i)), ...v.total(V.error, (i) => g.abs(this.rate.at(i)))]
  }

  firstStep(): readonly Statement[] {
    return startingStep(this.c, this.tableau.order, this.rate, this.trial, (t, state) => this.evaluate(this.trial, t, state))
  }

  /** ∂f/∂t, with the slopes of linear signals. */
  private timeDerivatives(): readonly Node[] {
    const { g, rhs, y } = this.c
    const { system } = rhs
    const slopes = rhs.slopes()
    const names = [system.time ?? 't', ...slopes.map(([name]) => name)]
    const factors = [g.constant(1), ...slopes.map(([, slope]) => slope)]
    const parts = names.map((name) => rhs.values(system.rhs.map((e) => differentiate(e, name)), g.read(V.t), (i) => y.at(i)))
    return system.rhs.map((_, i) => g.sum(parts.map((p, s) => g.mul(factors[s] ?? g.constant(0), p[i] ?? g.constant(0)))))
  }

  /** The Jacobian and ∂f/∂t at the start of the step. */
  prepareStep(): readonly Statement[] {
    const { g, rhs, v, y } = this.c
    const n = v.length
    const values = rhs.values(this.entries.map(([, , e]) => e), g.read(V.t), (i) => y.at(i))
    return [
      ...this.fill(this.jacobian),
      set(
        ...this.entries.map(([i, j], k) =>
          [toMemory(g.read(ARGUMENT.base), this.jacobian + i * n + j), values[k] ?? g.constant(0)] as const),
        ...this.timeDerivatives().map((value, i) => [this.slope.place(i), value] as const),
      ),
    ]
  }

  private elements(body: (i: Node) => readonly Statement[]): readonly Statement[] {
    return this.c.v.counted(this.c.v.length ** 2, body)
  }

  private fill(offset: number): readonly Statement[] {
    return this.elements((i) => [set([toMemory(this.c.g.plus(this.position(offset), i)), this.c.g.constant(0)])])
  }

  /** W = I/(hγ) − J, factored. */
  private factor(): readonly Statement[] {
    const { g, v } = this.c
    const base = g.read(ARGUMENT.base)
    const diagonal = g.div(g.constant(1), g.mul(g.constant(this.tableau.gamma), g.read(V.h)))
    const value = f64('diagonal')
    const row = i32('row')
    return [
      ...this.elements((i) =>
        [set([toMemory(g.plus(this.position(this.matrix), i)), g.neg(g.load(g.plus(this.position(this.jacobian), i)))])]),
      ...v.counted(v.length, (i) => [
        set([row, g.plus(this.position(this.matrix), g.apply('imul', i, g.int(v.length + 1)))]),
        set([value, g.add(g.load(g.read(row)), diagonal)]),
        set([toMemory(g.read(row)), g.read(value)]),
      ]),
      invoke('factor', g.plus(base, this.matrix), g.plus(base, this.pivots)),
    ]
  }

  private solveStage(s: number): readonly Statement[] {
    const { g, v, y } = this.c
    const { read, add, mul, div } = g
    const { a, c, time, timeDerivative } = this.tableau
    const at = add(read(V.t), mul(read(V.h), g.constant(time[s] ?? 0)))
    const inverse = div(g.constant(1), read(V.h))
    const vector = this.u[s]
    if (vector === undefined) return []
    return [
      ...this.evaluate(this.trial, at, (i) => add(y.at(i), this.combined(a[s] ?? [], i))),
      ...v.each((i) => [[vector.vector.place(i), g.sum([
        this.trial.at(i),
        mul(inverse, this.combined(c[s] ?? [], i)),
        mul(mul(read(V.h), g.constant(timeDerivative[s] ?? 0)), this.slope.at(i)),
      ])]]),
      invoke('solve', this.position(this.matrix), this.position(this.pivots), this.position(vector.offset)),
    ]
  }

  attempt(): readonly Statement[] {
    const { g, v, y, next } = this.c
    const squares = (i: Index): Node => {
      const scaled = g.div(this.localError(i), stepTolerance(this.c, i))
      return g.mul(scaled, scaled)
    }
    return [
      ...this.factor(),
      ...this.tableau.a.flatMap((_, s) => this.solveStage(s)),
      ...v.each((i) => [[next.place(i), g.add(y.at(i), this.combined(this.tableau.m, i))]]),
      ...v.total(V.error, squares),
      set([V.error, g.sqrt(g.mul(g.read(V.error), g.constant(1 / Math.max(1, v.length))))]),
    ]
  }

  finishStep(): readonly Statement[] {
    return []
  }

  localError(i: Index): Node {
    return this.combined(this.tableau.e, i)
  }

  prepareOutput(): readonly Statement[] {
    return this.c.v.each((i) => this.tableau.h.map((weights, j) => [this.denseVector(j).place(i), this.combined(weights, i)] as const))
  }

  private denseVector(j: number): Vector {
    const found = this.dense[j]
    if (found === undefined) throw new RangeError(`no coefficient ${j}`)
    return found
  }

  outputWeights(): readonly (readonly [Local, Node])[] {
    return []
  }

  interpolated(i: Index): Node {
    const { g, y, next } = this.c
    const { add, mul, sub } = g
    const theta = g.read(V.theta)
    const rest = sub(g.constant(1), theta)
    const inner = this.tableau.h.reduceRight<Node | undefined>((value, _, j) => {
      const k = this.denseVector(j).at(i)
      return value === undefined ? k : add(k, mul(theta, value))
    }, undefined) ?? g.constant(0)
    return add(mul(rest, y.at(i)), mul(theta, add(next.at(i), mul(rest, inner))))
  }

  advance(): ReturnType<Method['advance']> {
    return []
  }
}
