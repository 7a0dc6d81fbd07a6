import { HALF, ONE, ZERO, add, call, div, exp, isZero, mul, neg, num, pow, sub, sym } from '../algebra/build.js'
import { differentiate, substitute } from '../algebra/calculus.js'
import { expand } from '../algebra/expand.js'
import type { Expr } from '../algebra/expr.js'
import { polynomialCoefficients } from '../algebra/factor.js'
import { antiderivative } from '../algebra/integrate.js'
import { inverseTransform, spectrumOf } from '../algebra/spectrum.js'
import { factored } from '../algebra/squareFree.js'
import { isIdenticallyZero } from '../algebra/zero.js'
import type { Space } from '../jets/space.js'
import { type MatrixSum, collectWords, scaleSum, wordKey } from '../jets/word.js'
import { type Components, block, lieDerivative } from './lie.js'

export const ALPHA = sym('alpha')
const MOST_DERIVATIVES = 6
const MOST_WORDS = 60

/** The c with Σ cᵢ xᵢ = y for sums of products of blocks, by elimination. */
function combinationOf(y: MatrixSum, x: readonly MatrixSum[]): readonly Expr[] | undefined {
  const coefficientIn = (sum: MatrixSum, key: string): Expr => sum.find((w) => wordKey(w) === key)?.coefficient ?? ZERO
  const keys = [...new Set([...x, y].flat().map(wordKey))]
  let rows = keys.map((key) => [...x, y].map((sum) => coefficientIn(sum, key)))
  const pivots: (readonly Expr[])[] = []
  for (const column of x.keys()) {
    const pivot = rows.find((row) => !isIdenticallyZero(row[column] ?? ZERO))
    if (pivot === undefined) return undefined
    const scaled = pivot.map((e) => factored(div(e, pivot[column] ?? ONE)))
    const reduce = (row: readonly Expr[]): Expr[] => row.map((e, i) => factored(sub(e, mul(row[column] ?? ZERO, scaled[i] ?? ZERO))))
    rows = rows.filter((row) => row !== pivot).map(reduce)
    pivots.splice(0, pivots.length, ...pivots.map(reduce), scaled)
  }
  return rows.every((row) => isIdenticallyZero(row.at(-1) ?? ZERO)) ? pivots.map((row) => row.at(-1) ?? ZERO) : undefined
}

/** What e^{mα}(φ₀ + …) with the roots m ± √d is: the two solutions of y″ = c₁y′ + c₀y that start with (1, 0) and (0, 1). */
function ofSecondOrder(c0: Expr, c1: Expr): readonly Expr[] | undefined {
  const m = mul(HALF, c1)
  const square = factored(add(mul(m, m), c0))
  if (isZero(square)) return [sub(ONE, mul(m, ALPHA)), ALPHA].map((e) => mul(exp(mul(m, ALPHA)), e))
  const turns = square.kind === 'number' && square.value.num < 0n
  const frequency = pow(turns ? neg(square) : square, HALF)
  if (!isZero(m) && !turns && frequency.kind === 'number') return undefined
  const [even, odd] = [call(turns ? 'cos' : 'cosh', mul(frequency, ALPHA)), div(call(turns ? 'sin' : 'sinh', mul(frequency, ALPHA)), frequency)]
  return [sub(even, mul(m, odd)), odd].map((e) => mul(exp(mul(m, ALPHA)), e))
}

/**
 * The functions φᵢ of α with φᵢ⁽ʲ⁾(0) = δᵢⱼ that solve y⁽ⁿ⁾ = Σ cᵢ y⁽ⁱ⁾: a root at zero by an integral, two roots as they are, more by residues
 * where all but two of them are rational.
 */
function fundamental(c: readonly Expr[]): readonly Expr[] | undefined {
  const [c0 = ZERO, c1, ...others] = c
  if (isIdenticallyZero(c0)) {
    if (c1 === undefined) return [ONE]
    const integrals = fundamental(c.slice(1))?.map((e) => {
      const integral = antiderivative(e, 'alpha')
      return integral === undefined ? undefined : sub(integral, substitute(integral, { alpha: ZERO }))
    })
    return integrals?.every((e) => e !== undefined) === true ? [ONE, ...integrals] : undefined
  }
  if (c1 === undefined) return [exp(mul(c0, ALPHA))]
  const both = others.length === 0 ? ofSecondOrder(c0, c1) : undefined
  if (both !== undefined) return both
  const { roots, named, verified } = spectrumOf([...c.map(neg), ONE])
  const [pair, another] = named
  const [q0, q1, q2 = ZERO, cubic] = pair === undefined ? [] : (polynomialCoefficients(pair.polynomial, 'r') ?? [])
  const two = q0 === undefined || q1 === undefined ? [ZERO, ZERO] : ofSecondOrder(neg(div(q0, q2)), neg(div(q1, q2)))
  if (!verified || another !== undefined || cubic !== undefined || two === undefined) return undefined
  const rational = roots.filter(({ value }) => pair?.names.some((name) => value === sym(name)) !== true)
  const r = (n: number): Expr => pow(sym('r'), num(n))
  return c.map((_, i) => {
    const numerator = sub(r(c.length - 1 - i), add(...c.flatMap((cj, j) => (j > i ? [mul(cj, r(j - 1 - i))] : []))))
    const part = substitute(inverseTransform(pair === undefined ? numerator : div(mul(numerator, q2), pair.polynomial), rational), { t: ALPHA })
    // What the two roots that are not rational add is what the start of the function leaves.
    const missing = [part, differentiate(part, 'alpha')].map((e, j) => sub(i === j ? ONE : ZERO, substitute(e, { alpha: ZERO })))
    return pair === undefined ? part : add(part, ...two.map((e, j) => mul(missing[j] ?? ZERO, e)))
  })
}

/**
 * ψ_α of a block from its Lie series X + α ξ + α²/2 ξ′ξ + …: where a derivative is a combination of those before it the series obeys a linear equation
 * with constant coefficients. So it is for affine generators that mix few blocks, for nilpotent ones, and for some polynomial ones.
 * @returns products of blocks with functions of α before them
 */
export function lieSeries(name: string, components: Components, space: Space): MatrixSum | undefined {
  const derivatives: MatrixSum[] = [block(name)]
  for (let n = 1; n <= MOST_DERIVATIVES; n += 1) {
    const next = n === 1 ? (components.get(name) ?? []) : lieDerivative(derivatives[n - 1] ?? [], components, space)
    if (next.length > MOST_WORDS) return undefined
    const relation = combinationOf(next, derivatives)
    const functions = relation === undefined ? undefined : fundamental(relation)
    if (relation !== undefined) return functions === undefined ? undefined : collectWords(functions.flatMap((e, i) => scaleSum(e, derivatives[i] ?? [])), space).map((w) => ({ ...w, coefficient: expand(w.coefficient) }))
    derivatives.push(next)
  }
  return undefined
}
