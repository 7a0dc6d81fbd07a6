import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { readRule } from '../../src/rules/rule.js'

const read = (v: string) => readRule({ state: { v: '0' }, update: { v, theta: 'theta - eta*v' } })

describe('a symbol in an update that is no vector', () => {
  it.each([
    ['beta*v + gg', 'gg', 10, 'did you mean g?'],
    ['v - eta*(g + lamda)', 'lamda', 14, 'the vectors are theta, g, v'],
    ['g + lambda*thta', 'thta', 12, 'did you mean theta?'],
  ])('is refused where %s adds it to every component', (text, name, column, remedy) => {
    const refused = (): unknown => read(text)
    expect(refused).toThrow(InputError)
    expect(refused).toThrow(`the number '${name}' is added to a vector`)
    expect(refused).toThrow(remedy)
    expect(refused).toThrow(expect.objectContaining({ place: { column } }))
  })

  it.each(['g/(sqrt(v) + epsilon)', 'max(v, epsilon)', '(v + epsilon)*g', 'v + 1', 'rho*v + (1 - rho)*norm2(g)'])('may be part of a function of components: %s', (text) => {
    expect(read(text).updates[0]?.name).toBe('v')
  })
})

describe('a block that the symmetry does not have', () => {
  it('is refused with those that it has', () => {
    const refused = (blocks: Record<string, readonly string[]>) => (): unknown => readRule({ update: { theta: 'theta - eta*sqrt(norm2(theta_W1))*g' } }, blocks)
    expect(refused({ w: ['w'], a: ['a'] })).toThrow("'theta_W1' speaks of a block that the symmetry does not have")
    expect(refused({ w: ['w'], a: ['a'] })).toThrow('its blocks are w, a')
    expect(refused({})).toThrow('state the symmetry, and list its blocks under parameters')
  })
})
