import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'

interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function execute(command: string, args: readonly string[], cwd: string): Outcome {
  return spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
}

/** Runs what has to succeed. */
function must(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = execute(command, args, cwd)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`)
  return stdout
}

const installFlags = ['--prefer-offline', '--omit=optional', '--no-audit', '--no-fund', '--loglevel=error']

describe('the packed package in an empty folder', () => {
  const user = mkdtempSync(join(tmpdir(), 'noether-user-'))
  const binary = join(user, 'node_modules', '.bin', 'noether')

  beforeAll(() => {
    const packed = mkdtempSync(join(tmpdir(), 'noether-pack-'))
    must('npm', ['pack', '--pack-destination', packed, '--loglevel=error'], resolve('.'))
    const [tarball] = readdirSync(packed)
    if (tarball === undefined) throw new Error('npm pack wrote nothing')
    writeFileSync(join(user, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }))
    must('npm', ['install', join(packed, tarball), ...installFlags], user)
  }, 180_000)

  it('has a noether binary that tells its version and its catalogue', () => {
    const { version }: { readonly version: string } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(must(binary, ['--version'], user).trim()).toBe(version)
    const names = JSON.parse(must(binary, ['list', '--json'], user)).map(({ name }: { readonly name: string }) => name)
    expect(names).toContain('digits')
  })

  it('ends bad input with code 2 and one line', () => {
    const { status, stdout, stderr } = execute(binary, ['list', '--jsn'], user)
    expect([status, stdout, stderr.trimEnd().split('\n').length]).toEqual([2, '', 1])
  })

  it('carries no sources, no tests and nothing secret', () => {
    const files = readdirSync(join(user, 'node_modules', 'noether')).toSorted()
    expect(files).toEqual(['LICENSE', 'README.md', 'dist', 'package.json', 'src'])
    expect(readdirSync(join(user, 'node_modules', 'noether', 'src'), { recursive: true }).toSorted()).toEqual(['cli', join('cli', 'noether.mjs')])
  })

  it('has a typed import that a strict compiler accepts and Node runs', () => {
    mkdirSync(join(user, 'src'), { recursive: true })
    writeFileSync(
      join(user, 'src', 'use.ts'),
      `import { type Problem, parseProblem } from 'noether'
import { problemJsonSchema } from 'noether/problem'
const problem: Problem = parseProblem('{ title: a, parameters: { w: [d] }, symmetry: { family: scale, on: [w] }, rule: { name: sgd } }')
// @ts-expect-error a title is a text, so the types are really there
export const wrong: number = problem.title
console.log(problem.title, typeof problemJsonSchema())
`,
    )
    const compilerOptions = { strict: true, target: 'ES2022', module: 'NodeNext', rootDir: 'src', outDir: 'out', types: [], lib: ['ES2023', 'DOM'] }
    writeFileSync(join(user, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }))
    must(process.execPath, [resolve('node_modules/typescript/bin/tsc')], user)
    expect(must(process.execPath, [join('out', 'use.js')], user).trim()).toBe('a object')
  })
})
