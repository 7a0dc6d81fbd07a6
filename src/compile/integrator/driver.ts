import { Graph } from '../graph.js'
import { type Node, type Program, type Routine, type Statement, giveBack, i32, invoke, loop, set, when } from '../ir.js'
import { acceptable, boundOf, endAtTurn, lookAhead, looksAhead } from './ahead.js'
import { approach, startApproach, stayNear, unlessGivenUp } from './approach.js'
import { startWatching, watchForChatter } from './chatter.js'
import { ARGUMENT, type Context, ROUNDOFF, V, frame, increment, toFrame } from './context.js'
import { REMEMBERED_AT_START, proposeAfterAcceptance, proposeAfterRejection } from './control.js'
import { detectEvents, startEvents } from './eventDetection.js'
import { TURN, eventFrequencies } from './eventWaves.js'
import { STATUS, layout } from './frame.js'
import type { Data } from './linearSolver.js'
import type { Method } from './method.js'
import { writeInitial, writeStep } from './output.js'
import { RightHandSide, type System } from './rightHandSide.js'
import { type Storage, Vectors } from './vectors.js'

/** A step that would leave less than this part of itself before the limit is stretched to the limit. */
const STRETCH = 1.0001

/** A generated integrator and the doubles of memory it needs from its base on, without times, output and signals. */
export interface GeneratedIntegrator {
  readonly program: Program
  readonly frameLength: number
  /** What its code reads besides its arguments. */
  readonly data: readonly Data[]
}

/** The graph, vectors and right-hand side of an integrator for this system. */
export function contextFor(system: System, storage: Storage): Context {
  const g = new Graph()
  const n = system.states.length
  const offsets = layout(n, system.parameters?.length ?? 0)
  const v = new Vectors(g, n, storage, ARGUMENT.base, offsets.work)
  const [y, next] = [v.make('y'), v.make('next')]
  const scratch = storage === 'loops' ? v.makeAt() : undefined
  const events = system.events?.length ?? 0
  const located = events > 0 ? v.make('located') : next
  return { g, v, offsets, y, next, scratch, rhs: new RightHandSide(system, v, ARGUMENT.base), located, eventValues: v.allocate(2 * events) }
}

function begin(c: Context, method: Method): readonly Statement[] {
  const { g, v, offsets, rhs } = c
  const { sub, div, read } = g
  const zero = g.constant(0)
  const interval = g.apply('floor', div(sub(read(V.t), frame(c, 'origin')), frame(c, 'spacing')))
  const last = sub(frame(c, 'intervals'), g.constant(1))
  return [
    set([V.t, frame(c, 'start')], [V.status, g.int(STATUS.running)], [V.written, g.int(0)],
      [V.previous, g.constant(REMEMBERED_AT_START)], [V.steps, zero], [V.rejected, zero], [V.evaluations, zero],
      [V.stiffnessTests, zero], [V.stiffnessHits, zero], [V.afterRejection, g.int(0)], [V.h, zero]),
    set(
      [V.direction, g.apply('copysign', g.constant(1), sub(frame(c, 'end'), read(V.t)))],
      [V.segment, rhs.driven ? g.apply('toI32', g.max(zero, g.min(last, interval))) : g.int(0)],
    ),
    ...(rhs.external === undefined ? [] : [invoke(rhs.external.setup.name, read(ARGUMENT.base))]),
    ...v.each((i) => [[c.y.place(i), v.inMemory(offsets.state).at(i)]]),
    ...v.each((i) => [[v.inMemory(offsets.error).place(i), zero]]),
    ...rhs.enterSegment(V.segment, boundOf(c, method), ARGUMENT.signals),
    ...lookAhead(c, method),
    ...writeInitial(c),
    ...method.start(),
    ...startEvents(c),
    ...startWatching(c, method),
    ...startApproach(c, method),
    when(g.not(g.lt(read(V.error), g.constant(Infinity))), [set([V.status, g.int(STATUS.notFinite)])]),
    ...(method.errorOrder === undefined ? [set([V.proposed, frame(c, 'step')])] : method.firstStep()),
  ]
}

/** Behind a knot the rates have jumped or bent: new samples, new start. Behind a lookout the next one limits the steps. */
function crossKnot(c: Context, method: Method): readonly Statement[] {
  const { g, rhs } = c
  const { read, mul, lt } = g
  const [bound, looking] = [boundOf(c, method), looksAhead(c, method)]
  if (!rhs.driven && !looking) return []
  const before = (a: Node, b: Node): Node => lt(mul(a, read(V.direction)), mul(b, read(V.direction)))
  const enter = [
    set([V.segment, g.plus(read(V.segment), 1)]),
    ...rhs.enterSegment(V.segment, bound, ARGUMENT.signals),
    ...method.start(),
  ]
  return [
    when(g.and(read(V.hits), before(read(V.limit), frame(c, 'end'))), [
      ...(rhs.driven ? (looking ? [when(g.not(before(read(V.limit), read(bound))), enter)] : enter) : []),
      ...lookAhead(c, method),
      ...stayNear(c, method),
    ]),
  ]
}

function accept(c: Context, method: Method): readonly Statement[] {
  const { g, v, offsets } = c
  const books = v.inMemory(offsets.error)
  const accumulated = v.each((i) => {
    const error = method.localError(i)
    return error === undefined ? [] : [[books.place(i), g.add(books.at(i), g.abs(error))]]
  })
  return [
    set(increment(c, V.steps)),
    ...method.finishStep(),
    ...accumulated,
    ...detectEvents(c, method),
    writeStep(c, method),
    ...watchForChatter(c, method),
    ...v.each((i) => [[c.y.place(i), c.next.at(i)], ...method.advance(i)]),
    set([V.t, g.read(V.next)]),
    ...(method.errorOrder === undefined ? [] : proposeAfterAcceptance(c, method.errorOrder)),
    ...crossKnot(c, method),
  ]
}

/** No step is longer: what is asked for and, for a method that chooses its steps, what the waves of event functions allow. */
function longestStep(c: Context, method: Method): Node {
  const { g, rhs } = c
  const frequencies = method.adaptive ? rhs.values(eventFrequencies(rhs.system), g.read(V.t), () => g.constant(NaN)) : []
  return frequencies.reduce((longest, w) => g.min(longest, g.div(g.constant(TURN), g.abs(w))), frame(c, 'largestStep'))
}

function attempt(c: Context, method: Method): readonly Statement[] {
  const { g } = c
  const { mul, sub, add, read, abs, le, lt } = g
  const reach = add(read(V.t), mul(g.constant(STRETCH), read(V.h)))
  const least = g.max(g.constant(1e-300), mul(g.constant(4 * ROUNDOFF), abs(read(V.t))))
  const tooSmall = g.and(g.not(read(V.hits)), le(abs(read(V.h)), least))
  const ending = g.apply('iselect', lt(read(V.error), g.constant(Infinity)), g.int(STATUS.stepUnderflow), g.int(STATUS.notFinite))
  const refuse = method.errorOrder === undefined ? [set([V.status, g.int(STATUS.notFinite)])] : proposeAfterRejection(c, method.errorOrder)
  return [
    ...method.prepareStep(),
    set([V.h, mul(g.min(read(V.proposed), longestStep(c, method)), read(V.direction))]),
    set([V.hits, le(g.constant(0), mul(sub(reach, read(V.limit)), read(V.direction)))]),
    set([V.next, g.select(read(V.hits), read(V.limit), add(read(V.t), read(V.h)))]),
    ...endAtTurn(c, method),
    when(tooSmall, [set([V.status, ending])], [
      // What the rounded time moves by: far from the origin of time that differs from the step asked for by more than tolerances.
      set([V.h, sub(read(V.next), read(V.t))]),
      ...method.attempt(),
      ...approach(c, method),
      ...unlessGivenUp(c, method, [when(acceptable(c, method), accept(c, method), refuse)]),
    ]),
  ]
}

function finish(c: Context): readonly Statement[] {
  const { g, v, offsets } = c
  const { read } = g
  const final = v.inMemory(offsets.state)
  return [
    ...v.each((i) => [[final.place(i), c.y.at(i)]]),
    when(g.apply('ieq', read(V.status), g.int(STATUS.running)), [set([V.status, g.int(STATUS.completed)])]),
    set(
      [toFrame(c, 'status'), g.apply('fromI32', read(V.status))], [toFrame(c, 'time'), read(V.t)], [toFrame(c, 'lastStep'), read(V.h)],
      [toFrame(c, 'accepted'), read(V.steps)], [toFrame(c, 'rejected'), read(V.rejected)],
      [toFrame(c, 'evaluations'), read(V.evaluations)], [toFrame(c, 'written'), g.apply('fromI32', read(V.written))],
      [toFrame(c, 'stiffnessTests'), read(V.stiffnessTests)], [toFrame(c, 'stiffnessHits'), read(V.stiffnessHits)],
    ),
  ]
}

/** Whether the integration goes on; one step of it, if the limit on steps allows. */
function advancing(c: Context, method: Method): { readonly running: Node; readonly step: Statement } {
  const { g } = c
  const { read } = g
  const ahead = g.lt(g.constant(0), g.mul(g.sub(frame(c, 'end'), read(V.t)), read(V.direction)))
  const allowed = g.lt(g.add(read(V.steps), read(V.rejected)), frame(c, 'maxSteps'))
  return {
    running: g.and(g.apply('ieq', read(V.status), g.int(STATUS.running)), ahead),
    step: when(allowed, attempt(c, method), [set([V.status, g.int(STATUS.stepLimit)])]),
  }
}

/**
 * Generates `integrate(base, times, count, out, signals)`: the whole integration of a system by one method, fused with the
 * right-hand side, with dense output at the requested times and an exact treatment of signal knots.
 */
export function generateIntegrator(c: Context, method: Method): GeneratedIntegrator {
  const { running, step } = advancing(c, method)
  const body = [...begin(c, method), loop(running, [step]), ...finish(c), giveBack(c.g.read(V.status))]
  const { base, times, count, out, signals } = ARGUMENT
  const integrate: Routine = { name: 'integrate', parameters: [base, times, count, out, signals], result: 'i32', body }
  const own = [...(c.rhs.external === undefined ? [] : [c.rhs.external.setup]), ...c.rhs.routines]
  const program: Program = { routines: [...own, ...method.routines, integrate], exported: ['integrate'] }
  return { program, frameLength: c.v.end, data: [...(c.rhs.external?.data ?? []), ...(method.data ?? [])] }
}

/** Name of the routine that takes a lane's finished trajectory and gives it the next; the target brings it along. */
export const EXCHANGE = 'exchange'
/** What a lane is given behind its frame: whether there is a trajectory, and the arguments of `integrate`. */
const ASSIGNED = ['alive', 'times', 'count', 'out', 'signals'] as const

/** A generated integrator for lanes that go on to the next trajectory as they finish; `assignment` is where they find it. */
export interface GeneratedLanes extends GeneratedIntegrator {
  readonly assignment: number
}

/**
 * Generates `lanes(base)`: integrations one after another, until none is left. Meant for whole-function vectorization: every lane of a
 * vector runs its own sequence, and a lane that is done takes its next trajectory while the others step on.
 */
export function generateLanes(c: Context, method: Method): GeneratedLanes {
  const { g } = c
  const { read } = g
  const alive = i32('alive')
  const { base, times, count, out, signals } = ARGUMENT
  const assignment = c.v.allocate(ASSIGNED.length)
  const given = [alive, times, count, out, signals]
    .map((local, k) => [local, g.apply('toI32', g.load(read(base), assignment + k))] as const)
  const { running, step } = advancing(c, method)
  const body = [
    set([alive, g.int(1)], [V.status, g.int(STATUS.completed)]),
    loop(read(alive), [
      when(g.not(running), [...finish(c), invoke(EXCHANGE, read(base)), set(...given), when(read(alive), begin(c, method))]),
      when(running, [step]),
    ]),
  ]
  const program: Program = { routines: [...c.rhs.routines, ...method.routines, { name: 'lanes', parameters: [base], body }], exported: ['lanes'] }
  return { program, frameLength: c.v.end, data: [], assignment }
}
