import { ZERO } from '../algebra/build.js'
import { symbolsOf } from '../algebra/parts.js'
import { InputError } from '../errors.js'
import { compileFunction } from './function.js'
import type { OdeProblem } from './odeFile.js'
import { type LinearLaw, linearCoefficients, linearPropagator } from './propagator.js'
import { within } from './odeSource.js'
import type { Integration } from './system.js'

/** The linear law of an ODE file in numbers. @throws InputError if the equation is not linear with constant coefficients. */
function lawOf({ system, parameters }: OdeProblem): LinearLaw {
  const { matrix, offset } = linearCoefficients(system.rhs, system.states, [])
  const names = system.parameters ?? []
  const evaluate = compileFunction([...matrix.flat(), ...offset], names, { target: 'js' })
  const values = [...evaluate.at(parameters)]
  const n = system.states.length
  return { matrix: matrix.map((_, i) => values.slice(i * n, (i + 1) * n)), input: matrix.map(() => []), offset: values.slice(n * n) }
}

/**
 * Integrates the linear equation of an ODE file with constant coefficients exactly, by matrix exponentials between the output times.
 * @throws InputError if it is not linear with constant coefficients.
 */
export function integrateExponentially(problem: OdeProblem, at: readonly number[]): Integration {
  const { system, span, y0, place } = problem
  const time = system.time ?? 't'
  if (problem.events.length > 0)
    throw new InputError('the exponential method looks for no events', 'drop them, or take another method', place(['events']))
  if (problem.signals !== undefined)
    throw new InputError('the exponential method follows no signals', 'drop them, or take another method', place(['signals']))
  const timed = system.states.find((_, i) => symbolsOf(system.rhs[i] ?? ZERO).has(time))
  if (timed !== undefined) throw new InputError(`the rate of ${timed} depends on ${time}`, 'use a general method', place(['states', timed]))
  const law = within(place(['states']), () => lawOf(problem))
  let [now, state] = [span[0], y0]
  const advance = (t: number): readonly number[] => {
    if (t !== now) state = linearPropagator(law, t - now).run(state, [], 1).map((row) => row[1] ?? NaN)
    now = t
    return state
  }
  const rows = at.map(advance)
  const final = { t: span[1], y: advance(span[1]) }
  if (final.y.some((v) => !Number.isFinite(v)))
    throw new InputError(`the solution overflows before ${time} = ${span[1]}`, 'shorten the span', place(['span']))
  return {
    method: 'exponential', status: 'completed', t: Float64Array.from(at),
    y: y0.map((_, i) => Float64Array.from(rows, (row) => row[i] ?? NaN)),
    events: [], final, statistics: { accepted: rows.length + 1, rejected: 0, evaluations: 0 }, errorEstimate: y0.map(() => 0),
  }
}
