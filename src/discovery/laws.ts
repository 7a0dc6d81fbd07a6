import { rational } from '../algebra/rational.js'
import { parityClasses } from './ansatz.js'
import { Echelon } from './echelon.js'
import type { ExactSystem } from './exact.js'
import { type FieldFamily, randomMember } from './fields.js'
import { type Monomial, type Polynomial, type PolynomialTerm, derivative, primitive, variablesOf } from './polynomial.js'
import { type PrimeField, Random, multiply, reconstruct, reduce, residue } from './prime.js'

/** A set of parameters that laws may live on, with the exact maps that decide whether they do. */
export interface Support {
  readonly variables: readonly number[]
  readonly system: ExactSystem
}

interface Sample {
  readonly point: Float64Array
  readonly field: Float64Array
}

/** Redundant equations after which the rank of a class is taken to be final; exact verification follows, so this is only economy. */
const CHECKS = 3

function valueAt(field: PrimeField, m: Monomial, point: Float64Array): number {
  return m.reduce((product, v) => multiply(field, product, point[v] ?? 0), 1)
}

/** Polynomial laws by linear algebra over a prime field, each reconstructed over ℚ and proved there. */
export class LawSearch {
  private readonly samples: Sample[] = []
  private readonly random: Random
  private readonly point: Float64Array
  private readonly gradients: Echelon
  /** Exactly verified, functionally independent laws, in the order found. */
  readonly laws: Polynomial[] = []

  constructor(
    private readonly field: PrimeField,
    private readonly family: FieldFamily,
    private readonly labels: readonly (readonly [number, number])[],
    seed: number,
  ) {
    this.random = new Random(seed)
    this.point = this.random.residues(field, family.dimension)
    this.gradients = new Echelon(field, family.dimension)
  }

  /** Looks for laws of bounded degree on a set of parameters until `wanted` independent ones are known in all. */
  search(support: Support, degree: number, wanted: number): void {
    for (const members of parityClasses(support.variables, degree, this.labels)) {
      if (this.laws.length >= wanted) return
      for (const law of this.solve(members)) if (support.system.conserves(law)) this.keep(law)
    }
  }

  /** Adds a proved law if its gradient is independent of those before at a random point. */
  private keep(law: Polynomial): void {
    const gradient = new Float64Array(this.family.dimension)
    for (const v of variablesOf(law)) gradient[v] = evaluate(this.field, derivative(law, v), this.point)
    if (this.gradients.insert(gradient)) this.laws.push(law)
  }

  private sample(index: number): Sample {
    const known = this.samples[index]
    if (known !== undefined) return known
    const point = this.random.residues(this.field, this.family.dimension)
    const made = { point, field: randomMember(this.field, this.family, this.random, point) }
    this.samples.push(made)
    return made
  }

  /** Candidates Σ qₘ m with Σ qₘ ⟨∇m, X⟩ = 0 at the sampled points and fields. */
  private solve(members: readonly Monomial[]): readonly Polynomial[] {
    const space = new Echelon(this.field, members.length)
    for (let s = 0, misses = 0; misses < CHECKS && space.rank < members.length; s++) {
      const { point, field } = this.sample(s)
      const row = Float64Array.from(members, (m) => this.rate(m, point, field))
      misses = space.insert(row) ? 0 : misses + 1
    }
    return space.nullSpace().flatMap((vector) => this.lift(members, vector))
  }

  /** ⟨∇m, X⟩. */
  private rate(m: Monomial, point: Float64Array, x: Float64Array): number {
    let sum = 0
    for (const [at, v] of m.entries()) {
      const speed = x[v] ?? 0
      if (speed !== 0) sum += multiply(this.field, speed, valueAt(this.field, [...m.slice(0, at), ...m.slice(at + 1)], point))
    }
    return reduce(this.field, sum)
  }

  private lift(members: readonly Monomial[], vector: Float64Array): readonly Polynomial[] {
    const terms: PolynomialTerm[] = []
    for (const [i, monomial] of members.entries()) {
      const x = vector[i] ?? 0
      if (x !== 0) {
        const fraction = reconstruct(this.field, x)
        if (fraction === undefined) return []
        terms.push({ coefficient: rational(fraction.num, fraction.den), monomial })
      }
    }
    return [primitive(terms)]
  }
}

/** The value of a polynomial with denominators prime to p. @throws RangeError otherwise. */
export function evaluate(field: PrimeField, h: Polynomial, point: Float64Array): number {
  let sum = 0
  for (const { coefficient, monomial } of h) {
    const c = residue(field, coefficient.num, coefficient.den)
    if (c === undefined) throw new RangeError(`${field.p} divides a denominator of a law`)
    sum = reduce(field, sum + multiply(field, c, valueAt(field, monomial, point)))
  }
  return sum
}

