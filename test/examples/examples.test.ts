import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCommandLine } from '../../src/cli/cli.js'
import { engine } from '../../src/cli/engine.js'
import { RULES } from '../../src/rules/catalogue.js'
import { recordingTerminal } from '../cli/support/terminal.js'

async function command(...args: readonly string[]): Promise<string> {
  const terminal = recordingTerminal()
  const code = await runCommandLine(args, terminal, engine)
  expect(terminal.noteText()).toBe('')
  expect(code).toBe(0)
  return terminal.outText()
}

const squeezed = (text: string): string => text.replaceAll(/\s+/g, '')

describe('examples', () => {
  it('own-law.yaml has the law that the README shows, every step checked', async () => {
    const answer = await command('derive', 'examples/own-law.yaml')
    expect(answer).toMatch(/(?<checked>\d+) of \k<checked> steps checked/)
    const shown = [...readFileSync('README.md', 'utf8').matchAll(/```text\n(?<law>[^]*?)```/g)].map((match) => squeezed(match.groups?.['law'] ?? ''))
    expect(shown).toHaveLength(2)
    for (const law of shown) expect(squeezed(answer)).toContain(law)
  })

  it('watch-a-law.ts sees its law hold to the rounding of float32 in every step of a real run', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['node_modules/tsx/dist/cli.mjs', 'examples/watch-a-law.ts'], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const residual = Number(/residual of the law in one step: (?<value>\S+)/.exec(stdout)?.groups?.['value'])
    expect(residual).toBeGreaterThan(0)
    expect(residual).toBeLessThan(8 * 2 ** -24)
  })

  it('flow-of-a-rule.ts sees the flow of an own rule follow training to its order', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['node_modules/tsx/dist/cli.mjs', 'examples/flow-of-a-rule.ts'], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const observed = [...stdout.matchAll(/observed order (?<order>\S+)/g)].map((match) => Number(match.groups?.['order']))
    expect(observed).toHaveLength(3)
    for (const [n, order] of observed.entries()) expect(Math.abs(order - n - 1)).toBeLessThan(0.1)
  })

  it('student.yaml has its balance hold in a run', async () => {
    const out = mkdtempSync(join(tmpdir(), 'noether-student-'))
    const terminal = recordingTerminal()
    expect(await runCommandLine(['run', 'examples/student.yaml', '--out', out], terminal, engine)).toBe(0)
    expect(terminal.outText()).toContain('verdict: passed')
    expect(await command('derive', 'examples/student.yaml')).toContain('q  W1*transpose(W1) - transpose(W2)*W2')
    rmSync(out, { recursive: true })
  })

  it('network.yaml has its laws found and certified', async () => {
    expect(await command('discover', 'examples/network.yaml')).toContain('3 independent laws of 21 parameters')
  })
})

it('van-der-pol.yaml has the amplitude 2.0215 and the period 11.612 of its limit cycle, known for mu = 5', async () => {
  const { events }: { readonly events: readonly { readonly t: number; readonly y: readonly number[] }[] } = JSON.parse(await command('integrate', 'examples/van-der-pol.yaml', '--json'))
  const [before, last] = events.slice(-2)
  expect(last?.y[0]).toBeCloseTo(2.0215, 4)
  expect((last?.t ?? 0) - (before?.t ?? 0)).toBeCloseTo(11.612, 3)
})

it('langevin.yaml has the temperature in both variances, whatever the friction, within four standard errors', async () => {
  const terminal = recordingTerminal()
  expect(await runCommandLine(['integrate', 'examples/langevin.yaml', '--moments'], terminal, engine)).toBe(0)
  const [header, ...rows] = terminal.outText().trim().split('\n').map((line) => line.split(','))
  expect(header).toEqual(['g', 't', 'members', 'x.mean', 'x.variance', 'x.error', 'v.mean', 'v.variance', 'v.error'])
  const last = rows.map((row) => row.map(Number)).filter(([, t]) => t === 20)
  expect(last.map(([g]) => g)).toEqual([0.5, 1, 2])
  const relative = 4 * Math.sqrt(2 / 1000)
  for (const [, , , , x = Number.NaN, , , v = Number.NaN] of last) {
    expect(Math.abs(x / (0.1 / 2) - 1)).toBeLessThan(relative)
    expect(Math.abs(v / 0.1 - 1)).toBeLessThan(relative)
  }
})

describe('the README', () => {
  const readme = readFileSync('README.md', 'utf8')

  it('shows the example as it is', () => {
    const shown = /examples\/own-law\.yaml`\):\n\n```yaml\n(?<file>[^]*?)```/.exec(readme)?.groups?.['file']
    const file = readFileSync('examples/own-law.yaml', 'utf8')
    expect(file.split('\n').filter((line) => !line.startsWith('#')).join('\n').trim()).toBe(shown?.trim())
  })

  it('names every rule and every command that there is', async () => {
    for (const rule of Object.keys(RULES)) expect(readme).toContain(`\`${rule}\``)
    const commands = [...(await command('--help')).matchAll(/^ {2}(\w+) (?:\[options\]|<|\[)/gm)].map((match) => match[1]).filter((name) => name !== 'help')
    expect(commands.length).toBeGreaterThan(2)
    for (const name of commands) expect(readme).toContain(`noether ${name}`)
  })

  it('names files that are there', () => {
    for (const match of readme.matchAll(/`((?:examples|src|derivations)\/[\w./-]*\.\w+)`/g)) expect(readFileSync(match[1] ?? '', 'utf8')).not.toBe('')
  })

  it('has an ensemble that is one', async () => {
    const { parseOde } = await import('../../src/compile/index.js')
    const field = /```yaml\n(?<field>ensemble:[^]*?)```/.exec(readme)?.groups?.['field']
    const equation = 'states: { x: v, v: mu*(1 - x^2)*v - x }\ninitial: { x: 2, v: 0 }\nparameters: { mu: 5 }\nspan: [0, 1]\n'
    expect(parseOde(`${equation}${field}`, 'README').ensemble).toMatchObject({ count: 300_000, varied: ['mu', 'initial.x', 'initial.v'], group: 1000, common: [0, 1] })
  })

  it('has a problem file that is one', async () => {
    const { parseProblem } = await import('../../src/problem/index.js')
    const file = /## Problem files[^]*?```yaml\n(?<file>[^]*?)```/.exec(readme)?.groups?.['file']
    expect(parseProblem(file ?? '')).toMatchObject({ title: 'Weight norm under momentum', data: 'digits' })
  })
})
