import type { Field } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import type { LinearMaps } from './linearMaps.js'
import { type Matrix, multiply, transpose } from './matrix.js'
import type { MatrixTerm, Space } from './space.js'

/** All ways to give each of `slots` directions its own position among `positions`. */
export function* injections(slots: number, positions: readonly number[]): Generator<readonly number[]> {
  if (slots === 0) {
    yield []
    return
  }
  for (const p of positions) for (const rest of injections(slots - 1, positions.filter((q) => q !== p))) yield [p, ...rest]
}

/**
 * Dⁿξ(θ)(along) for a polynomial field ξ given by matrix words: each direction replaces one occurrence of a block.
 * @throws Error for a field the space does not define.
 */
export function polynomialVector<T>(
  field: Field<T>,
  maps: LinearMaps<T>,
  space: Space,
  name: string,
  theta: readonly T[],
  along: readonly (readonly T[])[],
  scalar: (e: Expr) => T,
): readonly T[] {
  const components = space.fields[name]
  if (components === undefined) throw new Error(`no polynomials for the field ${name}`)
  const factorAt = (factor: MatrixTerm['factors'][number], slot: number): Matrix<T> => {
    const m = maps.constant(factor.name) ?? maps.block(factor.name, slot < 0 ? theta : (along[slot] ?? theta))
    return factor.transposed ? transpose(m) : m
  }
  const word = ({ factors, coefficient }: MatrixTerm, at: readonly number[]): Matrix<T> | undefined => {
    const product = factors.map((factor, position) => factorAt(factor, at.indexOf(position))).reduce<Matrix<T> | undefined>((m, n) => (m === undefined ? n : multiply(field, m, n)), undefined)
    return product === undefined ? undefined : { ...product, entries: product.entries.map((x) => field.multiply(scalar(coefficient), x)) }
  }
  const positionsOf = ({ factors }: MatrixTerm): readonly number[] => factors.flatMap((f, i) => (maps.constant(f.name) === undefined ? [i] : []))
  const pieces = Object.entries(components).flatMap(([block, terms]) =>
    terms.flatMap((term) => [...injections(along.length, positionsOf(term))].flatMap((at) => {
      const value = word(term, at)
      return value === undefined ? [] : [maps.assemble(new Map([[block, value]]))]
    })),
  )
  return pieces.reduce((sum, piece) => sum.map((x, i) => field.add(x, piece[i] ?? field.zero)), theta.map(() => field.zero))
}
