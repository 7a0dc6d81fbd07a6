import { sym } from '../../algebra/build.js'
import type { Expr } from '../../algebra/expr.js'
import type { Graph } from '../graph.js'
import { type Local, type Node, type Routine, type Statement, assign, f64, i32, invoke, set, toMemory } from '../ir.js'
import type { EventSpecification } from '../events.js'
import { Lowering } from '../lower.js'
import { LongAssignments } from './chunks.js'
import { FRAME, layout } from './frame.js'
import type { Data } from './linearSolver.js'
import type { Index, Vector, Vectors } from './vectors.js'

/** How a recorded signal runs between the knots of its grid. */
export type SignalShape = 'constant' | 'linear'

/** An ordinary differential equation dy/dt = f(t, y; parameters, signals). */
export interface System {
  readonly states: readonly string[]
  readonly parameters?: readonly string[]
  /** Name of the independent variable, by default `t`. */
  readonly time?: string
  /** Inputs given as samples on a uniform grid; integrated exactly across the knots. */
  readonly signals?: { readonly names: readonly string[]; readonly shape: SignalShape }
  /** Rates of the states, in their order. */
  readonly rhs: readonly Expr[]
  readonly events?: readonly EventSpecification[]
  /** Values of the states to begin at, for whoever calls generated code; undefined if the system has none of its own. */
  readonly initial?: readonly number[]
  /** Rates computed by a program of their own instead of `rhs`, e.g. a tensor program. */
  readonly external?: External
}

export interface External {
  /** How the states are put together, for whoever reads the generated code. */
  readonly note: string
  /** The rates as a routine, made anew for every generated integrator. */
  rates(vectors: Vectors): ExternalRates
  /** Lines of a Python file that define `rhs(t, y, p, u=())`, with NumPy or JAX's NumPy as `np`. */
  python(jax: boolean): readonly string[]
}

export interface ExternalRates {
  /** `rates(base, state, rates, t)`, all but t memory positions. */
  readonly routine: Routine
  /** `setup(base)`: computes what the routine needs and no state changes, once before an integration. */
  readonly setup: Routine
  /** What the routine reads besides the state. */
  readonly data: readonly Data[]
}

const signalValue = (s: number): Local => f64(`signal_${s}`)
const signalSlope = (s: number): Local => f64(`slope_${s}`)
const KNOT = f64('knot')

/** The rate of a linear signal, where expressions contain it, and its name there. */
export const rateName = (name: string): string => `rate of ${name}`
export const rateOfSignal = (name: string): Expr => sym(rateName(name))

/** Code that evaluates a system's rates within the integrator, or in a routine of its own if vectors are looped over. */
export class RightHandSide {
  private readonly made = new Map<string, Routine>()
  private readonly long: LongAssignments
  readonly external: ExternalRates | undefined
  private readonly offsets: ReturnType<typeof layout>

  constructor(readonly system: System, private readonly vectors: Vectors, private readonly base: Local) {
    this.long = new LongAssignments(vectors, base)
    this.offsets = layout(system.states.length, system.parameters?.length ?? 0)
    this.external = system.external?.rates(vectors)
    if (this.external !== undefined) this.made.set('rates', this.external.routine)
  }

  /** The routines that the generated code calls. */
  get routines(): readonly Routine[] {
    return [...this.long.routines, ...this.made.values()]
  }

  private signalNames(): readonly string[] {
    return this.system.signals?.names ?? []
  }

  /** Statements that put the rates at time t into `rates`; the state components are `state(i)`. */
  evaluate(
    rates: Vector, t: Node, state: (i: Index) => Node, scratch: { readonly vector: Vector; readonly offset: number } | undefined,
  ): readonly Statement[] {
    if (scratch === undefined) return [assign(this.values(this.system.rhs, t, state).map((rate, i) => [rates.place(i), rate] as const))]
    return [
      ...this.vectors.each((i) => [[scratch.vector.place(i), state(i)]]),
      this.call('rates', this.system.rhs, this.positionOf(scratch.vector), this.positionOf(rates), t),
    ]
  }

  /** Statements that put the values of expressions at time t and a state in memory behind an offset of the frame. */
  tabulate(name: string, expressions: readonly Expr[], t: Node, state: Vector, offset: number): readonly Statement[] {
    const g = this.vectors.graph
    if (this.vectors.storage === 'loops')
      return [this.call(name, expressions, this.positionOf(state), g.plus(g.read(this.base), offset), t)]
    return [assign(this.values(expressions, t, (i) => state.at(i)).map((v, k) => [toMemory(g.read(this.base), offset + k), v] as const))]
  }

  /** Calls a routine of that name, which is made at the first call. */
  private call(name: string, expressions: readonly Expr[], state: Node, values: Node, t: Node): Statement {
    const g = this.vectors.graph
    if (!this.made.has(name)) this.made.set(name, this.ownRoutine(name, expressions))
    return invoke(name, g.read(this.base), state, values, t, ...this.inputValues(t))
  }

  private positionOf(vector: Vector): Node {
    const place = vector.place(0)
    if (place.kind !== 'memory') throw new TypeError('vectors of a looped system live in memory')
    return this.vectors.graph.plus(place.base, place.offset)
  }

  /** What expressions may contain besides states, parameters and time: signals, and the rates of linear ones. */
  private inputs(): readonly Expr[] {
    const names = this.signalNames()
    return [...names.map(sym), ...(this.system.signals?.shape === 'linear' ? names.map(rateOfSignal) : [])]
  }

  private inputValues(t: Node): readonly Node[] {
    const g = this.vectors.graph
    const values = this.signalNames().map((_, s) => g.read(signalValue(s)))
    if (this.system.signals?.shape !== 'linear') return values
    const slopes = values.map((_, s) => g.read(signalSlope(s)))
    return [...values.map((value, s) => g.add(value, g.mul(slopes[s] ?? g.constant(NaN), g.sub(t, g.read(KNOT))))), ...slopes]
  }

  /** Values of any expressions at time t, as the rates are computed. */
  values(expressions: readonly Expr[], t: Node, state: (i: number) => Node): readonly Node[] {
    return this.lowered(this.vectors.graph, this.base, t, state, this.inputValues(t), expressions)
  }

  private lowered(
    g: Graph, base: Local, t: Node, state: (i: number) => Node, inputs: readonly Node[], expressions: readonly Expr[],
  ): readonly Node[] {
    const values = new Map<Expr, () => Node>()
    values.set(sym(this.system.time ?? 't'), () => t)
    for (const [i, name] of (this.system.parameters ?? []).entries())
      values.set(sym(name), () => g.load(g.read(base), this.offsets.parameters + i))
    for (const [s, input] of this.inputs().entries()) values.set(input, () => inputs[s] ?? g.constant(NaN))
    for (const [i, name] of this.system.states.entries()) values.set(sym(name), () => state(i))
    const lowering = new Lowering(g, (quantity) => values.get(quantity)?.())
    return lowering.lowerAll(expressions)
  }

  /** `name(base, state, values, t, inputs…)`. */
  private ownRoutine(name: string, expressions: readonly Expr[]): Routine {
    const g = this.vectors.graph
    const [base, state, values, t] = [i32('base'), i32('state'), i32('values'), f64('t')]
    const inputs = this.inputs().map((_, s) => f64(`input_${s}`))
    const lowered = this.lowered(g, base, g.read(t), (i) => g.load(g.read(state), i), inputs.map((s) => g.read(s)), expressions)
    const body = this.long.assign(name, lowered.map((value, i) => [toMemory(g.read(values), i), value]))
    return { name, parameters: [base, state, values, t, ...inputs], body }
  }

  /** Reads the samples of interval `segment` into variables and sets `limit` to the interval's end, or to the end of the integration. */
  enterSegment(segment: Local, limit: Local, signals: Local): readonly Statement[] {
    const g = this.vectors.graph
    const frame = (offset: number): Node => g.load(g.read(this.base), offset)
    if (this.signalNames().length === 0) return [set([limit, frame(FRAME.end)])]
    const sample = (s: number, step: number): Node =>
      g.load(g.plus(g.plus(g.read(signals), g.apply('imul', g.int(s), g.apply('toI32', frame(FRAME.stride)))), g.read(segment)), step)
    const at = (step: number): Node =>
      g.add(frame(FRAME.origin), g.mul(g.apply('fromI32', g.plus(g.read(segment), step)), frame(FRAME.spacing)))
    const last = g.apply('ilt', g.apply('toI32', frame(FRAME.intervals)), g.plus(g.read(segment), 2))
    const slope = (s: number): Node => g.div(g.sub(sample(s, 1), sample(s, 0)), frame(FRAME.spacing))
    return [
      set(
        [KNOT, at(0)],
        [limit, g.select(last, frame(FRAME.end), g.min(at(1), frame(FRAME.end)))],
        ...this.signalNames().map((_, s) => [signalValue(s), sample(s, 0)] as const),
        ...(this.system.signals?.shape === 'linear' ? this.signalNames() : []).map((_, s) => [signalSlope(s), slope(s)] as const),
      ),
    ]
  }

  get driven(): boolean {
    return this.signalNames().length > 0
  }
}
