import { describe, expect, it } from 'vitest'
import { renderToString } from 'katex'
import { type NetworkDiscovery, answerDocument, discover, formatDiscovery, lawLatex, lawMeter } from '../../src/discovery/index.js'
import { buildNetwork, float64Network } from '../../src/network/index.js'

const documents: readonly object[] = [
  { layers: [3, 2, 2], activation: 'relu', bias: true },
  { input: 3, layers: [{ dense: 3 }, 'batchnorm', 'relu', { dense: 2 }], loss: 'cross_entropy' },
  { input: 4, layers: [{ attention: { heads: 2, bias: true } }] },
  { input: [4, 4, 2], layers: [{ residual: [{ conv: { filters: 2, kernel: 2, padding: 'same' } }, 'relu', { conv: { filters: 2, kernel: 2, padding: 'same' } }] }] },
  { parameters: { U: [2, 2], V: [2, 2] }, phi: ['U*V'], damping: '1/2' },
  { phi: ['x*y*z^2'] },
  { parameters: { w: [3] }, phi: ['norm2(w)'] },
]

const latexOf = (found: NetworkDiscovery): readonly string[] =>
  found.components.flatMap((c) => c.laws.map((law) => lawLatex(law.text, c.blocks.map((b) => b.name))))

describe('a discovery for readers', () => {
  it.each(documents)('%j is told with its count, every law and its symmetry, and in LaTeX that KaTeX accepts', (document) => {
    const found = discover(document)
    const text = formatDiscovery(found).join('\n')
    expect(text).toContain(`${found.independent} independent law`)
    for (const law of found.laws) expect(text).toContain(`${law.text}`)
    for (const latex of latexOf(found)) expect(() => renderToString(latex, { throwOnError: true, strict: 'error' })).not.toThrow()
  })

  it('a quotient of products is a fraction', () => {
    expect(lawLatex('v_1*v_2^2/(u_1*u_2)', ['u', 'v'])).toBe('\\frac{(v)_{1}\\,(v)_{2}^{2}}{(u)_{1}\\,(u)_{2}}')
    expect(lawLatex('w_2/w_1', ['w'])).toBe('\\frac{(w)_{2}}{(w)_{1}}')
  })

  it('LaTeX has indices, dots, fractions and Greek letters', () => {
    expect(lawLatex('diag(transpose(gamma1)*gamma1 - 1/2*W2*transpose(W2))', ['gamma1', 'W2'])).toBe('\\operatorname{diag}(\\gamma_{1}^{\\top}\\,\\gamma_{1} - \\tfrac{1}{2}\\,W_{2}\\,W_{2}^{\\top})')
    expect(lawLatex('exp(t)*(U*transpose(dU) - dU*transpose(U))', ['U', 'dU'])).toBe('e^{t}\\,(U\\,\\dot{U}^{\\top} - \\dot{U}\\,U^{\\top})')
    expect(lawLatex('W1_2_3^2 - norm2(b1)', ['W1', 'b1'])).toBe('(W_{1})_{2,3}^{2} - \\lVert b_{1}\\rVert^{2}')
  })
})

describe('an answer to any document', () => {
  it.each([...documents, { loss: '(u*v*x - y)^2', parameters: ['u', 'v'] }])('%j as JSON and as text', (document) => {
    const { json, lines, complete } = answerDocument(document)
    expect(JSON.parse(JSON.stringify(json))).toEqual(json)
    expect(lines.length).toBeGreaterThan(2)
    expect(complete).toBe(true)
  })

  it('a sampled loss is told with its symmetries and the gap', () => {
    const { lines, json } = answerDocument({ loss: '(u*v*x - y)^2', parameters: ['u', 'v'] })
    expect(lines.join('\n')).toMatch(/1 affine symmetry among 6 affine generators\n46 sampled gradients; singular values fall from .*\n {2}rescale: δu = u, δv = -v/)
    expect(json).toMatchObject({ symmetries: [{ family: 'rescale' }], approximate: [] })
  })
})

describe('watching laws', () => {
  it('stay constant along gradient flow of a real network (Runge–Kutta), while their terms move', () => {
    const layers = [{ dense: 4 }, { power: 2 }, { dense: 2 }]
    const [component] = discover({ input: 3, layers }).components
    const law = component?.laws[0]
    if (component === undefined || law === undefined) throw new Error('no law')
    const network = buildNetwork({ input: 3, layers, loss: 'mean_square' })
    const engine = float64Network(network, 5)
    const inputs = Float64Array.from({ length: 15 }, (_, i) => Math.sin(3 * i + 1))
    const targets = Float64Array.from({ length: 10 }, (_, i) => Math.cos(2 * i))
    const velocity = (theta: Float64Array): Float64Array => {
      const gradient = new Float64Array(theta.length)
      engine.lossAndGradient(theta, inputs, targets, 5, gradient)
      return gradient.map((g) => -g)
    }
    const measure = lawMeter(component, law)
    const charge = (theta: Float64Array): Float64Array =>
      measure((name) => {
        const p = network.parameters.find((q) => q.name === name)
        return p === undefined ? undefined : theta.subarray(p.offset, p.offset + p.size)
      })
    let theta = Float64Array.from({ length: network.size }, (_, i) => 0.4 * Math.sin(7 * i + 2))
    const [start, begin] = [charge(theta), theta]
    for (let step = 0; step < 400; step++) {
      const moved = (k: Float64Array, h: number): Float64Array => theta.map((x, i) => x + h * (k[i] ?? 0))
      const k1 = velocity(theta)
      const k2 = velocity(moved(k1, 0.005))
      const k3 = velocity(moved(k2, 0.005))
      const k4 = velocity(moved(k3, 0.01))
      theta = theta.map((x, i) => x + (0.01 / 6) * ((k1[i] ?? 0) + 2 * (k2[i] ?? 0) + 2 * (k3[i] ?? 0) + (k4[i] ?? 0)))
    }
    expect(Math.hypot(...theta.map((x, i) => x - (begin[i] ?? 0)))).toBeGreaterThan(0.05)
    expect(Math.hypot(...charge(theta).map((q, i) => q - (start[i] ?? 0)))).toBeLessThan(1e-9)
    expect(() => measure(() => undefined)).toThrow(RangeError)
  })
})
