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

/** Mean seconds of a run, after a warm-up, over at least a third of a second. */
export function seconds(run: () => void): number {
  const until = (limit: number): number => {
    const start = performance.now()
    let count = 0
    while (count === 0 || performance.now() - start < limit) {
      run()
      count += 1
    }
    return (performance.now() - start) / count / 1000
  }
  until(150)
  return until(350)
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
  double start = now(), spent = 0;
  int count = 0;
  for (int warm = 0; warm < 2; warm++)
    for (count = 0, start = now(); count == 0 || (spent = now() - start) < (warm ? 0.35 : 0.15); count++)
      noether_integrate(&options, y0, NULL, atol, NULL, 1, times, out, end, error, &result, work);
  printf("%.9g", spent / count);
  for (int i = 0; i < N; i++) printf(" %.17g", end[i]);
  return 0;
}
`

/** Compiles the C target with the machine's compiler and times it; undefined where there is none. */
export function runC(system: System, y0: readonly number[], t1: number, method: string, tolerance: number): { readonly seconds: number; readonly y: readonly number[] } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'noether-bench-'))
  writeFileSync(join(folder, 'system.c'), emitSystem(system, { target: 'c', method, rtol: tolerance }).content)
  const text = MAIN.replace('{Y0}', `{${y0.join(', ')}}`).replaceAll('TOLERANCE', `${tolerance}`).replaceAll('SPAN_END', `${t1}`).replaceAll(/\bN\b/g, `${y0.length}`)
  writeFileSync(join(folder, 'main.c'), text)
  if (spawnSync('cc', ['-O3', '-march=native', '-o', 'main', 'main.c', '-lm'], { cwd: folder }).status !== 0) return undefined
  const [spent = NaN, ...y] = spawnSync(join(folder, 'main'), { encoding: 'utf8' }).stdout.trim().split(/\s+/).map(Number)
  return { seconds: spent, y }
}
