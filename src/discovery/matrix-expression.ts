import { parseRational } from '../algebra/rational.js'
import { type Syntax, parseSyntax } from '../algebra/syntax.js'
import { InputError } from '../errors.js'
import type { CircuitBuilder, Node } from './circuit.js'

/** A matrix of circuit nodes, row by row; scalars are 1×1, vectors columns. */
export interface NodeMatrix {
  readonly rows: number
  readonly columns: number
  readonly entries: readonly Node[]
}

type Lookup = (name: string, column: number) => NodeMatrix

/** Reads polynomial expressions in the expression text — scalars, `transpose`, matrix products, `dot`, `norm2`, `trace` — into circuit nodes. */
export class MatrixReader {
  constructor(
    private readonly build: CircuitBuilder,
    private readonly lookup: Lookup,
  ) {}

  /** @throws InputError with a column for text that is no polynomial or whose shapes do not fit. */
  read(text: string): NodeMatrix {
    return this.evaluate(parseSyntax(text))
  }

  private evaluate(s: Syntax): NodeMatrix {
    switch (s.kind) {
      case 'number':
        return scalar(this.build.constant(parseRational(s.text)))
      case 'name':
        return this.lookup(s.name, s.column)
      case 'unary':
        return s.operator === '-' ? this.scaled(this.build.constant({ num: -1n, den: 1n }), this.evaluate(s.operand)) : this.evaluate(s.operand)
      case 'binary':
        return this.binary(s)
      case 'call':
        return this.call(s)
    }
  }

  private binary(s: Extract<Syntax, { kind: 'binary' }>): NodeMatrix {
    if (s.operator === '^') return this.power(s)
    const [a, b] = [this.evaluate(s.left), this.evaluate(s.right)]
    if (s.operator === '*') return this.product(a, b, s.column)
    if (s.operator === '/') return this.quotient(a, s.right)
    if (a.rows !== b.rows || a.columns !== b.columns)
      throw new InputError(`${a.rows}×${a.columns} and ${b.rows}×${b.columns} matrices in a sum`, 'their shapes must agree', { column: s.column })
    const right = s.operator === '-' ? this.scaled(this.build.constant({ num: -1n, den: 1n }), b) : b
    return { ...a, entries: a.entries.map((x, i) => this.build.add(x, right.entries[i] ?? this.build.zero)) }
  }

  private quotient(a: NodeMatrix, divisor: Syntax): NodeMatrix {
    if (divisor.kind !== 'number') throw new InputError('division by something that is not a number', 'a parametrization must be polynomial', { column: divisor.column })
    const { num, den } = parseRational(divisor.text)
    if (num === 0n) throw new InputError('division by zero', 'divide by another number', { column: divisor.column })
    return this.scaled(this.build.constant(num < 0n ? { num: -den, den: -num } : { num: den, den: num }), a)
  }

  private power(s: Extract<Syntax, { kind: 'binary' }>): NodeMatrix {
    const base = this.evaluate(s.left)
    const exponent = s.right.kind === 'number' ? Number(s.right.text) : Number.NaN
    if (!Number.isInteger(exponent) || exponent < 0 || exponent > 64 || base.rows !== base.columns)
      throw new InputError('a power that is not polynomial', 'raise a scalar or square matrix to a whole number up to 64', { column: s.right.column })
    if (base.rows === 1) return scalar(exponent === 0 ? this.build.one : this.build.power(base.entries[0] ?? this.build.zero, exponent))
    const identity = Array.from({ length: base.rows ** 2 }, (_, n) => (n % (base.rows + 1) === 0 ? this.build.one : this.build.zero))
    return Array.from({ length: exponent }, () => base).reduce((x, y) => this.product(x, y, s.column), { ...base, entries: identity })
  }

  private call(s: Extract<Syntax, { kind: 'call' }>): NodeMatrix {
    const args = s.args.map((a) => this.evaluate(a))
    const [x, y] = args
    if (s.name === 'transpose' && x !== undefined && args.length === 1) return transposed(x)
    if (s.name === 'norm2' && x !== undefined && args.length === 1) return scalar(this.build.dot(x.entries, x.entries))
    if (s.name === 'dot' && x !== undefined && y?.entries.length === x.entries.length) return scalar(this.build.dot(x.entries, y.entries))
    if (s.name === 'trace' && x?.rows === x?.columns && x !== undefined)
      return scalar(this.build.sum(Array.from({ length: x.rows }, (_, i) => x.entries[i * (x.columns + 1)] ?? this.build.zero)))
    throw new InputError(`'${s.name}' with these arguments is not polynomial`, 'use + - * ^, transpose, dot, norm2 and trace', { column: s.column })
  }

  private scaled(c: Node, a: NodeMatrix): NodeMatrix {
    return { ...a, entries: a.entries.map((x) => this.build.multiply(c, x)) }
  }

  private product(a: NodeMatrix, b: NodeMatrix, column: number): NodeMatrix {
    if (a.entries.length === 1) return this.scaled(a.entries[0] ?? this.build.zero, b)
    if (b.entries.length === 1) return this.scaled(b.entries[0] ?? this.build.zero, a)
    if (a.columns !== b.rows)
      throw new InputError(`a matrix of ${a.columns} columns times one of ${b.rows} rows`, 'shapes must fit; transpose one of them', { column })
    const entries = Array.from({ length: a.rows * b.columns }, (_, n) => {
      const [i, j] = [Math.floor(n / b.columns), n % b.columns]
      const row = a.entries.slice(i * a.columns, (i + 1) * a.columns)
      return this.build.dot(row, Array.from({ length: b.rows }, (_, m) => b.entries[m * b.columns + j] ?? this.build.zero))
    })
    return { rows: a.rows, columns: b.columns, entries }
  }
}

const scalar = (node: Node): NodeMatrix => ({ rows: 1, columns: 1, entries: [node] })

const transposed = (a: NodeMatrix): NodeMatrix => ({
  rows: a.columns,
  columns: a.rows,
  entries: Array.from({ length: a.entries.length }, (_, n) => a.entries[(n % a.rows) * a.columns + Math.floor(n / a.rows)] ?? 0),
})
