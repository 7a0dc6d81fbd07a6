import { sym, ZERO } from '../algebra/build.js'
import { atomsOf, substitute } from '../algebra/calculus.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import { coefficientOf, variable, variableAtom } from '../jets/vector.js'
import { explicit } from './memory.js'
import type { Rule } from './model.js'
import { writtenOut } from './writtenOut.js'

type Matrix = readonly (readonly number[])[]

const product = (a: Matrix, b: Matrix): Matrix => a.map((row) => row.map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] ?? 0), 0)))
const distance = (a: Matrix, b: Matrix): number => Math.max(...a.flatMap((row, i) => row.map((x, j) => Math.abs(x - (b[i]?.[j] ?? 0)))))

/** What a step makes of θ and the states where the learning rate is zero, as numbers; undefined where that depends on contractions of them. */
function stepAtRest(given: Rule, numbers: Readonly<Record<string, number>>): Matrix | undefined {
  const rule = explicit(given)
  const names = ['theta', ...rule.states.map((s) => s.name)]
  const updates = writtenOut(rule)
  const rows = names.map((name) => names.map((other) => substitute(coefficientOf(updates.get(name) ?? variable(name), variableAtom(other)), new Map([[sym('eta'), ZERO]]))))
  return rows.flat().some((c) => atomsOf(c).length > 0) ? undefined : rows.map((row) => row.map((c) => evaluateNumber(c, numbers)))
}

/** Doublings of the number of steps until the last one that is looked at, and from there until what is left counts as the end: rounding grows with them. */
const [DOUBLINGS, BEYOND] = [20, 4]

/**
 * Steps after which all but a share of what the states began with has died out and they follow θ: the flow of a rule holds from there on. What states
 * take over of each other counts, what the loss feeds back by way of η does not.
 * @param numbers hyperparameters, and the step `k` where the rule has it.
 * @returns undefined where the states do not settle, or within a million steps
 */
export function settlingSteps(rule: Rule, numbers: Readonly<Record<string, number>>, share = 1e-3): number | undefined {
  if (rule.states.length === 0) return 0
  const step = stepAtRest(rule, numbers)
  if (step === undefined) return undefined
  const powers = [step]
  for (let i = 0; i < DOUBLINGS + BEYOND; i += 1) powers.push(product(powers[i] ?? [], powers[i] ?? []))
  const limit = powers.at(-1) ?? []
  // A projection onto what stays; its trace counts that: θ alone.
  const rank = limit.reduce((sum, row, i) => sum + (row[i] ?? 0), 0)
  if (!(distance(limit, product(limit, limit)) < share && Math.abs(rank - 1) < share)) return undefined
  // The most steps, by their binary digits, after which more is left.
  let [steps, power]: [number, Matrix] = [0, limit.map((row, i) => row.map((_, j) => (i === j ? 1 : 0)))]
  if (distance(power, limit) <= share) return 0
  for (let i = DOUBLINGS - 1; i >= 0; i -= 1) {
    const next = product(power, powers[i] ?? [])
    if (distance(next, limit) > share) [steps, power] = [steps + 2 ** i, next]
  }
  return steps + 1 < 2 ** DOUBLINGS ? steps + 1 : undefined
}
