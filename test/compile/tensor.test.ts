import { describe, expect, it } from 'vitest'
import { num, sym } from '../../src/algebra/build.js'
import { compileTensors } from '../../src/compile/tensor/compile.js'
import { gradient, hessianVector, tangent, thirdDerivative } from '../../src/compile/tensor/derivative.js'
import { gradientDescent } from '../../src/compile/tensor/descent.js'
import { type Tensor, einsum, input, sizeOf, sum, times } from '../../src/compile/tensor/graph.js'
import { batchNorm, convolution, crossEntropy, dense, leakyRelu, meanSquare, power, relu, sigmoid, softmax, tanh } from '../../src/compile/tensor/layers.js'
import { InputError } from '../../src/errors.js'

let seed = 1
const random = (n: number): Float64Array => Float64Array.from({ length: n }, () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 31 - 1
})
const values = (...tensors: readonly Tensor[]): Record<string, Float64Array> =>
  Object.fromEntries(tensors.map((t) => [t.kind === 'input' ? t.name : '', random(sizeOf(t.shape))]))
const run = (outputs: readonly Tensor[], given: Readonly<Record<string, ArrayLike<number>>>, target: 'wasm' | 'js' = 'wasm'): readonly Float64Array[] => {
  const compiled = compileTensors(outputs, { target })
  for (const [name, v] of Object.entries(given)) compiled.put(name, v)
  return compiled.run()
}

describe('forward values', () => {
  it.each(['wasm', 'js'] as const)('of matrix products of any size are those of the definition (%s)', (target) => {
    for (const [n, m, k] of [[1, 1, 1], [2, 4, 3], [3, 5, 7], [8, 8, 8]] as const) {
      const [a, b] = [input('a', [n, k]), input('b', [k, m])]
      const given = values(a, b)
      const [product] = run([einsum('ij,jk->ik', a, b)], given, target)
      for (let i = 0; i < n; i += 1) for (let j = 0; j < m; j += 1) {
        let exact = 0
        for (let l = 0; l < k; l += 1) exact += (given['a']?.[i * k + l] ?? 0) * (given['b']?.[l * m + j] ?? 0)
        expect(product?.[i * m + j]).toBeCloseTo(exact, 13)
      }
    }
  })

  it('of a convolution with stride and padding', () => {
    const [x, kernel] = [input('x', [2, 5, 6, 2]), input('k', [3, 3, 2, 4])]
    const given = values(x, kernel)
    const [y] = run([convolution(x, kernel, { stride: 2, padding: 1 })], given)
    const at = (n: number, r: number, s: number, c: number): number => (r < 0 || s < 0 || r >= 5 || s >= 6 ? 0 : given['x']?.[((n * 5 + r) * 6 + s) * 2 + c] ?? NaN)
    for (let n = 0; n < 2; n += 1) for (let r = 0; r < 3; r += 1) for (let s = 0; s < 3; s += 1) for (let o = 0; o < 4; o += 1) {
      let exact = 0
      for (let p = 0; p < 3; p += 1) for (let q = 0; q < 3; q += 1) for (let c = 0; c < 2; c += 1)
        exact += at(n, 2 * r + p - 1, 2 * s + q - 1, c) * (given['k']?.[((p * 3 + q) * 2 + c) * 4 + o] ?? NaN)
      expect(y?.[((n * 3 + r) * 3 + s) * 4 + o]).toBeCloseTo(exact, 13)
    }
  })

  it('of a softmax sum to one and bear large arguments', () => {
    const x = input('x', [2, 3])
    const [p] = run([softmax(x)], { x: [1000, 1001, 999, -5, 0, 5] })
    expect((p?.[0] ?? 0) + (p?.[1] ?? 0) + (p?.[2] ?? 0)).toBeCloseTo(1, 14)
    expect((p?.[5] ?? 0) / (p?.[4] ?? 1)).toBeCloseTo(Math.exp(5), 10)
  })
})

const x = input('x', [4, 6])
const target = input('target', [4, 3])
const parameters = { w1: input('w1', [6, 8]), b1: input('b1', [8]), gain: input('gain', [8]), shift: input('shift', [8]), w2: input('w2', [8, 3]) }
const hidden = batchNorm(dense(x, parameters.w1, parameters.b1), parameters.gain, parameters.shift, num(1))
const network = (activation: (t: Tensor) => Tensor, loss: (y: Tensor, t: Tensor) => Tensor): Tensor => loss(dense(activation(hidden), parameters.w2), target)
const image = input('image', [2, 5, 5, 2])
const kernel = input('kernel', [3, 3, 2, 3])
const second = input('second', [2, 2, 3, 2])
const losses: Readonly<Record<string, readonly [Tensor, readonly Tensor[]]>> = {
  'tanh, cross-entropy': [network(tanh, crossEntropy), Object.values(parameters)],
  'sigmoid, mean square': [network(sigmoid, meanSquare), Object.values(parameters)],
  'cube, mean square': [network((t) => power(t, 3), meanSquare), Object.values(parameters)],
  'two convolutions': [sum(power(convolution(tanh(convolution(image, kernel, { stride: 2, padding: 1 })), second, { padding: 1 }), 2)), [kernel, second, image]],
}
const dotted = (a: readonly Float64Array[], b: readonly Float64Array[]): number =>
  a.reduce((total, v, i) => total + v.reduce((s, u, k) => s + u * (b[i]?.[k] ?? NaN), 0), 0)

describe.each(Object.entries(losses))('derivatives of a network with %s', (_, [loss, by]) => {
  const names = by.map((t) => (t.kind === 'input' ? t.name : ''))
  const given = values(x, target, image, kernel, second, ...Object.values(parameters))
  const used = (outputs: readonly Tensor[], shifted: Readonly<Record<string, ArrayLike<number>>>): readonly Float64Array[] => {
    const compiled = compileTensors(outputs)
    for (const [name, v] of Object.entries({ ...given, ...shifted })) {
      try {
        compiled.put(name, v)
      } catch (fault) {
        if (!(fault instanceof InputError)) throw fault
      }
    }
    return compiled.run()
  }
  const direction = by.map((t) => random(sizeOf(t.shape)))
  const moved = (h: number): Record<string, Float64Array> =>
    Object.fromEntries(names.map((name, i) => [name, (given[name] ?? new Float64Array()).map((v, k) => v + h * (direction[i]?.[k] ?? 0))]))
  const directions = by.map((t, i) => input(`d_${i}`, t.shape))
  const withDirections = Object.fromEntries(directions.map((_d, i) => [`d_${i}`, direction[i] ?? []]))

  it('in reverse and forward mode agree with each other and with differences', () => {
    const gradients = used(gradient(loss, by), {})
    const [forward] = used(tangent([loss], new Map(by.map((t, i) => [t, directions[i] ?? t]))), withDirections)
    const h = 1e-5
    const difference = ((used([loss], moved(h))[0]?.[0] ?? NaN) - (used([loss], moved(-h))[0]?.[0] ?? NaN)) / (2 * h)
    const slope = dotted(gradients, direction)
    expect(forward?.[0]).toBeCloseTo(slope, 11)
    expect(Math.abs(difference - slope)).toBeLessThan(1e-7 * (1 + Math.abs(slope)))
  })

  it('of second and third order are differences of those below', () => {
    const hessian = used(hessianVector(loss, by, directions), withDirections)
    const third = used(thirdDerivative(loss, by, directions, directions), withDirections)
    const h = 1e-4
    const change = (f: (s: Readonly<Record<string, ArrayLike<number>>>) => readonly Float64Array[]): readonly Float64Array[] => {
      const [above, below] = [f(moved(h)), f(moved(-h))]
      return above.map((v, i) => v.map((u, k) => (u - (below[i]?.[k] ?? NaN)) / (2 * h)))
    }
    const gap = (a: readonly Float64Array[], b: readonly Float64Array[]): number => {
      const difference = a.map((v, i) => v.map((u, k) => u - (b[i]?.[k] ?? NaN)))
      return Math.sqrt(dotted(difference, difference) / (1e-30 + dotted(a, a)))
    }
    expect(gap(hessian, change((s) => used(gradient(loss, by), s)))).toBeLessThan(1e-5)
    expect(gap(third, change((s) => used(hessianVector(loss, by, directions), { ...s, ...withDirections })))).toBeLessThan(1e-5)
  })
})

describe('gradient descent in double precision', () => {
  it('keeps the exact law of a scale symmetry to rounding: |w|² grows by η²|g|² and shrinks by (1 − ηλ)²', () => {
    const loss = crossEntropy(dense(relu(batchNorm(dense(x, parameters.w1), parameters.gain, parameters.shift, num(0))), parameters.w2), target)
    const norms: { readonly w: Float64Array; readonly g: Float64Array }[] = []
    const [rate, decay] = [0.1, 0.01]
    const given = values(x, target, ...Object.values(parameters))
    gradientDescent({
      loss, parameters: [parameters.w1, parameters.w2], values: Object.fromEntries(Object.entries(given).filter(([name]) => name !== 'b1')), rate, decay, steps: 30,
      observe: ({ parameters: p, gradients: g }) => norms.push({ w: Float64Array.from(p['w1'] ?? []), g: Float64Array.from(g['w1'] ?? []) }),
    })
    const column = (v: Float64Array, j: number): number => v.reduce((s, u, k) => (k % 8 === j ? s + u * u : s), 0)
    for (let k = 0; k < 30; k += 1) for (let j = 0; j < 8; j += 1) {
      const [now, next] = [norms[k], norms[k + 1]]
      if (now === undefined || next === undefined) throw new Error('no record')
      const expected = (1 - rate * decay) ** 2 * column(now.w, j) + rate ** 2 * column(now.g, j)
      expect(Math.abs(column(next.w, j) / expected - 1)).toBeLessThan(1e-13)
    }
  })

  it('says at which step the loss is lost', () => {
    const [a, b] = [input('a', []), input('b', [])]
    expect(() => gradientDescent({ loss: times(times(a, a), times(b, b)), parameters: [a], values: { a: [1], b: [1e3] }, rate: 1e6, steps: 500 })).toThrow(/at step/)
  })
})

describe('symbols in elementwise functions', () => {
  it('are scalars given at run time; others are refused', () => {
    const y = sum(leakyRelu(input('x', [2]), sym('slope')))
    const compiled = compileTensors([y], { scalars: ['slope'] })
    compiled.put('x', [-2, 3])
    compiled.scalar('slope', 0.25)
    expect(compiled.run()[0]?.[0]).toBeCloseTo(2.5, 14)
    expect(() => compileTensors([y])).toThrow(InputError)
  })
})
