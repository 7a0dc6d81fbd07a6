import type { Outcome } from '../rules/model.js'
import { orderText } from '../laws/flow.js'
import { timeOfFlow } from './followed.js'
import { errorsOf } from './modelErrors.js'
import { type OrderRuns, smoothWhere } from './orders.js'
import type { Plan } from './plan.js'
import { percent } from './reasons.js'
import type { ModelError, ModelsAtRate, Rung } from './result.js'

const rate = (x: number): string => String(Number(x.toPrecision(2)))
const size = (error: number): string => (error === 0 ? 'rounding only' : percent(error))

interface Found extends ModelError {
  readonly order: number
  readonly isFlow: boolean
  readonly smoothWhere: string | undefined
}

const called = ({ order, isFlow }: Found): string => (isFlow ? `the modified flow of order ${orderText(order)}` : `order ${orderText(order)}`)

/** A model that is no closer to the run than the modified vector field of one order less. */
function disappointed(models: readonly Found[]): string | undefined {
  for (const m of models) {
    const lower = models.find((x) => !x.isFlow && x.order === m.order - 1)
    if (lower !== undefined && !(m.error <= lower.error))
      return `${called(m)} is no better than ${called(lower)} there, as ${m.smoothWhere === undefined ? 'eta is too large for the expansion' : `it holds only where ${m.smoothWhere}`}`
  }
  return undefined
}

/**
 * What the continuous models are worth at the run's own learning rate, where they need not be in their asymptotic regime: their errors after the
 * first window of the reruns, largest over the members.
 * @param fourth the rung of the orders, which says whether the derived ones were seen
 * @returns undefined if there was no rerun at that rate, or a run does not record the drives
 */
export function modelsAtRate(plan: Plan, reruns: Outcome<OrderRuns>, fourth: Rung): ModelsAtRate | undefined {
  if (!reruns.ok || reruns.value.own === undefined) return undefined
  const runs = reruns.value
  const { run: own } = reruns.value.own
  const time = timeOfFlow(plan.laws, reruns.value.own.time, own.eta)
  const models = plan.laws.flows.flatMap((found): readonly Found[] => {
    const made = errorsOf(plan, found, own)
    const { model, order } = found
    return made === undefined ? [] : [{ model: `${model}, order ${orderText(order)}`, error: made.largest <= made.floor ? 0 : made.largest, order, isFlow: model === 'modified flow', smoothWhere: smoothWhere(plan, found, runs) }]
  })
  if (models.length === 0) return undefined
  const asymptoticFrom = fourth.verdict === 'passed' ? runs.runs[0]?.eta : undefined
  const errors = models.map((m) => `${size(m.error)} (${called(m)})`).join(', ')
  const disappointment = disappointed(models)
  const summary = [
    `at the run's eta = ${rate(own.eta)} the models are off by ${errors} of the charge, its parts taken without signs, after t = ${rate(time)}`,
    ...(disappointment === undefined ? [] : [disappointment]),
    asymptoticFrom === undefined ? 'the derived orders were not seen' : `the derived orders are seen from eta = ${rate(asymptoticFrom)} down`,
  ].join('; ')
  const bare = models.map(({ model, error }) => ({ model, error }))
  return { eta: own.eta, time, models: bare, improves: disappointment === undefined, ...(asymptoticFrom === undefined ? {} : { asymptoticFrom }), summary }
}
