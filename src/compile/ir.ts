import { unreachable } from '../errors.js'
import type { Product } from './product.js'

/** `f64`: IEEE double; `i32`, `i64`: two's complement integers (conditions are `i32` 0 or 1, memory positions `i32`). */
export type Type = 'f64' | 'i32' | 'i64'

/** The operations of the IR with the types of their arguments and of their result. */
export const OPERATIONS = {
  add: ['f64', 'f64', 'f64'],
  sub: ['f64', 'f64', 'f64'],
  mul: ['f64', 'f64', 'f64'],
  div: ['f64', 'f64', 'f64'],
  min: ['f64', 'f64', 'f64'],
  max: ['f64', 'f64', 'f64'],
  copysign: ['f64', 'f64', 'f64'],
  neg: ['f64', 'f64'],
  abs: ['f64', 'f64'],
  sqrt: ['f64', 'f64'],
  floor: ['f64', 'f64'],
  eq: ['f64', 'f64', 'i32'],
  ne: ['f64', 'f64', 'i32'],
  lt: ['f64', 'f64', 'i32'],
  le: ['f64', 'f64', 'i32'],
  select: ['i32', 'f64', 'f64', 'f64'],
  iadd: ['i32', 'i32', 'i32'],
  isub: ['i32', 'i32', 'i32'],
  imul: ['i32', 'i32', 'i32'],
  iand: ['i32', 'i32', 'i32'],
  ior: ['i32', 'i32', 'i32'],
  ieq: ['i32', 'i32', 'i32'],
  ilt: ['i32', 'i32', 'i32'],
  iselect: ['i32', 'i32', 'i32', 'i32'],
  toI32: ['f64', 'i32'],
  fromI32: ['i32', 'f64'],
  unpack: ['f64', 'i32'],
  bits: ['f64', 'i64'],
  fromBits: ['i64', 'f64'],
  toI64: ['f64', 'i64'],
  fromI64: ['i64', 'f64'],
  extend: ['i32', 'i64'],
  wrap: ['i64', 'i32'],
  ladd: ['i64', 'i64', 'i64'],
  lsub: ['i64', 'i64', 'i64'],
  lmul: ['i64', 'i64', 'i64'],
  land: ['i64', 'i64', 'i64'],
  lor: ['i64', 'i64', 'i64'],
  lshl: ['i64', 'i64', 'i64'],
  lshr: ['i64', 'i64', 'i64'],
  lsar: ['i64', 'i64', 'i64'],
  llt: ['i64', 'i64', 'i32'],
} as const satisfies Record<string, readonly Type[]>

/** How tables hold an integer i ≥ 0: as 2^52 + i, in whose low bits it stands, so that `unpack` is cheaper than a conversion. */
export const PACKED = 2 ** 52

export type OperationName = keyof typeof OPERATIONS

/** The functions a module brings along; all map doubles to a double. */
export const MATH_FUNCTIONS = ['exp', 'log', 'sin', 'cos', 'tan', 'tanh', 'sinh', 'cosh', 'asinh', 'atan', 'pow'] as const
export type MathFunction = (typeof MATH_FUNCTIONS)[number]

/** A mutable variable of a routine; its name is unique there. */
export interface Local {
  readonly name: string
  readonly type: Type
}

/**
 * A value: immutable and, within one `Graph` (`graph.ts`), hash-consed, so equal values are the same object and are computed once.
 * `local` and `load` mean the content of the variable or of memory when the statement that uses them begins.
 * Memory is one array of doubles; positions count doubles.
 */
export type Node =
  | { readonly kind: 'constant'; readonly id: number; readonly type: Type; readonly value: number | bigint }
  | { readonly kind: 'local'; readonly id: number; readonly type: Type; readonly local: Local }
  | { readonly kind: 'load'; readonly id: number; readonly type: 'f64'; readonly base: Node; readonly offset: number }
  | { readonly kind: 'operation'; readonly id: number; readonly type: Type; readonly op: OperationName; readonly args: readonly Node[] }
  | { readonly kind: 'call'; readonly id: number; readonly type: 'f64'; readonly callee: string; readonly args: readonly Node[] }

/** Where a statement puts a value. */
export type Place = { readonly kind: 'local'; readonly local: Local } | MemoryPlace
export interface MemoryPlace {
  readonly kind: 'memory'
  readonly base: Node
  readonly offset: number
}

export type Rareness = 'seldom' | 'sometimes'

/**
 * `set` computes all its values before any of its variables changes; stores to memory must not touch what its loads read.
 * There is no jump: a routine is structured, so that every target can print it.
 */
export type Statement =
  | { readonly kind: 'set'; readonly targets: readonly (readonly [Place, Node])[] }
  /**
   * `rare`: the body is long and seldom run, or not in every step; a target may make it a function of its own, of the latter where the routine
   * is too long otherwise. It has no return then.
   */
  | { readonly kind: 'if'; readonly condition: Node; readonly body: readonly Statement[]; readonly otherwise: readonly Statement[]; readonly rare?: Rareness }
  | { readonly kind: 'while'; readonly condition: Node; readonly body: readonly Statement[] }
  /** For counter = 0 … count − 1 the targets, all in memory, each at a base that moves by one with the counter. */
  | { readonly kind: 'each'; readonly counter: Local; readonly count: number; readonly targets: readonly (readonly [Place, Node])[] }
  /** into = Σ of the term over counter = 0 … count − 1, in any order. */
  | { readonly kind: 'total'; readonly counter: Local; readonly count: number; readonly into: Local; readonly term: Node }
  | Product
  | { readonly kind: 'invoke'; readonly callee: string; readonly args: readonly Node[] }
  | { readonly kind: 'return'; readonly value: Node }

/** A function of a program. Without `result` it works on memory alone. */
export interface Routine {
  readonly name: string
  readonly parameters: readonly Local[]
  readonly result?: Type
  readonly body: readonly Statement[]
}

/** What a target generates code from. Routines call each other by name; `exported` are the entries. */
export interface Program {
  readonly routines: readonly Routine[]
  readonly exported: readonly string[]
}

/** The direct arguments of a node. */
export function argumentsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'constant':
    case 'local':
      return []
    case 'load':
      return [node.base]
    case 'operation':
    case 'call':
      return node.args
    default:
      return unreachable(node)
  }
}

export const toLocal = (local: Local): Place => ({ kind: 'local', local })
export const toMemory = (base: Node, offset = 0): MemoryPlace => ({ kind: 'memory', base, offset })

/** Assigns a list of values at once, of any length. */
export const assign = (targets: readonly (readonly [Place | Local, Node])[]): Extract<Statement, { kind: 'set' }> => ({
  kind: 'set',
  targets: targets.map(([place, value]) => ['kind' in place ? place : toLocal(place), value] as const),
})
export const set = (...targets: readonly (readonly [Place | Local, Node])[]): Extract<Statement, { kind: 'set' }> => assign(targets)
export const when = (condition: Node, body: readonly Statement[], otherwise: readonly Statement[] = []): Statement => ({
  kind: 'if', condition, body, otherwise,
})
/** `when` for what is seldom the case, or not in every step. */
export const whenRarely = (rare: Rareness, condition: Node, body: readonly Statement[]): Statement => ({ kind: 'if', condition, body, otherwise: [], rare })
export const loop = (condition: Node, body: readonly Statement[]): Statement => ({ kind: 'while', condition, body })
export const invoke = (callee: string, ...args: readonly Node[]): Statement => ({ kind: 'invoke', callee, args })
export const giveBack = (value: Node): Statement => ({ kind: 'return', value })
export const f64 = (name: string): Local => ({ name, type: 'f64' })
export const i32 = (name: string): Local => ({ name, type: 'i32' })
export const i64 = (name: string): Local => ({ name, type: 'i64' })
