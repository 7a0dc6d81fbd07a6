import { type Rational, rational } from '../algebra/rational.js'
import { Echelon } from './echelon.js'
import { type FieldFamily, randomMember } from './fields.js'
import type { ParameterBlock } from './model.js'
import type { LawProof } from './proof.js'
import { type Monomial, type Polynomial, derivative, monomialDerivative, variableOf, variablesOf } from './polynomial.js'
import { type PrimeField, Random, invert, multiply, reconstruct, reduce, residue } from './prime.js'

/** A set of parameters that laws may live on, with the proofs that decide whether they do. */
export interface Support {
  readonly blocks: readonly ParameterBlock[]
  readonly system: LawProof
}

interface Sample {
  readonly point: Float64Array
  readonly field: Float64Array
}

/** Redundant equations after which the rank of a class is taken to be final; exact verification follows, so this is only economy. */
const CHECKS = 3

function valueAt(field: PrimeField, m: Monomial, point: Float64Array): number {
  return m.reduce((product, v) => multiply(field, product, v < 0 ? invert(field, point[~v] ?? 0) : (point[v] ?? 0)), 1)
}

/** Linear algebra over a prime field for combinations of given polynomials that are conserved, and the count of independent ones. */
export class LawSearch {
  private readonly samples: Sample[] = []
  private readonly random: Random
  private readonly point: Float64Array
  private readonly gradients: Echelon

  constructor(
    private readonly field: PrimeField,
    private readonly family: FieldFamily,
    seed: number,
  ) {
    this.random = new Random(seed)
    this.point = this.random.residues(field, family.dimension)
    this.gradients = new Echelon(field, family.dimension)
  }

  /** Rank of the gradients, at a random point, of the laws counted so far. */
  get independent(): number {
    return this.gradients.rank
  }

  /** Whether a sample shows that a polynomial is not conserved; the answer yes is certain. */
  refutes(h: Polynomial): boolean {
    return [0, 1].some((s) => this.rate(h, this.sample(s)) !== 0)
  }

  /** Counts a proved law; false if it depends on those before. */
  count(law: Polynomial): boolean {
    const gradient = new Float64Array(this.family.dimension)
    for (const v of variablesOf(law)) gradient[v] = evaluate(this.field, derivative(law, v), this.point)
    return this.gradients.insert(gradient)
  }

  /** Rational combinations Σ qᵢhᵢ with Σ qᵢ⟨∇hᵢ, X⟩ = 0 at the sampled points and fields: candidates, to be proved. */
  candidates(columns: readonly Polynomial[]): readonly (readonly Rational[])[] {
    return this.combinations(columns.length, (i, sample) => this.rate(columns[i] ?? [], sample))
  }

  /** Exponents nᵢ with Σ nᵢXᵢ/xᵢ = 0 at the sampled points and fields: the product Π xᵢ^nᵢ is a candidate. */
  exponents(variables: readonly number[]): readonly (readonly Rational[])[] {
    return this.combinations(variables.length, (i, { point, field }) => {
      const v = variables[i] ?? 0
      return multiply(this.field, field[v] ?? 0, invert(this.field, point[v] ?? 0))
    })
  }

  /** The vectors that are orthogonal to all rows of rates. */
  private combinations(length: number, rate: (i: number, sample: Sample) => number): readonly (readonly Rational[])[] {
    const space = new Echelon(this.field, length)
    for (let s = 0, misses = 0; misses < CHECKS && space.rank < length; s++) {
      const sample = this.sample(s)
      const row = Float64Array.from({ length }, (_, i) => rate(i, sample))
      misses = space.insert(row) ? 0 : misses + 1
    }
    return space.nullSpace().flatMap((vector) => {
      const fractions = [...vector].map((x) => reconstruct(this.field, x))
      const known = fractions.flatMap((f) => (f === undefined ? [] : [rational(f.num, f.den)]))
      return known.length === fractions.length ? [known] : []
    })
  }

  private sample(index: number): Sample {
    const known = this.samples[index]
    if (known !== undefined) return known
    const point = this.random.residues(this.field, this.family.dimension)
    const made = { point, field: randomMember(this.field, this.family, this.random, point) }
    this.samples.push(made)
    return made
  }

  /** ⟨∇h, X⟩. */
  private rate(h: Polynomial, { point, field: x }: Sample): number {
    let total = 0
    for (const { coefficient, monomial } of h) {
      let sum = 0
      for (const v of new Set(monomial.map(variableOf))) {
        const { multiplicity, rest } = monomialDerivative(monomial, v)
        sum += multiply(this.field, multiply(this.field, reduce(this.field, multiplicity), x[v] ?? 0), valueAt(this.field, rest, point))
      }
      total = reduce(this.field, total + multiply(this.field, reduce(this.field, sum), coefficientAt(this.field, coefficient)))
    }
    return total
  }
}

function coefficientAt(field: PrimeField, { num, den }: Rational): number {
  const c = residue(field, num, den)
  if (c === undefined) throw new RangeError(`${field.p} divides a denominator of a law`)
  return c
}

/** The value of a polynomial with denominators prime to p. @throws RangeError otherwise. */
export function evaluate(field: PrimeField, h: Polynomial, point: Float64Array): number {
  let sum = 0
  for (const { coefficient, monomial } of h)
    sum = reduce(field, sum + multiply(field, coefficientAt(field, coefficient), valueAt(field, monomial, point)))
  return sum
}
