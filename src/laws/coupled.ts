import { ZERO, add, derivativeOf, mul, num, sub, sym } from '../algebra/build.js'
import { atomsOf, substitute } from '../algebra/calculus.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { checkVanishes } from '../jets/check.js'
import { linearForm } from '../jets/collect.js'
import { asContraction } from '../jets/contraction.js'
import { deriveScalar, directional } from '../jets/leibniz.js'
import { writeEquation, writeScalar } from '../jets/notation.js'
import { byPowersOfEta, scalarByPowersOfEta, simplifyScalar } from '../jets/simplify.js'
import { slotsOf } from '../jets/slots.js'
import type { VectorAtom } from '../jets/vector.js'
import type { Check, Statement } from './derivation.js'
import { byRatio, expandIn, normalise, splitBy } from './eliminate.js'
import { type Laws, fieldToOrder } from './engine.js'
import { type SystemRegime, solveSystem } from './solutions/linearSystem.js'

/** The charge with the contractions that its law needs and that have linear laws of their own: q̇ = matrix·q + drives, the charge first. */
export interface CoupledLaws {
  readonly contractions: readonly Expr[]
  readonly matrix: readonly (readonly Expr[])[]
  readonly drives: readonly Expr[]
  readonly regimes: readonly SystemRegime[]
  readonly verified: Check
}

const MOST = 5

const isTheta = (a: VectorAtom): boolean =>
  a.kind === 'variable' ? a.name === 'theta' && a.order === 0 : a.kind === 'indicator' || (a.kind === 'apply' && slotsOf(a).every((s) => isTheta(s.child)))

/** A contraction of the parameters alone. */
const isOfTheta = (o: Opaque): boolean => {
  const c = asContraction(o)
  return c !== undefined && isTheta(c.left) && isTheta(c.right)
}

/** What a law has beyond the contractions known so far, those together that it has in a ratio of numbers: other coefficients would stand in every later law. */
function freshContractions(rest: Expr): readonly { readonly unit: Expr; readonly coefficient: Expr }[] {
  const form = linearForm(rest)
  return form === undefined ? [] : byRatio(form, () => '').flatMap(({ sum }) => normalise(sum) ?? [])
}

/**
 * The laws along the modified vector field of all contractions of θ that the law of the charge leads to, e.g. of |θ_in|² − |θ_out|² and |θ_out|²
 * where the two have different weight decay, and their solution by the matrix exponential.
 * @returns undefined where the charge's law needs no other contraction, a schedule moves the coefficients, or the laws do not close on a few
 */
export function coupledLaws(laws: Laws): CoupledLaws | undefined {
  const { potential, field, rules, symmetry, rule, order } = laws
  const own = laws.flows.findLast((f) => f.model === 'modified vector field')
  if (potential === undefined || !field.ok || rule.schedules.size > 0 || own === undefined || !atomsOf(own.law.drive).some(isOfTheta)) return undefined
  const along = directional('theta', 0, fieldToOrder(field.value, order))
  const contractions: Expr[] = [potential.charge]
  const rows: { readonly rate: Expr; readonly coefficients: readonly Expr[]; readonly drive: Expr }[] = []
  for (let i = 0; i < contractions.length; i += 1) {
    if (contractions.length > MOST) return undefined
    const rate = deriveScalar(contractions[i] ?? ZERO, along)
    const { selected, rest } = splitBy(simplifyScalar(rules.scalar(rate)), isOfTheta, true)
    const expansion = expandIn(selected, contractions)
    const fresh = freshContractions(expansion.rest)
    contractions.push(...fresh.map(({ unit }) => unit))
    rows.push({ rate, coefficients: [...expansion.coefficients, ...fresh.map(({ coefficient }) => coefficient)], drive: scalarByPowersOfEta(rest) })
  }
  if (contractions.length < 2) return undefined
  const matrix = rows.map(({ coefficients }) => contractions.map((_, j) => byPowersOfEta(coefficients[j] ?? ZERO)))
  const drives = rows.map((r) => r.drive)
  const checks = rows.map(({ rate, drive }, i) =>
    checkVanishes(sub(rate, add(drive, ...contractions.map((c, j) => mul(matrix[i]?.[j] ?? ZERO, c)))), symmetry.space, [symmetry.generator]))
  const regimes = solveSystem(matrix, drives)
  const passed = checks.every((c) => c.passed) && regimes.every((r) => r.verified)
  const verified = { passed, method: checks[0]?.method ?? '', instances: checks.reduce((n, c) => n + c.instances, 0), detail: 'the solution by substitution' }
  return { contractions, matrix, drives, regimes, verified }
}

/** The coupled laws one by one, and the charge they give, as named statements. */
export function coupledStatements({ contractions, matrix, drives, regimes }: CoupledLaws, letter: string): readonly (Statement & { readonly name: string; readonly why: string })[] {
  /** `q` for the charge, `q2`, `q3`, … for the others, or with another letter. */
  const nameOf = (i: number): string => (i === 0 ? letter : `${letter}${i + 1}`)
  const meanings = contractions.slice(1).map((c, i) => `${nameOf(i + 1)} is ${writeScalar(c).text}`).join(' and ')
  const initial = Object.fromEntries(contractions.map((_, i) => [`q${i + 1}_0`, sym(`${nameOf(i)}_0`)]))
  const solutions = regimes.flatMap((regime) => {
    const value = substitute(regime.solution[0] ?? ZERO, initial)
    const sign = regime.discriminant === undefined || regime.relation === undefined ? '' : ` (${writeScalar(regime.discriminant).text} ${regime.relation} 0)`
    const whole = { name: `solution of the coupled laws, ${regime.name}${sign}`, ...writeEquation(writeScalar(sym(letter)), writeScalar(value)), why: `The first row of the matrix exponential of the coupled laws; inside the integral contractions are taken at the time of its variable; ${meanings}.` }
    const rates = regime.rates.map(([name, rate]) => ({ name: `there ${name} is`, ...writeEquation(writeScalar(sym(name)), writeScalar(rate)), why: 'An eigenvalue of the coupled laws.' }))
    const roots = regime.named.map(({ names, polynomial }) => ({ name: `there ${names.join(', ')} are the roots r of`, ...writeEquation(writeScalar(polynomial), writeScalar(ZERO)), why: 'The distinct eigenvalues of the coupled laws.' }))
    return [whole, ...rates, ...roots]
  })
  const equations = contractions.map((_, i) => {
    const rate = add(derivativeOf(sym(nameOf(i)), 't'), ...contractions.map((__, j) => mul(num(-1), matrix[i]?.[j] ?? ZERO, sym(nameOf(j)))))
    return { name: `coupled law of ${nameOf(i)}`, ...writeEquation(writeScalar(rate), writeScalar(drives[i] ?? ZERO)), why: `The law of the charge holds further contractions of the parameters, which have linear laws of their own; ${meanings}.` }
  })
  return [...equations, ...solutions]
}
