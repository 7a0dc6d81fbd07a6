import { HALF, ONE, ZERO, add, atom, div, frac, isZero, mul, num, pow, sub, sym, symbolsOf } from '../algebra/build.js'
import { mapAtoms, substitute } from '../algebra/calculus.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { linearSolve } from '../algebra/solve.js'
import { linearForm } from '../jets/collect.js'
import { asContraction } from '../jets/contraction.js'
import { simplifyScalar } from '../jets/simplify.js'
import { replaceInScalar } from '../jets/substitute.js'
import { THETA, type Vector, ZERO_VECTOR, addVectors, scaleVector, subVectors } from '../jets/vector.js'
import { covarianceOf } from '../laws/covariance.js'
import { nextOfRow } from '../laws/discrete.js'
import { expandIn } from '../laws/eliminate.js'
import type { FlowOfLaw, Laws } from '../laws/engine.js'
import { mentions, withGradient } from '../laws/gradientVariable.js'
import { writtenOut } from '../rules/writtenOut.js'
import { isOfMiddle } from './quantities.js'

/** A learning rate for which the first power of it that does not vanish is all there is, to twenty binary digits. */
const RATE = pow(num(2), num(-40))
const NEGLIGIBLE = 2 ** -20

/** The symbols of some expressions at values that no rule is special for. */
function valuesFor(expressions: readonly Expr[]): (e: Expr) => Expr {
  const names = [...new Set(expressions.flatMap((e) => [...symbolsOf(e)]))]
  const values = new Map(names.map((name, i) => [sym(name), name === 'eta' ? RATE : frac(1009 + 211 * i, 2003 + 503 * i)]))
  return (e) => substitute(e, values)
}

/** A scalar by what a run measures of it over a step: θ̇ the step over η, θ beside it in the middle. */
function overStep(e: Expr, next: Vector): Expr {
  const velocity = scaleVector(div(ONE, sym('eta')), subVectors(next, THETA))
  const middle = scaleVector(HALF, addVectors(THETA, next))
  const measured = mapAtoms(e, (o) => {
    const c = asContraction(o)
    const isMiddle = c !== undefined && isOfMiddle(c)
    return replaceInScalar(atom(o), (name, order) => (name !== 'theta' ? undefined : order === 1 ? velocity : order === 0 && isMiddle ? middle : undefined))
  })
  return simplifyScalar(measured)
}

/** What white noise of the gradient makes of the contractions of a system when those with states in them have settled. */
interface Settled {
  /** Change of each in a step; zero for those with states in them. */
  readonly drifts: readonly Expr[]
  /** Each beyond what it is for those of θ alone. */
  readonly beyond: readonly Expr[]
}

type Matrix = readonly (readonly Expr[])[]

/** The solution x of (1 − M)x = right, where the slow entries of x are left out of the product and multiply a column each instead. */
const solveBordered = (matrix: Matrix, columns: ReadonlyMap<number, readonly Expr[]>, right: readonly Expr[]): readonly Expr[] | undefined =>
  linearSolve(matrix.map((row, i) => row.map((m, j) => columns.get(j)?.[i] ?? sub(i === j ? ONE : ZERO, m))), right)

/**
 * C = Σₛ αₛCₛ + γ over the slow contractions Cₛ, which grow by dₛ in a step: (1 − M)αₛ = 0 and (1 − M)γ + Σₛ dₛαₛ = noise, with γ zero and αₛ one or zero for the
 * slow ones. Their eigenvalues are one up to weight decay, a change of first order in η that columns in general position take up.
 */
function settledUnder(matrix: Matrix, slow: readonly number[], noise: readonly Expr[]): Settled | undefined {
  const general = new Map(slow.map((s, power) => [s, matrix.map((_, i) => pow(frac(7 + i, 7), num(power + 1)))] as const))
  const columns = new Map(slow.flatMap((s) => {
    const right = matrix.map((row, i) => sub(row[s] ?? ZERO, i === s ? ONE : ZERO))
    const found = solveBordered(matrix, general, right)?.map((x, i) => (i === s ? ONE : slow.includes(i) ? ZERO : x))
    return found === undefined ? [] : [[s, found] as const]
  }))
  const found = columns.size < slow.length ? undefined : solveBordered(matrix, columns, noise)
  const only = (wanted: boolean) => found?.map((x, i) => (slow.includes(i) === wanted ? x : ZERO)) ?? []
  return found === undefined ? undefined : { drifts: only(true), beyond: only(false) }
}

const sizesIn = (e: Expr): readonly number[] | undefined => {
  const form = linearForm(e)
  return form === undefined ? undefined : [form.constant, ...form.coefficients.values()].map((c) => Math.abs(evaluateNumber(c, {})))
}

/** Whether two linear forms in the covariance of the noise are the same to leading order in η. */
function isSameGain(x: Expr, y: Expr): boolean {
  const [whole, distance] = [sizesIn(x), sizesIn(sub(x, y))]
  return whole !== undefined && distance !== undefined && distance.every((d) => d <= NEGLIGIBLE * Math.max(0, ...whole))
}

/**
 * Whether the noise of batches moves a charge by as much in the law of a flow, whose drives are measured, as it does in the exact law of a step. What
 * drives a flow is derived for gradients that hardly change from one step to the next; those of batches are new at every step, and of the products of
 * gradients that the states hold, only those of a gradient with itself have a mean. Both gains are worked out for white noise from the second
 * moments of θ and the states, to leading order in η and at values of the hyperparameters that no rule is special for.
 * @returns false too where the moments do not close, or the drive is not made of them
 */
export function hasGainOfNoise({ law: { charge, coefficients: [damping = ZERO, rate = ZERO], drive } }: FlowOfLaw, { discrete, rule }: Pick<Laws, 'discrete' | 'rule'>): boolean {
  const [rows, next] = [discrete?.writtenOut, writtenOut(rule).get('theta')]
  if (discrete === undefined || rows === undefined || next === undefined) return false
  const states = new Set(rule.states.map((s) => s.name))
  const measured = [charge, drive].map((e) => overStep(e, next))
  const noise = [...rows.map((_, i) => nextOfRow({ ...discrete, rows }, i)), ...measured].map(covarianceOf)
  if (!noise.every((x) => x !== undefined)) return false
  const at = valuesFor([damping, rate, ...measured, ...noise, ...rows.flatMap((row) => [row.contraction, ...row.coefficients])])
  const slow = rows.flatMap((row, i) => (mentions(row.contraction, states) ? [] : [i]))
  const settled = settledUnder(rows.map((row) => row.coefficients.map(at)), slow, noise.map(at))
  if (settled === undefined) return false
  const moments = measured.map((e) => expandIn(simplifyScalar(withGradient(e, ZERO_VECTOR)), rows.map((row) => row.contraction)))
  const sumOf = (which: number, values: readonly Expr[]): Expr => add(...(moments[which]?.coefficients ?? []).map((c, i) => mul(at(c), values[i] ?? ZERO)))
  const beyond = (which: number): Expr => mul(RATE, add(at(noise[rows.length + which] ?? ZERO), sumOf(which, settled.beyond)))
  const exact = add(mul(at(rate), sumOf(0, settled.drifts)), mul(at(damping), beyond(0)))
  return moments.every(({ rest }) => isZero(at(rest))) && isSameGain(exact, beyond(1))
}
