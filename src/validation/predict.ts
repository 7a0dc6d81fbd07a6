import { symbolsOf } from '../algebra/calculus.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import { linearPropagator } from '../compile/propagator.js'
import type { LinearLaw } from '../laws/flow.js'
import type { StepDrive } from './drive.js'

/** Whether a law has the time itself in its coefficients or its drive. */
export const holdsTime = ({ coefficients, drive }: Pick<LinearLaw, 'coefficients' | 'drive'>): boolean => [...coefficients, drive].some((e) => symbolsOf(e).has('t'))

/** The coefficients of a law as numbers, from that of q on, the last not zero. */
function numbersOf(law: Pick<LinearLaw, 'coefficients'>, hyperparameters: Readonly<Record<string, number>>): readonly number[] {
  const values = law.coefficients.map((c) => evaluateNumber(c, hyperparameters))
  return values.slice(0, Math.max(1, values.findLastIndex((x) => x !== 0) + 1))
}

/** A law as a first-order system (q, q̇, …), coefficients as numbers. */
function systemOf(law: Pick<LinearLaw, 'coefficients'>, hyperparameters: Readonly<Record<string, number>>) {
  const values = numbersOf(law, hyperparameters)
  const lead = values.at(-1) ?? 1
  const order = values.length - 1
  const matrix = Array.from({ length: order }, (_, i) =>
    Array.from({ length: order }, (_, j) => (i < order - 1 ? (j === i + 1 ? 1 : 0) : -(values[j] ?? 0) / lead)),
  )
  return { order, matrix, input: matrix.map((_, i) => [i === order - 1 ? 1 / lead : 0]) }
}

/** Whether all roots of a polynomial, coefficients from the highest, have negative real parts (Routh's criterion). */
function isStable(coefficients: readonly number[]): boolean {
  const [a0 = 0, a1 = 0] = coefficients
  if (coefficients.length < 2) return true
  return a0 * a1 > 0 && isStable(coefficients.slice(1).map((x, i) => (i % 2 === 1 ? x - (a0 / a1) * (coefficients[i + 2] ?? 0) : x)))
}

/** Growth within a step from which a solution is none of the rule: its own motions take many steps. */
const GROWTH = 0.5

/**
 * Whether a law is a problem with initial values. Beyond two time derivatives all but two of its solutions are none of the rule: they have to die
 * out, as fast as the relaxation of a momentum. With fewer none may grow within a
 * step, as one does where implicit steps give the highest derivative a negative factor of order η. Without any derivative it has none.
 */
export function hasInitialValues(law: Pick<LinearLaw, 'coefficients'>, hyperparameters: Readonly<Record<string, number>>): boolean {
  const values = numbersOf(law, hyperparameters)
  const order = values.length - 1
  const moving = values[0] === 0 ? values.slice(1) : values
  const [highest = 1, before = 0] = values.toReversed()
  const growsInAStep = (-before / highest) * (hyperparameters['eta'] ?? 0) > GROWTH
  return ((order === 1 || order === 2) && !growsInAStep) || (order > 2 && isStable(moving.toReversed()))
}

/** Where the solution under the n-th part of a drive begins: at the initial values or, for all but the first, at rest. */
const startOf = (n: number, order: number, initial: readonly number[]): readonly number[] => (n === 0 ? initial.slice(0, order) : Array.from({ length: order }, () => 0))

/** Solutions add up, part by part of the drive; the first has the initial values, and there is one without a drive. */
const atLeastOne = (drives: readonly StepDrive[]): readonly (Pick<StepDrive, 'shape'> & Partial<StepDrive>)[] => (drives.length === 0 ? [{ shape: 'constant' }] : drives)

/**
 * The solution of a law on the steps of a run, from measured initial values and a measured drive, a sum, exact for the shapes of its parts.
 * @param step physical time of one step: the learning rate.
 * @param initial q, q̇, … for every member.
 * @param drives parts of the drive by their values at the steps.
 * @returns q at steps 0 … steps−1, laid out as the drive.
 */
export function solveOnSteps(
  law: Pick<LinearLaw, 'coefficients'>,
  hyperparameters: Readonly<Record<string, number>>,
  step: number,
  initial: (member: number) => readonly number[],
  drives: readonly StepDrive[],
  members: number,
  steps: number,
): Float64Array {
  const { order, matrix, input } = systemOf(law, hyperparameters)
  const out = new Float64Array(steps * members)
  for (const [n, { series, shape }] of atLeastOne(drives).entries()) {
    const propagator = linearPropagator({ matrix, input }, step, shape)
    for (let i = 0; i < members; i += 1) {
      const u = Float64Array.from({ length: steps }, (_, k) => series?.values[k * members + i] ?? 0)
      const [q] = propagator.run(startOf(n, order, initial(i)), [u], steps - 1)
      for (let k = 0; k < steps; k += 1) out[k * members + i] = (out[k * members + i] ?? 0) + (q?.[k] ?? Number.NaN)
    }
  }
  return out
}

/**
 * The same for coefficients that are functions of time: exact for coefficients held at their values in the middle of each step, so of second
 * order in the step (exponential midpoint rule).
 * @param at hyperparameters and the time `t` in the middle of step k.
 */
export function solveInTime(
  law: Pick<LinearLaw, 'coefficients'>,
  at: (k: number) => Readonly<Record<string, number>>,
  step: number,
  initial: (member: number) => readonly number[],
  drives: readonly StepDrive[],
  members: number,
  steps: number,
): Float64Array {
  const out = new Float64Array(steps * members)
  let states = Array.from({ length: members }, (_, i) => initial(i))
  for (let k = 0; k < steps; k += 1) {
    const { order, matrix, input } = systemOf(law, at(k))
    const parts = atLeastOne(drives).map(({ series, shape }) => ({ series, propagator: linearPropagator({ matrix, input }, step, shape) }))
    states = states.map((state, i) => {
      out[k * members + i] = state[0] ?? Number.NaN
      const moved = parts.map(({ series, propagator }, n) => {
        const during = [k, Math.min(k + 1, steps - 1)].map((at) => series?.values[at * members + i] ?? 0)
        return propagator.run(startOf(n, order, state), [during], 1).map((y) => y[1] ?? Number.NaN)
      })
      return Array.from({ length: order }, (_, j) => moved.reduce((sum, y) => sum + (y[j] ?? Number.NaN), 0))
    })
  }
  return out
}
