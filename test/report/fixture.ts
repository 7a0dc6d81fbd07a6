import type { LawCurves, LawVerdict, Rung, RunResult } from '../../src/validation/result.js'
import { derivation } from './formulas.js'

/** mulberry32: the same fixture in every run. */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const indices = (count: number) => Array.from({ length: count }, (_, index) => index)

/** Charges that decay to a driven level, with a residual of the order of η² and a predicted error around it. */
export function curves(neurons: number, steps: number, seed: number): LawCurves {
  const random = randomNumbers(seed)
  const step = indices(steps + 1)
  const eta = 0.05
  const shapes = indices(neurons).map(() => ({
    start: 1 + 2 * random(),
    level: 0.4 + random(),
    rate: 0.02 + 0.08 * random(),
    ripple: random(),
  }))
  const theory = shapes.map(({ start, level, rate, ripple }) =>
    step.map((k) => level + (start - level) * Math.exp(-rate * k * eta) + 0.05 * ripple * Math.exp(-k / 300) * Math.sin(k / 25)),
  )
  const band = theory.map((values, n) => values.map((_, k) => 2e-3 * (1 - Math.exp(-k / 400)) * (0.6 + (shapes[n]?.ripple ?? 0))))
  const measured = theory.map((values, n) =>
    values.map((value, k) => value + (band[n]?.[k] ?? 0) * (0.5 * Math.sin(k / 90 + n) + 0.3 * (random() - 0.5))),
  )
  const discreteResidual = theory.map((values) => values.map((_, k) => 6e-8 * Math.sqrt(k) * (0.5 + random())))
  return { step, time: step.map((k) => k * eta), measured, theory, band, discreteResidual }
}

function rungs(failed: boolean): Rung[] {
  const one = (rung: Rung['rung'], name: string, measured: number, tolerance: number, reason: string, detail: string): Rung => ({
    rung,
    name,
    measured,
    tolerance,
    reason,
    detail,
    verdict: measured <= tolerance ? 'passed' : 'failed',
  })
  return [
    one(1, 'derivation steps on exact instances', 0, 0, 'exact arithmetic leaves no room for error', '12 of 12 steps'),
    one(
      2,
      'constraint on the real network',
      failed ? 4.1e-3 : 3.4e-7,
      1e-5,
      'unit roundoff 2^-24 × length of the sums 240 × 0.7',
      'Neuron 7 at step 311.',
    ),
    one(
      3,
      'exact discrete law over the whole run',
      2.3e-6,
      9.7e-6,
      'unit roundoff 2^-24 × sqrt(1500 steps) × 4',
      'Neuron 19 at step 1500.',
    ),
    one(
      4,
      'order of accuracy of the modified flow',
      0.04,
      0.2,
      'the neglected term is of order eta^2, fitted over three halvings',
      'observed 1.96, derived 2',
    ),
    one(
      5,
      'solution inside its own error bar',
      0.74,
      1,
      'the error bar is the derived size of the neglected term',
      'Neuron 3 at step 907.',
    ),
  ]
}

function law(family: string, origin: string, count: number, steps: number, seed: number, failed: boolean): LawVerdict {
  const ladder = rungs(failed)
  return {
    symmetry: {
      name: `${family}-1`,
      origin,
      family,
      count,
      sets: { w: [{ parameter: 'dense_1/kernel', axis: 1 }] },
      ...(failed ? { broken: { by: 'epsilon', value: 1e-3 } } : {}),
    },
    derivation: derivation(`Weight norm under momentum: ${family}`, family),
    rungs: ladder,
    curves: curves(count, steps, seed),
    orders: [
      {
        model: 'modified vector field',
        eta: [0.1, 0.05, 0.025, 0.0125],
        error: [8.1e-3, 4.2e-3, 2.07e-3, 1.05e-3],
        observed: 0.985,
        derived: 1,
      },
      { model: 'modified flow', eta: [0.1, 0.05, 0.025, 0.0125], error: [1.3e-3, 3.4e-4, 8.6e-5, 2.2e-5], observed: 1.962, derived: 2 },
    ],
    verdict: failed ? 'failed' : 'passed',
    summary: failed
      ? 'Rung 2 failed: the constraint is violated by 4.1e-3 where 1e-5 is allowed; epsilon = 1e-3 breaks the symmetry.'
      : 'All five rungs passed; the closest is rung 5 with a margin of 1.35.',
  }
}

export interface FixtureOptions {
  readonly title?: string
  readonly neurons?: number
  readonly steps?: number
  readonly failed?: boolean
}

/** A run of three symmetries with plausible numbers. Test data only: nothing here was measured. */
export function runResult({
  title = 'Weight norms on handwritten digits',
  neurons = 32,
  steps = 1500,
  failed = false,
}: FixtureOptions = {}): RunResult {
  const random = randomNumbers(5)
  const step = indices(steps / 5).map((index) => index * 5)
  return {
    format: 'noether-result-1',
    title,
    version: '0.1.0',
    date: '2026-11-20',
    training: {
      backend: 'wasm',
      steps,
      batchSize: 64,
      seconds: 21.4,
      hyperparameters: { eta: 0.05, beta: 0.9, lambda: 0.0005 },
      seed: 7,
      data: { name: 'digits', source: 'UCI Optical Recognition of Handwritten Digits, CC BY 4.0', train: 3823, test: 1797 },
      loss: { step, value: step.map((k) => 2.3 * Math.exp(-k / 180) + 0.03 + 0.05 * random() * Math.exp(-k / 900)) },
      testAccuracy: 0.9672,
      testLoss: 0.1084,
      network: [
        'dense 64 → 32, no bias',
        'batch normalization, epsilon 1e-12',
        'ReLU',
        'dense 32 → 32',
        'ReLU',
        'dense 32 → 10',
        'softmax cross-entropy',
      ],
      parameters: 3530,
      partial: false,
    },
    laws: [
      law('translation', 'The softmax does not change when all its logits get the same addend.', 1, steps, 11, false),
      law(
        'scale',
        'Batch normalization divides by the standard deviation of its input, so the norm of the weights before it cancels.',
        neurons,
        steps,
        12,
        failed,
      ),
      law('rescale', 'ReLU is homogeneous of degree 1: what one layer gains the next can lose.', neurons, steps, 13, false),
    ],
    breaking: [
      {
        symmetry: 'scale-1',
        by: 'epsilon',
        value: [0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3],
        violation: [2.9e-7, 2.9e-7, 2.9e-7, 3.0e-7, 4.2e-6, 4.1e-5, 4.1e-4, 4.1e-3],
      },
    ],
    verdict: failed ? 'failed' : 'passed',
  }
}
