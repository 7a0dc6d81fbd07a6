import { describe, expect, it } from 'vitest'
import { div, num, sym } from '../../src/algebra/build.js'
import { toText } from '../../src/algebra/print.js'
import { vectorText } from '../../src/jets/notation.js'
import { simplifyVector } from '../../src/jets/simplify.js'
import { THETA, type Vector, scaleVector, subVectors } from '../../src/jets/vector.js'
import { derive } from '../../src/laws/derive.js'
import { potentialOf } from '../../src/mechanics/potential.js'
import { readRule } from '../../src/rules/rule.js'
import { gradientFormOf, uniform, vectorFrom } from '../jets/support/losses.js'
import { type Setting, scalarOfText, vectorOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'
import { polynomial } from '../jets/support/trees.js'

const SIZE = 5
/** The force of a step theta - eta*force. */
const forceOf = (text: string): Vector => simplifyVector(scaleVector(div(num(-1), sym('eta')), subVectors(readRule({ update: { theta: `theta - eta*(${text})` } }).updates[0]?.value ?? THETA, THETA)))

const settingAt = (theta: readonly number[]): Setting<number> => ({
  ring: DOUBLES, scalars: { eta: 0.1, lambda: 0.7, c: 0.4, f: polynomial(DOUBLES, theta) }, vectors: { theta }, masks: { all: theta.map(() => true) }, maps: {}, gradientForm: gradientFormOf(polynomial, theta),
})

const STEP = 1e-3
/** Fourth-order central differences. */
function slopes(text: string, theta: readonly number[]): readonly number[] {
  const at = (i: number, h: number): number => scalarOfText(text.replaceAll('dot(1,', 'dot(one_all,'), settingAt(theta.map((x, j) => (i === j ? x + h : x))))
  return theta.map((_, i) => (8 * (at(i, STEP) - at(i, -STEP)) - (at(i, 2 * STEP) - at(i, -2 * STEP))) / (12 * STEP))
}

describe('the potential of a force', () => {
  it.each([
    ['g + lambda*theta', 'f + lambda*norm2(theta)/2'],
    ['lambda*norm2(theta)*theta', 'lambda*norm2(theta)^2/4'],
    ['lambda*sqrt(norm2(theta))*theta', 'lambda*norm2(theta)^(3/2)/3'],
    ['theta/sqrt(norm2(theta))', 'sqrt(norm2(theta))'],
    ['lambda*sign(theta)', 'lambda*dot(1, abs(theta))'],
    ['g + c*theta^3', 'f + c*dot(1, theta^4)/4'],
    ['theta/(1 + theta^2)', 'dot(1, log(theta^2 + 1))/2'],
    ['g + c*H(g)', 'f + c*norm2(g)/2'],
    ['H(theta)', 'dot(g, theta) - f'],
    ['g - c*H(theta) + lambda*theta', 'f + c*(f - dot(g, theta)) + lambda*norm2(theta)/2'],
  ])('of %s has it for its gradient, by differences', (text, expected) => {
    const force = forceOf(text)
    const found = potentialOf(force)
    if (found === undefined) throw new Error(`no potential of ${text}`)
    expect(toText(found)).toBe(expected)
    const theta = vectorFrom(uniform(3), SIZE).map((x) => x + Math.sign(x) / 4)
    const [numeric, exact] = [slopes(toText(found), theta), vectorOfText(vectorText(force), settingAt(theta))]
    for (const [i, e] of exact.entries()) expect(Math.abs((numeric[i] ?? 0) - e)).toBeLessThan(1e-6 * (1 + Math.abs(e)))
  })

  it.each(['norm2(theta)*g', 'theta/norm2(theta)^2*dot(g, theta)', 'dot(g, theta)*theta'])('%s has none', (text) => {
    expect(potentialOf(forceOf(text))).toBeUndefined()
  })
})

describe('a Lagrangian with friction that differs between blocks', () => {
  it('leaves all of the friction to the Rayleigh function, and grows or decays in no multiplier', () => {
    const rule = { name: 'momentum', lambda: 0, beta: { w: 'beta', a: 0 } }
    const [found] = derive({ title: 'test', parameters: { w: ['d'], a: ['h'] }, symmetry: { generator: { w: 'w', a: '-a' } }, rule, order: 1 })
    expect(found?.derivation.rayleigh?.dissipation.text).toBe('norm2(dtheta)/2 - beta*norm2(dtheta_w)/2')
    expect(found?.derivation.rayleigh?.lagrangian.text).not.toContain('exp')
  })
})
