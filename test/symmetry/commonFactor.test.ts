import { describe, expect, it } from 'vitest'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'

const derived = (parameters: string, generator: string, rule = '{ name: sgd }') =>
  deriveProblem(parseProblem(`title: test\nparameters: ${parameters}\nsymmetry: { generator: ${generator} }\nrule: ${rule}\norder: 1`))

const reductions = (parameters: string, generator: string): readonly string[] =>
  derived(parameters, generator).flatMap(({ derivation }) => derivation.steps.filter((s) => s.why.startsWith('All terms')).map((s) => `${s.before.text} -> ${s.after.text}${s.verified.passed ? '' : ' fails'}`))

describe('a scalar function of theta that all terms of a generator share', () => {
  it('is left out: the charge of the generator without it has an exact law', () => {
    const [found] = derived('{ u: [d], a: [d] }', '{ u: "u*transpose(u)*u", a: "-a*transpose(u)*u" }')
    expect(found?.derivation.laws.discrete?.charge.text).toBe('norm2(theta_u) - norm2(theta_a)')
    expect(found?.derivation.laws.discrete?.recursion.text).toBe('eta^2*norm2(g_u) - eta^2*norm2(g_a) - (1 - eta*lambda)^2*norm2(theta_a) + (1 - eta*lambda)^2*norm2(theta_u)')
  })

  it.each([
    ['{ u: [d], a: [d] }', '{ u: "u*transpose(u)*u", a: "-a*transpose(u)*u" }', ['u: norm2(theta_u)*u; a: -norm2(theta_u)*a -> theta_u - theta_a']],
    ['{ u: [d], a: [d], b: [n] }', '{ u: "dot(u,a)*a", b: "dot(a,u)*b" }', ['u: a*transpose(u)*a; b: b*transpose(a)*u -> u: a; b: b']],
    ['{ u: [1], a: [1] }', '{ u: "u*transpose(a)*a", a: "-a*transpose(u)*u" }', ['u: a*a*u; a: -a*u*u -> u: a; a: -u']],
    ['{ u: [d], a: [d] }', '{ u: "u*transpose(u)*u", a: "-a*transpose(a)*a" }', []],
    ['{ u: [d], a: [e] }', '{ u: "norm2(a)^2*u", a: "-norm2(u)*norm2(a)*a" }', ['u: norm2(theta_a)^2*u; a: -norm2(theta_a)*norm2(theta_u)*a -> u: norm2(theta_a)*u; a: -norm2(theta_u)*a']],
    ['{ u: [d], a: [d] }', '{ u: a, a: "-u" }', []],
    ['{ W: [n, n] }', '{ W: "W*W" }', []],
  ])('%s: %s', (parameters, generator, expected) => {
    const found = reductions(parameters, generator)
    expect(found).toHaveLength(expected.length)
    for (const [i, text] of expected.entries()) expect(found[i]?.replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
  })
})

describe('the exact identity of a step', () => {
  it('stands where no charge is carried from step to step', () => {
    const [found] = derived('{ u: [1], a: [1] }', '{ u: a, a: "-u" }', '{ name: sgd, lambda: lambda }')
    const identity = found?.derivation.laws.solution.implications?.find(({ name }) => name === 'exact identity of a step')
    expect(identity?.verified.passed).toBe(true)
    expect(identity?.text).toBe('trace(a*theta_next_u) - trace(u*theta_next_a) = 0')
    // f = sin(u^2 + a^2) has the symmetry: the step with decay stays on the ray through the origin.
    const [u, a, eta, lambda] = [0.7, -1.1, 0.1, 0.3]
    const step = (x: number): number => x - eta * (2 * x * Math.cos(u * u + a * a) + lambda * x)
    expect(a * step(u) - u * step(a)).toBeCloseTo(0, 14)
  })

  it('is not told where there is an exact law', () => {
    const [found] = derived('{ u: [1], a: [1] }', '{ u: a, a: "-u" }', '{ name: momentum }')
    expect(found?.derivation.laws.discrete).toBeDefined()
    expect(found?.derivation.laws.solution.implications?.some(({ name }) => name === 'exact identity of a step') ?? false).toBe(false)
  })
})

describe('a generator without declared parameters', () => {
  it('may speak of all blocks that it moves in each of them', () => {
    const network = 'network: { input: 2, layers: [{ dense: { units: 1, bias: false } }, relu, { dense: { units: 2, bias: false } }] }'
    const [found] = deriveProblem(parseProblem(`title: t\nsymmetry: { generator: { W1: "norm2(W2)*W1", W2: "-norm2(W2)*W2" } }\nrule: { name: sgd, lambda: 0 }\norder: 0\n${network}`))
    expect(found?.derivation.laws.discrete?.charge.text).toBe('norm2(theta_W1) - norm2(theta_W2)')
  })
})
