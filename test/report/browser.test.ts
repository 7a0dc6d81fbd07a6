import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeBook, writeReport } from '../../src/report/index.js'
import { runResult } from './fixture.js'
import { derivation } from './formulas.js'
import { browser } from './present.js'

const run = promisify(execFile)
let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'noether-browser-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const escapeAttribute = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')

interface Measured {
  readonly scroll: number
  readonly canvases: number
  readonly options: number
  readonly reading: string | undefined
  /** Formulas that KaTeX set, with an error, and not yet. */
  readonly formulas: readonly [set: number, wrong: number, waiting: number]
}

/** What a browser measures of the page in a frame of the given width. */
async function measure(html: string, width: number): Promise<Measured> {
  const file = join(root, `frame-${width}.html`)
  const probe = `onload=()=>setTimeout(()=>{const d=frames[0].document;document.body.dataset.found=JSON.stringify({scroll:d.documentElement.scrollWidth,canvases:d.querySelectorAll('#explore canvas').length,options:d.querySelectorAll('#explore-neuron option').length,reading:d.getElementById('explore-reading')?.textContent,formulas:['.katex','.katex-error','[data-tex]'].map(s=>d.querySelectorAll(s).length)})},300)`
  await writeFile(
    file,
    `<!doctype html><meta charset="utf-8"><script>${probe}</script><body><iframe width="${width}" height="800" style="border:0" ` +
      `srcdoc="${escapeAttribute(html)}"></iframe>`,
  )
  const { stdout } = await run(
    browser ?? '',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--virtual-time-budget=4000',
      `--user-data-dir=${join(root, 'profile')}`,
      '--dump-dom',
      `file://${file}`,
    ],
    { maxBuffer: 1e8, timeout: 60_000 },
  )
  const [, found = ''] = /data-found="([^"]*)"/.exec(stdout) ?? []
  return JSON.parse(found.replaceAll('&quot;', '"'))
}

describe.skipIf(browser === undefined)('in a browser (needs Chromium)', () => {
  test('the page fits phone and desk without sideways scrolling, and its script runs under its own policy', async () => {
    const { html } = await writeReport(runResult({ neurons: 12, steps: 300, failed: true }), root)
    const text = await readFile(html, 'utf8')
    for (const width of [360, 1100]) {
      const found = await measure(text, width)
      expect(found.scroll).toBeLessThanOrEqual(width)
      expect(found.canvases).toBe(3)
      expect(found.options).toBe(12)
      expect(found.reading).toMatch(/neuron \d+ of 12: measured minus theory is at most/)
    }
  })

  test('a book typesets the formulas that are near the window and leaves the others for later', async () => {
    const entries = Array.from({ length: 6 }, (_, index) => ({ title: `Law ${index}`, content: [derivation(`Law ${index}`, 'scale')] }))
    const { html } = await writeBook({ title: 'Catalogue', subtitle: 'noether', date: '2026-11-20', entries }, join(root, 'book'))
    const { formulas, scroll } = await measure(await readFile(html, 'utf8'), 360)
    const [set, wrong, waiting] = formulas
    expect([set > 0, wrong, waiting > 10]).toEqual([true, 0, true])
    expect(scroll).toBeLessThanOrEqual(360)
  })
})
