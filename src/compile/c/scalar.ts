import { type Node, type OperationName, type Program, type Routine, type Type, MATH_FUNCTIONS, PACKED } from '../ir.js'
import { type Dialect, ROUGH, Writer } from '../javascript.js'
import { C_PRODUCT } from '../productSource.js'
import { scheduleOf, statementsIn } from '../schedule.js'
import { straightRoutine } from '../wasm/straight.js'

const TYPE: Readonly<Record<Type, string>> = { f64: 'double', i32: 'int32_t', i64: 'int64_t' }

const join = (sign: string) => (a: readonly string[]): string => `(${a.join(` ${sign} `)})`
const of = (name: string) => (a: readonly string[]): string => `${name}(${a.join(', ')})`
const choice = (a: readonly string[]): string => `(${a[0]} ? ${a[1]} : ${a[2]})`

const OPERATION: Partial<Record<OperationName, (args: readonly string[]) => string>> = {
  add: join('+'),
  sub: join('-'),
  mul: join('*'),
  div: join('/'),
  min: of('noether_min'),
  max: of('noether_max'),
  copysign: of('copysign'),
  neg: (a) => `(-${a[0]})`,
  abs: of('fabs'),
  sqrt: of('sqrt'),
  floor: of('floor'),
  eq: join('=='),
  ne: join('!='),
  lt: join('<'),
  le: join('<='),
  select: choice,
  iselect: choice,
  iadd: join('+'),
  isub: join('-'),
  imul: join('*'),
  iand: join('&'),
  ior: join('|'),
  ieq: join('=='),
  ilt: join('<'),
  toI32: (a) => `((int32_t)${a[0]})`,
  unpack: (a) => `((int32_t)(${a[0]} - ${PACKED}.0))`,
  fromI32: (a) => `((double)${a[0]})`,
  bits: of('noether_bits'),
  fromBits: of('noether_double'),
  lshl: (a) => `((int64_t)((uint64_t)${a[0]} << ${a[1]}))`,
}

function constant(node: Extract<Node, { kind: 'constant' }>): string {
  if (node.type !== 'f64') return Number(node.value) < 0 ? `(${node.value})` : `${node.value}`
  const value = Number(node.value)
  if (Number.isNaN(value)) return 'NAN'
  if (!Number.isFinite(value)) return value > 0 ? 'INFINITY' : '(-INFINITY)'
  const digits = Object.is(value, -0) ? '-0.0' : /[.e]/.test(`${value}`) ? `${value}` : `${value}.0`
  return digits.startsWith('-') ? `(${digits})` : digits
}

const C: Dialect = {
  operation(op, args) {
    const write = OPERATION[op]
    if (write === undefined) throw new TypeError(`${op} has no C form`)
    return write(args)
  },
  constant,
  callee: (name, counted) =>
    ROUGH[name] ?? (isMathFunction(name) && !(counted && straightRoutine(name) !== undefined) ? name : `noether_${name}`),
  declare: (type, name, value) => `${TYPE[type]} ${name} = ${value ?? '0'}`,
}

const isMathFunction = (name: string): boolean => (MATH_FUNCTIONS as readonly string[]).includes(name)

/**
 * The functions that counted loops call, where they have no branch: compilers turn such a loop into vector instructions once they have
 * put the function in place, which they cannot do with the C library's.
 */
function inlineFunctions(program: Program): readonly string[] {
  const loops = program.routines.flatMap((r) => [...statementsIn(r.body)].filter((s) => s.kind === 'each' || s.kind === 'total'))
  const names = new Set(loops.flatMap((s) => [...scheduleOf(s).callees]))
  const routines = [...names].flatMap((name) => straightRoutine(name) ?? [])
  if (routines.length === 0) return []
  return [
    'static inline int64_t noether_bits(double x) { int64_t b; memcpy(&b, &x, sizeof b); return b; }',
    'static inline double noether_double(int64_t b) { double x; memcpy(&x, &b, sizeof x); return x; }',
    ...routines.flatMap((r) => [
      `static inline double noether_${r.name}(${r.parameters.map((p) => `double ${p.name}`).join(', ')}) {`, ...Writer.body(r, C), '}', '',
    ]),
  ]
}

/** Values of a routine from which on it is kept apart from what calls it: compilers take longer for one long function than for two. */
const LONG = 1000
const isLong = (routine: Routine): boolean =>
  routine.result === undefined && [...statementsIn(routine.body)].reduce((count, s) => count + scheduleOf(s).uses.size, 0) > LONG

function routineSource(routine: Routine): readonly string[] {
  const parameters = ['double *mem', ...routine.parameters.map((p) => `${TYPE[p.type]} ${p.name}`)].join(', ')
  const result = routine.result === undefined ? 'void' : TYPE[routine.result]
  const used = ['mem', ...routine.parameters.map((p) => p.name)].map((name) => `(void)${name};`).join(' ')
  const apart = isLong(routine) ? 'NOETHER_APART ' : ''
  return [`${apart}static ${result} noether_${routine.name}(${parameters}) {`, `  ${used}`, ...Writer.body(routine, C), '}', '']
}

const APART = ['#if defined(__GNUC__)', '#define NOETHER_APART __attribute__((noinline))', '#else', '#define NOETHER_APART', '#endif', '']

/** C99 source of the routines of a program, each a static function `noether_<name>` whose first parameter is the memory. */
export function cSource(program: Program): string {
  const hasProduct = program.routines.some((r) => [...statementsIn(r.body)].some((s) => s.kind === 'product'))
  return [
    '#include <math.h>',
    '#include <stddef.h>',
    '#include <stdint.h>',
    '#include <string.h>',
    '',
    '/* Of NaN and a number: NaN. */',
    'static inline double noether_min(double a, double b) { const double m = b < a ? b : a; return b == b ? m : b; }',
    'static inline double noether_max(double a, double b) { const double m = a < b ? b : a; return b == b ? m : b; }',
    '',
    ...inlineFunctions(program),
    ...(program.routines.some(isLong) ? APART : []),
    ...(hasProduct ? C_PRODUCT : []),
    ...program.routines.flatMap(routineSource),
  ].join('\n')
}
