import { ZERO } from '../algebra/build.js'
import { symbolsOf } from '../algebra/parts.js'
import { InputError } from '../errors.js'
import { compileFunction } from './function.js'
import type { OdeProblem } from './odeFile.js'
import { type LinearLaw, linearCoefficients, linearPropagator } from './propagator.js'
import { within } from './odeSource.js'
import type { Integration } from './system.js'

/** The linear law of an ODE file at values of its parameters. @throws InputError if the equation is not linear with constant coefficients. */
function lawOf({ system: { rhs, states, parameters = [] } }: OdeProblem): (parameters: readonly number[]) => LinearLaw {
  const { matrix, offset } = linearCoefficients(rhs, states, [])
  const { at } = compileFunction([...matrix.flat(), ...offset], parameters, { target: 'js' })
  const n = states.length
  return (numbers) => {
    const values = [...at(numbers)]
    return { matrix: matrix.map((_, i) => values.slice(i * n, (i + 1) * n)), input: matrix.map(() => []), offset: values.slice(n * n) }
  }
}

/**
 * Integrates the linear equation of an ODE file with constant coefficients exactly, by matrix exponentials between the output times.
 * @returns the integration from given values.
 * @throws InputError if it is not linear with constant coefficients.
 */
export function exponentialIntegrator(
  problem: OdeProblem, at: readonly number[],
): (parameters: readonly number[], y0: readonly number[]) => Integration {
  const { system, span, place } = problem
  const time = system.time ?? 't'
  if (problem.events.length > 0)
    throw new InputError('the exponential method looks for no events', 'drop them, or take another method', place(['events']))
  if (problem.signals !== undefined)
    throw new InputError('the exponential method follows no signals', 'drop them, or take another method', place(['signals']))
  const timed = system.states.find((_, i) => symbolsOf(system.rhs[i] ?? ZERO).has(time))
  if (timed !== undefined) throw new InputError(`the rate of ${timed} depends on ${time}`, 'use a general method', place(['states', timed]))
  const lawAt = within(place(['states']), () => lawOf(problem))
  return (parameters, y0) => {
    const law = lawAt(parameters)
    let final = { t: span[0], y: y0 }
    /** Goes on to a time, or stays where the state there is not finite. */
    const advance = (t: number): boolean => {
      const y = t === final.t ? final.y : linearPropagator(law, t - final.t).run(final.y, [], 1).map((row) => row[1] ?? NaN)
      if (!y.every(Number.isFinite)) return false
      final = { t, y }
      return true
    }
    const rows: (readonly number[])[] = []
    const stop = [...at, span[1]].find((t) => {
      const advanced = advance(t)
      if (advanced) rows.push(final.y)
      return !advanced
    })
    const reached = rows.slice(0, at.length)
    const message = `the solution overflows before ${time} = ${stop} — shorten the span`
    return {
      method: 'exponential', status: stop === undefined ? 'completed' : 'notFinite', ...(stop === undefined ? {} : { failure: { message, ...final } }),
      t: Float64Array.from(at.slice(0, reached.length)), y: y0.map((_, i) => Float64Array.from(reached, (row) => row[i] ?? NaN)),
      events: [], final, statistics: { accepted: rows.length, rejected: 0, evaluations: 0 }, errorEstimate: y0.map(() => 0),
    }
  }
}
