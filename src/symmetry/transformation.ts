import { ONE, ZERO, isZero } from '../algebra/build.js'
import { atomsOf, symbolsOf } from '../algebra/calculus.js'
import { toLatex, toText } from '../algebra/print.js'
import type { Expr } from '../algebra/expr.js'
import { InputError } from '../errors.js'
import { type Written, writeScalar } from '../jets/notation.js'
import { type Vocabulary, readScalar } from '../jets/read.js'
import { THETA, type Vector, isZeroVector, scaleVector } from '../jets/vector.js'
import { orderInTime } from '../mechanics/mechanics.js'

/** A transformation of θ and of time, with what the action may change by: t → t + ετ(t), θ → θ + εξ(θ, t), gauge Λ(θ, t). */
export interface TimeAndGauge {
  readonly generator: Vector
  readonly time?: Expr
  readonly gauge?: Expr
}

/** Whether time alone is shifted, so that the charge is the energy. */
export const shiftsTime = ({ generator, time, gauge }: TimeAndGauge): boolean => time === ONE && gauge === undefined && isZeroVector(generator)

/** Whether the generator depends on time explicitly. */
const dependsOnTime = (generator: Vector): boolean => generator.terms.some((t) => symbolsOf(t.coefficient).has('t'))

/**
 * Whether the transformation is more than a flow of θ that is the same at all times: then its law is Noether's identity for
 * ⟨∂ℒ/∂θ̇, ξ⟩ − Eτ − Λ, and no charge is a function of θ alone.
 */
export const transformsAction = (given: TimeAndGauge): boolean =>
  !shiftsTime(given) && (given.time !== undefined || given.gauge !== undefined || dependsOnTime(given.generator))

/** τ, a function of t. @throws InputError for one of θ or of velocities. */
function readTime(text: string, names: Vocabulary): Expr {
  const time = readScalar(text, names)
  if (atomsOf(time).length > 0) throw new InputError(`time: ${toText(time)} depends on theta`, 'the rate tau at which time is moved is a function of t and of constants, e.g. time: "1" or time: "t"')
  return time
}

/** Λ, a function of θ and t. @throws InputError for one of velocities, or of the generator's constants. */
function readGauge(text: string, names: Vocabulary, constants: readonly string[]): Expr {
  const constant = constants.find((name) => new RegExp(`\\b${name}\\b`).test(text))
  if (constant !== undefined) throw new InputError(`gauge: the constant ${constant} of the generator stands in it`, 'a gauge is a function of theta, t and numbers: give the generator numbers too, e.g. w: t with gauge: "dot(one_w, theta)"')
  const gauge = readScalar(text, names)
  if (orderInTime(scaleVector(gauge, THETA)) > 0) throw new InputError(`gauge: ${writeScalar(gauge).text} depends on velocities`, 'a gauge is a function of theta and t, e.g. gauge: "t*dot(one_w, theta)"')
  return gauge
}

/** The parts τ and Λ of a statement, zero ones left out. */
export function timeAndGauge({ time, gauge }: { readonly time?: string | undefined; readonly gauge?: string | undefined }, names: Vocabulary, constants: readonly string[] = []): Pick<TimeAndGauge, 'time' | 'gauge'> {
  const [tau, lambda] = [time === undefined ? ZERO : readTime(time, names), gauge === undefined ? ZERO : readGauge(gauge, names, constants)]
  return { ...(isZero(tau) ? {} : { time: tau }), ...(isZero(lambda) ? {} : { gauge: lambda }) }
}

/** The generator as written, with τ and Λ behind it. */
export function writtenWith(generator: Written | undefined, { time, gauge }: Pick<TimeAndGauge, 'time' | 'gauge'>): Written {
  const parts = [
    ...(generator === undefined ? [] : [generator]),
    ...(time === undefined ? [] : [{ text: `t: ${toText(time)}`, latex: `\\tau = ${toLatex(time)}` }]),
    ...(gauge === undefined ? [] : [{ text: `gauge: ${writeScalar(gauge).text}`, latex: `\\Lambda = ${writeScalar(gauge).latex}` }]),
  ]
  return { text: parts.map((p) => p.text).join('; '), latex: parts.map((p) => p.latex).join(',\\quad ') }
}
