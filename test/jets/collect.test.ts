import { describe, expect, it } from 'vitest'
import { assert, constantFrom, letrec, oneof, property, tuple } from 'fast-check'
import { HALF, ONE, ZERO, add, atom, div, mul, num, pow, sub, sym } from '../../src/algebra/build.js'
import { differentiate } from '../../src/algebra/calculus.js'
import type { Expr } from '../../src/algebra/expr.js'
import { toText } from '../../src/algebra/print.js'
import { isZeroExpr } from '../../src/algebra/zero.js'
import { collectContractions, linearForm, overCommonDenominator } from '../../src/jets/collect.js'
import { asContraction, dot, norm2 } from '../../src/jets/contraction.js'
import { GRADIENT, THETA, variable } from '../../src/jets/vector.js'
import { derive } from '../../src/laws/index.js'

const CONTRACTIONS = [norm2(THETA), dot(THETA, GRADIENT), dot(variable('v'), GRADIENT)]
const { linear } = letrec<{ scalar: Expr; linear: Expr }>((tie) => ({
  scalar: oneof(
    { depthSize: 'small' },
    constantFrom(sym('eta'), sym('lambda'), num(2), HALF, add(ONE, sym('beta'))),
    tuple(tie('scalar'), tie('scalar')).map(([x, y]) => add(x, y)),
    tuple(tie('scalar'), tie('scalar')).map(([x, y]) => mul(x, y)),
  ),
  linear: oneof(
    { depthSize: 'small' },
    constantFrom(...CONTRACTIONS),
    tie('scalar'),
    tuple(tie('linear'), tie('linear')).map(([x, y]) => add(x, y)),
    tuple(tie('scalar'), tie('linear')).map(([c, x]) => mul(c, x)),
    tie('linear').map((x) => div(x, add(ONE, sym('eta')))),
  ),
}))

describe('the linear form of a scalar in its contractions', () => {
  it('adds up to the scalar, with the partial derivatives as coefficients', () => {
    assert(
      property(linear, (e) => {
        const form = linearForm(e)
        if (form === undefined) throw new Error('not recognised as linear')
        for (const [o, c] of form.coefficients) {
          expect(asContraction(o)).toBeDefined()
          expect(isZeroExpr(sub(c, differentiate(e, '_', { atomDerivative: (x) => (x === o ? ONE : ZERO) }))).zero).toBe(true)
        }
        const sum = add(form.constant, ...[...form.coefficients].map(([o, c]) => mul(c, atom(o))))
        expect(isZeroExpr(sub(sum, e)).zero).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it('is refused where contractions multiply each other or stand under a power', () => {
    const [x = ZERO, y = ZERO] = CONTRACTIONS
    for (const e of [mul(x, y), pow(x, num(2)), div(ONE, x), add(y, pow(x, HALF)), mul(x, add(ONE, y))]) expect(linearForm(e)).toBeUndefined()
  })
})

describe('a linear form over the denominator that its coefficients share', () => {
  const [eta, lambda, beta] = [sym('eta'), sym('lambda'), sym('beta')]
  const [x, y] = [norm2(THETA), norm2(GRADIENT)]

  it('is the same scalar, whatever it was', () => {
    assert(
      property(linear, (e) => {
        expect(isZeroExpr(sub(overCommonDenominator(e), e)).zero).toBe(true)
      }),
    )
  })

  it('is one fraction of what is driven alike, the denominator positive for small hyperparameters', () => {
    const rest = sub(mul(lambda, eta, lambda), mul(num(2), lambda))
    expect(toText(overCommonDenominator(sub(div(mul(eta, y), rest), div(mul(eta, x), rest))))).toBe('eta*(norm2(theta) - norm2(g))/(lambda*(2 - eta*lambda))')
    expect(toText(overCommonDenominator(add(div(mul(beta, x), lambda), div(mul(sub(ONE, beta), x), mul(num(2), lambda)))))).toBe('(1 + beta)*norm2(theta)/(2*lambda)')
  })

  it('leaves fractions apart whose denominators are not one of them', () => {
    expect(toText(overCommonDenominator(add(div(x, lambda), div(y, beta))))).toBe('norm2(g)/beta + norm2(theta)/lambda')
  })
})

describe('products of contractions over a sum of them', () => {
  const [x, y] = [norm2(THETA), mul(pow(sym('eta'), num(2)), norm2(GRADIENT))]

  it('lose the sum where it divides what stands over it, and keep it where it does not', () => {
    expect(collectContractions(add(div(mul(x, x), add(x, y)), div(mul(x, y), add(x, y))))).toBe(x)
    const kept = add(div(mul(x, x), add(x, y)), div(mul(num(2), x, y), add(x, y)))
    expect(isZeroExpr(sub(collectContractions(kept), kept)).zero).toBe(true)
  })

  it('so a step back to the sphere keeps the norm, exactly', () => {
    const [found] = derive({ title: '', parameters: { w: ['d'], a: ['h'] }, symmetry: { family: 'scale', on: ['w'] }, rule: { update: { w: '(w - eta*g)*sqrt(norm2(w)/norm2(w - eta*g_w))', theta: 'theta - eta*g' } }, order: 1 })
    expect(found?.derivation.laws.discrete?.recursion.text).toBe('norm2(theta_w)')
  })
})
