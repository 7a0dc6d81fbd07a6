import { ONE, TWO, ZERO, add, div, isZero, mul, neg, num, pow, sub } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { divR, subR, R1 } from '../algebra/rational.js'
import { linearSolve } from '../algebra/solve.js'
import { factored } from '../algebra/squareFree.js'
import { isIdenticallyZero } from '../algebra/zero.js'
import { dot } from '../jets/contraction.js'
import { simplifyScalar } from '../jets/simplify.js'
import { writtenOut } from '../rules/writtenOut.js'
import { expandIn } from './eliminate.js'
import type { DiscreteSystem } from './discrete.js'
import type { Laws } from './engine.js'
import { homogeneityOf } from './solutions/homogeneity.js'

/**
 * The state in which the exact discrete law of a norm |θ_B|² holds it, all steps alike, and what it says of the motion.
 * Every quantity is exact in the hyperparameters; nothing is expanded in η.
 */
export interface Equilibrium {
  /** |θ_B|². */
  readonly charge: Expr
  /** What drives it, e.g. |g_B|², and its value there as a multiple of the charge. */
  readonly drive: Expr
  readonly driveRatio: Expr
  /** The charge as a function of the drive taken to unit norm (`invariant`, e.g. |g_B|²|θ_B|²), where the drive has a degree along the orbit. */
  readonly norm: { readonly power: Expr; readonly invariant: Expr; readonly value: Expr } | undefined
  /** Cosine of the angle by which θ_B turns in one step. */
  readonly cosine: Expr
  /** Its leading term for small steps: the square of the angle, 2(1 − cosine). */
  readonly squaredAngle: Expr
  readonly verified: boolean
}

/** The values of all contractions and of the one drive as multiples of the charge; undefined if the system does not determine them. */
function ratiosOf(system: DiscreteSystem, drive: Expr): readonly Expr[] | undefined {
  const size = system.rows.length
  const matrix = system.rows.map((row, i) => [
    ...Array.from({ length: size - 1 }, (_, j) => sub(i === j + 1 ? ONE : ZERO, row.coefficients[j + 1] ?? ZERO)),
    neg(add(...row.drives.filter((d) => d.drive === drive).map((d) => d.coefficient))),
  ])
  const right = system.rows.map((row, i) => sub(row.coefficients[0] ?? ZERO, i === 0 ? ONE : ZERO))
  return linearSolve(matrix, right)?.map(factored)
}

/** Whether the ratios leave every row of the law unchanged by a step. */
const holds = (system: DiscreteSystem, contractions: readonly Expr[], driveRatio: Expr): boolean =>
  system.rows.every((row, i) => {
    const next = add(...row.coefficients.map((c, j) => mul(c, contractions[j] ?? ZERO)), ...row.drives.map((d) => mul(d.coefficient, driveRatio)))
    return isIdenticallyZero(sub(next, contractions[i] ?? ZERO))
  })

/**
 * The equilibrium of a squared norm under a rule: the closed system is asked for the point that a step does not move, with the
 * drive as an unknown; the angle follows from ⟨θ_B, θ_B,next⟩/|θ_B|². For gradient descent cosine = 1 − ηλ, hence an angle of √(2ηλ)
 * (Wan et al., *Spherical motion dynamics*, 2021), whatever the data.
 * @returns undefined unless the charge is the squared norm of the generator, one drive moves it, and weight decay opposes it.
 */
export function equilibriumOf(laws: Laws): Equilibrium | undefined {
  const { discrete, symmetry, rules, rule } = laws
  if (discrete === undefined || discrete.charge !== dot(symmetry.generator, symmetry.generator)) return undefined
  const [drive, another] = [...new Set(discrete.rows.flatMap((r) => r.drives.map((d) => d.drive)))]
  if (drive === undefined || another !== undefined) return undefined
  const solved = ratiosOf(discrete, drive)
  const driveRatio = solved?.at(-1)
  const update = writtenOut(rule).get('theta')
  if (solved === undefined || driveRatio === undefined || update === undefined || isZero(driveRatio)) return undefined
  const contractions = [ONE, ...solved.slice(0, -1)]
  const turned = expandIn(simplifyScalar(rules.scalar(dot(symmetry.generator, update))), discrete.rows.map((r) => r.contraction))
  if (!isZero(turned.rest)) return undefined
  const cosine = factored(add(...turned.coefficients.map((c, j) => mul(c, contractions[j] ?? ZERO))))
  return {
    charge: discrete.charge,
    drive,
    driveRatio,
    norm: normFrom(laws, discrete.charge, drive, driveRatio),
    cosine,
    squaredAngle: factored(mul(TWO, sub(ONE, cosine))),
    verified: holds(discrete, contractions, driveRatio),
  }
}

/** drive = ratio·q and drive = invariant·q^p give q^{1−p} = invariant/ratio. */
function normFrom({ symmetry }: Laws, charge: Expr, drive: Expr, ratio: Expr): Equilibrium['norm'] {
  const [ofCharge, ofDrive] = [charge, drive].map((e) => homogeneityOf(e, symmetry))
  if (ofCharge === undefined || ofDrive === undefined || ofCharge.degree.num === 0n) return undefined
  const p = divR(ofDrive.degree, ofCharge.degree)
  const power = num(subR(R1, p))
  const invariant = div(drive, pow(charge, num(p)))
  return isZero(power) ? undefined : { power, invariant, value: div(invariant, ratio) }
}
