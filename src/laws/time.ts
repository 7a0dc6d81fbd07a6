import { clockOf } from '../rules/inertial.js'
import type { FlowOfLaw, Laws } from './engine.js'

/** What the time of a law along a flow is after k steps; undefined for a motion that is continuous from the start. */
export function timeOfLaw({ rule, field, motions }: Pick<Laws, 'rule' | 'field' | 'motions'>, { model, order }: Pick<FlowOfLaw, 'model' | 'order'>): string | undefined {
  if (rule.continuous || rule.action !== undefined) return undefined
  const inertial = model === 'modified flow' ? motions.find((motion) => motion.order === order)?.inertial : undefined
  if (inertial !== undefined) return clockOf({ power: inertial })
  return (model === 'modified vector field' && field.ok ? field.value.clock : undefined) ?? 'k*eta'
}
