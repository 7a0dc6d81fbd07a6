import { ZERO, pow } from '../algebra/build.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { isIntegerR } from '../algebra/rational.js'
import { toText } from '../algebra/text.js'
import { unreachable } from '../errors.js'
import { TURN, eventFrequencies } from './integrator/eventWaves.js'
import type { STATUS } from './integrator/frame.js'
import type { System } from './integrator/rightHandSide.js'
import { isFixedStep } from './methods/choose.js'
import type { StochasticSystem } from './methods/stochastic.js'
import { everyPart, turning } from './switches.js'

/** How an integration ended before its end. */
export type FailureStatus = Exclude<keyof typeof STATUS, 'running' | 'completed' | 'event'>

/** Where an integration ended: the last step, and values by name there. */
export interface Ending {
  readonly t: number
  readonly y: readonly number[]
  readonly step: number
  /** Whether no step was taken. */
  readonly atStart: boolean
  readonly values: Readonly<Record<string, number>>
}

type Diagnosis = readonly [what: string, remedy: string]

function stepLimit(system: System, method: string, { values, step }: Ending): Diagnosis {
  const fastest = Math.max(0, ...eventFrequencies(system).map((w) => Math.abs(evaluateNumber(w, values))))
  if (fastest * step > 0.99 * TURN)
    return ['the limit on steps was reached: they follow the waves of the time in the event functions', 'raise maxSteps, or look for slower events']
  const others = isFixedStep(method) ? 'take longer steps' : 'loosen the tolerances, or use a stiff method'
  return ['the limit on steps was reached', `raise maxSteps, ${isFixedStep(method) ? 'or ' : ''}${others}`]
}

/** Rates that are written out in a message. */
const SHORT = 60

/** A power in the rates that has not all derivatives at a point, since its base vanishes there: sqrt(t) at 0. */
function brokenPower(rhs: readonly Expr[], values: Ending['values']): string | undefined {
  const factors = [...everyPart(rhs)].flatMap((e) => (e.kind === 'product' ? e.factors : []))
  const found = factors.find(({ base, exponent }) => evaluateNumber(base, values) === 0 &&
    !(exponent.kind === 'number' && isIntegerR(exponent.value) && exponent.value.num > 0n))
  return found && `${toText(pow(found.base, found.exponent))} has not all where ${toText(found.base)} is 0,`
}

function notFinite({ states, rhs, external }: System, method: string, { values, atStart }: Ending): Diagnosis {
  const shorter = isFixedStep(method) && !atStart ? 'take shorter steps, ' : ''
  const remedy = `${atStart ? 'start elsewhere than at' : 'end before'} the singularity, ${shorter}or mend the equation or its parameters`
  if (external !== undefined) return ['the right-hand side or the solution is not finite', remedy]
  const rates = rhs.map((rate) => evaluateNumber(rate, values))
  const k = rates.findIndex((rate) => !Number.isFinite(rate))
  const broken = k < 0 && method === 'taylor' ? brokenPower(rhs, values) : undefined
  if (broken !== undefined)
    return [`${method} needs derivatives of the rates, of which ${broken}`, 'name a method without them, e.g. dop853, or keep away from that place']
  if (k < 0) return ['no step further keeps the right-hand side and the solution finite', remedy]
  const [rate, text] = [rates[k] ?? NaN, rhs[k] === undefined ? '' : toText(rhs[k])]
  return [`the rate of ${states[k]}${text.length <= SHORT ? `, ${text},` : ''} is ${rate}`, remedy]
}

function chattering({ rhs, states }: System, { values, step }: Ending): Diagnosis {
  const found = turning(rhs, states, values, step)
  const where = found === undefined ? '' : ` where ${found.where} = 0`
  const smooth = found === undefined ? '' : `: ${found.smooth}, with a small w`
  return [
    `the right-hand side jumps${where} and drives the solution back to the jump, so that only tiny steps meet the tolerances`,
    `end there by ${found === undefined ? 'a terminal event' : `the terminal event ${found.where}`}, or make the jump smooth${smooth}`,
  ]
}

function diagnosis(system: System, method: string, status: FailureStatus, ending: Ending): Diagnosis {
  switch (status) {
    case 'stepLimit':
      return stepLimit(system, method, ending)
    case 'notFinite':
      return notFinite(system, method, ending)
    case 'stepUnderflow':
      if (isFixedStep(method)) return ['the step is below roundoff of the time', 'give a longer step']
      return [
        'the step size fell below roundoff',
        'the solution blows up here, or the tolerances are too tight, or coarser than a small component that steers the others, or the problem needs a stiff method',
      ]
    case 'chattering':
      return chattering(system, ending)
    default:
      return unreachable(status)
  }
}

const shown = (y: readonly number[]): string => y.slice(0, 4).map((v) => v.toPrecision(6)).join(', ') + (y.length > 4 ? ', …' : '')

/** What ended a path of a stochastic equation early, where, and what to do; as a rule it left where the noise has a value. */
export function walkFailureMessage({ states, drift, diffusion }: StochasticSystem, { t, y, values, atStart }: Omit<Ending, 'step'>): string {
  const parts = states.flatMap((name, i) => [
    { what: `the rate of ${name}`, of: drift[i] ?? ZERO }, ...(diffusion[i] ?? []).map((b) => ({ what: `the noise of ${name}`, of: b })),
  ])
  const found = parts.map((part) => ({ ...part, value: evaluateNumber(part.of, values) })).find(({ value }) => (atStart ? !Number.isFinite(value) : Number.isNaN(value)))
  const [what, remedy] = found === undefined
    ? ['no step further keeps the solution finite', 'take a smaller step or end earlier']
    : [`${found.what}, ${toText(found.of)}, is ${found.value}`, Number.isNaN(found.value)
      ? 'write what has a value there too, as sqrt(max(x, 0)) for sqrt(x), take a smaller step, or end earlier'
      : 'start elsewhere than at the singularity, or mend the equation or its parameters']
  return `${what} at t = ${t}, y = (${shown(y)}) — ${remedy}`
}

/** What ended an integration early, where, and what to do. @param hint takes the place of the remedy. */
export function failureMessage(system: System, method: string, status: FailureStatus, ending: Ending, hint: string | undefined): string {
  const [what, remedy] = diagnosis(system, method, status, ending)
  return `${what} at t = ${ending.t}, y = (${shown(ending.y)}) — ${hint ?? remedy}`
}
