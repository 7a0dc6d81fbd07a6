import type { Expr } from '../algebra/expr.js'
import { dot } from './contraction.js'
import type { Field } from './field.js'
import { type Vector, fieldAt, tensor } from './vector.js'

/**
 * The nuclear norm ‖X‖_*, the sum over all blocks of their singular values; a vector block is one column. Homogeneous of degree 1, and its
 * gradient is the polar factor msign(X) = U Vᵀ of X = U Σ Vᵀ block by block (Muon, Jordan et al. 2024; Bernstein & Newhouse 2024, prop. 5).
 */
const NUCLEAR_NORM: Field = { name: 'nuclear', slots: 0, homogeneous: 1, gradient: 'msign' }

/** What a reader of formulas with them has to know, as a clause. */
export const SPECTRAL_NOTATION =
  'msign(x) is the polar factor U*transpose(V) of each block U*S*transpose(V) of x: its norm2 is the rank of the block, its product with x the sum of the singular values'

/** ‖X‖_* = ⟨X, msign(X)⟩. */
export const nuclearNorm = (x: Vector): Expr => dot(x, gradientAt(NUCLEAR_NORM, x))

const POTENTIALS: Readonly<Record<string, Field>> = { msign: NUCLEAR_NORM }

const gradientAt = (potential: Field, point: Vector, along: readonly Vector[] = []): Vector => tensor(fieldAt(potential, { name: '', point }), along, [], true)

/** Functions of vectors that are gradients of a potential with its jets at their argument. */
export const SPECTRAL_FUNCTIONS: readonly string[] = Object.keys(POTENTIALS)

/** A call of a function of matrices, `msign(x)`, or of a derivative of one, `Dmsign(x, v)`: how many arguments it takes, and its value. */
export interface SpectralCall {
  readonly count: number
  readonly value: (args: readonly Vector[]) => Vector
}

/** The call that a name stands for. */
export function spectralCall(name: string): SpectralCall | undefined {
  const [, derivative = '', base = ''] = /^(D\d*)?([a-z]+)$/.exec(name) ?? []
  const potential = Object.hasOwn(POTENTIALS, base) ? POTENTIALS[base] : undefined
  if (potential === undefined) return undefined
  const along = derivative === '' ? 0 : derivative === 'D' ? 1 : Number(derivative.slice(1))
  return {
    count: 1 + along,
    value: ([point = { terms: [] }, ...directions]) => gradientAt(potential, point, directions),
  }
}
