import { ONE, div } from './build.js'
import type { Expr } from './expr.js'
import { KernelPoint, NoRoot, NotAlgebraic } from './kernel-point.js'
import { factored } from './squareFree.js'
import { randomStream } from './zero.js'

/** A prime below 2⁶², modulo which 2, 3, 5, 7, 11 and 13 have square roots. */
const PRIME = 2n ** 62n - 3255n
const ATTEMPTS = 40

/** Values of all expressions at two random points of a prime field; undefined where hardly a point has them all. */
function valuesAtTwoPoints(es: readonly Expr[]): readonly (readonly bigint[])[] | undefined {
  const found: (readonly bigint[])[] = []
  for (let attempt = 0; attempt < ATTEMPTS && found.length < 2; attempt += 1) {
    try {
      found.push(es.map(new KernelPoint(PRIME, randomStream(BigInt(attempt) * 6131n + 5n)).value))
    } catch (error) {
      if (error instanceof NotAlgebraic) return undefined
      if (!(error instanceof NoRoot || error instanceof RangeError)) throw error
    }
  }
  return found.length < 2 ? undefined : found
}

/**
 * Whether one of the expressions is another one times a number. Those that are have the same values at two points up to one factor; of the few pairs
 * that have, the quotient is brought to lowest terms.
 */
export function proportional(es: readonly Expr[]): (i: number, j: number) => boolean {
  const [first, second] = valuesAtTwoPoints(es) ?? []
  const mayBe = (i: number, j: number): boolean => {
    const cross = (a: number, b: number): bigint => ((first?.[a] ?? 0n) * (second?.[b] ?? 0n)) % PRIME
    return first === undefined || cross(i, j) === cross(j, i)
  }
  return (i, j) => mayBe(i, j) && factored(div(es[i] ?? ONE, es[j] ?? ONE)).kind === 'number'
}
