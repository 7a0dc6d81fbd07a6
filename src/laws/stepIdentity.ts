import { mul, num, splitCoefficient, sub } from '../algebra/build.js'
import { checkVanishes } from '../jets/check.js'
import { SymmetryRules } from '../jets/constraint.js'
import { dot } from '../jets/contraction.js'
import { writeEquation, writeScalar } from '../jets/notation.js'
import { simplifyScalar } from '../jets/simplify.js'
import { THETA, isZeroVector, subVectors, variable } from '../jets/vector.js'
import { nextName } from '../rules/model.js'
import { writtenOut } from '../rules/writtenOut.js'
import { withoutTime } from '../symmetry/timeParts.js'
import { transformsAction } from '../symmetry/transformation.js'
import { bare } from './bare.js'
import type { Consequence } from './consequences.js'
import type { Laws } from './engine.js'
import { openedRule } from './opened.js'

/**
 * What one step does along the generator at the point it leaves, ⟨θ_{k+1} − θ_k, ξ(θ_k)⟩: Noether's charge ⟨θ̇, ξ⟩ of a finite step, exact at every step. It
 * stands where no contraction of parameters and states is carried from step to step: the rule has no state, and the generator is no gradient.
 */
export function stepIdentity({ discrete, dual, rule: given, symmetry, blockForm }: Laws): readonly Consequence[] {
  const own = transformsAction(symmetry) ? withoutTime(symmetry) : symmetry
  const opened = given.implicit && own !== undefined ? openedRule(given, own.generator, new SymmetryRules([own.generator])) : undefined
  const rule = opened?.rule ?? given
  const after = writtenOut(rule).get('theta')
  if (discrete !== undefined || dual !== undefined || rule.continuous || own === undefined || isZeroVector(own.generator) || after === undefined) return []
  const { generator, space } = own
  const along = dot(subVectors(after, THETA), generator)
  const value = simplifyScalar((opened?.rules ?? new SymmetryRules([generator])).scalar(along))
  const moved = dot(subVectors(variable(nextName('theta')), THETA), generator)
  const [left, right] = blockForm === undefined ? [moved, value] : [blockForm(moved), blockForm(value)]
  if (left === undefined || right === undefined) return []
  const sign = num(splitCoefficient(left).coefficient.num < 0n ? -1 : 1)
  return [{
    name: 'exact identity of a step',
    ...writeEquation(bare(writeScalar(mul(sign, left))), bare(writeScalar(mul(sign, right)))),
    why: 'The step contracted with the generator at the parameters it leaves: the gradient has no part along the generator.',
    source: '[NM] §3',
    verified: checkVanishes(opened === undefined ? sub(along, value) : opened.certified(sub(along, value)), space, [generator]),
  }]
}
