import { describe, expect, it } from 'vitest'
import { exponential } from '../../src/compile/matrix.js'
import { float64Network } from '../../src/network/float64.js'
import { buildNetwork, parameterNamed, type Network } from '../../src/network/index.js'
import { initialParameters } from '../../src/network/network.js'
import { loadData, subset, targetMatrix } from '../../src/training/index.js'
import { type Images, augment, augmentedSymmetry, inPolarCoordinates, shiftGenerator } from '../../src/validation/ensembleSymmetry.js'

const data = subset(loadData('digits'), 40)
const digits: Images = { inputs: Float64Array.from(data.train.inputs), rows: 40, height: 8, width: 8 }
const targets = targetMatrix(data.train.targets, 10)
/** Squares keep the loss a trigonometric polynomial of degree 12 in the shift, which 16 positions integrate exactly. */
const smooth = (input: number): Network => buildNetwork({ input, layers: [{ dense: 6 }, { power: 2 }, { dense: 10 }], loss: 'mean_square' })
const kinked = buildNetwork({ input: 64, layers: [{ dense: 6 }, 'relu', { dense: 10 }] })

const violation = (network: Network, images: Images, motion: 'x' | 'y', copies: number): number => {
  const all = augment(images, targets, motion, copies)
  return Math.abs(augmentedSymmetry(network, initialParameters(network), 'W1', all.images, all.targets, motion, 1e-3).violation)
}

describe('motions of images', () => {
  it('the generator is antisymmetric and generates the shifts', () => {
    for (const n of [8, 9]) {
      const d = shiftGenerator(n)
      const rows = Array.from({ length: n }, (_, a) => Array.from({ length: n }, (_, b) => 2.5 * (d[a * n + b] ?? 0)))
      for (let a = 0; a < n; a += 1) for (let b = 0; b < n; b += 1) expect(d[a * n + b]).toBeCloseTo(-(d[b * n + a] ?? 0), 13)
      const image = Float64Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * i) / n) + 0.3 * Math.cos((6 * Math.PI * i) / n))
      const moved = exponential(rows).map((row) => row.reduce((sum, c, b) => sum + c * (image[b] ?? 0), 0))
      moved.forEach((x, i) => expect(x).toBeCloseTo(Math.sin((2 * Math.PI * (i - 2.5)) / n) + 0.3 * Math.cos((6 * Math.PI * (i - 2.5)) / n), 10))
    }
  })

  it('a whole turn of 16 steps is made of the same steps', () => {
    const once = augment({ ...digits, rows: 40 }, targets, 'x', 2)
    const twice = augment(once.images, once.targets, 'x', 2)
    // Half a turn twice is the picture itself, but for rounding.
    const [first, again] = [twice.images.inputs.subarray(0, 2560), twice.images.inputs.subarray(3 * 2560, 4 * 2560)]
    expect(Math.max(...first.map((x, i) => Math.abs(x - (again[i] ?? 0))))).toBeLessThan(1e-12)
  })
})

describe('symmetry by augmentation', () => {
  it('shifts in both directions: from as many positions as the loss has frequencies on, to rounding', () => {
    const network = smooth(64)
    for (const motion of ['x', 'y'] as const) {
      expect(violation(network, digits, motion, 1)).toBeGreaterThan(1e-4)
      expect(violation(network, digits, motion, 16)).toBeLessThan(1e-13)
    }
  })

  it('rotations, of images in polar coordinates', () => {
    const polar = inPolarCoordinates(digits, 4, 16)
    const network = smooth(64)
    expect(violation(network, polar, 'x', 1)).toBeGreaterThan(1e-4)
    expect(violation(network, polar, 'x', 32)).toBeLessThan(1e-13)
  })

  it('kinks let it come slowly', () => {
    const [few, many] = [2, 64].map((copies) => violation(kinked, digits, 'x', copies))
    expect(many).toBeLessThan((few ?? 0) / 20)
    expect(many).toBeGreaterThan(1e-12)
  })

  it('gradient descent does not turn the first layer, and turning it does not change the loss', () => {
    const network = smooth(64)
    const theta = initialParameters(network)
    const all = augment(digits, targets, 'x', 16)
    expect(Math.abs(augmentedSymmetry(network, theta, 'W1', all.images, all.targets, 'x', 1e-3).angularMomentum)).toBeLessThan(1e-11)
    const { offset, size } = parameterNamed(network, 'W1')
    const turned = Float64Array.from(theta)
    turned.set(augment({ inputs: theta.slice(offset, offset + size), rows: 6, height: 8, width: 8 }, new Float64Array(0), 'x', 5).images.inputs.subarray(size, 2 * size), offset)
    const loss = (at: Float64Array): number => float64Network(network, all.images.rows).loss(at, all.images.inputs, all.targets, all.images.rows)
    expect(loss(turned) / loss(theta)).toBeCloseTo(1, 12)
  })
})
