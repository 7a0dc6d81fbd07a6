import { type Local, type Node, OPERATIONS, type OperationName, type Type } from './ir.js'

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never

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
