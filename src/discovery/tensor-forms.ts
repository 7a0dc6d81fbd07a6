import { type Rational, R1, gcdR, invR, isZeroR, mulR, negR, rational, textR } from '../algebra/rational.js'
import { type ParameterBlock, blockSize } from './model.js'
import type { Monomial, Polynomial } from './polynomial.js'

/** A tensor of simple functions of one block, e.g. the matrix of inner products of its columns. */
export interface TensorForm {
  readonly block: ParameterBlock
  /**
   * `gram`: symmetric matrix of inner products of the slices along `axis`; `norm`: sum of all squares; `total`: sums along `axis`;
   * `entries`: the block itself; `wedge`: the antisymmetric matrix XᵀẊ − ẊᵀX of slices along `axis` and their velocities, times a clock.
   */
  readonly kind: 'gram' | 'norm' | 'total' | 'entries' | 'wedge'
  readonly axis: number
  /** Of a wedge: where the velocities lie, and the clock. */
  readonly velocity?: ParameterBlock
  readonly clock?: ParameterBlock | undefined
}

/** Σ cᵢ·formᵢ, forms of one kind of shape. */
export type FormSum = readonly { readonly coefficient: Rational; readonly form: TensorForm }[]

/** Number of rows of the symmetric matrix (gram), or of entries (total, entries); 1 for a norm. */
export function formSize({ block, kind, axis }: TensorForm): number {
  if (kind === 'norm') return 1
  if (kind === 'entries') return blockSize(block)
  const size = block.shape[axis] ?? 1
  return kind === 'gram' || kind === 'wedge' ? size : blockSize(block) / size
}

/** The parameters of slice `index` along an axis, in the order of the block. */
function slice(block: ParameterBlock, axis: number, index: number): readonly number[] {
  const inner = block.shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  const size = block.shape[axis] ?? 1
  const outer = blockSize(block) / (inner * size)
  return Array.from({ length: outer * inner }, (_, n) => block.offset + (Math.floor(n / inner) * size + index) * inner + (n % inner))
}

function formMonomials(form: TensorForm, j: number, k: number): readonly Monomial[] {
  const { block, kind, axis } = form
  if (kind === 'norm') return Array.from({ length: blockSize(block) }, (_, n) => [block.offset + n, block.offset + n])
  if (kind === 'entries') return [[block.offset + j]]
  if (kind === 'total') return Array.from({ length: block.shape[axis] ?? 1 }, (_, n) => [slice(block, axis, n)[j] ?? 0])
  const [a, b] = [slice(block, axis, j), slice(block, axis, k)]
  return a.map((u, n) => [Math.min(u, b[n] ?? u), Math.max(u, b[n] ?? u)])
}

/** Entry (j, k) of clock · (XᵀẊ − ẊᵀX). */
function wedgePolynomial({ block, axis, velocity, clock }: TensorForm, coefficient: Rational, j: number, k: number): Polynomial {
  const shift = (velocity?.offset ?? 0) - block.offset
  const time = clock === undefined ? [] : [clock.offset]
  const [a, b] = [slice(block, axis, j), slice(block, axis, k)]
  return a.flatMap((u, n) => {
    const v = b[n] ?? u
    return [
      { coefficient, monomial: [u, v + shift, ...time] },
      { coefficient: negR(coefficient), monomial: [v, u + shift, ...time] },
    ]
  })
}

/** Entry (j, k) of a sum of forms; vectors have k = j. */
export const formPolynomial = (sum: FormSum, j: number, k: number): Polynomial =>
  sum.flatMap(({ coefficient, form }) =>
    form.kind === 'wedge' ? wedgePolynomial(form, coefficient, j, k) : formMonomials(form, j, k).map((monomial) => ({ coefficient, monomial })),
  )

/** The combination with coprime integer coefficients, the first positive, zero terms left out. */
export function normalized(sum: FormSum): FormSum {
  const terms = sum.filter((t) => !isZeroR(t.coefficient))
  const [first] = terms
  if (first === undefined) return []
  const content = terms.map((t) => t.coefficient).reduce((a, b) => gcdR(a, b))
  const scale = invR(first.coefficient.num < 0n ? negR(content) : content)
  return terms.map(({ coefficient, form }) => ({ coefficient: mulR(coefficient, scale), form }))
}

function wedgeText(name: string, axis: number, dimensions: number): string {
  if (dimensions === 1) return `${name}*transpose(d${name}) - d${name}*transpose(${name})`
  if (dimensions > 2) return `gram(${name},d${name},${axis + 1}) - gram(d${name},${name},${axis + 1})`
  return axis === 1 ? `transpose(${name})*d${name} - transpose(d${name})*${name}` : `${name}*transpose(d${name}) - d${name}*transpose(${name})`
}

/** `transpose(W)*W` for the columns of a matrix, `W*transpose(W)` for its rows, `gram(K,a)` for axis a (from 1) of a higher tensor. */
function formText({ block, kind, axis }: TensorForm): string {
  const { name, shape } = block
  if (kind === 'entries' || (kind === 'total' && shape.length === 0)) return name
  if (shape.length === 0) return `${name}^2`
  if (kind === 'wedge') return wedgeText(name, axis, shape.length)
  if (kind === 'norm') return `norm2(${name})`
  if (kind === 'total') return shape.length === 1 ? `total(${name})` : `total(${name},${axis + 1})`
  if (shape.length === 1) return `${name}*transpose(${name})`
  if (shape.length === 2) return axis === 1 ? `transpose(${name})*${name}` : `${name}*transpose(${name})`
  return `gram(${name},${axis + 1})`
}

/** δ of the block under the symmetry with constant M that a form belongs to: W·M on columns, M·W on rows, scaling, shifts. */
export function formAction({ block, kind, axis }: TensorForm): string {
  const { name, shape } = block
  if (kind === 'norm' || (kind === 'gram' && shape.length === 0)) return name
  if (kind === 'entries') return 'M'
  if (kind === 'total') return shape.length <= 1 ? 'm' : `repeat(M,${axis + 1})`
  if (shape.length === 1) return `M*${name}`
  if (shape.length === 2) return axis === 1 ? `${name}*M` : `M*${name}`
  return `act(M,${name},${axis + 1})`
}

/** Σ cᵢ·xᵢ as text, with signs and unit coefficients left out where they may be. */
export function combinationText(parts: readonly { readonly coefficient: Rational; readonly text: string }[]): string {
  return parts
    .map(({ coefficient, text }, i) => {
      const negative = coefficient.num < 0n
      const size = textR(rational(negative ? -coefficient.num : coefficient.num, coefficient.den))
      const body = text === '' ? size : size === textR(R1) ? text : `${size}*${text}`
      return i === 0 ? `${negative ? '-' : ''}${body}` : ` ${negative ? '-' : '+'} ${body}`
    })
    .join('')
}

export function formSumText(sum: FormSum): string {
  const wedge = sum[0]?.form.kind === 'wedge'
  const text = combinationText(sum.map((t) => ({ coefficient: t.coefficient, text: wedge && sum.length > 1 ? `(${formText(t.form)})` : formText(t.form) })))
  const clock = sum[0]?.form.clock
  return clock === undefined ? text : `${clock.name}*(${text})`
}
