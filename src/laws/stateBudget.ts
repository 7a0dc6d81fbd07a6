import { ONE, ZERO, add, isZero, mul, num } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import type { SymmetryRules } from '../jets/constraint.js'
import { deriveScalar, directional } from '../jets/leibniz.js'
import { simplifyScalar } from '../jets/simplify.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import { THETA, type Vector, coefficientOf, scaleVector, subVectors, variable, variableAtom } from '../jets/vector.js'
import { withoutNoise } from '../rules/injectedNoise.js'
import { type Rule, nextName } from '../rules/model.js'
import { type Budget, type Mechanism, beyondLinear, copiedWeights, splitStep } from './budget.js'

const PROBE = '_step'

/** The step of one variable by mechanism; what a state keeps less than all of itself, beyond what it has copied of θ, is friction. */
function partsOfStep(name: string, step: Vector, states: ReadonlySet<string>, copied: ReadonlyMap<string, Expr>): readonly (readonly [Mechanism, Vector])[] {
  if (name === 'theta') return [...splitStep(step, states, copied)]
  const beyond = subVectors(variable(name), scaleVector(copied.get(name) ?? ZERO, THETA))
  const own = scaleVector(coefficientOf(step, variableAtom(name)), beyond)
  return [['friction', own], ...splitStep(subVectors(step, own), states, copied)]
}

/**
 * The budget of a charge of θ and a state, such as the angular momentum ⟨Ωθ, v⟩ of a rotation. The updates are followed in
 * their order, each at the values that those before it have made:
 *
 *     Q(θ', v') − Q(θ, v) = (Q(θ, v') − Q(θ, v)) + (Q(θ', v') − Q(θ, v')),
 *
 * each split by what makes its step, to first order in it; the finite step is the rest, which a charge linear in both does not have. New states
 * stand in it by name.
 */
export function stateBudget(charge: Expr, rule: Rule, rules: Pick<SymmetryRules, 'scalar'>): Budget {
  const states = new Set(rule.states.flatMap((s) => [s.name, nextName(s.name)]))
  const changes = new Map<Mechanism, Expr>()
  let current = charge
  const noiseless = withoutNoise(rule)
  const copied = new Map([[nextName('theta'), ONE], ...[...copiedWeights(noiseless)].flatMap(([name, weight]) => [[name, weight], [nextName(name), weight]] as const)])
  for (const [i, { name, value }] of rule.updates.entries()) {
    const along = (e: Expr): Expr => deriveScalar(e, directional(name, 0, variable(PROBE)))
    const put = (mechanism: Mechanism, e: Expr, u: Vector): void => void changes.set(mechanism, add(changes.get(mechanism) ?? ZERO, replaceInScalar(e, byName({ [PROBE]: u }))))
    const step = subVectors(value, variable(name))
    const still = subVectors(noiseless.updates[i]?.value ?? value, variable(name))
    const [slope, beyond] = [along(current), beyondLinear(current, along)]
    for (const [mechanism, u] of isZero(slope) ? [] : partsOfStep(name, still, states, copied)) put(mechanism, slope, u)
    put('finite step', beyond, still)
    put('injected noise', slope, subVectors(step, still))
    if (rule.noises.length > 0) for (const [x, sign] of [[step, ONE], [still, num(-1)]] as const) put('injected noise', mul(sign, beyond), x)
    current = replaceInScalar(current, byName({ [name]: variable(nextName(name)) }))
  }
  const terms = [...changes].map(([mechanism, e]) => ({ mechanism, change: simplifyScalar(rules.scalar(e)) }))
  return { charge, terms: terms.filter((t) => !isZero(t.change)) }
}
