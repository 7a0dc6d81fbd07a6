import { unreachable } from '../errors.js'
import { apartIn } from './bytecode.js'
import { type Local, type Node, type OperationName, type Place, type Program, type Routine, type Statement, MATH_FUNCTIONS } from './ir.js'
import { JAVASCRIPT_PRODUCT, PRODUCT_ARGUMENTS } from './productSource.js'
import type { Position, Product } from './product.js'
import { type Apart, rareBlocks } from './rare.js'
import { isShared, localsOf, scheduleOf, statementsIn } from './schedule.js'

/** How a target writes operations, constants and statements; C and JavaScript share the shape of their statements. */
export interface Dialect {
  operation(op: OperationName, args: readonly string[]): string
  constant(node: Extract<Node, { kind: 'constant' }>): string
  /** @param counted whether a loop of fixed length calls it. */
  callee(name: string, counted: boolean): string
  declare(type: Node['type'], name: string, value?: string): string
}

const join = (sign: string) => (a: readonly string[]): string => `(${a.join(` ${sign} `)})`
const flag = (sign: string) => (a: readonly string[]): string => `(${a.join(` ${sign} `)} ? 1 : 0)`
const int = (sign: string) => (a: readonly string[]): string => `((${a.join(` ${sign} `)}) | 0)`
const of = (name: string) => (a: readonly string[]): string => `${name}(${a.join(', ')})`
const choice = (a: readonly string[]): string => `(${a[0]} ? ${a[1]} : ${a[2]})`

const OPERATION: Partial<Record<OperationName, (args: readonly string[]) => string>> = {
  add: join('+'),
  sub: join('-'),
  mul: join('*'),
  div: join('/'),
  min: of('Math.min'),
  max: of('Math.max'),
  copysign: of('copysign'),
  neg: (a) => `(-${a[0]})`,
  abs: of('Math.abs'),
  sqrt: of('Math.sqrt'),
  floor: of('Math.floor'),
  eq: flag('==='),
  ne: flag('!=='),
  lt: flag('<'),
  le: flag('<='),
  select: choice,
  iselect: choice,
  iadd: int('+'),
  isub: int('-'),
  imul: of('Math.imul'),
  iand: int('&'),
  ior: int('|'),
  ieq: flag('==='),
  ilt: flag('<'),
  toI32: (a) => `(${a[0]} | 0)`,
  unpack: (a) => `(${a[0]} | 0)`,
  fromI32: (a) => `${a[0]}`,
}

/** Functions to seven digits, in the languages whose own are fast. */
export const ROUGH: Readonly<Record<string, string>> = { roughExp: 'exp', roughLog: 'log' }

const JAVASCRIPT: Dialect = {
  operation(op, args) {
    const write = OPERATION[op]
    if (write === undefined) throw new TypeError(`${op} has no JavaScript form`)
    return write(args)
  },
  constant: ({ value }) => {
    if (Object.is(value, -0)) return '(-0)'
    return Number(value) < 0 ? `(${value})` : `${value}`
  },
  callee: (name) => {
    const own = ROUGH[name] ?? name
    return (MATH_FUNCTIONS as readonly string[]).includes(own) ? `Math.${own}` : own
  },
  declare: (_, name, value) => `let ${name} = ${value ?? 0}`,
}

/** Writes the statements of one routine in a language with the syntax of C; `mem` is memory. */
export class Writer {
  private readonly lines: string[] = []
  private readonly names = new Map<Node, string>()
  private uses: ReadonlyMap<Node, number> = new Map()
  private temporaries = 0
  private counting = false

  /** @param apart blocks that are functions of their own. */
  constructor(private readonly dialect: Dialect, private readonly indent: string, private readonly apart: ReadonlyMap<Statement, Apart> = new Map()) {}

  static body(routine: Routine, dialect: Dialect, apart?: ReadonlyMap<Statement, Apart>): readonly string[] {
    const writer = new Writer(dialect, '  ', apart)
    for (const local of localsOf(routine)) writer.lines.push(`  ${dialect.declare(local.type, local.name)};`)
    writer.block(routine.body)
    return writer.lines
  }

  private put(text: string): void {
    this.lines.push(`${this.indent}${text}`)
  }

  private block(body: readonly Statement[]): void {
    for (const statement of body) this.statement(statement)
  }

  private nested(body: readonly Statement[]): void {
    const inner = new Writer(this.dialect, `${this.indent}  `, this.apart)
    inner.temporaries = this.temporaries
    inner.counting = this.counting
    inner.block(body)
    this.temporaries = inner.temporaries
    for (const line of inner.lines) this.lines.push(line)
  }

  private statement(statement: Statement): void {
    const { uses, reads } = scheduleOf(statement)
    this.uses = uses
    this.names.clear()
    switch (statement.kind) {
      case 'set':
        return this.assign(statement.targets, reads)
      case 'if':
        this.put(`if (${this.value(statement.condition)}) {`)
        this.aside(statement)
        if (statement.otherwise.length > 0) {
          this.put('} else {')
          this.nested(statement.otherwise)
        }
        return this.put('}')
      case 'while':
        return this.while(statement)
      case 'each':
        this.uses = new Map()
        return this.counted(statement.counter.name, statement.count, [{ kind: 'set', targets: statement.targets }])
      case 'total': {
        this.put(`${statement.into.name} = ${this.dialect.constant({ kind: 'constant', id: 0, type: 'f64', value: 0 })};`)
        const sum = new Writer(this.dialect, `${this.indent}  `)
        sum.temporaries = this.temporaries
        sum.uses = this.uses
        sum.counting = true
        const term = sum.value(statement.term)
        this.put(`for (${statement.counter.name} = 0; ${statement.counter.name} < ${statement.count}; ${statement.counter.name}++) {`)
        for (const line of sum.lines) this.lines.push(line)
        this.put(`  ${statement.into.name} += ${term};`)
        this.temporaries = sum.temporaries
        return this.put('}')
      }
      case 'product':
        return this.product(statement)
      case 'invoke':
        return this.put(`${this.dialect.callee(statement.callee, false)}(${
          ['mem', ...statement.args.map((a) => this.value(a))].join(', ')});`)
      case 'return':
        return this.put(`return ${this.value(statement.value)};`)
      default:
        return unreachable(statement)
    }
  }

  /** The body of a condition: where it is a function of its own, its call. */
  private aside(statement: Extract<Statement, { kind: 'if' }>): void {
    const apart = this.apart.get(statement)
    if (apart === undefined) return this.nested(statement.body)
    this.lines.push(`${this.indent}  ({ ${apart.gives.map((p) => p.name).join(', ')} } = ${apart.name}(${['mem', ...apart.takes.map((p) => p.name)].join(', ')}));`)
  }

  private product(p: Product): void {
    const at = ({ base, offset }: Position): string => this.position(base, offset)
    const values = { ...p, out: at(p.out), left: at(p.left), right: at(p.right), adds: p.adds ? 1 : 0 }
    this.put(`${this.dialect.callee('product', false)}(${['mem', ...PRODUCT_ARGUMENTS.map((name) => values[name])].join(', ')});`)
  }

  private counted(counter: string, count: number, body: readonly Statement[]): void {
    this.put(`for (${counter} = 0; ${counter} < ${count}; ${counter}++) {`)
    this.counting = true
    this.nested(body)
    this.counting = false
    this.put('}')
  }

  /** The condition is computed anew each time, so its shared values cannot be hoisted before the loop. */
  private while(statement: Extract<Statement, { kind: 'while' }>): void {
    this.uses = new Map()
    this.put(`while (${this.value(statement.condition)}) {`)
    this.nested(statement.body)
    this.put('}')
  }

  private assign(targets: readonly (readonly [Place, Node])[], reads: ReadonlySet<string>): void {
    const late: string[] = []
    for (const [i, [place, value]] of targets.entries()) {
      const text = this.value(value)
      if (place.kind === 'memory') this.put(`mem[${this.position(place.base, place.offset)}] = ${text};`)
      else if (i === targets.length - 1 || !reads.has(place.local.name)) this.put(`${place.local.name} = ${text};`)
      else late.push(`${place.local.name} = ${this.temporary(value.type, text)};`)
    }
    for (const line of late) this.put(line)
  }

  private temporary(type: Node['type'], text: string): string {
    const name = `s${this.temporaries}`
    this.temporaries += 1
    this.put(`${this.dialect.declare(type, name, text)};`)
    return name
  }

  private position(base: Node, offset: number): string {
    if (base.kind === 'constant') return `${Number(base.value) + offset}`
    return offset === 0 ? this.value(base) : `${this.value(base)} + ${offset}`
  }

  private value(node: Node): string {
    const known = this.names.get(node)
    if (known !== undefined) return known
    const text = this.compute(node)
    if (!isShared(node, this.uses.get(node) ?? 1)) return text
    const name = this.temporary(node.type, text)
    this.names.set(node, name)
    return name
  }

  private compute(node: Node): string {
    switch (node.kind) {
      case 'constant':
        return this.dialect.constant(node)
      case 'local':
        return node.local.name
      case 'load':
        return `mem[${this.position(node.base, node.offset)}]`
      case 'call':
        return `${this.dialect.callee(node.callee, this.counting)}(${node.args.map((a) => this.value(a)).join(', ')})`
      case 'operation':
        return this.dialect.operation(node.op, node.args.map((a) => this.value(a)))
      default:
        return unreachable(node)
    }
  }
}

function routineSource(routine: Routine): string {
  const apart = rareBlocks(routine, apartIn(routine))
  const source = (name: string, parameters: readonly Local[], body: readonly string[]): readonly string[] =>
    [`function ${name}(${['mem', ...parameters.map((p) => p.name)].join(', ')}) {`, ...body, '}']
  const asides = [...apart.values()].flatMap(({ name, body, takes, gives }) => source(name, takes, [
    ...Writer.body({ name, parameters: takes, body }, JAVASCRIPT), `  return { ${gives.map((p) => p.name).join(', ')} };`,
  ]))
  return [...asides, ...source(routine.name, routine.parameters, Writer.body(routine, JAVASCRIPT, apart))].join('\n')
}

/** JavaScript source of an ES module body: one function a routine, its first parameter `mem` the memory (Float64Array). */
export function javascriptSource(program: Program): string {
  const copysign = 'const copysign = (x, y) => (y < 0 || 1 / y < 0 ? -Math.abs(x) : Math.abs(x));'
  const hasProduct = program.routines.some((r) => [...statementsIn(r.body)].some((s) => s.kind === 'product'))
  return ['"use strict";', copysign, ...(hasProduct ? [JAVASCRIPT_PRODUCT] : []), ...program.routines.map(routineSource)].join('\n')
}
