import { ONE, TWO, ZERO, add, div, isZero, mul, num, pow, sqrt, sub, sym } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { isIdenticallyZero } from '../algebra/zero.js'
import { dot } from '../jets/contraction.js'
import { GRADIENT, GRADIENT_ATOM, apply, coefficientOf, variableAtom } from '../jets/vector.js'
import type { Laws } from './engine.js'
import { homogeneityOf } from './solutions/homogeneity.js'

/**
 * A scale-invariant block θ_B = r·n, |n| = 1, under gradient descent, in polar coordinates, exactly ([NLD] §5). With ĝ the gradient at
 * r = 1 and S = r⁴:
 *
 *     n_{k+1} ∝ n_k − (turn/√S_k) ĝ_k,      S_{k+1} = decay·S_k + gain·|ĝ_k|² + remainder·|ĝ_k|⁴/S_k.
 *
 * Without the remainder, s = S(1 − decay)/gain is RMSProp's running mean s ← decay·s + (1 − decay)|ĝ|², and the motion on the sphere is
 * RMSProp's, θ ← θ − rate·ĝ/√s.
 */
export interface PolarLaw {
  readonly turn: Expr
  readonly decay: Expr
  readonly gain: Expr
  readonly remainder: Expr
  /** RMSProp's learning rate. */
  readonly rate: Expr
  readonly verified: boolean
}

/**
 * The polar form of a scale symmetry's exact law. Everything is read off the derived discrete law |θ_B|² ← a|θ_B|² + b|g_B|² and the
 * degree −2 of |g_B|² along the orbit.
 * @returns undefined, if the symmetry is no scaling, the rule has states, or its law has other drives.
 */
export function polarLaw(laws: Laws): PolarLaw | undefined {
  const { discrete, symmetry, rule } = laws
  const [row, second] = discrete?.rows ?? []
  const operator = symmetry.generator.terms[0]?.atom
  if (discrete === undefined || row === undefined || second !== undefined || rule.states.length > 0 || operator?.kind !== 'apply') return undefined
  const [drive, another] = row.drives
  const block = apply(operator.operator, GRADIENT)
  const isScaling = discrete.charge === dot(symmetry.generator, symmetry.generator)
  if (!isScaling || drive === undefined || another !== undefined || drive.drive !== dot(block, block)) return undefined
  const degrees = [discrete.charge, drive.drive].map((e) => homogeneityOf(e, symmetry)?.degree.num)
  if (degrees[0] !== 2n || degrees[1] !== -2n) return undefined
  const update = rule.updates.find((u) => u.name === 'theta')?.value ?? { terms: [] }
  const [shrink, step] = [coefficientOf(update, variableAtom('theta')), coefficientOf(update, GRADIENT_ATOM)]
  if (isZero(shrink)) return undefined
  const [a, b] = [row.coefficients[0] ?? ZERO, drive.coefficient]
  const [decay, gain, remainder] = [factored(pow(a, TWO)), factored(mul(TWO, a, b)), factored(pow(b, TWO))]
  const turn = factored(div(mul(num(-1), step), shrink))
  const [S, G] = [sym('S'), sym('G')]
  const whole = add(mul(decay, S), mul(gain, G), div(mul(remainder, pow(G, TWO)), S))
  const squared = pow(add(mul(a, sqrt(S)), div(mul(b, G), sqrt(S))), TWO)
  const rate = div(sqrt(div(sub(ONE, decay), TWO)), pow(shrink, TWO))
  const consistent = [sub(mul(pow(rate, TWO), gain), mul(pow(turn, TWO), sub(ONE, decay))), sub(whole, squared), sub(a, pow(shrink, TWO)), sub(b, pow(step, TWO))]
  return { turn, decay, gain, remainder, rate, verified: consistent.every((e) => isIdenticallyZero(e)) }
}
