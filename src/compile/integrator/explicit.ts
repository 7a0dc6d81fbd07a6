import { type Rational, isZeroR, toNumber } from '../../algebra/rational.js'
import { Graph, type Node, type Program, type Routine, type Statement, f64, giveBack, i32, loop, set, toMemory, when } from '../ir.js'
import type { Tableau } from '../methods/tableau.js'
import { FRAME, STATUS, layout } from './frame.js'
import { RightHandSide, type System } from './rightHandSide.js'
import { type Index, type Storage, type Vector, Vectors } from './vectors.js'

/** Step control: HNW I, II.4 with Gustafsson's PI term; values of Hairer's dopri5.f. */
const SAFETY = 0.9
const PI_WEIGHT = 0.04
const [SHRINK, GROW] = [0.2, 10]
const ROUNDOFF = 2 ** -52

const T = f64('t')
const H = f64('h')
const PROPOSED = f64('proposed')
const LIMIT = f64('limit')
const NEXT = f64('next')
const DIRECTION = f64('direction')
const ERROR = f64('error')
const PREVIOUS = f64('previous')
const [STEPS, REJECTED, EVALUATIONS] = [f64('steps'), f64('rejected'), f64('evaluations')]
const [STATE, WRITTEN, SEGMENT, HITS, AFTER_REJECTION] = [i32('status'), i32('written'), i32('segment'), i32('hits'), i32('after_rejection')]
const [BASE, TIMES, COUNT, OUT, SIGNALS] = [i32('base'), i32('times'), i32('count'), i32('out'), i32('signals')]

/** Variables a module may keep in a routine before memory is the better place. */
const REGISTERS = 240
/** Nodes of right-hand side × stages that are unrolled into the step. */
const UNROLLED = 24

export function storageFor(tableau: Tableau, states: number): Storage {
  if (states * (tableau.c.length + 4) <= REGISTERS) return 'registers'
  return states <= UNROLLED ? 'memory' : 'loops'
}

/**
 * Generates `integrate(base, times, count, out, signals)`: the whole integration of a system by an explicit Runge–Kutta method,
 * fused with the right-hand side, with dense output at the requested times and exact treatment of signal knots.
 */
export class ExplicitIntegrator {
  private readonly g = new Graph()
  private readonly n: number
  private readonly v: Vectors
  private readonly rhs: RightHandSide
  private readonly y: Vector
  private readonly next: Vector
  private readonly k: readonly Vector[]
  private readonly scratch: { readonly vector: Vector; readonly offset: number } | undefined
  private readonly offsets: ReturnType<typeof layout>
  private readonly stages: number

  constructor(system: System, private readonly tableau: Tableau, storage: Storage = storageFor(tableau, system.states.length)) {
    this.n = system.states.length
    this.offsets = layout(this.n, system.parameters?.length ?? 0)
    this.v = new Vectors(this.g, this.n, storage, BASE, this.offsets.work)
    this.stages = tableau.c.length
    this.y = this.v.make('y')
    this.next = this.v.make('next')
    this.k = Array.from({ length: this.stages + tableau.interpolant.extra.length }, (_, s) => this.v.make(`k${s}`))
    this.scratch = storage === 'loops' ? this.v.makeAt() : undefined
    this.rhs = new RightHandSide(system, this.v, BASE)
  }

  /** Doubles of memory from the base on, without times, output and signals. */
  get frameLength(): number {
    return this.v.end
  }

  program(): Program {
    const integrate: Routine = { name: 'integrate', parameters: [BASE, TIMES, COUNT, OUT, SIGNALS], result: 'i32', body: this.body() }
    return { routines: this.rhs.routine === undefined ? [integrate] : [this.rhs.routine, integrate], exported: ['integrate'] }
  }

  private frame(offset: number): Node {
    return this.g.load(this.g.read(BASE), offset)
  }

  private number(value: number): Node {
    return this.g.constant(value)
  }

  private rate(stage: number): Vector {
    const vector = this.k[stage]
    if (vector === undefined) throw new RangeError(`no stage ${stage}`)
    return vector
  }

  /** Σ weights·k for one component. */
  private combined(weights: readonly Rational[], i: Index): Node {
    return this.g.combination(weights.flatMap((w, s) => (isZeroR(w) ? [] : [[toNumber(w), this.rate(s).at(i)] as const])))
  }

  private evaluate(stage: number, time: Node, state: (i: Index) => Node): readonly Statement[] {
    return [...this.rhs.evaluate(this.rate(stage), time, state, this.scratch), set([EVALUATIONS, this.g.add(this.g.read(EVALUATIONS), this.number(1))])]
  }

  /** y + h Σ weights·k. */
  private ahead(weights: readonly Rational[], i: Index): Node {
    const { add, mul } = this.g
    return add(this.y.at(i), mul(this.g.read(H), this.combined(weights, i)))
  }

  private stage(s: number, c: Rational, weights: readonly Rational[]): readonly Statement[] {
    const { add, mul } = this.g
    const time = add(this.g.read(T), mul(this.g.read(H), this.number(toNumber(c))))
    return this.evaluate(s, time, (i) => this.ahead(weights, i))
  }

  private get lastStage(): readonly Statement[] {
    return this.evaluate(this.stages - 1, this.g.read(NEXT), (i) => this.next.at(i))
  }

  private get adaptive(): boolean {
    return this.tableau.errors.length > 0
  }

  /** Whether the error estimate needs the derivative at the result. */
  private get errorNeedsLast(): boolean {
    return this.tableau.errors.some((e) => !isZeroR(e.weights[this.stages - 1] ?? e.weights[0] ?? { num: 0n, den: 1n }) && e.weights.length === this.stages)
  }

  private body(): readonly Statement[] {
    const g = this.g
    const running = g.and(g.apply('ieq', g.read(STATE), g.int(STATUS.running)), g.lt(this.number(0), g.mul(g.sub(this.frame(FRAME.end), g.read(T)), g.read(DIRECTION))))
    const allowed = g.lt(g.add(g.read(STEPS), g.read(REJECTED)), this.frame(FRAME.maxSteps))
    return [
      ...this.begin(),
      loop(running, [when(allowed, this.attempt(), [set([STATE, g.int(STATUS.stepLimit)])])]),
      ...this.finish(),
    ]
  }

  private begin(): readonly Statement[] {
    const g = this.g
    const zero = this.number(0)
    const initial = this.v.inMemory(this.offsets.state)
    const error = this.v.inMemory(this.offsets.error)
    const t = g.read(T)
    const segment = this.rhs.driven
      ? g.apply('toI32', g.max(zero, g.min(g.sub(this.frame(FRAME.intervals), this.number(1)), g.apply('floor', g.div(g.sub(t, this.frame(FRAME.origin)), this.frame(FRAME.spacing))))))
      : g.int(0)
    return [
      set([T, this.frame(FRAME.start)], [STATE, g.int(STATUS.running)], [WRITTEN, g.int(0)], [PREVIOUS, this.number(1e-4)],
        [STEPS, zero], [REJECTED, zero], [EVALUATIONS, zero], [AFTER_REJECTION, g.int(0)], [H, zero]),
      set([DIRECTION, g.apply('copysign', this.number(1), g.sub(this.frame(FRAME.end), t))], [SEGMENT, segment]),
      ...this.v.each((i) => [[this.y.place(i), initial.at(i)]]),
      ...this.v.each((i) => [[error.place(i), zero]]),
      ...this.rhs.enterSegment(SEGMENT, LIMIT, SIGNALS),
      ...this.writeWhile(t, [...this.v.each((i) => [[this.outputPlace(i), this.y.at(i)]])]),
      ...this.evaluate(0, t, (i) => this.y.at(i)),
      ...this.v.total(ERROR, (i) => g.abs(this.rate(0).at(i))),
      when(g.not(g.lt(g.read(ERROR), this.number(Infinity))), [set([STATE, g.int(STATUS.notFinite)])]),
      ...this.firstStep(),
    ]
  }

  /** Tolerance of a component for values of this size. */
  private scale(i: Index, size: Node): Node {
    const tolerance = this.v.inMemory(this.offsets.tolerance)
    return this.g.add(tolerance.at(i), this.g.mul(this.frame(FRAME.relativeTolerance), size))
  }

  /** The starting step of HNW I, II.4, with one trial step of Euler's method. */
  private firstStep(): readonly Statement[] {
    const g = this.g
    const { mul, div, abs, sub, select, lt, read } = g
    if (!this.adaptive) return [set([PROPOSED, this.frame(FRAME.step)])]
    const [d0, d1, d2] = [f64('d0'), f64('d1'), f64('d2')]
    const square = (x: Node): Node => mul(x, x)
    const norm = (into: typeof d0, value: (i: Index) => Node): readonly Statement[] => [
      ...this.v.total(into, (i) => square(div(value(i), this.scale(i, abs(this.y.at(i)))))),
      set([into, g.sqrt(mul(read(into), this.number(1 / Math.max(1, this.n))))]),
    ]
    const order = this.tableau.order
    const small = g.or(lt(read(d0), this.number(1e-5)), lt(read(d1), this.number(1e-5)))
    const trial = select(small, this.number(1e-6), div(mul(this.number(0.01), read(d0)), read(d1)))
    const span = abs(sub(this.frame(FRAME.end), read(T)))
    const curvature = g.max(read(d1), read(d2))
    const refined = select(
      g.le(curvature, this.number(1e-15)),
      g.max(this.number(1e-6), mul(read(PROPOSED), this.number(1e-3))),
      g.call('pow', div(this.number(0.01), curvature), this.number(1 / order)),
    )
    return [
      set([PROPOSED, this.frame(FRAME.step)]),
      when(g.and(g.le(read(PROPOSED), this.number(0)), g.apply('ieq', read(STATE), g.int(STATUS.running))), [
        ...norm(d0, (i) => this.y.at(i)),
        ...norm(d1, (i) => this.rate(0).at(i)),
        set([PROPOSED, g.min(trial, span)]),
        set([H, mul(read(PROPOSED), read(DIRECTION))]),
        ...this.evaluate(1, g.add(read(T), read(H)), (i) => g.add(this.y.at(i), mul(read(H), this.rate(0).at(i)))),
        ...norm(d2, (i) => sub(this.rate(1).at(i), this.rate(0).at(i))),
        set([d2, div(read(d2), read(PROPOSED))]),
        set([PROPOSED, g.min(mul(this.number(100), read(PROPOSED)), g.min(refined, span))]),
        when(g.not(lt(this.number(0), read(PROPOSED))), [set([PROPOSED, mul(this.number(1e-6), span)])]),
      ]),
    ]
  }

  /** One attempted step. */
  private attempt(): readonly Statement[] {
    const g = this.g
    const { mul, sub, add, read, abs, le, lt } = g
    const proposed = mul(g.min(read(PROPOSED), this.frame(FRAME.largestStep)), read(DIRECTION))
    const beyond = g.le(this.number(0), mul(sub(add(read(T), mul(this.number(1.0001), read(H))), read(LIMIT)), read(DIRECTION)))
    const tooSmall = g.and(g.not(read(HITS)), le(abs(read(H)), g.max(this.number(1e-300), mul(this.number(4 * ROUNDOFF), abs(read(T))))))
    const underflow = g.apply('iselect', lt(read(ERROR), this.number(Infinity)), g.int(STATUS.stepUnderflow), g.int(STATUS.notFinite))
    const a = this.tableau.a.slice(1, this.stages - 1)
    const weights = this.tableau.b
    const step: readonly Statement[] = [
      ...a.flatMap((r, s) => this.stage(s + 1, this.tableau.c[s + 1] ?? { num: 0n, den: 1n }, r)),
      ...this.v.each((i) => [[this.next.place(i), this.ahead(weights, i)]]),
      ...(this.errorNeedsLast ? this.lastStage : []),
      ...this.errorNorm(),
      when(le(read(ERROR), this.number(1)), this.accept(), this.reject()),
    ]
    return [
      set([H, proposed]),
      set([HITS, beyond]),
      when(read(HITS), [set([H, sub(read(LIMIT), read(T))], [NEXT, read(LIMIT)])], [set([NEXT, add(read(T), read(H))])]),
      when(tooSmall, [set([STATE, underflow])], step),
    ]
  }

  private embedded(index: number, i: Index): Node {
    return this.combined(this.tableau.errors[index]?.weights ?? [], i)
  }

  /** Root mean square of the error estimate in units of the tolerance; NaN or infinity if the step left the domain. */
  private errorNorm(): readonly Statement[] {
    const g = this.g
    const { mul, div, abs, read, add } = g
    const square = (x: Node): Node => mul(x, x)
    const scaleOf = (i: Index): Node => this.scale(i, g.max(abs(this.y.at(i)), abs(this.next.at(i))))
    if (!this.adaptive) {
      return [
        ...this.v.total(ERROR, (i) => abs(this.next.at(i))),
        set([ERROR, g.select(g.lt(read(ERROR), this.number(Infinity)), this.number(0), this.number(NaN))]),
      ]
    }
    const size = this.number(1 / Math.max(1, this.n))
    const first = this.v.total(ERROR, (i) => square(div(this.embedded(0, i), scaleOf(i))))
    if (this.tableau.errors.length === 1) return [...first, set([ERROR, mul(abs(read(H)), g.sqrt(mul(read(ERROR), size)))])]
    const coarse = f64('coarse')
    const denominator = add(read(ERROR), mul(this.number(0.01), read(coarse)))
    return [
      ...first,
      ...this.v.total(coarse, (i) => square(div(this.embedded(1, i), scaleOf(i)))),
      set([ERROR, g.select(g.apply('eq', denominator, this.number(0)), this.number(0), mul(mul(abs(read(H)), read(ERROR)), g.sqrt(div(size, denominator))))]),
    ]
  }

  private accept(): readonly Statement[] {
    const g = this.g
    const { add, read, abs, mul } = g
    const error = this.v.inMemory(this.offsets.error)
    const newSegment = this.rhs.driven
      ? [when(g.and(read(HITS), g.lt(mul(read(LIMIT), read(DIRECTION)), mul(this.frame(FRAME.end), read(DIRECTION)))), [
          set([SEGMENT, g.plus(read(SEGMENT), 1)]),
          ...this.rhs.enterSegment(SEGMENT, LIMIT, SIGNALS),
          ...this.evaluate(0, read(T), (i) => this.y.at(i)),
        ])]
      : []
    return [
      set([STEPS, add(read(STEPS), this.number(1))]),
      ...(this.errorNeedsLast ? [] : this.lastStage),
      ...(this.adaptive ? this.v.each((i) => [[error.place(i), add(error.at(i), abs(mul(read(H), this.embedded(0, i))))]]) : []),
      when(g.and(g.apply('ilt', read(WRITTEN), read(COUNT)), this.due(read(NEXT))), this.writeOutputs()),
      ...this.v.each((i) => [[this.y.place(i), this.next.at(i)], [this.rate(0).place(i), this.rate(this.stages - 1).at(i)]]),
      set([T, read(NEXT)]),
      ...newSegment,
      ...(this.adaptive ? this.proposeAfterAcceptance() : []),
    ]
  }

  private proposeAfterAcceptance(): readonly Statement[] {
    const g = this.g
    const { mul, div, read, abs, select } = g
    const order = Math.min(...this.tableau.errors.map((e) => e.order)) + 1
    const exponent = 1 / order - 0.75 * PI_WEIGHT
    const bounded = g.max(read(ERROR), this.number(1e-10))
    const factor = div(mul(this.number(SAFETY), g.call('pow', read(PREVIOUS), this.number(PI_WEIGHT))), g.call('pow', bounded, this.number(exponent)))
    const growth = g.min(select(read(AFTER_REJECTION), this.number(1), this.number(GROW)), g.max(this.number(SHRINK), factor))
    const wanted = mul(abs(read(H)), growth)
    return [
      set(
        [PROPOSED, select(read(HITS), g.max(wanted, g.min(read(PROPOSED), mul(read(PROPOSED), growth))), wanted)],
        [PREVIOUS, g.max(read(ERROR), this.number(1e-4))],
        [AFTER_REJECTION, g.int(0)],
      ),
    ]
  }

  private reject(): readonly Statement[] {
    const g = this.g
    const { mul, div, read, abs, select, lt } = g
    if (!this.adaptive) return [set([STATE, g.int(STATUS.notFinite)])]
    const order = Math.min(...this.tableau.errors.map((e) => e.order)) + 1
    const factor = g.max(this.number(0.1), div(this.number(SAFETY), g.call('pow', read(ERROR), this.number(1 / order))))
    const finite = lt(read(ERROR), this.number(Infinity))
    return [
      set(
        [REJECTED, g.add(read(REJECTED), this.number(1))],
        [AFTER_REJECTION, g.int(1)],
        [PROPOSED, mul(abs(read(H)), select(finite, factor, this.number(0.1)))],
      ),
    ]
  }

  /** Whether the next requested time lies at or before `t`. */
  private due(t: Node): Node {
    const g = this.g
    return g.le(g.mul(g.sub(this.requested, t), g.read(DIRECTION)), this.number(0))
  }

  private get requested(): Node {
    return this.g.load(this.g.plus(this.g.read(TIMES), this.g.read(WRITTEN)))
  }

  private outputPlace(i: Index): ReturnType<typeof toMemory> {
    const g = this.g
    const start = g.plus(g.read(OUT), g.apply('imul', g.read(WRITTEN), g.int(this.n)))
    return typeof i === 'number' ? toMemory(start, i) : toMemory(g.plus(start, i))
  }

  /** Runs `body` for every requested time up to `t`; beyond the last time the flag stops before memory is read out of order. */
  private writeWhile(t: Node, body: readonly Statement[]): readonly Statement[] {
    const g = this.g
    const more = i32('more')
    const test = set([more, g.and(g.apply('ilt', g.read(WRITTEN), g.read(COUNT)), this.due(t))])
    return [test, loop(g.read(more), [...body, set([WRITTEN, g.plus(g.read(WRITTEN), 1)]), test])]
  }

  private writeOutputs(): readonly Statement[] {
    const g = this.g
    const { read, sub, div } = g
    const theta = f64('theta')
    const { extra, weights } = this.tableau.interpolant
    const bs = weights.map((w, s) => [f64(`weight_${s}`), g.mul(read(theta), g.polynomial(w.map(toNumber), read(theta)))] as const)
    const used = bs.filter((_, s) => weights[s]?.some((w) => !isZeroR(w)))
    const value = (i: Index): Node =>
      g.add(this.y.at(i), g.mul(read(H), g.sum(bs.flatMap(([local], s) => (weights[s]?.some((w) => !isZeroR(w)) ? [g.mul(read(local), this.rate(s).at(i))] : [])))))
    return [
      ...extra.flatMap((e, s) => this.stage(this.stages + s, e.c, e.a)),
      ...this.writeWhile(read(NEXT), [
        set([theta, div(sub(this.requested, read(T)), read(H))]),
        when(
          g.apply('eq', this.requested, read(NEXT)),
          this.v.each((i) => [[this.outputPlace(i), this.next.at(i)]]),
          [set(...used), ...this.v.each((i) => [[this.outputPlace(i), value(i)]])],
        ),
      ]),
    ]
  }

  private finish(): readonly Statement[] {
    const g = this.g
    const { read } = g
    const final = this.v.inMemory(this.offsets.state)
    const result = (offset: number, value: Node): readonly [ReturnType<typeof toMemory>, Node] => [toMemory(read(BASE), offset), value]
    const integer = (x: Node): Node => g.apply('fromI32', x)
    return [
      ...this.v.each((i) => [[final.place(i), this.y.at(i)]]),
      when(g.apply('ieq', read(STATE), g.int(STATUS.running)), [set([STATE, g.int(STATUS.completed)])]),
      set(
        result(FRAME.status, integer(read(STATE))), result(FRAME.time, read(T)), result(FRAME.lastStep, read(H)),
        result(FRAME.accepted, read(STEPS)), result(FRAME.rejected, read(REJECTED)), result(FRAME.evaluations, read(EVALUATIONS)),
        result(FRAME.written, integer(read(WRITTEN))), result(FRAME.stiffness, this.number(0)),
      ),
      giveBack(read(STATE)),
    ]
  }
}
