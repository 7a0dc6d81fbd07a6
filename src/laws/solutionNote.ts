import type { FlowOfLaw, Laws } from './engine.js'
import { regularWithSchedules } from './solutions/scheduled.js'

const NUMERIC = 'it is integrated numerically with the compiled law'

const named = ({ model, order }: Pick<FlowOfLaw, 'model' | 'order'>): string => `the ${model} of order ${order}`

/** What t, eta and the abbreviations mean in a law with schedules. */
function timeOf({ rule, solved, flow }: Laws): string {
  if (flow.ok && flow.value.clock !== undefined) return `with t = ${flow.value.clock}`
  const rate = rule.schedules.has('eta') ? ', eta the learning rate of the first step (any rate where that is zero)' : ''
  const [damping] = solved?.regimes.flatMap((r) => r.readable.where.map(([name]) => name)) ?? []
  return `with t = k*eta${rate}${damping === undefined ? '' : `; ${damping} is the damping up to t`}`
}

/** Why no law of a charge is solved, as a clause: schedules rule it out, or its order and coefficients do; its flows have a law. */
export function whyUnsolved({ flows, rule }: Laws): string {
  const refused = flows.flatMap((f) => {
    const put = regularWithSchedules(f.law, rule.schedules)
    return put.ok ? [] : [put.reason]
  })
  return `${refused[0] ?? 'no closed form is known for a law of its order with its coefficients'}; ${NUMERIC}`
}

/** One sentence beside a solution under schedules: which of the laws it solves, and what stands in the way of the others. */
export function solutionNote(laws: Laws, of: FlowOfLaw): string | undefined {
  const { flows, rule } = laws
  if (rule.schedules.size === 0) return undefined
  const others = flows.filter((f) => f.model === of.model && f.order > of.order).flatMap((f) => {
    const put = regularWithSchedules(f.law, rule.schedules)
    return put.ok ? [] : [`; not of ${named(f)}: ${put.reason}`]
  })
  const flow = of.model === 'modified flow' ? undefined : flows.find((f) => f.model === 'modified flow')
  const second = flow === undefined ? '' : `; ${named(flow)} has no closed form: ${NUMERIC}`
  return `The solution is of ${named(of)} ${timeOf(laws)}${others[0] ?? ''}${second}.`
}
