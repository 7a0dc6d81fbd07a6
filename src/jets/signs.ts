import type { Field } from '../algebra/evaluate.js'
import { rational } from '../algebra/rational.js'

/** The largest numerator and denominator of a ratio that keeps the sign. */
const LARGEST = 8

const upTo = Array.from({ length: LARGEST }, (_, i) => i + 1)
const RATIOS = upTo.flatMap((n) => upTo.map((d) => rational(n, d))).filter((r, i, all) => all.findIndex((x) => x.num === r.num && x.den === r.den) === i)

/** A value as text, by which equal values are found again. */
export const textOfValue = (value: unknown): string => JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}` : v))

/** Signs in a field without an order: a coin for each value, the same for its multiples by small positive fractions and the other one for those by negative ones. */
export class Signs<T> {
  private readonly known = new Map<string, 1 | -1>()

  constructor(private readonly field: Field<T>) {}

  /** The sign of a value, as the number ±1 of the field, and 0 for zero. */
  of(value: T): T {
    const { field, known } = this
    if (field.isZero(value)) return value
    const sign = known.get(textOfValue(value)) ?? this.drawn(value)
    return sign === 1 ? field.one : field.negate(field.one)
  }

  private drawn(value: T): 1 | -1 {
    const { field, known } = this
    const sign = [...textOfValue(value)].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 2 === 0 ? 1 : -1
    for (const ratio of RATIOS) {
      const multiple = field.multiply(field.rational(ratio), value)
      known.set(textOfValue(multiple), sign)
      known.set(textOfValue(field.negate(multiple)), sign === 1 ? -1 : 1)
    }
    return sign
  }
}
