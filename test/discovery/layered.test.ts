import { array, assert, asyncProperty, boolean, constantFrom, integer, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BatchRecord, discoverBatch, discoverBlocks } from '../../src/discovery/index.js'
import { verifyRecord } from '../../src/discovery/verifier/index.js'
import { knownCount } from './known.js'

async function answers(lines: readonly string[]): Promise<readonly object[]> {
  const found: object[] = []
  for await (const answer of discoverBatch(lines)) found.push(answer)
  return found
}

const lineOf = (answer: object): number => ('error' in answer ? Number(Object(answer.error).line) : 0)

const isRecord = (answer: object | undefined): answer is BatchRecord => answer !== undefined && 'independent' in answer && 'layers' in answer

async function record(network: object): Promise<BatchRecord> {
  const [answer] = await answers([JSON.stringify(network)])
  if (!isRecord(answer)) throw new Error(JSON.stringify(answer))
  return answer
}

describe('conservation laws of fully connected networks', () => {
  it('two linear layers conserve the balance matrix, with its dependent entries discounted: SO(n, m) acts on θ', async () => {
    const sizes = tuple(integer({ min: 1, max: 4 }), integer({ min: 1, max: 7 }), integer({ min: 1, max: 4 }))
    await assert(
      asyncProperty(sizes, async ([n, r, m]) => {
        const found = await record({ layers: [n, r, m], activation: 'linear', bias: false })
        const group = ((n + m) * (n + m - 1)) / 2
        expect(found.independent).toBe(r <= n + m ? (r * (r + 1)) / 2 : (n + m) * r - group)
        expect(found.certificate.complete).toBe(true)
        expect(found.laws).toEqual(['transpose(W1)*W1 - W2*transpose(W2)'])
      }),
      { numRuns: 25 },
    )
  })

  it('one law for each hidden neuron of a ReLU network, with its bias, and the list is complete', async () => {
    const widths = array(integer({ min: 1, max: 5 }), { minLength: 3, maxLength: 5 })
    await assert(
      asyncProperty(widths, boolean(), constantFrom('relu', 'leaky_relu'), async (layers, bias, activation) => {
        const found = await record({ layers, activation, bias })
        expect(found.independent).toBe(knownCount(found))
        expect(found.certificate.complete).toBe(true)
        expect(found.laws).toHaveLength(layers.length - 2)
      }),
      { numRuns: 25 },
    )
  })

  it('deep linear networks have the balance matrices and no more, if nothing but the output is a single number', async () => {
    const widths = tuple(integer({ min: 2, max: 4 }), array(integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 3 }), integer({ min: 1, max: 4 }))
    await assert(
      asyncProperty(widths, boolean(), async ([input, hidden, output], bias) => {
        const found = await record({ layers: [input, ...hidden, output], activation: 'linear', bias })
        expect(found.independent).toBe(knownCount(found))
        expect(found.certificate.laws.atMost).toBeGreaterThanOrEqual(found.independent)
        expect(found.certificate.complete || bias).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  it('a power activation weighs the outgoing weights by its degree', async () => {
    const found = await record({ layers: [3, 4, 2], activation: 'cube', bias: true })
    expect(found.laws).toEqual(['diag(transpose(W1)*W1 + b1*transpose(b1) - 3*W2*transpose(W2))'])
    expect(found.certificate.complete).toBe(true)
  })

  it('a deep network taken layer by layer has the laws of the whole, each block certified', async () => {
    const input = { layers: [4, 5, 3, 4], activation: 'linear', bias: true }
    const blocks = discoverBlocks(input)
    const whole = await record(input)
    expect(blocks.flatMap((b) => b.laws.map((law) => law.text))).toEqual(whole.laws)
    expect(blocks.every((b) => b.certificate.complete)).toBe(true)
    expect(blocks.map((b) => b.blocks.map((p) => p.name))).toEqual([['W1', 'b1', 'W2'], ['W2', 'b2', 'W3']])
  })

  it('says so, and gives both bounds, where the proved laws do not exhaust the room', async () => {
    const { certificate, independent } = await record({ layers: [1, 3, 3, 1], activation: 'linear', bias: false })
    expect(certificate.complete).toBe(false)
    expect(certificate.laws).toEqual({ atLeast: independent, atMost: 14 })
    expect(certificate.statement).toMatch(/^not complete: 12 independent laws proved, at most 14 possible/)
  })
})

describe('the verifier', () => {
  const networks = [
    { layers: [5, 3, 2], activation: 'linear', bias: false },
    { layers: [2, 6, 2], activation: 'linear', bias: false },
    { layers: [2, 3, 3, 2], activation: 'linear', bias: true },
    { layers: [3, 4, 3, 2], activation: 'relu', bias: true },
    { layers: [3, 2, 2], activation: 'square', bias: true },
    { layers: [1, 3, 3, 1], activation: 'linear', bias: false },
  ]

  it.each(networks)('confirms $layers $activation from its text alone', async (network) => {
    const found = await record(network)
    const verification = verifyRecord(JSON.parse(JSON.stringify(found)))
    expect(verification.checks.filter((c) => !c.holds)).toEqual([])
    expect(verification.valid).toBe(true)
  })

  it.each([
    { phi: ['x*y*z^2'] },
    { parameters: { U: [2, 2], V: [3, 2] }, phi: ['U*transpose(V)'] },
    { parameters: { U: [2], V: [2] }, phi: ['U_1*V_1', 'U_2*V_1 + 1/2*U_1*V_2'] },
    { parameters: ['x', 'y', 'z'], phi: ['x*y', 'z + x^2'] },
    { parameters: { w: [3] }, phi: ['norm2(w)'] },
    { parameters: { W: [2, 2], a: [3] }, phi: ['norm2(a)*W'] },
    { parameters: { a: [3], B: [2, 3] }, phi: ['B*a', 'norm2(a) - 2*dot(a,a)'] },
  ])('confirms the parametrization %j, and refuses one law more', async (document) => {
    const [found] = await answers([JSON.stringify(document)])
    const claim = JSON.parse(JSON.stringify(found))
    expect(verifyRecord(claim).checks.filter((c) => !c.holds)).toEqual([])
    expect(verifyRecord({ ...claim, independent: claim.independent + 1 }).valid).toBe(false)
  })

  it('refuses a false law, a wrong count, an overstated rank and a false completeness', async () => {
    const found = await record({ layers: [4, 3, 2], activation: 'relu', bias: false })
    const { certificate } = found
    expect(verifyRecord({ ...found, laws: ['transpose(W1)*W1 - W2*transpose(W2)'] }).valid).toBe(false)
    expect(verifyRecord({ ...found, laws: ['diag(transpose(W1)*W1 - 2*W2*transpose(W2))'] }).valid).toBe(false)
    expect(verifyRecord({ ...found, independent: 4 }).valid).toBe(false)
    expect(verifyRecord({ ...found, certificate: { ...certificate, lie: certificate.lie + 1 } }).valid).toBe(false)
    expect(verifyRecord({ ...found, certificate: { ...certificate, complete: false } }).valid).toBe(false)
  })
})

describe('a batch', () => {
  it('answers in order, passes over blank lines, and names the faulty line with a remedy', async () => {
    const lines = [
      '{"layers":[2,2,1],"activation":"relu","bias":false}', '', '{"layers":[2', '{"layers":[2,0,1]}', '{"layers":[2,2,1],"activation":"tanh"}',
      '[]', '{"layers":[2,2,1],"bias":"yes"}', '{"layers":[4000,4000,10],"activation":"relu"}', '{"layers":[2,3],"activation":"linear"}',
    ]
    const found = await answers(lines)
    expect(found.map((a) => lineOf(a))).toEqual([0, 3, 4, 5, 6, 7, 8, 0])
    const failures = found.filter((a) => 'error' in a)
    for (const failure of failures) expect(failure).toMatchObject({ error: { what: expect.stringMatching(/./), remedy: expect.stringMatching(/./) } })
    expect(Object.keys(found[0] ?? {})).toEqual(['layers', 'activation', 'bias', 'parameters', 'independent', 'certificate', 'laws', 'seconds'])
    expect(found[6]).toMatchObject({ error: { what: expect.stringContaining('GB'), remedy: expect.stringContaining('blocks') } })
    const others = await answers(['{"phi":["x*y"]}', '{"input":2,"layers":[{"dense":2},"relu",{"dense":1}]}', '{"input":2,"layers":[{"dens":2}]}'])
    expect(others).toMatchObject([{ independent: 1, laws: ['x^2 - y^2'] }, { independent: 2 }, { error: { line: 3 } }])
    expect(found[7]).toMatchObject({ independent: 0, laws: [], certificate: { complete: true } })
  })
})
