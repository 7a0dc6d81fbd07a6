import { describe, expect, it } from 'vitest'
import { isZero, num, sym } from '../../src/algebra/build.js'
import { toText } from '../../src/algebra/print.js'
import { vectorText } from '../../src/jets/notation.js'
import { GRADIENT, THETA, type Vector, addVectors, apply, gradientForm, scaleVector, variable } from '../../src/jets/vector.js'
import { derive } from '../../src/laws/derive.js'
import { inverseProblem } from '../../src/mechanics/lagrangian.js'
import { modifiedFlow } from '../../src/rules/modifiedFlow.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'
import { type Family, FAMILIES } from '../jets/support/families.js'
import { gradientFormOf, uniform, vectorFrom } from '../jets/support/losses.js'
import { type Setting, scalarOfText, vectorOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'
import { S } from '../jets/support/trees.js'

const HYPERPARAMETERS = { eta: 0.3, beta: 0.6, lambda: 0.2, mu: 0.25 }
type Row = readonly number[]

/** A state of motion off the solutions: any θ, θ̇, θ̈ at any time. */
interface Motion {
  readonly theta: Row
  readonly dtheta: Row
  readonly ddtheta: Row
  readonly t: number
}

function settingOf(family: Family, { theta, dtheta, ddtheta, t }: Motion): Setting<number> {
  const loss = family.loss(4)
  return {
    ring: DOUBLES, scalars: { ...HYPERPARAMETERS, t, f: loss(DOUBLES, theta) }, vectors: { theta, dtheta, ddtheta }, masks: family.masks, maps: family.maps,
    gradientForm: gradientFormOf(loss, theta),
  }
}

const STEP = 2e-3
/** Central differences with Richardson extrapolation. */
const slope = (f: (h: number) => number): number => (4 * ((f(STEP) - f(-STEP)) / (2 * STEP)) - (f(2 * STEP) - f(-2 * STEP)) / (4 * STEP)) / 3
const moved = (x: Row, i: number, h: number): Row => x.map((e, j) => (i === j ? e + h : e))
const along = ({ theta, dtheta, ddtheta, t }: Motion, h: number): Motion => ({
  theta: theta.map((e, i) => e + h * (dtheta[i] ?? 0) + (h * h * (ddtheta[i] ?? 0)) / 2), dtheta: dtheta.map((e, i) => e + h * (ddtheta[i] ?? 0)), ddtheta, t: t + h,
})

/** d/dt ∂ℒ/∂θ̇ − ∂ℒ/∂θ of a printed Lagrangian by differences alone. */
function eulerLagrangeByDifferences(lagrangian: string, family: Family, motion: Motion): Row {
  const value = (m: Motion): number => scalarOfText(lagrangian, settingOf(family, m))
  return motion.theta.map((_, i) => {
    const momentum = (m: Motion): number => slope((h) => value({ ...m, dtheta: moved(m.dtheta, i, h) }))
    return slope((h) => momentum(along(motion, h))) - slope((h) => value({ ...motion, theta: moved(motion.theta, i, h) }))
  })
}

const rules: readonly (readonly [string, RuleStatement])[] = [['momentum with decay', { name: 'momentum' }], ['momentum with dampening', { name: 'momentum', mu: 'mu' }], ['gradient descent', { name: 'sgd' }]]
const families = FAMILIES.filter(({ name }) => !/degree [13]/.test(name))

describe.each(rules)('the Lagrangian of %s', (_, rule) => {
  it.each(families)('$name: its Euler-Lagrange equation is the flow, and Noether’s identity holds on every path', (family) => {
    const laws = derive({ title: 'test', parameters: family.shapes, symmetry: family.statement, rule, order: 1 })[family.part]?.laws
    if (laws?.lagrangian.exists !== true || laws.noether === undefined) throw new Error('there is a Lagrangian')
    const [lagrangian, charge, rate] = [laws.lagrangian.lagrangian, laws.noether.charge, laws.noether.rate].map(toText)
    const random = uniform(8)
    const motion = { theta: vectorFrom(random, family.size).map((x) => x + Math.sign(x)), dtheta: vectorFrom(random, family.size), ddtheta: vectorFrom(random, family.size), t: 0.2 }
    const here = settingOf(family, motion)
    const variation = eulerLagrangeByDifferences(lagrangian ?? '', family, motion)
    const equation = vectorOfText(vectorText(scaleVector(laws.lagrangian.multiplier.value, laws.mechanical)), here)
    const size = Math.hypot(...equation)
    for (const [i, e] of equation.entries()) expect(Math.abs((variation[i] ?? Number.NaN) - e)).toBeLessThan(1e-5 * size)
    const generator = vectorOfText(vectorText(laws.symmetry.generator), here)
    const change = slope((h) => scalarOfText(charge ?? '', settingOf(family, along(motion, h))))
    const offShell = generator.reduce((sum, x, i) => sum + x * (variation[i] ?? 0), 0)
    expect(Math.abs(change - scalarOfText(rate ?? '', here) - offShell)).toBeLessThan(1e-5 * (size + Math.abs(change)))
  })
})

describe('kinetic symmetry breaking under the Euclidean metric', () => {
  it('vanishes for translations and rotations, and for no scaling', () => {
    const vanishing = families.map((family) => {
      const noether = derive({ title: 'test', parameters: family.shapes, symmetry: family.statement, rule: { name: 'momentum' }, order: 1 })[family.part]?.laws.noether
      return [family.name, noether !== undefined && isZero(noether.kinetic)]
    })
    expect(Object.fromEntries(vanishing)).toEqual({
      translation: true, scale: false, 'rescale of degree 2': false, rotation: true, 'linear, symmetric M': false, 'linear, antisymmetric M': true,
    })
  })
})

describe('the Helmholtz conditions', () => {
  const [velocity, acceleration] = [variable('theta', 1), variable('theta', 2)]
  const failing: readonly (readonly [string, Vector, number])[] = [
    ['an antisymmetric mass', addVectors(apply(S, acceleration), acceleration, GRADIENT), 1],
    ['a damping by the Hessian', addVectors(acceleration, gradientForm(velocity), GRADIENT), 2],
    ['a force that turns', addVectors(acceleration, velocity, GRADIENT, apply(S, THETA)), 3],
  ]

  it.each(failing)('%s: no Lagrangian, and which condition fails', (_, equation, condition) => {
    const found = inverseProblem(equation)
    expect(found).toMatchObject({ exists: false, failure: { condition }, reason: expect.stringContaining(`condition ${condition}`) })
  })

  it('Nesterov: its friction has the Hessian in it, condition 2', () => {
    const flow = modifiedFlow(readRule({ name: 'nesterov' }), 1)
    if (!flow.ok) throw new Error(flow.reason)
    expect(inverseProblem(flow.value.equation)).toMatchObject({ exists: false, failure: { condition: 2 } })
  })

  it('hold for m ddtheta + c dtheta + gradient, with the multiplier e^(c t/m)', () => {
    const [m, c] = [sym('m'), sym('c')]
    const found = inverseProblem(addVectors(scaleVector(m, acceleration), scaleVector(c, velocity), GRADIENT, scaleVector(num(3), THETA)))
    if (!found.exists) throw new Error(found.reason)
    expect(toText(found.multiplier.value)).toBe('exp(c*t/m)')
  })
})
