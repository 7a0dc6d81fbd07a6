import { execFile } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { runCommandLine } from '../../src/cli/cli.js'
import { recordingTerminal } from './support/terminal.js'

async function invoke(...args: readonly string[]): Promise<{ code: number; out: string; notes: string }> {
  const terminal = recordingTerminal()
  const code = await runCommandLine(args, terminal, {})
  return { code, out: terminal.outText(), notes: terminal.noteText() }
}

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'noether-emit-'))

describe('noether integrate', () => {
  const decay = 'states: { x: "-k*x" }\ninitial: { x: 2 }\nparameters: { k: 0.5 }\nspan: [0, 4]\nat: 3\n'

  it('integrates the equation of a file: exponential decay to its tolerance', async () => {
    const file = join(await folder(), 'decay.yaml')
    await writeFile(file, decay)
    const { code, out } = await invoke('integrate', file, '--rtol', '1e-11')
    expect(code).toBe(0)
    const rows = out.trim().split('\n').slice(1).map((line) => line.split(',').map(Number))
    for (const [t = Number.NaN, x = Number.NaN] of rows) expect(x).toBeCloseTo(2 * Math.exp(-t / 2), 9)
  })

  it('keeps what was computed when a solution blows up, and says where', async () => {
    const file = join(await folder(), 'blowup.yaml')
    await writeFile(file, 'states: { x: "x^2" }\ninitial: { x: 1 }\nspan: [0, 2]\nat: [0, 0.5, 2]\n')
    const { code, out, notes } = await invoke('integrate', file)
    expect(code).toBe(2)
    expect(out).toContain('0.5,2')
    expect(notes).toMatch(/blowup\.yaml: .*t = (0\.99|1)/)
  })

  it('says in one line what ended a stiff equation, and how to mend it', async () => {
    const file = join(await folder(), 'stiff.yaml')
    await writeFile(file, 'states: { x: "-1e6*(x - cos(t))" }\ninitial: { x: 0 }\nspan: [0, 10]\nmethod: dopri5\nmaxSteps: 2000\nat: 3\n')
    const { code, notes } = await invoke('integrate', file, '--json')
    expect(code).toBe(2)
    expect(notes.trim().split('\n')).toHaveLength(1)
    expect(notes).toMatch(/the limit on steps was reached at t = .* — the problem is stiff for dopri5.*rodas5p/)
  })

  it('writes long tables in pieces that fit together', async () => {
    const file = join(await folder(), 'long.yaml')
    await writeFile(file, 'states: { x: 1 }\ninitial: { x: 0 }\nspan: [0, 10000]\nat: 10001\n')
    const rows = (await invoke('integrate', file)).out.trimEnd().split('\n')
    expect(rows[0]).toBe('t,x')
    expect(rows.slice(1).map((row) => Number(row.split(',')[0]))).toEqual(Array.from({ length: 10_001 }, (_, k) => k))
    for (const row of rows.slice(1)) expect(Number(row.split(',')[1])).toBeCloseTo(Number(row.split(',')[0]), 6)
  })

  it('tells events and work beside the table, and nothing beside JSON', async () => {
    const file = join(await folder(), 'fall.yaml')
    await writeFile(file, 'states: { h: v, v: "-9.81" }\ninitial: { h: 4.905, v: 0 }\nspan: [0, 9]\nat: [0, 0.5]\n' +
      'events: [{ name: ground, zero: h, direction: falling, terminal: true }, { name: sky, zero: h - 10 }]\n')
    const { code, notes } = await invoke('integrate', file)
    expect(code).toBe(0)
    expect(notes).toMatch(/^ground at t = 1\.0+\d*: h = /)
    expect(notes).toMatch(/\d+ steps, \d+ rejected, \d+ evaluations/)
    expect(notes.match(/\w+ did not happen/g)).toEqual(['sky did not happen'])
    const quiet = await invoke('integrate', file, '--json')
    expect(quiet.notes).toBe('')
    expect(JSON.parse(quiet.out)).toMatchObject({ missed: ['sky'] })
    expect(JSON.parse(quiet.out)).toMatchObject({ status: 'event', events: [{ name: 'ground' }] })
  })

  it.each([['', /the file is empty/], ['states: { x: "diff(x,t)" }\ninitial: { x: 1 }\nspan: [0, 1]\n', /bad\.yaml:1:15: a derivative/]])(
    'refuses a file that states no equation in one line (%#)', async (text, message) => {
      const file = join(await folder(), 'bad.yaml')
      await writeFile(file, text)
      const { code, notes } = await invoke('integrate', file)
      expect(code).toBe(2)
      expect(notes).toMatch(message)
      expect(notes.trim().split('\n').length).toBe(1)
    })

  it('takes values from the command line: another rate of decay', async () => {
    const file = join(await folder(), 'decay.yaml')
    await writeFile(file, decay)
    const { code, out } = await invoke('integrate', file, '--set', 'parameters.k=1/4', '--set', 'at=[4]')
    expect(code).toBe(0)
    expect(Number(out.trim().split(',').at(-1))).toBeCloseTo(2 * Math.exp(-1), 9)
  })

  it.each([
    ['--method', 'eulr', 'unknown method eulr'], ['--rtol', '-1', '--rtol'], ['--at', '0,x', '--at'], ['--at', '', '--at'],
    ['--at', '9', '--at: output time 9 lies outside'], ['--at', '2,1', '--at: output time 1 is out of order'],
    ['--method', 'milstein', '--method: method milstein is for'], ['--set', 'rate=1', '--set rate=1: unknown field rate'],
  ])('refuses %s %s with exit code 2 and names it', async (flag, value, message) => {
    const file = join(await folder(), 'decay.yaml')
    await writeFile(file, decay)
    const { code, notes } = await invoke('integrate', file, flag, value)
    expect(code).toBe(2)
    expect(notes).toContain(message)
    expect(notes.trim().split('\n')).toHaveLength(1)
  })
})

describe('noether integrate of an ensemble', () => {
  const many = 'states: { x: x^2 }\ninitial: { x: 1 }\nspan: [0, 2]\nat: [0, 1, 2]\nevents: [{ name: half, zero: x - 1/2 }]\n' +
    'ensemble: { vary: { x: [0.1, 1, 2, 0.3] } }\n'

  it('prints all members; those that fail keep what they have and are told in one line', async () => {
    const file = join(await folder(), 'many.yaml')
    await writeFile(file, many)
    const { code, out, notes } = await invoke('integrate', file)
    expect(code).toBe(2)
    const rows = out.trim().split('\n').map((line) => line.split(','))
    expect(rows[0]).toEqual(['member', 'initial.x', 't', 'x'])
    expect(rows.slice(1).map(([member, x0, t]) => [member, x0, t].map(Number))).toEqual([
      [0, 0.1, 0], [0, 0.1, 1], [0, 0.1, 2], [1, 1, 0], [2, 2, 0], [3, 0.3, 0], [3, 0.3, 1], [3, 0.3, 2],
    ])
    for (const [, x0, t, x] of rows.slice(1).map((row) => row.map(Number))) expect(x).toBeCloseTo(1 / (1 / (x0 ?? NaN) - (t ?? NaN)), 7)
    const lines = notes.trim().split('\n')
    expect(lines[0]).toMatch(/^noether: .*many\.yaml: 2 of 4 members failed, the first is member 1 \(initial\.x = 1\): the step size fell below roundoff at t = 0\.9/)
    expect(lines.slice(1).join(' ')).toMatch(/^half: 1 in 1 of 4 members; --json has their times 4 members by vern9: \d+ steps, \d+ rejected, \d+ evaluations$/)
    for (const line of lines.slice(1)) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('prints their moments, and with --json both, or the moments alone', async () => {
    const file = join(await folder(), 'many.yaml')
    await writeFile(file, many)
    const { code, out } = await invoke('integrate', file, '--moments', '--set', 'ensemble.vary.x=[0.1, 0.3]', '--rtol', '1e-12')
    expect(code).toBe(0)
    const rows = out.trim().split('\n').map((line) => line.split(','))
    expect(rows[0]).toEqual(['t', 'members', 'x.mean', 'x.variance', 'x.error'])
    const [a, b] = [1 / (10 - 2), 1 / (1 / 0.3 - 2)]
    for (const [k, value] of [2, 2, (a + b) / 2, (a - b) ** 2 / 2, Math.abs(a - b) / 2].entries()) expect(Number(rows[3]?.[k])).toBeCloseTo(value, 8)
    const all = await invoke('integrate', file, '--json')
    expect([all.code, all.notes.trim().split('\n').length]).toEqual([2, 1])
    expect(JSON.parse(all.out)).toMatchObject({
      t: [0, 1, 2], moments: [{ values: {}, members: [4, 2, 2] }],
      members: [{ member: 0, values: { 'initial.x': 0.1 }, status: 'completed', t: [0, 1, 2] }, { failure: {}, t: [0] }, { t: [0] }, { events: [{ name: 'half' }] }],
    })
    const short: object = JSON.parse((await invoke('integrate', file, '--json', '--moments')).out)
    expect(short).toHaveProperty('moments')
    expect(short).not.toHaveProperty('members')
  })

  it('refuses --moments of a single trajectory, and a document that would be too long', async () => {
    const file = join(await folder(), 'many.yaml')
    await writeFile(file, many.replace(/^ensemble.*$/m, ''))
    const single = await invoke('integrate', file, '--moments')
    expect([single.code, single.notes.trim().split('\n').length]).toEqual([2, 1])
    expect(single.notes).toMatch(/many\.yaml: --moments is for a file with ensemble: — add it/)
    await writeFile(file, many)
    const long = await invoke('integrate', file, '--json', '--set', 'at=2000', '--set', 'ensemble.vary.x={ from: 0, to: 0.1, count: 3000 }')
    expect([long.code, long.out]).toEqual([2, ''])
    expect(long.notes).toMatch(/ensemble.*too long for one document — take CSV, or --moments/)
  })

  it('says of emitted code where its sensitivities begin', async () => {
    const file = join(await folder(), 'sensitive.yaml')
    await writeFile(file, 'states: { x: -k*x }\ninitial: { x: 2*k }\nparameters: { k: 3 }\nspan: [0, 1]\nsensitivities: [k, x]\n')
    const { code, out, notes } = await invoke('emit', file, '--target', 'c')
    expect([code, out.includes('dx_dk')]).toEqual([0, true])
    expect(notes.replaceAll('\n', ' ')).toBe('sensitivities: states of the code; with the file\'s parameters they begin at dx_dk = 2, dx_dx = 1 ')
  })

  it('says of emitted code that the ensemble is not in it', async () => {
    const file = join(await folder(), 'many.yaml')
    await writeFile(file, many)
    const [alone, c, jax] = [await invoke('emit', file, '--target', 'js'), await invoke('emit', file, '--target', 'c'), await invoke('emit', file, '--target', 'jax')]
    for (const { notes } of [alone, c, jax]) expect(notes).toMatch(/^ensemble: not in the code, which gets the values of every trajectory as\narguments/)
    expect([alone, c, jax].map(({ notes }) => /; (?<name>\S+) takes many/.exec(notes)?.groups?.['name'])).toEqual([undefined, 'noether_ensemble', 'jax.vmap'])
    for (const { out, notes } of [c, jax]) expect(out).toContain(/; (?<name>\S+) takes many/.exec(notes)?.groups?.['name'])
  })
})

describe('noether emit', () => {
  it.each(['c', 'js', 'python', 'jax'])('writes the law of a charge as %s', async (target) => {
    const { code, out } = await invoke('emit', 'scale-momentum', '--target', target)
    expect(code).toBe(0)
    expect(out.length).toBeGreaterThan(1_000)
  })

  it('tells what was written within the width of the terminal, however many states there are', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `x${i}`)
    const [ode, file] = [join(await folder(), 'chain.json'), join(await folder(), 'chain.js')]
    await writeFile(ode, JSON.stringify({
      states: Object.fromEntries(names.map((x, i) => [x, `x${(i + 1) % 1000} - ${x}`])), initial: Object.fromEntries(names.map((x) => [x, 1])), span: [0, 1],
    }))
    const { code, notes } = await invoke('emit', ode, '--target', 'js', '-o', file)
    expect([code, notes.includes('vern9'), notes.includes('states x0 … x999')]).toEqual([0, true, true])
    for (const line of notes.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('writes WebAssembly that the engine accepts, to a file only', async () => {
    const file = join(await folder(), 'law.wasm')
    expect((await invoke('emit', 'scale-momentum', '--target', 'wasm')).code).toBe(2)
    expect((await invoke('emit', 'scale-momentum', '--target', 'wasm', '-o', file)).code).toBe(0)
    expect(WebAssembly.validate(await readFile(file))).toBe(true)
  })

  it('writes C that a strict compiler takes', async (context) => {
    const file = join(await folder(), 'law.c')
    await invoke('emit', 'scale-sgd-decay', '--target', 'c', '-o', file)
    try {
      await promisify(execFile)('cc', ['--version'])
    } catch {
      return context.skip('no C compiler')
    }
    const { stderr } = await promisify(execFile)('cc', ['-O3', '-Wall', '-Wextra', '-Werror', '-c', file, '-o', `${file}.o`])
    return expect(stderr).toBe('')
  })

  it('writes the flow of the rule of a problem on its network, and says what it cannot', async () => {
    const { code, out } = await invoke('emit', 'digits', '--target', 'c', '--flow', 'modified', '--rows', '8')
    expect(code).toBe(0)
    expect(out).toContain('int32_t noether_parameters(void) { return 3; }')
    const python = await invoke('emit', 'digits', '--target', 'python', '--flow', 'motion', '--rows', '8')
    expect(python.code).toBe(0)
    expect(python.out).toContain('p: eta, beta, lambda')
    const ofSums = await invoke('emit', 'scale-adagrad', '--target', 'js', '-o', join(await folder(), 'law.js'))
    expect(ofSums.notes.replaceAll(/\s+/g, ' ')).toContain('Time: k*eta^2 after k steps; s_eta is eta^2*s.')
    const file = join(await folder(), 'flow.wasm')
    expect((await invoke('emit', 'digits', '--target', 'wasm', '--flow', 'gradient', '--rows', '8', '-o', file)).code).toBe(0)
    for (const [target = '', flow = ''] of [['c', 'adam'], ['fortran', 'gradient']])
      expect((await invoke('emit', 'digits', '--target', target, '--flow', flow)).code).toBe(2)
    expect((await invoke('emit', 'digits', '--target', 'c', '--flow', 'adam')).notes).toMatch(/^noether: --flow: unknown flow adam/)
    expect((await invoke('emit', 'examples/own-law.yaml', '--target', 'c', '--flow', 'gradient')).code).toBe(2)
  })

  it('writes the integrator of an ODE file with its noise', async () => {
    const file = join(await folder(), 'noisy.yaml')
    await writeFile(file, 'states: { x: -x }\ninitial: { x: 1 }\nspan: [0, 1]\nnoise: { x: x/2 }\n')
    const { code, out } = await invoke('emit', file, '--target', 'c')
    expect(code).toBe(0)
    expect(out).toContain('taylor-1.5')
    expect((await invoke('emit', file, '--target', 'python')).code).toBe(0)
    expect((await invoke('emit', file, '--target', 'c', '--order', '2')).code).toBe(2)
  })

  it('takes settings of an ODE file, and tells those that its code gets as arguments', async () => {
    const [file, other] = [join(await folder(), 'decay.yaml'), join(await folder(), 'growth.yaml')]
    const text = 'states: { x: "-k*x" }\ninitial: { x: 1 }\nparameters: { k: 2 }\nspan: [0, 1]\n'
    await writeFile(file, text)
    await writeFile(other, text.replace('-k*x', 'k*x^3').concat('method: tsit5\n'))
    const set = await invoke('emit', file, '--target', 'c', '--set', 'states.x=k*x^3', '--set', 'method=tsit5')
    expect(set).toEqual({ ...(await invoke('emit', other, '--target', 'c')), notes: '' })
    const argument = await invoke('emit', file, '--target', 'c', '--set', 'parameters.k=3')
    expect(argument.out).toBe((await invoke('emit', file, '--target', 'c')).out)
    expect(argument.notes).toContain('parameters.k: the code is the same')
    const wrong = await invoke('emit', file, '--target', 'c', '--set', 'method=euler9')
    expect([wrong.code, wrong.notes.includes('--set method=euler9')]).toEqual([2, true])
  })

  it('refuses an unknown target', async () => {
    const { code, notes } = await invoke('emit', 'scale-momentum', '--target', 'fortran')
    expect(code).toBe(2)
    expect(notes).toContain('fortran')
  })
})
