import { ONE, ZERO, add, atom, div, indexedNode, isZero, mul, num, sub, sym, symbolsOf } from '../../algebra/build.js'
import { atomsOf, subexpressions, substitute } from '../../algebra/calculus.js'
import { expand } from '../../algebra/expand.js'
import type { Expr } from '../../algebra/expr.js'
import { factored } from '../../algebra/squareFree.js'
import { multiplied, summed } from '../../algebra/summation.js'
import { atStep, writtenOut } from '../../algebra/writtenOut.js'
import { isIdenticallyZero } from '../../algebra/zero.js'
import { overCommonDenominator } from '../../jets/collect.js'
import { byFunctionsOfTime } from './functionsOfTime.js'
import { type Rows, resolventOf } from './matrixFunction.js'
import { type PowerRegime, matrixPowers } from './matrixPower.js'

/** x_{k+1} = matrix·x_k + drives, in a name for k; what is measured differs from step to step. */
export interface Recursion {
  readonly matrix: Rows
  readonly drives: readonly Expr[]
  readonly step: string
}

/** The first of the quantities at step k, from values `q1_0`, `q2_0`, … of all at step 0. */
export interface RecursionSolution extends Omit<PowerRegime, 'power' | 'firstRow'> {
  /** Under sums and products over steps, what is measured is taken at the step of the index. */
  readonly solution: Expr
  /** The same where the measured drive of one quantity stays as it is. */
  readonly undisturbed: Expr | undefined
}

const initial = (i: number): Expr => sym(`q${i + 1}_0`)
/** Whether a factor is the same at all steps. */
export const isConstant = (e: Expr, step: string): boolean => !symbolsOf(e).has(step) && atomsOf(e).length === 0

/** One quantity whose factor differs between steps: q_k = Π a q_0 + Σ_j Π_{i>j} a_i · b_j. */
function overSteps(a: Expr, b: Expr, start: Expr, step: string): Expr {
  const at = (e: Expr, index: string): Expr => substitute(e, { [step]: sym(index) })
  const last = sub(sym(step), ONE)
  const factor = (from: Expr): Expr => multiplied(at(a, '_i'), '_i', from, last)
  return add(mul(factor(ZERO), start), summed(mul(factor(add(sym('_j'), ONE)), at(b, '_j')), '_j', ZERO, last))
}

/**
 * Quantities that drive each other one way only, whose factors differ between steps: each by products over the steps, driven by those solved before.
 * @returns undefined where two drive each other
 */
function oneWay({ matrix, drives, step }: Recursion): Expr | undefined {
  const solved = new Map<number, Expr>()
  const isReady = (row: readonly Expr[], i: number): boolean => !solved.has(i) && row.every((e, j) => j === i || isZero(e) || solved.has(j))
  while (!solved.has(0)) {
    const i = matrix.findIndex(isReady)
    const row = matrix[i]
    if (row === undefined) return undefined
    const driven = row.map((e, j) => (j === i || isZero(e) ? ZERO : mul(e, solved.get(j) ?? ZERO)))
    solved.set(i, overSteps(row[i] ?? ZERO, add(drives[i] ?? ZERO, ...driven), initial(i), step))
  }
  return solved.get(0)
}

const FIRST_STEPS = 5n

/** Whether the solution gives what the recursion gives, written out for the first steps; an opaque quantity is another one at each. */
function iterates(solution: Expr, { matrix, drives, step }: Recursion): boolean {
  const measured = (e: Expr, n: bigint): Expr => substitute(substitute(e, { [step]: num(n) }), new Map(atomsOf(e).map((o) => [atom(o), atom(atStep(o, n))])))
  let values = matrix.map((_, i) => initial(i))
  for (let n = 0n; n <= FIRST_STEPS; n += 1n) {
    const claimed = writtenOut(solution, { [step]: num(n) })
    if (claimed === undefined || !isIdenticallyZero(sub(claimed, values[0] ?? ZERO))) return false
    values = matrix.map((row, i) => add(...row.map((a, j) => mul(measured(a, n), values[j] ?? ZERO)), measured(drives[i] ?? ZERO, n)))
  }
  return true
}

/** The quantities at which constant drives hold the recursion: (1 − A)⁻¹ drives, by the resolvent; none where a factor is one. */
export function fixedPoint({ matrix, drives, step }: Recursion): readonly Expr[] | undefined {
  if (matrix.flat().some((e) => !isConstant(e, step)) || drives.some((e) => symbolsOf(e).has(step))) return undefined
  const { adjoint, characteristic } = resolventOf(matrix)
  const determinant = factored(add(...characteristic))
  if (isZero(determinant)) return undefined
  return matrix.map((row, i) => overCommonDenominator(add(...row.map((_, j) => mul(factored(div(add(...adjoint.map((m) => m[i]?.[j] ?? ZERO)), determinant)), drives[j] ?? ZERO)))))
}

/** Σ response from step 0 to the last, closed where nothing under it is measured. */
function added(response: Expr, last: Expr, step: string): Expr {
  const open = indexedNode('sum', response, '_j', ZERO, last)
  const closed = atomsOf(response).length > 0 ? open : summed(response, '_j', ZERO, last)
  return [...subexpressions(closed)].some((x) => x.kind === 'indexed') ? open : byFunctionsOfTime(expand(closed), step)
}

function ofPowers({ power, firstRow, ...regime }: PowerRegime, recursion: Recursion): RecursionSolution {
  const { drives, step } = recursion
  const rest = fixedPoint(recursion)
  const start = power.map((_, i) => initial(i))
  const undisturbed = rest === undefined ? undefined : add(rest[0] ?? ZERO, firstRow(start.map((x, i) => sub(x, rest[i] ?? ZERO))))
  if (undisturbed !== undefined && drives.every((e) => isConstant(e, step))) return { ...regime, solution: undisturbed, undisturbed: undefined }
  const last = sub(sym(step), ONE)
  const impulse = firstRow(drives.map((e) => substitute(e, { [step]: sym('_j') })))
  const response = substitute(impulse, { [step]: sub(last, sym('_j')) })
  return { ...regime, solution: add(firstRow(start), added(response, last, step)), undisturbed: power.length === 1 ? undisturbed : undefined }
}

/** Powers of larger matrices have formulas that nobody reads, and that take minutes to find. */
const MOST_COUPLED = 4

/**
 * A linear recursion solved for its first quantity: by the powers of its matrix where the factors are constant and the quantities few, else by products
 * over the steps where the quantities drive each other one way only. Sums of what is not measured are closed.
 * @param names names that no root may have
 * @returns no solution where many quantities, or factors that change with the step, couple both ways
 */
export function solveRecursion(recursion: Recursion, names: ReadonlySet<string>): readonly RecursionSolution[] {
  const { matrix, step } = recursion
  if (matrix.length <= MOST_COUPLED && matrix.flat().every((e) => isConstant(e, step))) {
    const solutions = matrixPowers(matrix, step, names).map((regime) => ofPowers(regime, recursion))
    return matrix.length > 1 ? solutions : solutions.map((one) => ({ ...one, verified: one.verified && iterates(one.solution, recursion) }))
  }
  const solution = oneWay(recursion)
  if (solution === undefined) return []
  const none = { discriminant: undefined, relation: undefined, where: [], named: [], undisturbed: undefined }
  return [{ ...none, name: 'a factor for each step', factors: matrix.map((row, i) => row[i] ?? ZERO), solution, verified: iterates(solution, recursion) }]
}
