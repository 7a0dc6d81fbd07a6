import { derive } from '../../laws/derive.js'
import { polarLaw } from '../../laws/polar.js'
import { writeScalar } from '../../jets/notation.js'
import { buildNetwork, initialParameters } from '../../network/index.js'
import { loadData, subset, targetMatrix } from '../../training/index.js'
import { meanLawOf } from '../../validation/ensembleLaw.js'
import { type Images, augment, augmentedSymmetry, inPolarCoordinates } from '../../validation/ensembleSymmetry.js'
import { functionSpaceRun } from '../../validation/kernel.js'
import { sideBySide } from '../../validation/sideBySide.js'
import type { Augmentation, BesideRmsprop, FunctionSpace, MinibatchNoise } from '../../problem/picture.js'
import { type Block, math, number } from '../document.js'
import type { Plot, Series } from '../plot.js'

const line = (role: Series['role'], name: string, x: readonly number[], y: readonly number[]): Series => ({
  kind: 'line',
  role: role === 'band' ? 'theory' : role,
  name,
  x,
  y,
})
const logarithmic = (label: string) => ({ label, scale: 'log' as const })
const linear = (label: string) => ({ label, scale: 'linear' as const })

/** [NLD] §5: gradient descent in front of a normalization beside the RMSProp that the engine says it is. */
export function rmspropFigure({ eta, lambda, steps }: BesideRmsprop, id: string): Block {
  const [derived] = derive({ title: 'normalization', symmetry: { family: 'scale', on: ['w'] }, rule: { name: 'sgd' }, order: 1 })
  const polar = derived === undefined ? undefined : polarLaw(derived.laws)
  if (polar === undefined) throw new Error('gradient descent has a polar law')
  const network = buildNetwork({ input: 64, layers: [{ dense: 16 }, { batchnorm: { epsilon: 0 } }, 'relu', { dense: 10 }] })
  const run = sideBySide({ network, data: loadData('digits'), polar, eta, lambda, steps, batchSize: 64 })
  const step = Array.from({ length: 80 }, (_, i) => Math.floor((i * steps) / 80))
  const at = (values: Float64Array): number[] => step.map((k) => values[k] ?? Number.NaN)
  const panel: Plot = {
    title: '',
    x: linear('step'),
    y: logarithmic('angle'),
    series: [
      line('measured', 'turned by gradient descent', step, at(run.turned)),
      line('second', 'apart, at most, by the neglected term', step, at(run.predicted)),
      line('theory', 'apart, largest of the neurons', step, at(run.apart)),
    ],
  }
  return {
    kind: 'figure',
    id,
    arrangement: 'row',
    panels: [panel],
    caption: [
      `Normalization is RMSProp: ${run.neurons} normalized neurons under gradient descent (learning rate ${eta}, weight decay ` +
        `${lambda}) and under RMSProp on the sphere with the derived rate `,
      number(run.constants.rate, 4),
      ' and decay ',
      number(run.constants.decay, 6),
      ', on the same minibatches of real digits. The neurons turn by ',
      number(run.turned.at(-1) ?? Number.NaN),
      ' on average; the two optimizers are at most ',
      number(run.apart.at(-1) ?? Number.NaN),
      ' apart at the end, and the neglected term allows ',
      number(run.predicted.at(-1) ?? Number.NaN),
      '.',
    ],
  }
}

/** [GU]: the law of the outputs, with the tangent kernel of every step and with that of the start. */
export function functionSpaceFigure({ rates, widths }: FunctionSpace, id: string): Block {
  const data = subset(loadData('digits'), 6)
  const samples = { inputs: Float64Array.from(data.train.inputs), targets: targetMatrix(data.train.targets, 10), rows: 6 }
  const runOf = (width: number, eta: number, steps: number, every: number) => {
    const network = buildNetwork({ input: 64, layers: [{ dense: width }, { power: 2 }, { dense: 10 }], loss: 'mean_square', gain: 0.2 })
    return functionSpaceRun(network, initialParameters(network), samples, eta, steps, every)
  }
  const defects = rates.map((eta) => runOf(16, eta, 1, 1).steps[0]?.defect ?? Number.NaN)
  const moved = widths.map((width) => runOf(width, 0.01, 101, 100).steps.at(-1)?.moved ?? Number.NaN)
  const slope = Math.log((defects[0] ?? 1) / (defects.at(-1) ?? 1)) / Math.log((rates[0] ?? 1) / (rates.at(-1) ?? 1))
  return {
    kind: 'figure',
    id,
    arrangement: 'row',
    panels: [
      {
        title: 'law of the outputs',
        x: { ...logarithmic('learning rate η'), marks: rates },
        y: logarithmic('relative defect'),
        series: [{ kind: 'points', role: 'theory', name: 'one step', x: rates, y: defects }],
      },
      {
        title: 'lazy training',
        x: { ...logarithmic('width'), marks: widths },
        y: logarithmic('change of the kernel'),
        series: [{ kind: 'points', role: 'theory', name: 'after 100 steps', x: widths, y: moved }],
      },
    ],
    caption: [
      'Time symmetry in function space: gradient descent moves the outputs by ',
      math('-\\eta K \\, \\partial \\ell / \\partial f'),
      ', with the neural tangent kernel of the step, up to a defect of order ',
      number(slope),
      ' in the learning rate (left). The wider the network, the less the kernel moves in 100 steps (right).',
    ],
  }
}

/** [GU]: how many positions of an image make the loss symmetric under moving it. */
export function augmentationFigure({ moves, positions }: Augmentation, id: string): Block {
  const data = subset(loadData('digits'), 40)
  const digits: Images = { inputs: Float64Array.from(data.train.inputs), rows: 40, height: 8, width: 8 }
  const images = moves === 'shifts' ? digits : inPolarCoordinates(digits, 4, 16)
  const targets = targetMatrix(data.train.targets, 10)
  const violations = (activation: 'relu' | { readonly power: number }): number[] => {
    const network = buildNetwork({ input: 64, layers: [{ dense: 6 }, activation, { dense: 10 }], loss: 'mean_square' })
    return positions.map((count) => {
      const all = augment(images, targets, 'x', count)
      return Math.abs(augmentedSymmetry(network, initialParameters(network), 'W1', all.images, all.targets, 'x', 1e-3).violation)
    })
  }
  const panel: Plot = {
    title: '',
    x: { ...logarithmic('positions of every image'), marks: positions },
    y: logarithmic('violation'),
    series: [
      { kind: 'points', role: 'second', name: 'ReLU', x: positions, y: violations('relu') },
      { kind: 'points', role: 'theory', name: 'squares', x: positions, y: violations({ power: 2 }) },
    ],
  }
  return {
    kind: 'figure',
    id,
    arrangement: 'row',
    panels: [panel],
    caption: [
      `Symmetry by augmentation with ${moves === 'shifts' ? 'shifts' : 'rotations (digits in polar coordinates)'}: the gradient ` +
        'along the orbit, relative to both lengths, for 40 real digits. With squares for activations the loss has finitely many ' +
        'frequencies, and enough positions make the symmetry exact to rounding; kinks let it come slowly.',
    ],
  }
}

/** The laws of a charge's mean against an ensemble of minibatch runs. */
export async function noiseFigure({ eta, beta, steps, batch, runs }: MinibatchNoise, id: string): Promise<Block> {
  const network = buildNetwork({ input: 64, layers: [{ dense: 4 }, 'relu', { dense: 10 }] })
  const rule = beta === undefined ? { name: 'sgd', lambda: 0 } : { name: 'momentum', lambda: 0 }
  const hyperparameters = { eta, ...(beta === undefined ? {} : { beta }) }
  const found = await meanLawOf({
    network,
    data: subset(loadData('digits'), 256),
    rule,
    hyperparameters,
    steps,
    batchSize: batch,
    runs,
    points: 8,
  })
  const panels = found.measured.map((measured, i): Plot => {
    const error = (found.error[i] ?? []).map((e, j) => Math.hypot(e, found.predictedError[i]?.[j] ?? 0))
    return {
      title: `neuron ${i}`,
      x: linear('step'),
      y: linear('balance by noise'),
      series: [
        {
          kind: 'band',
          role: 'band',
          name: 'measured, two standard errors',
          x: found.step,
          low: measured.map((m, j) => m - 2 * (error[j] ?? 0)),
          high: measured.map((m, j) => m + 2 * (error[j] ?? 0)),
        },
        line('theory', 'exact law of the mean', found.step, found.predicted[i] ?? []),
        line('guide', 'Itô’s law', found.step, found.ito[i] ?? []),
      ],
    }
  })
  const memory = beta === undefined ? '' : ' A batch stays in the momentum for some steps, by which Itô’s law is ahead of the exact one.'
  return {
    kind: 'figure',
    id,
    arrangement: 'row',
    panels: panels.slice(0, 2),
    caption: [
      'What minibatch noise adds to the law of a charge is Itô’s term ',
      math(writeScalar(found.law.ito).latex),
      `: what the noise has made of the balance of two ReLU neurons, mean of ${runs} runs with two standard errors (that of the ` +
        'measured covariance included). Without noise it is zero: the noise itself is perpendicular to the charge’s gradient and does ' +
        `not move it.${memory}`,
    ],
  }
}
