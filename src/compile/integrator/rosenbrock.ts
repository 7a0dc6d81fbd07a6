import { ZERO } from '../../algebra/build.js'
import { derivativeBy } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { symbolsOf } from '../../algebra/parts.js'
import { type Local, type Node, type Routine, type Statement, f64, set, toMemory, when } from '../ir.js'
import type { RosenbrockTableau } from '../methods/rodas5p.js'
import { hasSingularities } from '../switches.js'
import { ARGUMENT, type Context, V, increment, stepTolerance } from './context.js'
import { startingStep } from './control.js'
import { DenseSolver } from './denseSolver.js'
import { eliminate } from './elimination.js'
import type { Data, Entry, LinearSolver } from './linearSolver.js'
import type { Method } from './method.js'
import { dueWithin } from './output.js'
import type { System } from './rightHandSide.js'
import { timeDerivative } from './slopes.js'
import { SparseSolver } from './sparseSolver.js'
import type { Index, Vector, Vectors } from './vectors.js'

/** Rows from which on a sparse elimination may pay, and how many operations of a full one cost as much as one through its tables. */
const FEW = 24
const INDIRECT = 4
/** The error, in units of the tolerance, that an attempt with useless factors counts as: the next step is a tenth. */
const USELESS = 1e10
/** Error norm of the interpolant. */
const BETWEEN = f64('between')

/** Row, column and expression of each entry of the Jacobian that does not vanish. */
function jacobianOf({ rhs, states }: System): readonly (readonly [number, number, Expr])[] {
  const columns = new Map(states.map((name, j) => [name, { j, derivative: derivativeBy(name) }]))
  return rhs.flatMap((e, i) => [...symbolsOf(e)].flatMap((name) => {
    const { j, derivative } = columns.get(name) ?? {}
    const entry = derivative?.(e) ?? ZERO
    return j === undefined || entry === ZERO ? [] : [[i, j, entry] as const]
  }))
}

function solverFor(v: Vectors, entries: readonly Entry[]): LinearSolver {
  const most = v.length ** 3 / (3 * INDIRECT)
  const elimination = v.length > FEW ? eliminate(v.length, entries, most) : undefined
  return elimination === undefined ? new DenseSolver(v, ARGUMENT.base, entries) : new SparseSolver(v, ARGUMENT.base, entries, elimination)
}

/** A Rosenbrock–Wanner method: the Jacobian is derived symbolically, its zeros are known when the code is made. */
export class RosenbrockMethod implements Method {
  readonly errorOrder: number
  readonly adaptive = true
  readonly routines: readonly Routine[]
  readonly data: readonly Data[]
  private readonly solver: LinearSolver
  private readonly u: readonly { readonly vector: Vector; readonly offset: number }[]
  private readonly rate: Vector
  private readonly trial: Vector
  private readonly dense: readonly Vector[]
  private readonly defect: { readonly vector: Vector; readonly offset: number }
  /** Where the entries of the Jacobian are, and behind them ∂f/∂t unless it vanishes. */
  private readonly jacobian: number
  private readonly slope: Vector | undefined
  private readonly derivatives: readonly Expr[]

  constructor(private readonly c: Context, private readonly tableau: RosenbrockTableau) {
    const { v, rhs } = c
    this.errorOrder = tableau.errorOrder
    this.u = tableau.a.map(() => v.makeAt())
    this.rate = v.make('rate')
    this.trial = v.make('trial')
    this.dense = tableau.h.map((_, j) => v.make(`dense${j}`))
    this.defect = v.makeAt()
    const n = v.length
    const found = jacobianOf(rhs.system)
    this.solver = solverFor(v, found.map(([i, j]) => [i, j]))
    const { entries, routines, data } = this.solver
    this.routines = routines
    this.data = data
    const byPlace = new Map(found.map(([i, j, entry]) => [i * n + j, entry]))
    const slopes = rhs.system.rhs.map((e) => timeDerivative(e, rhs.system))
    const driven = slopes.some((e) => e !== ZERO)
    this.derivatives = [...entries.map(([i, j]) => byPlace.get(i * n + j) ?? ZERO), ...(driven ? slopes : [])]
    this.jacobian = v.allocate(this.derivatives.length)
    this.slope = driven ? v.inMemory(this.jacobian + entries.length) : undefined
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

  /**
   * The Jacobian and ∂f/∂t at the start of the step. Where they are not finite though the rates are, as under the root of what vanishes, zero
   * stands for them: with inexact derivatives the method has a lower order, which its error estimate sees.
   */
  prepareStep(): readonly Statement[] {
    const { g, v, rhs, y } = this.c
    const table = rhs.tabulate('derivatives', this.derivatives, g.read(V.t), y, this.jacobian)
    if (!hasSingularities(rhs.system.rhs)) return table
    const finite = v.counted(this.derivatives.length, (k) => {
      const position = g.plus(g.read(ARGUMENT.base), k)
      const entry = g.load(position, this.jacobian)
      return [set([toMemory(position, this.jacobian), g.select(g.lt(g.abs(entry), g.constant(Infinity)), entry, g.constant(0))])]
    })
    return [...table, ...finite]
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
        this.slope === undefined ? g.constant(0) : mul(mul(read(V.h), g.constant(timeDerivative[s] ?? 0)), this.slope.at(i)),
      ])]]),
      this.solver.solve(vector.offset),
    ]
  }

  /** Root mean square of errors in units of the tolerance of the step. */
  private norm(into: Local, error: (i: Index) => Node): readonly Statement[] {
    const { g, v } = this.c
    const squares = (i: Index): Node => {
      const scaled = g.div(error(i), stepTolerance(this.c, i))
      return g.mul(scaled, scaled)
    }
    return [...v.total(into, squares), set([into, g.sqrt(g.mul(g.read(into), g.constant(1 / Math.max(1, v.length))))])]
  }

  /**
   * Refuses a step whose interpolant p is needed and not as accurate as its end: where rates are stiff, long steps end accurately whatever lies
   * between (Prothero and Robinson, Math. Comp. 28 (1974) 145). In the middle of the step p − y ≈ (1/(γh) − J)⁻¹ (p′ − f(p)), in the limit of
   * stiff rates exactly: the residual of OrdinaryDiffEq.jl's Rodas5Pr, made an error of the state by the factors that the step has anyway.
   */
  private refuseInterpolant(): readonly Statement[] {
    const { g, y, next, rhs, v } = this.c
    const { read, add, mul, sub, div } = g
    const used = (rhs.system.events?.length ?? 0) > 0 ? g.int(1) : dueWithin(this.c, read(V.next))
    const [, second, third] = this.tableau.h.map((_, j) => this.denseVector(j))
    const slope = (i: Index): Node => g.sum([
      sub(next.at(i), y.at(i)),
      ...[second, third].flatMap((k) => (k === undefined ? [] : [mul(g.constant(1 / 4), k.at(i))])),
    ])
    return [
      when(g.and(g.le(read(V.error), g.constant(1)), used), [
        ...v.each((i) => this.tableau.h.map((weights, j) => [this.denseVector(j).place(i), this.combined(weights, i)] as const)),
        set([V.theta, g.constant(1 / 2)]),
        ...this.evaluate(this.trial, add(read(V.t), mul(read(V.h), g.constant(1 / 2))), (i) => this.interpolated(i)),
        ...v.each((i) => [[this.defect.vector.place(i), sub(div(slope(i), read(V.h)), this.trial.at(i))]]),
        this.solver.solve(this.defect.offset),
        ...this.norm(BETWEEN, (i) => this.defect.vector.at(i)),
        when(g.not(g.le(read(BETWEEN), read(V.error))), [set([V.error, read(BETWEEN)])]),
      ]),
    ]
  }

  attempt(): readonly Statement[] {
    const { g, v, y, next } = this.c
    return [
      ...this.solver.factor(this.jacobian, g.div(g.constant(1), g.mul(g.constant(this.tableau.gamma), g.read(V.h)))),
      ...this.tableau.a.flatMap((_, s) => this.solveStage(s)),
      ...v.each((i) => [[next.place(i), g.add(y.at(i), this.combined(this.tableau.m, i))]]),
      ...this.norm(V.error, (i) => this.localError(i)),
      ...(this.solver.grown === undefined ? [] : [when(this.solver.grown, [set([V.error, g.constant(USELESS)])])]),
      ...this.refuseInterpolant(),
    ]
  }

  finishStep(): readonly Statement[] {
    return []
  }

  localError(i: Index): Node {
    return this.combined(this.tableau.e, i)
  }

  /** The interpolant is ready where it is needed. */
  prepareOutput(): readonly Statement[] {
    return []
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
