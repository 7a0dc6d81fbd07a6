import { ONE, div, neg, num } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { isIdenticallyZero } from '../algebra/zero.js'
import type { Space } from '../jets/space.js'
import { componentOf } from '../jets/trace.js'
import { type Vector, variableAtom } from '../jets/vector.js'
import { type Factor, type MatrixSum, collectWords, multiplySums, scaleSum, transposeSum } from '../jets/word.js'

/** A vector field on parameter space block by block, as sums of products of blocks and constants; blocks that do not move are missing. */
export type Components = ReadonlyMap<string, MatrixSum>

/** The block of θ itself. */
export const block = (name: string): MatrixSum => [{ coefficient: ONE, factors: [{ kind: 'component', vector: variableAtom('theta'), block: name, transposed: false }] }]

/** The components of a generator; undefined where one is no polynomial in the blocks. */
export function componentsOf(generator: Vector, space: Space): Components | undefined {
  const components = Object.keys(space.blocks).map((name) => {
    const parts = generator.terms.map((t) => {
      const part = componentOf(t.atom, name, space)
      return part === undefined ? undefined : scaleSum(t.coefficient, part)
    })
    return [name, parts.every((p) => p !== undefined) ? collectWords(parts.flat(), space) : undefined] as const
  })
  const known = components.flatMap(([name, sum]) => (sum === undefined ? [] : [[name, sum] as const]))
  return known.length < components.length ? undefined : new Map(known.filter(([, sum]) => sum.length > 0))
}

export const isTheta = (f: Factor): f is Extract<Factor, { kind: 'component' }> => f.kind === 'component' && f.vector.kind === 'variable'

/** The Lie derivative of a sum of products of blocks along the generator. */
export function lieDerivative(sum: MatrixSum, components: Components, space: Space): MatrixSum {
  const moved = sum.flatMap((word) =>
    word.factors.flatMap((f, i) => {
      const rate = isTheta(f) ? (components.get(f.block) ?? []) : []
      const [before, after] = [word.factors.slice(0, i), word.factors.slice(i + 1)]
      const middle = isTheta(f) && f.transposed ? transposeSum(rate) : rate
      return multiplySums(multiplySums([{ coefficient: word.coefficient, factors: before }], middle), [{ coefficient: ONE, factors: after }])
    }),
  )
  return collectWords(moved, space)
}

/** Whether a sum of products vanishes. */
export const vanishes = (sum: MatrixSum, space: Space): boolean => collectWords(sum, space).every((w) => isIdenticallyZero(w.coefficient))

/** The κ with a = κ b, if there is one. */
export function ratio(a: MatrixSum, b: MatrixSum, space: Space): Expr | undefined {
  const [lead] = b
  if (lead === undefined) return undefined
  const match = a.find((w) => collectWords([{ ...w, coefficient: ONE }, { ...lead, coefficient: num(-1) }], space).length === 0)
  if (match === undefined) return undefined
  const kappa = div(match.coefficient, lead.coefficient)
  return vanishes([...a, ...scaleSum(neg(kappa), b)], space) ? kappa : undefined
}

