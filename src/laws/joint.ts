import { isZero, sub } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { checkVanishes } from '../jets/check.js'
import { SymmetryRules } from '../jets/constraint.js'
import { writeScalar } from '../jets/notation.js'
import { simplifyScalar } from '../jets/simplify.js'
import type { Space } from '../jets/space.js'
import { commutators, usableTogether } from '../symmetry/commutator.js'
import type { Symmetry } from '../symmetry/symmetry.js'
import type { Check, Derivation, Step } from './derivation.js'
import type { Laws } from './engine.js'
import { rewrittenLaws, scalarsOf } from './matrix.js'

/** Laws simplified by the constraints of further symmetries, and the step that does so. */
export interface JointLaws {
  readonly laws: Laws
  readonly steps: readonly Step[]
}

/**
 * The laws of a symmetry reduced by all symmetries of the problem at once: a drive such as ⟨g, ζ⟩ vanishes by another symmetry ζ.
 * Each rewriting is checked on random exact instances that obey all of them.
 */
export function withOtherSymmetries(laws: Laws, all: readonly Symmetry[]): JointLaws {
  const others = usableTogether(laws.symmetry, all)
  if (others.length === 0) return { laws, steps: [] }
  const generators = [laws.symmetry.generator, ...others.map((s) => s.generator)]
  const rules = new SymmetryRules(generators)
  const space: Space = { ...laws.symmetry.space, blocks: Object.assign({}, ...others.map((s) => s.space.blocks), laws.symmetry.space.blocks) }
  const reduced = (e: Expr): Expr => {
    const made = rules.scalar(e)
    return made === e ? e : simplifyScalar(made)
  }
  const changed = scalarsOf(laws).filter((e) => !isZero(sub(e, reduced(e))))
  const [first] = changed
  if (first === undefined) return { laws, steps: [] }
  const checks = changed.map((e) => checkVanishes(sub(e, reduced(e)), space, generators))
  const verified: Check = { passed: checks.every((c) => c.passed), method: checks[0]?.method ?? '', instances: checks.reduce((n, c) => n + c.instances, 0) }
  const names = others.map((s) => s.written.text).join(' and ')
  const why = `The loss has the symmetry ${names} as well; its constraints remove more.`
  return { laws: rewrittenLaws(laws, reduced), steps: [{ section: 'Several symmetries', before: writeScalar(first), after: writeScalar(reduced(first)), why, verified }] }
}

/** The commutators of a symmetry with those of its problem, as statements. */
export const commutatorStatements = (symmetry: Symmetry, all: readonly Symmetry[]): NonNullable<Derivation['symmetry']['commutators']> =>
  commutators(symmetry, all).map(({ other, relation, meaning, text, latex }) => ({ other, relation, meaning, bracket: { text, latex } }))
