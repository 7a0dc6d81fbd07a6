import { HALF, ONE, TWO, ZERO, add, call, div, exp, frac, integralNode, isZero, mul, neg, num, pow, sqrt, sub, sym, termsOf } from '../../algebra/build.js'
import { differentiate, substitute } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { expand } from '../../algebra/expand.js'
import { integrateDefinite } from '../../algebra/integrate.js'
import { factored } from '../../algebra/squareFree.js'
import { isIdenticallyZero } from '../../algebra/zero.js'
import { InputError } from '../../errors.js'
import { namesIn, rootNames } from '../../algebra/freeNames.js'
import { byFunctionsOfTime } from './functionsOfTime.js'
import { type Rows, matrixFunction } from './matrixFunction.js'
import { type Relation, allows } from './sign.js'
import { IN_TIME, type NamedRoots } from '../../algebra/spectrum.js'

/** e^{matrix·t} in one regime of the matrix's entries, and the solution of q̇ = matrix·q + drives it gives. */
export interface SystemRegime {
  readonly name: string
  /** The quantity whose sign decides the regime; none where there is one regime only. */
  readonly discriminant: Expr | undefined
  readonly relation: Relation | undefined
  /** e^{matrix·t}. */
  readonly propagator: Rows
  /** The names r1, r2, … in it, with the polynomials in `r` whose distinct roots they are. */
  readonly named: readonly NamedRoots[]
  /** Names in it of eigenvalues that are sums, and their values. */
  readonly rates: readonly (readonly [string, Expr])[]
  /** q(t) from q(0) = (`q1_0`, `q2_0`, …); inside the integrals the drives are taken at time s. */
  readonly solution: readonly Expr[]
  readonly verified: boolean
}

const T = sym('t')
const identity = (n: number): Rows => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? ONE : ZERO)))
const times = (a: Rows, b: Rows): Rows => a.map((row) => (b[0] ?? []).map((_, j) => add(...row.map((x, k) => mul(x, b[k]?.[j] ?? ZERO)))))
const scaled = (c: Expr, a: Rows): Rows => a.map((row) => row.map((x) => mul(c, x)))
const plus = (a: Rows, b: Rows): Rows => a.map((row, i) => row.map((x, j) => add(x, b[i]?.[j] ?? ZERO)))
const shifted = (a: Rows, by: Expr): Rows => a.map((row, i) => row.map((x, j) => (i === j ? sub(x, by) : x)))

/**
 * The exponential of a triangular matrix whose eigenvalues are named, entry by entry: with what stands off the diagonal as the drive, variation of
 * constants gives E_ij = Σ_k a_ik ∫₀ᵗ e^{λ_i(t−u)} E_kj(u) du from E_jj = e^{λ_j t}. Equal eigenvalues need no special care.
 */
function backSubstitution(matrix: Rows, eigenvalues: readonly Expr[], written: (coefficient: Expr) => Expr): Rows {
  const move = (i: number, time: Expr): Expr => exp(mul(eigenvalues[i] ?? ZERO, time))
  const entry = (i: number, j: number): Expr => {
    if (i === j) return move(i, T)
    const drive = add(...(matrix[i] ?? []).map((a, k) => (k === i || isZero(a) ? ZERO : mul(a, entry(k, j)))))
    const kernel = mul(move(i, sub(T, sym('u'))), substitute(drive, { t: sym('u') }))
    return isZero(drive) ? ZERO : byFunctionsOfTime(expand(integrateDefinite(kernel, 'u', ZERO, T)), 't', written)
  }
  return matrix.map((row, i) => row.map((_, j) => entry(i, j)))
}

/** The exponential of a triangular matrix, whose eigenvalues are on its diagonal: those that are sums have names in its functions of time. */
function oneWay(matrix: Rows, taken: ReadonlySet<string>) {
  const sums = [...new Set(matrix.flatMap((row, i) => row.filter((x, j) => i === j && x.kind === 'sum' && termsOf(x).length > 1)))]
  const free = rootNames(taken)
  const rates = sums.map((value) => [free.next().value, value] as const)
  const names = new Map(rates.map(([name, value]) => [value, sym(name)]))
  const eigenvalues = matrix.map((row, i) => names.get(row[i] ?? ZERO) ?? row[i] ?? ZERO)
  const called = matrix.map((row, i) => row.map((x, j) => (i === j ? (eigenvalues[i] ?? x) : x)))
  const values = Object.fromEntries(rates)
  return { name: 'one-way coupling', relation: undefined, discriminant: undefined, rates, propagator: backSubstitution(called, eigenvalues, (c) => factored(substitute(c, values))) }
}

const isTriangular = (a: Rows): boolean =>
  a.every((row, i) => row.every((x, j) => j >= i || isZero(x))) || a.every((row, i) => row.every((x, j) => j <= i || isZero(x)))

/** e^{At} = e^{γt}(C + S·(A − γ)) with γ half the trace and (A − γ)² = (discriminant/4)·1 by Cayley and Hamilton. */
function twoByTwo(matrix: Rows) {
  const [[a = ZERO, b = ZERO] = [], [c = ZERO, d = ZERO] = []] = matrix
  const gamma = mul(HALF, add(a, d))
  const discriminant = factored(add(pow(sub(a, d), TWO), mul(num(4), b, c)))
  const build = (name: string, relation: Relation, even: Expr, odd: Expr) => ({
    name, relation, discriminant, rates: [],
    propagator: scaled(exp(mul(gamma, T)), plus(scaled(even, identity(2)), scaled(odd, shifted(matrix, gamma)))),
  })
  const angle = (square: Expr): readonly [Expr, Expr] => [mul(HALF, sqrt(square), T), mul(HALF, sqrt(square))]
  const [[slow, w], [fast, v]] = [angle(neg(discriminant)), angle(discriminant)]
  return [
    build('rotating', '<', call('cos', slow), div(call('sin', slow), w)),
    build('defective', '=', ONE, T),
    build('saddle or node', '>', call('cosh', fast), div(call('sinh', fast), v)),
  ]
}

/**
 * Whether e^{At} satisfies Ė = AE from the identity. Where the discriminant is to vanish but its symbols do not say so, what is left must
 * be its multiple −t·e^{γt}·discriminant/4.
 */
function propagates(matrix: Rows, propagator: Rows, vanishing: Expr): boolean {
  const product = times(matrix, propagator)
  const gamma = mul(HALF, add(...matrix.map((row, i) => row[i] ?? ZERO)))
  const left = mul(frac(1, 4), T, exp(mul(gamma, T)), vanishing)
  return propagator.every((row, i) =>
    row.every((x, j) => {
      const rate = sub(differentiate(x, 't'), product[i]?.[j] ?? ZERO)
      const start = sub(substitute(x, { t: ZERO }), i === j ? ONE : ZERO)
      return isIdenticallyZero(i === j ? add(rate, left) : rate) && isIdenticallyZero(start)
    }),
  )
}

/** q(t) = e^{At}q(0) + ∫₀ᵗ e^{A(t−s)} drives(s) ds. */
const driven = (propagator: Rows, drives: readonly Expr[]): readonly Expr[] =>
  propagator.map((row) => {
    const free = add(...row.map((x, j) => mul(x, sym(`q${j + 1}_0`))))
    const response = add(...row.map((x, j) => mul(substitute(x, { t: sub(T, sym('s')) }), drives[j] ?? ZERO)))
    return isZero(response) ? free : add(free, integralNode(response, 's', ZERO, T))
  })

/**
 * Solves several coupled laws q̇ = matrix·q + drives in closed form, by the matrix exponential: any two laws, in their three regimes, any number
 * that drive each other one way only (triangular), and any others by the roots of their characteristic polynomial. Each propagator is verified.
 * @param matrix n×n, free of `t`. @param drives n entries, contractions or functions of time.
 * @throws InputError if matrix and drives do not fit.
 */
export function solveSystem(matrix: Rows, drives: readonly Expr[]): readonly SystemRegime[] {
  const n = matrix.length
  if (n === 0 || matrix.some((row) => row.length !== n) || drives.length !== n)
    throw new InputError(`a system of ${n} rows with ${drives.length} drives`, 'give a square matrix and one drive a row')
  const taken = new Set(namesIn([...matrix.flat(), ...drives]))
  if (!isTriangular(matrix) && n > 2) {
    const { propagator, named, verified } = matrixFunction(matrix, IN_TIME, taken)
    return [{ name: 'sum over eigenvalues', relation: undefined, discriminant: undefined, propagator, named, rates: [], solution: driven(propagator, drives), verified }]
  }
  const forms = isTriangular(matrix) ? [oneWay(matrix, taken)] : twoByTwo(matrix).filter(({ discriminant, relation }) => allows(discriminant, relation))
  return forms.map((form) => {
    const values = Object.fromEntries(form.rates)
    const inEntries = form.propagator.map((row) => row.map((x) => substitute(x, values)))
    const verified = propagates(matrix, inEntries, form.relation === '=' ? (form.discriminant ?? ZERO) : ZERO)
    return { ...form, named: [], solution: driven(form.propagator, drives), verified }
  })
}
