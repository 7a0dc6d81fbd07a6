import type { GeneratedLanes } from '../integrator/driver.js'
import { STATUS } from '../integrator/frame.js'
import type { System } from '../integrator/rightHandSide.js'
import { optimized } from '../passes.js'
import { laneSource } from './lanes.js'

const HEAD = [
  'int64_t noether_ensemble(int64_t trajectories, const noether_options *options, const double *y0, const double *parameters,',
  '  const double *atol, const double *signals, int32_t count, const double *times, double *out, double *y_end, double *error,',
  '  noether_result *results, int32_t *status, double *work) {',
]

/** One trajectory after another. */
const sequential = (n: number, m: number, s: number): readonly string[] => [
  'size_t noether_ensemble_work(int32_t count, int32_t samples) { return noether_work(count, samples); }',
  ...HEAD,
  '  int64_t done = 0;',
  '  for (int64_t k = 0; k < trajectories; k++) {',
  `    const double *own = signals ? signals + k * options->samples * ${s} : NULL;`,
  `    status[k] = noether_integrate(options, y0 + k * ${n}, parameters${m > 0 ? ` + k * ${m}` : ''}, atol, own, count, times,`,
  `      out + k * count * ${n}, y_end + k * ${n}, error + k * ${n}, results + k, work);`,
  `    done += status[k] == ${STATUS.completed} || status[k] == ${STATUS.event};`,
  '  }',
  '  return done;',
  '}',
]

/** What a lane that is done does: it reports its trajectory and takes the next; without one it stays where it may read. */
const exchange = (n: number, m: number, s: number, assignment: number): readonly string[] => [
  'NOETHER_ROUTINE void noether_exchange_lanes(noether_job *job, double *work, noether_i active, int64_t base) {',
  '  const int32_t count = job->count;',
  '  (void)base;',
  '  for (int k = 0; k < NOETHER_LANES; k++) {',
  '    if (!active[k]) continue;',
  '    double *const frame = work + k;',
  '    const int64_t done = job->taken[k];',
  `    if (done >= 0) job->status[done] = noether_report(frame, NOETHER_LANES, job->y_end + done * ${n}, job->error + done * ${n},`,
  '      job->results + done);',
  '    const int64_t next = job->taken[k] = job->next < job->trajectories ? job->next++ : -1, at = next < 0 ? 0 : next;',
  `    noether_fill(frame, NOETHER_LANES, job->options, job->y0 + at * ${n}, job->parameters${m > 0 ? ` + at * ${m}` : ''}, job->atol);`,
  `    const double *const own = ${s > 0 ? `job->signals + at * job->options->samples * ${s}` : 'NULL'};`,
  `    frame[${assignment} * NOETHER_LANES] = next >= 0;`,
  `    frame[${assignment + 1} * NOETHER_LANES] = (double)((uintptr_t)job->times >> 3);`,
  `    frame[${assignment + 2} * NOETHER_LANES] = count;`,
  `    frame[${assignment + 3} * NOETHER_LANES] = (double)((uintptr_t)(job->out + at * count * ${n}) >> 3);`,
  `    frame[${assignment + 4} * NOETHER_LANES] = (double)((uintptr_t)own >> 3);`,
  '  }',
  '}',
]

/** The lanes of a vector, each with a trajectory of its own. */
function vectorized(n: number, m: number, s: number, lanes: GeneratedLanes): readonly string[] {
  return [
    'typedef struct {',
    '  const noether_options *options;',
    '  const double *y0, *parameters, *atol, *signals, *times;',
    '  double *out, *y_end, *error;',
    '  noether_result *results;',
    '  int32_t *status, count;',
    '  int64_t trajectories, next, taken[NOETHER_LANES];',
    '} noether_job;',
    laneSource(optimized(lanes.program)),
    ...exchange(n, m, s, lanes.assignment),
    'size_t noether_ensemble_work(int32_t count, int32_t samples) {',
    '  (void)samples;',
    `  return ${lanes.frameLength}u * NOETHER_LANES + (size_t)count + 1u;`,
    '}',
    ...HEAD,
    `  double *const own = work + ${lanes.frameLength} * NOETHER_LANES;`,
    '  noether_job job = { options, y0, parameters, atol, signals, own, out, y_end, error, results, status, count, trajectories, 0, {0} };',
    '  int64_t done = 0;',
    `  if (!noether_valid(options, count, times)) for (int64_t k = 0; k < trajectories; k++) status[k] = ${STATUS.running};`,
    '  if (trajectories < 1 || !noether_valid(options, count, times)) return 0;',
    '  for (int32_t k = 0; k < count; k++) own[k] = times[k];',
    '  own[count] = options->t1;',
    '  for (int k = 0; k < NOETHER_LANES; k++) job.taken[k] = -1;',
    '  noether_lanes_lanes(&job, work);',
    `  for (int64_t k = 0; k < trajectories; k++) done += status[k] == ${STATUS.completed} || status[k] == ${STATUS.event};`,
    '  return done;',
    '}',
  ]
}

/** C text of `noether_ensemble`: on lanes where the compiler has vectors and the method a form on lanes, else one by one. */
export function ensembleSource(system: System, lanes: GeneratedLanes | undefined): readonly string[] {
  const [n, m, s] = [system.states.length, system.parameters?.length ?? 0, system.signals?.names.length ?? 0]
  if (lanes === undefined) return ['/* This method takes the trajectories of an ensemble one by one. */', ...sequential(n, m, s)]
  return [
    '#ifndef NOETHER_LANES',
    '#if defined(__AVX512F__) && defined(__AVX512DQ__)',
    '#define NOETHER_LANES 8',
    '#elif defined(__AVX2__)',
    '#define NOETHER_LANES 4',
    '#else',
    '#define NOETHER_LANES 2',
    '#endif',
    '#endif',
    '#if NOETHER_LANES > 1 && defined(__GNUC__) && UINTPTR_MAX > 0xffffffffu',
    '/* Vectors wider than the machine\'s are compiled in parts. GCC notes that calls between compilers differ (-Wno-psabi: not). */',
    '#pragma GCC diagnostic ignored "-Wpsabi"',
    ...vectorized(n, m, s, lanes),
    '#else',
    ...sequential(n, m, s),
    '#endif',
  ]
}
