import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { emitSystem } from '../../src/compile/emit.js'
import { type IntegrationOptions } from '../../src/compile/options.js'
import { type Integration, type System, compileSystem } from '../../src/compile/system.js'

/** Every function of the expression text, an event that some trajectories meet, and a rate that blows up for some parameters. */
const wild: System = {
  states: ['x', 'v'],
  parameters: ['p', 'q', 'a'],
  rhs: [
    readExpr('v + sinh(x/9)*exp(-x^2) + log(1 + x^2)/7 - min(x, v)/5'),
    readExpr('p*cosh(v/8) - q*sin(x) - tanh(v) + atan(x)*cos(3*t) - abs(x)*tan(v/20)/3 + (1 + v^2)^(1/3)/9 + a*v^2'),
  ],
  events: [{ name: 'far', zero: readExpr('x - 3'), direction: 'rising', terminal: true }],
}
const driven: System = {
  states: ['x', 'v'], parameters: ['k'], signals: { names: ['u', 'w'], shape: 'linear' }, rhs: [readExpr('v'), readExpr('u*w - k*sin(x)')],
}
const COUNT = 21

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'noether-lanes-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function compileAndRun(source: string, flags: readonly string[]): string {
  writeFileSync(join(folder, 'main.c'), source)
  const made = spawnSync('cc', ['-Wall', '-Wextra', '-Werror', ...flags, '-o', 'main', 'main.c', '-lm'], { cwd: folder, encoding: 'utf8' })
  expect(made.stderr).toBe('')
  return spawnSync('./main', [], { cwd: folder, encoding: 'utf8' }).stdout
}

const list = (values: readonly (readonly number[])[]): string => values.flat().map((v) => v.toPrecision(17)).join(', ')

/** Results of `noether_ensemble`: status, time reached, steps and final state of every trajectory, and the last output row. */
function ensemble(
  system: System, method: string, lanes: readonly IntegrationOptions[], flags: readonly string[],
): readonly (readonly number[])[] {
  const [n, m, s] = [system.states.length, system.parameters?.length ?? 0, system.signals?.names.length ?? 0]
  const [{ t1 = 1, at = [t1], rtol = 1e-9, maxSteps = 0, step = 0, signals } = { t1: 1 }] = lanes
  const samples = signals?.values[0]?.length ?? 0
  const grid = `.spacing = ${signals?.spacing ?? 0}, .intervals = ${samples - 1}, .samples = ${samples}`
  const count = lanes.length
  const source = `#include <stdio.h>
#include <stdlib.h>
${emitSystem(system, { target: 'c', method, rtol }).content}
static const double start[] = { ${list(lanes.map((l) => [...l.y0]))} }, p[] = { ${list(lanes.map((l) => [...l.parameters ?? []]))} },
  u[] = { ${list(lanes.flatMap((l) => (l.signals?.values ?? []).map((v) => [...v])))}${s > 0 ? '' : '0'} },
  times[] = { ${[...at].join(', ')} }, tolerance[] = { ${list([Array<number>(n).fill(1e-12)])} };
static double out[${count * at.length * n}], end[${count * n}], error[${count * n}];
static noether_result results[${count}];
static int32_t status[${count}];
int main(void) {
  const noether_options o = { .t1 = ${t1}, .rtol = ${rtol}, .max_steps = ${maxSteps}, .step = ${step}, ${grid} };
  double *work = malloc(8 * (size_t)noether_ensemble_work(${at.length}, ${samples}));
  if (!work) return 1;
  noether_ensemble(${count}, &o, start, p, tolerance, ${s > 0 ? 'u' : 'NULL'}, ${at.length}, times, out, end, error, results, status, work);
  for (int k = 0; k < ${count}; k++) {
    printf("%d %.17g %g", (int)status[k], results[k].t, results[k].accepted);
    for (int i = 0; i < ${n}; i++) printf(" %.17g", end[k * ${n} + i]);
    for (int i = 0; i < ${n}; i++) printf(" %.17g", out[(k * ${at.length} + ${at.length - 1}) * ${n} + i]);
    printf("\\n");
  }
  free(work);
  return (int)(sizeof(u) + sizeof(p)) < ${m};
}
`
  return compileAndRun(source, flags).trim().split('\n').map((line) => line.split(' ').map(Number))
}

const STATUS: Readonly<Record<Integration['status'], number>> = { completed: 1, stepLimit: 2, notFinite: 3, stepUnderflow: 4, event: 5, chattering: 6 }
const widths = [
  ['-O0', '-DNOETHER_LANES=8', '-Wno-psabi'], ['-O0', '-DNOETHER_LANES=2'], ['-O0', '-march=native'], ['-O0', '-DNOETHER_LANES=1'],
] as const

describe.skipIf(spawnSync('cc', ['--version']).status !== 0)('the C ensemble', () => {
  it.each(['rk4', 'dopri5', 'vern9', 'taylor'].map((method, i) => [method, widths[i] ?? []] as const))(
    '%s %o: every lane has the result of its own integration, also beside ones that fail', (method, flags) => {
      const lanes = Array.from({ length: COUNT }, (_, i): IntegrationOptions => ({
        y0: [Math.sin(i), Math.cos(2 * i)], parameters: [(i % 7) / 2 - 1, (3 * i) % 11, i % 5 === 3 ? 2 : 0], t1: 3, at: [1, 3], rtol: 1e-9,
        ...(method === 'rk4' ? { step: 0.01 } : { maxSteps: 5000 }),
      }))
      const found = ensemble(wild, method, lanes, flags)
      const single = compileSystem(wild, { method, rtol: 1e-9 })
      const statuses = new Set<string>()
      for (const [k, lane] of lanes.entries()) {
        const { status, final, y, t } = single.integrate(lane)
        const [code, time = NaN, , ...values] = found[k] ?? []
        statuses.add(status)
        expect(code).toBe(STATUS[status])
        expect(time).toBeCloseTo(final.t, status === 'completed' || status === 'event' ? 6 : 2)
        if (status !== 'completed' && status !== 'event') continue
        const expected = [...final.y, ...(t.length === 2 ? y.map((row) => row[1] ?? NaN) : [])]
        for (const [i, v] of expected.entries()) expect(Math.abs((values[i] ?? NaN) - v)).toBeLessThan(1e-7 * (1 + Math.abs(v)))
      }
      expect(statuses.size).toBeGreaterThan(1)
    })

  it('gives each trajectory its own recorded signals', () => {
    const lanes = Array.from({ length: COUNT }, (_, i): IntegrationOptions => ({
      y0: [1, i / 10], parameters: [1 + i / 7], t1: 2, at: [1, 2], rtol: 1e-10,
      signals: { origin: 0, spacing: 0.5, values: [[0, 1, i, -1, 2], [1, -1, 1, 0.5, i / 9]] },
    }))
    const single = compileSystem(driven, { method: 'taylor', rtol: 1e-10 })
    for (const [k, row] of ensemble(driven, 'taylor', lanes, ['-O0', '-DNOETHER_LANES=4', '-Wno-psabi']).entries()) {
      const { final, statistics } = single.integrate(lanes[k] ?? { y0: [], t1: 0 })
      expect(row[2]).toBe(statistics.accepted)
      for (const [i, v] of final.y.entries()) expect(Math.abs((row[3 + i] ?? NaN) - v)).toBeLessThan(1e-12 * (1 + Math.abs(v)))
    }
  })

  it('refuses a span that the signals do not cover, and output times behind it', () => {
    const signals = { origin: 0, spacing: 0.5, values: [[0, 1, 2, -1, 2], [1, -1, 1, 0.5, 0]] }
    const lanes = (t1: number, at: readonly number[]): readonly IntegrationOptions[] =>
      Array.from({ length: 3 }, () => ({ y0: [1, 0], parameters: [1], t1, at, rtol: 1e-8, signals }))
    for (const width of ['1', '2']) {
      const statuses = (t1: number, at: readonly number[]): readonly unknown[] =>
        ensemble(driven, 'dopri5', lanes(t1, at), ['-O0', `-DNOETHER_LANES=${width}`]).map(([status]) => status)
      expect(statuses(2, [1, 2])).toEqual([1, 1, 1])
      expect(statuses(2.1, [1, 2])).toEqual([0, 0, 0])
      expect(statuses(2, [1, 2.1])).toEqual([0, 0, 0])
    }
  })

  it.each(['-DNOETHER_LANES=1', '-DNOETHER_LANES=2'])('ends where one of the two in a maximum or minimum has no value (%s)', (flag) => {
    for (const rate of ['max(x, sqrt(1 - x))', 'max(sqrt(1 - x), x)', 'min(2*x, sqrt(1 - x))', 'min(sqrt(1 - x), 2*x)', 'max(1, sqrt(1 - x))'])
      for (const method of ['rk4', 'taylor']) {
        const system: System = { states: ['x', 'y'], rhs: [readExpr('1'), readExpr(rate)] }
        const lane = { y0: [0.25, 0], t1: 2, step: 0.125 }
        const found = ensemble(system, method, [lane, { ...lane, y0: [0, 0] }], ['-O2', flag])
        for (const [k, y0] of [[0.25, 0], [0, 0]].entries())
          expect(found[k]?.[0], `${rate} by ${method}`).toBe(STATUS[compileSystem(system, { method }).integrate({ ...lane, y0 }).status])
        expect(found[0]?.[0]).not.toBe(STATUS.completed)
      }
  })

  it('takes many equations by looped recurrences, one trajectory after another', () => {
    const n = 100
    const states = Array.from({ length: n }, (_, i) => `x${i}`)
    const ring = (i: number): string => `p*sin(x${(i + 1) % n}) - x${i}^3/(1 + x${(i + 2) % n}^2) + cos(3*t)`
    const system = { states, parameters: ['p'], rhs: states.map((_, i) => readExpr(ring(i))) }
    const lanes = Array.from({ length: COUNT }, (_, k) =>
      ({ y0: states.map((_, i) => Math.cos(i + k)), parameters: [1 + k / 5], t1: 1, at: [0.3, 1], rtol: 1e-9, atol: 1e-12 }))
    const single = compileSystem(system, { method: 'taylor', rtol: 1e-9 })
    for (const [k, row] of ensemble(system, 'taylor', lanes, ['-O0', '-DNOETHER_LANES=2']).entries()) {
      const { final, statistics } = single.integrate(lanes[k] ?? { y0: [], t1: 0 })
      expect(row[2]).toBe(statistics.accepted)
      for (const [i, v] of final.y.entries()) expect(Math.abs((row[3 + i] ?? NaN) - v)).toBeLessThan(1e-12 * (1 + Math.abs(v)))
    }
  })

  it.each([['-DNOETHER_LANES=2', '-O1'], ['-march=native', '-O1']])('its functions are those of the C library to 2 units (%s)', (...f) => {
    const names = ['exp', 'log', 'sin', 'cos', 'tan', 'sinh', 'cosh', 'tanh', 'atan']
    const source = `#include <stdio.h>
#include <string.h>
${emitSystem(wild, { target: 'c', method: 'rk4' }).content}
static uint64_t bits(double x) { uint64_t b; memcpy(&b, &x, 8); return b >> 63 ? -b : b + (UINT64_C(1) << 63); }
static double apart(double a, double b) {
  if (isnan(a) || isnan(b)) return isnan(a) && isnan(b) ? 0 : 1e9;
  const uint64_t p = bits(a), q = bits(b);
  return p > q ? (double)(p - q) : (double)(q - p);
}
static double at(int i) {
  static const double special[] = { 0.0, -0.0, INFINITY, -INFINITY, NAN, 1, -1, 709.9, -745, 1e22, 0x1p900,
    355, 5e-324, -1e-310, 1e308 };
  const int n = (int)(sizeof special / sizeof *special);
  return i < n ? special[i] : sin(7.0 * i) * exp(40 * sin(3.0 * i));
}
int main(void) {
  double worst;
${names.map((name) => `  worst = 0;
  for (int i = 0; i < 4000; i += NOETHER_LANES) {
    noether_f x = {0};
    for (int k = 0; k < NOETHER_LANES; k++) x[k] = at(i + k);
    const noether_f y = noether_${name}_lanes(x);
    for (int k = 0; k < NOETHER_LANES; k++) worst = fmax(worst, apart(y[k], ${name}(x[k])));
  }
  printf("%g\\n", worst);`).join('\n')}
  worst = 0;
  for (int i = 0; i < 4000; i += NOETHER_LANES) {
    noether_f x = {0}, z = {0};
    for (int k = 0; k < NOETHER_LANES; k++) { x[k] = at(i + k); z[k] = at((i + k) % 23) * (i % 5); }
    const noether_f y = noether_pow_lanes(x, z);
    for (int k = 0; k < NOETHER_LANES; k++) worst = fmax(worst, apart(y[k], pow(x[k], z[k])));
  }
  printf("%g\\n", worst);
  noether_job job;
  (void)job;
  return 0;
}
`
    const worst = compileAndRun(source, [...f, '-Wno-unused-variable']).trim().split('\n').map(Number)
    expect(worst).toHaveLength(names.length + 1)
    for (const [k, v] of worst.entries()) if (!(v <= 2)) throw new Error(`${names[k] ?? 'pow'} is off by ${v} units`)
  })
})
