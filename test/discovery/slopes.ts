import { toNumber } from '../../src/algebra/rational.js'
import type { NetworkDiscovery } from '../../src/discovery/index.js'

/** Gradients at θ of all scalars of all laws. @param placeOf where a block begins in θ. */
export function slopesOf({ components }: NetworkDiscovery, placeOf: (block: string) => number, theta: Float64Array): readonly Float64Array[] {
  return components.flatMap(({ blocks, laws }) => {
    const place = blocks.flatMap(({ name, shape }) => Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => placeOf(name) + i))
    return laws.flatMap((law) => law.polynomials).map((h) => {
      const slope = new Float64Array(theta.length)
      for (const { coefficient, monomial } of h)
        for (const [at, v] of monomial.entries()) {
          const rest = monomial.filter((_, i) => i !== at).reduce((product, w) => product * (theta[place[w] ?? -1] ?? NaN), toNumber(coefficient))
          slope[place[v] ?? -1] = (slope[place[v] ?? -1] ?? NaN) + rest
        }
      return slope
    })
  })
}
