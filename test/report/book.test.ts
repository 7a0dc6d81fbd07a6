import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogueEntry } from '../../src/problem/index.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { type Book, readBook, readResult, rewriteReport, writeBook } from '../../src/report/index.js'
import { runResult } from './fixture.js'
import { derivation } from './formulas.js'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'noether-book-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const bookOf = (entries: Book['entries']): Book => ({ title: 'Catalogue', subtitle: 'noether', date: '2026-11-20', entries })

describe('a book whose runs have folders of their own', () => {
  const result = runResult({ neurons: 6, steps: 400 })
  const book = bookOf([
    { title: 'A run', content: result, folder: 'a-run' },
    { title: 'A law', content: [derivation('A law', 'scale')] },
  ])
  let directory: string
  beforeAll(async () => {
    directory = join(root, 'folders')
    await writeBook(book, directory)
  })

  test('has their numbers in the folders and nowhere twice, and reads back whole', async () => {
    expect(await readResult(join(directory, 'a-run'))).toEqual(result)
    expect((await stat(join(directory, 'book.json'))).size).toBeLessThan(20_000)
    expect(await readBook(directory)).toEqual({ format: 'noether-book-1', ...book })
  })

  test('is written again to the same bytes', async () => {
    const before = await readFile(join(directory, 'book.html'), 'utf8')
    await rewriteReport(directory)
    expect(await readFile(join(directory, 'book.html'), 'utf8')).toBe(before)
  })

  test('tells the folder that is missing, and reads none outside', async () => {
    const other = join(root, 'elsewhere')
    await writeBook(bookOf([{ title: 'A run', content: result, folder: 'gone' }]), other)
    await rm(join(other, 'gone'), { recursive: true })
    await expect(readBook(other)).rejects.toThrow(/gone.result\.json: cannot read: no such file/)
    const json = await readFile(join(other, 'book.json'), 'utf8')
    for (const folder of ['../folders/a-run', '/etc', '..', '.hidden', 'a/b']) {
      await writeFile(join(other, 'book.json'), json.replace('"gone"', JSON.stringify(folder)))
      await expect(readBook(other)).rejects.toThrow('entries[0].content.folder: the name of a folder beside book.json is expected')
    }
  })
})

test('the first fault of a chapter is told where it is, not as a fault of the chapter', async () => {
  const directory = join(root, 'faulty')
  await writeBook(bookOf([{ title: 'A run', content: runResult({ neurons: 2, steps: 20 }) }]), directory)
  const json = await readFile(join(directory, 'book.json'), 'utf8')
  await writeFile(join(directory, 'book.json'), json.replace('"parameters":', '"parametres":'))
  await expect(readBook(directory)).rejects.toThrow('entries[0].content.training.parameters: Invalid input')
})

test('flows in powers of the root of eta read back', async () => {
  const { problem } = await catalogueEntry('scale-nesterov-flow')
  const content = deriveProblem(problem).map((each) => each.derivation)
  expect(content.flatMap(({ rule }) => rule.flows).some(({ order }) => !Number.isInteger(order))).toBe(true)
  const directory = join(root, 'halves')
  await writeBook(bookOf([{ title: problem.title, content }]), directory)
  expect((await readBook(directory)).entries[0]?.content).toEqual(content)
})

test('a group of steps stands once in a book; later chapters name its numbers and link to it', async () => {
  const directory = join(root, 'repeated')
  const { html, tex } = await writeBook(
    bookOf(['scale', 'scale', 'rescale'].map((family) => ({ title: family, content: [derivation('Same', family)] }))),
    directory,
  )
  const page = await readFile(html, 'utf8')
  const steps = [...page.matchAll(/<li id="step-(\d+)\.(\d+)">/g)].map(([, chapter]) => chapter)
  const links = [...page.matchAll(/The (\d+) steps are those of <a href="#step-([\d.]+)">/g)]
  const { length } = derivation('Same', 'scale').steps
  expect(steps.filter((chapter) => chapter === '1')).toHaveLength(length)
  expect(steps.filter((chapter) => chapter === '2')).toHaveLength(0)
  expect(links.length).toBeGreaterThan(1)
  for (const [, , target = ''] of links) expect(page).toContain(`id="step-${target}"`)
  expect(await readFile(tex, 'utf8')).toMatch(/The \d+ steps are those of \(1\.\d+\) to \(1\.\d+\)\./)
})
