import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { emitSystem } from '../../../src/compile/emit.js'
import { generationKey } from '../../../src/compile/methods/choose.js'
import type { System } from '../../../src/compile/system.js'
import type { Contestant } from './contest.js'

const run = promisify(execFile)
const COMPILER = ['-O3', '-march=native']
export type Distance = (y: ArrayLike<number>) => number

/** Name and version of the compiler; undefined where there is none. */
export const compilerVersion = (): string | undefined => spawnSync('cc', ['--version'], { encoding: 'utf8' }).stdout?.split('\n')[0]

async function compile(folder: string, source: string, seconds: number, options: readonly string[] = []): Promise<string> {
  const program = join(folder, 'main')
  const call = run('cc', [...COMPILER, '-o', program, source, ...options, '-lm'], { cwd: folder, timeout: Math.ceil(1000 * seconds) })
  await call.catch((fault: unknown) => {
    const killed = typeof fault === 'object' && fault !== null && 'killed' in fault && fault.killed === true
    throw killed ? new Error('the C compiler was not done in time') : fault
  })
  return program
}

type Build = (seconds: number) => Promise<string>

/**
 * A program that is called with tolerance, seconds and the rest, and prints the least seconds of a run and the result; compiled when it
 * is first asked for.
 */
function programContestant(
  facts: Pick<Contestant, 'peer' | 'version' | 'tolerance'>, build: Build, args: readonly (string | number)[], distance: Distance,
): Contestant {
  let program = ''
  const call = async (seconds: number): Promise<readonly number[]> => {
    const given = [facts.tolerance, seconds, ...args].map(String)
    const { stdout } = await run(program, given, { timeout: 60_000, maxBuffer: 2 ** 26 })
    return stdout.trim().split(/\s+/).map(Number)
  }
  return {
    ...facts,
    by: 'compiler',
    async prepare(seconds) {
      program = await build(seconds)
    },
    async measure(seconds) {
      const [spent = NaN, ...y] = await call(seconds)
      return { seconds: spent, error: distance(y) }
    },
  }
}

const once = (make: Build): Build => {
  let made: Promise<string> | undefined
  return (seconds) => (made ??= make(seconds))
}
const scratch = (): string => mkdtempSync(join(tmpdir(), 'noether-bench-'))

const MAIN = `
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "system.c"
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec; }
int main(int count, char **arguments) {
  static const double y0[] = {Y0};
  static double atol[N], out[N], end[N], error[N];
  if (count < 4) return 2;
  const double tolerance = atof(arguments[1]), limit = atof(arguments[2]), times[] = {atof(arguments[3])};
  double *work = malloc(noether_work(1, 0) * sizeof(double));
  noether_result result;
  for (int i = 0; i < N; i++) atol[i] = tolerance;
  const noether_options options = { .t0 = 0, .t1 = times[0], .rtol = tolerance };
  double start = now(), best = 1e9;
  do {
    const double before = now();
    if (noether_integrate(&options, y0, NULL, atol, NULL, 1, times, out, end, error, &result, work) != 1) return 1;
    const double spent = now() - before;
    if (spent < best) best = spent;
  } while (now() - start < limit);
  printf("%.9g", best);
  for (int i = 0; i < N; i++) printf(" %.17g", end[i]);
  free(work);
  return 0;
}
`

/** The C target on one trajectory at several tolerances; one program for those that share their code. */
export function compiledC(
  system: System, y0: readonly number[], t1: number, method: string, tolerances: readonly number[], distance: Distance,
): readonly Contestant[] {
  const programs = new Map<string, Build>()
  return tolerances.map((tolerance) => {
    const key = generationKey(method, tolerance)
    const program = programs.get(key) ?? once(async (seconds) => {
      const folder = scratch()
      writeFileSync(join(folder, 'system.c'), emitSystem(system, { target: 'c', method, rtol: tolerance }).content)
      writeFileSync(join(folder, 'main.c'), MAIN.replace('{Y0}', `{${y0.join(', ')}}`).replaceAll(/\bN\b/g, `${y0.length}`))
      return compile(folder, 'main.c', seconds)
    })
    programs.set(key, program)
    return programContestant({ peer: `noether ${method} c`, version: '', tolerance }, program, [t1], distance)
  })
}

/**
 * Dormand and Prince's method and one of the problems of `problems.h`, written by hand (`dopri5.c`).
 * @param data what the program reads: the numbers of the problem, in its order, initial values last.
 */
export function handWritten(
  kind: 'pleiades' | 'network', equations: number, data: readonly number[], tolerances: readonly number[], distance: Distance,
): readonly Contestant[] {
  const folder = scratch()
  const file = join(folder, 'data.txt')
  const program = once((seconds) => {
    writeFileSync(file, data.join('\n'))
    return compile(folder, new URL('dopri5.c', import.meta.url).pathname, seconds, [`-DRATES=${kind}`, `-DN=${equations}`])
  })
  return tolerances.map((tolerance) => programContestant({ peer: 'hand-written C dopri5', version: '', tolerance }, program, [file], distance))
}

/** The shared libraries of SUNDIALS that come with scikit-sundae, else those of the system. */
function sundialsLibraries(peers: string): readonly string[] {
  const root = join(peers, 'python', 'lib')
  const versions = existsSync(root) ? readdirSync(root) : []
  for (const version of versions) {
    const folder = join(root, version, 'site-packages', 'scikit_sundae.libs')
    if (!existsSync(folder)) continue
    const wanted = /^libsundials_(core|cvode|nvecserial)-/
    return [...readdirSync(folder).filter((f) => wanted.test(f)).map((f) => join(folder, f)), `-Wl,-rpath,${folder}`]
  }
  return ['-lsundials_cvode', '-lsundials_nvecserial']
}

/**
 * CVODE (Adams, functional iteration) from C on a problem that `sundials.c` knows.
 * @param data what the program reads: the numbers of the problem, in its order.
 */
export async function sundials(
  peers: string, kind: string, data: readonly number[], tolerances: readonly number[], distance: Distance,
): Promise<readonly Contestant[]> {
  const folder = scratch()
  const file = join(folder, 'data.txt')
  writeFileSync(file, data.join('\n'))
  const source = new URL('sundials.c', import.meta.url).pathname
  if (compilerVersion() === undefined) throw new Error('there is no C compiler')
  const program = await compile(folder, source, 30, sundialsLibraries(peers)).catch(() => {
    throw new Error('its libraries are not installed: pip scikit-sundae, or libsundials-dev')
  })
  const { stdout } = await run(program, ['version'])
  const facts = { peer: 'SUNDIALS CVODE Adams', version: stdout.trim() }
  return tolerances.map((tolerance) => programContestant({ ...facts, tolerance }, () => Promise.resolve(program), [kind, file], distance))
}

const ENSEMBLE = `
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "system.c"
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec; }
int main(int count, char **arguments) {
  FILE *file = count == 4 ? fopen(arguments[3], "r") : NULL;
  double head[4];
  for (int i = 0; i < 4; i++) if (!file || fscanf(file, "%lf", head + i) != 1) return 2;
  const int n = (int)head[0], segments = (int)head[1];
  const size_t size = (size_t)n;
  double *y0 = calloc(2 * size, 8), *p = calloc(2 * size, 8), *u = calloc(size * (size_t)segments, 8), *end = calloc(2 * size, 8);
  double *out = calloc(2 * size, 8), *error = calloc(2 * size, 8);
  double *work = aligned_alloc(64, (8 * noether_ensemble_work(1, segments) + 127) / 64 * 64);
  noether_result *results = calloc(size, sizeof *results);
  int32_t *status = calloc(size, 4);
  for (int k = 0; k < n; k++) {
    y0[2 * k] = 1, p[2 * k + 1] = head[3];
    if (fscanf(file, "%lf", p + 2 * k) != 1) return 2;
    for (int j = 0; j < segments; j++) if (fscanf(file, "%lf", u + k * segments + j) != 1) return 2;
  }
  const double tolerance = atof(arguments[1]), limit = atof(arguments[2]), t1 = segments * head[2], atol[] = {tolerance, tolerance};
  const noether_options options = { .t1 = t1, .rtol = tolerance, .spacing = head[2], .intervals = segments, .samples = segments };
  double start = now(), best = 1e9;
  do {
    const double before = now();
    if (noether_ensemble(n, &options, y0, p, atol, u, 1, &t1, out, end, error, results, status, work) != n) return 1;
    if (now() - before < best) best = now() - before;
  } while (now() - start < limit);
  printf("%.9g", best);
  for (int k = 0; k < n; k++) printf(" %.17g", end[2 * k]);
  return 0;
}
`

/** The C target on an ensemble of driven systems with two states and two parameters; data as `sundials.c` reads them. */
export function ensembleC(
  system: System, data: readonly number[], method: string, tolerances: readonly number[], distance: Distance,
): readonly Contestant[] {
  return tolerances.map((tolerance) => {
    const folder = scratch()
    const file = join(folder, 'data.txt')
    const build = once((seconds) => {
      writeFileSync(file, data.join('\n'))
      writeFileSync(join(folder, 'system.c'), emitSystem(system, { target: 'c', method, rtol: tolerance }).content)
      writeFileSync(join(folder, 'main.c'), ENSEMBLE)
      return compile(folder, 'main.c', seconds)
    })
    return programContestant({ peer: `noether ${method} c`, version: '', tolerance }, build, [file], distance)
  })
}
