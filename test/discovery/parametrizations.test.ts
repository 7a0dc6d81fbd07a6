import { assert, array, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differentiate } from '../../src/algebra/calculus.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { readExpr } from '../../src/algebra/read.js'
import { lawMeter } from '../../src/discovery/watch.js'
import { InputError } from '../../src/errors.js'
import { type SymmetryStatement, symmetriesOf } from '../../src/symmetry/symmetry.js'
import { discover } from '../../src/discovery/index.js'

const factors = { parameters: { U: [3, 2], V: [4, 2] }, phi: ['U*transpose(V)'] }

describe('laws of polynomial parametrizations', () => {
  it('a monomial xᵃyᵇ… has the laws x²/a − y²/b, one less than its variables', () => {
    assert(
      property(array(integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 }), (exponents) => {
        const phi = [exponents.map((e, i) => `x${i}^${e}`).join('*')]
        const found = discover({ phi })
        expect(found.independent).toBe(exponents.length - 1)
        expect(found.certificate.complete).toBe(true)
      }),
      { numRuns: 20 },
    )
    expect(discover({ phi: ['x*y^2'] }).laws.map((l) => l.text)).toEqual(['2*x^2 - y^2'])
  })

  it('matrix factors are balanced, and entries may be named one by one', () => {
    expect(discover(factors).laws.map((l) => l.text)).toEqual(['transpose(U)*U - transpose(V)*V'])
    const entries = discover({ parameters: { U: [2], V: [2] }, phi: ['U_1*V_1', 'U_2*V_1 + 1/2*U_1*V_2'] })
    expect(entries.laws.map((l) => l.text)).toEqual(['norm2(U) - norm2(V)'])
  })

  it('finds a law of degree 4 that has no matrix form', () => {
    const found = discover({ parameters: ['x', 'y'], phi: ['x*y'], inverse_metric: [['2', '1'], ['1', '2']] })
    // X = (2y + x, y + 2x) has (x + y)(x − y)³ as a first integral.
    expect(found.laws.map((l) => l.text)).toEqual(['x^4 - 2*x^3*y + 2*x*y^3 - y^4'])
    expect(found.certificate.complete).toBe(true)
  })

  it('non-negative matrix factorization by mirror descent conserves differences of column sums', () => {
    const found = discover({ ...factors, inverse_metric: { U: 'U', V: 'V' } })
    expect(found.laws.map((l) => l.text)).toEqual(['total(U,1) - total(V,1)'])
    expect(found).toMatchObject({ independent: 2, certificate: { complete: true } })
    expect(found.laws[0]?.symmetry).toMatchObject({ family: 'linear', generator: { U_1_1: 'U_1_1', V_1_1: '-V_1_1' } })
  })

  it.each([
    { shapes: { u: 2, v: 2 }, phi: ['u_1*v_1', 'u_1*v_2', 'u_2*v_1', 'u_2*v_2'], metric: { u: 'u*u', v: 'v*v' }, laws: ['v_1*v_2/(u_1*u_2)'] },
    { shapes: { w: 3 }, phi: ['norm2(w)'], metric: undefined, laws: ['w_2/w_1', 'w_3/w_1'] },
    { shapes: { a: 2, b: 1 }, phi: ['b_1*norm2(a)'], metric: undefined, laws: ['norm2(a) - 2*norm2(b)', 'a_2/a_1'] },
  ])('quotients of products are laws too, and hold along a flow that learns: $laws', ({ shapes, phi, metric, laws }) => {
    const parameters = Object.fromEntries(Object.entries(shapes).map(([name, n]) => [name, [n]]))
    const found = discover({ parameters, phi, ...(metric === undefined ? {} : { inverse_metric: metric }) })
    expect([found.laws.map((l) => l.text), found.certificate.complete]).toEqual([laws, true])
    const [component] = found.components
    const names = Object.entries(shapes).flatMap(([name, n]) => Array.from({ length: n }, (_, i) => `${name}_${i + 1}`))
    const opened = (text: string): string => text.replaceAll(/norm2\((\w+)\)/g, (_, name: 'w') => `(${names.filter((x) => x.startsWith(name)).map((x) => `${x}^2`).join(' + ')})`)
    const maps = phi.map((text) => readExpr(opened(text)))
    const slope = (theta: readonly number[]): readonly number[] => {
      const at = Object.fromEntries(names.map((name, i) => [name, theta[i] ?? 0]))
      const gradient = names.map((name) => maps.reduce((sum, e, i) => sum + (evaluateNumber(e, at) - 0.3 - i) * evaluateNumber(differentiate(e, name), at), 0))
      return gradient.map((g, i) => -g * (metric === undefined ? 1 : (theta[i] ?? 0) ** 2))
    }
    const start = names.map((_, i) => 0.5 + 0.3 * i)
    const plus = (x: readonly number[], y: readonly number[], h: number): number[] => x.map((v, i) => v + h * (y[i] ?? 0))
    let theta = start
    for (let k = 0; k < 200; k += 1) {
      const k1 = slope(theta)
      const k2 = slope(plus(theta, k1, 0.0025))
      const k3 = slope(plus(theta, k2, 0.0025))
      theta = plus(plus(plus(theta, k1, 0.005 / 6), plus(k2, k3, 1), 0.005 / 3), slope(plus(theta, k3, 0.005)), 0.005 / 6)
    }
    expect(Math.max(...theta.map((x, i) => Math.abs(x - (start[i] ?? 0))))).toBeGreaterThan(0.05)
    if (component === undefined) throw new Error('one component')
    const values = (x: readonly number[]) => (block: string): readonly number[] => x.filter((_, i) => names[i]?.startsWith(`${block}_`))
    for (const law of found.laws) {
      const [before, after] = [start, theta].map((x) => lawMeter(component, law)(values(x))[0] ?? Number.NaN)
      expect(after).toBeCloseTo(before ?? Number.NaN, 6)
    }
  })

  it('the sum over a block goes with a single number as it is: w moves as s does, component by component', () => {
    const found = discover({ parameters: { w: [2], s: [] }, phi: ['s*w'], inverse_metric: { w: 'w*s', s: 's*s' } })
    // w_i' = s²w_iλ_i and s' = s²Σw_iλ_i for any λ.
    expect([found.laws.map((l) => l.text), found.certificate.complete]).toEqual([['total(w) - s'], true])
    const [law] = found.laws
    expect(law?.polynomials[0]?.map((t) => t.monomial)).toEqual([[0], [1], [2]])
  })

  it('parameters that φ does not couple are treated apart', () => {
    const found = discover({ phi: ['x*y', 'z*w^2'] })
    expect(found.components.map((c) => c.blocks.map((b) => b.name))).toEqual([['x', 'y'], ['z', 'w']])
    expect(found.laws.map((l) => l.text)).toEqual(['x^2 - y^2', '2*z^2 - w^2'])
  })
})

describe('laws of momentum flows', () => {
  it('a factorization keeps the angular momentum with a factor e^{ct}: r(r−1)/2 laws of r(r+1)/2', () => {
    const found = discover({ ...factors, damping: '1/2' })
    expect(found.laws.map((l) => l.text)).toEqual(['exp(1/2*t)*((transpose(U)*dU - transpose(dU)*U) + (transpose(V)*dV - transpose(dV)*V))'])
    expect(found).toMatchObject({ independent: 1, certificate: { complete: true } })
    expect(found.laws[0]?.symmetry).toEqual({ family: 'orthogonal', generator: { U: 'U*M', V: 'V*M' }, constant: 'antisymmetric' })
  })

  it('no law of a ReLU network survives momentum [CL 2024]', () => {
    expect(discover({ layers: [2, 2, 2], activation: 'relu' }, { damping: '1' })).toMatchObject({ independent: 0, laws: [], certificate: { complete: true } })
  })

  it('wide networks between single numbers have more laws with momentum than without [CL 2024], all found', () => {
    const network = { layers: [1, 5, 1], activation: 'linear' }
    const [flow, momentum] = [discover(network), discover(network, { damping: '1' })]
    expect([flow.independent, momentum.independent]).toEqual([9, 14])
    expect([flow.certificate.complete, momentum.certificate.complete]).toEqual([true, true])
  })

  it('may be asked for beside the parametrization, which then has none of its own', () => {
    expect(discover(factors, { damping: '1/2' }).laws).toEqual(discover({ ...factors, damping: '1/2' }).laws)
    expect(() => discover({ ...factors, damping: 1 }, { damping: '1/2' })).toThrow(/damping 1\/2 is asked for, and the parametrization has 1/)
  })

  it('without damping the law does not depend on time', () => {
    expect(discover({ ...factors, damping: 0 }).laws[0]?.text).toBe('(transpose(U)*dU - transpose(dU)*U) + (transpose(V)*dV - transpose(dV)*V)')
  })
})

describe('the symmetry behind a law', () => {
  it.each([
    [{ layers: [3, 2, 2], activation: 'relu', bias: true }, { family: 'rescale', in: ['W1', 'b1'], out: ['W2'], degree: '1' }],
    [{ layers: [3, 2, 2], activation: 'cube', bias: false }, { family: 'rescale', in: ['W1'], out: ['W2'], degree: '3' }],
    [{ layers: [3, 2, 2], activation: 'linear' }, { generator: { W1: 'W1*M', W2: '-M*W2' }, constants: { M: [2, 2] }, symmetric: ['M'] }],
    [{ input: 3, layers: [{ dense: { units: 3, bias: false } }, { rmsnorm: { gamma: false } }] }, { family: 'scale', on: ['W1'] }],
    [{ input: 3, layers: [{ dense: { units: 3, bias: false } }], loss: 'cross_entropy' }, { family: 'translation', on: ['W1'] }],
    [{ parameters: { U: [2, 2], V: [2, 2] }, phi: 'U*V', damping: 1 }, { generator: { U: 'U*M', V: '-M*V' }, constants: { M: [2, 2] }, antisymmetric: ['M'] }],
  ])('of %j can be handed to derive', (document, symmetry) => {
    const problem = discover(document).laws[0]?.problem
    expect(problem?.symmetry).toEqual(symmetry)
    expect(symmetriesOf(symmetry as SymmetryStatement, problem?.parameters)).not.toHaveLength(0)
  })
})

describe('faulty parametrizations', () => {
  it.each([
    { phi: ['sin(x)'] }, { phi: ['x/y'] }, { phi: ['x^y'] }, { phi: [] }, { phi: ['x'], metric: 1 }, { parameters: { U: [2, 2] }, phi: ['U*V'] },
    { parameters: { U: [2, 3] }, phi: ['U*U'] }, { parameters: { U: [0] }, phi: ['U'] }, { phi: ['x*y'], damping: -1 }, { phi: ['x*y'], damping: 1, inverse_metric: { x: 'x' } },
    { phi: ['x*y'], inverse_metric: { z: 'z' } }, { phi: ['x*(y'] },
  ])('%j is refused', (document) => {
    expect(() => discover(document)).toThrow(InputError)
  })
})
