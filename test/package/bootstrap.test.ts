import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** A project with one required and one optional package, and an npm that notes its calls and installs the required one. */
class Clone {
  readonly folder = mkdtempSync(join(tmpdir(), 'noether-clone-'))
  private readonly calls = join(this.folder, 'calls')

  constructor(npmFails = false) {
    mkdirSync(join(this.folder, 'src', 'cli'), { recursive: true })
    copyFileSync('src/cli/bootstrap.mjs', join(this.folder, 'src', 'cli', 'bootstrap.mjs'))
    this.lock('1.0.0')
    const install = `mkdirSync('node_modules', { recursive: true })
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
delete packages['node_modules/optional']
writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }))`
    const refuse = `console.error('npm error: no network'); process.exit(1)`
    const program = `import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
appendFileSync(${JSON.stringify(this.calls)}, process.argv.slice(2).join(' ') + '\\n')
${npmFails ? refuse : install}`
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(this.folder, 'npm.js'), program)
  }

  lock(version: string): void {
    const packages = { '': {}, 'node_modules/needed': { version }, 'node_modules/optional': { version, optional: true } }
    writeFileSync(join(this.folder, 'package-lock.json'), JSON.stringify({ packages }))
  }

  /** Asks for a task that does not exist, which fails after the installation. */
  start(): { readonly stdout: string; readonly stderr: string } {
    const env = { ...process.env, npm_execpath: join(this.folder, 'npm.js') }
    return spawnSync(process.execPath, [join(this.folder, 'src', 'cli', 'bootstrap.mjs'), 'nothing'], { encoding: 'utf8', env })
  }

  installations(): number {
    return existsSync(this.calls) ? readFileSync(this.calls, 'utf8').trimEnd().split('\n').length : 0
  }
}

describe('the bootstrap of a clone', () => {
  it('installs once, although an optional package cannot be installed', () => {
    const clone = new Clone()
    expect(clone.start().stderr).toContain('unknown task nothing')
    clone.start()
    expect(clone.installations()).toBe(1)
  })

  it('installs again when the lock file asks for other versions or node_modules is gone', () => {
    const clone = new Clone()
    clone.start()
    clone.lock('1.0.1')
    clone.start()
    rmSync(join(clone.folder, 'node_modules'), { recursive: true })
    clone.start()
    expect(clone.installations()).toBe(3)
  })

  it('shows what npm says when it fails, and leaves stdout to the task', () => {
    const { stdout, stderr } = new Clone(true).start()
    expect(stderr).toContain('npm error: no network')
    expect(stderr).toContain('run it by hand')
    expect(stdout).toBe('')
  })
})
