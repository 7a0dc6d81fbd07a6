import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { vectorText } from '../../src/jets/notation.js'
import { type Symmetry, type SymmetryStatement, symmetriesOf } from '../../src/symmetry/symmetry.js'
import type { Shapes } from '../../src/symmetry/families.js'
import { FAMILIES } from '../jets/support/families.js'
import { gradientFormOf, uniform, vectorFrom } from '../jets/support/losses.js'
import { vectorOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'

function only(statement: SymmetryStatement, shapes: Shapes = {}): Symmetry {
  const [first, second] = symmetriesOf(statement, shapes)
  if (first === undefined || second !== undefined) throw new Error('one symmetry')
  return first
}

describe('a printed generator moves the parameters along level sets of the loss', () => {
  it.each(FAMILIES)('$name: f(theta + h xi) = f(theta) up to h²', (family) => {
    const theta = vectorFrom(uniform(6), family.size).map((x) => x + Math.sign(x))
    const loss = family.loss(12)
    const setting = { ring: DOUBLES, scalars: {}, vectors: { theta }, masks: family.masks, maps: family.maps, gradientForm: gradientFormOf(loss, theta) }
    const xi = vectorOfText(vectorText(family.generator), setting)
    const change = (h: number): number => loss(DOUBLES, theta.map((x, i) => x + h * (xi[i] ?? 0))) - loss(DOUBLES, theta)
    const sideways = (h: number): number => loss(DOUBLES, theta.map((x, i) => x + h * Math.cos(i))) - loss(DOUBLES, theta)
    expect(Math.hypot(...xi)).toBeGreaterThan(0.1)
    expect(Math.abs(change(1e-4) - change(-1e-4))).toBeLessThan(1e-9)
    expect(Math.abs(sideways(1e-4))).toBeGreaterThan(1e-7)
  })
})

describe('general constants', () => {
  it('of consecutive linear maps split into a self-adjoint and a skew generator', () => {
    const parts = symmetriesOf({ family: 'linear', in: ['U'], out: ['V'] }, { U: ['h', 'd'], V: ['k', 'h'] })
    expect(parts.map((p) => [p.part, p.operator?.parity])).toEqual([['symmetric M', 1], ['antisymmetric M', -1]])
  })

  it('stated as generators give the same split', () => {
    const stated = symmetriesOf({ generator: { U: 'M*U', V: '-V*M' }, constants: { M: ['h', 'h'] } }, { U: ['h', 'd'], V: ['k', 'h'] })
    expect(stated.map((p) => [p.part, p.operator?.parity])).toEqual([['symmetric M', 1], ['antisymmetric M', -1]])
  })

  it('of a rotation are antisymmetric from the start', () => {
    expect(only({ family: 'orthogonal', on: ['W'] }, { W: ['n', 'n'] }).operator?.parity).toBe(-1)
    expect(only({ generator: { W: 'Omega*W' }, constants: { Omega: ['n', 'n'] }, antisymmetric: ['Omega'] }, { W: ['n', 'n'] }).operator?.parity).toBe(-1)
  })

  it('of a stream rotate what writes it and, the other way round, what reads it', () => {
    const turned = only({ family: 'orthogonal', in: ['E', 'b'], out: ['U'] }, { E: ['d', 'v'], b: ['d'], U: ['k', 'd'] })
    expect([turned.written.text, turned.operator?.parity]).toEqual(['E: Omega*E; b: Omega*b; U: -U*Omega', -1])
    expect(() => only({ family: 'orthogonal' }, { W: ['n', 'n'] })).toThrow("the family orthogonal needs 'on'")
  })

  it('that occur in different powers give a symmetry each: M is arbitrary, so is its size', () => {
    const parts = symmetriesOf({ generator: { U: 'M*U', V: '-2*V*M*M' }, constants: { M: ['h', 'h'] } }, { U: ['h', 'd'], V: ['k', 'h'] })
    expect(new Set(parts.map((p) => p.written.text))).toEqual(new Set(['U: M*U', 'V: -2*V*M*M']))
    expect(parts.every((p) => p.operator?.parity !== 0)).toBe(true)
  })
})

describe('a user’s generator is the family it spells out', () => {
  const pairs: readonly (readonly [string, SymmetryStatement, SymmetryStatement, Shapes])[] = [
    ['scale', { generator: { w: 'w' } }, { family: 'scale', on: ['w'] }, { w: ['d'] }],
    ['translation', { generator: { w: '1' } }, { family: 'translation', on: ['w'] }, { w: ['d'] }],
    ['translation, in the words of a charge', { generator: { w: '2*one_w/2' } }, { family: 'translation', on: ['w'] }, { w: ['d'] }],
    ['rescale', { generator: { u: 'u', a: '-3*a' } }, { family: 'rescale', in: ['u'], out: ['a'], degree: '3' }, { u: ['d'], a: ['k'] }],
  ]
  it.each(pairs)('%s', (_, own, family, shapes) => {
    const text = (s: SymmetryStatement): readonly (readonly [string, string])[] => only(s, shapes).generator.terms.map((t) => [t.atom.key, vectorText({ terms: [t] })])
    expect(text(own)).toEqual(text(family))
  })
})

describe('statements that make no sense are refused with a remedy', () => {
  const wrong: readonly (readonly [string, SymmetryStatement, Shapes, RegExp])[] = [
    ['an unknown family', { family: 'scales', on: ['w'] }, { w: ['d'] }, /unknown symmetry family 'scales'/],
    ['a family without blocks', { family: 'rescale', in: ['u'] }, { u: ['d'] }, /'out'/],
    ['a block that is no parameter', { family: 'scale', on: ['v'] }, { w: ['d'] }, /'v'/],
    ['products that do not fit', { generator: { W: 'M*W' }, constants: { M: ['k', 'k'] } }, { W: ['h', 'd'] }, /h×d|k×k/],
    ['a generator that is zero', { generator: { w: '0*w' } }, { w: ['d'] }, /zero/],
    ['a constant of two kinds', { generator: { W: 'M*W' }, constants: { M: ['h', 'h'] }, symmetric: ['M'], antisymmetric: ['M'] }, { W: ['h', 'd'] }, /symmetric and antisymmetric/],
    ['ones of another block', { generator: { u: 't*one_w' } }, { u: ['d'], w: ['d'] }, /'one_w'.*one_u/],
    ['an inner product of parts of theta in two blocks', { generator: { w: 'dot(theta_a, theta_w)*w' } }, { w: ['d'], a: ['d'] }, /theta_a and another block, which is zero/],
    ['a power of a matrix', { generator: { W: 'W^2' } }, { W: ['h', 'h'] }, /power/],
  ]
  it.each(wrong)('%s', (_, statement, shapes, message) => {
    expect(() => symmetriesOf(statement, shapes)).toThrow(InputError)
    expect(() => symmetriesOf(statement, shapes)).toThrow(message)
  })
})
