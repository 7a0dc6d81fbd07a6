import { isZero, symbolsOf } from '../algebra/build.js'
import { atomsOf } from '../algebra/calculus.js'
import type { FlowOfLaw, Laws } from './engine.js'
import { isLong, orderText } from './flow.js'
import { regularWithSchedules } from './solutions/scheduled.js'

const NUMERIC = 'it is integrated numerically with the compiled law'

const named = ({ model, order }: Pick<FlowOfLaw, 'model' | 'order'>): string => `the ${model} of order ${orderText(order)}`

/** What the damping of a solution is called, and the same up to the time of an integral. */
function dampingOf({ solved }: Laws): string | undefined {
  const found = solved?.regimes.find((r) => r.readable.where.length > 0)?.readable
  const [name] = found?.where[0] ?? []
  if (found === undefined || name === undefined) return undefined
  return `${name} is the damping up to t${symbolsOf(found.solution).has(`${name}_s`) ? `, ${name}_s that up to s` : ''}`
}

/** What t, eta and the abbreviations mean in a law with schedules. */
function timeOf(laws: Laws): string {
  const { rule, flow } = laws
  if (flow.ok && flow.value.clock !== undefined) return `with t = ${flow.value.clock}`
  const rate = rule.schedules.has('eta') ? ', eta the learning rate of the first step (any rate where that is zero)' : ''
  const damping = dampingOf(laws)
  return `with t = k*eta${rate}${damping === undefined ? '' : `; ${damping}`}`
}

/** Why no law of a charge is solved, as a clause: schedules rule it out, or its order and coefficients do; its flows have a law. */
export function whyUnsolved({ flows, rule }: Laws): string {
  const long = flows.find(({ law }) => isLong(law))
  if (long !== undefined) return `${ofLong(long)}; ${NUMERIC}`
  if (flows.every(({ law }) => law.coefficients.slice(1).every(isZero))) return 'the law has no rate of the charge: it says what the charge is'
  const refused = flows.flatMap((f) => {
    const put = regularWithSchedules(f.law, rule.schedules)
    return put.ok ? [] : [put.reason]
  })
  return `${refused[0] ?? 'no closed form is known for a law of its order with its coefficients'}; ${NUMERIC}`
}

/** Why the solution of a long law is not told. */
const ofLong = (found: FlowOfLaw): string => `the drive of ${named(found)} is a sum of ${found.law.drives.length} terms, all of which its solution would have under an integral sign`

/** Beside a solution of a flow that is followed by ones of higher orders, which law it solves. */
function lowerNote({ flows }: Laws, of: FlowOfLaw): string | undefined {
  const long = flows.find((f) => f.model === of.model && f.order > of.order && isLong(f.law))
  if (long !== undefined) return `The solution is of ${named(of)}: ${ofLong(long)}.`
  const higher = flows.find((f) => f.model === of.model && f.order > of.order && f.law.coefficients.length > of.law.coefficients.length)
  return higher === undefined ? undefined : `The solution is of ${named(of)}: ${named(higher)} has more time derivatives of the charge, and with them motions that the rule does not have.`
}

/** Beside a solution whose damping is measured: which law it solves, and when its contractions are taken. */
function measuredNote(laws: Laws, of: FlowOfLaw): string | undefined {
  if (!of.law.coefficients.some((c) => atomsOf(c).length > 0)) return undefined
  return `The solution is of ${named(of)}, whose damping holds contractions that move; ${dampingOf(laws) ?? 'the exponent is the damping up to t'}, and under an integral sign contractions are taken at the time of its variable.`
}

/** One sentence beside a solution under schedules: which of the laws it solves, and what stands in the way of the others. */
export function solutionNote(laws: Laws, of: FlowOfLaw): string | undefined {
  const { flows, rule } = laws
  if (rule.schedules.size === 0) return measuredNote(laws, of) ?? lowerNote(laws, of)
  const others = flows.filter((f) => f.model === of.model && f.order > of.order).flatMap((f) => {
    const put = regularWithSchedules(f.law, rule.schedules)
    return put.ok ? [] : [`; not of ${named(f)}: ${put.reason}`]
  })
  const flow = of.model === 'modified flow' ? undefined : flows.find((f) => f.model === 'modified flow')
  const second = flow === undefined ? '' : `; ${named(flow)} has no closed form: ${NUMERIC}`
  return `The solution is of ${named(of)} ${timeOf(laws)}${others[0] ?? ''}${second}.`
}
