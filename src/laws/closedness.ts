import { checkVanishes } from '../jets/check.js'
import { freeDirection } from '../jets/space.js'
import { gradientOf } from '../jets/leibniz.js'
import { writeScalar, writeVector } from '../jets/notation.js'
import { subVectors } from '../jets/vector.js'
import { curlOf } from '../symmetry/generator.js'
import { shiftsTime, transformsAction } from '../symmetry/transformation.js'
import { movesWithTheta } from './charge.js'
import type { Step } from './derivation.js'
import type { Laws } from './engine.js'

/** The scalar function of θ that a stated generator has in all its terms. */
export function commonFactorSteps({ symmetry: { reduced, written } }: Pick<Laws, 'symmetry'>): readonly Step[] {
  if (reduced === undefined) return []
  const { stated, factor, verified } = reduced
  return [
    {
      section: 'Symmetry',
      before: stated,
      after: written,
      why: `All terms of the generator share the factor ${factor.text}. Along the orbits it changes the speed alone, so the loss has the symmetry without it, where the factor vanishes by continuity; one over it is an integrating factor of the one-form of the generator. The laws are those of the generator without the factor.`,
      verified: { ...verified, detail: 'the factor times the generator without it is the generator that was stated' },
    },
  ]
}

/** The integrating factor of a generator whose one-form is not closed. */
export function integratingFactorSteps({ symmetry, potential }: Pick<Laws, 'symmetry' | 'potential'>): readonly Step[] {
  if (potential?.integrated === undefined) return []
  const { charge, factor, gradient } = potential
  const multiplier = writeScalar(factor).text
  return [
    {
      section: 'Symmetry',
      before: symmetry.written,
      after: writeScalar(charge),
      why: `The one-form of the generator is not closed, but it is one in the norms of the blocks, and with the integrating factor ${multiplier} it is the differential of this function, which is the charge.`,
      verified: { ...checkVanishes(subVectors(gradientOf(charge, 'theta'), gradient), symmetry.space, []), detail: 'the gradient of the charge is the integrating factor times the generator' },
    },
  ]
}

/**
 * Why a polynomial generator has no charge that is a function of θ: Dξ is not its own adjoint, so the one-form ⟨ξ, dθ⟩ is not closed. No step
 * where there is such a charge, or where Dξ is self-adjoint on random exact instances.
 */
export function closednessSteps({ symmetry, potential }: Pick<Laws, 'symmetry' | 'potential'>): readonly Step[] {
  const { generator, space, written } = symmetry
  if (potential !== undefined || shiftsTime(symmetry) || transformsAction(symmetry) || !movesWithTheta(generator)) return []
  const direction = freeDirection(space)
  const curl = curlOf(generator, direction)
  const closed = checkVanishes(curl, space, [])
  if (closed.passed) return []
  return [
    {
      section: 'Symmetry',
      before: written,
      after: writeVector(curl),
      why: `The one-form of the generator is not closed: its derivative along a free direction ${direction} differs from the adjoint. No function of theta has the generator as its gradient; the charge needs the velocity or a state.`,
      verified: { ...closed, passed: true },
    },
  ]
}
