import { type Node, type OperationName, type Program, type Routine, type Type, MATH_FUNCTIONS } from './ir.js'
import { type Dialect, Writer } from './javascript.js'

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
  fromI32: (a) => `((double)${a[0]})`,
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
  callee: (name) => ((MATH_FUNCTIONS as readonly string[]).includes(name) ? name : `noether_${name}`),
  declare: (type, name, value) => `${TYPE[type]} ${name} = ${value ?? '0'}`,
}

function routineSource(routine: Routine): readonly string[] {
  const parameters = ['double *mem', ...routine.parameters.map((p) => `${TYPE[p.type]} ${p.name}`)].join(', ')
  const result = routine.result === undefined ? 'void' : TYPE[routine.result]
  const used = ['mem', ...routine.parameters.map((p) => p.name)].map((name) => `(void)${name};`).join(' ')
  return [`static ${result} noether_${routine.name}(${parameters}) {`, `  ${used}`, ...Writer.body(routine, C), '}', '']
}

/** C99 source of the routines of a program, each a static function `noether_<name>` whose first parameter is the memory. */
export function cSource(program: Program): string {
  return [
    '#include <math.h>',
    '#include <stddef.h>',
    '#include <stdint.h>',
    '#include <string.h>',
    '',
    'static inline double noether_min(double a, double b) { return b < a ? b : a; }',
    'static inline double noether_max(double a, double b) { return a < b ? b : a; }',
    '',
    ...program.routines.flatMap(routineSource),
  ].join('\n')
}
