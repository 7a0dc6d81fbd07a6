import { describe, expect, it } from 'vitest'
import { ONE, add, mul, num, sym } from '../../src/algebra/build.js'
import { RATIONALS, primeField } from '../../src/algebra/evaluate.js'
import { checkVanishes } from '../../src/jets/check.js'
import { SymmetryRules } from '../../src/jets/constraint.js'
import { dot, norm2 } from '../../src/jets/contraction.js'
import { Instance } from '../../src/jets/instance.js'
import { GRADIENT, THETA, apply, combine, gradientAt, gradientForm, scaleVector, subVectors, variable } from '../../src/jets/vector.js'
import { projector } from '../../src/jets/operator.js'
import { readScalar, readVector } from '../../src/jets/read.js'
import { type SymmetryStatement, symmetriesOf } from '../../src/symmetry/symmetry.js'
import type { Shapes } from '../../src/symmetry/families.js'
import { uniform } from './support/losses.js'

const statements: readonly (readonly [string, SymmetryStatement, Shapes])[] = [
  ['translation', { family: 'translation', on: ['w'] }, { w: ['d'] }],
  ['scale', { family: 'scale', on: ['w'] }, { w: ['d'], a: ['d'] }],
  ['rescale of degree 3/2', { family: 'rescale', in: ['u'], out: ['a'], degree: '3/2' }, { u: ['d'], a: ['k'] }],
  ['orthogonal', { family: 'orthogonal', on: ['W'] }, { W: ['n', 'n'] }],
  ['linear', { family: 'linear', in: ['U'], out: ['V'] }, { U: ['h', 'd'], V: ['k', 'h'] }],
  ['affine', { generator: { u: 'u', a: '-2*a', c: '1' } }, { u: ['d'], a: ['k'], c: ['k'] }],
  ['polynomial', { generator: { W: 'W*transpose(W)*W' } }, { W: [2, 2] }],
]
const symmetries = statements.flatMap(([name, statement, shapes]) => symmetriesOf(statement, shapes).map((symmetry) => ({ name: `${name} ${symmetry.part}`, symmetry })))

const half = (seed: number) => {
  const random = uniform(seed)
  return (): number => (random() + 1) / 2
}

describe.each(symmetries)('random exact jets of $name', ({ symmetry }) => {
  it('satisfy the constraints as exact numbers, to order 4', () => {
    const rationals = new Instance(RATIONALS, symmetry.space, [symmetry.generator], Instance.rationals(half(3)))
    for (const order of [1, 2]) expect(rationals.scalar(SymmetryRules.constraint(symmetry.generator, order))).toEqual({ num: 0n, den: 1n })
    const next = half(4)
    const prime = 2n ** 61n - 1n
    const modular = new Instance(primeField(prime), symmetry.space, [symmetry.generator], () => BigInt(Math.floor(next() * 2 ** 50)) + 1n)
    for (const order of [1, 2, 3, 4]) expect(modular.scalar(SymmetryRules.constraint(symmetry.generator, order))).toBe(0n)
  })

  it('have free jets otherwise: nothing but the constraints holds', () => {
    const { space, generator } = symmetry
    const x = variable('x')
    const open = [norm2(GRADIENT), dot(gradientForm(x), x), dot(GRADIENT, x), norm2(gradientForm(x))]
    expect(open.map((e) => checkVanishes(e, space, [generator]).passed)).toEqual(open.map(() => false))
  })

  it('refuse each constraint with a coefficient changed, and accept it unchanged', () => {
    const { space, generator } = symmetry
    for (const order of [2, 3]) {
      const constraint = SymmetryRules.constraint(generator, order)
      const along = Array.from({ length: order - 1 }, (_, i) => variable(`_y${i + 1}`))
      const leading = dot(gradientForm(...along), generator)
      expect(checkVanishes(constraint, space, [generator]).passed).toBe(true)
      const bent = add(constraint, mul(num(2), leading))
      const linearPart = checkVanishes(leading, space, [generator]).passed
      expect(checkVanishes(bent, space, [generator]).passed).toBe(linearPart)
    }
  })
})

describe('checks on instances', () => {
  const w = projector('w')
  const space = { blocks: { w: ['d'], a: ['d'] }, constants: {}, fields: {} }
  const scale = apply(w, THETA)

  it('take the symmetry from the generator alone: H theta_w = -g_w for a scale, and for no other', () => {
    const identity = combine([[ONE, gradientForm(scale)], [ONE, apply(w, GRADIENT)]])
    expect(checkVanishes(identity, space, [scale]).passed).toBe(true)
    expect(checkVanishes(identity, space, [apply(projector('a'), THETA)]).passed).toBe(false)
    expect(checkVanishes(identity, space, []).passed).toBe(false)
  })

  it('see a symbol as a number of its own', () => {
    const eta = sym('eta')
    expect(checkVanishes(scaleVector(eta, GRADIENT), space, [scale]).passed).toBe(false)
    expect(checkVanishes(mul(eta, dot(GRADIENT, scale)), space, [scale]).passed).toBe(true)
  })
})

it('an exponential of components is the same number in functions of different vectors', () => {
  const [symmetry] = symmetriesOf({ family: 'scale', on: ['w'] }, undefined)
  if (symmetry === undefined) throw new Error('no symmetry')
  const identity = readScalar('dot(theta_w, P_w(exp(theta))) - dot(1, exp(theta)*theta_w)', symmetry.names)
  expect(checkVanishes(identity, symmetry.space, [symmetry.generator]).passed).toBe(true)
  const wrong = readScalar('dot(theta_w, P_w(exp(theta))) - dot(1, exp(2*theta)*theta_w)', symmetry.names)
  expect(checkVanishes(wrong, symmetry.space, [symmetry.generator]).passed).toBe(false)
})

it('powers of e are powers of one root, whatever fractions their exponents have', () => {
  const [symmetry] = symmetriesOf({ family: 'scale', on: ['w'] }, undefined)
  if (symmetry === undefined) throw new Error('no symmetry')
  const vanishes = (text: string): boolean => checkVanishes(readScalar(text, symmetry.names), symmetry.space, [symmetry.generator]).passed
  const [one, two] = ['exp(norm2(g)/16 - dot(g, theta)/4)', 'exp(dot(g, theta)/2 - norm2(g)/8)']
  expect(vanishes(`(1 + ${one})^2*${two} - 1 - 2*${one}*${two} - ${two}`)).toBe(true)
  expect(vanishes(`(1 + ${one})^2*${two} - 1 - 2*${one}*${two} - ${one}`)).toBe(false)
  expect(vanishes('dot(1, exp(theta/3)*exp(theta/6)) - dot(1, exp(theta/2))')).toBe(true)
  expect(vanishes('dot(1, exp(theta/3)*exp(theta/6)) - dot(1, exp(theta/4))')).toBe(false)
})

it('the loss has one gradient at a point, by whatever name and however it is written', () => {
  const [y, space] = [variable('y'), { blocks: { w: ['d'] }, constants: {}, fields: {} }]
  const sum = apply(projector('w'), y)
  const rest = subVectors(y, sum)
  expect(checkVanishes(subVectors(gradientAt({ name: 'phi', point: y }), gradientAt({ name: 'psi', point: combine([[ONE, sum], [ONE, rest]]) })), space, []).passed).toBe(true)
  expect(checkVanishes(subVectors(gradientAt({ name: 'phi', point: y }), gradientAt({ name: 'psi', point: sum })), space, []).passed).toBe(false)
})

describe('homogeneous functions at a point that the symmetry says in two ways', () => {
  const [scale] = symmetriesOf({ family: 'scale', on: ['w'] }, { w: ['d'], a: ['d'] })
  if (scale === undefined) throw new Error('one symmetry')
  const { space, generator, names } = scale
  const holds = (text: string): boolean => checkVanishes(readVector(text, { vectors: { x: variable('x') }, sets: names.sets, operators: {} }), space, [generator]).passed

  it.each([
    ['msign(H(theta_w)) + msign(g_w)', 'msign(H(theta_w)) - msign(g_w)'],
    ['msign(3*H(theta_w) + 2*g_w) + msign(g_w)', 'msign(3*H(theta_w) + 4*g_w) + msign(g_w)'],
    ['Dmsign(H(theta_w), x) + Dmsign(H(theta_w) + 2*g_w, -x)', 'Dmsign(H(theta_w), x) + Dmsign(H(theta_w) + 2*g_w, x)'],
    ['Dmsign(x + H(theta_w), x - g_w)', 'Dmsign(x + H(theta_w), x + g_w)'],
    ['D2msign(x + H(theta_w), x - g_w, theta) + Dmsign(x - g_w, theta)', 'D2msign(x + H(theta_w), x - g_w, theta)'],
    ['sign(H(theta_w) + 3*g_w) - sign(g_w)', 'sign(H(theta_w) - 3*g_w) - sign(g_w)'],
  ])('have the same derivatives there: %s = 0, not %s', (identity, other) => {
    expect([holds(identity), holds(other)]).toEqual([true, false])
  })
})

it('functions of numbers have one value however their arguments are written', () => {
  const [scale] = symmetriesOf({ family: 'scale', on: ['w'] }, { w: ['d'] })
  if (scale === undefined) throw new Error('one symmetry')
  const holds = (text: string): boolean => checkVanishes(readScalar(text, { vectors: { x: variable('x') }, sets: scale.names.sets, operators: {} }), scale.space, [scale.generator]).passed
  expect(holds('min(1, 1/norm2(g_w + x)) - min(1, 1/(norm2(H(theta_w)) - 2*dot(H(theta_w), x) + norm2(x)))')).toBe(true)
  expect(holds('min(1, 1/norm2(g_w + x)) - min(1, 1/(norm2(H(theta_w)) + 2*dot(H(theta_w), x) + norm2(x)))')).toBe(false)
})

it('sizes and signs of numbers are those of their values', () => {
  const holds = (text: string): boolean => checkVanishes(readScalar(text, { vectors: { x: variable('x') }, sets: {}, operators: {} }), { blocks: { w: ['d'] }, constants: {}, fields: {} }, []).passed
  for (const text of ['abs(dot(g, x))*sign(dot(g, x)) - dot(g, x)', 'sign(dot(g, x))^2 - 1', 'abs(dot(g, x)^3) - abs(dot(g, x))*dot(g, x)^2']) expect(holds(text)).toBe(true)
  for (const text of ['abs(dot(g, x)) - dot(g, x)', 'sign(dot(g, x)) - sign(dot(g, x) + 1)']) expect(holds(text)).toBe(false)
})

describe('square roots at random instances', () => {
  const [scale] = symmetriesOf({ family: 'scale', on: ['w'] }, { w: ['d'] })
  if (scale === undefined) throw new Error('one symmetry')
  const holds = (text: string): boolean => checkVanishes(readScalar(text, { vectors: { x: variable('x') }, sets: scale.names.sets, operators: {} }), scale.space, [scale.generator]).passed

  it.each([
    ['sqrt(3*norm2(x) + 1) - sqrt(3)*sqrt(norm2(x) + 1/3)', 'sqrt(3*norm2(x) + 1) - sqrt(3)*sqrt(norm2(x) + 1/2)'],
    ['sqrt(norm2(x))*sqrt(norm2(g)) - sqrt(norm2(x)*norm2(g))', 'sqrt(norm2(x))*sqrt(norm2(g)) + sqrt(norm2(x)*norm2(g))'],
    ['sqrt(7/10)*sqrt(norm2(x))*sqrt(norm2(g))*sqrt(norm2(x + g))*sqrt(norm2(x - g)) - sqrt(7*norm2(x)*norm2(g)*norm2(x + g)*norm2(x - g)/10)', 'sqrt(norm2(x))*sqrt(norm2(x + g)) - sqrt(norm2(x)*norm2(x - g))'],
  ])('multiply, with those of numbers: %s = 0, not %s', (identity, other) => {
    expect([holds(identity), holds(other)]).toEqual([true, false])
  })
})
