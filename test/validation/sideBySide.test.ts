import { describe, expect, it } from 'vitest'
import { derive } from '../../src/laws/derive.js'
import { type PolarLaw, polarLaw } from '../../src/laws/polar.js'
import { buildNetwork } from '../../src/network/index.js'
import { loadData, subset } from '../../src/training/index.js'
import { sideBySide } from '../../src/validation/sideBySide.js'

function derived(): PolarLaw {
  const [law] = derive({ title: 'test', symmetry: { family: 'scale', on: ['w'] }, rule: { name: 'sgd' }, order: 1 })
  const polar = law === undefined ? undefined : polarLaw(law.laws)
  if (polar === undefined) throw new Error('gradient descent has a polar law')
  return polar
}

const polar = derived()
const network = buildNetwork({ input: 64, layers: [{ dense: 16 }, { batchnorm: { epsilon: 0 } }, 'relu', { dense: 10 }] })
const data = loadData('digits')

describe('normalization is RMSProp', () => {
  it('on the same minibatches both turn every neuron alike, within the angle that the neglected remainder explains', () => {
    const run = sideBySide({ network, data, polar, eta: 0.05, lambda: 0.01, steps: 800, batchSize: 64 })
    for (const [k, apart] of run.apart.entries()) expect(apart).toBeLessThanOrEqual((run.predicted[k] ?? 0) + 1e-7)
    expect(run.turned.at(-1)).toBeGreaterThan(3)
    expect(run.apart.at(-1)).toBeLessThan(1e-4)
    expect(run.constants.rate).toBeCloseTo(Math.sqrt(2 * 0.05 * 0.01), 4)
  })

  it('the angle between them is of third order in the learning rate over the same time', () => {
    const angle = (eta: number): number => sideBySide({ network, data: subset(data, 128), polar, eta, lambda: 0.01, steps: Math.round(8 / eta), batchSize: 128 }).apart.at(-1) ?? Number.NaN
    const [coarse, middle, fine] = [angle(0.2), angle(0.1), angle(0.05)]
    for (const ratio of [coarse / middle, middle / fine]) expect(Math.abs(Math.log2(ratio) - 3)).toBeLessThan(0.2)
  })

  it('another decay than the derived one takes another path', () => {
    const run = (law: PolarLaw) => sideBySide({ network, data, polar: law, eta: 0.05, lambda: 0.01, steps: 300, batchSize: 64 }).apart.at(-1) ?? Number.NaN
    expect(run({ ...polar, decay: polar.gain })).toBeGreaterThan(100 * run(polar))
  })

  it('a network without normalization has no such neuron', () => {
    const plain = buildNetwork({ input: 64, layers: [{ dense: 4 }, 'relu', { dense: 10 }] })
    expect(() => sideBySide({ network: plain, data, polar, eta: 0.1, lambda: 0, steps: 1, batchSize: 8 })).toThrow(/scale symmetry/)
  })
})
