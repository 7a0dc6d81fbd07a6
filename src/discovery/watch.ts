import { toNumber } from '../algebra/rational.js'
import type { ConservationLaw } from './describe.js'
import type { ComponentDiscovery } from './discover.js'

/**
 * A function that measures a law's scalars at parameters of a run, e.g. to watch them while a network trains.
 * @param values Parameters of a block by name, row by row (for the clock of a momentum flow its value).
 * @throws RangeError if a block is missing or has another size.
 */
export function lawMeter(component: ComponentDiscovery, law: ConservationLaw): (values: (block: string) => ArrayLike<number> | undefined) => Float64Array {
  const terms = law.polynomials.map((h) => h.map(({ coefficient, monomial }) => ({ coefficient: toNumber(coefficient), monomial })))
  return (values) => {
    const theta = component.blocks.flatMap(({ name, shape }) => {
      const found = values(name)
      const size = shape.reduce((a, b) => a * b, 1)
      if (found?.length !== size) throw new RangeError(`${size} values are needed for ${name}, ${found?.length ?? 'none'} given`)
      return Array.from(found)
    })
    return Float64Array.from(terms, (h) =>
      h.reduce((sum, { coefficient, monomial }) => sum + monomial.reduce((product, v) => product * (theta[v] ?? Number.NaN), coefficient), 0),
    )
  }
}
