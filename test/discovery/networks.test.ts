import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { type NetworkDiscovery, discover } from '../../src/discovery/index.js'

const texts = (found: NetworkDiscovery): readonly string[] => found.laws.map((law) => law.text)

/** Balance of what produces the units of an interface against what reads them. */
const balance = (weight: string, bias: string, next: string): string => `diag(${weight}*transpose(${weight}) + ${bias}*transpose(${bias}) - transpose(${next})*${next})`

describe('laws of network files', () => {
  it('agrees with the compact form on a ReLU network', () => {
    const file = discover({ input: 5, layers: [{ dense: 3 }, 'relu', { dense: { units: 2, bias: false } }] })
    const compact = discover({ layers: [5, 3, 2], activation: 'relu', bias: true })
    expect([file.parameters, file.independent, file.certificate.complete]).toEqual([compact.parameters, compact.independent, true])
    expect(texts(file)).toEqual([balance('W1', 'b1', 'W2')])
  })

  it('batch normalization: norms of the weights before it, their biases, and the balance after it', () => {
    const found = discover({ input: 4, layers: [{ dense: 3 }, 'batchnorm', 'relu', { dense: 2 }] })
    expect(texts(found)).toEqual(['b1', 'diag(W1*transpose(W1))', 'diag(gamma1*transpose(gamma1) + beta1*transpose(beta1) - transpose(W2)*W2)'])
    expect(found.certificate.complete).toBe(true)
    expect(found.components).toHaveLength(2)
  })

  it('an epsilon in a normalization breaks the scale law, keeps the shift law, and is reported', () => {
    const found = discover({ input: 4, layers: [{ dense: 3 }, { batchnorm: { epsilon: 0.001 } }, 'relu', { dense: 2 }] })
    expect(texts(found)).not.toContain('diag(W1*transpose(W1))')
    expect(texts(found)).toContain('b1')
    expect(found.notes).toEqual([expect.stringContaining('epsilon 0.001 breaks the scale symmetry')])
  })

  it('layer normalization sees neither the mean over units nor the norm of everything before it, and gives outputs of mean 0', () => {
    const found = discover({ input: 4, layers: [{ dense: 3 }, { layernorm: { gamma: false, beta: false } }, { dense: { units: 2, bias: false } }] })
    expect(texts(found)).toEqual(['total(W1,1)', 'total(b1)', 'norm2(W1) + norm2(b1)', 'total(W2,2)'])
    expect(found.certificate.complete).toBe(true)
  })

  it('softmax adds the sums over classes of the last layer', () => {
    const found = discover({ input: 3, layers: [{ dense: 4 }, 'relu', { dense: 3 }], loss: 'cross_entropy' })
    expect(texts(found)).toEqual(['total(W2,1)', 'total(b2)', balance('W1', 'b1', 'W2')])
    expect(found.independent).toBe(4 + 1 + 4)
    expect(found.certificate.complete).toBe(true)
  })

  it('attention: a balance matrix for QK and VO of every head, and key biases that nothing sees', () => {
    const found = discover({ input: 4, layers: [{ attention: { heads: 2, bias: true } }] })
    expect(found.independent).toBe(2 * (2 + 3 + 3))
    expect(found.certificate.complete).toBe(true)
    expect(texts(found)).toContain('Q1h2*transpose(Q1h2) + bQ1h2*transpose(bQ1h2) - K1h2*transpose(K1h2)')
    expect(texts(found)).toContain('V1h1*transpose(V1h1) + bV1h1*transpose(bV1h1) - transpose(O1h1)*O1h1')
    expect(texts(found)).toContain('bK1h1')
  })

  it('a two-layer transformer decomposes into blocks, each complete', () => {
    const block = [{ residual: ['layernorm', { attention: { heads: 2 } }] }, { residual: ['layernorm', { dense: 6 }, 'relu', { dense: 4 }] }]
    const found = discover({ input: 4, layers: [...block, ...block] })
    expect(found.components).toHaveLength(4)
    expect(found.independent).toBe(2 * (4 + 4 * 3) + 2 * (4 + 6))
    expect(found.certificate.complete).toBe(true)
  })

  it('a softmax inside a network still does not see shifts, and a note says what completeness means', () => {
    const found = discover({ input: 3, layers: [{ dense: { units: 3, bias: false } }, 'softmax', { dense: 2 }] })
    expect(texts(found)).toEqual(['total(W1,1)'])
    expect(found.notes).toEqual(['complete among the laws that hold whatever passes through: softmax'])
  })

  it('gated units: the value path is balanced for any gate, the gate path as well where the gate is homogeneous', () => {
    const silu = discover({ input: 4, layers: [{ gated: { hidden: 3 } }] })
    expect(texts(silu)).toEqual(['diag(U1*transpose(U1) - transpose(D1)*D1)'])
    const relu = discover({ input: 4, layers: [{ gated: { hidden: 3, activation: 'relu' } }] })
    expect(texts(relu)).toEqual(['diag(G1*transpose(G1) - transpose(D1)*D1)', 'diag(U1*transpose(U1) - transpose(D1)*D1)'])
    expect([silu.certificate.complete, relu.certificate.complete]).toEqual([true, true])
  })

  it('a residual convolution block balances each hidden channel; without a nonlinearity the whole Gram matrix', () => {
    const conv = { filters: 3, kernel: 2, padding: 'same' }
    const relu = discover({ input: [4, 4, 3], layers: [{ residual: [{ conv }, 'relu', { conv }] }] })
    expect(texts(relu)).toEqual(['diag(gram(K1,4) + c1*transpose(c1) - gram(K2,3))'])
    const linear = discover({ input: [4, 4, 2], layers: [{ conv: { ...conv, bias: false } }, { conv: { ...conv, bias: false } }] })
    expect(texts(linear)).toEqual(['gram(K1,4) - gram(K2,3)'])
    expect([relu.certificate.complete, linear.certificate.complete]).toEqual([true, true])
  })

  it('a weight used twice counts twice, and a nonlinearity that is not homogeneous leaves nothing', () => {
    const square = { units: 3, bias: false }
    const shared = discover({ input: 3, layers: [{ dense: square }, 'relu', { dense: { ...square, shares: 'W1' } }, 'relu', { dense: square }] })
    expect(texts(shared)).toEqual(['norm2(W1) - 2*norm2(W3)'])
    expect(discover({ input: 4, layers: [{ dense: 3 }, 'gelu', { dense: 2 }] })).toMatchObject({ independent: 0, certificate: { complete: true } })
  })

  it.each([
    [{ input: 3, layers: [{ dens: 3 }] }, /unknown key "dens" in layers\.0 — did you mean dense\?/],
    [{ input: 3, layers: [{ residual: [{ dense: 8, bias: false }] }] }, /"bias" is no key in layers\.0\.residual\.0 — write dense: { units: 8, bias: false }/],
    [{ input: 3, layers: [{ attention: 2 }] }, /layers\.0\.attention: expected a mapping, found 2 — .*a network has widths/],
    [{ input: 3, layers: ['relu', { residual: [{ dense: 4 }] }] }, /layer 2: a residual branch/],
    [{ input: 3, layers: [{ conv: { filters: 2, kernel: 3 } }] }, /layer 1: .*image/],
    [{ input: 3, layers: [{ dense: { units: 3, shares: 'W7' } }] }, /no weight 'W7'/],
    [{ input: 3, layers: [{ attention: { heads: 2 } }] }, /do not divide/],
    ['network', /./],
  ])('refuses %j with a place and a remedy', (document, message) => {
    expect(() => discover(document)).toThrow(InputError)
    expect(() => discover(document)).toThrow(message)
  })
})
