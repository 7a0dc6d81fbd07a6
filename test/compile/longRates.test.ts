import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { readExpr } from '../../src/algebra/read.js'
import { emitSystem } from '../../src/compile/emit.js'
import { generate } from '../../src/compile/methods/choose.js'
import { type System, compileSystem } from '../../src/compile/system.js'

/** Rates with many terms, that share some across all, take conditions, and of which one is a state and one a constant. */
const N = 70
const states = Array.from({ length: N }, (_, i) => `x${i}`)
const mean = states.map((s, i) => `sin(${i + 1}*${s})`).join(' + ')
const system: System = {
  states, parameters: ['c'],
  rhs: states.map((s, i) => readExpr(i === 3 ? 'x7' : i === 4 ? '5/4' : `c*(${mean})/${N} + max(${s}, ${states[(i + 9) % N]}) - abs(${s} - t)` +
    states.slice(0, 30).map((other, j) => ` + cos(${other}*${s})/${i + j + 2}`).join(''))),
}
const y0 = states.map((_, i) => Math.cos(3 * i + 1))
const start = { y0, parameters: [0.3], t0: 0.25, t1: 0.5, step: 0.25 }
const values = { ...Object.fromEntries(states.map((s, i) => [s, y0[i] ?? NaN])), c: 0.3, t: 0.25 }
/** A step of Euler's method. */
const expected = system.rhs.map((rate, i) => (y0[i] ?? NaN) + 0.25 * evaluateNumber(rate, values))

function expectClose(found: readonly number[]): void {
  expect(found).toHaveLength(N)
  for (const [i, v] of expected.entries()) expect(Math.abs((found[i] ?? NaN) - v)).toBeLessThan(1e-13 * (1 + Math.abs(v)))
}

describe('rates too long for one function', () => {
  it('are cut into several, each of bounded length', () => {
    const { program } = generate(system, 'euler', 'wasm')
    expect(program.routines.filter(({ name }) => /^rates_\d+$/.test(name)).length).toBeGreaterThan(3)
  })

  it.each(['wasm', 'js'] as const)('have their values in %s', (target) => {
    expectClose(compileSystem(system, { method: 'euler', target }).integrate(start).final.y)
  })

  it.skipIf(spawnSync('cc', ['--version']).status !== 0)('and in C, alone and on lanes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'noether-long-'))
    writeFileSync(join(folder, 'system.c'), emitSystem(system, { target: 'c', method: 'euler' }).content)
    writeFileSync(join(folder, 'main.c'), `#include <stdio.h>
#include <stdlib.h>
#include "system.c"
static double rows[3 * ${N}], end[3 * ${N}], error[3 * ${N}], tolerances[${N}], out[1];
int main(void) {
  const double once[] = {${y0.join(', ')}}, p[] = {0.3, 0.3, 0.3};
  const noether_options o = { .t0 = 0.25, .t1 = 0.5, .step = 0.25, .rtol = 1 };
  noether_result results[3];
  int32_t status[3];
  for (int k = 0; k < 3 * ${N}; k++) rows[k] = once[k % ${N}];
  double *work = malloc(8 * (noether_work(0, 0) + noether_ensemble_work(0, 0)));
  noether_integrate(&o, rows, p, tolerances, NULL, 0, NULL, out, end, error, results, work);
  for (int k = 0; k < ${N}; k++) printf("%.17g ", end[k]);
  noether_ensemble(3, &o, rows, p, tolerances, NULL, 0, NULL, out, end, error, results, status, work);
  for (int k = 0; k < ${N}; k++) printf("%.17g ", end[2 * ${N} + k]);
  return 0;
}
`)
    const { stderr } = spawnSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', 'main', 'main.c', '-lm'], { cwd: folder, encoding: 'utf8' })
    expect(stderr).toBe('')
    const found = spawnSync('./main', [], { cwd: folder, encoding: 'utf8' }).stdout.trim().split(' ').map(Number)
    expectClose(found.slice(0, N))
    expectClose(found.slice(N))
    rmSync(folder, { recursive: true })
  })
})
