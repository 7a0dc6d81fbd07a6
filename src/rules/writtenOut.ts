import { byName, replaceInVector } from '../jets/substitute.js'
import type { Vector } from '../jets/vector.js'
import { type Rule, nextName } from './model.js'

/** The update of every name in quantities before the step: new values of earlier updates written out. */
export function writtenOut(rule: Pick<Rule, 'updates'>): ReadonlyMap<string, Vector> {
  const values = new Map<string, Vector>()
  for (const u of rule.updates) {
    const earlier = Object.fromEntries([...values].map(([name, x]) => [nextName(name), x]))
    values.set(u.name, replaceInVector(u.value, byName(earlier)))
  }
  return values
}
