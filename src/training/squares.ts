import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { InputError } from '../errors.js'
import type { Sandwich, Side, Square, SquareFactor } from '../jets/square.js'
import { type Block, blockMatrix, blockOf, placeMatrix } from './polar.js'
import { type Real, type Surroundings, operand } from './vectorCode.js'

/** Symmetric matrices of every block by name, laid end to end, row by row. */
export type SquareStates = Map<string, Float64Array>

const sizeOn = (block: Block, side: Side): number => (side === 'rows' ? blockOf(block).rows : blockOf(block).columns)

/** How many numbers the matrices of all blocks have. */
export const squaresLength = (blocks: readonly Block[], side: Side): number => blocks.reduce((n, block) => n + sizeOn(block, side) ** 2, 0)

/** The multiple of the identity in every block. */
export const identities = (blocks: readonly Block[], side: Side, multiple: number): Float64Array =>
  Float64Array.from(blocks.flatMap((block) => Matrix.mul(Matrix.eye(sizeOn(block, side)), multiple).to1DArray()))

function matricesIn(values: Float64Array, blocks: readonly Block[], side: Side): readonly Matrix[] {
  let offset = 0
  return blocks.map((block) => {
    const n = sizeOn(block, side)
    offset += n * n
    return Matrix.from1DArray(n, n, values.subarray(offset - n * n, offset))
  })
}

/**
 * Eigenvalues below this part of the largest count as zero: those of a matrix of squares of a gradient in float32 are uncertain by the square of its
 * rounding, as singular values of it are (see the rank of a polar factor).
 */
const RANK_TOLERANCE = 2 ** -40

/** Σ sᵖ u uᵀ over the eigenvalues s > 0 of a symmetric matrix. @throws InputError for one with a negative eigenvalue. */
export function matrixPower(x: Matrix, exponent: number, k: number): Matrix {
  const { realEigenvalues: values, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(x, { assumeSymmetric: true })
  const least = RANK_TOLERANCE * Math.max(...values.map(Math.abs))
  const negative = values.find((s) => s < -least)
  if (negative !== undefined) throw new InputError(`the argument of mpow has the eigenvalue ${negative.toPrecision(3)} at step ${k}`, 'mpow takes symmetric positive matrices; the steps before are recorded')
  const powers = values.map((s) => (s > least ? s ** exponent : 0))
  return vectors.mmul(Matrix.diag(powers)).mmul(vectors.transpose())
}

/** Gives the matrices of all blocks at a step. */
type SquareCode = (k: number) => readonly Matrix[]

/** Code for a matrix of every block. */
export function squareCode({ terms, side = 'rows' }: Square<Expr>, blocks: readonly Block[], states: SquareStates, around: Surroundings): SquareCode {
  const parts = terms.map(({ coefficient, factor }) => ({ number: () => evaluateNumber(coefficient, around.numbers), code: factorCode(factor, side, blocks, states, around) }))
  return (k) => {
    const sums = blocks.map((block) => Matrix.zeros(sizeOn(block, side), sizeOn(block, side)))
    for (const { number, code } of parts) {
      const c = number()
      for (const [i, m] of code(k).entries()) sums[i]?.add(Matrix.mul(m, c))
    }
    return sums
  }
}

function factorCode(f: SquareFactor<Expr>, side: Side, blocks: readonly Block[], states: SquareStates, around: Surroundings): SquareCode {
  switch (f.kind) {
    case 'identity': {
      const eyes = blocks.map((block) => Matrix.eye(sizeOn(block, side)))
      return () => eyes
    }
    case 'state':
      return () => matricesIn(states.get(f.name) ?? new Float64Array(), blocks, side)
    case 'gram': {
      const [left, right] = [operand(f.left, around), operand(f.right, around)]
      return () => {
        const [x, y] = [left(), right()]
        return blocks.map((block) => {
          const [a, b] = [blockMatrix(x, block), blockMatrix(y, block)]
          return side === 'rows' ? a.mmul(b.transpose()) : a.transpose().mmul(b)
        })
      }
    }
    case 'power': {
      const of = squareCode({ ...f.of, side }, blocks, states, around)
      return (k) => of(k).map((m) => matrixPower(m, evaluateNumber(f.exponent, around.numbers), k))
    }
    case 'diagonal': {
      const of = squareCode({ ...f.of, side }, blocks, states, around)
      return (k) => of(k).map((m) => Matrix.diag(m.diagonal()))
    }
  }
}

/** Writes L x R block by block. */
export function productCode({ left, right }: Sandwich<Expr>, value: Expr, blocks: readonly Block[], states: SquareStates, around: Surroundings): (k: number, out: Real) => void {
  const [before, behind] = [left, right].map((square) => (square === undefined ? undefined : squareCode(square, blocks, states, around)))
  const x = operand(value, around)
  return (k, out) => {
    const [lefts, rights, given] = [before?.(k), behind?.(k), x()]
    for (const [i, block] of blocks.entries()) {
      const [l, m, r] = [lefts?.[i], blockMatrix(given, block), rights?.[i]]
      const onLeft = l === undefined ? m : l.mmul(m)
      placeMatrix(r === undefined ? onLeft : onLeft.mmul(r), block, out)
    }
  }
}
