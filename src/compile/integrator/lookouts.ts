import { HALF, ONE, PI, TWO, ZERO, add, call, div, mul, neg, pow, sub, sym } from '../../algebra/build.js'
import { differentiate, substitute } from '../../algebra/calculus.js'
import { evaluateNumber } from '../../algebra/evaluate.js'
import type { Expr, FunctionName } from '../../algebra/expr.js'
import { rememberedByObject } from '../../algebra/memo.js'
import { partsOf, symbolsOf } from '../../algebra/parts.js'
import { isIntegerR, isZeroR } from '../../algebra/rational.js'
import { everyPart, switchesOf } from '../switches.js'
import type { System } from './rightHandSide.js'

/** What a function is taken of, and whether the function has a pole where that is zero. */
interface Argument {
  readonly of: Expr
  readonly pole: boolean
}

/** What functions other than polynomials and waves are taken of: where these pass zero or turn, a function may have a peak, a kink or a jump. */
function argumentsIn(e: Expr): readonly Argument[] {
  if (e.kind === 'call') {
    const [x = ZERO, y = ZERO] = e.args
    if (e.name === 'min' || e.name === 'max') return [{ of: sub(x, y), pole: false }]
    return e.name === 'sin' || e.name === 'cos' || e.name === 'floor' ? [] : [{ of: x, pole: e.name === 'log' }]
  }
  if (e.kind !== 'product') return []
  return e.factors.flatMap(({ base, exponent }) => {
    const power = exponent.kind === 'number' ? exponent.value : undefined
    if (power !== undefined && isIntegerR(power) && power.num > 0n) return []
    return [{ of: base, pole: power !== undefined && power.num < 0n }, { of: exponent, pole: false }]
  })
}

/** What an expression is a power, product, size or multiple of; of a sum, what is squared or the like in its terms, since these may be peaks. */
function partsThatVanish(e: Expr): readonly Expr[] {
  if (e.kind === 'call') return e.name === 'abs' ? e.args : []
  if (e.kind === 'product') return e.factors.map(({ base }) => base)
  if (e.kind !== 'sum') return []
  const [term] = e.terms
  if (term !== undefined && e.terms.length === 1 && isZeroR(e.constant)) return [term.factor]
  return e.terms.flatMap(({ factor }) => (factor.kind === 'product' ? factor.factors : []))
    .filter(({ base, exponent }) => base.kind !== 'symbol' && exponent !== ONE).map(({ base }) => base)
}

/** What vanishes where an expression does, or where a term of it does: the zeros of x in sqrt(|x|), those of y in exp(x − y²). */
const vanishing = (e: Expr): readonly Expr[] => [e, ...partsThatVanish(e).flatMap(vanishing)]

/** What passes zero where a switch turns: the factors of its argument. */
const factorsOf = (e: Expr): readonly Expr[] =>
  (e.kind === 'product' ? e.factors.flatMap(({ base }) => factorsOf(base)) : e.kind === 'call' && e.name === 'abs' ? e.args.flatMap(factorsOf) : [e])

/** Where u, linear or quadratic in x, vanishes (unless it has a pole there) and is stationary, told from its value and slopes at x = at. */
function critical(u: Expr, x: string, at: Expr, pole: boolean): readonly Expr[] {
  const slope = differentiate(u, x)
  if (slope === ZERO) return []
  const here = (e: Expr): Expr => substitute(e, { [x]: at })
  if (!symbolsOf(slope).has(x)) return pole ? [] : [sub(at, div(here(u), slope))]
  const bend = differentiate(slope, x)
  if (bend === ZERO || symbolsOf(bend).has(x)) return []
  const rise = here(slope)
  const [turn, reach] = [sub(at, div(rise, bend)), div(pow(sub(pow(rise, TWO), mul(TWO, here(u), bend)), HALF), bend)]
  return pole ? [turn] : [turn, add(turn, reach), sub(turn, reach)]
}

/** A time that a step must end at: about it, where the rates may jump there, else just behind it. */
export interface Lookout {
  /** In the time and the parameters. */
  readonly place: Expr
  /** What it is rounded to the size of, besides itself and the time: the period of what recurs. */
  readonly period: Expr
  readonly jump: boolean
}

type Place = Omit<Lookout, 'jump'>

/** What explicit functions of time do ahead. */
interface Ahead {
  readonly lookouts: readonly Lookout[]
  /** Functions of the time and the parameters that change where a switch turns at a time that is not told: its sign, or its whole part. */
  readonly turns: readonly Expr[]
}

/** Most times of waves that steps end at, the nearest to either side of each place: with more, steps would be far shorter than waves. */
const MOST_OF_WAVES = 64

/** Symbol of a wave that others are functions of: no name that a file may give. */
const WAVE = 'the wave'

/**
 * What is told from the expressions: times at which explicit functions of time may do what no step from afar would see, such as the pulse exp(−((t − a)/w)²), however narrow:
 * where the argument of a function is zero or stationary, told for arguments that are linear or quadratic in time, or in one wave sin(v) or
 * cos(v) with v linear in time, or powers and products of such; and where a ⌊…⌋ of a linear one jumps, within which the others are taken to
 * stand still. A step that ends there meets the rates there; about a jump one ends before, and a tiny one goes across. Poles are left out, and
 * places of more waves than a few. Where switches turn at other times, as sign(t − sin(t)) does, each step is searched for them.
 *
 * @returns places whose values are such times or not finite, those that recur the nearest to either side; and what is to be searched for.
 */
const ahead = rememberedByObject(({ rhs, states, time = 't', signals, external }: System): Ahead => {
  if (external !== undefined) return { lookouts: [], turns: [] }
  const t = sym(time)
  const others = new Set([...states, ...(signals?.names ?? [])])
  const parts = [...everyPart(rhs)]
  const found = parts.flatMap(argumentsIn)
  const poles = new Set(found.flatMap(({ of, pole }) => (pole ? vanishing(of) : [])))
  const isOfTime = (e: Expr): boolean => symbolsOf(e).has(time) && ![...symbolsOf(e)].some((name) => others.has(name))
  /** Times about now at which v, linear in time, is a place and whole periods. */
  const recurring = (v: Expr, place: Expr, period: Expr): readonly Place[] => {
    const slope = differentiate(v, time)
    if (slope === ZERO || symbolsOf(slope).has(time)) return []
    const turns = div(sub(v, place), period)
    return [add(call('floor', turns), ONE), neg(add(call('floor', neg(turns)), ONE))]
      .map((whole) => ({ place: add(t, div(mul(sub(whole, turns), period), slope)), period: div(period, slope) }))
  }
  /** Times at which u, a function of one wave, vanishes or is stationary: at values of the wave, and where the wave turns. */
  const ofWave = (u: Expr): readonly Place[] => {
    const [wave, other] = [...everyPart([u])].flatMap((e) => (e.kind === 'call' && (e.name === 'sin' || e.name === 'cos') ? [e] : []))
    const [v] = wave?.args ?? []
    if (wave === undefined || v === undefined || other !== undefined) return []
    const inWave = substitute(u, new Map([[wave, sym(WAVE)]]))
    if (symbolsOf(inWave).has(time)) return []
    const quarter = mul(HALF, PI)
    const lead = wave.name === 'sin' ? ZERO : quarter
    const values = critical(inWave, WAVE, ZERO, poles.has(u)).filter((c) => symbolsOf(c).size > 0 || Math.abs(evaluateNumber(c, {})) <= 1)
    const arcsine = (c: Expr): Expr => mul(TWO, call('atan', div(c, add(ONE, pow(sub(ONE, pow(c, TWO)), HALF)))))
    const angles = values.map(arcsine).flatMap((angle) => [angle, sub(PI, angle)])
    return [...recurring(v, sub(quarter, lead), PI), ...angles.flatMap((angle) => recurring(v, sub(angle, lead), mul(TWO, PI)))]
  }
  const argumentsOf = (name: FunctionName): readonly Expr[] => parts.flatMap((e) => (e.kind === 'call' && e.name === name ? e.args : []))
  const takenIn = (of: readonly Expr[]): readonly Expr[] => [...new Set(of.flatMap(vanishing).filter(isOfTime))]
  const taken = takenIn(found.map(({ of }) => of))
  const many = new Set(taken.flatMap(ofWave).map(({ place }) => place)).size > MOST_OF_WAVES
  const placesOf = (u: Expr): readonly Place[] =>
    [...critical(u, time, t, poles.has(u)).map((place) => ({ place, period: ZERO })), ...(many ? [] : ofWave(u))]
  const wholes = (v: Expr): readonly Place[] => recurring(v, ZERO, ONE)
  const jumps = [...takenIn(argumentsOf('sign')).flatMap(placesOf), ...argumentsOf('floor').filter(isOfTime).flatMap(wholes)]
  const mayJump = new Set(jumps.map(({ place }) => place))
  const all = new Map([...taken.flatMap(placesOf), ...jumps].map(({ place, period }) => [place, period]))
  const turns = switchesOf(rhs).flatMap(({ kind, within, argument }) => {
    if (kind !== 'floor') return factorsOf(argument).filter((u) => isOfTime(u) && !poles.has(u) && placesOf(u).length === 0).map((u) => call('sign', u))
    return isOfTime(within) && partsOf(within).flatMap(wholes).length === 0 ? [within] : []
  })
  return { lookouts: [...all].map(([place, period]) => ({ place, period, jump: mayJump.has(place) })), turns: [...new Set(turns)] }
})

/** The times that steps end at, told from the expressions. */
export const lookouts = (system: System): readonly Lookout[] => ahead(system).lookouts
/** What is searched for changes in every step, since their times are not told. */
export const turnsOfTime = (system: System): readonly Expr[] => ahead(system).turns
