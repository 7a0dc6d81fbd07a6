import { differentiate } from '../../algebra/calculus.js'
import { ZERO } from '../../algebra/build.js'
import type { Expr } from '../../algebra/expr.js'
import { rememberedByObject } from '../../algebra/memo.js'
import { symbolsOf } from '../../algebra/parts.js'
import { everyPart } from '../switches.js'
import type { System } from './rightHandSide.js'

/** Radians that a wave in an event function may turn by in a step: of more, what lies between is not told from ends and middle. */
export const TURN = 2

/**
 * Frequencies of the waves sin(v), cos(v) in event functions with v linear in time, which the rates need not follow: steps that suit these
 * alone may be many waves long.
 * @returns expressions in the parameters.
 */
export const eventFrequencies = rememberedByObject(({ events = [], states, time = 't', signals }: System): readonly Expr[] => {
  const moving = new Set([...states, ...(signals?.names ?? []), time])
  const angles = [...everyPart(events.map((e) => e.zero))].flatMap((e) => (e.kind === 'call' && (e.name === 'sin' || e.name === 'cos') ? e.args : []))
  const rates = angles.map((v) => (symbolsOf(v).has(time) ? differentiate(v, time) : ZERO))
  return [...new Set(rates)].filter((rate) => rate !== ZERO && ![...symbolsOf(rate)].some((name) => moving.has(name)))
})
