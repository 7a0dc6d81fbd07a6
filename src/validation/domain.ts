import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { writeScalar } from '../jets/notation.js'
import { InputError } from '../errors.js'
import { type Network, initialParameters } from '../network/index.js'
import { type Problem, placeOf } from '../problem/index.js'
import type { Rule } from '../rules/rule.js'

/**
 * Dual variables ∇h(θ) are numbers only where the potential is differentiable: the entropy takes positive parameters.
 * @throws InputError naming the blocks of the network that begin outside of it
 */
export function refuseOutsideDomain(problem: Problem, network: Network, dual: NonNullable<Rule['dual']>, numbers: Readonly<Record<string, number>>): void {
  const isInside = (theta: number): boolean => Number.isFinite(evaluateNumber(dual.slope, { ...numbers, theta }))
  const start = initialParameters(network)
  const outside = network.parameters.flatMap(({ name, offset, size }) => {
    const entries = [...start.subarray(offset, offset + size)].filter((x) => !isInside(x))
    return entries.length === 0 ? [] : [{ entries, told: `${entries.length} of the ${size} in ${name}` }]
  })
  const first = outside[0]?.entries[0]
  if (first === undefined) return
  const mended = outside.every(({ entries }) => entries.every((x) => isInside(Math.abs(x))))
  throw new InputError(
    `the potential ${text(dual.potential)} has no gradient where the parameters begin: not at ${outside.map(({ told }) => told).join(', ')}, such as ${first.toPrecision(2)}`,
    mended ? 'write initial: positive under network, which takes their sizes, or take a potential of both signs, such as h: "cosh(theta)"' : 'take a potential that is differentiable there, such as h: "cosh(theta)"; initial: positive under network makes parameters positive that do not begin at zero',
    placeOf(problem, problem.rule['h'] === undefined ? ['rule'] : ['rule', 'h']),
  )
}

const text = (e: Expr): string => writeScalar(e).text
