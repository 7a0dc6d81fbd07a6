import { ONE, TWO, ZERO, add, derivativeOf, isZero, mul, sym } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { writeEquation, writeScalar } from '../jets/notation.js'
import { simplifyScalar } from '../jets/simplify.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import { writtenOut } from '../rules/writtenOut.js'
import { afterStep } from './afterStep.js'
import { bare } from './bare.js'
import type { Consequence } from './consequences.js'
import type { Check } from './derivation.js'
import { type DiscreteSystem, nextOfRow } from './discrete.js'
import { discreteSolution } from './discreteSolution.js'
import { groupDrives } from './drives.js'
import type { Laws } from './engine.js'
import { expectationCheck, meanOverInjected, withSizes } from './expectation.js'
import { type InjectedNoise, injectedNoise } from './injectedNoise.js'
import { letterOf, withLetter } from './letter.js'

const AVERAGED = 'The exact discrete law averaged over injected noise: alone it is zero on average, twice in a product it stands for its covariance. What is measured is that of the step, or its mean.'

/** What injected noise does to the charge: the law of its variance along the flow, its exact mean after a step, and where this holds it. */
export function injectedConsequences(laws: Laws): readonly Consequence[] {
  if (laws.rule.noises.length === 0 || laws.blockForm !== undefined) return []
  return [...varianceLaw(laws), ...exactMean(laws)]
}

/** Itô's term of a law against the noise along each coordinate. */
const itoCheck = ({ form, ito, response }: InjectedNoise, { symmetry }: Pick<Laws, 'symmetry'>): Check =>
  ({ ...expectationCheck(form, ito, [...response.responses.keys()], symmetry), detail: 'the second derivative of the charge summed over coordinate directions of the noise' })

/** dV/dt + 2(a₀/a₁)V = Σⱼ⟨∇q, Nⱼ⟩² at a given drive. */
function varianceLaw({ injected, potential, flows, rule, symmetry }: Laws): readonly Consequence[] {
  const base = flows.findLast((f) => f.model === 'modified vector field')
  const noise = injected?.ok !== true || potential === undefined ? undefined : injectedNoise(injected.value, potential)
  if (noise === undefined || base === undefined) return []
  const [a0 = ZERO, a1 = ONE] = base.law.coefficients
  const left = add(mul(a1, derivativeOf(sym('V'), 't')), mul(TWO, a0, sym('V')))
  const spread = withSizes(noise.spread, symmetry.space, rule.hyperparameters)
  const why = `V is the variance of the charge over the noise at a given drive, to leading order in eta; contractions are at their mean.${isZero(spread) ? ' The noise has no part along the gradient of the charge.' : ''}`
  return [{ name: 'law of the variance under injected noise', ...writeEquation(writeScalar(left), writeScalar(spread)), why, source: 'Itô 1951', verified: itoCheck(noise, { symmetry }) }]
}

/** The rows of the exact law averaged over injected noise, each with what it is the mean of. */
interface Averaged {
  readonly system: DiscreteSystem
  readonly means: readonly Expr[]
  readonly verified: Check
}

/**
 * The exact law with every new value written out, averaged over injected noise; undefined where its covariance does not say what that is.
 * @param sized makes numbers of |1_B|², the numbers of parameters in B; those of the problem's blocks unless said.
 */
export function averaged({ discrete, rule, symmetry }: Laws, sized = (e: Expr): Expr => withSizes(e, symmetry.space, rule.hyperparameters)): Averaged | undefined {
  const rows = discrete?.writtenOut
  if (discrete === undefined || rows === undefined || rule.implicit) return undefined
  const whole = { ...discrete, rows }
  const found = rows.map((row, i) => {
    const [mean, drive] = [nextOfRow(whole, i), add(...row.drives.map((d) => mul(d.coefficient, d.drive)))].map((e) => meanOverInjected(e, rule.noises))
    return mean === undefined || drive === undefined ? undefined : { mean, row: { ...row, drives: groupDrives(sized(drive)) } }
  })
  if (!found.every((x) => x !== undefined)) return undefined
  const stepped = byName(Object.fromEntries(writtenOut(rule)))
  const checks = found.map(({ mean, row }) => expectationCheck(replaceInScalar(row.contraction, stepped), mean, rule.noises, symmetry))
  const verified = { passed: checks.every((c) => c.passed), method: checks[0]?.method ?? '', instances: checks.reduce((n, c) => n + c.instances, 0), detail: 'the step with injected noise along each coordinate both ways' }
  return { system: { ...discrete, rows: found.map((x) => x.row) }, means: found.map((x) => sized(x.mean)), verified }
}

/** The mean of every row after a step, and the point at which these hold the charge while what is measured stays as it is. */
function exactMean(laws: Laws): readonly Consequence[] {
  const found = averaged(laws)
  if (found?.verified.passed !== true) return []
  const { system, means, verified } = found
  const told = { why: AVERAGED, source: '[NM] §5', verified }
  const rows = system.rows.map((row, i) => ({ name: 'mean after one step over injected noise', ...writeEquation(bare(writeScalar(afterStep(row.contraction, laws.rule))), bare(writeScalar(means[i] ?? ZERO))), ...told }))
  const rest = discreteSolution(system, laws.rule, laws.symmetry)?.steadyState
  if (rest === undefined) return rows
  const letter = letterOf(laws)
  const left = { text: letter, latex: `\\mathbb{E}\\left[${letter}\\right]` }
  return [...rows, { name: 'steady state of the mean over injected noise', ...writeEquation(left, writeScalar(withLetter(simplifyScalar(rest), laws))), ...told }]
}
