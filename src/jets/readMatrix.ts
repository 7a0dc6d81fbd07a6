import { ONE, num, pow } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { toText } from '../algebra/print.js'
import { type Syntax, parseSyntax } from '../algebra/syntax.js'
import { InputError } from '../errors.js'
import { type Vocabulary, readScalarSyntax, readVectorSyntax } from './read.js'
import type { Space } from './space.js'
import { GRADIENT_ATOM, indicator, variableAtom } from './vector.js'
import { type Factor, type MatrixSum, collectWords, matrixExpression, multiplySums, scaleSum, traceExpression, transposeSum } from './word.js'

/** What the names of a statement between matrices mean: the vectors of its laws, and the blocks and constants of its space. */
export interface MatrixVocabulary extends Vocabulary {
  readonly space: Space
}

const indicatorFactor = (block: string): Factor | undefined => {
  const [term] = indicator({ kind: 'projector', name: block, members: [block] }).terms
  return term === undefined ? undefined : { kind: 'component', vector: term.atom, block, transposed: false }
}

type Call = Extract<Syntax, { kind: 'call' }>
type Signed = { readonly term: Syntax; readonly negative: boolean }

/** A sum as its terms, a product as its factors, without recursion along the left-associative chain. */
function chainOf(s: Syntax, plus: '+' | '*', minus: '-' | '/'): readonly Signed[] {
  const found: Signed[] = []
  let rest = s
  while (rest.kind === 'binary' && (rest.operator === plus || rest.operator === minus)) {
    found.push({ term: rest.right, negative: rest.operator === minus })
    rest = rest.left
  }
  return [...found, { term: rest, negative: false }].toReversed()
}

const termsIn = (s: Syntax): readonly Signed[] => chainOf(s, '+', '-')
const factorsIn = (s: Syntax): readonly Signed[] => chainOf(s, '*', '/')
const isSum = (s: Syntax): boolean => s.kind === 'binary' && (s.operator === '+' || s.operator === '-')
const isProduct = (s: Syntax): boolean => s.kind === 'binary' && (s.operator === '*' || s.operator === '/')

/**
 * Reads scalars that are linear in matrices. Products of matrices do not commute, so every product and every bracketed sum of
 * products is first read by itself and stands in the tree as one indivisible quantity; the rest is scalar algebra.
 */
class MatrixReader {
  private readonly found = new Map<string, Expr>()

  constructor(private readonly names: MatrixVocabulary) {}

  /** A text that is nothing but a sum of products with numbers before them is one matrix, written without its brackets. */
  readonly read = (s: Syntax): Expr => {
    return this.settled(isSum(s) && this.isNumeric(s) ? this.matrix(s) : this.lifted(s))
  }

  private readonly scalar = (s: Syntax): Expr => this.settled(this.lifted(s))

  private settled(s: Syntax): Expr {
    return readScalarSyntax(s, { ...this.names, scalars: Object.fromEntries(this.found) })
  }

  private standIn(value: Expr, at: Syntax): Syntax {
    const name = ` ${value.id}`
    this.found.set(name, value)
    return { kind: 'name', name, column: at.column }
  }

  private matrix(s: Syntax): Syntax {
    return this.standIn(matrixExpression(collectWords(this.sum(s), this.names.space), 'whole'), s)
  }

  /** The tree with every matrix in it replaced by its name. */
  private lifted(s: Syntax): Syntax {
    if (s.kind === 'number') return s
    if (s.kind === 'name') return this.isMatrix(s) ? this.matrix(s) : s
    if (s.kind === 'unary') return { ...s, operand: isSum(s.operand) && this.isNumeric(s.operand) ? this.matrix(s.operand) : this.lifted(s.operand) }
    if (s.kind === 'call') return this.liftedCall(s)
    if (!this.isMatrix(s)) return { ...s, left: this.lifted(s.left), right: this.lifted(s.right) }
    if (s.operator === '^') return this.refuse(s, 'a power of a matrix')
    return isSum(s) ? this.liftedSum(s) : this.liftedProduct(s)
  }

  /** A sum of products with numbers before them at the start is one matrix: its brackets leave no trace in the tree. */
  private liftedSum(s: Syntax): Syntax {
    let head = s
    while (head.kind === 'binary' && isSum(head)) {
      if (isSum(head.left) && this.isNumeric(head.left)) return this.liftedTerms(s, head.left)
      head = head.left
    }
    return this.liftedTerms(s, head)
  }

  private liftedTerms(s: Syntax, head: Syntax): Syntax {
    if (s === head) return isSum(s) ? this.matrix(s) : this.lifted(s)
    if (s.kind !== 'binary') return s
    const right = isSum(s.right) && this.isMatrix(s.right) && this.isNumeric(s.right) ? this.matrix(s.right) : this.lifted(s.right)
    return { ...s, left: this.liftedTerms(s.left, head), right }
  }

  private isNumeric(s: Syntax): boolean {
    return this.isPlain(s) && this.sum(s).every((w) => w.coefficient.kind === 'number')
  }

  private liftedCall(s: Call): Syntax {
    if (s.name === 'dot' || s.name === 'norm2') return s
    if (s.name === 'trace') return this.standIn(traceExpression(this.traced(this.argument(s)), this.names.space), s)
    if (s.name === 'diag') return this.standIn(matrixExpression(collectWords(this.sum(this.argument(s)), this.names.space), 'diagonal'), s)
    if (this.isMatrix(s)) return this.matrix(s)
    if (!['integral', 'sum', 'product', 'diff'].includes(s.name) && s.args.some((a) => this.isMatrix(a))) return this.refuse(s, `${s.name}(…) of a matrix`)
    return { ...s, args: s.args.map((a) => this.lifted(a)) }
  }

  /** What stands under a trace; tr(diag(X) S) = tr(X S) for a diagonal S. */
  private traced(s: Syntax): MatrixSum {
    const factors = factorsIn(s).map(({ term }) => term)
    const isDiagonal = (f: Syntax): boolean => f.kind === 'name' && this.names.space.constants[f.name]?.kind === 'diagonal'
    const [part, ...others] = factors
    if (part?.kind !== 'call' || part.name !== 'diag' || !others.every(isDiagonal)) return this.sum(s)
    return others.reduce((sum, f) => multiplySums(sum, this.sum(f)), this.sum(this.argument(part)))
  }

  private liftedProduct(s: Syntax): Syntax {
    const factors = factorsIn(s)
    const matrices = factors.filter(({ term }) => this.isMatrix(term))
    const [only] = matrices
    const alone = matrices.length === 1 && only !== undefined && !(isSum(only.term) && this.isNumeric(only.term)) ? this.lifted(only.term) : undefined
    const value = alone ?? this.standIn(this.matrixOf(matrices.map((m) => m.term)), s)
    return factors.reduce<Syntax>((left, { term, negative }) => {
      if (this.isMatrix(term)) return negative ? this.refuse(term, 'division by a matrix') : left
      return { kind: 'binary', operator: negative ? '/' : '*', left, right: this.lifted(term), column: term.column }
    }, value)
  }

  private matrixOf(factors: readonly Syntax[]): Expr {
    const product = factors.reduce<MatrixSum>((sum, f) => multiplySums(sum, this.sum(f)), [{ coefficient: ONE, factors: [] }])
    return matrixExpression(collectWords(product, this.names.space), 'whole')
  }

  private refuse(at: Syntax, what: string): never {
    throw new InputError(what, 'matrices enter linearly, as sums of products of blocks and constants', { column: at.column })
  }

  private argument(s: Call): Syntax {
    const [only, ...others] = s.args
    if (only === undefined || others.length > 0) throw new InputError(`${s.name} takes one argument, not ${s.args.length}`, `write ${s.name}(X)`, { column: s.column })
    return only
  }

  private isMatrix(s: Syntax): boolean {
    if (s.kind === 'number') return false
    if (s.kind === 'name') return this.factors(s) !== undefined
    if (s.kind === 'unary') return this.isMatrix(s.operand)
    if (s.kind === 'binary') return this.isMatrix(s.left) || this.isMatrix(s.right)
    return s.name === 'transpose' || s.name === 'diag' || this.blockOf(s) !== undefined || (s.name === 'exp' && s.args.some((a) => this.isMatrix(a)))
  }

  /** Whether a sum is one of products only, with no sum of matrices or diagonal part inside. */
  private isPlain(s: Syntax): boolean {
    if (isSum(s)) return termsIn(s).every(({ term }) => this.isMatrix(term) && this.isPlain(term))
    if (s.kind === 'unary') return this.isPlain(s.operand)
    if (isProduct(s)) return factorsIn(s).every(({ term }) => !this.isMatrix(term) || (!isSum(term) && this.isPlain(term)))
    return s.kind !== 'call' || s.name !== 'diag'
  }

  /** A matrix text as a sum of products. */
  private sum(s: Syntax): MatrixSum {
    if (isSum(s)) return termsIn(s).flatMap(({ term, negative }) => scaleSum(num(negative ? -1 : 1), this.sum(term)))
    if (!this.isMatrix(s)) return [{ coefficient: this.scalar(s), factors: [] }]
    if (s.kind === 'unary') return scaleSum(num(s.operator === '-' ? -1 : 1), this.sum(s.operand))
    if (isProduct(s)) return this.product(s)
    if (s.kind === 'call' && s.name === 'transpose') return transposeSum(this.sum(this.argument(s)))
    const known = this.factors(s)
    return known ?? this.refuse(s, 'no product of matrices')
  }

  private product(s: Syntax): MatrixSum {
    return factorsIn(s).reduce<MatrixSum>(
      (sum, { term, negative }) => {
        if (this.isMatrix(term)) return negative ? this.refuse(term, 'division by a matrix') : multiplySums(sum, this.sum(term))
        return scaleSum(negative ? pow(this.scalar(term), num(-1)) : this.scalar(term), sum)
      },
      [{ coefficient: ONE, factors: [] }],
    )
  }

  private blockOf(s: Call): string | undefined {
    const block = s.name.startsWith('P_') ? s.name.slice(2) : ''
    return Object.hasOwn(this.names.space.blocks, block) ? block : undefined
  }

  private factors(s: Syntax): MatrixSum | undefined {
    if (s.kind === 'name') {
      const factor = this.named(s.name)
      return factor === undefined ? undefined : [{ coefficient: ONE, factors: [factor] }]
    }
    if (s.kind !== 'call') return undefined
    const block = this.blockOf(s)
    if (block !== undefined) {
      const { terms } = readVectorSyntax(this.argument(s), this.names)
      return terms.map(({ coefficient, atom }) => ({ coefficient, factors: [{ kind: 'component', vector: atom, block, transposed: false }] }))
    }
    return s.name === 'exp' ? this.exponential(s) : undefined
  }

  /** exp(alpha*M) is a constant matrix named by its own text. */
  private exponential(s: Call): MatrixSum {
    const name = `exp(${toText(this.scalar(this.argument(s)))})`
    return [{ coefficient: ONE, factors: [{ kind: 'constant', name, transposed: false }] }]
  }

  /** `M`; `W`, `dW`, `d3W`; `g_W`, `one_W`, `v_W`. */
  private named(name: string): Factor | undefined {
    const { blocks, constants } = this.names.space
    if (Object.hasOwn(constants, name)) return { kind: 'constant', name, transposed: false }
    const component = (block: string, vector: Extract<Factor, { kind: 'component' }>['vector']): Factor => ({ kind: 'component', vector, block, transposed: false })
    if (Object.hasOwn(blocks, name)) return component(name, variableAtom('theta'))
    for (const block of Object.keys(blocks)) {
      if (!name.endsWith(block)) continue
      const head = name.slice(0, -block.length)
      if (head === 'one_') return indicatorFactor(block)
      const rate = /^(?:(d{1,2})|d(\d+))$/.exec(head)
      if (rate !== null) return component(block, variableAtom('theta', rate[1]?.length ?? Number(rate[2])))
      if (head === 'g_') return component(block, GRADIENT_ATOM)
      const vector = head.endsWith('_') && Object.hasOwn(this.names.vectors, head.slice(0, -1)) ? this.names.vectors[head.slice(0, -1)] : undefined
      const [term] = vector?.terms ?? []
      if (term !== undefined) return component(block, term.atom)
    }
    return undefined
  }
}

/**
 * The scalar linear in matrices that a text stands for, e.g. `eta^2*(g_W*transpose(g_W) - transpose(V)*V)`, `trace(X*M)`, `diag(X)`.
 * @throws InputError with the column, also for powers and functions of matrices.
 */
export const readMatrix = (text: string, names: MatrixVocabulary): Expr => new MatrixReader(names).read(parseSyntax(text))
