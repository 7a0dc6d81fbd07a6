import { type Local, type Node, type OperationName, type Type } from '../ir.js'
import { isShared } from '../schedule.js'

/** Types of the variables of lanes; all integers have 64 bits. */
export const LANE_TYPE: Readonly<Record<Type, string>> = { f64: 'noether_f', i32: 'noether_i', i64: 'noether_i' }

const join = (sign: string) => (a: readonly string[]): string => `(${a.join(` ${sign} `)})`
const of = (name: string) => (a: readonly string[]): string => `${name}(${a.join(', ')})`

const OPERATION: Readonly<Record<OperationName, (args: readonly string[]) => string>> = {
  add: join('+'), sub: join('-'), mul: join('*'), div: join('/'), neg: (a) => `(-${a[0]})`,
  min: of('noether_least'), max: of('noether_greatest'), copysign: of('noether_sign'), abs: of('noether_abs'), sqrt: of('noether_root'),
  floor: of('noether_below'), eq: join('=='), ne: join('!='), lt: join('<'), le: join('<='),
  select: of('noether_choose'), iselect: of('noether_pick'),
  iadd: join('+'), isub: join('-'), imul: join('*'), iand: join('&'), ior: join('|'), ieq: join('=='), ilt: join('<'),
  toI32: of('noether_whole'), toI64: of('noether_whole'), fromI32: of('noether_real'), fromI64: of('noether_real'),
  bits: (a) => `((noether_i)${a[0]})`, fromBits: (a) => `((noether_f)${a[0]})`,
  extend: (a) => a[0] ?? '', wrap: (a) => `((${a[0]} << 32) >> 32)`, unpack: (a) => `(((noether_i)${a[0]} << 32) >> 32)`,
  ladd: join('+'), lsub: join('-'), lmul: join('*'), land: join('&'), lor: join('|'), llt: join('<'),
  lshl: join('<<'), lsar: join('>>'), lshr: (a) => `((noether_i)((noether_u)${a[0]} >> (noether_u)${a[1]}))`,
}

const COMPARISONS: ReadonlySet<OperationName> = new Set(['eq', 'ne', 'lt', 'le', 'ieq', 'ilt', 'llt'])

/** Whether an integer is computed as a mask. */
const isMask = (node: Node): boolean => node.kind === 'operation' &&
  (COMPARISONS.has(node.op) || ((node.op === 'iand' || node.op === 'ior') && node.args.every(isMask)))

function constant(node: Extract<Node, { kind: 'constant' }>): string {
  if (node.type !== 'f64')
    return BigInt(node.value) === -(1n << 63n) ? '((noether_i){0} + INT64_MIN)' : `NOETHER_L(${node.value})`
  const value = Number(node.value)
  if (Number.isNaN(value)) return 'NOETHER_D(NAN)'
  if (!Number.isFinite(value)) return `NOETHER_D(${value > 0 ? '' : '-'}INFINITY)`
  if (Object.is(value, -0)) return 'NOETHER_D(-0.0)'
  return `NOETHER_D(${/[.e]/.test(`${value}`) ? value : `${value}.0`})`
}

/**
 * Text of the values of a routine on lanes. Memory at positions that are the same for all lanes is a frame in which the lanes of a double
 * lie side by side; other positions are a lane's own.
 */
export class LaneValues {
  protected readonly lines: string[] = []
  protected indent = '  '
  protected uses: ReadonlyMap<Node, number> = new Map()
  private names = new Map<Node, string>()
  private numbered = 0

  /**
   * @param uniform integers that are the same for all lanes.
   * @param reads how a double at positions of the lanes is read.
   */
  constructor(private readonly uniform: Set<string>, private readonly reads: 'noether_gather' | 'noether_lookup') {}

  protected put(text: string): void {
    this.lines.push(`${this.indent}${text}`)
  }

  protected fresh(prefix: string): string {
    this.numbered += 1
    return `${prefix}${this.numbered}`
  }

  /** Forgets the temporaries of a statement. */
  protected forget(): void {
    this.names = new Map()
  }

  protected shared(local: Local): void {
    this.uniform.add(local.name)
  }

  /** A value that is not a condition, or a condition as 0 or 1. */
  value(node: Node): string {
    return isMask(node) ? `(-${this.raw(node)})` : this.raw(node)
  }

  /** A condition as a mask. */
  mask(node: Node): string {
    return isMask(node) ? this.raw(node) : `(${this.value(node)} != 0)`
  }

  private raw(node: Node): string {
    const known = this.names.get(node)
    if (known !== undefined) return known
    const text = this.compute(node)
    if (!isShared(node, this.uses.get(node) ?? 1)) return text
    const name = this.fresh('s')
    const exact = this.reads === 'noether_lookup' && node.kind === 'operation' && node.op === 'mul'
    this.put(`const ${LANE_TYPE[node.type]} ${name} = ${exact ? `noether_rounded(${text})` : text};`)
    this.names.set(node, name)
    return name
  }

  private compute(node: Node): string {
    switch (node.kind) {
      case 'constant':
        return constant(node)
      case 'local':
        return this.uniform.has(node.local.name) ? `((noether_i){0} + ${node.local.name})` : node.local.name
      case 'load':
        if (this.isUniform(node.base)) return `noether_load(work, ${this.position(node.base, node.offset)})`
        return `${this.reads}(${this.place(node.base, node.offset)})`
      case 'call':
        return `noether_${node.callee}_lanes(${node.args.map((a) => this.value(a)).join(', ')})`
      case 'operation':
        return this.operation(node)
    }
  }

  private operation({ op, args }: Extract<Node, { kind: 'operation' }>): string {
    const [x, y] = args
    if (op === 'ieq' && x !== undefined && isMask(x) && y?.kind === 'constant' && y.value === 0) return `(~${this.mask(x)})`
    if (op === 'select' || op === 'iselect')
      return OPERATION[op](args.map((a, k) => (k === 0 ? this.mask(a) : this.value(a))))
    if ((op === 'iand' || op === 'ior') && args.every(isMask)) return OPERATION[op](args.map((a) => this.mask(a)))
    return OPERATION[op](args.map((a) => this.value(a)))
  }

  protected isUniform(node: Node): boolean {
    if (node.kind === 'constant') return this.reads === 'noether_gather'
    if (node.kind === 'local') return this.uniform.has(node.local.name)
    return node.kind === 'operation' && (node.op === 'iadd' || node.op === 'imul') && node.args.every((a) => this.isUniform(a))
  }

  /** A position that is the same for all lanes. */
  protected position(base: Node, offset = 0): string {
    const plain = (node: Node): string => {
      if (node.kind === 'constant') return `${node.value}`
      if (node.kind === 'local') return node.local.name
      if (node.kind === 'operation') return `(${node.args.map(plain).join(node.op === 'iadd' ? ' + ' : ' * ')})`
      throw new TypeError('a position of all lanes is a sum or product of integers')
    }
    return offset === 0 ? plain(base) : `${plain(base)} + ${offset}`
  }

  /** Positions of the lanes. */
  protected place(base: Node, offset: number): string {
    return offset === 0 ? this.value(base) : `${this.value(base)} + ${offset}`
  }
}
