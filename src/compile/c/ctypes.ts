import type { System } from '../integrator/rightHandSide.js'
import { pythonNames } from '../remark.js'

/** What both examples begin with. */
const HEAD = [
  'import ctypes, subprocess',
  'subprocess.run("cc -O3 -shared -fPIC -o integrator.so integrator.c -lm".split(), check=True)',
  'library, double = ctypes.CDLL("./integrator.so"), ctypes.c_double',
  'doubles = lambda values: (double * len(values))(*values)',
]

/** The comment of a C file that shows how Python calls it: a script that runs beside the file. */
const comment = (lines: readonly string[]): readonly string[] =>
  ['/*', 'From Python, with this file as integrator.c and your own values in the place of these:', '', ...HEAD, ...lines, '*/']

const named = (names: readonly string[]): string => (names.length > 0 && names.length <= 8 ? `  # ${names.join(', ')}` : '')

/** Options, call and output of `noether_integrate`; a system with events is called for them too. */
export function ctypesExample(system: System, n: number): readonly string[] {
  const { parameters = [], events = [], signals: { names: signals = [] } = {} } = system
  const driven = signals.length > 0
  const logged = events.length > 0
  const row = n + 2
  return comment([
    'class Options(ctypes.Structure):',
    '    _fields_ = [(name, double) for name in "t0 t1 rtol step largest_step max_steps origin spacing".split()] + [',
    '        ("intervals", ctypes.c_int32), ("samples", ctypes.c_int32)]',
    'class Result(ctypes.Structure):',
    '    _fields_ = [(name, double) for name in "t accepted rejected evaluations written".split()]',
    'library.noether_work.restype, library.noether_message.restype = ctypes.c_size_t, ctypes.c_char_p',
    `y0, atol = ${system.initial === undefined ? `doubles([1.0] * ${n})` : `(double * ${n}).in_dll(library, "noether_initial")`}, ` +
      `doubles([1e-12] * ${n})${system.external === undefined ? named(system.states) : ''}`,
    `parameters = doubles([1.0] * ${parameters.length})${named(parameters)}`,
    'options, result, times = Options(t0=0, t1=1, rtol=1e-9), Result(), [0.5, 1]',
    ...(driven ? [
      `signals = doubles([1.0, 1.0, 1.0] * ${signals.length})${named(signals)}: 3 samples each`,
      `options.origin, options.spacing, options.intervals, options.samples = 0, 0.5, ${system.signals?.shape === 'linear' ? 2 : 3}, 3`,
    ] : []),
    `out, end, error = (double * (len(times) * ${n}))(), (double * ${n})(), (double * ${n})()`,
    ...(logged ? [`found, log = ctypes.c_int32(), (double * (100 * ${row}))()`] : []),
    `work = (double * (library.noether_work(len(times), ${driven ? 3 : 0})${logged ? ` + 100 * ${row}` : ''}))()`,
    `status = library.noether_integrate${logged ? '_events' : ''}(`,
    `    ctypes.byref(options), y0, parameters, atol, ${driven ? 'signals' : 'None'}, len(times), doubles(times), out, end, error,`,
    `    ctypes.byref(result), work${logged ? ', 100, log, ctypes.byref(found)' : ''})`,
    'print(library.noether_message(status).decode())',
    'for k in range(int(result.written)):',
    `    print(times[k], *out[${n} * k:${n} * k + ${n}])`,
    ...(logged ? [
      'for k in range(min(found.value, 100)):',
      `    print(${pythonNames(events.map((e) => e.name))}[int(log[${row} * k])], *log[${row} * k + 1:${row} * (k + 1)])`,
    ] : []),
  ])
}

/** The call of `noether_walk_path` and its output, for so many states. */
export const ctypesWalkExample = (states: readonly string[], parameters: readonly string[]): readonly string[] => comment([
  'library.noether_walk_work.restype, level = ctypes.c_size_t, 10',
  `y0, parameters = doubles([1.0] * ${states.length}), doubles([1.0] * ${parameters.length})${named([...states, ...parameters])}`,
  `path, work = (double * ((2**level + 1) * ${states.length}))(), (double * library.noether_walk_work(level))()`,
  'taken = library.noether_walk_path(double(0), double(1), y0, parameters, ctypes.c_uint32(1), level, path, work)  # from 0 to 1, seed 1',
  'for k in range(taken + 1):',
  `    print(k / 2**level, *path[${states.length} * k:${states.length} * (k + 1)])`,
])
