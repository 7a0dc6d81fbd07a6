import { ZERO, add, atom, frac, mul, num, pow, sym } from '../algebra/build.js'
import { factorial } from '../algebra/rational.js'
import { atomsOf, differentiate, mapAtoms, substitute, symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { asContraction, dot } from '../jets/contraction.js'
import { type Derivation, NO_SCHEDULES, type Schedules, deriveVector } from '../jets/leibniz.js'
import { substituteScalars } from '../jets/substitute.js'
import { vectorKey } from '../jets/vectorKey.js'
import { type Vector, type VectorAtom, ZERO_VECTOR, addVectors, apply, combine, fieldAt, isZeroVector, scaleVector, tensor, vectorOf } from '../jets/vector.js'
import { componentsOf, fromComponents } from '../jets/elementwise.js'
import { symbolsIn } from '../jets/walk.js'
import type { Outcome } from './model.js'

/** A truncated power series in η with vector coefficients: entry n belongs to ηⁿ. */
export type VectorSeries = readonly Vector[]

const ETA = sym('eta')
const ETA_DERIVATION = { variable: (): Vector => ZERO_VECTOR, symbol: 'eta' }

export const termOf = (series: VectorSeries, n: number): Vector => series[n] ?? ZERO_VECTOR
export const constantSeries = (x: Vector): VectorSeries => [x]

const orders = (length: number): readonly number[] => Array.from({ length }, (_, n) => n)

/** Σ c·series, term by term, to the given length. */
export const combineSeries = (parts: readonly (readonly [Expr, VectorSeries])[], length: number): VectorSeries =>
  orders(length).map((n) => combine(parts.map(([c, s]) => [c, termOf(s, n)] as const)))

/** ηᵏ·series. */
export const shiftSeries = (series: VectorSeries, by: number): VectorSeries => [...orders(by).map(() => ZERO_VECTOR), ...series]

const AT_ZERO = new Map([[ETA, ZERO]])

/** What a point is called to leading order in η. */
const leading = (name: string): string => (name.endsWith('_0') ? name : `${name}_0`)

/** The Taylor coefficients in η of a vector whose coefficients and elementwise functions contain the symbol eta. */
export function taylorInEta(x: Vector, length: number): VectorSeries {
  const out: Vector[] = []
  let derivative = x
  for (let n = 0; n < length; n += 1) {
    out.push(isZeroVector(derivative) ? ZERO_VECTOR : scaleVector(frac(1n, factorial(n)), substituteScalars(derivative, AT_ZERO, leading)))
    if (n + 1 < length) derivative = deriveVector(derivative, ETA_DERIVATION)
  }
  return out
}

/** The vector Σ ηⁿ·seriesₙ. */
export const sumSeries = (series: VectorSeries): Vector =>
  combine(series.map((x, n) => [n === 0 ? num(1) : mul(...orders(n).map(() => ETA)), x] as const))

/** What a variable is as a series in η; undefined leaves it. */
export type SeriesValues = (name: string, order: number) => VectorSeries | undefined

/**
 * A vector with variables replaced by series (fields stay at θ), in its contractions too, expanded in η. η in its own coefficients is expanded
 * too.
 */
export function substituteSeries(x: Vector, values: SeriesValues, length: number): VectorSeries {
  const parts = taylorInEta(x, length).flatMap((part, n) =>
    part.terms.flatMap((t) => {
      const atoms = shiftSeries(atomSeries(t.atom, values, length - n), n)
      return scalarSeries(t.coefficient, values, length - n).map((c, m) => [c, shiftSeries(atoms, m)] as const)
    }),
  )
  return combineSeries(parts, length)
}

/** Σ ηⁿ·coefficientₙ: a scalar, free of η itself, whose contractions hold variables that are series. */
function seriesInContractions(e: Expr, values: SeriesValues, length: number): Expr {
  return mapAtoms(e, (o) => {
    const c = asContraction(o)
    if (c === undefined) return atom(o)
    const [left, right] = [atomSeries(c.left, values, length), atomSeries(c.right, values, length)]
    return add(...orders(length).flatMap((n) => orders(n + 1).map((i) => mul(pow(ETA, num(n)), dot(termOf(left, i), termOf(right, n - i))))))
  })
}

/** The Taylor coefficients in η of the same. */
function scalarSeries(e: Expr, values: SeriesValues, length: number): readonly Expr[] {
  const filled = seriesInContractions(e, values, length)
  if (!symbolsOf(filled).has('eta')) return [filled]
  const out: Expr[] = []
  for (let [n, derivative] = [0, filled]; n < length; n += 1, derivative = differentiate(derivative, 'eta'))
    out.push(mul(frac(1n, factorial(n)), substitute(derivative, { eta: ZERO })))
  return out
}

function atomSeries(a: VectorAtom, values: SeriesValues, length: number): VectorSeries {
  switch (a.kind) {
    case 'variable':
      return values(a.name, a.order) ?? [vectorOf(a)]
    case 'indicator':
      return [vectorOf(a)]
    case 'apply':
      return atomSeries(a.argument, values, length).map((x) => apply(a.operator, x))
    case 'tensor':
      return tensorSeries(a, values, length)
    case 'elementwise': {
      const args = Object.fromEntries(a.args.map((x, i) => [`_${i}`, sumSeries(atomSeries(x, values, length).slice(0, length))]))
      return elementwiseSeries(seriesInContractions(a.body, values, length), args, length)
    }
  }
}

/**
 * Σ ηⁿ/n! ∂ⁿ/∂ηⁿ at η = 0 of a function of components, differentiated as a scalar before it is written as vectors; vector by vector where η
 * stands inside a contraction or a derivative of a field.
 */
function elementwiseSeries(body: Expr, args: Readonly<Record<string, Vector>>, length: number): VectorSeries {
  const seen = new Map<string, VectorAtom>()
  const filled = substitute(body, new Map(Object.entries(args).map(([name, x]) => [sym(name), componentsOf(x, seen)])))
  const scalar = atomsOf(filled).length === 0 && [...seen.values()].every((a) => !symbolsIn(vectorOf(a)).has('eta'))
  if (!scalar) return taylorInEta(fromComponents(filled, seen), length)
  const out: Vector[] = []
  for (let [n, derivative] = [0, filled]; n < length; n += 1) {
    const term = substitute(derivative, { eta: ZERO })
    out.push(fromComponents(mul(frac(1n, factorial(n)), term), seen))
    if (n + 1 < length) derivative = differentiate(derivative, 'eta')
  }
  return out
}

/** A field whose jets are at a point that is a series itself is expanded about the leading order of that point. */
function tensorSeries(a: Extract<VectorAtom, { kind: 'tensor' }>, values: SeriesValues, length: number): VectorSeries {
  const { at } = a.field
  const point = at === undefined ? undefined : sumSeries(substituteSeries(at.point, values, length))
  if (at !== undefined && point !== undefined && vectorKey(point) !== vectorKey(at.point)) {
    const summed = (x: VectorAtom): Vector => sumSeries(atomSeries(x, values, length).slice(0, length))
    const field = fieldAt(a.field, { name: symbolsIn(point).has('eta') ? at.name : leading(at.name), point })
    return taylorInEta(tensor(field, a.along.map(summed), a.own.map((x) => (x === null ? null : summed(x))), a.openAlong), length)
  }
  const filled = [...a.along, ...a.own.filter((s) => s !== null)].map((x) => atomSeries(x, values, length))
  const out: Vector[] = orders(length).map(() => ZERO_VECTOR)
  const pick = (index: number, total: number, chosen: readonly Vector[]): void => {
    const series = filled[index]
    if (series === undefined) {
      const rest = chosen.slice(a.along.length)
      const own = a.own.map((s) => (s === null ? null : (rest.shift() ?? null)))
      out[total] = addVectors(termOf(out, total), tensor(a.field, chosen.slice(0, a.along.length), own, a.openAlong))
      return
    }
    for (const [n, x] of series.entries()) if (total + n < length && !isZeroVector(x)) pick(index + 1, total + n, [...chosen, x])
  }
  pick(0, 0, [])
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

/** An expansion in η, or that there is none: with (g − m)² under a root, say, a state vanishes with η where the step has a pole. */
export function unlessPole<T>(expansion: () => Outcome<T>): Outcome<T> {
  try {
    return expansion()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { ok: false, reason: 'as eta vanishes a state does too, under a root or in a denominator: the step has no expansion in powers of eta' }
  }
}
