import { ONE, ZERO, add, atom, div, indexedNode, isZero, mul, num, sub, sym, symbolsOf } from '../../algebra/build.js'
import { atomsOf, subexpressions, substitute } from '../../algebra/calculus.js'
import { expand } from '../../algebra/expand.js'
import type { Expr } from '../../algebra/expr.js'
import { factored } from '../../algebra/squareFree.js'
import { multiplied, summed } from '../../algebra/summation.js'
import { atStep, writtenOut } from '../../algebra/writtenOut.js'
import { isZeroExpr } from '../../algebra/zero.js'
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
const isConstant = (e: Expr, step: string): boolean => !symbolsOf(e).has(step) && atomsOf(e).length === 0

/** One quantity whose factor differs between steps: q_k = Π a q_0 + Σ_j Π_{i>j} a_i · b_j. */
function ofOneQuantity(a: Expr, b: Expr, step: string): RecursionSolution {
  const [k, at] = [sym(step), (e: Expr, index: string): Expr => substitute(e, { [step]: sym(index) })]
  const last = sub(k, ONE)
  const factor = (from: Expr): Expr => multiplied(at(a, '_i'), '_i', from, last)
  const solution = add(mul(factor(ZERO), initial(0)), summed(mul(factor(add(sym('_j'), ONE)), at(b, '_j')), '_j', ZERO, last))
  return {
    name: 'a factor for each step', discriminant: undefined, relation: undefined, where: [], named: [], factors: [a],
    solution, undisturbed: undefined, verified: iterates(solution, a, b, step),
  }
}

const FIRST_STEPS = 5n

/** Whether the solution gives what the recursion gives, written out for the first steps; an opaque quantity is another one at each. */
function iterates(solution: Expr, a: Expr, b: Expr, step: string): boolean {
  const measured = (e: Expr, n: bigint): Expr => substitute(substitute(e, { [step]: num(n) }), new Map(atomsOf(e).map((o) => [atom(o), atom(atStep(o, n))])))
  let value = initial(0)
  for (let n = 0n; n <= FIRST_STEPS; n += 1n) {
    const claimed = writtenOut(solution, { [step]: num(n) })
    if (claimed === undefined || !isZeroExpr(sub(claimed, value)).zero) return false
    value = add(mul(measured(a, n), value), measured(b, n))
  }
  return true
}

/** The quantities at which constant drives hold the recursion: (1 − A)⁻¹ drives, by the resolvent; none where a factor is one. */
export function fixedPoint({ matrix, drives, step }: Recursion): readonly Expr[] | undefined {
  if (matrix.flat().some((e) => !isConstant(e, step)) || drives.some((e) => symbolsOf(e).has(step))) return undefined
  const { adjoint, characteristic } = resolventOf(matrix)
  const determinant = factored(add(...characteristic))
  if (isZero(determinant)) return undefined
  return matrix.map((row, i) => add(...row.map((_, j) => mul(factored(div(add(...adjoint.map((m) => m[i]?.[j] ?? ZERO)), determinant)), drives[j] ?? ZERO))))
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

/**
 * A linear recursion solved for its first quantity: of one quantity by products over the steps, which are powers where its factor is constant; of several
 * with constant factors by the powers of their matrix. Sums of what is not measured are closed.
 * @param names names that no root may have
 * @returns no solution where the factors of several quantities change with the step
 */
export function solveRecursion(recursion: Recursion, names: ReadonlySet<string>): readonly RecursionSolution[] {
  const { matrix, drives, step } = recursion
  const [[a = ZERO] = []] = matrix
  if (matrix.length === 1 && !isConstant(a, step)) return [ofOneQuantity(a, drives[0] ?? ZERO, step)]
  if (matrix.flat().some((e) => !isConstant(e, step))) return []
  const solutions = matrixPowers(matrix, step, names).map((regime) => ofPowers(regime, recursion))
  const [one] = solutions
  if (matrix.length > 1 || one === undefined) return solutions
  return [{ ...one, verified: one.verified && iterates(one.solution, a, drives[0] ?? ZERO, step) }]
}
