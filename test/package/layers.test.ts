import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Each imports only from those before it. */
const layers = 'algebra jets mechanics symmetry rules laws compile network training problem validation discovery report cli'.split(' ')

/** One file a layer that imports from every other one; the linter's findings as `importer imported`. */
function violations(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'noether-layers-'))
  copyFileSync('.oxlintrc.json', join(folder, '.oxlintrc.json'))
  for (const importer of layers) {
    mkdirSync(join(folder, 'src', importer, 'deep'), { recursive: true })
    const lines = layers.filter((layer) => layer !== importer).map((imported) => `export * from '../../${imported}/index.js'`)
    writeFileSync(join(folder, 'src', importer, 'deep', 'planted.ts'), `${lines.join('\n')}\nexport * from '../../errors.js'\n`)
  }
  const linter = resolve('node_modules/oxlint/bin/oxlint')
  const { stdout } = spawnSync(process.execPath, [linter, '--format=json', 'src'], { cwd: folder, encoding: 'utf8' })
  const { diagnostics }: { readonly diagnostics: readonly Diagnostic[] } = JSON.parse(stdout)
  return diagnostics
    .filter(({ code }) => code.includes('no-restricted-imports'))
    .map(({ filename, labels }) => {
      const importer = filename.split(/[/\\]/)[1] ?? ''
      const line = labels[0]?.span.line ?? 0
      return `${importer} ${layers.filter((layer) => layer !== importer)[line - 1]}`
    })
}

interface Diagnostic {
  readonly code: string
  readonly filename: string
  readonly labels: readonly { readonly span: { readonly line: number } }[]
}

describe('the layers rule', () => {
  it('refuses exactly the imports from a later layer', () => {
    const forbidden = layers.flatMap((importer, index) => layers.slice(index + 1).map((imported) => `${importer} ${imported}`))
    expect(violations().toSorted()).toEqual(forbidden.toSorted())
  })
})
