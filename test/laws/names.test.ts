import { describe, expect, it } from 'vitest'
import { ZERO, atom, integralNode, mul, sym } from '../../src/algebra/build.js'
import { readExpr } from '../../src/algebra/read.js'
import { equalExpr } from '../../src/algebra/zero.js'
import { toText } from '../../src/algebra/print.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'

/** Contractions as names, so that a text reads without vectors. */
const asSymbols = (text: string): string => text.replace(/norm2\((\w+)\)/g, 'size_$1')

const derived = (block: string, rule: string) =>
  deriveProblem(parseProblem(`title: names\nparameters: { ${block}: [h, d], W: [o, h] }\nsymmetry: { family: linear, in: [${block}], out: [W] }\nrule: ${rule}\norder: 1`))

describe('names that the laws use themselves', () => {
  it.each([
    ['f', '{ name: sgd }', /the block 'f' has the name of the loss in the laws — rename it, e\.g\. f_block; the names theta, g, f, t, k are taken/],
    ['U', '{ update: { theta: theta - eta*(g + q*theta) } }', /the number 'q' has the name of the charge/],
    ['t', '{ name: sgd }', /the block 't' has the name of time/],
    ['v', '{ state: { v: 0 }, update: { v: beta*v + g, theta: theta - eta*v } }', /the block 'v' has the name of a state of the rule/],
    ['k', '{ name: sgd, eta: 1/(1+k) }', /the block 'k' has the name of the step number/],
    ['lambda', '{ name: momentum }', /the block 'lambda' has the name of a hyperparameter of the rule/],
    ['U', '{ update: { theta: theta - eta*(g + t*theta) } }', /the number 't' has the name of time/],
  ])('the block %s under %s is refused where it would be ambiguous', (block, rule, message) => {
    expect(() => derived(block, rule)).toThrow(message)
  })
})

describe('names that the laws can make room for', () => {
  it('noise that is called like a generator of several degrees has to be called otherwise', () => {
    const lawOf = (noise: string) => deriveProblem(parseProblem(`title: names\nparameters: { w: [d], a: [m] }\nsymmetry: { generator: { w: "norm2(a)*w", a: "-norm2(w)*a" } }\nrule: { update: { theta: theta - eta*g + sqrt(eta)*${noise} } }\norder: 0`))
    expect(() => lawOf('xi')).toThrow("the noise 'xi' has the name of the generator in the laws")
    expect(lawOf('xi1')).toHaveLength(1)
  })

  it('the multiplier of a Lagrangian gives way to a hyperparameter called mu', () => {
    const lagrangianOf = (dampening: string, friction: string): string => {
      const rule = `{ state: { v: 0 }, update: { v: "${friction}*v + (1 - ${dampening})*(g + lambda*theta)", theta: theta - eta*v }, ${friction}: "b*(1 - k/K)" }`
      return derived('U', rule)[0]?.derivation.lagrangian.text ?? ''
    }
    const renamed = (text: string, names: Readonly<Record<string, string>>): string => text.replace(/\w+/g, (word) => names[word] ?? word)
    expect(lagrangianOf('nu', 'beta')).toMatch(/\bmu\b/)
    expect(equalExpr(readExpr(asSymbols(lagrangianOf('mu', 'beta'))), readExpr(asSymbols(renamed(lagrangianOf('nu', 'beta'), { mu: 'mu_L', nu: 'mu' }))))).toBe(true)
    expect(lagrangianOf('nu', 'mu')).toMatch(/\bmu_L\b/)
  })

  it('a state of a named rule gives way to a block', () => {
    const [found] = derived('v', '{ name: momentum }')
    expect(found?.derivation.rule.update.map((u) => u.name)).toEqual(['v_state', 'theta'])
    expect(found?.derivation.laws.discrete?.charge.text).toBe('v*transpose(v) - transpose(W)*W')
    expect(found?.derivation.steps.every((step) => step.verified.passed)).toBe(true)
  })

  it('the charge gives way to a block called q', () => {
    const [found] = derived('q', '{ name: momentum }')
    const laws = found?.derivation.laws
    expect(laws?.letter).toBe('Q')
    expect(laws?.discrete?.charge.text).toBe('q*transpose(q) - transpose(W)*W')
    expect(laws?.flow.at(-1)?.equation.text).toContain('diff(Q,t,2)')
    for (const one of laws?.solution.cases ?? []) expect(one.text.match(/\bd?[qQ]_0\b/g)).toEqual(expect.arrayContaining(['Q_0', 'dQ_0']))
    expect(laws?.discreteSolution?.initial.map(({ name }) => name)).toEqual(['Q_0', 'Q2_0'])
    expect(JSON.stringify(found?.derivation)).not.toMatch(/\bd?q\d?_0\b|diff\(q,/)
    expect(derived('U', '{ name: momentum }')[0]?.derivation.laws).not.toHaveProperty('letter')
  })

  it('the time of an integral gives way to a block called s, the size of a transformation to one called alpha', () => {
    const [found] = derived('s', '{ name: sgd }')
    expect(found?.derivation.laws.solution.cases[0]?.text).toMatch(/g_s\*transpose\(g_s\).*,s,0,t\)/)
    const squared = integralNode(mul(atom({ key: 'tr', text: () => 'trace(s)', latex: () => '' }), sym('s')), 's', ZERO, sym('t'))
    expect(toText(squared)).toBe('integral(s1*trace(s),s1,0,t)')
    expect(derived('alpha', '{ name: sgd }')[0]?.derivation.symmetry.finite?.text).toBe('alpha: exp(epsilon*M)*alpha; W: W*exp(-epsilon*M)')
  })

  it("the size of a transformation gives way to a rule's number called alpha", () => {
    const [found] = derived('U', '{ state: { v: 0 }, update: { v: alpha*v + g, theta: theta - eta*v } }')
    expect(found?.derivation.symmetry.finite?.text).toBe('U: exp(epsilon*M)*U; W: W*exp(-epsilon*M)')
    expect(found?.derivation.laws.flow.at(-1)?.equation.text).toContain('(1 - alpha)*diff(q,t)')
  })

  it('a block may be called k where nothing counts steps', () => {
    expect(derived('k', '{ name: momentum }')[0]?.derivation.laws.discrete?.charge.text).toBe('k*transpose(k) - transpose(W)*W')
  })
})
