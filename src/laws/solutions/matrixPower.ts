import { HALF, ONE, TWO, ZERO, add, call, div, isZero, mul, neg, num, pow, sqrt, sub, sym } from '../../algebra/build.js'
import { substitute } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { expand } from '../../algebra/expand.js'
import { factored } from '../../algebra/squareFree.js'
import { isIdenticallyZero } from '../../algebra/zero.js'
import { byFunctionsOfTime } from './functionsOfTime.js'
import { type Rows, coupledGroups, matrixFunction, resolventOf } from './matrixFunction.js'
import { type Relation, allows, isDecided } from './sign.js'
import { type NamedRoots, inSteps, spectrumOf, wholePower } from '../../algebra/spectrum.js'

/** matrix^k in one regime of the matrix's entries. */
export interface PowerRegime {
  readonly name: string
  /** The quantity whose sign decides the regime; none where there is one regime only. */
  readonly discriminant: Expr | undefined
  readonly relation: Relation | undefined
  /** matrix^k in the symbol k and the abbreviations. */
  readonly power: Rows
  /** The first row of it applied to values that do not depend on k, one fraction before each function of k. */
  readonly firstRow: (values: readonly Expr[]) => Expr
  /** Abbreviations and what they stand for; a value may speak of those before it. */
  readonly where: readonly (readonly [string, Expr])[]
  /** The names r1, r2, … in it, with the polynomials in `r` whose distinct roots they are. */
  readonly named: readonly NamedRoots[]
  /** What the modes of the matrix are multiplied with in a step, in size. */
  readonly factors: readonly Expr[]
  readonly verified: boolean
}

const [GAMMA, OMEGA, RHO, PHI] = [sym('_gamma'), sym('_omega'), sym('_rho'), sym('_phi')]

/** C and S of A^k = C + S·(A − γ), γ half the trace. */
interface Pair {
  readonly even: Expr
  readonly odd: Expr
}

const after = (pair: Pair, k: string): Pair => ({ even: substitute(pair.even, { [k]: add(sym(k), ONE) }), odd: substitute(pair.odd, { [k]: add(sym(k), ONE) }) })
const powerFrom = ({ even, odd }: Pair, [[a = ZERO, b = ZERO] = [], [c = ZERO, d = ZERO] = []]: Rows): Rows => [
  [add(even, mul(odd, HALF, sub(a, d))), mul(odd, b)],
  [mul(odd, c), sub(even, mul(odd, HALF, sub(a, d)))],
]

/**
 * Whether C + S·(A − γ) is A^k: with (A − γ)² = square by Cayley and Hamilton, C and S go over into γC + square·S and C + γS, from 1 and 0.
 */
function steps(pair: Pair, k: string, gamma: Expr, square: Expr): boolean {
  const [next, start] = [after(pair, k), { even: substitute(pair.even, { [k]: ZERO }), odd: substitute(pair.odd, { [k]: ZERO }) }]
  const residuals = [
    sub(next.even, add(mul(gamma, pair.even), mul(square, pair.odd))),
    sub(next.odd, add(pair.even, mul(gamma, pair.odd))),
    sub(start.even, ONE),
    start.odd,
  ]
  return residuals.every((e) => isIdenticallyZero(e))
}

/** φ = 2 arctan(ω/(ρ + γ)) is the angle of γ + iω on all of its circle, ρ its radius. */
function turnsBy(): boolean {
  const radius = sqrt(add(pow(GAMMA, TWO), pow(OMEGA, TWO)))
  const angle = mul(TWO, call('atan', div(OMEGA, add(radius, GAMMA))))
  return [sub(mul(radius, call('cos', angle)), GAMMA), sub(mul(radius, call('sin', angle)), OMEGA)].every((e) => isIdenticallyZero(e))
}

const along = (row: readonly Expr[], values: readonly Expr[]): Expr => add(...row.map((x, i) => mul(x, values[i] ?? ZERO)))

/** The powers of any two by two matrix, in the three regimes of its discriminant. */
function twoByTwo(matrix: Rows, k: string): readonly PowerRegime[] {
  const [[a = ZERO, b = ZERO] = [], [c = ZERO, d = ZERO] = []] = matrix
  const K = sym(k)
  const gamma = factored(mul(HALF, add(a, d)))
  const determinant = factored(sub(mul(a, d), mul(b, c)))
  const discriminant = factored(add(pow(sub(a, d), TWO), mul(num(4), b, c)))
  const half = (square: Expr): Expr => mul(HALF, sqrt(factored(square)))
  const angular = { even: mul(pow(RHO, K), call('cos', mul(PHI, K))), odd: div(mul(pow(RHO, K), call('sin', mul(PHI, K))), OMEGA) }
  const [slow, fast] = [add(GAMMA, OMEGA), sub(GAMMA, OMEGA)]
  const real = { even: mul(HALF, add(pow(slow, K), pow(fast, K))), odd: div(sub(pow(slow, K), pow(fast, K)), mul(TWO, OMEGA)) }
  const equal = { even: pow(GAMMA, K), odd: mul(K, pow(GAMMA, sub(K, ONE))) }
  const polar = { _gamma: mul(RHO, call('cos', PHI)), _omega: mul(RHO, call('sin', PHI)) }
  const inPolar = { even: angular.even, odd: substitute(angular.odd, polar) }
  const forms = [
    { name: 'turning', relation: '<', pair: angular, factors: [RHO],
      where: [['_gamma', gamma], ['_omega', half(neg(discriminant))], ['_rho', sqrt(determinant)], ['_phi', mul(TWO, call('atan', div(OMEGA, add(RHO, GAMMA))))]],
      verified: (): boolean => steps(inPolar, k, polar._gamma, neg(pow(polar._omega, TWO))) && turnsBy() },
    { name: 'equal factors', relation: '=', pair: equal, factors: [GAMMA], where: [['_gamma', gamma]], verified: (): boolean => steps(equal, k, GAMMA, ZERO) },
    { name: 'two factors', relation: '>', pair: real, factors: [slow, fast], where: [['_gamma', gamma], ['_omega', half(discriminant)]],
      verified: (): boolean => steps(real, k, GAMMA, pow(OMEGA, TWO)) },
  ] as const
  const consistent = isZero(factored(sub(mul(num(4), determinant), sub(mul(num(4), pow(gamma, TWO)), discriminant))))
  return forms.filter(({ relation }) => allows(discriminant, relation)).map(({ pair, verified, relation, ...form }) => {
    const power = powerFrom(pair, matrix)
    const firstRow = (values: readonly Expr[]): Expr => byFunctionsOfTime(expand(along(power[0] ?? [], values)), k)
    const sign = isDecided(discriminant) ? { relation: undefined, discriminant: undefined } : { relation, discriminant }
    return { ...form, ...sign, named: [], power, firstRow, verified: consistent && verified() }
  })
}

/**
 * The powers of a matrix with constant entries in closed form: of one number; by the eigenvalues where the entries have an expression for them; of any
 * two by two matrix in three regimes; of others with the roots of the characteristic polynomial named.
 * @param k the name of the exponent. @param names names that the roots must not have.
 * @returns no regime where zero is a multiple eigenvalue of more than two
 */
export function matrixPowers(matrix: Rows, k: string, names: ReadonlySet<string>): readonly PowerRegime[] {
  const [[single = ZERO] = []] = matrix
  const only = { discriminant: undefined, relation: undefined, where: [], named: [] } as const
  if (matrix.length === 1) return [{ ...only, name: 'one factor', power: [[wholePower(single, sym(k))]], firstRow: (values) => mul(wholePower(single, sym(k)), values[0] ?? ZERO), factors: [single], verified: true }]
  try {
    if (matrix.length === 2 && coupledGroups(matrix).length === 1 && spectrumOf(resolventOf(matrix).characteristic, names).named.length > 0) return twoByTwo(matrix, k)
    const mode = inSteps(k)
    const { roots, amplitudes, propagator: power, named, verified } = matrixFunction(matrix, mode, names)
    // One fraction of many values is longer than a fraction for each.
    const whole = matrix.length > 2 ? (e: Expr): Expr => e : factored
    const firstRow = (values: readonly Expr[]): Expr =>
      add(...roots.map(({ value }, n) => mul(whole(along(amplitudes[n]?.[0] ?? [], values)), mode.of(value))))
    return [{ ...only, name: 'sum over eigenvalues', power, firstRow, named, verified, factors: roots.map(({ value }) => value) }]
  } catch (error) {
    if (error instanceof RangeError) return []
    throw error
  }
}
