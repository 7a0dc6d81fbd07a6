import { describe, expect, it } from 'vitest'
import { studentBound, studentTail } from '../../src/validation/student.js'

/** Γ((ν+1)/2)/Γ(ν/2) by the recursion from Γ(1/2) = √π and Γ(1) = 1. */
function ratioOfGammas(freedom: number): number {
  let ratio = freedom % 2 === 0 ? Math.sqrt(Math.PI) / 2 : 1 / Math.sqrt(Math.PI)
  for (let n = freedom % 2 === 0 ? 2 : 1; n < freedom; n += 2) ratio *= (n + 1) / n
  return ratio
}

/** The integral of the density beyond ±t, by Simpson's rule in u = 1/x. */
function integrated(t: number, freedom: number): number {
  const density = (x: number): number => (ratioOfGammas(freedom) / Math.sqrt(freedom * Math.PI)) * (1 + (x * x) / freedom) ** (-(freedom + 1) / 2)
  const [pieces, end] = [4000, 1 / t]
  const of = (u: number): number => (u === 0 ? (freedom === 1 ? 1 / Math.PI : 0) : density(1 / u) / (u * u))
  let sum = of(0) + of(end)
  for (let i = 1; i < pieces; i += 1) sum += (i % 2 === 0 ? 2 : 4) * of((i * end) / pieces)
  return (2 * sum * end) / (3 * pieces)
}

describe('Student’s distribution', () => {
  it('has the tail that its density integrates to, for even and odd degrees of freedom', () => {
    for (const freedom of [1, 2, 3, 5, 10, 24, 37]) for (const t of [0.8, 2, 5]) expect(studentTail(t, freedom) / integrated(t, freedom)).toBeCloseTo(1, 5)
  })

  it('has the bounds of the printed tables', () => {
    const TABLE = [[0.05, 24, 2.0639], [0.001, 10, 4.5869], [0.01, 5, 4.0321], [0.05, 1, 12.7062]] as const
    for (const [probability, freedom, bound] of TABLE) expect(studentBound(probability, freedom)).toBeCloseTo(bound, 3)
  })
})
