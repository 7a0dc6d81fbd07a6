import { type Rational, equalR, rational, textR } from '../algebra/rational.js'
import { type ParameterBlock, blockOf } from './model.js'
import { type Monomial, type Polynomial } from './polynomial.js'

/** c · Gram(block, axis): the matrix of inner products of the slices of a block along one axis. */
export interface GramTerm {
  readonly block: ParameterBlock
  readonly axis: number
  readonly coefficient: Rational
}

/** One entry (j, k) of a sum of Gram matrices. */
export interface GramEntry {
  readonly terms: readonly GramTerm[]
  readonly row: number
  readonly column: number
  readonly size: number
}

function indicesOf(block: ParameterBlock, v: number): readonly number[] {
  let rest = v - block.offset
  return block.shape
    .toReversed()
    .map((size) => {
      const index = rest % size
      rest = Math.floor(rest / size)
      return index
    })
    .reverse()
}

/** The monomials of entry (j, k) of Gram(block, axis), in the order of the block. */
export function gramMonomials(block: ParameterBlock, axis: number, j: number, k: number): readonly Monomial[] {
  const inner = block.shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  const size = block.shape[axis] ?? 1
  const outer = block.shape.slice(0, axis).reduce((a, b) => a * b, 1)
  const result: number[][] = []
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const at = (index: number): number => block.offset + (o * size + index) * inner + i
      result.push([at(Math.min(j, k)), at(Math.max(j, k))])
    }
  }
  return result
}

/** The polynomial of one entry of a sum of Gram matrices. */
export const gramPolynomial = (terms: readonly GramTerm[], j: number, k: number): Polynomial =>
  terms.flatMap(({ block, axis, coefficient }) => gramMonomials(block, axis, j, k).map((monomial) => ({ coefficient, monomial })))

interface Candidate {
  readonly term: GramTerm
  readonly row: number
  readonly column: number
}

/** The ways to read the terms of one block as a multiple of one Gram entry; units that a layer produces count positively. */
function candidates(block: ParameterBlock, terms: Polynomial): readonly Candidate[] {
  const [first] = terms
  const [u, v] = first?.monomial ?? []
  if (first === undefined || u === undefined || v === undefined || first.monomial.length !== 2) return []
  if (!terms.every((t) => equalR(t.coefficient, first.coefficient))) return []
  const present = new Set(terms.map((t) => t.monomial.join()))
  const [a, b] = [indicesOf(block, u), indicesOf(block, v)]
  const incoming = first.coefficient.num > 0n
  const likely = (axis: number): number => ((axis === block.outputAxis) === incoming ? 0 : 1)
  const axes = block.shape.map((_, axis) => axis).sort((x, y) => likely(x) - likely(y))
  return axes.flatMap((axis) => {
    const [row, column] = [a[axis] ?? 0, b[axis] ?? 0]
    const wanted = gramMonomials(block, axis, row, column)
    if (wanted.length !== present.size || !wanted.every((m) => present.has(m.join()))) return []
    return [{ term: { block, axis, coefficient: first.coefficient }, row: Math.min(row, column), column: Math.max(row, column) }]
  })
}

/** Reads a quadratic law as one entry of a sum of Gram matrices of blocks, if it is one. */
export function asGramEntry(blocks: readonly ParameterBlock[], law: Polynomial): GramEntry | undefined {
  const parts = new Map<ParameterBlock, Polynomial[number][]>()
  for (const term of law) {
    const block = blockOf(blocks, term.monomial[0] ?? -1)
    const other = blockOf(blocks, term.monomial[1] ?? -1)
    if (block === undefined || block !== other || term.monomial.length !== 2) return undefined
    parts.set(block, [...(parts.get(block) ?? []), term])
  }
  const readings = [...parts].map(([block, terms]) => candidates(block, terms))
  for (const lead of readings[0] ?? []) {
    const size = lead.term.block.shape[lead.term.axis] ?? 1
    const fits = readings.map((options) =>
      options.find((c) => c.row === lead.row && c.column === lead.column && (c.term.block.shape[c.term.axis] ?? 1) === size),
    )
    const terms = fits.flatMap((c) => (c === undefined ? [] : [c.term])).sort((a, b) => a.block.offset - b.block.offset)
    if (terms.length === readings.length) return { terms, row: lead.row, column: lead.column, size }
  }
  return undefined
}

/** `transpose(W)*W` for the columns of a matrix, `W*transpose(W)` for its rows, `gram(K,a)` for axis a (from 1) of a higher tensor. */
function gramText({ block, axis }: GramTerm): string {
  const { name, shape } = block
  if (shape.length === 0) return `${name}^2`
  if (shape.length === 1) return `${name}*transpose(${name})`
  if (shape.length === 2) return axis === 1 ? `transpose(${name})*${name}` : `${name}*transpose(${name})`
  return `gram(${name},${axis + 1})`
}

/** Σ cᵢ·xᵢ as text, with signs and unit coefficients left out where they may be. */
export function combinationText(parts: readonly { readonly coefficient: Rational; readonly text: string }[]): string {
  return parts
    .map(({ coefficient, text }, i) => {
      const negative = coefficient.num < 0n
      const size = textR(rational(negative ? -coefficient.num : coefficient.num, coefficient.den))
      const body = size === '1' ? text : text === '' ? size : `${size}*${text}`
      return i === 0 ? `${negative ? '-' : ''}${body}` : ` ${negative ? '-' : '+'} ${body}`
    })
    .join('')
}

export const gramSumText = (terms: readonly GramTerm[]): string =>
  combinationText(terms.map((t) => ({ coefficient: t.coefficient, text: gramText(t) })))

export const patternKey = (entry: GramEntry): string =>
  entry.terms.map((t) => `${t.block.name}.${t.axis}*${textR(t.coefficient)}`).join(' ')

