import { ONE, ZERO, add, div, isZero, mul, neg, num, pow, sub, sym, symbolsOf } from '../../algebra/build.js'
import type { Expr } from '../../algebra/expr.js'
import { factored } from '../../algebra/squareFree.js'
import { isIdenticallyZero } from '../../algebra/zero.js'
import { reducedAmplitude } from './reducedAmplitude.js'
import { IN_TIME, type Mode, type NamedRoots, type Root, amplitudeOf, coefficientsOfRoots, inverseTransform, spectrumOf } from '../../algebra/spectrum.js'

export type Rows = readonly (readonly Expr[])[]

const product = (a: Rows, b: Rows): Rows => a.map((row) => (b[0] ?? []).map((_, j) => add(...row.map((x, k) => mul(x, b[k]?.[j] ?? ZERO)))))

/** adj(r − A) = Σ adjoint[k] r^k and det(r − A) = Σ characteristic[k] r^k. */
export interface Resolvent {
  readonly adjoint: readonly Rows[]
  readonly characteristic: readonly Expr[]
}

/** Faddeev and Le Verrier's recursion (Gantmacher, *The Theory of Matrices* I, ch. IV §5). */
export function resolventOf(matrix: Rows): Resolvent {
  const n = matrix.length
  const adjoint: Rows[] = []
  const characteristic: Expr[] = [ONE]
  let current: Rows = matrix.map((row, i) => row.map((_, j) => (i === j ? ONE : ZERO)))
  for (let k = 1; k <= n; k += 1) {
    adjoint.unshift(current)
    const moved = product(matrix, current)
    const c = factored(div(neg(add(...moved.map((row, i) => row[i] ?? ZERO))), num(k)))
    characteristic.unshift(c)
    current = moved.map((row, i) => row.map((x, j) => factored(i === j ? add(x, c) : x)))
  }
  return { adjoint, characteristic }
}

/** The quantities in groups that drive each other both ways: the strongly connected components of the matrix's graph. */
export function coupledGroups(matrix: Rows): readonly (readonly number[])[] {
  const direct = matrix.map((row, i) => row.map((x, j) => i === j || !isZero(x)))
  const reach = matrix.reduce<readonly (readonly boolean[])[]>((r, _, k) => r.map((row) => row.map((x, j) => x || ((row[k] ?? false) && (r[k]?.[j] ?? false)))), direct)
  const groups = matrix.map((_, i) => matrix.flatMap((__, j) => (reach[i]?.[j] === true && reach[j]?.[i] === true ? [j] : [])))
  return groups.filter(([first], i) => first === i)
}

/** e^{At} or A^k by the roots of the characteristic polynomial. */
export interface MatrixFunction {
  readonly propagator: Rows
  /** For each root what stands before its exponential or power. */
  readonly amplitudes: readonly Rows[]
  readonly roots: readonly Root[]
  readonly named: readonly NamedRoots[]
  readonly verified: boolean
}

const R = sym('r')
const polynomial = (coefficients: readonly Expr[]): Expr => add(...coefficients.map((c, k) => mul(c, pow(R, num(k)))))

/**
 * The exponential of any matrix with constant entries, by its resolvent: e^{At} is the inverse Laplace transform of adj(r − A)/det(r − A), the
 * sum of its residues at the eigenvalues (Sylvester's formula where they are distinct; multiple ones come with powers of t). Eigenvalues that
 * have no expression in the entries are named. In steps, its k-th power in the same way by the inverse z-transform.
 *
 * Verified in two identities: (r − A)·adj(r − A) = det(r − A), and Σ adjoint[k] g⁽ᵏ⁾ for the impulse response g of the characteristic polynomial,
 * which solves its equation from g = … = g⁽ⁿ⁻²⁾ = 0, g⁽ⁿ⁻¹⁾ = 1; in steps g⁽ᵏ⁾ is g shifted by k.
 * @param names names that no root may have. @throws RangeError as `inverseTransform`.
 */
export function matrixFunction(matrix: Rows, mode: Mode = IN_TIME, names: ReadonlySet<string> = new Set()): MatrixFunction {
  const { adjoint, characteristic } = resolventOf(matrix)
  const taken = new Set([...names, ...matrix.flat().flatMap((e) => [...symbolsOf(e)])])
  const blocks = coupledGroups(matrix).map((group) => resolventOf(group.map((i) => group.map((j) => matrix[i]?.[j] ?? ZERO))).characteristic)
  const { roots, named, verified } = spectrumOf(characteristic, taken, blocks.length > 1 ? blocks : [])
  const entry = (i: number, j: number): Expr => polynomial(adjoint.map((b) => b[i]?.[j] ?? ZERO))
  const amplitudes = roots.map((_, n) => matrix.map((row, i) => row.map((__, j) => amplitudeOf(entry(i, j), roots, n, mode))))
  const propagator = propagatorOf(amplitudes, roots, mode)
  const impulse = impulseResponse(roots, mode)
  const resolves = matrix.every((row, i) => row.every((_, j) => {
    const left = add(...matrix.map((_, k) => mul(sub(i === k ? R : ZERO, matrix[i]?.[k] ?? ZERO), entry(k, j))))
    return isIdenticallyZero(sub(left, i === j ? polynomial(characteristic) : ZERO))
  }))
  const agrees = propagator.every((row, i) => row.every((x, j) => isIdenticallyZero(sub(x, add(...impulse.derivatives.map((g, k) => mul(adjoint[k]?.[i]?.[j] ?? ZERO, g)))))))
  const whole = { propagator, amplitudes, roots, named, verified: verified && impulse.verified && resolves && agrees }
  return named.every(({ names }) => names.length === matrix.length) ? whole : reducedFunction(whole, entry, mode)
}

/** Σ amplitude·mode of the root. */
const propagatorOf = (amplitudes: readonly Rows[], roots: readonly Root[], mode: Mode): Rows =>
  (amplitudes[0] ?? []).map((row, i) => row.map((_, j) => add(...roots.map(({ value }, n) => mul(amplitudes[n]?.[i]?.[j] ?? ZERO, mode.of(value))))))

/** The same with the amplitudes of named roots modulo the polynomials of these roots. */
function reducedFunction(whole: MatrixFunction, entry: (i: number, j: number) => Expr, mode: Mode): MatrixFunction {
  const { amplitudes: long, roots, named } = whole
  const amplitudes = long.map((rows, n) => rows.map((row, i) => row.map((x, j) => reducedAmplitude(entry(i, j), roots, n, named) ?? x)))
  return { ...whole, amplitudes, propagator: propagatorOf(amplitudes, roots, mode) }
}

/** g, ġ, …, g⁽ⁿ⁻¹⁾ of the equation Π(d/dt − rᵢ)^mᵢ g = 0, in steps Π(shift − rᵢ)^mᵢ g = 0, from g⁽ⁿ⁻¹⁾(0) = 1 and all lower ones zero. */
function impulseResponse(roots: readonly Root[], mode: Mode): { readonly derivatives: readonly Expr[]; readonly verified: boolean } {
  const coefficients = coefficientsOfRoots(roots)
  const n = coefficients.length - 1
  const derivatives = [inverseTransform(ONE, roots, mode)]
  for (let k = 1; k <= n; k += 1) derivatives.push(mode.next(derivatives[k - 1] ?? ZERO))
  const solves = isIdenticallyZero(add(...derivatives.map((g, k) => mul(coefficients[k] ?? ZERO, g))))
  const starts = derivatives.slice(0, n).every((g, k) => isIdenticallyZero(sub(mode.atStart(g), k === n - 1 ? ONE : ZERO)))
  return { derivatives: derivatives.slice(0, n), verified: solves && starts }
}
