import { ZERO } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { deriveVector } from '../jets/leibniz.js'
import { type Vector, ZERO_VECTOR, coefficientOf, scaleVector, variable, variableAtom } from '../jets/vector.js'
import { PROBE, multipleOfProbe, solveCoupled } from '../rules/coupling.js'
import { writtenOut } from '../rules/modifiedField.js'
import type { Rule } from '../rules/model.js'

/** How an update answers to a shift of one of its variables, all gradients held: a multiple of the shift, or nothing where it is none. */
function answer(update: Vector, name: string): Expr {
  const linear = { terms: update.terms.filter((t) => t.atom.kind === 'variable') }
  return multipleOfProbe(deriveVector(linear, { variable: (n, order) => (n === name && order === 0 ? PROBE : ZERO_VECTOR) })) ?? ZERO
}

/**
 * How much of a shift of θ each state takes part in once it has settled, gradients unchanged: 0 for a momentum, 1 for a copy of the parameters
 * such as the second sequence of Nesterov's method or an average of the iterates. What a state holds beyond that is memory.
 */
export function translationWeights(rule: Rule): ReadonlyMap<string, Expr> {
  const updates = writtenOut(rule)
  const names = rule.states.map((s) => s.name)
  const of = (name: string): Vector => updates.get(name) ?? variable(name)
  const couplings = names.map((to) => names.map((from) => answer(of(to), from)))
  const solved = solveCoupled(couplings, names.map((to) => scaleVector(answer(of(to), 'theta'), PROBE)))
  return new Map(names.map((name, i) => [name, coefficientOf(solved?.[i] ?? ZERO_VECTOR, variableAtom('_x'))]))
}
