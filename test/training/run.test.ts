import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { add, div, num, sym } from '../../src/algebra/build.js'
import { InputError } from '../../src/errors.js'
import { buildNetwork, inferSymmetries } from '../../src/network/index.js'
import { type Measure, type Recording, classes, loadData, subset, train } from '../../src/training/index.js'
import { descent, smallRun, spec } from './setting.js'

const column = (recording: Recording, id: string): Float64Array => {
  const found = recording.columns.get(id)
  if (found === undefined) throw new Error(`no column ${id}`)
  return found.values
}

/** ⟨g, ξ⟩ of one neuron's generator ξ, and |g||ξ| to compare it with (for a translation, the softmax's share of |g| is of order 1). */
function constraint(family: string, degree: number, at: (id: string) => number): readonly [violation: number, size: number] {
  if (family === 'translation') return [at('w g 1'), 10]
  if (family === 'scale') return [at('w theta g'), Math.sqrt(at('w theta theta') * at('w g g'))]
  const size = Math.sqrt((at('in theta theta') + degree ** 2 * at('out theta theta')) * (at('in g g') + at('out g g')))
  return [at('in theta g') - degree * at('out theta g'), size]
}

describe('a training run', () => {
  it('gives the same bits twice, and others from another seed', async () => {
    const [first, again, other] = [await train(smallRun()), await train(smallRun()), await train(smallRun({ seed: 4 }))]
    expect(again.parameters).toEqual(first.parameters)
    expect(again.loss).toEqual(first.loss)
    expect([...again.columns]).toEqual([...first.columns])
    expect(other.loss).not.toEqual(first.loss)
  })

  it('leaves no tensor behind', async () => {
    await train(smallRun({ steps: 1 }))
    const before = tf.memory().numTensors
    const seen: number[] = []
    await train(smallRun({ steps: 400, onProgress: () => seen.push(tf.memory().numTensors) }))
    expect(tf.memory().numTensors).toBe(before)
    // While it runs, only the batch is held: inputs and targets.
    expect(new Set(seen)).toEqual(new Set([before + 2]))
  })

  it('does not depend on the backend beyond rounding', async () => {
    const [wasm, cpu, double] = await Promise.all(['wasm', 'cpu', 'float64'].map((backend) => train(smallRun({ backend, steps: 20 }))))
    for (const [k, loss] of (double?.loss ?? []).entries()) {
      expect(Math.abs((wasm?.loss[k] ?? 0) - loss)).toBeLessThan(1e-4)
      expect(Math.abs((cpu?.loss[k] ?? 0) - loss)).toBeLessThan(1e-4)
    }
    // Side by side in one process, each stayed on its own.
    expect((await train(smallRun({ backend: 'cpu', steps: 20 }))).parameters).toEqual(cpu?.parameters)
    expect((await train(smallRun({ backend: 'wasm', steps: 20 }))).parameters).toEqual(wasm?.parameters)
    expect([wasm?.backend, cpu?.backend, double?.backend]).toEqual(['wasm', 'cpu', 'float64'])
  })

  it('records gradients that satisfy the first-order constraint of every inferred symmetry', async () => {
    for (const [backend, bound] of [['wasm', 1e-5], ['float64', 1e-13]] as const) {
      const run = await train(smallRun({ backend }))
      for (const { name, family, degree, count } of inferSymmetries(run.network))
        for (let i = 0; i < run.steps * count; i++) {
          const at = (id: string): number => column(run, `${name} ${id}`)[i] ?? 0
          const [violation, size] = constraint(family, Number(degree), at)
          expect(Math.abs(violation)).toBeLessThanOrEqual(bound * size)
        }
    }
  })

  it.each([
    ['wasm', 'float64', 2 ** -24],
    ['wasm', 'float32', 2 ** -24],
    ['float64', 'float64', 2 ** -53],
  ] as const)('obeys the exact discrete law of the weight norm in front of a normalization at every step: %s, kept in %s', async (backend, storage, unit) => {
    const run = await train(smallRun({ backend, storage, rule: descent, hyperparameters: { eta: 0.1, lambda: 0.01 } }))
    expect([run.storage, run.unitRoundoff]).toEqual([storage, unit])
    const [norm, next, slope] = ['theta theta', 'theta_next theta_next', 'g g'].map((id) => column(run, `scale-1 w ${id}`))
    for (let i = 0; i < run.steps * 6; i++) {
      const predicted = (1 - 0.1 * 0.01) ** 2 * (norm?.[i] ?? 0) + 0.1 ** 2 * (slope?.[i] ?? 0)
      expect(Math.abs((next?.[i] ?? 0) / predicted - 1)).toBeLessThan(16 * unit)
    }
  })

  it('obeys the exact discrete laws of softmax and ReLU over a thousand float32 steps, their rounding accumulated', async () => {
    const [eta, lambda, steps] = [0.1, 1e-3, 1000]
    const run = await train(smallRun({ rule: descent, hyperparameters: { eta, lambda }, steps }))
    const last = (id: string, i: number, width: number): number => column(run, id)[(steps - 1) * width + i] ?? 0
    for (let i = 0; i < 5; i++) {
      // Σ of column i of W3 decays by weight decay alone.
      const sum = (1 - eta * lambda) ** steps * (column(run, 'translation-2 w theta 1')[i] ?? 0)
      expect(Math.abs(last('translation-2 w theta_next 1', i, 5) - sum)).toBeLessThan(1e-5)
      let balance = (column(run, 'rescale-2 in theta theta')[i] ?? 0) - (column(run, 'rescale-2 out theta theta')[i] ?? 0)
      for (let k = 0; k < steps; k++) {
        const drive = (column(run, 'rescale-2 in g g')[k * 5 + i] ?? 0) - (column(run, 'rescale-2 out g g')[k * 5 + i] ?? 0)
        balance = (1 - eta * lambda) ** 2 * balance + eta ** 2 * drive
      }
      const [incoming, outgoing] = ['in', 'out'].map((set) => last(`rescale-2 ${set} theta_next theta_next`, i, 5))
      expect(Math.abs((incoming ?? 0) - (outgoing ?? 0) - balance)).toBeLessThan(1e-6 * ((incoming ?? 0) + (outgoing ?? 0)))
    }
  })

  it('obeys the exact discrete law of consecutive linear layers: W₁W₁ᵀ + b₁b₁ᵀ − W₂ᵀW₂ moves by the square of the step alone', async () => {
    const network = buildNetwork({ input: 4, layers: [{ dense: 3 }, 'linear', { dense: 3 }], loss: 'mean_square' })
    const symmetry = inferSymmetries(network).find(({ family }) => family === 'linear')
    if (symmetry === undefined) throw new Error('no linear symmetry was found')
    const measures = ['in', 'out'].flatMap((set) => ['theta', 'theta_next', 'g'].map((left): Measure => ({ id: `${set} ${left}`, symmetry, set, left, mode: 'gram' })))
    const run = await train(smallRun({ network, measures, backend: 'float64', rule: descent, hyperparameters: { eta: 0.05, lambda: 0 } }))
    const difference = (k: number, name: string): number => (column(run, `in ${name}`)[k] ?? 0) - (column(run, `out ${name}`)[k] ?? 0)
    expect(column(run, 'in theta')).toHaveLength(9 * run.steps)
    for (let i = 0; i < 9 * run.steps; i++)
      expect(difference(i, 'theta_next') - difference(i, 'theta')).toBeCloseTo(0.05 ** 2 * difference(i, 'g'), 12)
  })

  it('follows a schedule in k', async () => {
    const eta = div(num(1), add(num(10), sym('k')))
    const run = await train(smallRun({ backend: 'float64', rule: descent, hyperparameters: { eta, lambda: 0 }, steps: 20 }))
    expect(run.hyperparameters['eta']).toBe('1/(10 + k)')
    // θ' − θ summed over the bias b1 of neuron 0 is −η(k) g.
    for (let k = 0; k < run.steps; k++) {
      const at = (id: string): number => column(run, `scale-1 w ${id}`)[k * 6] ?? 0
      expect(at('theta_next 1') - at('theta 1')).toBeCloseTo(-at('g 1') / (10 + k), 12)
    }
  })

  it('stops after the current step when it is told to, with a valid partial recording', async () => {
    const controller = new AbortController()
    const whole = await train(smallRun({ steps: 3000 }))
    const run = await train(smallRun({ steps: 3000, signal: controller.signal, onProgress: () => controller.abort() }))
    expect(run.partial).toBe(true)
    expect(run.steps).toBeGreaterThan(0)
    expect(run.steps).toBeLessThan(3000)
    expect(run.loss).toEqual(whole.loss.slice(0, run.steps))
    expect([...run.columns.values()].every(({ width, values }) => values.length === width * run.steps)).toBe(true)
  })

  it('says at which step and rate the loss ceased to be a number', async () => {
    const network = buildNetwork({ input: 4, layers: [{ dense: 6 }, { power: 2 }, { dense: 3 }], loss: 'mean_square' })
    for (const backend of ['wasm', 'float64']) {
      const run = train(smallRun({ network, measures: [], hyperparameters: { eta: 50, beta: 0.9, lambda: 0 }, backend }))
      await expect(run).rejects.toThrow(/not finite at step \d+ with eta = 50 — take a smaller eta/)
      await expect(run).rejects.toBeInstanceOf(InputError)
    }
  })

  it.each([
    [{ network: buildNetwork({ ...spec, input: 5 }), measures: [] }, /5 inputs, the data has 4 features/],
    [{ network: buildNetwork({ ...spec, layers: [{ dense: 2 }] }), measures: [] }, /2 outputs, the data 3 classes/],
    [{ batchSize: 61 }, /more than the 60 training samples/],
    [{ batchSize: 1, network: buildNetwork({ ...spec, layers: [{ dense: 3 }, { batchnorm: { epsilon: 0 } }] }), measures: [] }, /a batch of 1 sample has no variance for batchnorm1/],
    [{ batchSize: 1, network: buildNetwork({ ...spec, layers: [{ dense: 3 }, { residual: [{ batchnorm: { epsilon: 0 } }] }] }), measures: [] }, /a batch of 1 sample has no variance for batchnorm1/],
    [{ batchSize: 0 }, /a batch of 0 samples/],
    [{ steps: 0 }, /a run of 0 steps/],
    [{ hyperparameters: { eta: 0.1 } }, /'beta' has no value/],
    [{ hyperparameters: { eta: -0.1, beta: 0, lambda: 0 } }, /negative/],
    [{ backend: 'gpu' }, /no backend 'gpu'/],
    [{ initial: new Float64Array(3) }, /initial parameters/],
  ])('refuses what cannot be run: %#', async (changes, message) => {
    const run = train(smallRun(changes))
    await expect(run).rejects.toThrow(message)
    await expect(run).rejects.toBeInstanceOf(InputError)
  })

  it.each([['wasm', /the backend wasm has 2 — take batches of at most \d+ samples/], ['float64', /a program can address 2 — take fewer samples/]] as const)('of a batch that does not fit into the memory of %s is refused', async (backend, message) => {
    const rows = 3000
    const samples = { rows, targets: classes(new Int32Array(rows)), inputs: new Float32Array(rows * 784) }
    const data = { name: 'blank', source: 'made up', features: 784, outputs: 2, train: samples, test: { rows: 0, targets: classes([]), inputs: new Float32Array(0) } }
    const network = buildNetwork({ input: [28, 28], layers: [{ conv: { filters: 40, kernel: 3, padding: 'same' } }, 'relu', 'global_average', { dense: 2 }] })
    const run = train({ network, data, rule: descent, hyperparameters: { eta: 0.1, lambda: 0 }, steps: 1, batchSize: 'full', backend })
    await expect(run).rejects.toThrow(InputError)
    await expect(run).rejects.toThrow(message)
  })

  it('tells what rounding makes of the gradient of a network with more parameters than a call takes arguments', async () => {
    const network = buildNetwork({ input: 64, layers: [{ dense: 2000 }, 'relu', { dense: 10 }] })
    expect(network.size).toBeGreaterThan(2 ** 17)
    const { gradientError } = await train({ network, data: subset(loadData('digits'), 8), rule: descent, hyperparameters: { eta: 0.01, lambda: 0 }, steps: 1, batchSize: 'full', backend: 'wasm' })
    expect(gradientError).toBeGreaterThan(0)
    expect(gradientError).toBeLessThan(1e-4)
  })

  it('of one image has a variance over its places', async () => {
    const network = buildNetwork({ input: [2, 2], layers: [{ conv: { filters: 2, kernel: 1 } }, { batchnorm: { epsilon: 0 } }, 'relu', { dense: 3 }] })
    const run = await train(smallRun({ network, measures: [], batchSize: 1, steps: 20 }))
    expect(run.loss.every(Number.isFinite)).toBe(true)
  })

  it('in full batch sees all samples at every step: the loss falls at every step of a small size', async () => {
    const data = subset(smallRun().data, 45)
    const run = await train(smallRun({ data, batchSize: 'full', backend: 'float64', rule: descent, hyperparameters: { eta: 0.01, lambda: 0 } }))
    expect([run.batchSize, run.data.train]).toEqual([45, 45])
    for (let k = 1; k < run.steps; k++) expect(run.loss[k]).toBeLessThan(run.loss[k - 1] ?? 0)
  })

  it('learns the digits to over 95 %', async () => {
    const network = buildNetwork({ input: 64, layers: [{ dense: 32 }, 'batchnorm', 'relu', { dense: 16 }, 'relu', { dense: 10 }] })
    const run = await train(smallRun({ network, measures: [], data: loadData('digits'), steps: 600, batchSize: 64 }))
    expect(run.testAccuracy).toBeGreaterThan(0.95)
  })
})
