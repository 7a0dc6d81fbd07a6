import { describe, expect, it } from 'vitest'
import { add, frac, mul, sub } from '../../src/algebra/build.js'
import { checkVanishes } from '../../src/jets/check.js'
import { dot } from '../../src/jets/contraction.js'
import { deriveScalar, directional } from '../../src/jets/leibniz.js'
import { projector } from '../../src/jets/operator.js'
import { readVector } from '../../src/jets/read.js'
import { byName, replaceInScalar } from '../../src/jets/substitute.js'
import { THETA, addVectors, apply, scaleVector, variable } from '../../src/jets/vector.js'
import { sym } from '../../src/algebra/build.js'
import { fieldToOrder } from '../../src/laws/engine.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import { modifiedField } from '../../src/rules/modifiedField.js'
import { readRule } from '../../src/rules/rule.js'
import { apartByBlocks, symmetriesOf } from '../../src/symmetry/symmetry.js'
import { vectorText } from '../../src/jets/notation.js'

/** What a search through random rules and symmetries has found: rules that stopped the engine, or that it read wrongly. */
const cubic = { generator: { w: 'norm2(a)*w', a: '-norm2(w)*a' } }
const shapes = { w: ['d'], a: ['m'] }

describe('contractions of a polynomial generator with θ and other directions at once', () => {
  const blocks = ['w', 'a'].map((name) => projector(name, [name]))
  const [whole] = symmetriesOf(cubic, shapes)
  if (whole === undefined) throw new Error('one symmetry')
  const { generator, space, names } = apartByBlocks(whole, blocks)

  it('⟨v, ξ(θ + x − λ θ_a)⟩ is its Taylor series, which ends', () => {
    const charge = dot(variable('v'), generator)
    const step = addVectors(variable('x'), scaleVector(mul(frac(-1, 1), sym('lambda')), apply(projector('a', names.sets['a']), THETA)))
    const along = (n: number): typeof charge => (n === 0 ? charge : deriveScalar(along(n - 1), directional('theta', 0, variable('p'))))
    const taylor = [1, 1, 2, 6].map((factorial, n) => mul(frac(1, factorial), replaceInScalar(along(n), byName({ p: step }))))
    const moved = replaceInScalar(charge, byName({ theta: addVectors(THETA, step) }))
    expect(checkVanishes(sub(moved, add(...taylor)), space, []).passed).toBe(true)
    expect(checkVanishes(sub(moved, add(...taylor.slice(0, 3))), space, []).passed).toBe(false)
  })
})

describe('identities with roots of components', () => {
  const [scale] = symmetriesOf({ family: 'scale', on: ['w'] }, { w: ['d'] })
  if (scale === undefined) throw new Error('one symmetry')
  const read = (text: string) => readVector(text, { vectors: { x: variable('x') }, sets: scale.names.sets, operators: {} })

  it.each([
    ['P_w(P_w(x/sqrt(theta^2 + c))/sqrt(theta^2 + c))', 'P_w(x/(theta^2 + c))', true],
    ['P_w(P_w(x/sqrt(theta^2 + c))/sqrt(theta^2 + c))', 'P_w(x/(theta^2 + 2*c))', false],
    ['sqrt(c)*(x + sqrt(c)*theta)', 'sqrt(c)*x + c*theta', true],
    ['P_w(sqrt(theta^2)*sqrt(theta^2))', 'P_w(theta^3)', false],
  ])('%s and %s: %s', (left, right, same) => {
    expect(checkVanishes(addVectors(read(left), scaleVector(frac(-1, 1), read(right))), scale.space, [scale.generator]).passed).toBe(same)
  })
})

describe('states on their slow manifold', () => {
  it('a state that its own update holds in a sign is not eliminated: v/2 + sign(v) = g has no solution below one', () => {
    const found = modifiedField(readRule({ state: { v: '0' }, update: { v: 'v/2 - sign(v) + g', theta: 'theta - eta*v' } }), 0)
    expect(found).toMatchObject({ ok: false, reason: expect.stringContaining('the state v holds itself') })
  })

  it('states that keep their sum together do not relax, whatever each of them keeps of itself', () => {
    const found = modifiedField(readRule({ state: { v: '0', m: '0' }, update: { v: 'beta*v + (1 - beta)*m + g', m: 'rho*m + (1 - rho)*v', theta: 'theta - eta*(v + m)' } }), 0)
    expect(found).toEqual({ ok: false, reason: 'the states do not relax: the rule has no slow manifold' })
  })

  it('a state that alone would only add up relaxes with one that holds it back', () => {
    const found = modifiedField(readRule({ state: { v: '0', m: '0' }, update: { v: 'v - m/4 + g', m: 'm/2 + v/4', theta: 'theta - eta*m' } }), 0)
    if (!found.ok) throw new Error(found.reason)
    expect(vectorText(fieldToOrder(found.value, 0))).toBe('-4*g')
  })

  it('what coupled states relax to is in lowest terms', () => {
    const found = modifiedField(readRule({ state: { v: '0', m: '0' }, update: { v: 'beta*v + rho*m + g', m: 'nu*m + mu*v + g', theta: 'theta - eta*(v + m)' } }), 1)
    if (!found.ok) throw new Error(found.reason)
    expect(vectorText(fieldToOrder(found.value, 1))).not.toContain('/((1 - beta)')
  })

  it('the order in which states are listed does not matter, where one holds the sign of another too', () => {
    const fieldOf = (state: Record<string, string>): string => {
      const found = modifiedField(readRule({ state, update: { s: 'nu*s + g', v: 'mu*v + sign(s)', theta: 'theta - eta*v' } }), 1)
      if (!found.ok) throw new Error(found.reason)
      return vectorText(fieldToOrder(found.value, 1))
    }
    expect(fieldOf({ v: '0', s: '0' })).toBe(fieldOf({ s: '0', v: '0' }))
    expect(fieldOf({ v: '0', s: '0' })).toContain('sign(g')
  })
})

describe('laws that a search has found missing', () => {
  it.each([
    ['a charge that no polynomial is, under a rule without one response of the blocks', 'parameters: { x: [], y: [], z: [] }\nsymmetry: { generator: { x: "y*z", y: "-2*x*z", z: "x*y" } }\nrule: { update: { theta: "(1 - eta*lambda)*theta - eta*norm2(g)*P_x(g)" } }'],
    ['a momentum charge of a polynomial generator under decay of one block', 'parameters: { w: [d], a: [m] }\nsymmetry: { generator: { w: "norm2(a)*w", a: "-norm2(w)*a" } }\nrule: { state: { v: 0 }, update: { v: "mu*v + g", w: "w - eta*v", a: "(1 - eta*lambda)*a - eta*sign(v)" } }'],
    ['a state with a root of components, seen through a block', 'parameters: { w: [d] }\nsymmetry: { family: scale, on: [w] }\nrule: { state: { v: 0 }, update: { v: "mu*v + eta*v/sqrt(theta^2 + c) + g", theta: "theta - eta*v_w" } }\norder: 2'],
    ['a momentum without friction that no gradient at theta drives', 'parameters: { u: [d], a: [m] }\nsymmetry: { generator: { u: u, a: "-2*a" } }\nrule: { state: { v: 0 }, update: { v: "v - kappa*theta + g(theta + kappa*theta)", theta: "theta - eta*v" } }'],
    ['an exponential charge, with a number made of contractions in its exponent', 'parameters: { W: [2, 2], a: [2] }\nsymmetry: { generator: { W: "norm2(a)*W", a: a } }\nrule: { update: { W: "W - eta*dot(g, theta)*g", theta: "(1 - eta*lambda)*theta - eta*g" } }'],
    ['a lambda that the gradient is divided by, which is no weight decay', 'parameters: { w: [d] }\nsymmetry: { family: scale, on: [w] }\nrule: { update: { theta: "theta - eta*atan(g/lambda)" } }'],
    ['a step that does not grow as its gradient is divided by eta', 'parameters: { w: [d] }\nsymmetry: { family: scale, on: [w] }\nrule: { update: { theta: "theta - eta*tanh(g/eta)" } }'],
    ['a state that another is divided by', 'parameters: { w: [d] }\nsymmetry: { family: scale, on: [w] }\nrule: { state: { s: 0, m: 0 }, update: { s: "rho*s + g/sqrt(norm2(m))", m: "m/2 + s", theta: "theta - eta*(msign(g) + m)" } }'],
    ['roots of sums with the square root of three', 'parameters: { w: [d], a: [m] }\nsymmetry: { family: scale, on: [w] }\nrule: { state: { m: 0 }, update: { m: "gamma*m + g/(sqrt(norm2(g) + 1/3)*sqrt(norm2(g(theta + g/3))))", theta: "theta - eta*g(theta - rho*m)/sqrt(norm2(P_a(g)) + 1/3)" } }'],
  ])('%s', (_, text) => {
    const laws = deriveProblem(parseProblem(`title: test\n${text}`))
    expect(laws.map(({ derivation }) => derivation.steps.every((s) => s.verified.passed))).toEqual([true])
    expect(laws.map(({ derivation }) => derivation.laws.budget?.length ?? 0).every((n) => n > 0)).toBe(true)
  }, 60_000)
})
