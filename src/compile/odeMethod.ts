import { InputError, type Place } from '../errors.js'
import { METHODS, isFixedStep } from './methods/choose.js'
import { STOCHASTIC_METHODS } from './methods/stochastic.js'
import type { OdeFile } from './odeSchema.js'

/** @throws InputError for a method that is not one for such an equation. */
export function checkMethod(method: string | undefined, noise: boolean, place: Place = {}): void {
  const [stochastic, ordinary] = [STOCHASTIC_METHODS.map((m) => m.name), ['exponential', ...METHODS]]
  const methods = ['auto', ...(noise ? stochastic : ordinary)]
  if (method === undefined || methods.includes(method)) return
  const what = [...stochastic, ...ordinary].includes(method)
    ? `method ${method} is for equations ${noise ? 'without' : 'with'} noise` : `unknown method ${method === '' ? '(nothing)' : method}`
  throw new InputError(what, `one of ${methods.join(', ')}`, place)
}

/** Settings of the step and its error. */
type Setting = 'rtol' | 'atol' | 'step' | 'largestStep' | 'maxSteps'

/** Settings that a method does not use, what it does instead, and what to do about one that is given. */
interface Unused {
  readonly settings: readonly Setting[]
  readonly why: string
  readonly remedy: string
}

function unusedBy(method: string, noise: boolean): Unused {
  if (noise)
    return {
      settings: ['rtol', 'atol', 'largestStep', 'maxSteps'], why: 'a stochastic equation is integrated in steps of one size',
      remedy: 'drop it; step: gives their size, and half of it shows the error',
    }
  if (method === 'exponential')
    return { settings: ['rtol', 'atol', 'step', 'largestStep', 'maxSteps'], why: 'the exponential method is exact', remedy: 'drop it' }
  if (isFixedStep(method))
    return {
      settings: ['rtol', 'atol'], why: `${method} takes steps of one size whatever their error`,
      remedy: 'drop it and give step:, or name a method that chooses its steps, e.g. dop853',
    }
  return { settings: [], why: '', remedy: '' }
}

/**
 * Refuses settings that the method would leave unused.
 * @param placeOf where each that is given stands.
 * @throws InputError for the first of them.
 */
export function checkSettings(
  given: Partial<Pick<OdeFile, Setting>>, method: string, noise: boolean, placeOf: (setting: Setting) => Place = () => ({}),
): void {
  const { settings, why, remedy } = unusedBy(method, noise)
  const first = settings.find((s) => given[s] !== undefined)
  if (first !== undefined) throw new InputError(`${first} is not used: ${why}`, remedy, placeOf(first))
}

/** What is said of settings of a file that the method asked for instead of the file's does not use; undefined if it uses all. */
export function unusedSettings(file: OdeFile, method: string, noise: boolean): string | undefined {
  const { settings, why } = unusedBy(method, noise)
  const given = settings.filter((s) => file[s] !== undefined)
  return given.length === 0 ? undefined : `${given.join(' and ')} of the file ${given.length === 1 ? 'is' : 'are'} not used: ${why}`
}
