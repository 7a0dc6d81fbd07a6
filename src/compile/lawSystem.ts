import { ZERO, div, mul, neg, add, atom, sym } from '../algebra/build.js'
import { atomsOf, substitute, symbolsOf } from '../algebra/calculus.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { InputError } from '../errors.js'
import type { LinearLaw as ChargeLaw } from '../laws/flow.js'
import type { System } from './integrator/rightHandSide.js'

/** A law of a charge as a system of ordinary differential equations, and what its signals stand for. */
export interface LawSystem {
  readonly system: System
  /** Name of each signal with the contraction it samples, as expression text. */
  readonly drives: Readonly<Record<string, string>>
}

/** A contraction's text as a name: `norm2(g_w)` becomes `norm2_g_w`. */
const signalName = (o: Opaque): string => o.text().replaceAll(/[^A-Za-z0-9]+/g, '_').replace(/_+$/, '')

/**
 * Σ aⱼ·dʲq/dtʲ = drive as the system q, dq, ddq, … driven by sampled contractions; hyperparameters become parameters.
 * @throws InputError for a law without a rate (the charge is then fixed by its drive at once).
 */
export function systemOfLaw(law: ChargeLaw): LawSystem {
  const coefficients = [...law.coefficients]
  while (coefficients.length > 1 && coefficients.at(-1) === ZERO) coefficients.pop()
  const order = coefficients.length - 1
  const lead = coefficients[order]
  if (order < 1 || lead === undefined)
    throw new InputError('the law of this charge has no rate to integrate', 'use a rule with a state, or --order 1')
  const states = Array.from({ length: order }, (_, j) => `${'d'.repeat(j)}q`)
  const signals = [...new Set([...coefficients, law.drive].flatMap(atomsOf))]
  const names = new Map<Expr, Expr>(signals.map((o) => [atom(o), sym(signalName(o))]))
  const pulled = states.map((s, j) => mul(coefficients[j] ?? ZERO, sym(s)))
  const highest = substitute(div(add(law.drive, neg(add(...pulled))), lead), names)
  const rhs = states.map((_, j) => (j + 1 < order ? sym(states[j + 1] ?? '') : highest))
  const drives = Object.fromEntries(signals.map((o) => [signalName(o), o.text()]))
  const isInput = (s: string): boolean => s === 't' || states.includes(s) || Object.hasOwn(drives, s)
  const parameters = [...new Set(rhs.flatMap((e) => [...symbolsOf(e)]))].filter((s) => !isInput(s)).sort()
  const sampled = signals.length === 0 ? {} : {
    signals: { names: Object.keys(drives), shape: 'linear' as const },
  }
  return { system: { states, parameters, rhs, ...sampled }, drives }
}
