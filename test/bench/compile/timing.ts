import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emitSystem } from '../../../src/compile/emit.js'
import type { System } from '../../../src/compile/system.js'

/** One run of a solver: what it cost and how far it was from the reference. */
export interface Sample {
  readonly peer: string
  readonly version: string
  readonly tolerance: number
  readonly seconds: number
  readonly error: number
}

/** Seconds of a run: the least over repetitions for half a second, after a warm-up, since other work on the machine only adds. */
export function seconds(run: () => void): number {
  const least = (limit: number): number => {
    const start = performance.now()
    let best = Infinity
    while (best === Infinity || performance.now() - start < limit) {
      const before = performance.now()
      run()
      best = Math.min(best, performance.now() - before)
    }
    return best / 1000
  }
  least(200)
  return least(500)
}

/** Time at an error, read off a solver's samples on logarithmic axes; undefined outside of what it reached. */
export function timeAt(samples: readonly Sample[], error: number): number | undefined {
  const sorted = samples.filter((s) => s.error > 0 && Number.isFinite(s.error)).toSorted((a, b) => a.error - b.error)
  const upper = sorted.findIndex((s) => s.error >= error)
  const [below, above] = [sorted[upper - 1], sorted[upper]]
  if (above === undefined) return sorted.length === 0 ? undefined : Math.min(...sorted.map((s) => s.seconds))
  if (below === undefined) return undefined
  const part = Math.log(error / below.error) / Math.log(above.error / below.error)
  return Math.exp(Math.log(below.seconds) + part * Math.log(above.seconds / below.seconds))
}

const MAIN = `
#include <stdio.h>
#include <time.h>
#include "system.c"
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + 1e-9 * t.tv_nsec; }
int main(void) {
  static const double y0[] = {Y0};
  static double atol[N], out[N], end[N], error[N], work[200000];
  const double times[] = {SPAN_END};
  noether_result result;
  for (int i = 0; i < N; i++) atol[i] = TOLERANCE;
  const noether_options options = { .t0 = 0, .t1 = SPAN_END, .rtol = TOLERANCE };
  double start = now(), best = 1e9;
  while (best == 1e9 || now() - start < 0.7) {
    const double before = now();
    noether_integrate(&options, y0, NULL, atol, NULL, 1, times, out, end, error, &result, work);
    const double spent = now() - before;
    if (spent < best) best = spent;
  }
  printf("%.9g", best);
  for (int i = 0; i < N; i++) printf(" %.17g", end[i]);
  return 0;
}
`

/** Result of a timed program: its seconds and the end state. */
export interface Timed {
  readonly seconds: number
  readonly y: readonly number[]
}

const COMPILER = ['-O3', '-march=native']

function runProgram(folder: string, source: string, args: readonly string[]): Timed | undefined {
  const program = join(folder, 'main')
  if (spawnSync('cc', [...COMPILER, '-o', program, source, '-lm'], { cwd: folder }).status !== 0) return undefined
  const [spent = NaN, ...y] = spawnSync(program, args, { encoding: 'utf8' }).stdout.trim().split(/\s+/).map(Number)
  return { seconds: spent, y }
}

/** Compiles the C target with the machine's compiler and times it; undefined where there is none. */
export function runC(system: System, y0: readonly number[], t1: number, method: string, tolerance: number): Timed | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'noether-bench-'))
  writeFileSync(join(folder, 'system.c'), emitSystem(system, { target: 'c', method, rtol: tolerance }).content)
  const text = MAIN.replace('{Y0}', `{${y0.join(', ')}}`).replaceAll('TOLERANCE', `${tolerance}`).replaceAll('SPAN_END', `${t1}`)
  writeFileSync(join(folder, 'main.c'), text.replaceAll(/\bN\b/g, `${y0.length}`))
  return runProgram(folder, 'main.c', [])
}

/** The same for `dopri5.c`, the method and Pleiades written by hand. */
export function runHandWritten(y0: readonly number[], t1: number, tolerance: number): Timed | undefined {
  const source = new URL('dopri5.c', import.meta.url).pathname
  return runProgram(mkdtempSync(join(tmpdir(), 'noether-bench-')), source, [tolerance, t1, ...y0].map(String))
}

/** Name and version of the compiler that `runC` uses. */
export const compilerVersion = (): string => spawnSync('cc', ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0] ?? ''
