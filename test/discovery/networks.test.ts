import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { type NetworkDiscovery, discover, discoverBranches, trainable } from '../../src/discovery/index.js'
import { slopesOf } from './slopes.js'
import { inferSymmetries, initialParameters, transformed } from '../../src/network/index.js'

const texts = (found: NetworkDiscovery): readonly string[] => found.laws.map((law) => law.text)

/** Balance of what produces the units of an interface against what reads them. */
const balance = (weight: string, bias: string, next: string): string => `diag(${weight}*transpose(${weight}) + ${bias}*transpose(${bias}) - transpose(${next})*${next})`

/** |x − its projection on the span|/|x|, by Gram and Schmidt, twice for their rounding. */
function distanceFromSpan(x: Float64Array, span: readonly Float64Array[]): number {
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * (b[i] ?? NaN), 0)
  const basis: Float64Array[] = []
  const rest = (v: Float64Array): Float64Array => [...basis, ...basis].reduce((left, b) => left.map((value, i) => value - dot(left, b) * (b[i] ?? NaN)), v)
  for (const v of span) {
    const left = rest(v)
    const size = Math.sqrt(dot(left, left))
    if (size > 1e-9 * Math.sqrt(dot(v, v))) basis.push(left.map((value) => value / size))
  }
  const left = rest(x)
  return Math.sqrt(dot(left, left) / dot(x, x))
}

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

  const block = [{ residual: ['layernorm', { attention: { heads: 2 } }] }, { residual: ['layernorm', { dense: 6 }, 'relu', { dense: 4 }] }]
  const inBranches = 2 * (4 + 4 * 3) + 2 * (4 + 6)

  it('a two-layer transformer has the laws of its branches, and one of the shift of the stream between two of them', () => {
    const found = discover({ input: 4, layers: [...block, ...block] })
    expect(found.certificate.complete).toBe(true)
    expect(found.independent).toBe(inBranches + 1)
    expect(texts(found)).toContain('total(b2) - total(b4)')
  })

  it('branch by branch, each is complete, and a note says what among', () => {
    const found = discoverBranches({ input: 4, layers: [...block, ...block] })
    expect(found.components).toHaveLength(4)
    expect(found.independent).toBe(inBranches)
    expect(found.certificate.complete).toBe(true)
    expect(found.notes.join()).toContain('skip connections, each branch by itself')
  })

  it('all that reads and writes a stream takes part in the changes of its basis', () => {
    const plain = (units: number) => ({ dense: { units, bias: false } })
    const found = discover({ input: 3, layers: [plain(4), { residual: [plain(2), 'relu', plain(4)] }, plain(2)] })
    expect(texts(found)).toEqual(['W1*transpose(W1) - transpose(W2)*W2 + W3*transpose(W3) - transpose(W4)*W4', 'diag(W2*transpose(W2) - transpose(W3)*W3)'])
    expect([found.independent, found.certificate.complete]).toEqual([10 + 2, true])
    const normalized = discover({ input: 3, layers: [plain(4), { residual: ['rmsnorm', plain(2), 'relu', plain(4)] }, 'rmsnorm', plain(2)] })
    expect(texts(normalized)).toContain('norm2(W1) + norm2(W3)')
    expect(normalized.certificate.complete).toBe(true)
  })

  it.each([
    { input: 3, layers: [{ dense: 4 }, { residual: [{ dense: 3 }, 'relu', { dense: 4 }] }, { residual: [{ leaky_relu: 0.2 }, { dense: 4 }] }, { dense: 2 }] },
    { input: 3, layers: [{ dense: { units: 3, bias: false } }, { residual: [{ layernorm: { epsilon: 0 } }, { dense: 4 }, 'tanh', { dense: 3 }] }, { residual: [{ gated: { hidden: 2 } }] }, { layernorm: { epsilon: 0 } }, { dense: 2 }], loss: 'cross_entropy' },
    { input: [2, 1, 3], layers: [{ conv: { filters: 4, kernel: 1 } }, { residual: [{ rmsnorm: { epsilon: 0 } }, { attention: { heads: 2, bias: true } }] }, { residual: [{ batchnorm: { epsilon: 0 } }, { conv: { filters: 4, kernel: 1 } }] }, { rmsnorm: { epsilon: 0 } }, 'global_average', { dense: 2 }] },
    { input: [2, 1, 2], layers: [{ conv: { filters: 2, kernel: 1 } }, { attention: { heads: 1, bias: true } }, { gated: { hidden: 2, activation: 'relu' } }, 'global_average', { dense: 2 }] },
  ] as const)('no charge of a symmetry that the architecture shows is missing: $layers', (spec) => {
    const document = { loss: 'mean_square', ...spec, layers: [...spec.layers] } as const
    const found = discover(document)
    expect(found.certificate.complete).toBe(true)
    const ready = trainable(document)
    if ('reason' in ready) throw new Error(ready.reason)
    const { network, blocks } = ready
    const theta = initialParameters(network).map((x, i) => x + Math.sin(5 * i))
    const velocities = inferSymmetries(network).flatMap((symmetry) => Array.from({ length: symmetry.family === 'linear' ? 0 : symmetry.count }, (_, member) => {
      const step = 1e-6
      const [after, before] = [step, -step].map((x) => transformed(network, theta, symmetry, member, Math.exp(x)))
      return theta.map((__, i) => ((after?.[i] ?? NaN) - (before?.[i] ?? NaN)) / (2 * step))
    }))
    expect(velocities.length).toBeGreaterThan(3)
    const slopes = slopesOf(found, (name) => blocks.get(name)?.offset ?? NaN, theta)
    for (const velocity of velocities) expect(distanceFromSpan(velocity, slopes)).toBeLessThan(1e-6)
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
