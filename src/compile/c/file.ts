import { FRAME, STATUS, layout } from '../integrator/frame.js'
import type { GeneratedIntegrator } from '../integrator/driver.js'
import type { System } from '../integrator/rightHandSide.js'
import { listed } from '../listed.js'
import { generate, generateForLanes } from '../methods/choose.js'
import { optimized } from '../passes.js'
import { remark } from '../remark.js'
import { ctypesExample } from './ctypes.js'
import { ensembleSource } from './ensemble.js'
import { cSource } from './scalar.js'

/** What every C file of an integrator declares; `n`, `m` and `s` count states, parameters and signals. */
const declarations = (n: number, m: number, s: number): string => `
/*
 * Statuses: ${Object.entries(STATUS).slice(1).map(([name, code]) => `${code} ${name}`).join(', ')}; 0: the options or times are invalid.
 * An integration that ends early keeps its output up to there and leaves time and state of the end in result->t and y_end.
 */
typedef struct {
  double t0, t1;                 /* time span */
  double rtol;                   /* relative tolerance */
  double step;                   /* step of a fixed-step method, else first step to try (0: automatic) */
  double largest_step;           /* 0: the whole span */
  double max_steps;              /* limit on attempted steps (0: one million) */
  double origin, spacing;        /* uniform grid of the signals */
  int32_t intervals, samples;    /* its intervals, and samples of each signal */
} noether_options;

typedef struct {
  double t;                      /* time reached */
  double accepted, rejected, evaluations, written;
} noether_result;

int32_t noether_states(void);
int32_t noether_parameters(void);
/* Status in words. */
const char *noether_message(int32_t status);
/* Doubles of work space for count output times and so many samples of each signal. */
size_t noether_work(int32_t count, int32_t samples);
/*
 * Integrates from y0 (${n}) with parameters (${m}) and absolute tolerances atol (${n});
 * signals: ${s} rows of samples, NULL if none. times: count output times in order from t0 to t1;
 * out: count rows of ${n} states at these times, result->written of them filled; y_end, error (${n} each): state at the end,
 * accumulated local errors. Returns the status. Needs no memory but work; calls on different work may run at the same time.
 */
int32_t noether_integrate(const noether_options *options, const double *y0, const double *parameters, const double *atol,
  const double *signals, int32_t count, const double *times, double *out, double *y_end, double *error,
  noether_result *result, double *work);
/*
 * The same, with the events: log gets at most capacity rows of ${n + 2} doubles, the event's number from 0, its time and the state there,
 * in the order in which they are found; found: how many there were. work has capacity × ${n + 2} doubles more.
 */
int32_t noether_integrate_events(const noether_options *options, const double *y0, const double *parameters, const double *atol,
  const double *signals, int32_t count, const double *times, double *out, double *y_end, double *error,
  noether_result *result, double *work, int32_t capacity, double *log, int32_t *found);
/*
 * Integrates trajectories with the same options, tolerances and output times, each with its own row of y0 (${n}), parameters (${m}) and
 * signals (${s} × samples): NOETHER_LANES at a time in the lanes of vectors, each with its own steps; a lane that is done goes on to
 * the next trajectory. out: trajectories × count × ${n}; y_end, error: trajectories × ${n}; results, status: one a trajectory.
 * Returns how many ended with status 1 or ${STATUS.event}. Threads may share an ensemble by calling this on parts of it.
 */
int64_t noether_ensemble(int64_t trajectories, const noether_options *options, const double *y0, const double *parameters,
  const double *atol, const double *signals, int32_t count, const double *times, double *out, double *y_end, double *error,
  noether_result *results, int32_t *status, double *work);
/* Doubles of work space for noether_ensemble. */
size_t noether_ensemble_work(int32_t count, int32_t samples);
`

const put = (field: keyof typeof FRAME, value: string): string => `  frame[${FRAME[field]} * stride] = ${value};`
const copied = (from: string, to: number, count: number): readonly string[] =>
  (count > 0 ? [`  for (size_t i = 0; i < ${count}; i++) frame[(${to} + i) * stride] = ${from}[i];`] : [])

/** Numbers of a data set, separated by commas, in lines of at most a hundred characters. */
function numberLines(values: ArrayLike<number>): string {
  const lines: string[] = []
  let line = ''
  for (const value of Array.from(values, String)) {
    if (line.length + value.length > 98) {
      lines.push(line)
      line = ''
    }
    line += `${line === '' ? '' : ' '}${value},`
  }
  return [...lines, line.replace(/,$/, '')].join('\n')
}

/** Input and results of one trajectory in frames whose doubles lie `stride` apart. */
function frames(n: number, m: number, driven: boolean): readonly string[] {
  const at = layout(n, m)
  return [
    'static int noether_valid(const noether_options *o, int32_t count, const double *times) {',
    '  if (!isfinite(o->t0) || !isfinite(o->t1) || !(o->rtol >= 0) || !(o->step >= 0)) return 0;',
    ...(driven ? [
      '  if (!(o->spacing > 0) || !isfinite(o->origin) || o->intervals < 1 || o->t1 < o->t0) return 0;',
      '  if (o->t0 < o->origin - 1e-9 * o->spacing || o->t1 > o->origin + (o->intervals + 1e-9) * o->spacing) return 0;',
    ] : []),
    '  const double way = o->t1 < o->t0 ? -1 : 1;',
    '  for (int32_t k = 0; k < count; k++)',
    '    if (!((times[k] - (k > 0 ? times[k - 1] : o->t0)) * way >= 0 && (o->t1 - times[k]) * way >= 0)) return 0;',
    '  return 1;',
    '}',
    'static void noether_fill(double *frame, size_t stride, const noether_options *options, const double *y0, const double *parameters,',
    '  const double *atol) {',
    put('start', 'options->t0'), put('end', 'options->t1'), put('relativeTolerance', 'options->rtol'), put('step', 'options->step'),
    put('largestStep', 'options->largest_step > 0 ? options->largest_step : fabs(options->t1 - options->t0)'),
    put('maxSteps', 'options->max_steps > 0 ? options->max_steps : 1e6'),
    put('origin', 'options->origin'), put('spacing', 'options->spacing'), put('intervals', 'options->intervals'),
    put('stride', 'options->samples'), put('eventLog', '0'), put('eventCapacity', '0'), put('eventCount', '0'),
    ...copied('y0', at.state, n), ...copied('atol', at.tolerance, n), ...copied('parameters', at.parameters, m),
    '  (void)parameters;',
    '}',
    'static int32_t noether_report(const double *frame, size_t stride, double *y_end, double *error, noether_result *result) {',
    `  for (size_t i = 0; i < ${n}; i++) {`,
    `    y_end[i] = frame[(${at.state} + i) * stride];`,
    `    error[i] = frame[(${at.error} + i) * stride];`,
    '  }',
    `  result->t = frame[${FRAME.time} * stride];`,
    ...(['accepted', 'rejected', 'evaluations', 'written'] as const)
      .map((field) => `  result->${field} = frame[${FRAME[field]} * stride];`),
    `  return (int32_t)frame[${FRAME.status} * stride];`,
    '}',
  ]
}

/** What a status means, in the order of their codes. */
const MESSAGES: readonly string[] = [
  'the options are invalid: times must be finite, those of the output in order from t0 to t1, tolerances and steps not negative; signals cover the span, and t1 >= t0 with them',
  'the end of the time span is reached',
  'the limit on steps was reached: raise max_steps, loosen the tolerances, or use a stiff method',
  'the right-hand side or the solution is not finite: end before the singularity, or mend the equation or its parameters',
  'the step size fell below roundoff: the solution blows up here, or the tolerances are too tight, or coarser than a small component that steers the others, or the problem is stiff',
  'a terminal event ended the integration',
  'the solution chatters about a jump of the right-hand side: end there by an event, or make the jump smooth',
]

function single(n: number, signals: number, { frameLength, data }: GeneratedIntegrator): readonly string[] {
  const given = 'options, y0, parameters, atol, signals, count, times, out, y_end, error, result, work'
  return [
    'size_t noether_work(int32_t count, int32_t samples) {',
    `  return ${frameLength + 2}u + (size_t)count * ${n + 1}u + (size_t)samples * ${signals}u;`,
    '}',
    'int32_t noether_integrate_events(const noether_options *options, const double *y0, const double *parameters, const double *atol,',
    '  const double *signals, int32_t count, const double *times, double *out, double *y_end, double *error,',
    '  noether_result *result, double *work, int32_t capacity, double *log, int32_t *found) {',
    `  const int32_t at_times = ${frameLength}, at_out = at_times + count, at_signals = at_out + count * ${n};`,
    `  const int32_t at_log = at_signals + options->samples * ${signals} + 2;`,
    '  double *const frame = work;',
    '  const size_t stride = 1;',
    '  memset(result, 0, sizeof *result);',
    '  if (found) *found = 0;',
    `  if (!noether_valid(options, count, times)) return ${STATUS.running};`,
    '  noether_fill(frame, stride, options, y0, parameters, atol);',
    '  memcpy(work + at_times, times, (size_t)count * sizeof(double));',
    `  if (signals) memcpy(work + at_signals, signals, (size_t)options->samples * ${signals}u * sizeof(double));`,
    ...data.map(({ name, offset }, k) => `  memcpy(work + ${offset}, noether_data_${k}, sizeof noether_data_${k}); /* ${name} */`),
    put('eventLog', 'at_log'), put('eventCapacity', 'log ? capacity : 0'),
    '  const int32_t status = noether_integrate_frame(work, 0, at_times, count, at_out, at_signals);',
    '  noether_report(frame, stride, y_end, error, result);',
    `  memcpy(out, work + at_out, (size_t)result->written * ${n} * sizeof(double));`,
    `  const int32_t events = (int32_t)work[${FRAME.eventCount}], kept = events < capacity ? events : capacity;`,
    `  if (log && kept > 0) memcpy(log, work + at_log, (size_t)kept * ${n + 2} * sizeof(double));`,
    '  if (found) *found = events;',
    '  return status;',
    '}',
    'int32_t noether_integrate(const noether_options *options, const double *y0, const double *parameters, const double *atol,',
    '  const double *signals, int32_t count, const double *times, double *out, double *y_end, double *error,',
    '  noether_result *result, double *work) {',
    `  return noether_integrate_events(${given}, 0, NULL, NULL);`,
    '}',
  ]
}

/**
 * One C file with integrators of single trajectories and of ensembles.
 * @throws InputError for an unknown method.
 */
export function cFile(system: System, method: string, rtol?: number): string {
  const generated = generate(system, method, 'c', rtol)
  const [n, m, s] = [system.states.length, system.parameters?.length ?? 0, system.signals?.names.length ?? 0]
  const states = listed(system.states)
  return [
    '/*',
    ` * Integrator of ${states} by ${method}, generated by noether.`,
    ...(system.external === undefined ? [] : [` * ${system.external.note}`]),
    ` * states: ${states}; parameters: ${system.parameters?.join(', ') || 'none'};`,
    ` * signals: ${system.signals?.names.join(', ') || 'none'}; events: ${remark(system.events?.map((e) => e.name).join(', ') || 'none')}.`,
    ' * Compile with cc -O3 -Wall -Wextra -Werror (shared library: -shared -fPIC), link with -lm; -march=native gives ensembles the',
    ' * widest vectors of the machine, -DNOETHER_LANES=2, 4 or 8 a width of your choice (1: no vectors).',
    ' */',
    ...ctypesExample(system, n),
    cSource(optimized(generated.program)).replaceAll('noether_integrate(double *mem', 'noether_integrate_frame(double *mem'),
    // Not constant: GCC 12.2 with AVX-512 copies short constant arrays wrongly, and so a caller may put other data there.
    ...generated.data.flatMap(({ name, values }, k) => [
      `/* ${name}; other data of this size may be put here before an integration. */`,
      `extern double noether_data_${k}[${values.length}];`, `double noether_data_${k}[${values.length}] = {\n${numberLines(values)}\n};`,
    ]),
    ...(system.initial === undefined ? [] : [
      '/* The states that it begins at. */',
      `extern double noether_initial[${n}];`, `double noether_initial[${n}] = {\n${numberLines(system.initial)}\n};`,
    ]),
    declarations(n, m, s),
    `int32_t noether_states(void) { return ${n}; }`,
    `int32_t noether_parameters(void) { return ${m}; }`,
    'const char *noether_message(int32_t status) {',
    '  switch (status) {',
    ...MESSAGES.map((message, code) => `    ${code === 0 ? 'default' : `case ${code}`}: return "${message}";`),
    '  }',
    '}',
    ...frames(n, m, s > 0),
    ...single(n, s, generated),
    ...ensembleSource(system, generateForLanes(system, method, rtol)),
    '',
  ].join('\n')
}
