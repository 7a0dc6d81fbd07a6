import { describe, expect, it } from 'vitest'
import { toText } from '../../src/algebra/print.js'
import { derive } from '../../src/laws/derive.js'
import { vectorText } from '../../src/jets/notation.js'
import { translationWeights } from '../../src/rules/equivalent.js'
import { fieldOfTheta, modifiedField } from '../../src/rules/modifiedField.js'
import { modifiedFlow } from '../../src/rules/modifiedFlow.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'
import { sumSeries } from '../../src/rules/series.js'

const weights = (statement: RuleStatement): Readonly<Record<string, string>> => Object.fromEntries([...translationWeights(readRule(statement))].map(([name, c]) => [name, toText(c)]))

describe('how much of a shift of theta a state takes part in', () => {
  it('is nothing for momenta and second moments', () => {
    expect(weights({ name: 'adam' })).toEqual({ m: '0', s: '0' })
    expect(weights({ state: { v: '0' }, update: { v: 'beta*v - eta*g', theta: 'theta + v' } })).toEqual({ v: '0' })
    expect(weights({ state: { s: '0' }, update: { s: 's + g^2', theta: 'theta - eta*g/(sqrt(s) + eps)' } })).toEqual({ s: '0' })
  })

  it('is all of it for copies and averages of the parameters', () => {
    expect(weights({ state: { z: '0', y: '0' }, update: { z: 'theta - eta*g', theta: 'z + beta*(z - y)', y: 'z' } })).toEqual({ z: '1', y: '1' })
    expect(weights({ state: { slow: '0' }, update: { theta: 'theta - eta*g - kappa*(theta - slow)', slow: 'slow + nu*(theta - slow)' } })).toEqual({ slow: '1' })
    expect(weights({ state: { z: 'theta' }, update: { z: 'z - eta*g', theta: 'beta*theta + (1-beta)*z' } })).toEqual({ z: '1' })
    expect(weights({ state: { z: 'theta', v: '0' }, update: { v: 'rho*v + g', z: 'z - eta*v', theta: 'theta + (z - theta)/(k + 1)' } })).toEqual({ z: '1', v: '0' })
    expect(weights({ state: { w: '0' }, update: { theta: 'theta - eta*g', w: '2*theta' } })).toEqual({ w: '2' })
  })

  it.each(['eta', 'sqrt(eta)', 'eta^2'])('is so beside a velocity that is kept as a difference of copies over %s', (rate) => {
    const update = { z: 'z - eta*g', v: `beta*v + mu*(theta - z)/(${rate})` }
    expect(weights({ state: { z: 'theta', v: '0' }, update: { ...update, theta: 'theta + kappa*(z - theta)' } })).toEqual({ z: '1', v: '0' })
    expect(weights({ state: { z: 'theta', v: '0' }, update: { ...update, theta: `theta - (${rate})*v` } })).toEqual({ z: '1', v: '0' })
  })
})

describe('a state that never reaches theta', () => {
  it.each([
    ['holds itself in a function', 's + rho*(abs(s) + g)', 'beta'],
    ['is a mean over all steps beside a schedule', 's + (theta_next - s)/(k + 1)', '9/10 - 1/(k + 2)'],
  ])('and %s is left aside: theta follows the flow that it follows without it', (_, s, beta) => {
    const schedules = { eta: 'eta_0/(1 + k)', ...(beta === 'beta' ? {} : { beta }) }
    const update = { v: 'beta*v + g', theta: 'theta - eta*v' }
    const alone = readRule({ ...schedules, state: { v: '0' }, update })
    const watched = readRule({ ...schedules, state: { v: '0', s: 'theta' }, update: { ...update, s } })
    for (const [found, same] of [[modifiedField(watched, 1), modifiedField(alone, 1)], [modifiedFlow(watched, 1), modifiedFlow(alone, 1)]] as const) {
      if (!found.ok || !same.ok) throw new Error(found.ok ? 'no flow without it' : found.reason)
      const texts = [found.value, same.value].map((x) => ('equation' in x ? vectorText(x.equation) : vectorText(sumSeries(fieldOfTheta(x)))))
      expect(texts[0]).toBe(texts[1])
    }
  })
})

describe('the charge budget of Nesterov as two sequences', () => {
  it('has no weight decay, for what looks like it is undone by the copy of the parameters', () => {
    const [found] = derive({ title: 'norm', parameters: { w: ['d'] }, symmetry: { family: 'scale', on: ['w'] }, rule: { state: { z: '0', y: '0' }, update: { z: 'theta - eta*g', theta: 'z + beta*(z - y)', y: 'z' } }, order: 0 })
    const budget = found?.derivation.laws.budget ?? []
    expect(budget.map((entry) => entry.mechanism)).toEqual(['momentum', 'finite step'])
    expect(budget[0]?.statement.text).toBe('2*beta*norm2(theta_w) - 2*beta*dot(theta_w, y_w)')
  })
})

describe('an average of iterates at which the gradient is taken', () => {
  const laws = (rule: RuleStatement): unknown => {
    const [found] = derive({ title: 'norm', parameters: { w: ['d'] }, symmetry: { family: 'scale', on: ['w'] }, rule, order: 1 })
    const { flow, budget } = found?.derivation.laws ?? {}
    return { flow: flow?.map((f) => f.equation.text), mechanisms: budget?.map((entry) => entry.mechanism), lagrangian: found?.derivation.lagrangian?.text }
  }

  it('moves as heavy ball does, with its laws and its Lagrangian', () => {
    const average = laws({ state: { z: 'theta' }, update: { z: 'z - eta*g', theta: 'beta*theta + (1-beta)*z' } })
    expect(average).toEqual(laws({ state: { v: '0' }, update: { v: 'beta*v + (1-beta)*g', theta: 'theta - eta*v' } }))
  })
})
