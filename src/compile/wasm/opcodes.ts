import type { OperationName, Type } from '../ir.js'
import type { Bytes } from './bytes.js'

/** Types of WebAssembly variables: those of the IR and the pair of doubles. */
export type ValueType = Type | 'v128'
export const VALUE_TYPE: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b }
export const FUNCTION_TYPE = 0x60

/** Control and variable instructions (core specification §5.4). */
export const INSTRUCTION = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  return: 0x0f,
  drop: 0x1a,
  call: 0x10,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  f64Load: 0x2b,
  f64Store: 0x39,
  i32Const: 0x41,
  i64Const: 0x42,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32Shl: 0x74,
  i64Ne: 0x52,
  emptyType: 0x40,
} as const

/** Numeric instructions; each takes its arguments from the stack in the order of the IR operation, except `select`. */
export const NUMERIC: Readonly<Record<Exclude<OperationName, 'select' | 'iselect'>, Bytes>> = {
  add: [0xa0],
  sub: [0xa1],
  mul: [0xa2],
  div: [0xa3],
  min: [0xa4],
  max: [0xa5],
  copysign: [0xa6],
  neg: [0x9a],
  abs: [0x99],
  sqrt: [0x9f],
  floor: [0x9c],
  eq: [0x61],
  ne: [0x62],
  lt: [0x63],
  le: [0x65],
  iadd: [0x6a],
  isub: [0x6b],
  imul: [0x6c],
  iand: [0x71],
  ior: [0x72],
  ieq: [0x46],
  ilt: [0x48],
  toI32: [0xfc, 0x02],
  fromI32: [0xb7],
  unpack: [0xbd, 0xa7],
  bits: [0xbd],
  fromBits: [0xbf],
  toI64: [0xfc, 0x06],
  fromI64: [0xb9],
  extend: [0xac],
  wrap: [0xa7],
  ladd: [0x7c],
  lsub: [0x7d],
  lmul: [0x7e],
  land: [0x83],
  lor: [0x84],
  lshl: [0x86],
  lshr: [0x88],
  lsar: [0x87],
  llt: [0x53],
}
/** Takes the two values first, the condition last. */
export const SELECT = 0x1b

/** Instructions on pairs of doubles (core specification, vector instructions). */
export const PAIR = { load: [0xfd, 0x00], store: [0xfd, 0x0b], splat: [0xfd, 0x14], extract: [0xfd, 0x21] } as const
export const PAIRWISE: Readonly<Partial<Record<OperationName, Bytes>>> = {
  abs: [0xfd, 0xec, 0x01],
  neg: [0xfd, 0xed, 0x01],
  sqrt: [0xfd, 0xef, 0x01],
  add: [0xfd, 0xf0, 0x01],
  sub: [0xfd, 0xf1, 0x01],
  mul: [0xfd, 0xf2, 0x01],
  div: [0xfd, 0xf3, 0x01],
  min: [0xfd, 0xf4, 0x01],
  max: [0xfd, 0xf5, 0x01],
}

/** z + x·y and z − x·y on pairs from x, y, z, rounded once or twice as the machine likes (relaxed SIMD). */
export const FUSED: Readonly<Record<'add' | 'sub', Bytes>> = { add: [0xfd, 0x87, 0x02], sub: [0xfd, 0x88, 0x02] }

/** The lesser or greater of pairs, the first where either is NaN: one machine instruction, where `min` and `max` of NaN and −0 take seven. */
export const BOUNDED: Readonly<Record<'min' | 'max', Bytes>> = { min: [0xfd, 0xf6, 0x01], max: [0xfd, 0xf7, 0x01] }

/** Instructions on two lanes at once, for values of all types: integers and conditions take 64 bits a lane. */
export const LANES = {
  constant: [0xfd, 0x0c],
  loadBoth: [0xfd, 0x0a],
  loadLane: [0xfd, 0x57],
  storeLane: [0xfd, 0x5b],
  shuffle: [0xfd, 0x0d],
  not: [0xfd, 0x4d],
  and: [0xfd, 0x4e],
  andNot: [0xfd, 0x4f],
  or: [0xfd, 0x50],
  bitselect: [0xfd, 0x52],
  anyTrue: [0xfd, 0x53],
  replace: [0xfd, 0x22],
  splatInteger: [0xfd, 0x12],
  extractInteger: [0xfd, 0x1d],
  replaceInteger: [0xfd, 0x1e],
  negateInteger: [0xfd, 0xc1, 0x01],
  differs: [0xfd, 0xd7, 0x01],
  extendLow: [0xfd, 0xc7, 0x01],
  truncate: [0xfd, 0xfc, 0x01],
  convert: [0xfd, 0xfe, 0x01],
} as const

/** Operations whose arguments and results are all doubles, or all integers, in both lanes. */
export const LANEWISE: Readonly<Partial<Record<OperationName, Bytes>>> = {
  ...PAIRWISE,
  floor: [0xfd, 0x75],
  iadd: [0xfd, 0xce, 0x01],
  isub: [0xfd, 0xd1, 0x01],
  imul: [0xfd, 0xd5, 0x01],
  ladd: [0xfd, 0xce, 0x01],
  lsub: [0xfd, 0xd1, 0x01],
  lmul: [0xfd, 0xd5, 0x01],
  land: LANES.and,
  lor: LANES.or,
}

/** Comparisons; they give a mask. */
export const COMPARISON: Readonly<Partial<Record<OperationName, Bytes>>> = {
  eq: [0xfd, 0x47],
  ne: [0xfd, 0x48],
  lt: [0xfd, 0x49],
  le: [0xfd, 0x4b],
  ieq: [0xfd, 0xd6, 0x01],
  ilt: [0xfd, 0xd8, 0x01],
  llt: [0xfd, 0xd8, 0x01],
}

/** Shifts by the same constant in both lanes. */
export const SHIFT: Readonly<Partial<Record<OperationName, Bytes>>> = {
  lshl: [0xfd, 0xcb, 0x01],
  lsar: [0xfd, 0xcc, 0x01],
  lshr: [0xfd, 0xcd, 0x01],
}

/** Conversions that have no instruction on lanes: the instruction on one, and the types it goes between. */
export const CONVERSION: Readonly<Partial<Record<OperationName, readonly [Bytes, 'f64' | 'i64', 'f64' | 'i64']>>> = {
  toI64: [NUMERIC.toI64, 'f64', 'i64'],
  fromI64: [NUMERIC.fromI64, 'i64', 'f64'],
}
