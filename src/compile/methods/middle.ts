import { isZeroR, toNumber } from '../../algebra/rational.js'
import type { Tableau } from './tableau.js'

/** Highest power that weights for the middle of a step integrate. */
const DEGREE = 5

const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, v, i) => sum + v * (y[i] ?? NaN), 0)

/**
 * Weights b over the stages of the step alone for its middle, y(t + h/2) ≈ y + h Σ b_i k_i: the least ones with Σ b_i c_i^n = 2^−(n+1)/(n+1)
 * for n = 0, …, 5, by orthonormalizing the powers. Of stages as accurate as those that interpolants use, Verner's method has order 6 then;
 * that of Dormand and Prince order 5, its defects of order 6 below 10⁻⁴.
 * @returns a weight a stage, or undefined where the interpolant needs no further stages, and so is there to be had.
 */
export function middleWeights({ c, interpolant }: Tableau): readonly number[] | undefined {
  if (interpolant.extra.length === 0) return undefined
  const places = c.map((time, i) => ((interpolant.weights[i] ?? []).every(isZeroR) ? undefined : 2 * toNumber(time) - 1))
  const basis: { readonly power: readonly number[]; readonly moment: number }[] = []
  for (let n = 0; n <= DEGREE; n += 1) {
    // (2c − 1)^n, whose integral over the first half is −(−1)^(n+1)/(2(n + 1)): better conditioned than c^n.
    let [power, moment] = [places.map((x) => (x === undefined ? 0 : x ** n)), (-1) ** n / (2 * (n + 1))]
    for (const known of basis) {
      const part = dot(power, known.power)
      power = power.map((x, i) => x - part * (known.power[i] ?? NaN))
      moment -= part * known.moment
    }
    const size = Math.sqrt(dot(power, power))
    basis.push({ power: power.map((x) => x / size), moment: moment / size })
  }
  return c.map((_, i) => basis.reduce((sum, { power, moment }) => sum + moment * (power[i] ?? NaN), 0))
}
