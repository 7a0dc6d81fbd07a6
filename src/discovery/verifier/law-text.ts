import { InputError } from '../../errors.js'
import { inverseOf, minus, plus, times } from './residue.js'
import { type Tree, parseTree } from './syntax.js'

/** A matrix over the dual numbers a + bε modulo the verifier's prime: values and derivatives along one direction, row by row. */
export interface DualMatrix {
  readonly rows: number
  readonly columns: number
  readonly value: readonly number[]
  readonly slope: readonly number[]
}

export type Lookup = (name: string) => DualMatrix | undefined

const scalar = (value: number): DualMatrix => ({ rows: 1, columns: 1, value: [value], slope: [0] })

function combine(a: DualMatrix, b: DualMatrix, operation: (x: number, y: number) => number): DualMatrix {
  if (a.rows !== b.rows || a.columns !== b.columns)
    throw new InputError(`matrices of ${a.rows}×${a.columns} and ${b.rows}×${b.columns} are added`, 'shapes must agree')
  return {
    ...a,
    value: a.value.map((x, i) => operation(x, b.value[i] ?? 0)),
    slope: a.slope.map((x, i) => operation(x, b.slope[i] ?? 0)),
  }
}

function product(a: DualMatrix, b: DualMatrix): DualMatrix {
  if (a.rows === 1 && a.columns === 1) return scaled(a, b)
  if (b.rows === 1 && b.columns === 1) return scaled(b, a)
  if (a.columns !== b.rows) throw new InputError(`a matrix of ${a.columns} columns is multiplied by one of ${b.rows} rows`, 'shapes must agree')
  const value: number[] = []
  const slope: number[] = []
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.columns; j++) {
      let [v, s] = [0, 0]
      for (let m = 0; m < a.columns; m++) {
        const [x, dx] = [a.value[i * a.columns + m] ?? 0, a.slope[i * a.columns + m] ?? 0]
        const [y, dy] = [b.value[m * b.columns + j] ?? 0, b.slope[m * b.columns + j] ?? 0]
        v = plus(v, times(x, y))
        if (dx !== 0) s = plus(s, times(dx, y))
        if (dy !== 0) s = plus(s, times(x, dy))
      }
      value.push(v)
      slope.push(s)
    }
  }
  return { rows: a.rows, columns: b.columns, value, slope }
}

function scaled(c: DualMatrix, a: DualMatrix): DualMatrix {
  const [x, dx] = [c.value[0] ?? 0, c.slope[0] ?? 0]
  return { ...a, value: a.value.map((y) => times(x, y)), slope: a.slope.map((dy, i) => plus(times(x, dy), times(dx, a.value[i] ?? 0))) }
}

/** 1/c for a number: its derivative is −c′/c². */
function reciprocal({ rows, columns, value: [c = 0], slope: [dc = 0] }: DualMatrix): DualMatrix {
  if (rows * columns !== 1) throw new InputError(`a matrix of ${rows}×${columns} is divided by`, 'divide by a number')
  const inverse = inverseOf(c)
  return { rows, columns, value: [inverse], slope: [minus(0, times(dc, times(inverse, inverse)))] }
}

/** Entries in another order. */
const arranged = (a: DualMatrix, rows: number, columns: number, order: readonly number[]): DualMatrix => ({
  rows, columns, value: order.map((n) => a.value[n] ?? 0), slope: order.map((n) => a.slope[n] ?? 0),
})

const transposed = (a: DualMatrix): DualMatrix =>
  arranged(a, a.columns, a.rows, Array.from({ length: a.rows * a.columns }, (_, n) => (n % a.rows) * a.columns + Math.floor(n / a.rows)))

function diagonal(a: DualMatrix): DualMatrix {
  const length = Math.min(a.rows, a.columns)
  return arranged(a, length, 1, Array.from({ length }, (_, n) => n * (a.columns + 1)))
}

const flat = (a: DualMatrix): DualMatrix => ({ ...a, rows: 1, columns: a.value.length })
const ones = (rows: number, columns: number): DualMatrix => ({
  rows, columns, value: Array.from({ length: rows * columns }, () => 1), slope: Array.from({ length: rows * columns }, () => 0),
})

function call(name: string, args: readonly DualMatrix[]): DualMatrix {
  const [x, y] = args
  if (x !== undefined) {
    if (name === 'transpose') return transposed(x)
    if (name === 'diag') return diagonal(x)
    if (name === 'norm2') return product(flat(x), transposed(flat(x)))
    if (name === 'dot' && y !== undefined) return product(flat(x), transposed(flat(y)))
    if (name === 'trace') return product(ones(1, x.rows), diagonal(x))
    if (name === 'total' && y === undefined) return product(flat(x), ones(x.value.length, 1))
    if (name === 'total') return y?.value[0] === 1 ? transposed(product(ones(1, x.rows), x)) : product(x, ones(x.columns, 1))
  }
  throw new InputError(`'${name}' cannot be evaluated`, 'the verifier knows transpose, diag, norm2, dot, trace and total')
}

function evaluate(tree: Tree, lookup: Lookup): DualMatrix {
  switch (tree.kind) {
    case 'number':
      return scalar(tree.value)
    case 'negative':
      return product(scalar(minus(0, 1)), evaluate(tree.of, lookup))
    case 'call':
      return call(tree.name, tree.args.map((a) => evaluate(a, lookup)))
    case 'name': {
      const found = lookup(tree.name)
      if (found === undefined) throw new InputError(`'${tree.name}' is named`, 'it is no parameter')
      return found
    }
    case 'binary': {
      const left = evaluate(tree.left, lookup)
      if (tree.operator === '^') return Array.from({ length: tree.right.kind === 'number' ? tree.right.value : 0 }, () => left).reduce(product, scalar(1))
      const right = evaluate(tree.right, lookup)
      if (tree.operator === '*') return product(left, right)
      if (tree.operator === '/') return product(reciprocal(right), left)
      return combine(left, right, tree.operator === '+' ? plus : minus)
    }
  }
}

/** Evaluates the text of a law over named matrices. @throws InputError if it cannot be read. */
export const evaluateLaw = (text: string, lookup: Lookup): DualMatrix => evaluate(parseTree(text), lookup)
