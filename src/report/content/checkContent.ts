import type { Check } from '../../laws/derivation.js'
import type { Content } from '../document.js'

/** How a statement was checked: a badge and its method. */
export function checkContent(check: Check): Content {
  const instances = check.instances === undefined ? '' : `, ${check.instances} instances`
  const detail = check.detail === undefined || check.detail === '' ? '' : `; ${check.detail}`
  return [
    { kind: 'badge', verdict: check.passed ? 'passed' : 'failed', text: check.passed ? 'checked' : 'check failed' },
    ` ${check.method}${instances}${detail}`,
  ]
}
