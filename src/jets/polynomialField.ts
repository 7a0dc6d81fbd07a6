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
 * ⟨own, Dⁿξ(θ)(along)⟩ for a polynomial field ξ given by matrix words: each direction replaces one occurrence of a block.
 * @throws Error for a field the space does not define.
 */
export function polynomialForm<T>(
  field: Field<T>,
  maps: LinearMaps<T>,
  space: Space,
  name: string,
  theta: readonly T[],
  along: readonly (readonly T[])[],
  own: readonly (readonly T[])[],
  scalar: (e: Expr) => T,
): T {
  const components = space.fields[name]
  const [dual] = own
  if (components === undefined || dual === undefined) throw new Error(`no polynomials for the field ${name}`)
  const blockOrConstant = (factor: string, x: readonly T[]): Matrix<T> => maps.constant(factor) ?? maps.block(factor, x)
  const word = (term: MatrixTerm, at: readonly number[]): Matrix<T> | undefined =>
    term.factors
      .map((factor, position) => {
        const slot = at.indexOf(position)
        const m = blockOrConstant(factor.name, slot < 0 ? theta : (along[slot] ?? theta))
        return factor.transposed ? transpose(m) : m
      })
      .reduce<Matrix<T> | undefined>((product, m) => (product === undefined ? m : multiply(field, product, m)), undefined)
  let total = field.zero
  for (const [block, terms] of Object.entries(components)) {
    const target = maps.block(block, dual).entries
    for (const term of terms) {
      const positions = term.factors.flatMap((f, i) => (maps.constant(f.name) === undefined ? [i] : []))
      for (const at of injections(along.length, positions)) {
        const value = word(term, at)?.entries ?? []
        const inner = value.reduce((sum, v, i) => field.add(sum, field.multiply(v, target[i] ?? field.zero)), field.zero)
        total = field.add(total, field.multiply(scalar(term.coefficient), inner))
      }
    }
  }
  return total
}
