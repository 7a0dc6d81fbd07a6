import { toNumber } from '../algebra/rational.js'
import type { ConservationLaw } from './describe.js'
import type { ComponentDiscovery } from './discover.js'

/** Parameters of a block by name, row by row (for the clock of a momentum flow its value). */
export type BlockValues = (block: string) => ArrayLike<number> | undefined

/** The terms of every scalar of a law at given parameters. @throws RangeError if a block is missing or has another size. */
function termMeter(component: ComponentDiscovery, law: ConservationLaw): (values: BlockValues) => readonly (readonly number[])[] {
  const scalars = law.polynomials.map((h) => h.map(({ coefficient, monomial }) => ({ coefficient: toNumber(coefficient), monomial })))
  return (values) => {
    const theta = component.blocks.flatMap(({ name, shape }) => {
      const found = values(name)
      const size = shape.reduce((a, b) => a * b, 1)
      if (found?.length !== size) throw new RangeError(`${size} values are needed for ${name}, ${found?.length ?? 'none'} given`)
      return Array.from(found)
    })
    return scalars.map((h) => h.map(({ coefficient, monomial }) => monomial.reduce((product, v) => (v < 0 ? product / (theta[~v] ?? Number.NaN) : product * (theta[v] ?? Number.NaN)), coefficient)))
  }
}

const total = (terms: readonly number[]): number => terms.reduce((sum, x) => sum + x, 0)

/**
 * A function that measures a law's scalars at parameters of a run, e.g. to watch them while a network trains.
 * @throws RangeError if a block is missing or has another size.
 */
export function lawMeter(component: ComponentDiscovery, law: ConservationLaw): (values: BlockValues) => Float64Array {
  const terms = termMeter(component, law)
  return (values) => Float64Array.from(terms(values), total)
}

/** The largest sum of absolute terms among a law's scalars: what its changes are to be compared with, also where the law itself is 0. */
export function lawSize(component: ComponentDiscovery, law: ConservationLaw, values: BlockValues): number {
  return Math.max(...termMeter(component, law)(values).map((h) => total(h.map(Math.abs))))
}
