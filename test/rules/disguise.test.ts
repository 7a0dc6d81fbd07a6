import { describe, expect, it } from 'vitest'
import { sub } from '../../src/algebra/build.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { readExpr } from '../../src/algebra/read.js'
import { toText } from '../../src/algebra/print.js'
import { isZeroExpr } from '../../src/algebra/zero.js'
import { vectorText } from '../../src/jets/notation.js'
import { derive } from '../../src/laws/derive.js'
import { readRule } from '../../src/rules/rule.js'

const own = (theta: string) => readRule({ update: { theta } })
const curvatureOf = (theta: string): string => toText(own(theta).dual?.curvature ?? readExpr('0'))

describe('mirror descent written in another way', () => {
  it.each(['theta*log(theta) - theta', 'exp(theta)', '-log(theta)', '3*theta^(4/3)/4', 'exp(2*theta) + theta'])(
    'the closed form of mirror descent with h = %s, read as a rule of one’s own, has the same curvature',
    (h) => {
      const named = readRule({ name: 'mirror', h })
      const closed = vectorText(named.updates[0]?.value ?? { terms: [] })
      expect(closed).not.toBe('theta_next')
      const found = own(closed)
      expect(found.disguise?.every((test) => test.zero)).toBe(true)
      expect(isZeroExpr(sub(found.dual?.curvature ?? readExpr('0'), named.dual?.curvature ?? readExpr('1'))).zero).toBe(true)
    },
  )

  it('is found with weight decay of either kind, other signs and other rates', () => {
    expect(curvatureOf('theta*exp(-eta*(g + lambda*theta))')).toBe('1/theta')
    expect(curvatureOf('(1 - eta*lambda)*theta*exp(-eta*g)')).toBe('1/theta')
    expect(curvatureOf('theta*exp(-2*eta*g)')).toBe('1/(2*theta)')
    expect(curvatureOf('(theta^(1/3) - eta*g)^3')).toBe('1/(3*theta^(2/3))')
    expect(curvatureOf('theta/(1 + eta*theta*g)')).toBe('1/theta^2')
    expect(vectorText(own('((1 - eta*lambda)*theta^(1/3) - eta*g)^3').dual?.update ?? { terms: [] })).toBe('(1 - eta*lambda)*theta^(1/3) - eta*g')
  })

  it('is told from rules that only look like it', () => {
    for (const theta of ['theta - eta*g', 'theta - eta*theta*g', 'theta*exp(-eta*g^2)', 'theta*exp(-eta*sign(g))', 'theta*exp(-eta*g - eta^2*g^2)', 'theta*exp(-eta*norm2(g)*g)', 'theta - sqrt(eta)*g', 'theta*exp(-sqrt(eta)*g)', 'theta*exp(-eta*g)/sqrt(norm2(theta))'])
      expect(own(theta).dual).toBeUndefined()
    expect(readRule({ state: { v: '0' }, update: { v: 'beta*v + g', theta: 'theta*exp(-eta*v)' } }).dual).toBeUndefined()
  })

  it('so its dual charge is conserved: exponentiated gradient on a loss of a sum, weights of either sign', () => {
    const [derived] = derive({ title: '', symmetry: { family: 'translation', on: ['w'] }, rule: { update: { theta: 'theta*exp(-eta*g)' } }, order: 1 })
    const laws = derived?.derivation.laws
    expect([laws?.discrete?.charge.text, laws?.discrete?.recursion.text, laws?.flow.at(1)?.equation.text]).toEqual(['dot(one_w, log(abs(theta)))', 'dot(one_w, log(abs(theta)))', 'diff(q,t) = 0'])
    expect(derived?.derivation.steps.some((step) => step.why.includes('mirror descent, written in another way'))).toBe(true)
    // A loss of differences: the gradient sums to zero.
    let theta = [0.3, -1.2, 0.7]
    const charge = (): number => theta.reduce((sum, x) => sum + Math.log(Math.abs(x)), 0)
    const before = charge()
    for (let k = 0; k < 30; k += 1) {
      const [a = 0, b = 0, c = 0] = theta
      const [s, r] = [Math.sin(a - b), Math.sin(b - c)]
      const g = [s, r - s, -r]
      theta = theta.map((x, i) => x * Math.exp(-0.1 * (g[i] ?? 0)))
    }
    expect(charge()).toBeCloseTo(before, 12)
  })

  it('and weight decay moves it by what the derivation says', () => {
    const [derived] = derive({ title: '', symmetry: { family: 'translation', on: ['w'] }, rule: { update: { theta: '(1 - eta*lambda)*theta*exp(-eta*g)' } }, order: 2 })
    const { laws } = derived?.derivation ?? {}
    expect(laws?.discrete?.recursion.text).toBe('log(abs(1 - eta*lambda))*norm2(one_w) + dot(one_w, log(abs(theta)))')
    const rate = readExpr((laws?.flow.find((f) => f.order === 2)?.equation.text ?? '').split(' = ')[1]?.replace('norm2(one_w)', 'n') ?? '0')
    const [at, eta] = [{ lambda: 1, n: 1 }, 1e-2]
    expect(Math.abs(eta * evaluateNumber(rate, { ...at, eta }) - Math.log(1 - eta))).toBeLessThan(eta ** 4)
  })
})
