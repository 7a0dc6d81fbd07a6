import { HALF, ONE, add, isZero, mul, num, sub } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { checkVanishes } from '../jets/check.js'
import { writeEquation, writeScalar } from '../jets/notation.js'
import { simplifyScalar } from '../jets/simplify.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import { GRADIENT, combine } from '../jets/vector.js'
import type { Rule } from '../rules/rule.js'
import { writtenOut } from '../rules/writtenOut.js'
import { afterStep } from './afterStep.js'
import { bare } from './bare.js'
import type { Check, Statement } from './derivation.js'
import { type Row, nextOfRow } from './discrete.js'
import type { Laws } from './engine.js'
import { expectationCheck, meanOverInjected } from './expectation.js'
import { vectorWithGradient } from './gradientVariable.js'
import { NOISE, covarianceOf, pointsRead, shiftedByNoise } from './covariance.js'

/** One contraction of the exact discrete law, averaged over the batch of a step. */
export interface MeanRow extends Row {
  /** Its mean after one step from given parameters and states, over injected noise, with the full gradient for g and `noise` twice for the covariance. */
  readonly mean: Expr
  /** What of that is the covariance's. */
  readonly noise: Expr
}

/**
 * The exact discrete law as one of the mean over batches that are drawn independently of each other. The states hold earlier batches only,
 * so given θ and states the gradient of a step has the full gradient as its mean and Σ as its covariance, and the new states are written
 * out until nothing but these enters. The rows are linear in the contractions they close on: averaged over runs they are the law of the
 * mean at every step, for any learning rate. What earlier batches' noise has left in the states is in the contractions of the states.
 * @returns undefined for rules with which the law does not close, or is not quadratic in the gradient
 */
export function meanRecursion(laws: Pick<Laws, 'discrete' | 'dual' | 'rule'>): readonly MeanRow[] | undefined {
  const { discrete, dual, rule } = laws
  const rows = discrete?.writtenOut
  // The gradient at a point that the new parameters are in goes with the noise that made them.
  const isEntangled = rule.implicit && rule.noises.length > 0
  if (discrete === undefined || rows === undefined || dual !== undefined || isEntangled) return undefined
  const system = { ...discrete, rows }
  const found = rows.map((row, i): MeanRow | undefined => {
    const next = nextOfRow(system, i)
    const averaged = meanOverInjected(next, rule.noises)
    const noise = averaged === undefined ? undefined : covarianceOf(averaged)
    return averaged === undefined || noise === undefined ? undefined : { ...row, mean: simplifyScalar(add(averaged, noise)), noise }
  })
  return found.every((row) => row !== undefined) ? found : undefined
}

/** The rows that noise enters, as equations between means; in the form of the laws, where that is another and they have it. */
export const meanStatements = (rows: readonly MeanRow[], rule: Rule, form: (e: Expr) => Expr | undefined = (e) => e): readonly Statement[] =>
  rows.filter((row) => !isZero(row.noise)).flatMap((row) => {
    const [left, right] = [form(afterStep(row.contraction, rule)), form(row.mean)]
    return left === undefined || right === undefined ? [] : [writeEquation(bare(writeScalar(left)), bare(writeScalar(right)))]
  })

/**
 * Each row against the step itself with the gradient shifted by n and by −n, a batch of covariance n nᵀ: half the sum of the two.
 * A row that reads the gradient at other points is reduced by the constraint of the batch's own loss at them, which no shifted gradient obeys: there
 * it is the reduced row, which is checked against the step by itself, that is shifted. On random exact instances.
 */
export function meanRecursionCheck(rows: readonly MeanRow[], { rule, symmetry }: Pick<Laws, 'rule' | 'symmetry'>): Check {
  const updates = writtenOut(rule)
  const shifted = ([1, -1] as const).map((sign) => {
    const gradient = combine([[ONE, GRADIENT], [num(sign), NOISE]])
    return byName(Object.fromEntries([...updates].map(([name, x]) => [name, vectorWithGradient(x, gradient)])))
  })
  const mean = (row: MeanRow): readonly Expr[] => {
    const next = sub(row.mean, row.noise)
    const isElsewhere = pointsRead(next).length > 0
    return isElsewhere ? [ONE, num(-1)].map((sign) => shiftedByNoise(next, sign)) : shifted.map((step) => replaceInScalar(row.contraction, step))
  }
  const checks = rows.map((row) => {
    const stepped = mul(HALF, add(...mean(row)))
    return rule.noises.length === 0 ? checkVanishes(sub(stepped, row.mean), symmetry.space, [symmetry.generator]) : expectationCheck(stepped, row.mean, rule.noises, symmetry)
  })
  const instances = checks.reduce((n, c) => n + c.instances, 0)
  const detail = `the step with a gradient shifted one way and the other${rule.noises.length === 0 ? '' : ', and injected noise along each coordinate both ways'}`
  return { passed: checks.every((c) => c.passed), method: checks[0]?.method ?? '', instances, detail }
}
