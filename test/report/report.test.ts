import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderToString } from 'katex'
import { InputError } from '../../src/errors.js'
import type { LawPayload } from '../../src/report/html/payload.js'
import { readBook, readResult, writeBook, writeReport } from '../../src/report/index.js'
import type { LawCurves, RunResult } from '../../src/validation/result.js'
import { runResult } from './fixture.js'
import { derivation } from './formulas.js'

const NASTY = 'Norm \\input{/etc/passwd} </title><script>alert(1)</script> 100 % of w_1 & "∇θ" \'中\' <img src=x onerror=alert(2)>'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'noether-report-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const page = async (result: RunResult, name: string): Promise<{ readonly html: string; readonly tex: string }> => {
  const written = await writeReport(result, join(root, name))
  return { html: await readFile(written.html, 'utf8'), tex: await readFile(written.tex, 'utf8') }
}

describe('the HTML page', () => {
  let html: string
  beforeAll(async () => {
    html = (await page(runResult({ neurons: 74, steps: 1500, failed: true }), 'large')).html
  })

  test('is below 3 MB for 74 neurons and 1,500 steps', () => {
    expect(Buffer.byteLength(html)).toBeLessThan(3e6)
  })

  test('names no address and loads nothing', () => {
    expect(html).not.toMatch(/https?:|\/\/[a-z0-9-]+\.[a-z]/i)
    expect([...html.matchAll(/url\((?!data:)/g)]).toEqual([])
    expect(html).not.toMatch(/<(link|iframe|object|embed|base)\b|\bsrc="(?!data:)|@import/)
  })

  test('has a content security policy that allows exactly its own script', () => {
    const scripts = [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, code = '']) => code)
    expect(scripts).toHaveLength(1)
    const hash = createHash('sha256')
      .update(scripts[0] ?? '')
      .digest('base64')
    expect(html).toContain(`script-src 'sha256-${hash}'`)
    expect(html).not.toMatch(/\son[a-z]+=/)
    expect(() => new Script(scripts[0] ?? '(')).not.toThrow()
  })

  test('has every formula set, with MathML beside it, and the fonts it uses', () => {
    expect(html).not.toContain('katex-error')
    expect(html.split('<math').length).toBe(html.split('class="katex"').length)
    const fonts = [...html.matchAll(/@font-face\{[^}]*font-family:(KaTeX_\w+)/g)].map(([, family]) => family)
    expect(fonts).toContain('KaTeX_Math')
    expect(fonts).not.toContain('KaTeX_Fraktur')
  })

  test('has unique anchors, and every link leads to one', () => {
    const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target)
  })

  test('has headings that descend by one level at a time and named pictures', () => {
    const levels = [...html.matchAll(/<h([1-6])\b/g)].map(([, level]) => Number(level))
    expect(levels[0]).toBe(1)
    levels.slice(1).forEach((level, index) => expect(level - (levels[index] ?? 0)).toBeLessThanOrEqual(1))
    for (const [picture] of html.matchAll(/<svg class="plot[^>]*>/g)) expect(picture).toMatch(/aria-label="[^"]+"|aria-hidden="true"/)
  })

  test('names the rung that failed and by how much, in words', () => {
    expect(html).toMatch(/✗ Failed[^]{0,400}Rung 2, constraint on the real network[^]{0,200}410 times too large/)
  })

  test('carries the worst residual of every neuron to float32', () => {
    const [, json = '[]'] = /id="explore-data">([^<]*)</.exec(html) ?? []
    const laws: LawPayload[] = JSON.parse(json)
    const { laws: all } = runResult({ neurons: 74, steps: 1500, failed: true })
    laws.forEach((law, index) => {
      const bytes = Buffer.from(law.residual.heights, 'base64')
      const curves = all[index]?.curves
      for (let neuron = 0; neuron < law.neurons; neuron += 1) {
        const [low, high] = law.residual.ranges[neuron] ?? [0, 0]
        const values = law.steps.map((_, k) => low + (bytes.readUInt16LE(2 * (neuron * law.steps.length + k)) / 65_534) * (high - low))
        const shown = values.map(Math.abs)
        const residual = (k: number): number => (curves?.measured[neuron]?.[k] ?? 0) - (curves?.theory[neuron]?.[k] ?? 0)
        const whole = curves?.step.map((_, k) => Math.abs(residual(k))) ?? []
        law.steps.forEach((k, index) => expect(Math.abs((values[index] ?? 0) - residual(k))).toBeLessThan((high - low) * 1e-5))
        expect(Math.max(...shown)).toBeCloseTo(Math.max(...whole), 9)
      }
    })
  })
})

test('a result survives writing and reading, numbers that are none included', async () => {
  const base = runResult({ neurons: 3, steps: 20 })
  const result = { ...base, breaking: [{ symmetry: 's', by: 'epsilon', value: [0, 1], violation: [Number.NaN, Number.POSITIVE_INFINITY] }] }
  const directory = join(root, 'round')
  const first = await writeReport(result, directory)
  const before = await readFile(first.html, 'utf8')
  const read = await readResult(directory)
  expect(read).toEqual(result)
  await writeReport(read, directory)
  expect(await readFile(first.html, 'utf8')).toBe(before)
  expect((await readdir(directory)).sort()).toEqual(['report.html', 'report.tex', 'result.json'])
})

test('a law without an exact discrete law reads back as one', async () => {
  const base = runResult({ neurons: 2, steps: 10 })
  const laws = base.laws.map((law) => ({
    ...law,
    derivation: { ...law.derivation, laws: { ...law.derivation.laws, discrete: undefined } },
  }))
  const directory = join(root, 'undiscrete')
  await writeReport({ ...base, laws }, directory)
  expect(await readResult(directory)).toEqual({ ...base, laws })
})

describe('results at the edge', () => {
  const edge = (curves: LawCurves): RunResult => {
    const base = runResult({ neurons: 1, steps: 2 })
    return { ...base, laws: base.laws.slice(0, 1).map((law) => ({ ...law, curves })) }
  }
  const empty: LawCurves = { step: [], time: [], measured: [], theory: [], band: [], discreteResidual: [] }

  test('a run that left the numbers is not called exact', async () => {
    const curves = {
      step: [0, 7],
      time: [0, 1],
      measured: [
        [1, 1],
        [1, Number.NaN],
      ],
      theory: [
        [1, 1.25],
        [1, 1],
      ],
      band: [],
      discreteResidual: [],
    }
    const { html } = await page(edge(curves), 'lost')
    expect(html).toContain('for neuron 1, of 2 the one with the largest relative residual')
    expect(html).toContain('from step 7 on, the run or the solution is no finite number')
    expect(html).toContain('"relative":[0.25,null]')
  })

  test('a theory without a predicted error says why there is none', async () => {
    const base = runResult({ neurons: 1, steps: 20 })
    const reason = 'no error bar is predicted: the exact law has the gradient at another point of the step'
    const laws = base.laws.slice(0, 1).map((law) => ({
      ...law,
      curves: { ...law.curves, band: [] },
      rungs: law.rungs.map((r) => (r.rung === 5 ? { ...r, reason, verdict: 'skipped' as const } : r)),
    }))
    const { html } = await page({ ...base, laws }, 'no band')
    const [caption] = /<figcaption>(?:(?!<\/figcaption>)[^])*Theory on top[^]*?<\/figcaption>/.exec(html) ?? []
    expect(caption).toContain('No error bar is predicted: the exact law has the gradient at another point of the step.')
  })

  test('no laws, no curves, one sample, and curves of zeros are reported', async () => {
    const none = await page({ ...edge(empty), laws: [] }, 'no laws')
    expect(none.html).not.toContain('<script>')
    await page(edge(empty), 'no curves')
    const zeros = await page(edge({ ...empty, step: [0], time: [0], measured: [[0]], theory: [[0]], discreteResidual: [[0]] }), 'zeros')
    expect(zeros.html).toContain('only zeros or missing values')
    expect(zeros.tex).toContain('only zeros or missing values')
  })
})

test('text of the user is neither markup nor commands', async () => {
  const base = runResult({ neurons: 2, steps: 10, title: NASTY })
  const laws = base.laws.map((law) => ({
    ...law,
    summary: NASTY,
    symmetry: { ...law.symmetry, name: NASTY, origin: NASTY, broken: { by: NASTY, value: 1 } },
    derivation: {
      ...law.derivation,
      title: NASTY,
      steps: law.derivation.steps.map((step) => ({ ...step, why: NASTY, section: NASTY, source: NASTY })),
    },
  }))
  const { html, tex } = await page(
    { ...base, laws, training: { ...base.training, network: [NASTY], backend: NASTY, hyperparameters: { [NASTY]: 1 } } },
    'nasty',
  )
  expect(html).not.toMatch(/<script>alert|<img/)
  expect(html.match(/<script\b/g)).toHaveLength(2)
  expect(tex).not.toContain('\\input')
})

describe('bad input', () => {
  const broken: readonly (readonly [name: string, change: (text: string) => string, message: RegExp])[] = [
    ['no JSON', (text) => text.slice(0, 500), /result\.json.*not JSON/],
    ['another format', (text) => text.replace('noether-result-1', 'noether-result-9'), /format/],
    ['a text in place of a number', (text) => text.replace(/"seconds":[\d.]+/, '"seconds":"long"'), /training\.seconds/],
    ['curves of unequal length', (text) => text.replace(/"theory":\[\[[^,]*,/, '"theory":[['), /laws\[0\]\.curves\.theory.*11 values/],
    ['a missing part', (text) => text.replace('"rungs"', '"rugs"'), /laws\[0\]\.rungs/],
  ]
  test.each(broken)('%s in result.json is named with its place', async (name, change, message) => {
    const directory = join(root, name)
    const { json } = await writeReport(runResult({ neurons: 2, steps: 10 }), directory)
    await writeFile(json, change(await readFile(json, 'utf8')))
    await expect(readResult(directory)).rejects.toThrow(InputError)
    await expect(readResult(directory)).rejects.toThrow(message)
  })

  test('a formula that is none is refused with its place, before anything is written', async () => {
    const base = runResult({ neurons: 2, steps: 10 })
    const laws = base.laws.map((law) => ({
      ...law,
      derivation: { ...law.derivation, ksb: { ...law.derivation.ksb, latex: '\\input{x}' } },
    }))
    expect(() => writeReport({ ...base, laws }, join(root, 'never'))).toThrow(/ksb.*\\input/)
    expect(await readdir(root)).not.toContain('never')
  })

  test('no directory, and a file where the directory should be', async () => {
    await expect(readResult(join(root, 'nowhere'))).rejects.toThrow(/no such file.*noether run/)
    await writeFile(join(root, 'file'), '')
    await expect(writeReport(runResult({ neurons: 1, steps: 5 }), join(root, 'file'))).rejects.toThrow(InputError)
  })

  test('a failing write leaves the old report whole', async () => {
    const directory = join(root, 'kept')
    const { tex } = await writeReport(runResult({ neurons: 1, steps: 5, title: 'old' }), directory)
    const before = await readFile(tex, 'utf8')
    await mkdir(join(directory, `.report.html.${process.pid}.tmp`))
    await expect(writeReport(runResult({ neurons: 1, steps: 5, title: 'new' }), directory)).rejects.toThrow(InputError)
    expect(await readFile(tex, 'utf8')).toBe(before)
  })
})

test('a book has a chapter for every entry, in both documents, and reads back', async () => {
  const book = {
    title: 'The catalogue',
    subtitle: 'Three papers',
    date: '2026-11-20',
    entries: [
      { title: 'A run', part: 'First paper', content: runResult({ neurons: 2, steps: 20, title: 'A run' }), introduction: 'Figure 3.' },
      {
        title: 'A law alone',
        part: 'First paper',
        content: [derivation('A law alone', 'scale')],
        picture: { kind: 'phase portraits', settings: [{ eta: 2, beta: 0.9, lambda: 0.02, D: 0.04 }] } as const,
      },
      { title: 'Two laws', part: 'Second paper', content: [derivation('One', 'scale'), derivation('Another', 'scale')] },
      { title: NASTY, part: NASTY, content: runResult({ neurons: 2, steps: 20, title: NASTY }) },
    ],
  }
  const directory = join(root, 'book')
  const written = await writeBook(book, directory)
  const html = await readFile(written.html, 'utf8')
  const tex = await readFile(written.tex, 'utf8')
  expect([...tex.matchAll(/\\chapter\{/g)]).toHaveLength(4)
  expect([...tex.matchAll(/\\part\{/g)]).toHaveLength(3)
  expect([...html.matchAll(/<section id="chapter-\d+"/g)]).toHaveLength(4)
  for (const law of ['chapter-3-law-1', 'chapter-3-law-2']) expect(html).toMatch(new RegExp(`href="#${law}"[^]*<section id="${law}"`))
  expect(html).toMatch(/id="chapter-2-picture"[^]*underdamped/)
  expect(/<script>alert|<img src=x/.test(html)).toBe(false)
  for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) expect(html).toContain(` id="${target}"`)
  const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(await readBook(directory)).toEqual({ format: 'noether-book-1', ...book })
})

test('of one result that was not run there is no book but an article, which reads back as well', async () => {
  const book = {
    title: 'One result',
    subtitle: 'noether',
    date: '2026-11-20',
    entries: [{ title: 'Two laws', content: [derivation('One', 'scale'), derivation('Another', 'scale')] }],
  }
  const directory = join(root, 'one')
  const written = await writeBook(book, directory)
  const tex = await readFile(written.tex, 'utf8')
  expect(tex).toContain('{article}')
  expect(tex).not.toContain('\\chapter')
  expect([...tex.matchAll(/\\section\{Law 1\.\d\./g)]).toHaveLength(2)
  expect(await readBook(directory)).toEqual({ format: 'noether-book-1', ...book })
})

test('an article with so many formulas that they would take megabytes has them as TeX, once each place', async () => {
  const content = Array.from({ length: 60 }, (_, index) => derivation(`Law ${index}`, `family ${index}`))
  const { html: file } = await writeBook({ title: 'Many', subtitle: 'noether', date: '2026-11-20', entries: [{ title: 'Many', content }] }, join(root, 'many'))
  const html = await readFile(file, 'utf8')
  expect(html.length).toBeLessThan(1_500_000)
  expect(html).not.toContain('class="katex"')
  expect(html.split('data-tex>').length).toBeGreaterThan(500)
})

test('a book holds its formulas as TeX that a page without scripts shows, and nothing typeset', async () => {
  const entries = Array.from({ length: 8 }, (_, index) => ({ title: `Law ${index}`, content: [derivation(`Law ${index}`, 'scale')] }))
  const { html: file } = await writeBook({ title: 'Catalogue', subtitle: 'noether', date: '2026-11-20', entries }, join(root, 'formulas'))
  const html = await readFile(file, 'utf8')
  const unescaped = (text: string): string =>
    text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
  const places = [...html.matchAll(/<(?:div|span) class="[a-z-]+" data-tex>([^<]+)</g)].map(([, tex = '']) => unescaped(tex))
  expect(places).toHaveLength(html.split('data-tex>').length - 1)
  expect(places.length).toBeGreaterThan(100)
  for (const tex of places) expect(() => renderToString(tex, { strict: 'ignore' })).not.toThrow()
  expect(html).not.toMatch(/https?:|class="katex"|<math/)
})
