import { ONE } from '../algebra/build.js'
import { vectorLatex, vectorText } from '../jets/notation.js'
import type { Vector, VectorTerm } from '../jets/vector.js'
import { componentsOf } from '../symmetry/lie.js'
import { type Symmetry, asTerm, writeComponents } from '../symmetry/symmetry.js'
import type { Derivation } from './derivation.js'

/** Whether a part of a generator is one that blocks alone do not say: an operator of its own, or a field. */
const isNamed = ({ atom }: VectorTerm): boolean => atom.kind === 'tensor' || (atom.kind === 'apply' && atom.operator.kind === 'map')

/** What the operators and fields are that a generator and its constraints are written with; none where they are not written with any. */
export function partsOf({ generator, space, written }: Symmetry): Pick<Derivation['symmetry'], 'parts'> {
  const [first, ...others] = generator.terms
  const isWhole = others.length === 0 && first?.coefficient === ONE
  const parts = generator.terms.filter(isNamed).flatMap(({ atom }) => {
    const part: Vector = { terms: [{ coefficient: ONE, atom }] }
    const components = componentsOf(part, space)
    if (components === undefined) return []
    const meaning = isWhole ? written : writeComponents(Object.fromEntries([...components].map(([name, sum]) => [name, sum.map(asTerm)])), space)
    return [{ name: { text: vectorText(part), latex: vectorLatex(part) }, meaning }]
  })
  return parts.length === 0 ? {} : { parts }
}
