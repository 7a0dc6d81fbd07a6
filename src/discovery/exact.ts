import { mulR, negR, rational } from '../algebra/rational.js'
import { type Polynomial, PolynomialSum, type PolynomialTerm, derivative, monomialDerivative, multiplyMonomials, variablesOf } from './polynomial.js'

interface Occurrence {
  readonly map: number
  readonly term: PolynomialTerm
}

export interface SystemOptions {
  /** The inverse metric as a polynomial for each parameter; the Euclidean metric where absent. */
  readonly inverseMetric?: readonly Polynomial[]
  /** Lists of polynomials that are seen only up to a common factor, as below a normalization. */
  readonly projective?: readonly (readonly Polynomial[])[]
}

/** The polynomials φᵢ of a parametrization, held so that laws can be proved against them over ℚ. */
export class ExactSystem {
  private readonly occurrences = new Map<number, Occurrence[]>()
  private readonly polynomials: readonly Polynomial[]

  constructor(
    private readonly maps: readonly Polynomial[],
    private readonly options: SystemOptions = {},
  ) {
    this.polynomials = [...maps, ...(options.projective ?? []).flat()]
    for (const [map, polynomial] of this.polynomials.entries()) {
      for (const term of polynomial) {
        for (const v of new Set(term.monomial)) {
          const list = this.occurrences.get(v)
          if (list === undefined) this.occurrences.set(v, [{ map, term }])
          else list.push({ map, term })
        }
      }
    }
  }

  /**
   * Whether ⟨∇h, G⁻¹∇φᵢ⟩ is the zero polynomial for every i, by exact expansion; for a projective list whether the rates
   * are proportional to the polynomials, ρᵢφᵢ₊₁ = φᵢρᵢ₊₁.
   */
  conserves(h: Polynomial): boolean {
    const rates = this.rates(h)
    for (const [map, rate] of rates) if (map < this.maps.length && rate.length > 0) return false
    let first = this.maps.length
    for (const list of this.options.projective ?? []) {
      for (let i = first; i + 1 < first + list.length; i++) if (!this.proportional(rates, i)) return false
      first += list.length
    }
    return true
  }

  private proportional(rates: ReadonlyMap<number, Polynomial>, i: number): boolean {
    const [a, b] = [rates.get(i) ?? [], rates.get(i + 1) ?? []]
    if (a.length === 0 && b.length === 0) return true
    const sum = new PolynomialSum()
    for (const s of a) for (const t of this.polynomials[i + 1] ?? []) sum.add(mulR(s.coefficient, t.coefficient), multiplyMonomials(s.monomial, t.monomial))
    for (const s of b)
      for (const t of this.polynomials[i] ?? []) sum.add(negR(mulR(s.coefficient, t.coefficient)), multiplyMonomials(s.monomial, t.monomial))
    return sum.size === 0
  }

  /** ⟨∇h, G⁻¹∇φᵢ⟩ for every i where any of its terms is not zero. */
  private rates(h: Polynomial): ReadonlyMap<number, Polynomial> {
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
    return new Map([...sums].map(([map, sum]) => [map, sum.finish()]))
  }

  private weighted(slope: Polynomial, v: number): Polynomial {
    const weight = this.options.inverseMetric?.[v]
    if (weight === undefined) return slope
    const product = new PolynomialSum()
    for (const s of slope) for (const w of weight) product.add(mulR(s.coefficient, w.coefficient), multiplyMonomials(s.monomial, w.monomial))
    return product.finish()
  }
}
