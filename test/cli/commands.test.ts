import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCommandLine } from '../../src/cli/cli.js'
import type { Engine } from '../../src/cli/engine.js'
import { ksbTable } from '../../src/laws/ksb.js'
import { ksbData } from '../../src/laws/ksbDocument.js'
import { type Book, rewriteReport } from '../../src/report/index.js'
import { InputError } from '../../src/errors.js'
import { recordingTerminal } from './support/terminal.js'
import { sampleDerivation, sampleResult } from './support/fixtures.js'

const engine: Engine = {
  derive: async (problem) => [{ ...sampleDerivation, title: `${problem.title}, order ${problem.order}` }],
  run: async (problem, { onBackend, onProgress }) => {
    onBackend('cpu')
    onProgress('training', { step: 1, steps: 10, loss: 2.3, rate: 50, secondsLeft: 1 })
    return sampleResult(problem.train?.seed === 13 ? 'failed' : 'passed')
  },
  writeReport: async (_, folder) => ({ json: `${folder}/result.json`, tex: `${folder}/report.tex`, html: `${folder}/report.html` }),
  rewriteReport,
}

async function invoke(args: readonly string[], use = engine, terminal = recordingTerminal()): Promise<{ code: number; out: string; notes: string }> {
  const code = await runCommandLine(args, terminal, use)
  return { code, out: terminal.outText(), notes: terminal.noteText() }
}

const longest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length))

describe('exit codes', () => {
  it('0 for a passed verdict, 1 for a failed one, in text and in JSON', async () => {
    for (const json of [[], ['--json']]) {
      expect((await invoke(['run', 'digits', ...json])).code).toBe(0)
      expect((await invoke(['run', 'digits', '--set', 'train.seed=13', ...json])).code).toBe(1)
    }
  })

  const bad: readonly (readonly [string, readonly string[], string])[] = [
    ['an unknown command', ['lst'], 'Did you mean list?'],
    ['an unknown flag', ['list', '--jsn'], 'Did you mean --json?'],
    ['a missing argument', ['derive'], 'problem'],
    ['an unknown name', ['derive', 'digit'], 'did you mean digits?'],
    ['a missing file', ['derive', './nowhere.yaml'], 'nowhere.yaml: no such file'],
    ['an order that is no number', ['derive', 'digits', '--order', 'two'], 'whole number'],
    ['an order out of range', ['derive', 'digits', '--order', '100'], '--set order=100: order'],
    ['LaTeX and JSON at once', ['derive', 'digits', '--latex', '--json'], 'cannot be used with'],
    ['a setting of an unknown key', ['run', 'digits', '--set', 'trian.steps=1'], 'did you mean train?'],
    ['a folder that is not there', ['report', '/nowhere'], '/nowhere: cannot read: no such file or directory'],
    ['a folder without a report', ['report', 'src'], 'src: no report'],
    ['a folder in place of a file', ['derive', 'src'], 'src: it is a folder — give a file'],
    ['an unknown flag, with where to look', ['derive', 'digits', '--ordr', '1'], 'noether derive --help shows what there is'],
    ['an empty differential equation', ['integrate', '/dev/null'], '/dev/null: the file is empty'],
    ['an empty network', ['discover', '/dev/null'], '/dev/null:1:1: the file is empty'],
  ]
  it.each(bad)('2 and one line for %s', async (_, args, message) => {
    const { code, out, notes } = await invoke(args)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(notes).toContain(message)
    expect(notes.trimEnd()).not.toContain('\n')
  })

  it('2 for what the engine refuses, with its place', async () => {
    const refusing: Engine = { derive: () => Promise.reject(new InputError('unknown symbol x', 'declare it', { file: 'p.yaml', line: 3, column: 4 })) }
    expect(await invoke(['derive', 'digits'], refusing)).toEqual({ code: 2, out: '', notes: 'noether: p.yaml:3:4: unknown symbol x — declare it\n' })
  })

  it('2 and a remedy for a full disk', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write', path: 'reports/digits/steps.bin' })
    const { code, notes } = await invoke(['run', 'digits'], { ...engine, run: () => Promise.reject(full) })
    expect(code).toBe(2)
    expect(notes).toContain('reports/digits/steps.bin: the disk is full')
  })

  it('70 for a defect of the program', async () => {
    const { code, notes } = await invoke(['derive', 'digits'], { derive: () => Promise.reject(new TypeError('x is undefined')) })
    expect(code).toBe(70)
    expect(notes).toContain('x is undefined')
  })
})

describe('--json', () => {
  it.each([['list'], ['schema'], ['derive', 'digits'], ['run', 'digits'], ['report', '']])('prints one document and nothing else: %s', async (...args) => {
    const folder = await mkdtemp(join(tmpdir(), 'noether-'))
    await writeFile(join(folder, 'result.json'), JSON.stringify(sampleResult('passed')))
    const { code, out } = await invoke([...args.map((arg) => (arg === '' ? folder : arg)), '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toBeTypeOf('object')
  })

  it('of derive has the published shape, formulas as text', async () => {
    const { out } = await invoke(['derive', 'scale-sgd-decay', '--order', '2', '--json'])
    expect(JSON.parse(out)).toMatchObject({
      title: 'Weight norm under SGD with weight decay, order 2',
      symmetry: { generator: 'theta_w', constraints: ['dot(g,theta_w) = 0'] },
      lagrangian: { text: expect.any(String), latex: expect.any(String), verified: true },
      ksb: { text: '1/2*eta*norm2(dtheta_w)', vanishes: false },
      laws: {
        discrete: { charge: 'norm2(theta_w)', recursion: expect.any(String), drives: { gradient: 'norm2(g_w)' }, exact: true },
        flow: [{ order: 1, charge: 'norm2(theta_w)', equation: 'diff(q,t) = -2*lambda*q + eta*norm2(g_w)' }],
        solution: { text: expect.any(String), cases: [{ name: 'decay', condition: 'lambda > 0', verified: true }] },
      },
      steps: [{ before: 'dot(g,theta_w)', after: '0', why: expect.any(String), verified: true }],
    })
  })

  it('of several derivations has a list', async () => {
    const { out } = await invoke(['derive', 'digits', '--json'], { derive: async () => [sampleDerivation, sampleDerivation] })
    expect(JSON.parse(out)).toMatchObject({ derivations: [{ title: sampleDerivation.title }, {}] })
  })
})

describe('text', () => {
  it.each([80, 60, 44])('fits %i columns', async (columns) => {
    for (const args of [['list'], ['derive', 'digits', '--steps'], ['run', 'digits'], ['--help'], ['derive', '--help']]) {
      const { code, out } = await invoke(args, engine, recordingTerminal({ columns }))
      expect(code).toBe(0)
      expect(longest(out)).toBeLessThanOrEqual(columns)
    }
  })

  it.each([60])('of list --ksb fits %i columns, nothing cut off, and names every rule once', async (columns) => {
    const { out } = await invoke(['list', '--ksb'], engine, recordingTerminal({ columns }))
    expect(longest(out)).toBeLessThanOrEqual(columns)
    expect(out).not.toContain('…')
    for (const { name } of ksbData(ksbTable()).rules) expect(out.match(new RegExp(`^[│ ]*([a-z_]+, )*${name}\\b`, 'gm')) ?? []).toEqual([expect.stringContaining(name)])
  })

  it('of derive tells the story from the generator to the solution and how much was checked', async () => {
    const { out } = await invoke(['derive', 'digits'])
    const laws = ['Charge', 'Discrete law', 'Flow of the rule', 'Law of the flow', 'Lagrangian', 'Kinetic symmetry breaking', 'Solution of the flow']
    const parts = ['generator', 'dot(g,theta_w) = 0', 'Rule: sgd', ...laws, '1 of 1 steps checked']
    const found = parts.map((part) => out.indexOf(part))
    expect(found).not.toContain(-1)
    expect(found).toEqual(found.toSorted((left, right) => left - right))
    expect(out).not.toContain('the loss does not change')
  })

  it('of derive --steps has the steps', async () => {
    expect((await invoke(['derive', 'digits', '--steps'])).out).toContain('the loss does not change')
  })

  it.each([1, 2])('of derive --latex is a document with all of %i derivations', async (count) => {
    const several: Engine = { derive: async () => Array.from({ length: count }, () => sampleDerivation) }
    const { code, out } = await invoke(['derive', 'digits', '--latex'], several)
    expect(code).toBe(0)
    expect(out).toMatch(/\\documentclass[^]*\\end\{document\}\s*$/)
    expect(out.split('The law}').length - 1).toBe(count)
  })

  it('of run tells the backend, the ladder, the verdict and the report', async () => {
    const { out, notes } = await invoke(['run', 'digits', '--out', 'here'])
    expect(notes).toContain('backend: cpu\ntraining\nstep 1/10, loss 2.30')
    for (const part of ['3.2e-8', 'scale-1 is broken by epsilon', 'verdict: passed', 'here/report.html', '96.5 %']) expect(out).toContain(part)
  })

  it('of a failed run names the rung', async () => {
    expect((await invoke(['run', 'digits', '--set', 'train.seed=13'])).out).toContain('rung 3 failed by a factor of 2000')
  })

  it('has colours on a terminal that has them, and none elsewhere', async () => {
    const escape = String.fromCodePoint(27)
    expect((await invoke(['list'], engine, recordingTerminal({ colours: true }))).out).toContain(escape)
    expect((await invoke(['list'])).out).not.toContain(escape)
  })
})

describe('discover', () => {
  it('tells the laws of a network and that they are all', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'noether-')), 'network.yaml')
    await writeFile(file, 'layers: [2, 1, 2]\nactivation: relu\n')
    const { code, out } = await invoke(['discover', file])
    expect(code).toBe(0)
    expect(out).toContain('1 independent law of 4 parameters')
    expect(out).toContain('complete')
    expect(JSON.parse((await invoke(['discover', file, '--json'])).out)).toMatchObject({ layers: [2, 1, 2], independent: 1, certificate: { complete: true } })
  })

  it('answers a batch line by line and in order', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'noether-')), 'batch.jsonl')
    await writeFile(file, '{"layers": [2, 1, 2], "activation": "relu"}\nnonsense\n{"layers": [3, 2], "activation": "linear"}\n')
    const records = (await invoke(['discover', '--batch', file])).out.trimEnd().split('\n').map((line): unknown => JSON.parse(line))
    expect(records).toMatchObject([{ independent: 1 }, { error: { line: 2 } }, { independent: 0 }])
  })

  it('places the fault of a network file', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'noether-')), 'network.yaml')
    await writeFile(file, 'layers: [2, 0]\n')
    expect(await invoke(['discover', file])).toMatchObject({ code: 2, out: '' })
  })
})

describe('a command whose engine is missing', () => {
  it('is not offered', async () => {
    const { out } = await invoke(['--help'], {})
    expect(out).toContain('schema')
    expect(out).not.toContain('derive')
    expect((await invoke(['run', 'digits'], {})).code).toBe(2)
  })
})

describe('Ctrl-C', () => {
  it('aborts the run, which still gives its verdict', async () => {
    const interrupted: Engine = {
      ...engine,
      run: async (_, { signal }) => {
        process.emit('SIGINT')
        expect(signal.aborted).toBe(true)
        return sampleResult('passed')
      },
    }
    const { code, notes } = await invoke(['run', 'digits'], interrupted)
    expect(code).toBe(0)
    expect(notes).toContain('is kept and validated')
  })

  it('of run all ends it with a book of what there is, the interrupted run included', async () => {
    const books: Book[] = []
    const whole = sampleResult('passed')
    const interrupted: Engine = {
      ...engine,
      run: async () => ({ ...whole, training: { ...whole.training, partial: true } }),
      writeBook: async (book, folder) => {
        books.push(book)
        return { json: `${folder}/book.json`, tex: `${folder}/book.tex`, html: `${folder}/book.html` }
      },
    }
    const { code, out, notes } = await invoke(['run', 'all', '--out', 'here'], interrupted)
    const [book] = books
    const runs = (book?.entries ?? []).map(({ content }) => 'format' in content)
    expect(runs.filter(Boolean)).toHaveLength(1)
    expect(runs.at(-1)).toBe(true)
    expect(notes).toMatch(new RegExp(`stopped after ${runs.length} of \\d+ results`))
    expect([code, out.includes(`${runs.length} chapters, every verdict passed`)]).toEqual([0, true])
  })
})
