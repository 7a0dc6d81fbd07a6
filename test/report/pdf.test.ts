import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compilePdf, writeBook, writeReport } from '../../src/report/index.js'
import { runResult } from './fixture.js'
import { derivation } from './formulas.js'
import { latexIsPresent } from './present.js'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'noether-pdf-test-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe.skipIf(!latexIsPresent)('LaTeX (needs pdflatex)', () => {
  test('a report compiles, no box is more than 20 pt too wide, every reference has its target; text of the user is only text', async () => {
    const directory = join(root, 'report')
    const title =
      '\\input{x} </script> 100 % of a_very_long_name.that/has:no_place_to_break_at_all_and_goes_on_for_a_hundred_letters_or_so ' +
        '{}$&#~^ ∇θ² 中 🙂 ł'
    await writeReport(runResult({ neurons: 9, steps: 200, failed: true, title }), directory)
    const { path, overfull, undefinedReferences } = await compilePdf(directory)
    expect((await stat(path)).size).toBeGreaterThan(50_000)
    expect(overfull.filter((points) => points > 20)).toEqual([])
    expect(undefinedReferences).toEqual([])
  })

  test('a step from one long formula of tall terms to another breaks over pages', async () => {
    const directory = join(root, 'tall')
    const tall = Array.from(
      { length: 24 },
      (_, index) =>
        `+\\frac{\\eta^{${index}}}{\\sqrt{g^2}+\\frac{x}{y}}\\left\\langle \\theta, \\frac{a_{${index}}}{\\sqrt{b}}\\right\\rangle`,
    ).join('')
    const law = derivation('Tall', 'scale')
    const formula = (name: string) => ({ text: '', latex: `${name}=x${tall}` })
    const steps = law.steps.slice(0, 1).map((step) => ({ ...step, before: formula('p'), after: formula('q') }))
    await writeBook({ title: 't', subtitle: '', date: '', entries: [{ title: 't', content: [{ ...law, steps }] }] }, directory)
    expect((await compilePdf(directory)).overfull.filter((points) => points > 20)).toEqual([])
  })

  test('a run without anything to draw compiles', async () => {
    const directory = join(root, 'empty')
    const base = runResult({ neurons: 1, steps: 1 })
    const curves = { step: [0], time: [0], measured: [[0], [Number.NaN]], theory: [[0], [1]], band: [], discreteResidual: [[0], [0]] }
    const laws = base.laws
      .slice(0, 1)
      .map((law) => ({ ...law, curves, orders: [{ model: 'flow', eta: [0.1, 0.05], error: [0, 0], observed: Number.NaN, derived: 1 }] }))
    await writeReport({ ...base, laws, breaking: [] }, directory)
    expect((await compilePdf(directory)).undefinedReferences).toEqual([])
  })

  test('a book compiles likewise', async () => {
    const directory = join(root, 'book')
    const entries = [
      { title: 'A run', part: 'First', content: runResult({ neurons: 2, steps: 50 }), introduction: 'Figure 3 of [NM].' },
      { title: 'Two laws', part: 'Second', content: [derivation('A law alone', 'scale'), derivation('Another', 'scale')] },
    ]
    await writeBook({ title: 'Catalogue', subtitle: 'noether', date: '2026-11-20', entries }, directory)
    const { overfull, undefinedReferences } = await compilePdf(directory, { name: 'book' })
    expect(overfull.filter((points) => points > 20)).toEqual([])
    expect(undefinedReferences).toEqual([])
  })

  test('a document that TeX refuses, or that does not end, is reported as such', async () => {
    await writeFile(join(root, 'bad.tex'), '\\documentclass{article}\\begin{document}\\nonsense\\end{document}')
    await expect(compilePdf(root, { name: 'bad' })).rejects.toThrow(/Undefined control sequence/)
    await writeFile(join(root, 'endless.tex'), '\\def\\again{\\again}\\again')
    await expect(compilePdf(root, { name: 'endless', timeLimit: 2 })).rejects.toThrow(/did not finish within 2 s/)
  })

  test('a document cannot read outside its directory or start a program', async () => {
    await writeFile(join(root, 'outside.tex'), '\\documentclass{article}\\begin{document}\\input{/etc/hostname}\\end{document}')
    await expect(compilePdf(root, { name: 'outside' })).rejects.toThrow(/not found|refused/)
  })
})

test('without pdflatex the message says what to install', async () => {
  await writeFile(join(root, 'report.tex'), '')
  const path = process.env['PATH']
  process.env['PATH'] = root
  try {
    await expect(compilePdf(root)).rejects.toThrow(/pdflatex was not found.*apt-get install texlive/)
  } finally {
    process.env['PATH'] = path
  }
})
