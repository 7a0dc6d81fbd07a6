import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import type { Real } from './vectorCode.js'

/** Where a parameter is in θ, and its shape: as a matrix it has the first axis for its rows, or so many of the first; a vector is one column. */
export interface Block {
  readonly offset: number
  readonly shape: readonly number[]
  readonly rowAxes?: number
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)

/**
 * Singular values below this part of the largest count as zero. Gradients are computed in float32, so that of a matrix of lower rank the other
 * singular values are rounding errors of some 1e-8 of the largest, which must not be raised to one.
 */
const RANK_TOLERANCE = 2 ** -20

interface Decomposition {
  /** Singular vectors as columns, and singular values, of the rank of the matrix. */
  readonly left: Matrix
  readonly right: Matrix
  readonly values: readonly number[]
}

type Shape = Pick<Block, 'shape' | 'rowAxes'>

const asMatrix = (x: Real, { shape, rowAxes = 1 }: Shape): Matrix => Matrix.from1DArray(sizeOf(shape.slice(0, rowAxes)), sizeOf(shape.slice(rowAxes)), x)

/** The rows and columns of a block as [filters, all else], which is how a kernel with its filters last is transposed. */
export function blockOf({ shape, rowAxes = 1 }: Shape): { readonly rows: number; readonly columns: number } {
  const [first, second] = [sizeOf(shape.slice(0, rowAxes)), sizeOf(shape.slice(rowAxes))]
  return rowAxes === 1 ? { rows: first, columns: second } : { rows: second, columns: first }
}

/** A block of θ as [first axis, all else], a kernel as [filters, all else]. */
export function blockMatrix(whole: Real, block: Block): Matrix {
  const m = asMatrix(whole.subarray(block.offset, block.offset + sizeOf(block.shape)), block)
  return (block.rowAxes ?? 1) === 1 ? m : m.transpose()
}

/** Puts a matrix back in its block. */
export const placeMatrix = (m: Matrix, block: Block, out: Real): void => out.set(((block.rowAxes ?? 1) === 1 ? m : m.transpose()).to1DArray(), block.offset)

function decompose(x: Matrix): Decomposition {
  const { leftSingularVectors, rightSingularVectors, diagonal } = new SingularValueDecomposition(x, { autoTranspose: true })
  const largest = Math.max(0, ...diagonal)
  const kept = diagonal.flatMap((value, i) => (value > RANK_TOLERANCE * largest ? [i] : []))
  const columns = (m: Matrix): Matrix => (kept.length === 0 ? Matrix.zeros(m.rows, 0) : m.subMatrixColumn([...kept]))
  return { left: columns(leftSingularVectors), right: columns(rightSingularVectors), values: kept.map((i) => diagonal[i] ?? 0) }
}

/** U Vᵀ of X = U Σ Vᵀ: the orthogonal polar factor of a matrix, zero where it has no range; x/|x| of a vector. */
export function polarFactor(x: Real, shape: Shape): number[] {
  const { left, right } = decompose(asMatrix(x, shape))
  return left.mmul(right.transpose()).to1DArray()
}

/**
 * The derivative of the polar factor along V, at fixed rank: with K = Uᵀ V_d W of X = U Σ Wᵀ,
 * U ((Kᵢⱼ − Kⱼᵢ)/(σᵢ + σⱼ)) Wᵀ + (1 − U Uᵀ) V_d W Σ⁻¹ Wᵀ + U Σ⁻¹ Uᵀ V_d (1 − W Wᵀ) (Kenney & Laub 1991, §2).
 */
export function polarDerivative(x: Real, along: Real, shape: Shape): number[] {
  const { left, right, values } = decompose(asMatrix(x, shape))
  const direction = asMatrix(along, shape)
  const [leftRows, rightRows] = [left.transpose().mmul(direction), direction.mmul(right)]
  const inside = left.transpose().mmul(rightRows)
  const turn = new Matrix(values.map((s, i) => values.map((t, j) => (inside.get(i, j) - inside.get(j, i)) / (s + t))))
  const inverse = Matrix.diag(values.map((s) => 1 / s))
  const beside = Matrix.sub(rightRows, left.mmul(inside)).mmul(inverse)
  const above = inverse.mmul(Matrix.sub(leftRows, inside.mmul(right.transpose())))
  return Matrix.add(left.mmul(turn).mmul(right.transpose()), Matrix.add(beside.mmul(right.transpose()), left.mmul(above))).to1DArray()
}
