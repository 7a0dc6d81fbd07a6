import { mulR, rational } from '../algebra/rational.js'
import { type Polynomial, PolynomialSum, type PolynomialTerm, derivative, monomialDerivative, multiplyMonomials, variablesOf } from './polynomial.js'

interface Occurrence {
  readonly map: number
  readonly term: PolynomialTerm
}

/** The polynomials φᵢ of a parametrization (or the components of vector fields), held so that laws can be proved against them over ℚ. */
export class ExactSystem {
  private readonly occurrences = new Map<number, Occurrence[]>()

  constructor(
    readonly maps: readonly Polynomial[],
    /** The inverse metric as a polynomial for each parameter; absent for the Euclidean metric. */
    private readonly inverseMetric?: readonly Polynomial[],
  ) {
    for (const [map, polynomial] of maps.entries()) {
      for (const term of polynomial) {
        for (const v of new Set(term.monomial)) {
          const list = this.occurrences.get(v)
          if (list === undefined) this.occurrences.set(v, [{ map, term }])
          else list.push({ map, term })
        }
      }
    }
  }

  /** Whether ⟨∇h, G⁻¹∇φᵢ⟩ is the zero polynomial for every i, by exact expansion. */
  conserves(h: Polynomial): boolean {
    const sums = new Map<number, PolynomialSum>()
    for (const v of variablesOf(h)) {
      const slope = this.weighted(derivative(h, v), v)
      for (const { map, term } of this.occurrences.get(v) ?? []) {
        const sum = sums.get(map) ?? new PolynomialSum()
        sums.set(map, sum)
        const { multiplicity, rest } = monomialDerivative(term.monomial, v)
        const factor = mulR(term.coefficient, rational(multiplicity))
        for (const s of slope) sum.add(mulR(factor, s.coefficient), multiplyMonomials(rest, s.monomial))
      }
    }
    return [...sums.values()].every((sum) => sum.size === 0)
  }

  private weighted(slope: Polynomial, v: number): Polynomial {
    const weight = this.inverseMetric?.[v]
    if (weight === undefined) return slope
    const product = new PolynomialSum()
    for (const s of slope) for (const w of weight) product.add(mulR(s.coefficient, w.coefficient), multiplyMonomials(s.monomial, w.monomial))
    return product.finish()
  }
}
