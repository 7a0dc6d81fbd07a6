import { ONE, ZERO, add, atom as opaqueAtom, div, isZero, mapParts, mul, neg, num, splitCoefficient, sym } from '../algebra/build.js'
import { toLatex, toText } from '../algebra/print.js'
import type { Expr, Opaque, Term } from '../algebra/expr.js'
import { dot, norm2 } from './contraction.js'
import { atLatex, atomLatex, atomText } from './notation.js'
import { projector } from './operator.js'
import type { ConstantKind, MatrixTerm, Size, Space } from './space.js'
import { type Vector, type VectorAtom, GRADIENT_ATOM, apply, isGradientAnywhere, variableAtom, vectorOf } from './vector.js'

/** A matrix in a product: the block of a vector as a matrix (`W1`, `g_W1`, `dW1`, `v_W1`), or a constant. */
export type Factor =
  | { readonly kind: 'component'; readonly vector: VectorAtom; readonly block: string; readonly transposed: boolean }
  | { readonly kind: 'constant'; readonly name: string; readonly transposed: boolean }

/** coefficient · product of the factors, leftmost first. */
export interface Word {
  readonly coefficient: Expr
  readonly factors: readonly Factor[]
}

/** A sum of matrix products. */
export type MatrixSum = readonly Word[]

const SELF_ADJOINT: ReadonlySet<ConstantKind> = new Set(['symmetric', 'diagonal'])

/** Diagonal matrices commute: neighbours stand by name. */
function inOrder(factors: readonly Factor[], space: Space): readonly Factor[] {
  const isDiagonal = (f: Factor): boolean => f.kind === 'constant' && space.constants[f.name]?.kind === 'diagonal'
  return factors.reduce<readonly Factor[]>((before, f) => {
    const at = isDiagonal(f) ? before.findLastIndex((other) => !isDiagonal(other) || factorKey(other) <= factorKey(f)) + 1 : before.length
    return before.toSpliced(at, 0, f)
  }, [])
}

/** Whether a factor is a single number, which is its own transpose and commutes with others. */
const isNumber = (f: Factor, space: Space): boolean => f.kind === 'component' && (space.blocks[f.block] ?? ['']).every((size) => size === 1)

/** Mᵀ written without its transpose where the kind of the constant allows, with the sign that takes; a product of numbers in one order. */
function settled(word: Word, space: Space): Word {
  if (word.factors.every((f) => isNumber(f, space))) {
    const plain = word.factors.map((f) => ({ ...f, transposed: false }))
    return { ...word, factors: plain.toSorted((a, b) => (factorKey(a) < factorKey(b) ? -1 : 1)) }
  }
  const plain = withoutTransposes(word, space)
  return { ...plain, factors: inOrder(plain.factors, space) }
}

function withoutTransposes(word: Word, space: Space): Word {
  return word.factors.reduce<Word>(
    ({ coefficient, factors }, f) => {
      if (isNumber(f, space)) return { coefficient, factors: [...factors, { ...f, transposed: false }] }
      const kind = f.kind === 'constant' && f.transposed ? space.constants[f.name]?.kind : undefined
      if (kind === undefined || kind === 'general') return { coefficient, factors: [...factors, f] }
      return { coefficient: SELF_ADJOINT.has(kind) ? coefficient : neg(coefficient), factors: [...factors, { ...f, transposed: false }] }
    },
    { coefficient: word.coefficient, factors: [] },
  )
}

export const factorKey = (f: Factor): string => `${f.kind === 'constant' ? f.name : `${f.vector.key}@${f.block}`}${f.transposed ? "'" : ''}`
/** Names the product of a word without its coefficient. */
export const wordKey = (w: Word): string => w.factors.map(factorKey).join('*')

/** Like products collected, in the order of their first appearance. */
export function collectWords(sum: MatrixSum, space: Space): MatrixSum {
  const known = new Map<string, Word>()
  for (const word of sum.map((w) => settled(w, space))) {
    const key = wordKey(word)
    const before = known.get(key)
    known.set(key, before === undefined ? word : { ...before, coefficient: add(before.coefficient, word.coefficient) })
  }
  return [...known.values()].filter((w) => !isZero(w.coefficient))
}

const transposedFactor = (f: Factor): Factor => ({ ...f, transposed: !f.transposed })
export const transposeWord = (w: Word): Word => ({ coefficient: w.coefficient, factors: w.factors.map(transposedFactor).reverse() })
export const transposeSum = (sum: MatrixSum): MatrixSum => sum.map(transposeWord)

export const scaleSum = (c: Expr, sum: MatrixSum): MatrixSum => sum.map((w) => ({ ...w, coefficient: mul(c, w.coefficient) }))

export const multiplySums = (a: MatrixSum, b: MatrixSum): MatrixSum =>
  a.flatMap((x) => b.map((y) => ({ coefficient: mul(x.coefficient, y.coefficient), factors: [...x.factors, ...y.factors] })))

function factorText(f: Factor): string {
  const plain = f.kind === 'constant' ? f.name : componentText(f.vector, f.block)
  return f.transposed ? `transpose(${plain})` : plain
}

/** `W1`, `dW1` for θ and its rates, `g_W1`, `v_W1`; `P_W1(…)` for anything else. */
function componentText(vector: VectorAtom, block: string): string {
  if (vector.kind === 'variable') return vector.name === 'theta' ? atomText(vector).replace('theta', block) : `${atomText(vector)}_${block}`
  if (vector.kind === 'indicator') return `one_${block}`
  return vector === GRADIENT_ATOM ? `g_${block}` : `P_${block}(${atomText(vector)})`
}

function factorLatex(f: Factor): string {
  const plain = f.kind === 'constant' ? toLatex(sym(f.name)) : componentLatex(f.vector, f.block)
  if (!f.transposed) return plain
  return plain.includes('^') ? `{${plain}}^{\\top}` : `${plain}^{\\top}` // a third derivative has a superscript of its own
}

function componentLatex(vector: VectorAtom, block: string): string {
  const name = toLatex(sym(block))
  if (vector.kind === 'variable' && vector.name === 'theta') return atomLatex(vector).replace('\\theta', () => name)
  if (vector.kind === 'indicator') return `\\mathbf{1}_{${name}}`
  if (vector.kind === 'tensor' && isGradientAnywhere(vector)) return `g_{${name}}${atLatex(vector.field)}`
  const inner = atomLatex(vector)
  if (vector.kind === 'variable') return inner.includes('_') ? inner.replace(/_(\{(.*)\}|(\w))$/, (_, __, long?: string, short?: string) => `_{${long ?? short ?? ''},${name}}`) : `${inner}_{${name}}`
  return `\\left(${inner}\\right)_{${name}}`
}

/** What is written around a matrix: nothing, or the diagonal part. */
type Part = 'whole' | 'diagonal'

/** A sum of matrix products as an indivisible quantity of the scalar algebra, which it enters linearly. */
export class MatrixAtom implements Opaque {
  readonly key: string

  constructor(
    readonly sum: MatrixSum,
    readonly part: Part,
  ) {
    // What is written comes first, so that it orders matrices; points of the same name are told apart by the rest.
    this.key = `matrix:${part}:${this.bare()}:${sum.map(wordKey).join('+')}`
  }

  private written(write: (e: Expr) => string): string {
    const product = (w: Word): Expr =>
      w.factors.length === 0 ? ONE : opaqueAtom({ key: `word:${wordKey(w)}`, text: () => w.factors.map(factorText).join('*'), latex: () => w.factors.map(factorLatex).join(' ') })
    return this.sum.map((w, i) => signed(write(mul(w.coefficient, product(w))), i)).join('')
  }

  /** The sum without brackets. */
  bare(): string {
    const inner = this.written(toText)
    return this.part === 'diagonal' ? `diag(${inner})` : inner
  }

  bareLatex(): string {
    const inner = this.written(toLatex)
    return this.part === 'diagonal' ? `\\operatorname{diag}\\left(${inner}\\right)` : inner
  }

  text(): string {
    return this.sum.length > 1 && this.part === 'whole' ? `(${this.bare()})` : this.bare()
  }

  latex(): string {
    return this.sum.length > 1 && this.part === 'whole' ? `\\left(${this.bareLatex()}\\right)` : this.bareLatex()
  }
}

const signed = (term: string, position: number): string => (position === 0 ? term : term.startsWith('-') ? ` - ${term.slice(1).trimStart()}` : ` + ${term}`)

/** A product with the squares of columns in it, xᵀx, among its scalar factors. */
function withSquares({ coefficient, factors }: MatrixTerm, { blocks }: Pick<Space, 'blocks'>): MatrixTerm {
  const isColumn = (name: string): boolean => {
    const [rows = 1, ...others] = blocks[name] ?? []
    return rows !== 1 && others.every((size) => size === 1)
  }
  const at = factors.findIndex((f, i) => {
    const next = factors[i + 1]
    return f.transposed && next?.name === f.name && !next.transposed && isColumn(f.name)
  })
  const x = factors[at]
  if (x === undefined) return { coefficient, factors }
  return withSquares({ coefficient: mul(coefficient, norm2(apply(projector(x.name), vectorOf(variableAtom('theta'))))), factors: [...factors.slice(0, at), ...factors.slice(at + 2)] }, { blocks })
}

/** A sum of products of blocks of θ and constants, as a generator's component has it. */
export function writeTerms(terms: readonly MatrixTerm[], space: Space): { readonly text: string; readonly latex: string } {
  const factor = ({ name, transposed }: MatrixTerm['factors'][number]): Factor =>
    Object.hasOwn(space.blocks, name) ? { kind: 'component', vector: variableAtom('theta'), block: name, transposed } : { kind: 'constant', name, transposed }
  const written = new MatrixAtom(collectWords(terms.map((t) => withSquares(t, space)).map((t) => ({ coefficient: t.coefficient, factors: t.factors.map(factor) })), space), 'whole')
  return terms.length === 0 ? { text: '0', latex: '0' } : { text: written.bare(), latex: written.bareLatex() }
}

/**
 * A matrix as a scalar of the algebra: for each scalar factor of its words that factor times an indivisible matrix with numbers before its
 * words, the first of them one.
 */
export function matrixExpression(sum: MatrixSum, part: Part): Expr {
  const groups = new Map<Expr, Word[]>()
  for (const word of sum) {
    const { coefficient, factor } = splitCoefficient(word.coefficient)
    groups.set(factor, [...(groups.get(factor) ?? []), { ...word, coefficient: num(coefficient) }])
  }
  return add(...[...groups].map(([factor, words]) => {
    const lead = words[0]?.coefficient ?? ONE
    return mul(factor, lead, opaqueAtom(new MatrixAtom(scaleSum(div(ONE, lead), words), part)))
  }))
}

/** A scalar with its sums of matrices with numbers before them written as one matrix each, as they are read. */
export function withMatricesMerged(e: Expr): Expr {
  const inner = mapParts(e, withMatricesMerged)
  if (inner.kind !== 'sum') return inner
  const isWhole = ({ factor }: Term): boolean => factor.kind === 'atom' && factor.opaque instanceof MatrixAtom && factor.opaque.part === 'whole'
  const [matrices, others] = [inner.terms.filter(isWhole), inner.terms.filter((t) => !isWhole(t))]
  if (matrices.length < 2) return inner
  const words = matrices.flatMap(({ coefficient, factor }) => (factor.kind === 'atom' && factor.opaque instanceof MatrixAtom ? scaleSum(num(coefficient), factor.opaque.sum) : []))
  return add(num(inner.constant), matrixExpression(words, 'whole'), ...others.map(({ coefficient, factor }) => mul(num(coefficient), factor)))
}

/** The trace of a product as an indivisible scalar. */
export class TraceAtom implements Opaque {
  readonly key: string

  constructor(readonly factors: readonly Factor[]) {
    this.key = `trace:${factors.map(factorKey).join('*')}`
  }

  text(): string {
    return `trace(${this.factors.map(factorText).join('*')})`
  }

  latex(): string {
    return `\\operatorname{tr}\\left(${this.factors.map(factorLatex).join(' ')}\\right)`
  }
}

const transposesIn = (w: Word): number => w.factors.filter((f) => f.transposed).length
const byTransposes = (x: Word, y: Word): number => transposesIn(x) - transposesIn(y) || (wordKey(x) < wordKey(y) ? -1 : 1)

/** The rows and columns that a factor has; a vector has one column. */
function sizesOf(f: Factor, space: Space): readonly [rows: Size, columns: Size] {
  const [rows = 1, columns = 1] = (f.kind === 'constant' ? space.constants[f.name]?.shape : space.blocks[f.block]) ?? []
  return f.transposed ? [columns, rows] : [rows, columns]
}

/** A product in a circle cut where a number passes from one factor to the next; its trace is the product of what lies between two cuts. */
function numbersIn({ factors }: Word, space: Space): readonly (readonly Factor[])[] {
  const sizes = factors.map((f) => sizesOf(f, space))
  const cuts = sizes.flatMap(([, columns], i) => (columns === 1 && sizes[(i + 1) % sizes.length]?.[0] === 1 ? [i + 1] : []))
  const [first = 0] = cuts
  const turned = [...factors.slice(first), ...factors.slice(0, first)]
  return cuts.map((cut, i) => turned.slice(cut - first, (cuts[i + 1] ?? first + factors.length) - first))
}

/** xᵀy of the same block of two vectors. */
function innerProduct([x, y, ...others]: readonly Factor[]): Expr | undefined {
  if (x?.kind !== 'component' || y?.kind !== 'component' || others.length > 0 || x.block !== y.block) return undefined
  const on = ({ vector }: typeof x): Vector => apply(projector(x.block), vectorOf(vector))
  return dot(on(x), on(y))
}

/** tr of a product, the same for every rotation and transpose of it; zero where one of them is its negative; of vectors the product of their inner ones. */
function traceOfWord(word: Word, space: Space): Expr {
  const numbers = numbersIn(word, space)
  if (numbers.length > 1 && numbers.every((factors) => factors.length > 1)) return mul(word.coefficient, ...numbers.map((factors) => innerProduct(factors) ?? traceOfWord({ coefficient: ONE, factors }, space)))
  const rotations = (w: Word): MatrixSum => w.factors.map((_, i) => ({ ...w, factors: [...w.factors.slice(i), ...w.factors.slice(0, i)] }))
  const same = [...rotations(word), ...rotations(transposeWord(word))].map((w) => settled(w, space)).sort(byTransposes)
  const [best] = same
  if (best === undefined || same.some((w) => wordKey(w) === wordKey(best) && w.coefficient === neg(best.coefficient))) return ZERO
  return mul(best.coefficient, opaqueAtom(new TraceAtom(best.factors)))
}

/** tr of a sum of products as a scalar of the algebra. */
export const traceExpression = (sum: MatrixSum, space: Space): Expr => add(...sum.map((w) => traceOfWord(w, space)))
