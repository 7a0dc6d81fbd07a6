import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type NetworkDiscovery, answerDocument, discover, lawLatex, watchLaws } from '../../src/discovery/index.js'
import {
  type DiscoveryReport,
  compilePdf,
  discoveryArticle,
  renderHtml,
  renderLatex,
  rewriteReport,
  writeDiscovery,
} from '../../src/report/index.js'
import { latexIsPresent } from './present.js'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'noether-discovery-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const networks: readonly object[] = [
  { layers: [4, 3, 2], activation: 'relu', bias: true },
  {
    input: 4,
    layers: [{ residual: ['layernorm', { attention: { heads: 2, bias: true } }] }, { residual: ['layernorm', { gated: { hidden: 3 } }] }],
  },
  { input: [4, 4, 2], layers: [{ conv: { filters: 2, kernel: 2 } }, { max_pool: 2 }, 'relu', 'flatten', { dense: { units: 3 } }] },
  { parameters: { U: [3, 2], V: [4, 2] }, phi: ['U*transpose(V)'], inverse_metric: { U: 'U', V: 'V' } },
  { parameters: { U: [2, 2], V: [2, 2] }, phi: ['U*V'], damping: '1/2' },
  { phi: ['x^2 + y^3'] },
]
const loss = { loss: '(u*v*x - y)^2', parameters: ['u', 'v'] }

async function reportOf(document: object, title = 'Laws'): Promise<DiscoveryReport & { readonly json: Readonly<Record<string, unknown>> }> {
  const { found, json, complete } = answerDocument(document)
  const run = 'symmetries' in found ? { reason: 'none' } : await watchLaws(document, found)
  return { title, version: '0', date: '2026-11-20', document, found, complete, run, json }
}

describe('a discovery report', () => {
  test.each(networks)('%j tells every law, the certificate and the run, in LaTeX and on a page that runs no script', async (document) => {
    const report = await reportOf(document)
    const article = discoveryArticle(report)
    const [tex, html] = [renderLatex(article), renderHtml(article, [])]
    expect(html).toContain("script-src 'none'")
    if ('symmetries' in report.found) throw new Error('a network has laws')
    const { components, certificate } = report.found
    // Long formulas are broken and get larger brackets.
    const bare = (latex: string): string => latex.replaceAll(/\\[Bb]ig[lr]|\{\}|\s+/g, '')
    const formulas = bare(tex)
    for (const { blocks, laws } of components)
      for (const law of laws)
        expect(formulas).toContain(
          bare(
            lawLatex(
              law.text,
              blocks.map((b) => b.name),
            ).split(/[-+]/)[0] ?? '',
          ),
        )
    for (const { prime, rank } of certificate.evidence) expect(tex).toMatch(new RegExp(`${prime} &[^\n]* ${rank} &`))
    expect(tex).toContain(certificate.complete ? 'Certified complete' : 'Not certified complete')
    expect(tex).toContain(`${certificate.laws.atLeast} at least, ${certificate.laws.atMost} at most`)
    for (const { blocks } of components) for (const { name } of blocks) expect(html).toContain(`<code>${name}</code>`)
  })

  test('of a sampled loss tells its symmetries and the gap', async () => {
    const tex = renderLatex(discoveryArticle(await reportOf(loss)))
    expect(tex).toContain('A clear gap')
    expect(tex).toContain(String.raw`$\delta u = u$, $\delta v = -v$`)
  })

  test('draws a network with the parameters at their layers', async () => {
    const html = renderHtml(
      discoveryArticle(await reportOf({ input: 3, layers: [{ residual: [{ dense: 2 }, 'relu', { dense: 3 }] }, { dense: 2 }] })),
      [],
    )
    const drawn =
      /<ol class="diagram">[^]*<\/ol><figcaption>/.exec(html)?.[0].replaceAll(/<(?:math|annotation|semantics)[^]*?<\/math>/g, '') ?? ''
    const order = ['input 3', 'residual', 'dense 2', 'relu', 'dense 3', 'dense 2'].reduce((from, text) => drawn.indexOf(text, from + 1), 0)
    expect(order).toBeGreaterThan(0)
    expect(drawn.match(/<ol class="diagram">/g)).toHaveLength(2)
  })

  test.each([...networks, loss])('of %j is written again from its JSON, to the same documents', async (document) => {
    const { json, ...report } = await reportOf(document)
    const folder = await mkdtemp(join(root, 'again-'))
    const files = ['discovery.json', 'report.tex', 'report.html']
    const contents = (): Promise<string[]> => Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
    await writeDiscovery(report, json, folder)
    const before = await contents()
    await rm(join(folder, 'report.tex'))
    await rewriteReport(folder)
    expect((await contents()).map((text, index) => text === before[index])).toEqual([true, true, true])
  })

  test('that is not as it has to be is refused with its place', async () => {
    const { json, ...report } = await reportOf({ layers: [2, 2, 2] })
    const folder = await mkdtemp(join(root, 'broken-'))
    const written = await writeDiscovery(report, json, folder)
    await writeFile(written.json, (await readFile(written.json, 'utf8')).replace(/"form": "\w+"/, '"form": "round"'))
    await expect(rewriteReport(folder)).rejects.toThrow(/components\[0\]\.laws\[0\]\.form/)
  })

  test('a title is only text', async () => {
    const report = await reportOf({ layers: [2, 2] }, '</title><script>alert(1)</script> \\input{x} 100 %')
    expect(renderHtml(discoveryArticle(report), [])).not.toContain('<script>alert')
    expect(renderLatex(discoveryArticle(report))).not.toContain('\\input{x}')
  })

  test.skipIf(!latexIsPresent)('compiles: no box too wide, every reference has its target', { timeout: 120_000 }, async () => {
    for (const [index, document] of [...networks.slice(0, 2), loss].entries()) {
      const { json, ...report } = await reportOf(document)
      const folder = join(root, String(index))
      await writeDiscovery(report, json, folder)
      expect(JSON.parse(await readFile(join(folder, 'discovery.json'), 'utf8'))).toMatchObject({ format: 'noether-discovery-1', document })
      const { overfull, undefinedReferences } = await compilePdf(folder)
      expect(overfull.filter((points) => points > 20)).toEqual([])
      expect(undefinedReferences).toEqual([])
    }
  })
})

describe('watching the laws of a network on digits', () => {
  const document = { layers: [6, 4, 3], activation: 'relu', bias: true }

  /** The same discovery with laws that are none: the terms with negative sign, those of the outgoing weights, are left out. */
  const falsified = (found: NetworkDiscovery): NetworkDiscovery => ({
    ...found,
    components: found.components.map((c) => ({
      ...c,
      laws: c.laws.map((law) => ({ ...law, polynomials: law.polynomials.map((h) => h.filter(({ coefficient }) => coefficient.num > 0n)) })),
    })),
  })

  test('each drifts in proportion to the learning rate; what is no law does not shrink with it', async () => {
    const found = discover(document)
    const [kept, broken] = [await watchLaws(document, found), await watchLaws(document, falsified(found))]
    if ('reason' in kept || 'reason' in broken) throw new Error('no run')
    expect(kept.laws.map((law) => law.verdict)).toEqual(['passed'])
    expect(kept.laws[0]?.observed).toBeCloseTo(1, 1)
    expect(kept.loss.at(-1)).toBeLessThan(kept.loss[0] ?? 0)
    expect(broken.laws.map((law) => law.verdict)).toEqual(['failed'])
    expect(Math.abs(broken.laws[0]?.observed ?? 1)).toBeLessThan(0.1)
    expect(renderLatex(discoveryArticle({ ...(await reportOf(document)), run: broken }))).toContain('did not drift in proportion')
  })

  test('the widths’ weights are those of the trained network, transposed', async () => {
    const byWidths = await watchLaws(document, discover(document))
    const same = { input: 6, layers: [{ dense: 4 }, 'relu', { dense: { units: 3, bias: false } }] }
    const byLayers = await watchLaws(same, discover(same))
    if ('reason' in byWidths || 'reason' in byLayers) throw new Error('no run')
    expect(byWidths.laws[0]?.law).not.toBe(byLayers.laws[0]?.law)
    expect(byWidths.laws[0]?.drift).toEqual(byLayers.laws[0]?.drift)
  })

  test('those of convolutions are kept too: a file of discovery and a run have the same layers, names and axes', async () => {
    const images = { input: [4, 4], layers: [{ conv: { filters: 2, kernel: 3 } }, 'relu', { conv: { filters: 2, kernel: 1 } }, 'relu', 'flatten', { dense: 3 }] }
    const found = discover(images)
    const [kept, broken] = [await watchLaws(images, found), await watchLaws(images, falsified(found))]
    if ('reason' in kept || 'reason' in broken) throw new Error('no run')
    expect(kept.laws.map(({ law, verdict }) => [law, verdict])).toEqual([
      ['diag(gram(K1,4) + c1*transpose(c1) - gram(K2,3))', 'passed'],
      ['diag(gram(K2,4) + c2*transpose(c2) - gram(W1,3))', 'passed'],
    ])
    expect(broken.laws.map((law) => law.verdict)).toEqual(['failed', 'failed'])
  })
})
