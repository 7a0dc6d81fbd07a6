import { HALF, ONE, TWO, ZERO, add, call, div, mul, neg, pow, sub, sym } from '../../algebra/build.js'
import { differentiate } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { rememberedByObject } from '../../algebra/memo.js'
import { symbolsOf } from '../../algebra/parts.js'
import { isIntegerR } from '../../algebra/rational.js'
import { everyPart } from '../switches.js'
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

/** What vanishes where an expression does, of which it is a power, product or size: the zeros of x in sqrt(|x|). */
const vanishing = (e: Expr): readonly Expr[] =>
  [e, ...(e.kind === 'call' && e.name === 'abs' ? e.args : e.kind === 'product' ? e.factors.map(({ base }) => base) : []).flatMap(vanishing)]

/**
 * Times at which explicit functions of time may do what no step from afar would see, such as the pulse exp(−((t − a)/w)²), however narrow:
 * where the argument of a function is zero or stationary, told for arguments that are linear or quadratic in time, and where a ⌊…⌋
 * of a linear one jumps, within which the others are taken to stand still. A step that ends there meets the rates there. Poles are left out.
 *
 * @returns expressions in the time and the parameters, whose values are such times or not finite; those of ⌊…⌋ are the nearest to either side.
 */
export const lookouts = rememberedByObject(({ rhs, states, time = 't', signals, external }: System): readonly Expr[] => {
  if (external !== undefined) return []
  const t = sym(time)
  const others = new Set([...states, ...(signals?.names ?? [])])
  const parts = [...everyPart(rhs)]
  const found = parts.flatMap(argumentsIn)
  const poles = new Set(found.flatMap(({ of, pole }) => (pole ? vanishing(of) : [])))
  const isOfTime = (e: Expr): boolean => symbolsOf(e).has(time) && ![...symbolsOf(e)].some((name) => others.has(name))
  const zeros = (u: Expr): readonly Expr[] => {
    const pole = poles.has(u)
    const slope = differentiate(u, time)
    if (slope === ZERO) return []
    if (!symbolsOf(slope).has(time)) return pole ? [] : [sub(t, div(u, slope))]
    const bend = differentiate(slope, time)
    if (bend === ZERO || symbolsOf(bend).has(time)) return []
    const [turn, reach] = [sub(t, div(slope, bend)), div(pow(sub(pow(slope, TWO), mul(TWO, u, bend)), HALF), bend)]
    return pole ? [turn] : [turn, add(turn, reach), sub(turn, reach)]
  }
  const jumps = (v: Expr): readonly Expr[] => {
    const slope = differentiate(v, time)
    if (slope === ZERO || symbolsOf(slope).has(time)) return []
    return [add(call('floor', v), ONE), neg(add(call('floor', neg(v)), ONE))].map((whole) => add(t, div(sub(whole, v), slope)))
  }
  const floors = parts.flatMap((e) => (e.kind === 'call' && e.name === 'floor' ? e.args : []))
  return [...new Set([...found.map(({ of }) => of).filter(isOfTime).flatMap(zeros), ...floors.filter(isOfTime).flatMap(jumps)])]
})
