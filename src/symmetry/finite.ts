import { ONE, ZERO, add, atom, div, exp, mul, num, sym } from '../algebra/build.js'
import { differentiate, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { toLatex, toText } from '../algebra/print.js'
import type { Written } from '../jets/notation.js'
import type { Space } from '../jets/space.js'
import type { Vector } from '../jets/vector.js'
import { type Factor, type MatrixSum, matrixExpression, multiplySums, scaleSum, transposeSum } from '../jets/word.js'
import { type Components, block, componentsOf, isTheta, vanishes } from './lie.js'
import { ALPHA, lieSeries } from './lieSeries.js'
import { passageOf } from './movedTime.js'

const ORDER = 6

/**
 * What a block becomes under the finite transformation ψ_α: e^{cα} exp(αL) X exp(αR), or a sum of products of matrices with functions of α
 * as coefficients.
 */
type Orbit =
  | { readonly kind: 'exponential'; readonly rate: Expr; readonly left: MatrixSum; readonly right: MatrixSum }
  | { readonly kind: 'combination'; readonly sum: MatrixSum }

/** c X + L X + X R with constants L and R: left and right multiplication commute. */
function exponentialOrbit(name: string, component: MatrixSum): Orbit | undefined {
  let rate: Expr = ZERO
  const [left, right]: [MatrixSum[number][], MatrixSum[number][]] = [[], []]
  for (const { coefficient, factors } of component) {
    const at = factors.findIndex((f) => f.kind === 'component')
    const own = factors[at]
    if (own === undefined || !isTheta(own) || own.block !== name || own.transposed || factors.filter((f) => f.kind === 'component').length > 1) return undefined
    const rest = factors.filter((f) => f !== own)
    if (rest.length === 0) rate = add(rate, coefficient)
    else if (at === factors.length - 1) left.push({ coefficient, factors: rest })
    else if (at === 0) right.push({ coefficient, factors: rest })
    else return undefined
  }
  return { kind: 'exponential', rate, left, right }
}

/** Coefficients of a power series in α with matrices. */
type Series = readonly MatrixSum[]

function taylor(e: Expr): readonly Expr[] {
  const out: Expr[] = []
  let [derivative, factorial]: [Expr, Expr] = [e, ONE]
  for (let n = 0; n <= ORDER; n += 1) {
    if (n > 0) factorial = mul(factorial, num(n))
    out.push(div(substitute(derivative, { alpha: ZERO }), factorial))
    derivative = differentiate(derivative, 'alpha')
  }
  return out
}

const product = (a: Series, b: Series): Series =>
  Array.from({ length: ORDER + 1 }, (_, n) => Array.from({ length: n + 1 }, (__, k) => multiplySums(a[k] ?? [], b[n - k] ?? [])).flat())

const constantSeries = (sum: MatrixSum): Series => [sum]
const scalarSeries = (coefficients: readonly Expr[]): Series => coefficients.map((coefficient) => [{ coefficient, factors: [] }])

/** exp(αL). */
function exponentialSeries(generator: MatrixSum): Series {
  const out: MatrixSum[] = [[{ coefficient: ONE, factors: [] }]]
  for (let n = 1; n <= ORDER; n += 1) out.push(scaleSum(div(ONE, num(n)), multiplySums(out[n - 1] ?? [], generator)))
  return out
}

function orbitSeries(name: string, orbit: Orbit): Series {
  if (orbit.kind === 'exponential')
    return product(product(product(scalarSeries(taylor(exp(mul(orbit.rate, ALPHA)))), exponentialSeries(orbit.left)), constantSeries(block(name))), exponentialSeries(orbit.right))
  const parts = orbit.sum.map(({ coefficient, factors }) => product(scalarSeries(taylor(coefficient)), constantSeries([{ coefficient: ONE, factors }])))
  return Array.from({ length: ORDER + 1 }, (_, n) => parts.flatMap((p) => p[n] ?? []))
}

/** dψ/dα = ξ(ψ) with ψ₀ = identity, as power series in α to the order of the check. */
function obeysFlow(orbits: ReadonlyMap<string, Orbit>, components: Components, space: Space): boolean {
  const series = new Map([...orbits].map(([name, orbit]) => [name, orbitSeries(name, orbit)]))
  const ofFactor = (f: Factor): Series => {
    const known = isTheta(f) ? series.get(f.block) : undefined
    if (known === undefined || !isTheta(f)) return constantSeries([{ coefficient: ONE, factors: [f] }])
    return f.transposed ? known.map(transposeSum) : known
  }
  const zero = (sum: MatrixSum): boolean => vanishes(sum, space)
  return [...series].every(([name, own]) => {
    const words = (components.get(name) ?? []).map((w) => w.factors.reduce((left, f) => product(left, ofFactor(f)), constantSeries([{ coefficient: w.coefficient, factors: [] }])))
    const starts = zero([...(own[0] ?? []), ...scaleSum(num(-1), block(name))])
    return starts && Array.from({ length: ORDER }, (_, n) => [...scaleSum(num(n + 1), own[n + 1] ?? []), ...scaleSum(num(-1), words.flatMap((w) => w[n] ?? []))]).every(zero)
  })
}

const matrixExponential = (sum: MatrixSum, parameter: Expr): Written => {
  const exponent = mul(parameter, matrixExpression(sum, 'whole'))
  return { text: `exp(${toText(exponent)})`, latex: `e^{${toLatex(exponent)}}` }
}

/** @param parameter what the size of the transformation is called. */
function writeOrbit(name: string, orbit: Orbit, parameter: Expr): Written {
  const start = matrixExpression(block(name), 'whole')
  if (orbit.kind === 'combination') {
    const total = matrixExpression(orbit.sum.map((w) => ({ ...w, coefficient: substitute(w.coefficient, { alpha: parameter }) })), 'whole')
    return { text: toText(total), latex: toLatex(total) }
  }
  const factors = [...(orbit.left.length === 0 ? [] : [matrixExponential(orbit.left, parameter)]), { text: toText(start), latex: toLatex(start) }, ...(orbit.right.length === 0 ? [] : [matrixExponential(orbit.right, parameter)])]
  const scaled = mul(exp(mul(orbit.rate, parameter)), atom({ key: `orbit:${factors.map((f) => f.text).join('*')}`, text: () => factors.map((f) => f.text).join('*'), latex: () => factors.map((f) => f.latex).join(' ') }))
  return { text: toText(scaled), latex: toLatex(scaled) }
}

/** A symmetry's finite transformation θ ↦ ψ_α(θ), block by block; `exp` of a matrix is the matrix exponential. */
export interface FiniteForm extends Written {
  /** The power of α to which dψ/dα = ξ(ψ) was checked. */
  readonly checkedTo: number
}

/**
 * The finite transformation of a generator in closed form: scalings and matrix exponentials, and Lie series that obey a linear
 * equation (rotations, translations, shears, affine maps that mix few blocks). Blocks that do not move are not written.
 * @param taken names that its size must not have: it is alpha where that is free.
 * @param tau the rate at which time is moved, where it is.
 * @returns undefined where the flow of the generator has none of these forms.
 * @throws Error if a form found does not obey the flow equation, which would be a defect.
 */
export function finiteForm(generator: Vector, space: Space, taken: readonly string[] = [], tau?: Expr): FiniteForm | undefined {
  const passage = passageOf(generator, tau)
  const components = passage === undefined ? undefined : componentsOf(passage.bare, space)
  if (passage === undefined || components === undefined || components.size === 0) return undefined
  const orbits = new Map<string, Orbit>()
  for (const [name, component] of components) {
    const [own, sum] = [exponentialOrbit(name, component), lieSeries(name, components, space)]
    const orbit: Orbit | undefined = own ?? (sum === undefined ? undefined : { kind: 'combination', sum })
    if (orbit === undefined) return undefined
    orbits.set(name, orbit)
  }
  if (!obeysFlow(orbits, components, space)) throw new Error(`the finite form found for ${[...components.keys()].join(', ')} does not obey the flow of the generator`)
  const names = new Set([...Object.keys(space.blocks), ...Object.keys(space.constants), ...taken])
  const isFree = (letter: string): boolean => !names.has(letter)
  const parameter = sym(['alpha', 'epsilon', 'tau'].find(isFree) ?? 'alpha_law')
  const named = (e: Expr): Expr => substitute(e, { alpha: parameter })
  const moved = passage.time === undefined ? [] : [{ name: 't', text: toText(named(passage.time)), latex: toLatex(named(passage.time)) }]
  const written = [...[...orbits].map(([name, orbit]) => ({ name, ...writeOrbit(name, orbit, named(passage.length)) })), ...moved]
  return {
    text: written.map((w) => `${w.name}: ${w.text}`).join('; '),
    latex: written.map((w) => `${toLatex(sym(w.name))} \\mapsto ${w.latex}`).join(',\\quad '),
    checkedTo: ORDER,
  }
}
