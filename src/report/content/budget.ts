import { earlierNoise } from '../../laws/batchNoise.js'
import type { Derivation } from '../../laws/derivation.js'
import type { LawVerdict } from '../../validation/result.js'
import { type Block, type Content, math, number } from '../document.js'
import type { Plot } from '../plot.js'
import { chooseSamples, indexOfLargest, pick } from '../sampling.js'
import { formula } from './equation.js'

const DRAWN = 120

/** The share of each mechanism in one step, as formulas. */
export function budgetLaw(title: string, { budget, noise }: Pick<Derivation['laws'], 'budget' | 'noise'>): Block[] {
  if (budget === undefined || budget.length === 0) return []
  const formulas = budget.map(
    ({ mechanism, statement }) => `\\Delta q_{\\text{${mechanism}}} = ${formula(statement, `${title}, laws.budget ${mechanism}`)}`,
  )
  const law: Block = { kind: 'result', label: ['The charge budget: in one step the charge changes by the sum of these'], formulas }
  if (noise === undefined) return [law]
  const earlier = noise.earlier === undefined ? '' : `; ${earlierNoise(noise.earlier)}`
  const label = [
    'What of it the noise of a minibatch makes, with ',
    math('g'),
    ` the gradient of the batch and full that on all data${earlier}`,
  ]
  return [law, { kind: 'result', label, formulas: [`\\Delta q_{\\text{noise}} = ${formula(noise, `${title}, laws.noise`)}`] }]
}

/** The mechanisms with the gradient on all samples and the noise of the minibatch beside them, in one step on average. */
export function noiseTable({ noise }: LawVerdict, id: string): Block[] {
  if (noise === undefined) return []
  const total = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0)
  const neuron = indexOfLargest(
    noise.noise.map((row, n) => Math.abs(total(row)) + noise.mechanisms.reduce((sum, m) => sum + Math.abs(total(m.change[n] ?? [])), 0)),
  )
  const parts = [...noise.mechanisms, { mechanism: 'minibatch noise', change: noise.noise }]
  const rows = parts.map(({ mechanism, change }): readonly Content[] => {
    const row = change[neuron] ?? []
    const mean = total(row) / row.length
    const spread = Math.sqrt(total(row.map((x) => (x - mean) ** 2)) / (row.length * Math.max(1, row.length - 1)))
    return [[mechanism], [number(mean)], [number(spread)]]
  })
  const caption: Content = [
    `Batch and full gradient: what each mechanism does to the charge of neuron ${neuron} in one step with the gradient on all ` +
      `samples, and what the noise of the batch adds; mean of ${noise.step.length} steps and its standard error. `,
    `Together they miss the change of the charge in a step by at most `,
    number(noise.closure),
    ' of its size, where rounding allows ',
    number(noise.tolerance),
    `. Over all neurons, ${noise.summary}.`,
  ]
  return [
    {
      kind: 'table',
      id: `${id}-noise`,
      caption,
      columns: [
        { title: ['Mechanism'], align: 'left' },
        { title: ['Mean change'], align: 'right' },
        { title: ['Error'], align: 'right' },
      ],
      rows,
    },
  ]
}

/** What each mechanism has added to the charge of one neuron, beside the whole change; the neuron whose charge changed most. */
export function budgetFigure(law: LawVerdict, id: string): Block[] {
  const { budget, curves } = law
  if (budget === undefined || budget.mechanisms.length === 0) return []
  // A mean over runs is not the charge of the run that has this budget: its own is what the mechanisms add up to.
  const sums = (budget.mechanisms[0]?.cumulative ?? []).map((first, n) => first.map((_, k) => budget.mechanisms.reduce((sum, m) => sum + (m.cumulative[n]?.[k] ?? 0), 0)))
  const changes = curves.runs === undefined ? curves.measured.map((q) => q.map((value) => value - (q[0] ?? 0))) : sums
  const steps = curves.runs === undefined ? curves.step : budget.step
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
        { kind: 'line', role: 'measured', name: 'whole change of the charge', x: pick(steps, whole), y: pick(change, whole) },
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
