import { listed } from '../listed.js'
import type { StochasticMethod, StochasticSystem } from '../methods/stochastic.js'
import { optimized } from '../passes.js'
import { walkLayout, walkRoutine } from '../walk.js'
import { ctypesWalkExample } from './ctypes.js'
import { cSource } from './scalar.js'

/** What `brownianPath` computes, in C. */
const BROWNIAN = `
static uint32_t noether_mix(uint32_t seed, uint32_t motion, uint32_t level, uint32_t index, uint32_t which) {
  const uint32_t words[5] = { seed, motion, level, index, which };
  uint32_t h = UINT32_C(0x9e3779b9);
  for (int k = 0; k < 5; k++) {
    h ^= words[k];
    h = (h ^ h >> 16) * UINT32_C(0x85ebca6b);
    h = (h ^ h >> 13) * UINT32_C(0xc2b2ae35);
    h = (h ^ h >> 16) + UINT32_C(0x6d2b79f5);
  }
  return h;
}
/* Two independent standard normal numbers of a counter, by Box and Muller. */
static void noether_normals(uint32_t seed, uint32_t motion, uint32_t level, uint32_t index, double *first, double *second) {
  double uniform[2];
  for (uint32_t k = 0; k < 2; k++) {
    const uint32_t high = noether_mix(seed, motion, level, index, 2 * k), low = noether_mix(seed, motion, level, index, 2 * k + 1);
    uniform[k] = ((double)high * 0x1p21 + (double)(low >> 11) + 0.5) / 0x1p53;
  }
  const double radius = sqrt(-2 * log(uniform[0])), angle = 2 * 3.141592653589793 * uniform[1];
  *first = radius * cos(angle);
  *second = radius * sin(angle);
}
void noether_brownian_path(uint32_t seed, int32_t motion, double span, int32_t level, double *dw, double *dz) {
  noether_normals(seed, (uint32_t)motion, 0, 0, dw, dz);
  int32_t length = 1;
  for (int32_t l = 1; l <= level; l++, length *= 2) {
    for (int32_t i = length - 1; i >= 0; i--) {
      const double x0 = dw[i], x1 = dz[i];
      double e0, e1;
      noether_normals(seed, (uint32_t)motion, (uint32_t)l, (uint32_t)i, &e0, &e1);
      const double difference = (sqrt(3.0) * x1 + e0) / 2, sum = (x1 - sqrt(3.0) * e0) / 2;
      dw[2 * i] = (x0 + difference) * sqrt(0.5);
      dw[2 * i + 1] = (x0 - difference) * sqrt(0.5);
      dz[2 * i] = (sum + e1) * sqrt(0.5);
      dz[2 * i + 1] = (sum - e1) * sqrt(0.5);
    }
  }
  const double h = span / length;
  for (int32_t i = 0; i < length; i++) {
    dz[i] = pow(h, 1.5) / 2 * (dw[i] + dz[i] / sqrt(3.0));
    dw[i] = sqrt(h) * dw[i];
  }
}
`

const declarations = (n: number, m: number): string => `
int32_t noether_states(void);
int32_t noether_parameters(void);
int32_t noether_motions(void);
/*
 * Increments W(t + h) - W(t) and integrals of W(s) - W(t) over the 2^level steps of a span, 2^level of each, of one Brownian motion
 * (counted from 0): a pure function of seed and motion, the same path at every level.
 */
void noether_brownian_path(uint32_t seed, int32_t motion, double span, int32_t level, double *dw, double *dz);
/* Doubles of work space for 2^level steps; 0 if they are too many (level is at most 24). */
size_t noether_walk_work(int32_t level);
/*
 * Integrates from y0 (${n}) with parameters (${m}) in 2^level equal steps along the path of a seed. path: 2^level + 1 rows of ${n} states,
 * the first at t0. Returns the steps taken: fewer than 2^level if the next state is not finite, -1 unless t1 > t0, the
 * span is finite and there is work space for the level.
 * Needs no memory but work; calls on different work may run at the same time.
 */
int32_t noether_walk_path(double t0, double t1, const double *y0, const double *parameters, uint32_t seed, int32_t level,
  double *path, double *work);
`

function walk(n: number, m: number, motions: number): readonly string[] {
  const { start, step, parameters, increments } = walkLayout(0, m)
  const perStep = 2 * motions + n
  return [
    'size_t noether_walk_work(int32_t level) {',
    '  if (level < 0 || level > 24) return 0;',
    `  const size_t size = ${increments + n}u + ((size_t)1 << level) * ${perStep}u;`,
    '  return size < INT32_MAX ? size : 0;',
    '}',
    'int32_t noether_walk_path(double t0, double t1, const double *y0, const double *parameters, uint32_t seed, int32_t level,',
    '  double *path, double *work) {',
    '  if (!(t1 > t0) || !isfinite(t1 - t0) || noether_walk_work(level) == 0) return -1;',
    '  const int32_t steps = (int32_t)1 << level;',
    `  double *const increments = work + ${increments}, *const states = increments + (size_t)${2 * motions} * (size_t)steps;`,
    `  work[${start}] = t0;`,
    `  work[${step}] = (t1 - t0) / steps;`,
    ...(m > 0 ? [`  memcpy(work + ${parameters}, parameters, ${m} * sizeof(double));`] : ['  (void)parameters;']),
    `  for (int32_t j = 0; j < ${motions}; j++)`,
    '    noether_brownian_path(seed, j, t1 - t0, level, increments + 2 * j * (size_t)steps, increments + (2 * j + 1) * (size_t)steps);',
    `  memcpy(states, y0, ${n} * sizeof(double));`,
    '  const int32_t taken = noether_walk(work, steps);',
    `  memcpy(path, states, ((size_t)taken + 1) * ${n} * sizeof(double));`,
    '  return taken;',
    '}',
  ]
}

/** One C file with a strong method of fixed step for a stochastic equation, and its Brownian paths. @throws InputError as `walkRoutine`. */
export function cStochasticFile(s: StochasticSystem, parameters: readonly string[], method: StochasticMethod): string {
  const [n, m, motions] = [s.states.length, parameters.length, s.diffusion[0]?.length ?? 0]
  return [
    '/*',
    ` * Integrator of the stochastic equation of ${listed(s.states)} (in the sense of Ito), generated by noether.`,
    ` * method: ${method.name}, strong order ${method.strongOrder}; Brownian motions: ${motions}.`,
    ` * parameters: ${parameters.join(', ') || 'none'}.`,
    ' * Compile with cc -O3 -Wall -Wextra -Werror (shared library: -shared -fPIC), link with -lm.',
    ' */',
    ...ctypesWalkExample(s.states, parameters),
    cSource(optimized({ routines: [walkRoutine(s, parameters, method, 0)], exported: ['walk'] })),
    declarations(n, m),
    `int32_t noether_states(void) { return ${n}; }`,
    `int32_t noether_parameters(void) { return ${m}; }`,
    `int32_t noether_motions(void) { return ${motions}; }`,
    BROWNIAN,
    ...walk(n, m, motions),
    '',
  ].join('\n')
}
