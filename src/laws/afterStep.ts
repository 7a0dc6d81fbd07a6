import type { Expr } from '../algebra/expr.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import { variable } from '../jets/vector.js'
import { nextName } from '../rules/model.js'
import type { Rule } from '../rules/rule.js'

/** A contraction of θ and the states after the step. */
export function afterStep(e: Expr, rule: Rule): Expr {
  const names = ['theta', ...rule.states.map((s) => s.name)]
  return replaceInScalar(e, byName(Object.fromEntries(names.map((name) => [name, variable(nextName(name))]))))
}
