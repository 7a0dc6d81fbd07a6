import type { Derivation } from '../../laws/derivation.js'
import type { LawVerdict } from '../../validation/result.js'
import { type Block, type Content, number } from '../document.js'
import type { Plot } from '../plot.js'
import { chooseSamples, indexOfLargest, pick } from '../sampling.js'
import { formula } from './equation.js'

const DRAWN = 120

/** The share of each mechanism in one step, as formulas. */
export function budgetLaw(title: string, budget: Derivation['laws']['budget']): Block[] {
  if (budget === undefined || budget.length === 0) return []
  const formulas = budget.map(({ mechanism, statement }) => `\\Delta q_{\\text{${mechanism}}} = ${formula(statement, `${title}, laws.budget ${mechanism}`)}`)
  return [{ kind: 'result', label: ['The charge budget: in one step the charge changes by the sum of these'], formulas }]
}

/** What each mechanism has added to the charge of one neuron, beside the whole change; the neuron whose charge changed most. */
export function budgetFigure(law: LawVerdict, id: string): Block[] {
  const { budget, curves } = law
  if (budget === undefined || budget.mechanisms.length === 0) return []
  const changes = curves.measured.map((q) => q.map((value) => value - (q[0] ?? 0)))
  const neuron = indexOfLargest(changes.map((q) => Math.abs(q.at(-1) ?? 0)))
  const change = changes[neuron] ?? []
  const whole = chooseSamples([change], DRAWN)
  const panels = budget.mechanisms.map(({ mechanism, cumulative }): Plot => {
    const added = cumulative[neuron] ?? []
    const at = chooseSamples([added], DRAWN)
    return {
      title: mechanism,
      x: { label: 'step', scale: 'linear' },
      y: { label: 'added to q', scale: 'linear' },
      series: [
        { kind: 'line', role: 'measured', name: 'whole change of the charge', x: pick(curves.step, whole), y: pick(change, whole) },
        { kind: 'line', role: 'theory', name: 'added by the mechanism', x: pick(budget.step, at), y: pick(added, at) },
      ],
    }
  })
  const caption: Content = [
    changes.length === 1 ? 'The charge budget. ' : `The charge budget of neuron ${neuron}, whose charge changed most. `,
    'The contributions of the mechanisms add up to the change of the charge; over all steps and neurons they miss it by at most ',
    number(budget.closure),
    ' of its size, where rounding allows ',
    number(budget.tolerance),
    '.',
  ]
  return [{ kind: 'figure', id: `${id}-budget`, arrangement: 'row', panels, caption }]
}
