import { mulR, negR, rational } from '../algebra/rational.js'
import { type Polynomial, PolynomialSum, type PolynomialTerm, derivative, monomialDerivative, multiplyMonomials, variablesOf } from './polynomial.js'

interface Occurrence {
  readonly map: number
  readonly term: PolynomialTerm
}

/** The inverse metric row by row: M(v) lists the columns that are not zero. */
export type InverseMetric = (v: number) => readonly { readonly to: number; readonly weight: Polynomial }[]

export interface SystemOptions {
  /** Lists of polynomials that are seen only up to a common factor, as below a normalization. */
  readonly projective?: readonly (readonly Polynomial[])[]
  /** The Euclidean metric where absent. */
  readonly metric?: InverseMetric
  /** A vector field that every law must also be conserved along, as its component for each variable. */
  readonly drift?: (v: number) => Polynomial
}

function addProduct(sum: PolynomialSum, a: Polynomial, b: Polynomial, negative = false): void {
  for (const s of a) {
    for (const t of b) {
      const coefficient = mulR(s.coefficient, t.coefficient)
      sum.add(negative ? negR(coefficient) : coefficient, multiplyMonomials(s.monomial, t.monomial))
    }
  }
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

  /** The same parametrization under another flow. */
  under(flow: Pick<SystemOptions, 'metric' | 'drift'>): ExactSystem {
    return new ExactSystem(this.maps, { ...this.options, ...flow })
  }

  /**
   * Whether ⟨∇h, M∇φᵢ⟩ is the zero polynomial for every i, by exact expansion; for a projective list whether the rates
   * are proportional to the polynomials, ρᵢφᵢ₊₁ = φᵢρᵢ₊₁; and whether ⟨∇h, drift⟩ is zero.
   */
  conserves(h: Polynomial): boolean {
    if (!this.stillUnderDrift(h)) return false
    const rates = this.rates(h)
    for (const [map, rate] of rates) if (map < this.maps.length && rate.length > 0) return false
    let first = this.maps.length
    for (const list of this.options.projective ?? []) {
      for (let i = first; i + 1 < first + list.length; i++) if (!this.proportional(rates, i)) return false
      first += list.length
    }
    return true
  }

  private stillUnderDrift(h: Polynomial): boolean {
    const { drift } = this.options
    if (drift === undefined) return true
    const sum = new PolynomialSum()
    for (const v of variablesOf(h)) addProduct(sum, derivative(h, v), drift(v))
    return sum.size === 0
  }

  private proportional(rates: ReadonlyMap<number, Polynomial>, i: number): boolean {
    const [a, b] = [rates.get(i) ?? [], rates.get(i + 1) ?? []]
    if (a.length === 0 && b.length === 0) return true
    const sum = new PolynomialSum()
    addProduct(sum, a, this.polynomials[i + 1] ?? [])
    addProduct(sum, b, this.polynomials[i] ?? [], true)
    return sum.size === 0
  }

  /** ⟨∇h, M∇φᵢ⟩ for every i where any of its terms is not zero. */
  private rates(h: Polynomial): ReadonlyMap<number, Polynomial> {
    const sums = new Map<number, PolynomialSum>()
    for (const [v, slope] of this.slopes(h)) {
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

  /** Mᵀ∇h, component by component. */
  private slopes(h: Polynomial): Iterable<readonly [number, Polynomial]> {
    const { metric } = this.options
    const raised = variablesOf(h).map((v) => [v, derivative(h, v)] as const)
    if (metric === undefined) return raised
    const sums = new Map<number, PolynomialSum>()
    for (const [v, slope] of raised) {
      for (const { to, weight } of metric(v)) {
        const sum = sums.get(to) ?? new PolynomialSum()
        sums.set(to, sum)
        addProduct(sum, slope, weight)
      }
    }
    return new Map([...sums].map(([v, sum]) => [v, sum.finish()]))
  }
}
