import type { BreakingSweep, LawCurves, LawVerdict, OrderFit, TrainingRecord } from '../../validation/result.js'
import { type Block, type Content, number } from '../document.js'
import { numberText } from '../numbers.js'
import type { Plot, Series } from '../plot.js'
import { type NeuronSummary, chooseSamples, extent, indexOfLargest, pick, summarizeNeurons, worstNeuron } from '../sampling.js'
import { capital, sentence } from './sentence.js'

/** Samples drawn of one curve on paper and in the static figures: about two a millimetre of its width. */
const DRAWN = 240
const DRAWN_SMALL = 36

const count = (value: number) => value.toLocaleString('en-US')

/** Where in some of the recorded steps the theory begins. */
const firstOfTheory = ({ begins = 0 }: LawCurves, steps: readonly number[]): number => Math.max(0, steps.findIndex((k) => k >= begins))

/** Theory over measurement for the neuron with the largest residual, residual and predicted error below it. */
export function curvesFigure(law: LawVerdict, id: string): Block[] {
  const { curves } = law
  if (curves.theory.length === 0) return []
  const summaries = summarizeNeurons(curves)
  const worst = worstNeuron(summaries)
  if (worst === undefined) return []
  const measured = curves.measured[worst.neuron] ?? []
  const theory = curves.theory[worst.neuron] ?? []
  const band = curves.band[worst.neuron] ?? []
  const at = chooseSamples([measured, worst.residual], DRAWN, [indexOfLargest(worst.residual)])
  const step = pick(curves.step, at)
  const top = pick(theory, at)
  const from = firstOfTheory(curves, step)
  const half = pick(band, at)
  const error: Series[] =
    band.length === 0
      ? []
      : [
          {
            kind: 'band',
            role: 'band',
            name: 'error that the theory predicts',
            x: step,
            low: top.map((q, i) => q - (half[i] ?? 0)),
            high: top.map((q, i) => q + (half[i] ?? 0)),
          },
        ]
  const below: Series[] =
    band.length === 0
      ? []
      : [{ kind: 'band', role: 'band', name: 'error that the theory predicts', x: step, low: half.map((h) => -h), high: half }]
  const overlay: Plot = {
    title: `Neuron ${worst.neuron}`,
    x: { label: 'step', scale: 'linear' },
    y: { label: 'charge q', scale: 'linear' },
    series: [
      ...error,
      { kind: 'line', role: 'measured', name: 'measured', x: step, y: pick(measured, at) },
      { kind: 'line', role: 'theory', name: 'theory', x: step.slice(from), y: top.slice(from) },
    ],
  }
  const residual: Plot = {
    title: '',
    x: { label: 'step', scale: 'linear' },
    y: { label: 'measured − theory', scale: 'linear' },
    series: [...below, { kind: 'line', role: 'residual', name: 'measured − theory', x: step.slice(from), y: pick(worst.residual, at).slice(from) }],
  }
  return [
    {
      kind: 'figure',
      id: `${id}-curves`,
      arrangement: 'stack',
      panels: [overlay, residual, ...discretePanel(curves)],
      caption: curvesCaption(law, worst),
    },
  ]
}

function curvesCaption(law: LawVerdict, worst: NeuronSummary): Content {
  const { curves } = law
  const band = curves.band[worst.neuron] ?? []
  const inside = worst.residual.filter((value, index) => Math.abs(value) <= (band[index] ?? 0)).length
  const discrete = Math.max(0, ...curves.discreteResidual.map((values) => Math.abs(values[indexOfLargest(values)] ?? 0)))
  return [
    curves.runs === undefined ? '' : `The mean over ${curves.runs} runs, which differ in the noise that the rule injects, and the law of the mean beside what changes sign with the noise. `,
    curves.measured.length === 1
      ? 'Theory on top of measurement. '
      : `Theory on top of measurement for neuron ${worst.neuron}, of ${count(curves.measured.length)} the one with the largest ` +
          'relative residual. ',
    ...residualSentence(worst),
    band.length === 0
      ? `. ${withoutBand(law)}`
      : `; it lies inside the error that the theory predicts at ${percent(inside, worst.residual.length)} of the recorded steps. `,
    ...(curves.discreteResidual.length === 0
      ? []
      : ['Bottom: accumulated residual of the exact discrete law, the largest of all neurons, at most ', number(discrete), '.']),
  ]
}

/** Why no predicted error is drawn. */
function withoutBand({ rungs }: LawVerdict): string {
  const skipped = rungs.find((r) => r.rung === 5 && r.verdict === 'skipped')
  return skipped === undefined ? '' : `${sentence(skipped.reason)} `
}

const residualSentence = ({ worst, worstStep, relative }: NeuronSummary): Content =>
  Number.isFinite(worst)
    ? [
        'Below it, measured minus theory: at most ',
        number(Math.abs(worst)),
        `, at step ${count(worstStep)}, which is `,
        number(relative),
        ' of the largest charge',
      ]
    : [`Below it, measured minus theory: from step ${count(worstStep)} on, the run or the solution is no finite number`]

const percent = (part: number, whole: number) => (whole === 0 ? '0 %' : `${numberText((100 * part) / whole, 3)} %`)

/** Largest residual of the exact discrete law over all neurons, step by step. */
function discretePanel(curves: LawCurves): Plot[] {
  if (curves.discreteResidual.length === 0) return []
  const envelope = curves.step.map((_, index) => Math.max(...curves.discreteResidual.map((values) => Math.abs(values[index] ?? 0))))
  const at = chooseSamples([envelope], DRAWN, [indexOfLargest(envelope)])
  return [
    {
      title: '',
      x: { label: 'step', scale: 'linear' },
      y: { label: 'discrete law', scale: 'log' },
      series: [
        { kind: 'line', role: 'residual', name: 'relative residual of the discrete law', x: pick(curves.step, at), y: pick(envelope, at) },
      ],
    },
  ]
}

/** Every neuron in small, all on one pair of axes' length but each with its own range. */
export function neuronsFigure(law: LawVerdict, id: string): Block[] {
  const { curves } = law
  if (curves.measured.length < 2 || curves.theory.length === 0) return []
  const summaries = summarizeNeurons(curves)
  const relative = summaries.map((summary) => summary.relative).sort((left, right) => left - right)
  const panels = summaries.map(({ neuron }) => smallMultiple(curves, neuron))
  const caption: Content = [
    `All ${count(panels.length)} neurons, measured and theory, each over its own range. Largest residual over largest charge: median `,
    number(relative[Math.floor(relative.length / 2)] ?? Number.NaN),
    ', greatest ',
    number(relative.at(-1) ?? Number.NaN),
    '.',
  ]
  return [{ kind: 'figure', id: `${id}-neurons`, arrangement: 'grid', panels, caption }]
}

function smallMultiple(curves: LawCurves, neuron: number): Plot {
  const measured = curves.measured[neuron] ?? []
  const at = chooseSamples([measured], DRAWN_SMALL)
  const step = pick(curves.step, at)
  const from = firstOfTheory(curves, step)
  return {
    title: String(neuron),
    x: { label: 'step', scale: 'linear' },
    y: { label: 'charge q', scale: 'linear' },
    series: [
      { kind: 'line', role: 'measured', name: 'measured', x: step, y: pick(measured, at) },
      { kind: 'line', role: 'theory', name: 'theory', x: step.slice(from), y: pick(curves.theory[neuron] ?? [], at).slice(from) },
    ],
  }
}

/** Error of each continuous model against the learning rate, with the derived slope beside it. */
export function orderFigure(orders: readonly OrderFit[], id: string): Block[] {
  if (orders.length === 0) return []
  const panels = orders.map(orderPlot)
  const sentences = orders.flatMap((fit): Content => [
    ` ${capital(fit.model)}: observed order `,
    number(fit.observed),
    ', derived ',
    number(fit.derived),
    '.',
  ])
  return [
    {
      kind: 'figure',
      id: `${id}-orders`,
      arrangement: 'row',
      panels,
      caption: [
        'Order of accuracy: error of the continuous model, the median over the neurons, against runs at halved learning rates over the same physical time; the ' +
          'dashed line has the derived slope.',
        ...sentences,
      ],
    },
  ]
}

function orderPlot(fit: OrderFit): Plot {
  const last = fit.eta.length - 1
  // Half the first error, so that the line stands beside the points.
  const anchor = 0.5 * (fit.error[0] ?? 1)
  const start = fit.eta[0] ?? 1
  const guide = fit.eta.map((eta) => anchor * (eta / start) ** fit.derived)
  return {
    title: fit.model,
    x: { label: 'learning rate η', scale: 'log', marks: fit.eta },
    y: { label: 'error', scale: 'log' },
    series: [
      { kind: 'line', role: 'guide', name: `slope ${numberText(fit.derived)}`, x: pick(fit.eta, [0, last]), y: pick(guide, [0, last]) },
      { kind: 'points', role: 'theory', name: `observed ${numberText(fit.observed)}`, x: fit.eta, y: fit.error },
    ],
  }
}

/** Violation of a symmetry's constraint against what breaks it. */
export function breakingFigure(sweep: BreakingSweep, id: string): Block {
  const range = extent(sweep.violation)
  const values = extent(sweep.value)
  return {
    kind: 'figure',
    id,
    arrangement: 'row',
    panels: [
      {
        title: `${sweep.symmetry}, broken by ${sweep.by}`,
        x: { label: sweep.by, scale: 'log' },
        y: { label: 'largest violation', scale: 'log' },
        series: [{ kind: 'points', role: 'theory', name: 'largest violation over the neurons', x: sweep.value, y: sweep.violation }],
      },
    ],
    caption: [
      `How far ${sweep.by} breaks the symmetry ${sweep.symmetry}: largest violation of its constraint over all neurons, from `,
      number(range?.low ?? Number.NaN),
      ' to ',
      number(range?.high ?? Number.NaN),
      ` for ${sweep.by} from `,
      number(values?.low ?? Number.NaN),
      ' to ',
      number(values?.high ?? Number.NaN),
      zeros(sweep),
    ],
  }
}

/** A value or violation of exactly zero has no place on a logarithmic axis and is told in words. */
function zeros({ value, violation, by }: BreakingSweep): string {
  const at = value.findIndex((each) => each === 0)
  const zero = at < 0 ? '' : ` At ${by} = 0 it is ${numberText(violation[at] ?? Number.NaN)}.`
  return `; both axes logarithmic.${zero}`
}

/** Loss of the run. */
export function lossFigure(training: TrainingRecord, id: string): Block[] {
  const { step, value } = training.loss
  if (step.length === 0) return []
  const at = chooseSamples([value.map((loss) => Math.log(loss))], DRAWN)
  return [
    {
      kind: 'figure',
      id,
      arrangement: 'row',
      panels: [
        {
          title: '',
          x: { label: 'step', scale: 'linear' },
          y: { label: 'batch loss', scale: value.every((loss) => loss > 0) ? 'log' : 'linear' },
          series: [{ kind: 'line', role: 'theory', name: 'batch loss', x: pick(step, at), y: pick(value, at) }],
        },
      ],
      caption: [
        'Loss of the batches, from ',
        number(value[0] ?? Number.NaN),
        ' at the first recorded step to ',
        number(value.at(-1) ?? Number.NaN),
        ' at the last.',
      ],
    },
  ]
}
