import { type Syntax, parseSyntax } from '../../../src/algebra/syntax.js'
import { type Setting, valueOfSyntax } from './plain.js'
import { type BlockMatrices, type Place, applied, combined, diagonal, gram, plusIdentity, raised, scaled } from './squares.js'

/** What the matrices of a rule are in numbers. */
export interface SquareSetting {
  readonly places: readonly Place[]
  readonly squares: Readonly<Record<string, BlockMatrices>>
}

type Value =
  | { readonly kind: 'square'; readonly value: BlockMatrices }
  | { readonly kind: 'identity'; readonly value: number }
  | { readonly kind: 'vector' | 'transposed'; readonly value: readonly number[] }

const OF_MATRICES = new Set(['transpose', 'mpow', 'diag'])

/** Whether there is a matrix among the terms and factors of a text. */
function hasMatrix(e: Syntax, squares: SquareSetting['squares']): boolean {
  if (e.kind === 'name') return e.name === 'I' || Object.hasOwn(squares, e.name)
  if (e.kind === 'call') return OF_MATRICES.has(e.name)
  return e.kind === 'binary' ? e.operator !== '^' && [e.left, e.right].some((x) => hasMatrix(x, squares)) : e.kind === 'unary' && hasMatrix(e.operand, squares)
}

/** Sums and products with matrices on plain arrays; what has none is for the evaluator of components. */
class SquareEvaluator {
  constructor(
    private readonly setting: Setting<number>,
    private readonly own: SquareSetting,
  ) {}

  /** Undefined for what has no matrix in it, and for products of components of what has. */
  readonly read = (e: Syntax): Value | undefined => {
    if (!hasMatrix(e, this.own.squares)) return undefined
    if (e.kind === 'name') return e.name === 'I' ? { kind: 'identity', value: 1 } : this.named(e.name)
    if (e.kind === 'unary') return e.operator === '-' ? this.times(-1, this.read(e.operand)) : this.read(e.operand)
    if (e.kind === 'call') return this.call(e)
    return e.kind !== 'binary' ? undefined : e.operator === '+' || e.operator === '-' ? this.sum(e) : this.product(e)
  }

  private named(name: string): Value | undefined {
    const value = this.own.squares[name]
    return value === undefined ? undefined : { kind: 'square', value }
  }

  private times(c: number, x: Value | undefined): Value | undefined {
    if (x === undefined) return undefined
    if (x.kind === 'square') return { kind: 'square', value: scaled(c, x.value) }
    return x.kind === 'identity' ? { kind: 'identity', value: c * x.value } : { kind: x.kind, value: x.value.map((y) => c * y) }
  }

  private vector(e: Syntax): readonly number[] {
    const x = valueOfSyntax(e, this.setting)
    if (x.kind === 'vector') return x.value
    throw new Error('a vector is needed')
  }

  private scalar(e: Syntax): number | undefined {
    const x = hasMatrix(e, this.own.squares) ? undefined : valueOfSyntax(e, this.setting)
    return x?.kind === 'scalar' ? x.value : undefined
  }

  private call({ name, args: [x, p] }: Extract<Syntax, { kind: 'call' }>): Value {
    if (x === undefined) throw new Error(`${name} of nothing`)
    if (name === 'transpose') return { kind: 'transposed', value: this.vector(x) }
    const square = this.read(x)
    if (square?.kind !== 'square') throw new Error(`${name} of no matrix`)
    return { kind: 'square', value: name === 'diag' ? diagonal(square.value) : raised(square.value, (p === undefined ? undefined : this.scalar(p)) ?? Number.NaN) }
  }

  private product(e: Extract<Syntax, { kind: 'binary' }>): Value | undefined {
    const [a, b] = [this.scalar(e.left), this.scalar(e.right)]
    if (a !== undefined) return this.times(a, this.read(e.right))
    if (b !== undefined) return this.times(e.operator === '/' ? 1 / b : b, this.read(e.left))
    const [left, right, { places }] = [this.read(e.left), this.read(e.right), this.own]
    if (right?.kind === 'transposed') return { kind: 'square', value: gram('rows', this.vector(e.left), right.value, places) }
    if (left?.kind === 'transposed') return { kind: 'square', value: gram('columns', left.value, this.vector(e.right), places) }
    if (left?.kind === 'square') return { kind: 'vector', value: applied(left.value, this.vector(e.right), places) }
    return right?.kind === 'square' ? { kind: 'vector', value: applied(right.value, this.vector(e.left), places) } : undefined
  }

  private sum(e: Extract<Syntax, { kind: 'binary' }>): Value {
    const [sign, left, right] = [e.operator === '-' ? -1 : 1, this.read(e.left), this.read(e.right)]
    if (left?.kind === 'square' && right?.kind === 'square') return { kind: 'square', value: combined(left.value, sign, right.value) }
    if (left?.kind === 'square' && right?.kind === 'identity') return { kind: 'square', value: plusIdentity(left.value, sign * right.value) }
    const [x, y] = [this.vector(e.left), this.vector(e.right)]
    return { kind: 'vector', value: x.map((xi, i) => xi + sign * (y[i] ?? 0)) }
  }
}

/** The hook by which the evaluator of components reads products with matrices. */
export const productsWith = (own: SquareSetting): NonNullable<Setting<number>['product']> => (e, setting) => {
  // A sum of terms without matrices of its own is one of vectors.
  const value = e.kind === 'binary' ? new SquareEvaluator(setting, own).read(e) : undefined
  return value?.kind === 'vector' ? value.value : undefined
}

/** The matrix that a text stands for; undefined for a vector. */
export function squareOfText(text: string, setting: Setting<number>, own: SquareSetting): BlockMatrices | undefined {
  const value = new SquareEvaluator(setting, own).read(parseSyntax(text))
  return value?.kind === 'square' ? value.value : undefined
}
