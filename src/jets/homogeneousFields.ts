import { type Field, type SignedField, powerIn } from '../algebra/evaluate.js'

/** Arithmetic of Σ c_S ε_S with ε_S the product of the εᵢ in S and every εᵢ² = 0; coefficients in the order of S as a bit set of so many ε. */
function truncated<T>(field: Field<T>, count: number): Pick<Field<readonly T[]>, 'zero' | 'one' | 'multiply' | 'inverse'> {
  const sets = Array.from({ length: 2 ** count }, (_, set) => set)
  const constant = (c: T): readonly T[] => sets.map((set) => (set === 0 ? c : field.zero))
  const below = (set: number): readonly number[] => sets.filter((part) => (part & set) === part)
  const convolved = (parts: readonly number[], set: number, x: readonly T[], y: readonly T[]): T =>
    parts.reduce((sum, part) => field.add(sum, field.multiply(x[part] ?? field.zero, y[set ^ part] ?? field.zero)), field.zero)
  return {
    zero: constant(field.zero),
    one: constant(field.one),
    multiply: (x, y) => sets.map((set) => convolved(below(set), set, x, y)),
    inverse(x) {
      const first = field.inverse(x[0] ?? field.zero)
      return sets.slice(1).reduce<readonly T[]>(
        (found, set) => [...found, field.negate(field.multiply(first, convolved(below(set).filter((part) => part !== 0), set, x, found)))],
        [first],
      )
    },
  }
}

/** The numbers of F = sign(ℓ(x))ᵖ Q(x) ℓ(x)ᵖ⁻² for a random linear form ℓ and a random quadratic form Q. */
interface Forms<T> {
  readonly linear: readonly T[]
  readonly quadratic: readonly (readonly T[])[]
}

/** Random functions with F(c x) = |c|ᵖ F(x), known at every point: their derivatives obey Euler's theorem however their point is written. */
export class HomogeneousFields<T> {
  private readonly forms = new Map<string, Forms<T>>()

  constructor(
    private readonly field: SignedField<T>,
    private readonly dimension: number,
    private readonly random: () => T,
  ) {}

  /** DⁿF(x)(y₁, …, yₙ) of the function with a name and a whole degree p: the part of F(x + Σ εᵢ yᵢ) with all εᵢ. @throws RangeError where ℓ(x) is zero */
  form(name: string, degree: number, x: readonly T[], along: readonly (readonly T[])[]): T {
    const { field } = this
    const { linear, quadratic } = this.formsOf(name)
    const ring = truncated(field, along.length)
    const at = ring.zero.map((_, set) => (set === 0 ? x : along.find((__, i) => set === 1 << i)))
    const inner = (y: readonly T[], z: readonly T[]): T => y.reduce((sum, c, i) => field.add(sum, field.multiply(c, z[i] ?? field.zero)), field.zero)
    const images = at.map((y) => (y === undefined ? undefined : quadratic.map((row) => inner(row, y))))
    const below = at.map((y) => (y === undefined ? field.zero : inner(linear, y)))
    const above = at.map((_, set) =>
      at.reduce((sum, y, part) => {
        const image = (part & set) === part ? images[set ^ part] : undefined
        return y === undefined || image === undefined ? sum : field.add(sum, inner(y, image))
      }, field.zero),
    )
    const sign = powerIn(field, field.sign(below[0] ?? field.zero), BigInt(degree))
    return field.multiply(sign, ring.multiply(above, powerIn(ring, below, BigInt(degree - 2))).at(-1) ?? field.zero)
  }

  private formsOf(name: string): Forms<T> {
    const row = (): readonly T[] => Array.from({ length: this.dimension }, () => this.random())
    const forms = this.forms.get(name) ?? { linear: row(), quadratic: Array.from({ length: this.dimension }, row) }
    this.forms.set(name, forms)
    return forms
  }
}
