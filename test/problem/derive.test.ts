import { describe, expect, it } from 'vitest'
import { catalogue, parseProblem } from '../../src/problem/index.js'
import { deriveProblem } from '../../src/problem/derive.js'

const text = `parameters: { u: [d], a: [m] }
symmetry:
  generator: { u: u, a: "-2*a" }
rule:
  state: { v: 0 }
  update:
    v: beta*v + g
    theta: theta - eta*v
`
const derived = (source: string): ReturnType<typeof deriveProblem> => deriveProblem(parseProblem(source, 'p.yaml'))

describe('the laws of a problem', () => {
  it('of every result of the catalogue are derived, every step checked', async () => {
    const unchecked = (await catalogue()).filter(({ problem }) => {
      const laws = deriveProblem(problem)
      return laws.length === 0 || !laws.flatMap(({ derivation }) => derivation.steps).every(({ verified }) => verified.passed)
    })
    expect(unchecked.map(({ name }) => name)).toEqual([])
  })

  it('of several symmetries have titles that tell them apart', async () => {
    const digits = (await catalogue()).find(({ name }) => name === 'digits')
    const titles = digits === undefined ? [] : deriveProblem(digits.problem).map(({ derivation }) => derivation.title)
    expect(titles.length).toBe(3)
    expect(new Set(titles).size).toBe(3)
  })

  it('know the neurons of the network that obey them', () => {
    const [law] = derived('symmetry: { family: scale }\nrule: { name: sgd }\nnetwork: { input: 4, layers: [{ dense: 3 }, { batchnorm: { epsilon: 0 } }, relu, { dense: 2 }] }\n')
    expect(law?.stated.instances[0]?.count).toBe(3)
  })
})

describe('a fault within an expression', () => {
  const cases: readonly (readonly [what: string, change: readonly [string, string], message: string])[] = [
    ['a parenthesis never closed', ['beta*v + g', 'beta*(v + g'], 'p.yaml:7:13: '],
    ['a function that does not exist', ['beta*v + g', 'beta*v + frob(g)'], 'p.yaml:7:17: '],
    ['a property', ['theta - eta*v', 'theta.x - eta*v'], 'p.yaml:8:17: '],
    ['a call of JavaScript', ['theta - eta*v', "require('fs') - eta*v"], 'p.yaml:8:'],
    ['an unknown block in a quoted component', ['-2*a', '-2*b'], 'p.yaml:3:29: unknown symbol b'],
    ['an incomplete component', ['u: u', 'u: u*'], 'p.yaml:3:'],
    ['mismatched sizes', ['u: u,', 'u: a,'], 'p.yaml:3:19: a is m×1, but u is d×1'],
    ['an initial value that is no number', ['v: 0', 'v: x'], 'p.yaml:5:15: the initial value has the symbol x'],
  ]

  it.each(cases)('%s is placed in the file', (_, [from, to], message) => {
    expect(() => derived(text.replace(from, to))).toThrow(message)
  })

  it('of a rule that does not exist or a hyperparameter that it does not have is placed at the rule', () => {
    const rule = (words: string): string => text.slice(0, text.indexOf('rule:')) + `rule: ${words}\n`
    expect(() => derived(rule('{ name: momentun }'))).toThrow(/^p\.yaml:4:7: .*did you mean momentum\?/)
    expect(() => derived(rule('{ name: momentum, bta: 1 }'))).toThrow(/^p\.yaml:4:7: .*did you mean beta\?/)
    expect(() => derived(rule('{ name: momentum, beta: 1/(2 }'))).toThrow(/^p\.yaml:4:\d+: /)
  })
})
