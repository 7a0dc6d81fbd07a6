import { describe, expect, it } from 'vitest'
import { ONE, mul, neg, num, sym } from '../../src/algebra/build.js'
import { readExpr } from '../../src/algebra/read.js'
import { checkVanishes } from '../../src/jets/check.js'
import { SymmetryRules } from '../../src/jets/constraint.js'
import { writeScalar } from '../../src/jets/notation.js'
import { projector } from '../../src/jets/operator.js'
import { NO_NAMES, readScalar, readVector } from '../../src/jets/read.js'
import type { Space } from '../../src/jets/space.js'
import { THETA, ZERO_VECTOR, apply, indicator, scaleVector } from '../../src/jets/vector.js'
import { dissipativeMechanics, inverseProblem } from '../../src/mechanics/lagrangian.js'
import type { Mechanics } from '../../src/mechanics/mechanics.js'
import { type NoetherIdentity, type Transformation, noetherIdentity } from '../../src/mechanics/noether.js'

const space: Space = { blocks: { w: ['d'] }, constants: {}, fields: {} }
const scale = apply(projector('w'), THETA)
const vector = (text: string) => readVector(text, { ...NO_NAMES, sets: { w: ['w'] } })
const scalar = (text: string) => readScalar(text, { ...NO_NAMES, sets: { w: ['w'] } })

function withMultiplier(text: string): Mechanics {
  const found = inverseProblem(vector(text))
  if (!found.exists) throw new Error(found.reason)
  return found
}
function withFriction(text: string): Mechanics {
  const found = dissipativeMechanics(vector(text))
  if (found === undefined) throw new Error('no mechanics')
  return found
}

/** The identity, after a check that it holds for every path of random jets with the symmetry. */
function identityOf(mechanics: Mechanics, transformation: Transformation): NoetherIdentity {
  const { generator } = transformation
  const identity = noetherIdentity(mechanics, transformation, new SymmetryRules([generator]))
  expect(checkVanishes(identity.residual, space, [generator]).passed).toBe(true)
  return identity
}
const texts = (identity: NoetherIdentity) => Object.fromEntries((['kinetic', 'potential', 'explicitTime', 'dissipation', 'gauge'] as const).map((part) => [part, writeScalar(identity[part]).text]))

const damped = 'm*ddtheta + c*dtheta + g + lambda*theta'

describe('Noether’s identity', () => {
  it('of a scale splits into kinetic symmetry breaking and weight decay', () => {
    const identity = identityOf(withFriction(damped), { generator: scale })
    expect(identity.kinetic).toBe(scalar('m*norm2(dtheta_w)'))
    expect(identity.potential).toBe(scalar('-lambda*norm2(theta_w)'))
    expect(identity.dissipation).toBe(scalar('-c*dot(dtheta_w, theta_w)'))
  })

  it('of a shift in time is the energy law: E˙ = −c|θ̇|², as friction or as explicit dependence on time', () => {
    const friction = identityOf(withFriction(damped), { generator: ZERO_VECTOR, time: ONE })
    expect(neg(friction.charge)).toBe(scalar('m*norm2(dtheta)/2 + f + lambda*norm2(theta)/2'))
    expect(texts(friction)).toEqual({ kinetic: '0', potential: '0', explicitTime: '0', dissipation: 'c*norm2(dtheta)', gauge: '0' })
    const inside = identityOf(withMultiplier(damped), { generator: ZERO_VECTOR, time: ONE })
    expect(texts(inside)).toMatchObject({ kinetic: '0', potential: '0', dissipation: '0' })
    expect(writeScalar(inside.explicitTime).text).not.toBe('0')
  })

  it('names a schedule of the mass as explicit time', () => {
    const identity = identityOf(withFriction('(1 + t)*ddtheta + 3*dtheta + g'), { generator: ZERO_VECTOR, time: ONE })
    expect(identity.explicitTime).toBe(scalar('norm2(dtheta)/2'))
  })

  it('joins a shift in time and a scale in one conserved charge of the damped free motion', () => {
    // q̈ + c q̇ = 0 with ℒ = e^{ct} q̇²/2: t → t + ε, q → (1 − εc/2) q leaves the action as it is.
    const generator = scaleVector(mul(readExpr('-1/2'), sym('c')), THETA)
    const identity = noetherIdentity(withMultiplier('ddtheta + c*dtheta'), { generator, time: ONE }, new SymmetryRules([]))
    expect(checkVanishes(identity.residual, space, []).passed).toBe(true)
    expect(checkVanishes(identity.rate, space, []).passed).toBe(true)
  })

  it('takes a gauge term: a Galilean boost of the free particle conserves m(t θ̇ − θ)', () => {
    const generator = scaleVector(sym('t'), indicator(projector('w')))
    const identity = noetherIdentity(withFriction('m*ddtheta'), { generator, gauge: scalar('m*dot(one_w, theta)') }, new SymmetryRules([]))
    expect(checkVanishes(identity.residual, space, []).passed).toBe(true)
    expect(checkVanishes(identity.rate, space, []).passed).toBe(true)
    expect(identity.charge).toBe(scalar('m*t*dot(one_w, dtheta) - m*dot(one_w, theta)'))
  })

  it('with τ = t dilates the measure: for ℒ = q̇²/2 − q²·λ/2 the parts add up to the rate for every path', () => {
    const identity = noetherIdentity(withFriction('ddtheta + lambda*theta'), { generator: scaleVector(num(1), THETA), time: sym('t') }, new SymmetryRules([]))
    expect(checkVanishes(identity.residual, space, []).passed).toBe(true)
  })
})
