import { ZERO, add, isZero, mul, sym, symbolsOf } from '../algebra/build.js'
import { atomsOf, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { freeName } from '../algebra/names.js'
import { writeScalar } from '../jets/notation.js'
import type { Rule } from '../rules/rule.js'
import type { Symmetry } from '../symmetry/symmetry.js'
import type { DiscreteSystem } from './discrete.js'
import { coupledGroups } from './solutions/matrixFunction.js'
import { type Recursion, type RecursionSolution, fixedPoint, isConstant, solveRecursion } from './solutions/recursion.js'

/** The exact discrete law solved: the charge at any step from its contractions at step 0 and what is measured between. */
export interface DiscreteSolution {
  /** The name of the step: k, or another where what is measured speaks of the k at which it is. */
  readonly step: string
  /** The contractions of the closed system with the names of their initial values, the charge first. */
  readonly initial: readonly (readonly [string, Expr])[]
  readonly cases: readonly DiscreteCase[]
  /** Where drives that stay as they are hold the charge. */
  readonly steadyState: Expr | undefined
}

/** The solution in one regime; abbreviations put in, and as people read it. */
export interface DiscreteCase extends Omit<RecursionSolution, 'where'> {
  readonly readable: Expr
  readonly where: readonly (readonly [string, Expr])[]
}

/** x_{k+1} = matrix·x_k + drives with the schedules put in, hyperparameters that are functions of the step. */
function recursionOf({ rows }: DiscreteSystem, rule: Rule, step: string): Recursion {
  const at = (e: Expr): Expr => substitute(substitute(e, Object.fromEntries(rule.schedules)), { k: sym(step) })
  return {
    step,
    matrix: rows.map((row) => row.coefficients.map(at)),
    drives: rows.map((row) => add(...row.drives.map((d) => mul(at(d.coefficient), at(d.drive))))),
  }
}

function caseOf(solution: RecursionSolution, taken: ReadonlySet<string>, initial: Readonly<Record<string, Expr>>): DiscreteCase {
  const names = new Map(solution.where.map(([name]) => [name, freeName(taken, name.replace(/^_/, ''))]))
  const called = (e: Expr): Expr => substitute(substitute(e, initial), Object.fromEntries([...names].map(([name, free]) => [name, sym(free)])))
  const values = solution.where.reduce<Readonly<Record<string, Expr>>>((known, [name, value]) => ({ ...known, [name]: substitute(value, known) }), {})
  const put = (e: Expr): Expr => substitute(substitute(e, initial), values)
  const { undisturbed } = solution
  return {
    ...solution,
    solution: put(solution.solution),
    undisturbed: undisturbed === undefined ? undefined : put(undisturbed),
    readable: called(solution.solution),
    where: solution.where.map(([name, value]) => [names.get(name) ?? name, called(value)] as const),
    factors: solution.factors.map(called),
  }
}

/**
 * The exact discrete law of a charge in closed form: powers, sums and products over the steps. What is measured under them, and k in it, is taken at the
 * step of the index.
 * @returns undefined where many contractions, or coefficients that change with the step, couple both ways
 */
export function discreteSolution(system: DiscreteSystem, rule: Rule, { space, names }: Pick<Symmetry, 'space' | 'names'>): DiscreteSolution | undefined {
  const { rows } = system
  const symbols = rows.flatMap((row) => [...row.coefficients, ...row.drives.map((d) => d.coefficient)]).flatMap((e) => [...symbolsOf(e)])
  const words = rows.flatMap((row) => row.drives.flatMap((d) => atomsOf(d.drive))).flatMap((o) => o.text().match(/\w+/g) ?? [])
  const given = new Set([...Object.keys(space.blocks), ...Object.keys(space.constants), ...Object.keys(names.sets), ...words])
  const step = freeName(given, 'k', 'n', 'm')
  const taken = new Set([...given, ...symbols, step])
  const recursion = recursionOf(system, rule, step)
  const solutions = solveRecursion(recursion, taken)
  if (solutions.length === 0 || !solutions.every((s) => s.verified)) return undefined
  const initial = rows.map((row, i) => [i === 0 ? 'q_0' : `q${i + 1}_0`, row.contraction] as const)
  const driven = recursion.drives.some((d) => !isZero(d))
  return {
    step,
    initial,
    cases: solutions.map((s) => caseOf(s, taken, { q1_0: sym('q_0') })),
    steadyState: driven ? (fixedPoint(recursion) ?? [undefined])[0] : undefined,
  }
}

/** Why the exact discrete law has no closed form, as a clause. */
export function whyNoClosedForm(system: DiscreteSystem, rule: Rule): string {
  const { matrix, step } = recursionOf(system, rule, 'k')
  const coupled = coupledGroups(matrix).find((group) => group.length > 1 && group.some((i) => group.some((j) => !isConstant(matrix[i]?.[j] ?? ZERO, step))))
  const names = (coupled ?? []).flatMap((i) => system.rows[i]?.contraction ?? []).map((contraction) => writeScalar(contraction).text)
  const reason =
    coupled === undefined
      ? `no readable one is known for the powers of a matrix of ${matrix.length} rows`
      : `${names.join(' and ')} drive each other with factors that differ between steps, and products of matrices that do not commute have none`
  return `${reason}: iterate the rows that the law closes on`
}
