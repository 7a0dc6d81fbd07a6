import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { float64Network } from '../../src/network/index.js'
import { instance, networkSpecs } from './networks.js'

describe('the network in float64', () => {
  it('has a gradient that central differences of its loss confirm component by component', () => {
    fc.assert(
      fc.property(networkSpecs, (spec) => {
        const { network, theta, inputs, targets, rows } = instance(spec)
        const evaluator = float64Network(network, rows)
        const gradient = new Float64Array(network.size)
        evaluator.lossAndGradient(theta, inputs, targets, rows, gradient)
        const largest = gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
        for (let i = 0; i < network.size; i++) {
          const lossAt = (delta: number): number => evaluator.loss(theta.with(i, (theta[i] ?? 0) + delta), inputs, targets, rows)
          const difference = (h: number): number => (lossAt(h) - lossAt(-h)) / (2 * h)
          // Richardson: the two step sizes also reveal a kink of the activation in between, where there is nothing to compare.
          const [coarse, fine] = [difference(2e-5), difference(1e-5)]
          fc.pre(Math.abs(coarse - fine) < 1e-5 * (1 + largest))
          expect(Math.abs((4 * fine - coarse) / 3 - (gradient[i] ?? 0))).toBeLessThan(2e-5 * (1 + largest))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('does not remember: rows left over in the buffers from a larger batch change nothing', () => {
    fc.assert(
      fc.property(networkSpecs, (spec) => {
        const { network, theta, inputs, targets, rows } = instance(spec)
        const [used, fresh] = [float64Network(network, rows), float64Network(network, 3)]
        const [a, b] = [new Float64Array(network.size), new Float64Array(network.size)]
        used.lossAndGradient(theta, inputs, targets, rows, a)
        expect(used.lossAndGradient(theta, inputs, targets, 3, a)).toBe(fresh.lossAndGradient(theta, inputs, targets, 3, b))
        expect(a).toEqual(b)
      }),
      { numRuns: 40 },
    )
  })
})
