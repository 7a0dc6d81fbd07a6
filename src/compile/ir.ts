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
export const MATH_FUNCTIONS = ['exp', 'log', 'sin', 'cos', 'tan', 'tanh', 'sinh', 'cosh', 'atan', 'pow'] as const
export type MathFunction = (typeof MATH_FUNCTIONS)[number]

/** A mutable variable of a routine; its name is unique there. */
export interface Local {
  readonly name: string
  readonly type: Type
}

/**
 * A value: immutable and, within one `Graph`, hash-consed, so equal values are the same object and are computed once.
 * `local` and `load` mean the content of the variable or of memory when the statement that uses them begins.
 * Memory is one array of doubles; positions count doubles.
 */
export type Node =
  | { readonly kind: 'constant'; readonly id: number; readonly type: Type; readonly value: number | bigint }
  | { readonly kind: 'local'; readonly id: number; readonly type: Type; readonly local: Local }
  | { readonly kind: 'load'; readonly id: number; readonly type: 'f64'; readonly base: Node; readonly offset: number }
  | { readonly kind: 'operation'; readonly id: number; readonly type: Type; readonly op: OperationName; readonly args: readonly Node[] }
  | { readonly kind: 'call'; readonly id: number; readonly type: 'f64'; readonly callee: string; readonly args: readonly Node[] }

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never

/** Where a statement puts a value. */
export type Place =
  | { readonly kind: 'local'; readonly local: Local }
  | { readonly kind: 'memory'; readonly base: Node; readonly offset: number }

/**
 * `set` computes all its values before any of its variables changes; stores to memory must not touch what its loads read.
 * There is no jump: a routine is structured, so that every target can print it.
 */
export type Statement =
  | { readonly kind: 'set'; readonly targets: readonly (readonly [Place, Node])[] }
  | { readonly kind: 'if'; readonly condition: Node; readonly body: readonly Statement[]; readonly otherwise: readonly Statement[] }
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

const FOLD: Partial<Record<OperationName, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  min: (x, y) => Math.min(x, y),
  max: (x, y) => Math.max(x, y),
  neg: (x) => -x,
  abs: (x) => Math.abs(x),
  sqrt: (x) => Math.sqrt(x),
  iadd: (x, y) => (x + y) | 0,
  isub: (x, y) => (x - y) | 0,
  imul: (x, y) => Math.imul(x, y),
  fromI32: (x) => x,
}

const isConstant = (node: Node, value: number): boolean => node.kind === 'constant' && Object.is(node.value, value)
/** The argument of a negation, else undefined. */
const negated = (node: Node): Node | undefined => (node.kind === 'operation' && node.op === 'neg' ? node.args[0] : undefined)

/**
 * Builds nodes: shares equal ones, folds constants and applies the identities that hold in IEEE arithmetic
 * (up to the sign of zero). Nodes of different graphs must not meet.
 */
export class Graph {
  private readonly table = new Map<string, Node>()

  private intern(key: string, shape: WithoutId<Node>): Node {
    const known = this.table.get(key)
    if (known !== undefined) return known
    const made: Node = { ...shape, id: this.table.size }
    this.table.set(key, made)
    return made
  }

  constant(value: number): Node {
    return this.intern(`f${Object.is(value, -0) ? '-0' : value}`, { kind: 'constant', type: 'f64', value })
  }

  int(value: number): Node {
    return this.intern(`i${value}`, { kind: 'constant', type: 'i32', value })
  }

  long(value: bigint): Node {
    return this.intern(`l${value}`, { kind: 'constant', type: 'i64', value })
  }

  read = (local: Local): Node => this.intern(`v${local.type}:${local.name}`, { kind: 'local', type: local.type, local })

  /** The double at memory position base + offset. */
  load(base: Node, offset = 0): Node {
    return this.intern(`m${base.id}+${offset}`, { kind: 'load', type: 'f64', base, offset })
  }

  call(callee: string, ...args: readonly Node[]): Node {
    return this.intern(`c${callee}(${args.map((a) => a.id).join()})`, { kind: 'call', type: 'f64', callee, args })
  }

  apply(op: OperationName, ...args: readonly Node[]): Node {
    const [x, y] = args
    const signature: readonly Type[] = OPERATIONS[op]
    if (x === undefined || args.length !== signature.length - 1 || args.some((a, i) => a.type !== signature[i]))
      throw new TypeError(`${op} applied to (${args.map((a) => a.type).join(', ')})`)
    const simple = this.fold(op, args) ?? this.identity(op, x, y)
    if (simple !== undefined) return simple
    const ordered = (op === 'add' || op === 'mul') && y !== undefined && y.id < x.id ? [y, x] : args
    const type = signature.at(-1) ?? 'f64'
    return this.intern(`o${op}(${ordered.map((a) => a.id).join()})`, { kind: 'operation', type, op, args: ordered })
  }

  private fold(op: OperationName, args: readonly Node[]): Node | undefined {
    const [x, y] = args
    if (x?.kind !== 'constant' || typeof x.value !== 'number' || (y !== undefined && y.kind !== 'constant')) return undefined
    const fold = FOLD[op]
    if (fold === undefined || typeof y?.value === 'bigint') return undefined
    const value = fold(x.value, y?.value ?? 0)
    return OPERATIONS[op].at(-1) === 'i32' ? this.int(value) : this.constant(value)
  }

  private identity(op: OperationName, x: Node, y: Node | undefined): Node | undefined {
    if (op === 'neg') return negated(x)
    if (y === undefined) return undefined
    switch (op) {
      case 'add': {
        if (isConstant(x, 0)) return y
        if (isConstant(y, 0)) return x
        const [minusX, minusY] = [negated(x), negated(y)]
        if (minusY !== undefined) return this.apply('sub', x, minusY)
        return minusX === undefined ? undefined : this.apply('sub', y, minusX)
      }
      case 'sub': {
        if (isConstant(y, 0)) return x
        if (isConstant(x, 0)) return this.apply('neg', y)
        const minusY = negated(y)
        return minusY === undefined ? undefined : this.apply('add', x, minusY)
      }
      case 'mul':
        if (isConstant(x, 1)) return y
        if (isConstant(y, 1)) return x
        if (isConstant(x, -1)) return this.apply('neg', y)
        return isConstant(y, -1) ? this.apply('neg', x) : undefined
      case 'div':
        return isConstant(y, 1) ? x : undefined
      case 'iadd':
        return isConstant(y, 0) ? x : undefined
      default:
        return undefined
    }
  }

  add = (x: Node, y: Node): Node => this.apply('add', x, y)
  sub = (x: Node, y: Node): Node => this.apply('sub', x, y)
  mul = (x: Node, y: Node): Node => this.apply('mul', x, y)
  div = (x: Node, y: Node): Node => this.apply('div', x, y)
  neg = (x: Node): Node => this.apply('neg', x)
  abs = (x: Node): Node => this.apply('abs', x)
  sqrt = (x: Node): Node => this.apply('sqrt', x)
  max = (x: Node, y: Node): Node => this.apply('max', x, y)
  min = (x: Node, y: Node): Node => this.apply('min', x, y)
  lt = (x: Node, y: Node): Node => this.apply('lt', x, y)
  le = (x: Node, y: Node): Node => this.apply('le', x, y)
  select = (condition: Node, x: Node, y: Node): Node => this.apply('select', condition, x, y)
  and = (x: Node, y: Node): Node => this.apply('iand', x, y)
  or = (x: Node, y: Node): Node => this.apply('ior', x, y)
  not = (x: Node): Node => this.apply('ieq', x, this.int(0))
  plus = (x: Node, y: Node | number): Node => this.apply('iadd', x, typeof y === 'number' ? this.int(y) : y)

  /** Sum as a balanced tree: short dependency chains and the smaller rounding bound of pairwise summation. */
  sum(terms: readonly Node[]): Node {
    const [first, second] = terms
    if (first === undefined) return this.constant(0)
    if (second === undefined) return first
    const half = terms.length >> 1
    return this.add(this.sum(terms.slice(0, half)), this.sum(terms.slice(half)))
  }

  /** Σ coefficient·node, zero coefficients left out. */
  combination(pairs: readonly (readonly [number, Node])[]): Node {
    return this.sum(pairs.filter(([c]) => c !== 0).map(([c, x]) => this.mul(this.constant(c), x)))
  }

  /** Polynomial Σ coefficients[i]·x^i by Horner's rule. */
  polynomial(coefficients: readonly number[], x: Node): Node {
    let value = this.constant(coefficients.at(-1) ?? 0)
    for (const c of coefficients.slice(0, -1).reverse()) value = this.add(this.mul(value, x), this.constant(c))
    return value
  }

  /** x^n for an integer n by repeated squaring; shared powers are computed once. */
  integerPower(x: Node, n: number): Node {
    if (n < 0) return this.div(this.constant(1), this.integerPower(x, -n))
    if (n === 0) return this.constant(1)
    if (n === 1) return x
    const half = this.integerPower(x, n >> 1)
    const square = this.mul(half, half)
    return n % 2 === 1 ? this.mul(square, x) : square
  }
}

export const toLocal = (local: Local): Place => ({ kind: 'local', local })
export const toMemory = (base: Node, offset = 0): Place => ({ kind: 'memory', base, offset })

export const set = (...targets: readonly (readonly [Place | Local, Node])[]): Extract<Statement, { kind: 'set' }> => ({
  kind: 'set',
  targets: targets.map(([place, value]) => ['kind' in place ? place : toLocal(place), value] as const),
})
export const when = (condition: Node, body: readonly Statement[], otherwise: readonly Statement[] = []): Statement => ({
  kind: 'if', condition, body, otherwise,
})
export const loop = (condition: Node, body: readonly Statement[]): Statement => ({ kind: 'while', condition, body })
export const invoke = (callee: string, ...args: readonly Node[]): Statement => ({ kind: 'invoke', callee, args })
export const giveBack = (value: Node): Statement => ({ kind: 'return', value })
export const f64 = (name: string): Local => ({ name, type: 'f64' })
export const i32 = (name: string): Local => ({ name, type: 'i32' })
export const i64 = (name: string): Local => ({ name, type: 'i64' })
