import { type Node, type Place, type Statement, i32, loop, set, toMemory, when, whenRarely } from '../ir.js'
import { ARGUMENT, type Context, V } from './context.js'
import type { Method } from './method.js'
import type { Index } from './vectors.js'

const requested = ({ g }: Context): Node => g.load(g.plus(g.read(ARGUMENT.times), g.read(V.written)))

/** Whether the next requested time lies at or before `t`. Behind the last time the memory read is the output's, and harmless. */
const due = (c: Context, t: Node): Node => {
  const { g } = c
  const before = g.le(g.mul(g.sub(requested(c), t), g.read(V.direction)), g.constant(0))
  return g.and(g.apply('ilt', g.read(V.written), g.read(ARGUMENT.count)), before)
}

/** Whether a time within the step up to `t`, before its end, is requested. */
export const dueWithin = (c: Context, t: Node): Node => {
  const { g } = c
  return g.and(due(c, t), g.lt(g.mul(g.sub(requested(c), t), g.read(V.direction)), g.constant(0)))
}

function place({ g, v }: Context, i: Index): Place {
  const start = g.plus(g.read(ARGUMENT.out), g.apply('imul', g.read(V.written), g.int(v.length)))
  return typeof i === 'number' ? toMemory(start, i) : toMemory(g.plus(start, i))
}

const copy = (c: Context, value: (i: Index) => Node): readonly Statement[] => c.v.each((i) => [[place(c, i), value(i)]])

function whileDue(c: Context, t: Node, body: readonly Statement[]): readonly Statement[] {
  const { g } = c
  const more = i32('more')
  const test = set([more, due(c, t)])
  return [test, loop(g.read(more), [...body, set([V.written, g.plus(g.read(V.written), 1)]), test])]
}

/** Output at the start of the integration. */
export const writeInitial = (c: Context): readonly Statement[] => whileDue(c, c.g.read(V.t), copy(c, (i) => c.y.at(i)))

/** Output at all requested times of the step from `V.t` to `V.next`. */
export function writeStep(c: Context, method: Method): Statement {
  const { g } = c
  const { read } = g
  const weights = method.outputWeights()
  return whenRarely('sometimes', due(c, read(V.next)), [
    ...method.prepareOutput(),
    ...whileDue(c, read(V.next), [
      set([V.theta, g.div(g.sub(requested(c), read(V.t)), read(V.h))]),
      when(
        g.apply('eq', requested(c), read(V.next)),
        copy(c, (i) => c.next.at(i)),
        [...(weights.length > 0 ? [set(...weights)] : []), ...copy(c, (i) => method.interpolated(i))],
      ),
    ]),
  ])
}
