import { ZERO, isZero } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { deriveVector } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { byName, replaceInVector } from '../jets/substitute.js'
import { THETA, type Vector, ZERO_VECTOR, coefficientOf, isZeroVector, scaleVector, subVectors, variable, variableAtom } from '../jets/vector.js'
import { PROBE, multipleOfProbe, solveCoupled } from './coupling.js'
import { type Rule, nextName } from './model.js'
import { writtenOut } from './writtenOut.js'

/** The rule without the states whose old values no update uses: each is written out where its new value stands. */
export function withoutTemporaries(rule: Rule): Rule {
  const remembered = (state: string): boolean =>
    rule.updates.some((u) => !isZeroVector(subVectors(u.value, replaceInVector(u.value, byName({ [state]: ZERO_VECTOR })))))
  const temporary = new Set(rule.states.map((s) => s.name).filter((state) => !remembered(state)))
  const meaning = new Map<string, Vector>()
  const updates: Rule['updates'][number][] = []
  for (const u of rule.updates) {
    const value = replaceInVector(u.value, byName(Object.fromEntries(meaning)))
    if (temporary.has(u.name)) meaning.set(nextName(u.name), value)
    else updates.push({ ...u, value })
  }
  return temporary.size === 0 ? rule : { ...rule, updates, states: rule.states.filter((s) => !temporary.has(s.name)) }
}

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

/** The rule with every copy y of the parameters replaced by what it lacks of them, c·θ − y: the same motion of θ. */
export function withRelativeStates(rule: Rule): Rule {
  const copies = [...translationWeights(rule)].filter(([, weight]) => !isZero(weight))
  const old = byName(Object.fromEntries(copies.map(([name, c]) => [name, subVectors(scaleVector(c, THETA), variable(name))])))
  const values = new Map([...writtenOut(rule)].map(([name, x]) => [name, replaceInVector(x, old)]))
  const lack = new Map(copies.map(([name, c]) => [name, subVectors(scaleVector(c, values.get('theta') ?? THETA), values.get(name) ?? variable(name))]))
  return { ...rule, updates: rule.updates.map((u) => ({ ...u, value: simplifyVector(lack.get(u.name) ?? values.get(u.name) ?? u.value) })) }
}
