import { ONE, ZERO, add, atom, frac, mul, num, pow, sym } from '../algebra/build.js'
import { factorial } from '../algebra/rational.js'
import { differentiate, mapAtoms, substitute, symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { FieldValue, asContraction, dot } from '../jets/contraction.js'
import { type Derivation, NO_SCHEDULES, type Schedules, deriveVector, timeDerivativeOf, unmoved } from '../jets/leibniz.js'
import { sandwiched } from '../jets/sandwich.js'
import { vectorKey } from '../jets/vectorKey.js'
import type { Field } from '../jets/field.js'
import { type Vector, type VectorAtom, ZERO_VECTOR, addVectors, apply, combine, fieldAt, isZeroVector, pointOf, tensor, vectorOf } from '../jets/vector.js'
import { simplifyVector } from '../jets/simplify.js'
import { componentsOf, fromComponents } from '../jets/elementwise.js'
import { atKinks } from './firstTerm.js'
import type { Outcome } from './model.js'

/** A truncated power series in η with vector coefficients: entry n belongs to ηⁿ. */
export type VectorSeries = readonly Vector[]

const ETA = sym('eta')
const BY_ETA: Derivation = { variable: () => ZERO_VECTOR, symbol: 'eta' }

export const termOf = (series: VectorSeries, n: number): Vector => series[n] ?? ZERO_VECTOR
export const constantSeries = (x: Vector): VectorSeries => [x]

const orders = (length: number): readonly number[] => Array.from({ length }, (_, n) => n)

/** Σ c·series, term by term, to the given length. */
export const combineSeries = (parts: readonly (readonly [Expr, VectorSeries])[], length: number): VectorSeries =>
  orders(length).map((n) => combine(parts.map(([c, s]) => [c, termOf(s, n)] as const)))

/** x − y, term by term, to the given length. */
export const subSeries = (x: VectorSeries, y: VectorSeries, length: number): VectorSeries => combineSeries([[ONE, x], [num(-1), y]], length)

/** ηᵏ·series. */
export const shiftSeries = (series: VectorSeries, by: number): VectorSeries => [...orders(by).map(() => ZERO_VECTOR), ...series]

/** x(t + sη) = Σ (sη)ʲ/j! dʲx/dtʲ for a shift by s steps. */
export function shiftInTime(x: VectorSeries, steps: number | Expr, length: number, schedules: Schedules, rate = x.map((y) => timeDerivativeOf(y, schedules))): VectorSeries {
  const parts: (readonly [Expr, VectorSeries])[] = [[ONE, x]]
  let derivative = rate
  for (let j = 1; j < length; j += 1) {
    parts.push([mul(pow(typeof steps === 'number' ? num(steps) : steps, num(j)), frac(1n, factorial(j))), shiftSeries(derivative, j)])
    derivative = derivative.map((y) => timeDerivativeOf(y, schedules))
  }
  return combineSeries(parts, length)
}

/** What a point is called to leading order in η. */
const leading = (name: string): string => (name.endsWith('_0') ? name : `${name}_0`)

/** The vector Σ ηⁿ·seriesₙ. */
export const sumSeries = (series: VectorSeries): Vector =>
  combine(series.map((x, n) => [n === 0 ? num(1) : mul(...orders(n).map(() => ETA)), x] as const))

/** What a variable is as a series in η; undefined leaves it. */
export type SeriesValues = (name: string, order: number) => VectorSeries | undefined

/** The Taylor coefficients in η of a vector whose coefficients, elementwise functions and points contain the symbol eta. */
export const taylorInEta = (x: Vector, length: number): VectorSeries => substituteSeries(x, () => undefined, length)

/**
 * A vector with variables replaced by series (fields stay at θ), in its contractions and points too, expanded in η. η in its own coefficients is expanded
 * too.
 */
export const substituteSeries = (x: Vector, values: SeriesValues, length: number): VectorSeries => new Expansion(values).vector(x, length)

/** An expansion in η; what it has of an atom is kept, for a vector holds the same atoms many times. */
class Expansion {
  private readonly known = new Map<VectorAtom, { readonly length: number; readonly series: VectorSeries }>()

  constructor(private readonly values: SeriesValues) {}

  vector(x: Vector, length: number): VectorSeries {
    const parts = x.terms.flatMap((t) => {
      const atoms = this.atom(t.atom, length)
      return this.scalar(t.coefficient, length).map((c, m) => [c, shiftSeries(atoms, m)] as const)
    })
    return combineSeries(parts, length)
  }

  /** Σ ηⁿ·coefficientₙ: a scalar whose contractions hold η in powers before them alone. */
  private inContractions(e: Expr, length: number): Expr {
    const summed = (series: readonly Expr[]): Expr => add(...series.map((x, n) => mul(pow(ETA, num(n)), x)))
    return mapAtoms(e, (o) => {
      if (o instanceof FieldValue) return summed(this.fieldValue(o, length))
      const c = asContraction(o)
      if (c === undefined) return atom(o)
      const [left, right] = [this.atom(c.left, length), this.atom(c.right, length)]
      return summed(orders(length).map((n) => add(...orders(n + 1).map((i) => dot(termOf(left, i), termOf(right, n - i))))))
    })
  }

  /** The Taylor coefficients in η of a scalar. */
  private scalar(e: Expr, length: number): readonly Expr[] {
    const filled = this.inContractions(e, length)
    if (!symbolsOf(filled).has('eta')) return [filled]
    const out: Expr[] = []
    for (let [n, derivative] = [0, atKinks(filled, length)]; n < length; n += 1, derivative = differentiate(derivative, 'eta'))
      out.push(mul(frac(1n, factorial(n)), substitute(derivative, { eta: ZERO })))
    return out
  }

  private atom(a: VectorAtom, length: number): VectorSeries {
    const known = this.known.get(a)
    if (known !== undefined && known.length >= length) return known.series.slice(0, length)
    const series = this.atomAnew(a, length)
    this.known.set(a, { length, series })
    return series
  }

  private atomAnew(a: VectorAtom, length: number): VectorSeries {
    switch (a.kind) {
      case 'variable':
        return (this.values(a.name, a.order) ?? [vectorOf(a)]).slice(0, length)
      case 'indicator':
        return [vectorOf(a)]
      case 'apply':
        return this.atom(a.argument, length).map((x) => apply(a.operator, x))
      case 'tensor':
        return this.tensor(a, length)
      case 'elementwise': {
        const args = Object.fromEntries(a.args.map((x, i) => [`_${i}`, sumSeries(this.atom(x, length))]))
        return elementwiseSeries(this.inContractions(a.body, length), args, length)
      }
    }
  }

  /**
   * A field where its jets are to leading order, and the terms of higher order of that point; none where it does not move.
   * @throws RangeError where that is the zero of a homogeneous function: its gradient is not continuous there
   */
  private field(field: Field, length: number): { readonly field: Field; readonly moves: VectorSeries } {
    const { at } = field
    const point = at === undefined ? [] : this.vector(at.point, length)
    const zeroth = simplifyVector(termOf(point, 0))
    if (at === undefined || (point.slice(1).every(isZeroVector) && vectorKey(zeroth) === vectorKey(at.point))) return { field, moves: [] }
    if (field.homogeneous !== undefined && isZeroVector(zeroth)) throw new RangeError('the gradient of a homogeneous function has no value at zero')
    return { field: fieldAt(field, { name: leading(at.name), point: zeroth }), moves: [ZERO_VECTOR, ...point.slice(1)] }
  }

  /** Dᵐf(p + δ)(x, …) = Σ Dᵐ⁺ʲf(p)(δ, …, δ, x, …)/j! for a field whose point is a series p + δ, each power of η by itself. */
  private tensor(a: Extract<VectorAtom, { kind: 'tensor' }>, length: number): VectorSeries {
    const { sandwich } = a.field
    if (sandwich !== undefined) return this.vector(pointOf(a.field), length).map((x) => sandwiched(unmoved(sandwich, BY_ETA), x))
    const { field, moves } = this.field(a.field, length)
    const filled = [...a.along, ...a.own.filter((x) => x !== null)].map((x) => this.atom(x, length))
    const out: (readonly [Expr, Vector])[][] = orders(length).map(() => [])
    for (const { order, weight, directions } of shares(moves, length)) {
      for (const { total, chosen } of choices(filled, length - order)) {
        const rest = chosen.slice(a.along.length)
        const own = a.own.map((x) => (x === null ? null : (rest.shift() ?? null)))
        out[order + total]?.push([weight, tensor(field, [...chosen.slice(0, a.along.length), ...directions], own, a.openAlong)])
      }
    }
    return out.map(combine)
  }

  /** f(p + δ) = f(p) + Σ Dʲf(p)(δ, …, δ)/j! for the value of a function. */
  private fieldValue(o: FieldValue, length: number): readonly Expr[] {
    const { field, moves } = this.field(o.field, length)
    const out: Expr[][] = orders(length).map(() => [])
    for (const { order, weight, directions: [first, ...directions] } of shares(moves, length))
      out[order]?.push(mul(weight, first === undefined ? atom(new FieldValue(field)) : dot(tensor(field, directions, [], true), first)))
    return out.map((terms) => add(...terms))
  }
}

/** A product of terms of a series without its leading one, as it stands in a power of the series divided by the factorial of the exponent. */
interface Share {
  readonly order: number
  readonly weight: Expr
  readonly directions: readonly Vector[]
}

/** The products of terms of Σ ηⁿ·δₙ up to a power of η, each once: δₙ to the k-th comes with 1/k!. */
function shares(moves: VectorSeries, length: number, from = 1): readonly Share[] {
  if (from >= Math.min(moves.length, length)) return [{ order: 0, weight: ONE, directions: [] }]
  const direction = termOf(moves, from)
  const times = isZeroVector(direction) ? 0 : Math.floor((length - 1) / from)
  return orders(times + 1).flatMap((k) =>
    shares(moves, length - k * from, from + 1).map(({ order, weight, directions }) => ({
      order: order + k * from,
      weight: mul(frac(1n, factorial(k)), weight),
      directions: [...orders(k).map(() => direction), ...directions],
    })),
  )
}

/** One term of each series, with the power of η they have together. */
function choices(filled: readonly VectorSeries[], length: number): readonly { readonly total: number; readonly chosen: readonly Vector[] }[] {
  const [first, ...rest] = filled
  if (first === undefined) return [{ total: 0, chosen: [] }]
  return first.slice(0, length).flatMap((x, n) =>
    isZeroVector(x) ? [] : choices(rest, length - n).map(({ total, chosen }) => ({ total: total + n, chosen: [x, ...chosen] })),
  )
}

/** Σ ηⁿ/n! ∂ⁿ/∂ηⁿ at η = 0 of a function of components, differentiated as a scalar before it is written as vectors; what is not η itself is free of it. */
function elementwiseSeries(body: Expr, args: Readonly<Record<string, Vector>>, length: number): VectorSeries {
  const seen = new Map<string, VectorAtom>()
  const out: Vector[] = []
  let derivative = atKinks(substitute(body, new Map(Object.entries(args).map(([name, x]) => [sym(name), componentsOf(x, seen)]))), length)
  for (let n = 0; n < length; n += 1) {
    out.push(fromComponents(mul(frac(1n, factorial(n)), substitute(derivative, { eta: ZERO })), seen))
    if (n + 1 < length) derivative = differentiate(derivative, 'eta')
  }
  return out
}

/** The vector fields of the variables that move, as series in η. */
export type Fields = ReadonlyMap<string, VectorSeries>

/**
 * The rate of a series of vectors along the fields of θ and of what moves with it: ∂x/∂t + Σ D xᵢ[Fⱼ]. Time enters through `schedules`.
 */
export function lieDerivative(x: VectorSeries, fields: Fields, length: number, schedules: Schedules = NO_SCHEDULES): VectorSeries {
  const explicit = { variable: (): Vector => ZERO_VECTOR, symbol: 't', dependent: schedules }
  return orders(length).map((n) =>
    addVectors(
      ...(schedules.size === 0 ? [] : [deriveVector(termOf(x, n), explicit)]),
      ...orders(n + 1).map((i) => {
        const value = termOf(x, i)
        const directions = new Map([...fields].map(([name, field]) => [name, termOf(field, n - i)] as const))
        return isZeroVector(value) || [...directions.values()].every(isZeroVector) ? ZERO_VECTOR : deriveVector(value, along(directions))
      }),
    ),
  )
}

const along = (directions: ReadonlyMap<string, Vector>): Derivation => ({ variable: (name, order) => (order === 0 ? directions.get(name) : undefined) ?? ZERO_VECTOR })

/** x(φ_η(θ), t + η) = Σ ηʲ/j! L_Fʲ x: a vector field's value after time η along the flow of F. */
export const transport = (x: VectorSeries, fields: Fields, length: number, schedules: Schedules = NO_SCHEDULES): VectorSeries =>
  transportWith(x, lieDerivative(x, fields, length - 1, schedules), fields, length, schedules)

/** The same for a vector whose rate along the flow is known. */
export function transportWith(x: VectorSeries, rate: VectorSeries, fields: Fields, length: number, schedules: Schedules): VectorSeries {
  const parts: (readonly [Expr, VectorSeries])[] = [[num(1), x]]
  let derivative = rate
  for (let j = 1; j < length; j += 1) {
    parts.push([frac(1n, factorial(j)), shiftSeries(derivative, j)])
    derivative = lieDerivative(derivative, fields, length - j - 1, schedules)
  }
  return combineSeries(parts, length)
}

/** An expansion in η; undefined where there is none, as the step has a pole or a branch point at zero. */
export function unlessSingular<T>(expansion: () => T): T | undefined {
  try {
    return expansion()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** An expansion in η, or that there is none: with (g − m)² under a root, say, what the step divides by vanishes with η. */
export const unlessPole = <T>(expansion: () => Outcome<T>): Outcome<T> =>
  unlessSingular(expansion) ?? { ok: false, reason: 'the step has no expansion in powers of eta: eta, or what vanishes with it, stands under a root, in a denominator, in sign, abs, min or max, or in msign' }
