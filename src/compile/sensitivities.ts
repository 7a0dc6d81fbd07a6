import { ONE, ZERO, add, mul, sym } from '../algebra/build.js'
import { differentiate } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { symbolsOf } from '../algebra/parts.js'
import { InputError } from '../errors.js'
import { compileFunction } from './function.js'
import { listed } from './listed.js'
import type { OdeFile } from './odeSchema.js'
import { type Source, expression } from './odeSource.js'
import { switchesOf } from './switches.js'

/** Derivatives of the states by parameters and initial values, as states of their own: those by the first, then by the next. */
export interface Sensitivities {
  readonly states: readonly string[]
  /** Their rates: the variational equations. */
  readonly rhs: readonly Expr[]
  /** Their initial values, given those of the parameters. */
  readonly y0: (parameters: readonly number[]) => readonly number[]
}

const NONE: Sensitivities = { states: [], rhs: [], y0: () => [] }

/** Σ a_k·b_k. */
const dot = (a: readonly Expr[], b: readonly Expr[]): Expr => add(...a.flatMap((x, k) => (x === ZERO ? [] : [mul(x, b[k] ?? ZERO)])))

/** @throws InputError for what has no variational equation, or a wrong one. */
function check(source: Source, { noise, ensemble, span, states }: OdeFile, rates: readonly Expr[], varied: ReadonlySet<string>): void {
  const refuse = (what: string, remedy: string): never => {
    throw new InputError(`sensitivities: ${what}`, remedy, source.place(['sensitivities']))
  }
  if (noise !== undefined) refuse('an equation with noise has none here', 'drop the noise or the sensitivities')
  const jump = switchesOf(rates).find(({ kind, within }) => (kind === 'sign' || kind === 'floor') && [...symbolsOf(within)].some((name) => varied.has(name)))
  const jumping = Object.keys(states).find((_, i) => jump !== undefined && switchesOf([rates[i] ?? ZERO]).some(({ within }) => within === jump.within))
  if (jumping !== undefined) refuse(`the rate of ${jumping} jumps where the states or parameters say, and they with it`, 'make the jump smooth')
  const texts = (value: unknown): readonly string[] => (typeof value === 'string' ? [value] : typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [])
  const inParameters = (text: string, path: readonly (string | number)[]): boolean =>
    [...symbolsOf(expression(source, text, path, varied, () => 'declare it under parameters'))].length > 0
  for (const [name, given] of Object.entries(ensemble?.vary ?? {}))
    if (texts(given).some((text) => text !== 'log' && text !== 'linear' && inParameters(text, ['ensemble', 'vary', name])))
      refuse(`the values that ${name} takes contain parameters`, 'give numbers there')
  if (span.some((bound, k) => typeof bound === 'string' && inParameters(bound, ['span', k]))) refuse('the span contains parameters', 'give numbers there')
}

/**
 * The forward sensitivities that an ODE file asks for. With s = dy/dp they obey s′ = (∂f/∂y)·s + (∂f/∂θ)·dθ/dp, where θ are all parameters,
 * those that contain p among them, and begin at the derivative of the initial values (Hairer, Nørsett and Wanner, §I.14).
 * @param rates of the file's states, `names` everything that it declares.
 * @throws InputError for an unknown name, for noise, and where the rates jump.
 */
export function sensitivitiesOf(source: Source, file: OdeFile, rates: readonly Expr[], names: readonly string[]): Sensitivities {
  if (file.sensitivities === undefined) return NONE
  const [states, parameters] = [Object.keys(file.states), Object.keys(file.parameters ?? {})]
  const by = file.sensitivities
  for (const [j, name] of by.entries()) {
    const place = source.place(['sensitivities', j])
    if (!states.includes(name) && !parameters.includes(name)) throw new InputError(`sensitivities: ${name} is no parameter or state`, `one of ${listed([...parameters, ...states])}`, place)
    if (by.indexOf(name) !== j) throw new InputError(`sensitivities: ${name} stands there twice`, 'name it once', place)
  }
  check(source, file, rates, new Set([...states, ...parameters]))
  /** What a parameter or initial value is in terms of the parameters before; of a value that an ensemble replaces, a number. */
  const definition = (field: 'parameters' | 'initial', name: string): Expr => {
    const value = Object.hasOwn(file.ensemble?.vary ?? {}, name) ? 0 : file[field]?.[name] ?? 0
    return expression(source, value, [field, name], new Set(parameters))
  }
  const partials = (e: Expr, variables: readonly string[]): readonly Expr[] => {
    const contained = symbolsOf(e)
    return variables.map((name) => (contained.has(name) ? differentiate(e, name) : ZERO))
  }
  const [values, starts] = [parameters.map((name) => definition('parameters', name)), states.map((name) => definition('initial', name))]
  const jacobian = rates.map((rate) => partials(rate, states))
  const found = by.map((name) => {
    const columns = states.map((state) => `d${state}_d${name}`)
    const clash = columns.find((column) => names.includes(column))
    if (clash !== undefined) throw new InputError(`sensitivities: ${clash} is declared already`, 'choose another name', source.place(['sensitivities']))
    const total: Expr[] = []
    for (const [l, parameter] of parameters.entries()) total.push(parameter === name ? ONE : dot(partials(values[l] ?? ZERO, parameters.slice(0, l)), total))
    const own = columns.map((column) => sym(column))
    return {
      columns,
      rhs: rates.map((rate, i) => add(dot(jacobian[i] ?? [], own), dot(partials(rate, parameters), total))),
      start: starts.map((start, i) => (states[i] === name ? ONE : dot(partials(start, parameters), total))),
    }
  })
  const initial = compileFunction(found.flatMap(({ start }) => start), parameters, { target: 'js' })
  return { states: found.flatMap(({ columns }) => columns), rhs: found.flatMap(({ rhs }) => rhs), y0: (given) => [...initial.at(given)] }
}
