import { InputError, type Place } from '../errors.js'
import type { Target } from './executable.js'
import { CONFORMAL } from './methods/conformal.js'
import type { OdeProblem } from './odeFile.js'
import { checkMethod, checkSettings, unusedSettings } from './odeMethod.js'
import { within } from './odeSource.js'
import { DEFAULT_RTOL, type IntegrationOptions, checkTimes } from './options.js'
import type { System } from './system.js'

/** What the command line may say instead of the file. */
export interface OdeOverrides {
  readonly method?: string
  readonly rtol?: number
  readonly atol?: number
  readonly at?: readonly number[]
  readonly target?: Target
}

/** How every trajectory of an ODE file is integrated. */
export interface OdePlan {
  /** The method that is asked for. */
  readonly method: string
  readonly at: readonly number[]
  /** The equation with its events. */
  readonly system: System
  readonly rtol: number
  /** All but the values that a trajectory starts from. */
  readonly options: Omit<IntegrationOptions, 'y0' | 'parameters'>
  /** What of the file the method does not use, in words. */
  readonly unused: string | undefined
  /** Where a fault of the tolerances stands. */
  readonly tolerances: Place
}

/** Where a setting stands that the command line gives. */
const option = (name: keyof OdeOverrides): Place => ({ file: `--${name}` })

/** @throws InputError for a method, settings or times that do not fit the equation. */
export function planOf(problem: OdeProblem, overrides: OdeOverrides): OdePlan {
  const { file, system, events, span: [t0, t1], place } = problem
  const noise = problem.noise !== undefined
  checkMethod(overrides.method, noise, option('method'))
  const method = overrides.method ?? file.method ?? 'auto'
  checkSettings({ rtol: overrides.rtol, atol: overrides.atol }, method, noise, (setting) => ({ file: `--${setting}` }))
  if (file.sensitivities !== undefined && CONFORMAL[method] !== undefined)
    throw new InputError(`method ${method} does not take sensitivities`, 'name another, or drop them', overrides.method === undefined ? place(['method']) : option('method'))
  const at = overrides.at ?? problem.at
  if (overrides.at !== undefined) within(option('at'), () => checkTimes(at, t0, t1))
  const rtol = overrides.rtol ?? file.rtol ?? DEFAULT_RTOL
  return {
    method, at, rtol,
    system: events.length === 0 ? system : { ...system, events },
    options: {
      t0, t1, at, rtol,
      atol: overrides.atol ?? problem.atol,
      ...(file.step === undefined ? {} : { step: file.step }),
      ...(file.largestStep === undefined ? {} : { largestStep: file.largestStep }),
      ...(file.maxSteps === undefined ? {} : { maxSteps: file.maxSteps }),
      ...(problem.signals === undefined ? {} : { signals: problem.signals }),
    },
    unused: unusedSettings(file, method, noise),
    tolerances: overrides.rtol === undefined ? place(['rtol']) : option('rtol'),
  }
}
