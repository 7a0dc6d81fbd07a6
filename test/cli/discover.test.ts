import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCommandLine } from '../../src/cli/cli.js'
import { recordingTerminal } from './support/terminal.js'

async function invoke(args: readonly string[], terminal = recordingTerminal()): Promise<{ code: number; out: string; notes: string }> {
  const code = await runCommandLine(['discover', ...args], terminal, {})
  return { code, out: terminal.outText(), notes: terminal.noteText() }
}

async function fileOf(text: string, name = 'network.yaml'): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'noether-')), name)
  await writeFile(file, text)
  return file
}

const documents: readonly (readonly [kind: string, text: string, told: string, json: object])[] = [
  ['widths', 'layers: [3, 2, 2]\nactivation: relu\nbias: true\n', '2 independent laws of 12 parameters', { layers: [3, 2, 2], bias: true, independent: 2, certificate: { complete: true } }],
  ['a network file', 'input: 3\nlayers: [{ dense: 2 }, batchnorm, relu, { dense: 2 }]\n', 'complete:', { certificate: { complete: true } }],
  ['a residual block', 'input: 3\nlayers:\n  - residual: [{ dense: 2 }, relu, { dense: 3 }]\n', 'complete: 2 laws', { independent: 2 }],
  ['a parametrization', 'parameters: { U: [2, 2], V: [2, 2] }\nphi: ["U*V"]\n', 'U', { independent: 3, components: [{ laws: [{ form: 'matrix' }] }] }],
  ['a parametrization under a metric', 'parameters: { U: [3, 2], V: [2, 2] }\nphi: ["U*transpose(V)"]\ninverse_metric: { U: U, V: V }\n', 'total(U,1)', { independent: 2 }],
  ['a parametrization with momentum', '{"phi": ["x*y"], "damping": "1/2"}', 'law', { certificate: { complete: true } }],
  ['a loss to be sampled', 'loss: (u*v*x - y)^2\nparameters: [u, v]\n', '1 affine symmetry', { symmetries: [{ family: 'rescale' }] }],
]

describe('noether discover takes', () => {
  it.each(documents)('%s', async (_, text, told, json) => {
    const file = await fileOf(text)
    const shown = await invoke([file])
    expect(shown).toMatchObject({ code: 0, notes: '' })
    expect(shown.out).toContain(told)
    const asJson = await invoke([file, '--json'])
    expect(asJson).toMatchObject({ code: 0, notes: '' })
    expect(JSON.parse(asJson.out)).toMatchObject({ ...json, seconds: expect.any(Number) })
  })

  it('a seed, which changes the points of the certificate and not the laws', async () => {
    const file = await fileOf('layers: [3, 2, 2]\n')
    const of = async (seed: string): Promise<{ laws: unknown; certificate: { evidence: { seed: number; point: unknown }[] } }> => JSON.parse((await invoke([file, '--json', '--seed', seed])).out)
    const [first, second] = [await of('5'), await of('6')]
    expect(first.laws).toEqual(second.laws)
    expect(first.certificate.evidence[0]?.seed).toBe(5)
    expect(first.certificate.evidence[0]?.point).not.toEqual(second.certificate.evidence[0]?.point)
  })

  it('a degree, above which no law is looked for', async () => {
    // dx = −y, dy = −x², up to a common factor: 3y² − 2x³ is constant.
    const file = await fileOf('parameters: [x, y]\nphi: ["x*y"]\ninverse_metric: { y: x }\n')
    expect(JSON.parse((await invoke([file, '--json', '--degree', '2'])).out)).toMatchObject({ independent: 0, certificate: { complete: false, laws: { atLeast: 0, atMost: 1 } } })
    expect(JSON.parse((await invoke([file, '--json', '--degree', '3'])).out)).toMatchObject({ independent: 1, certificate: { complete: true } })
  })

  it('damping: the antisymmetric laws of a flow with momentum, with the clock', async () => {
    const file = await fileOf('layers: [2, 2, 2]\nactivation: linear\n')
    const { code, out } = await invoke([file, '--damping', '1/2'])
    expect(code).toBe(0)
    expect(out).toContain('exp(')
    expect(out).toContain('dW1')
  })
})

describe('an answer that is not complete', () => {
  it('is no fault, says so first and gives both bounds', async () => {
    const file = await fileOf('layers: [1, 3, 3, 1]\nactivation: linear\n')
    const { code, out } = await invoke([file], recordingTerminal({ columns: 200 }))
    expect(code).toBe(0)
    expect(out.split('\n')[1]).toMatch(/^not complete: \d+ independent laws proved, at most \d+ possible/)
    expect(JSON.parse((await invoke([file, '--json'])).out)).toMatchObject({ certificate: { complete: false, laws: { atLeast: expect.any(Number), atMost: expect.any(Number) } } })
  })
})

describe('--blocks', () => {
  it('lists the laws of each hidden layer of a network that is too large as a whole', async () => {
    const depth = 150
    const file = await fileOf(`layers: [${Array.from({ length: depth + 2 }, () => 8).join(', ')}]\nactivation: relu\n`)
    expect((await invoke([file])).notes).toContain('--blocks')
    const { code, out } = await invoke([file, '--blocks', '--json'])
    expect(code).toBe(0)
    const { complete, blocks }: { complete: boolean; blocks: { independent: number; blocks: { name: string }[] }[] } = JSON.parse(out)
    expect(complete).toBe(true)
    expect(blocks.map((block) => [block.independent, ...block.blocks.map((b) => b.name)])).toEqual(Array.from({ length: depth }, (_, l) => [8, `W${l + 1}`, `W${l + 2}`]))
  })

  it('takes a network with residual branches branch by branch', async () => {
    const file = await fileOf('input: 3\nlayers:\n  - residual: [{ dense: 2 }, relu, { dense: 3 }]\n  - residual: [{ dense: 4 }, relu, { dense: 3 }]\n')
    const { code, out } = await invoke([file, '--blocks', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ independent: 6, blocks: [{ independent: 2 }, { independent: 4 }], notes: [expect.stringContaining('each branch by itself')] })
  })

  it('is refused for what is no network', async () => {
    expect(await invoke([await fileOf('phi: ["x*y"]\n'), '--blocks'])).toMatchObject({ code: 2, out: '' })
    expect((await invoke([await fileOf('layers: [2, 2, 2]\n'), '--blocks', '--damping', '1'])).code).toBe(2)
  })
})

describe('text', () => {
  it.each([80, 60, 44])('fits %i columns and loses no sign of a law', async (columns) => {
    for (const [, text] of documents) {
      const file = await fileOf(text)
      const [wide, narrow] = [await invoke([file], recordingTerminal({ columns: 1000 })), await invoke([file], recordingTerminal({ columns }))]
      expect(Math.max(...narrow.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns)
      expect(narrow.out.replaceAll(/\s/g, '')).toBe(wide.out.replaceAll(/\s/g, ''))
    }
  })
})

describe('what cannot be read ends with code 2 and one line', () => {
  const bad: readonly (readonly [string, string, readonly string[], string])[] = [
    ['a width of 0', 'layers: [2, 0]\n', [], 'width 2'],
    ['an unknown layer', 'input: 2\nlayers: [{ danse: 3 }]\n', [], 'unknown key "danse" in layers.0 — did you mean dense?'],
    ['an unknown name in phi', 'parameters: { U: [2, 2] }\nphi: ["U*V"]\n', [], "unknown name 'V'"],
    ['a power that is no polynomial', 'phi: ["x^y"]\n', [], 'not polynomial'],
    ['two dampings', 'phi: ["x*y"]\ndamping: 2\n', ['--damping', '1'], 'damping 1 is asked for, and the parametrization has 2'],
    ['a negative damping', 'layers: [2, 2, 2]\n', ['--damping=-1'], 'not a number from 0'],
    ['a degree for a sampled loss', 'loss: u*v*x\nparameters: [u, v]\n', ['--degree', '2'], 'sampled loss'],
    ['a degree of 0', 'layers: [2, 2, 2]\n', ['--degree', '0'], 'degree from 1'],
    ['a seed that is no number', 'layers: [2, 2, 2]\n', ['--seed', 'x'], 'whole number'],
    ['a list', '[1, 2]\n', [], 'network'],
    ['broken YAML', 'layers: [2, 3\n', [], ":1:9: '[' is never closed — add ]"],
    ['a network that is too large', 'layers: [200, 200, 10]\n', [], '(W1, W2) would take about 41 hours and 42 GB'],
    ['a layer that is too large', 'input: 100000\nlayers: [{ dense: 100000 }]\n', [], 'years'],
    ['a network file without weights', 'input: 0\nlayers: [relu]\n', [], 'input'],
  ]
  it.each(bad)('%s', async (_, text, args, message) => {
    const { code, out, notes } = await invoke([await fileOf(text), ...args])
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(notes).toContain(message)
    expect(notes.trimEnd()).not.toContain('\n')
  })

  it('neither a file nor a batch, and both', async () => {
    for (const args of [[], ['network.yaml', '--batch', 'lines.jsonl'], ['--batch', 'lines.jsonl', '--damping', '1']]) expect((await invoke(args)).code).toBe(2)
  })
})

describe('--batch', () => {
  it('prints the published fields and no others, a line each, in order, and goes on after a faulty line', async () => {
    const lines = ['{"layers": [3, 2, 2], "activation": "relu", "bias": true}', 'nonsense', '', '{"layers": [3, 0]}', '{"layers": [4, 2], "activation": "linear", "bias": false}']
    const { code, out, notes } = await invoke(['--batch', await fileOf(lines.join('\n'), 'lines.jsonl')])
    expect({ code, notes }).toEqual({ code: 0, notes: '' })
    const records = out.trimEnd().split('\n').map((line): Record<string, unknown> => JSON.parse(line))
    expect(records.map((record) => Object.keys(record))).toEqual([
      ['layers', 'activation', 'bias', 'parameters', 'independent', 'certificate', 'laws', 'seconds'], ['error'], ['error'],
      ['layers', 'activation', 'bias', 'parameters', 'independent', 'certificate', 'laws', 'seconds'],
    ])
    expect(records).toMatchObject([{ layers: [3, 2, 2], independent: 2, laws: [expect.any(String)] }, { error: { line: 2 } }, { error: { line: 4 } }, { layers: [4, 2], independent: 0, laws: [] }])
  })
})

describe('--out', () => {
  it('writes the report, watches every law, and says so in text and JSON', async () => {
    const out = join(await mkdtemp(join(tmpdir(), 'noether-')), 'report')
    const file = await fileOf('layers: [3, 2, 2]\nactivation: relu\nbias: true\n')
    const { code, out: shown } = await invoke([file, '--out', out], recordingTerminal({ columns: 200 }))
    expect(code).toBe(0)
    expect(shown).toMatch(/held, drift \S+, at eta\/2 \S+, order (?:0\.[89]|1\.[01])/)
    expect(shown).toContain(join(out, 'report.tex'))
    const record: unknown = JSON.parse(await readFile(join(out, 'discovery.json'), 'utf8'))
    expect(record).toMatchObject({ format: 'noether-discovery-1', document: { layers: [3, 2, 2] }, complete: true, certificate: { complete: true }, run: { laws: [{ verdict: 'passed' }] } })
    const asJson = await invoke([file, '--out', out, '--json'])
    expect(JSON.parse(asJson.out)).toMatchObject({ independent: 2, run: { laws: [{ verdict: 'passed' }] }, report: { html: join(out, 'report.html') } })
  })

  it.each([
    ['a parametrization', 'phi: ["x*y"]\n', [], 'Only networks are trained'],
    ['a sampled loss', 'loss: u*v*x\nparameters: [u, v]\n', [], 'A clear gap'],
    ['a flow with momentum', 'layers: [2, 2, 2]\n', ['--damping', '1'], 'momentum'],
    ['one output under cross-entropy', 'input: 3\nlayers: [{ dense: 1 }]\nloss: cross_entropy\n', [], 'cannot be wrong'],
    ['a layer that is not trained', 'input: 4\nlayers: [{ dense: 3 }, softmax, { dense: 3 }]\nloss: cross_entropy\n', [], 'training layer'],
    ['attention without a number of places', 'input: 4\nlayers: [{ attention: { heads: 1 } }]\n', [], 'has no places'],
  ])('has a report without a run for %s, and says why', async (_, text, args, why) => {
    const out = await mkdtemp(join(tmpdir(), 'noether-'))
    const { code, out: shown } = await invoke([await fileOf(text), '--out', out, ...args])
    expect(code).toBe(0)
    expect(shown).toContain('not run:')
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain(why)
  })

  it.each([
    ['more inputs than pixels', 'layers: [65, 2, 2]\n', 2],
    ['one output', 'layers: [1, 2, 1]\n', 2],
    ['classes and more inputs than pixels', 'input: 70\nlayers: [{ dense: 3 }, { layernorm: { epsilon: 0 } }, { dense: 2 }]\nloss: cross_entropy\n', 4],
  ])('watches the laws of a network with %s on what another of its kind teaches it', async (_, text, least) => {
    const { code, out } = await invoke([await fileOf(text), '--out', await mkdtemp(join(tmpdir(), 'noether-')), '--json'])
    expect(code).toBe(0)
    const { laws, data } = JSON.parse(out).run
    expect(data.source).toContain('standard normal inputs')
    expect(laws.length).toBeGreaterThanOrEqual(least - 1)
    for (const law of laws) expect(law.verdict).toBe('passed')
  })

  it('is refused for a batch, and where nothing can be written', async () => {
    expect((await invoke(['--batch', 'lines.jsonl', '--out', 'x'])).code).toBe(2)
    const file = await fileOf('layers: [3, 2]\n')
    expect(await invoke([file, '--out', join(file, 'below')])).toMatchObject({ code: 2, out: '' })
  })
})

describe('the examples', () => {
  it('nmf.yaml: a law for each column, and no others', async () => {
    const { out } = await invoke(['examples/nmf.yaml'])
    expect(out).toContain('2 independent laws of 14 parameters\ncomplete:')
    expect(out).toContain('total(U,1) - total(V,1)')
  })

  it('classifier.yaml: four families of laws, watched on all digits', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'noether-'))
    const { code, out } = await invoke(['examples/classifier.yaml', '--out', folder], recordingTerminal({ columns: 120 }))
    expect(code).toBe(0)
    expect(out).toContain('24 independent laws of 462 parameters\ncomplete:')
    expect(out.match(/held, drift/g)).toHaveLength(4)
  })
})
