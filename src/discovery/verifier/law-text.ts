import { InputError } from '../../errors.js'
import { inverseOf, minus, plus, times } from './residue.js'

/** A matrix over the dual numbers a + bε modulo the verifier's prime: values and derivatives along one direction, row by row. */
export interface DualMatrix {
  readonly rows: number
  readonly columns: number
  readonly value: readonly number[]
  readonly slope: readonly number[]
}

const scalar = (value: number): DualMatrix => ({ rows: 1, columns: 1, value: [value], slope: [0] })

function matching(a: DualMatrix, b: DualMatrix, what: string): void {
  if (a.rows !== b.rows || a.columns !== b.columns)
    throw new InputError(`a law ${what} matrices of ${a.rows}×${a.columns} and ${b.rows}×${b.columns}`, 'shapes must agree')
}

function combine(a: DualMatrix, b: DualMatrix, operation: (x: number, y: number) => number): DualMatrix {
  matching(a, b, 'adds')
  return {
    ...a,
    value: a.value.map((x, i) => operation(x, b.value[i] ?? 0)),
    slope: a.slope.map((x, i) => operation(x, b.slope[i] ?? 0)),
  }
}

function product(a: DualMatrix, b: DualMatrix): DualMatrix {
  if (a.rows === 1 && a.columns === 1) return scaled(a, b)
  if (b.rows === 1 && b.columns === 1) return scaled(b, a)
  if (a.columns !== b.rows) throw new InputError(`a law multiplies a matrix of ${a.columns} columns by one of ${b.rows} rows`, 'shapes must agree')
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

function transposed(a: DualMatrix): DualMatrix {
  const order = Array.from({ length: a.rows * a.columns }, (_, n) => (n % a.rows) * a.columns + Math.floor(n / a.rows))
  return { rows: a.columns, columns: a.rows, value: order.map((n) => a.value[n] ?? 0), slope: order.map((n) => a.slope[n] ?? 0) }
}

function diagonal(a: DualMatrix): DualMatrix {
  const order = Array.from({ length: Math.min(a.rows, a.columns) }, (_, n) => n * a.columns + n)
  return { rows: order.length, columns: 1, value: order.map((n) => a.value[n] ?? 0), slope: order.map((n) => a.slope[n] ?? 0) }
}

const TOKEN = /\s*(?:(\d+)|([A-Za-z]\w*)|([-+*/^()]))/y

function tokens(text: string): readonly string[] {
  const found: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null) throw new InputError(`'${text}' cannot be read as a law`, `look at column ${at + 1}`, { column: at + 1 })
    found.push(match[1] ?? match[2] ?? match[3] ?? '')
  }
  return found
}

/** Evaluates the text of a law with `+ - * / ^`, `transpose` and `diag` over named matrices; written for the verifier alone. */
export function evaluateLaw(text: string, lookup: (name: string) => DualMatrix | undefined): DualMatrix {
  const list = tokens(text)
  let at = 0
  const take = (): string => list[at++] ?? ''
  const expect = (wanted: string): void => {
    const found = take()
    if (found !== wanted) throw new InputError(`'${text}' cannot be read as a law`, `expected '${wanted}' and found '${found}'`)
  }
  const atom = (): DualMatrix => {
    const token = take()
    if (token === '(') return closed()
    if (/^\d+$/.test(token)) return scalar(Number(token))
    if (token === 'transpose' || token === 'diag') {
      expect('(')
      return token === 'diag' ? diagonal(closed()) : transposed(closed())
    }
    const found = lookup(token)
    if (found === undefined) throw new InputError(`a law names '${token}'`, 'it is no parameter of the network')
    return found
  }
  const closed = (): DualMatrix => {
    const inner = sum()
    expect(')')
    return inner
  }
  const power = (): DualMatrix => {
    const base = atom()
    if (list[at] !== '^') return base
    at += 1
    return Array.from({ length: Number(take()) }, () => base).reduce((a, b) => product(a, b), scalar(1))
  }
  const term = (): DualMatrix => {
    let left = power()
    while (list[at] === '*' || list[at] === '/') {
      if (take() === '*') left = product(left, power())
      else left = product(scalar(inverseOf(power().value[0] ?? 0)), left)
    }
    return left
  }
  const sum = (): DualMatrix => {
    const negative = list[at] === '-'
    if (negative) at += 1
    let left = negative ? product(scalar(minus(0, 1)), term()) : term()
    while (list[at] === '+' || list[at] === '-') left = take() === '+' ? combine(left, term(), plus) : combine(left, term(), minus)
    return left
  }
  const result = sum()
  if (at < list.length) throw new InputError(`'${text}' cannot be read as a law`, `unexpected '${list[at] ?? ''}'`)
  return result
}
