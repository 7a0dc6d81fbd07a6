import { ZERO, sym } from '../algebra/build.js'
import { substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { InputError } from '../errors.js'
import { elementwise } from '../jets/elementwise.js'
import type { ProjectorOperator } from '../jets/operator.js'
import { type Vector, type VectorAtom, combine, vectorOf } from '../jets/vector.js'
import { childrenOf, vectorsIn } from '../jets/walk.js'
import { substituteScalars } from '../jets/substitute.js'
import type { Update } from './model.js'
import { unlessSingular } from './series.js'

type Blocks = readonly string[]

/** The blocks on which a vector has components; undefined where it may have them on all. */
const supportOf = (a: VectorAtom): Blocks | undefined =>
  a.kind === 'apply' && a.operator.kind === 'projector' ? a.operator.members : a.kind === 'indicator' ? a.set.members : undefined

/**
 * A vector of which only the components on a set are taken, with functions of components written in whole vectors: P_B(x/y_B) is P_B(x/y), whose
 * function is not taken of the zeros that y_B has elsewhere.
 */
export function ownComponents(x: Vector, { members }: ProjectorOperator): Vector {
  const whole = (a: VectorAtom): VectorAtom => (a.kind === 'apply' && members.every((b) => supportOf(a)?.includes(b)) ? a.argument : a)
  return combine(x.terms.map(({ coefficient, atom }) => [coefficient, atom.kind !== 'elementwise' ? vectorOf(atom) : elementwise(atom.body, Object.fromEntries(atom.args.map((a, i) => [`_${i}`, vectorOf(whole(a))])))] as const))
}

/** Whether a function of components has a value on a block, where some of its arguments are zero. */
function isDefinedOn(a: Extract<VectorAtom, { kind: 'elementwise' }>, block: string): boolean {
  const zeros = a.args.flatMap((x, i) => (supportOf(x)?.includes(block) === false ? [[`_${i}`, ZERO] as const] : []))
  try {
    substitute(a.body, Object.fromEntries(zeros))
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** A block of those looked at on which some function of components in a vector has a pole. */
function poleIn(a: VectorAtom, blocks: Blocks, all: Blocks): string | undefined {
  const own = supportOf(a)
  const within = own === undefined ? blocks : blocks.filter((b) => own.includes(b))
  const here = a.kind === 'elementwise' ? within.find((b) => !isDefinedOn(a, b)) : undefined
  const below = a.kind === 'apply' || a.kind === 'elementwise' ? within : all
  return here ?? childrenOf(a).map((x) => poleIn(x, below, all)).find((b) => b !== undefined)
}

/**
 * Refuses updates in which a function of components has a pole on the zeros that a block's part of a vector has on the others, as 1/theta_u has.
 * @throws InputError that names the update and a block
 */
export function refusePoles(updates: readonly Update[], all: Blocks): void {
  for (const { name, value } of updates) {
    const block = value.terms.flatMap(({ coefficient, atom }) => [atom, ...vectorsIn(coefficient)]).map((a) => poleIn(a, all, all)).find((b) => b !== undefined)
    if (block !== undefined)
      throw new InputError(`the update of ${name} divides by a part of a vector that is zero on the block ${block}`, 'take such a function in an update of the block whose part it is, e.g. u: u - eta*g/u, or divide by something that is nowhere zero, e.g. theta_u^2 + epsilon')
  }
}

const FIRST = new Map([[sym('k'), ZERO]])

/** @throws InputError for an update or a schedule that divides by zero at the first step, as beta^k/(1 - beta^k) does. */
export function refuseFirstStep(updates: readonly Update[], schedules: ReadonlyMap<string, Expr>): void {
  const remedy = 'steps are counted from k = 0: write k + 1 for their number'
  const pole = updates.find(({ value }) => unlessSingular(() => substituteScalars(value, FIRST)) === undefined)
  if (pole !== undefined) throw new InputError(`the update of ${pole.name} divides by zero at the first step`, remedy)
  const [schedule] = [...schedules].find(([, e]) => unlessSingular(() => substitute(e, FIRST)) === undefined) ?? []
  if (schedule !== undefined) throw new InputError(`the schedule of ${schedule} divides by zero at the first step`, remedy)
}
