import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { emitSystem } from '../../src/compile/emit.js'
import { type System, compileSystem } from '../../src/compile/system.js'

/** A damped pendulum: its turns to the right, its passages, and the end of large swings. */
const pendulum: System = {
  states: ['x', 'v'],
  parameters: ['k'],
  rhs: [readExpr('v'), readExpr('-sin(x) - k*v')],
  events: [
    { name: 'turn', zero: readExpr('v'), direction: 'rising', terminal: false },
    { name: 'passage', zero: readExpr('x'), direction: 'any', terminal: false },
    { name: 'calm', zero: readExpr('v^2/2 + 1 - cos(x) - 1/4'), direction: 'falling', terminal: true },
  ],
}
const OPTIONS = { y0: [2, 0], parameters: [0.1], t1: 40, at: [1, 5, 10, 40], rtol: 1e-10, atol: 1e-12 }
const METHOD = 'dop853'

const MAIN = `#include <stdio.h>
#include "system.c"
static const double start[] = {2, 0}, p[] = {0.1}, atol[] = {1e-12, 1e-12};
static double times[] = {1, 5, 10, 40}, out[8], end[2], error[2], work[10000], log_rows[64 * 4];
static noether_result result;
static void show(noether_options o, int32_t capacity, double *log) {
  int32_t found = -1;
  result.written = 7;
  const int32_t status = noether_integrate_events(&o, start, p, atol, NULL, 4, times, out, end, error, &result, work, capacity, log,
    &found);
  printf("%d|%s|%d %.17g %.0f %.17g %.17g|", (int)status, noether_message(status), (int)found, result.t, result.written, end[0], end[1]);
  for (int32_t k = 0; log && k < 4 * (found < capacity ? found : capacity); k++) printf(" %.17g", log[k]);
  printf("|");
  for (int k = 0; k < 2 * (int)result.written; k++) printf(" %.17g", out[k]);
  printf("\\n");
}
int main(void) {
  const noether_options o = { .t1 = 40, .rtol = 1e-10 };
  if (noether_work(4, 0) + 64 * 4 > 10000) return 1;
  show(o, 64, log_rows);
  show(o, 2, log_rows);
  show(o, 64, NULL);
  noether_options few = o, endless = o, negative = o, backward_step = o;
  few.max_steps = 3;
  endless.t1 = INFINITY;
  negative.rtol = -1;
  backward_step.step = NAN;
  show(few, 64, log_rows);
  show(endless, 64, log_rows);
  show(negative, 64, log_rows);
  show(backward_step, 64, log_rows);
  for (int k = 0; k < 4; k++) {
    const double right = times[k];
    times[k] = (double[]){-1e-9, 11, NAN, 40.1}[k];
    show(o, 64, log_rows);
    times[k] = right;
  }
  return 0;
}
`

interface Shown {
  readonly status: number
  readonly message: string
  readonly facts: readonly number[]
  readonly log: readonly number[]
  readonly out: readonly number[]
}

const numbers = (text = ''): readonly number[] => text.split(' ').filter((word) => word !== '').map(Number)

let folder = ''
let shown: readonly Shown[] = []
const compiler = spawnSync('cc', ['--version']).status === 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'noether-events-'))
  if (!compiler) return
  writeFileSync(join(folder, 'system.c'), emitSystem(pendulum, { target: 'c', method: METHOD }).content)
  writeFileSync(join(folder, 'main.c'), MAIN)
  const flags = ['-O1', '-DNOETHER_LANES=1', '-Wall', '-Wextra', '-Werror']
  const { stderr } = spawnSync('cc', [...flags, '-o', 'main', 'main.c', '-lm'], { cwd: folder, encoding: 'utf8' })
  if (stderr !== '') throw new Error(stderr)
  shown = spawnSync('./main', [], { cwd: folder, encoding: 'utf8' }).stdout.trim().split('\n').map((line) => {
    const [status = '', message = '', facts, log, out] = line.split('|')
    return { status: Number(status), message, facts: numbers(facts), log: numbers(log), out: numbers(out) }
  })
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function near(found: readonly number[], expected: readonly number[], tolerance = 1e-11): void {
  expect(found).toHaveLength(expected.length)
  for (const [k, v] of expected.entries()) expect(Math.abs((found[k] ?? NaN) - v)).toBeLessThan(tolerance * (1 + Math.abs(v)))
}

describe.skipIf(!compiler)('events of the C file', () => {
  const expected = compileSystem(pendulum, { method: METHOD }).integrate(OPTIONS)
  const rows = expected.events.map((e) => [pendulum.events?.findIndex(({ name }) => name === e.name) ?? -1, e.t, ...e.y])

  it('are those of WebAssembly, in number, time and state, to rounding; the terminal one ends the integration', () => {
    expect(expected.status).toBe('event')
    expect(new Set(rows.map(([which]) => which))).toEqual(new Set([0, 1, 2]))
    const [{ status, message, facts, log, out } = { status: NaN, message: '', facts: [], log: [], out: [] }] = shown
    expect(status).toBe(5)
    expect(message).toContain('terminal event')
    near(facts, [rows.length, expected.final.t, expected.t.length, ...expected.final.y])
    const byTime = Array.from({ length: log.length / 4 }, (_, k) => log.slice(4 * k, 4 * k + 4)).sort((a, b) => (a[1] ?? 0) - (b[1] ?? 0))
    near(byTime.flat(), rows.flat())
    near(out, Array.from(expected.t, (_, k) => expected.y.map((row) => row[k] ?? NaN)).flat())
  })

  it('count in their direction only: the pendulum turns to the right half as often as it turns', () => {
    const any = compileSystem({ ...pendulum, events: (pendulum.events ?? []).map((e) => ({ ...e, direction: 'any' })) }, { method: METHOD })
    const turns = (events: typeof expected.events): number => events.filter(({ name }) => name === 'turn').length
    expect(Math.abs(turns(any.integrate(OPTIONS).events) - 2 * turns(expected.events))).toBeLessThanOrEqual(1)
  })

  it('beyond the room of the log are counted, not kept; without a log the integration is the same', () => {
    const [whole, short, none] = shown
    expect(short?.facts).toEqual(whole?.facts)
    expect(short?.log).toEqual(whole?.log.slice(0, 8))
    expect(none?.facts).toEqual(whole?.facts)
    expect(none?.out).toEqual(whole?.out)
  })

  it('found before the limit on steps are kept with the place that was reached', () => {
    const limited = compileSystem(pendulum, { method: METHOD }).integrate({ ...OPTIONS, maxSteps: 3 })
    const { status, message, facts } = shown[3] ?? { status: NaN, message: '', facts: [] }
    expect([limited.status, status]).toEqual(['stepLimit', 2])
    expect(message).toContain('raise max_steps')
    // Step sizes of the targets differ in the seventh digit, since WebAssembly takes their powers from a short polynomial.
    near(facts, [limited.events.length, limited.final.t, limited.t.length, ...limited.final.y], 1e-4)
  })

  it('options that cannot be integrated with, and output times outside of the span or out of order, have status 0 and say what is wrong', () => {
    const refused = shown.slice(4)
    expect(refused.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0, 0, 0])
    for (const { message, out, facts: [found] } of refused) {
      expect(found).toBe(0)
      expect(message).toContain('the options are invalid')
      expect(out).toEqual([])
    }
  })
})
