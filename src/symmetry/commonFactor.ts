import { ONE } from '../algebra/build.js'
import { type InstanceCheck, type InstanceProperty, checkProperty } from '../jets/check.js'
import type { Instance } from '../jets/instance.js'
import { type Matrix, matrix, multiply, transpose } from '../jets/matrix.js'
import type { BlockPolynomials, MatrixTerm, Space } from '../jets/space.js'
import { THETA } from '../jets/vector.js'
import { isColumn, shapeOf } from './shapes.js'

type Factor = MatrixTerm['factors'][number]

/** A generator as a scalar function of θ times a simpler one. */
export interface CommonFactor {
  /** The scalar, as products of blocks with one row and one column each. */
  readonly scalars: readonly (readonly Factor[])[]
  readonly components: BlockPolynomials
}

/** The same for a product and its transpose; a block of one number is its own. */
function keyOf(scalar: readonly Factor[]): string {
  const word = (factors: readonly Factor[]): string => factors.map((f) => f.name + (f.transposed ? "'" : '')).join('*')
  if (scalar.length === 1) return scalar[0]?.name ?? ''
  const [own = '', turned = ''] = [word(scalar), word(scalar.map((f) => ({ ...f, transposed: !f.transposed })).reverse())].sort()
  return own < turned ? own : turned
}

/** The inner products of blocks in a product of matrices, from the left, and what is left without them. */
export function splitScalars(factors: readonly Factor[], space: Space): { readonly scalars: readonly (readonly Factor[])[]; readonly rest: readonly Factor[] } {
  const scalars: (readonly Factor[])[] = []
  const rest: Factor[] = []
  for (let i = 0; i < factors.length; i += 1) {
    const first = factors[i]
    if (first === undefined) break
    const length = shapeOf(first, space)[0] !== 1 ? 0 : factors.slice(i).findIndex((f) => shapeOf(f, space)[1] === 1) + 1
    const inner = factors.slice(i, i + length)
    if (length > 0 && inner.every((f) => Object.hasOwn(space.blocks, f.name))) {
      scalars.push(inner)
      i += length - 1
    } else rest.push(first)
  }
  return { scalars, rest }
}

/** Each scalar of the first that the second has too, as often as it has it. */
function shared(first: readonly (readonly Factor[])[], second: readonly (readonly Factor[])[]): readonly (readonly Factor[])[] {
  const left = second.map(keyOf)
  return first.filter((scalar) => {
    const at = left.indexOf(keyOf(scalar))
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  })
}

/**
 * The scalar function of θ that all terms of a polynomial generator share, and the generator without it: ξ = s·ξ₀. The loss has the symmetry ξ₀ as
 * well, where s vanishes by continuity, and ξ₀ may be a gradient where ξ is not: 1/s is an integrating factor of its one-form.
 * @returns undefined where the terms share nothing, or the generator is linear
 */
export function commonFactor(components: BlockPolynomials, space: Space): CommonFactor | undefined {
  const terms = Object.values(components).flat()
  const degree = (t: MatrixTerm): number => t.factors.filter((f) => Object.hasOwn(space.blocks, f.name)).length
  const [first, ...others] = terms.map((t) => splitScalars(t.factors, space).scalars)
  if (first === undefined || Math.max(...terms.map(degree)) < 2) return undefined
  const scalars = others.reduce(shared, first)
  if (scalars.length === 0) return undefined
  const without = (t: MatrixTerm): MatrixTerm => {
    const { scalars: own, rest } = splitScalars(t.factors, space)
    const common = shared(own, scalars)
    const others = own.filter((s) => !common.includes(s)).flat()
    // A number as a 1×1 matrix stands behind a column, and before a row.
    return { coefficient: t.coefficient, factors: isColumn({ coefficient: ONE, factors: rest }, space) ? [...rest, ...others] : [...others, ...rest] }
  }
  return { scalars, components: Object.fromEntries(Object.entries(components).map(([block, sum]) => [block, sum.map(without)])) }
}

function product<T>(factors: readonly Factor[], instance: Instance<T>): Matrix<T> | undefined {
  const theta = instance.vector(THETA)
  const values = factors.map(({ name, transposed }) => {
    const value = instance.maps.constant(name) ?? instance.maps.block(name, theta)
    return transposed ? transpose(value) : value
  })
  return values.length === 0 ? undefined : values.reduce((x, y) => multiply(instance.field, x, y))
}

/** The entries of a sum of products; a term without factors is a number in the shape of its block. */
function entries<T>(terms: readonly MatrixTerm[], scale: T, block: string, instance: Instance<T>): readonly T[] {
  const { field } = instance
  const shape = instance.maps.block(block, instance.vector(THETA))
  const total = terms.map((t) => {
    const value = product(t.factors, instance) ?? matrix(shape.rows, shape.columns, () => field.one)
    const weight = field.multiply(scale, instance.scalar(t.coefficient))
    return value.entries.map((x) => field.multiply(weight, x))
  })
  return shape.entries.map((_, i) => total.reduce((sum, x) => field.add(sum, x[i] ?? field.zero), field.zero))
}

/** Whether s·ξ₀ is ξ at random exact points. */
export function checkCommonFactor(whole: BlockPolynomials, { scalars, components }: CommonFactor, space: Space): InstanceCheck {
  const property: InstanceProperty = (instance) => {
    const { field } = instance
    const scale = scalars.map((s) => product(s, instance)?.entries[0] ?? field.zero).reduce((x, y) => field.multiply(x, y), field.one)
    return Object.entries(whole).every(([block, terms]) => {
      const [given, made] = [entries(terms, field.one, block, instance), entries(components[block] ?? [], scale, block, instance)]
      return given.every((x, i) => field.isZero(field.add(x, field.negate(made[i] ?? field.zero))))
    })
  }
  return checkProperty(property, true, space, [])
}

/** The scalar as a product of blocks. */
export const asTermOf = ({ scalars }: CommonFactor): MatrixTerm => ({ coefficient: ONE, factors: scalars.flat() })
