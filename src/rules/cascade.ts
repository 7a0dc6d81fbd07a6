import { isZero } from '../algebra/build.js'
import { type Diagonal, applyDiagonal, inverseOf, isInvertible, numbersIn } from '../jets/diagonal.js'
import { type Schedules, deriveVector, directional } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { byName, replaceInVector } from '../jets/substitute.js'
import { type Vector, ZERO_VECTOR, isZeroVector, subVectors, variable, variableAtom } from '../jets/vector.js'
import { allVectorsIn } from '../jets/walk.js'
import { PROBE, diagonalOfProbe } from './coupling.js'
import { type NewValues, delayed, dependsOn, knownStates, updateOf, valuesAt } from './delays.js'
import { type Outcome, type Rule, nextName } from './model.js'
import { type VectorSeries, subSeries, substituteSeries, taylorInEta, termOf } from './series.js'

/** A rule without its states: an equation in θ and its rates alone. */
export interface Elimination {
  /** Powers of η by which the equation is small at least. */
  readonly least: number
  /** By how many steps its time may be moved to have the gradient at one point. */
  readonly shifts: readonly number[]
  /** Whether the updates give the equation its scale; else it is one up to a factor. */
  readonly hasScale: boolean
  /** The equation as a series in η to a length. */
  readonly equation: (length: number) => Outcome<VectorSeries>
}

/** How an update depends on a state, old and new value taken together: by the factor slope·η^shift in leading order. */
interface Lead {
  readonly slope: Diagonal
  readonly shift: number
}

/** Powers of η that may multiply a state in an update. */
const HIGHEST_SHIFT = 2

const slopeBy = (update: Vector, state: string): Vector =>
  deriveVector(replaceInVector(update, byName({ [state]: variable(nextName(state)) })), directional(nextName(state), 0, PROBE))

/** The leading dependence of an update on a state; undefined where it is no multiple of the state on every block, by numbers that the state does not change, or some block has none. */
function leadOf(update: Vector, state: string, covered: readonly string[]): Lead | undefined {
  const orders = taylorInEta(slopeBy(update, state), HIGHEST_SHIFT + 1).map(diagonalOfProbe)
  if (orders.includes(undefined)) return undefined
  const shift = orders.findIndex((d) => d !== undefined && (d.parts.length > 0 || !isZero(d.elsewhere)))
  const slope = orders[shift]
  if (slope === undefined || !isInvertible(slope, covered)) return undefined
  const held = new Set(numbersIn(slope).flatMap(allVectorsIn))
  return [state, nextName(state)].some((name) => held.has(variableAtom(name))) ? undefined : { slope, shift }
}

/** One link of the cascade: the update of `name` is solved for the new value of `state`. */
interface Link extends Lead {
  readonly name: string
  readonly state: string
}

/**
 * The order of elimination: θ's update is solved for the one state it depends on, that state's update for the next one, until an update
 * depends on no further state: this one becomes the equation of motion.
 */
function linksOf(rule: Rule): Outcome<readonly Link[]> {
  const links: Link[] = []
  const found = new Set(delayed(rule))
  for (let name = 'theta'; ; ) {
    const update = updateOf(rule, name)
    const further = rule.states.map((s) => s.name).filter((s) => s !== name && !found.has(s) && dependsOn(update, s))
    const [state, another] = further
    if (state === undefined) return { ok: true, value: links }
    if (another !== undefined) return { ok: false, reason: `the update of ${name} depends on the states ${further.join(' and ')} at once, so none can be eliminated by it` }
    const lead = leadOf(update, state, rule.covered)
    if (lead === undefined) return { ok: false, reason: `the update of ${name} cannot be solved for ${state}` }
    links.push({ ...lead, name, state })
    found.add(state)
    name = state
  }
}

/** The states eliminated one after the other. */
export function cascade(rule: Rule, schedules: Schedules): Outcome<Elimination> {
  const links = linksOf(rule)
  if (!links.ok) return links
  const steps = links.value.length
  return { ok: true, value: { least: steps === 0 ? 1 : 0, shifts: Array.from({ length: steps + Number(rule.implicit) }, (_, n) => -n - 1), hasScale: true, equation: (length) => residualOf(rule, links.value, length, schedules) } }
}

/**
 * The equation of motion as a series in η to a length: what the last state's own update leaves of its new value, or θ's own where no state is
 * eliminated.
 */
function residualOf(rule: Rule, links: readonly Link[], wanted: number, schedules: Schedules): Outcome<VectorSeries> {
  let length = wanted + links.reduce((n, link) => n + link.shift, 0)
  const known = new Map(knownStates(rule, length, schedules))
  for (const link of links) {
    length -= link.shift
    const next = solveForState(updateOf(rule, link.name), link, known, length, schedules)
    if (next === undefined) return { ok: false, reason: `as eta vanishes the update of ${link.name} loses ${link.state} before the rest` }
    known.set(link.state, next)
  }
  const name = links.at(-1)?.state ?? 'theta'
  const own = substituteSeries(updateOf(rule, name), valuesAt(known, length, schedules), length)
  return { ok: true, value: subSeries(known.get(name) ?? [], own, length).map(simplifyVector) }
}

/**
 * The new value of a link's state as a series, order by order from the update of `name`, whose new value is known; undefined where it has
 * a pole in η.
 */
function solveForState(update: Vector, { name, state, slope, shift }: Link, known: NewValues, length: number, schedules: Schedules): VectorSeries | undefined {
  let next: VectorSeries = []
  for (let n = -shift; n < length; n += 1) {
    const values = valuesAt(new Map([...known, [state, [...next, ZERO_VECTOR]]]), n + shift + 1, schedules)
    const step = substituteSeries(update, values, n + shift + 1)
    const missing = simplifyVector(subVectors(termOf(known.get(name) ?? [], n + shift), termOf(step, n + shift)))
    if (n >= 0) next = [...next, simplifyVector(applyDiagonal(inverseOf(slope), missing))]
    else if (!isZeroVector(missing)) return undefined
  }
  return next
}
