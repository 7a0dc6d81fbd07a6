import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, call, mul, num } from '../../src/algebra/build.js'
import { compileTensors } from '../../src/compile/tensor/compile.js'
import { gradient, hessianVector, thirdDerivative } from '../../src/compile/tensor/derivative.js'
import { type Tensor, argument, broadcast, einsum, input, map, sizeOf, sum, times } from '../../src/compile/tensor/graph.js'
import { convolution, crossEntropy, dense, meanSquare, power, sigmoid, softmax, tanh } from '../../src/compile/tensor/layers.js'
import { type Jet, jets, witness } from './tensorWitness.js'

const integers = (n: number, seed: number): Float64Array => Float64Array.from({ length: n }, (_, i) => ((Math.imul(i + 1, 48_271) ^ Math.imul(seed, 7919)) >>> 4) % 7 - 3)
const nameOf = (t: Tensor): string => (t.kind === 'input' ? t.name : '')
const evaluate = (outputs: readonly Tensor[], values: Readonly<Record<string, ArrayLike<number>>>, target: 'wasm' | 'js' = 'wasm'): readonly Float64Array[] => {
  const compiled = compileTensors(outputs, { target })
  for (const [name, value] of Object.entries(values)) compiled.put(name, value)
  return compiled.run()
}
const plain = (values: readonly Jet[]): readonly number[] => values.map((x) => x[0] ?? NaN)

/** The compiled tensor against the definition of its operations, both exact on integers. */
function expectExact(t: Tensor, by: readonly Tensor[]): void {
  const values = Object.fromEntries(by.map((x, k) => [nameOf(x), integers(sizeOf(x.shape), k + 1)]))
  const exact = plain(witness(t, new Map(Object.entries(values).map(([name, v]) => [name, jets(v)]))))
  for (const target of ['wasm', 'js'] as const) {
    const [found = new Float64Array()] = evaluate([t], values, target)
    expect(Array.from(found, (v) => v + 0)).toEqual(exact.map((v) => v + 0))
  }
}

describe('contractions', () => {
  it('of any two matrices in any order of their axes are exact on integers', () => {
    const size = fc.integer({ min: 1, max: 11 })
    const order = fc.constantFrom('ij,jk->ik', 'ij,kj->ik', 'ji,jk->ik', 'ji,kj->ik', 'ij,jk->ki', 'ji,jk->ki', 'bij,bjk->bik', 'bij,jk->bik',
      'bij,bik->jk', 'bij,kj->ibk', 'ij,ij->', 'ij,j->i', 'ij,i->j', 'i,j->ij', 'ij,ij->ij', 'ij,j->ij', 'bi,bj->bij', 'ij,jk->k')
    fc.assert(fc.property(order, size, size, size, size, (notation, i, j, k, b) => {
      const sizes: Readonly<Record<string, number>> = { i, j, k, b }
      const [left = '', right = ''] = notation.split('->')[0]?.split(',') ?? []
      const shape = (labels: string): readonly number[] => [...labels].map((label) => sizes[label] ?? 1)
      const [x, y] = [input('x', shape(left)), input('y', shape(right))]
      expectExact(einsum(notation, x, y), [x, y])
    }), { numRuns: 40 })
  })

  it('of images and kernels, and their derivatives by both, are exact on integers', () => {
    const settings = fc.record({
      height: fc.integer({ min: 3, max: 5 }), width: fc.integer({ min: 3, max: 5 }), channels: fc.integer({ min: 1, max: 3 }), out: fc.integer({ min: 1, max: 4 }),
      rows: fc.integer({ min: 1, max: 3 }), columns: fc.integer({ min: 1, max: 3 }), stride: fc.integer({ min: 1, max: 2 }), padding: fc.integer({ min: 0, max: 2 }),
    })
    fc.assert(fc.property(settings, ({ height, width, channels, out, rows, columns, stride, padding }) => {
      const [x, kernel] = [input('x', [2, height, width, channels]), input('kernel', [rows, columns, channels, out])]
      const y = convolution(x, kernel, { stride, padding })
      const weights = input('weights', y.shape)
      const [byX, byKernel] = gradient(sum(times(y, weights)), [x, kernel])
      for (const [t, of] of [[y, [x, kernel]], [byX, [kernel, weights]], [byKernel, [x, weights]]] as const) if (t !== undefined) expectExact(t, of)
    }), { numRuns: 10 })
  })
})

describe('elementwise functions', () => {
  const SPECIAL = [0, -0, Infinity, -Infinity, NaN, 5e-324, -5e-324, 1e-310, 710, -745.2, 0.625, -0.6249, 22, -22.5, 1e300]
  it.each(['tanh', 'log', 'sin'] as const)('%s of a vector is that of its elements, in pairs and at an odd end', (name) => {
    const values = [...SPECIAL, ...Array.from({ length: 26 }, (_, i) => Math.sin(i) * 3 ** (i % 5))]
    const f = (n: number): Tensor => map(call(name, argument(0)), input('x', [n]))
    const [all = new Float64Array()] = evaluate([f(values.length)], { x: values })
    const one = compileTensors([f(1)])
    for (const [i, v] of values.entries()) {
      one.put('x', [v])
      const [alone, found] = [one.run()[0]?.[0] ?? NaN, all[i] ?? NaN]
      // Where products of pairs are fused with sums they are rounded once less: a unit in the last place.
      const near = Object.is(found, alone) || Math.abs(found - alone) <= 2 ** -52 * Math.abs(alone)
      expect(near, `${name}(${v}): ${found} in pairs, ${alone} alone`).toBe(true)
    }
  })

  it('read a bias and a sum over columns where they stand', () => {
    const [x, bias, row] = [input('x', [3, 5]), input('bias', [5]), input('row', [3])]
    const both = map(add(mul(argument(0), argument(1)), argument(2)), x, broadcast(bias, [3, 5], [1]), broadcast(row, [3, 5], [0]))
    expectExact(both, [x, bias, row])
    expectExact(map(add(argument(0), mul(num(3), argument(1))), x, broadcast(row, [3, 5], [0])), [x, row])
    expectExact(map(add(argument(0), argument(1)), sum(x, [1]), row), [x, row])
  })
})

const [x, y] = [input('x', [3, 4]), input('y', [3, 3])]
const [v, w, u] = [input('v', [4, 5]), input('w', [5, 3]), input('u', [5])]
const image = input('image', [2, 4, 5, 2])
const [first, second] = [input('first', [3, 2, 2, 3]), input('second', [2, 2, 3, 2])]
const cases: Readonly<Record<string, { readonly loss: Tensor; readonly by: readonly Tensor[]; readonly data: readonly Tensor[]; readonly exact: boolean }>> = {
  'a network with squares (exact)': { loss: sum(power(dense(power(dense(x, v, u), 2), w), 2)), by: [v, w, u], data: [x], exact: true },
  'two convolutions with squares (exact)': {
    loss: sum(power(convolution(power(convolution(image, first, { stride: 2, padding: 1 }), 2), second, { padding: 1 }), 2)),
    by: [second, first, image], data: [], exact: true,
  },
  'a softmax classifier': { loss: crossEntropy(dense(tanh(dense(x, v, u)), w), softmax(y)), by: [v, w, u], data: [x, y], exact: false },
  'sigmoids and mean square': { loss: meanSquare(dense(sigmoid(dense(x, v)), w), y), by: [v, w], data: [x, y], exact: false },
}

describe.each(Object.entries(cases))('derivatives of %s against numbers with three infinitesimals', (_, { loss, by, data, exact }) => {
  const factor = exact ? 1 : 0.3
  const point = Object.fromEntries([...by, ...data].map((t, k) => [nameOf(t), integers(sizeOf(t.shape), k + 1).map((a) => a * factor)]))
  const directions = [0, 1, 2].map((d) => by.map((t, k) => integers(sizeOf(t.shape), 31 * d + k + 5).map((a) => a * factor)))
  const lifted = new Map(Object.entries(point).map(([name, value]) => {
    const k = by.findIndex((t) => nameOf(t) === name)
    return [name, jets(value, ...(k < 0 ? [] : directions.map((d) => d[k] ?? [])))]
  }))
  const [jet = []] = witness(loss, lifted)
  const [dx, dy] = ['dx', 'dy'].map((name) => by.map((t, k) => input(`${name}${k}`, t.shape)))
  const dotted = (parts: readonly Float64Array[], d: number): number =>
    parts.reduce((s, part, k) => s + part.reduce((p, a, i) => p + a * (directions[d]?.[k]?.[i] ?? NaN), 0), 0)
  const given = (names: readonly string[]): Record<string, ArrayLike<number>> =>
    ({ ...point, ...Object.fromEntries(names.flatMap((name, d) => by.map((_t, k) => [`${name}${k}`, directions[d]?.[k] ?? []]))) })
  const expectClose = (found: number, wanted: number): void => {
    expect(wanted).not.toBe(0)
    expect(Math.abs(found - wanted)).toBeLessThanOrEqual(exact ? 0 : 1e-12 * Math.abs(wanted))
  }

  it.each(['wasm', 'js'] as const)('of first, second and third order (%s)', (target) => {
    expectClose(dotted(evaluate(gradient(loss, by), point, target), 0), jet[1] ?? NaN)
    expectClose(dotted(evaluate(hessianVector(loss, by, dx ?? []), given(['dx']), target), 1), jet[3] ?? NaN)
    expectClose(dotted(evaluate(thirdDerivative(loss, by, dx ?? [], dy ?? []), given(['dx', 'dy']), target), 2), jet[7] ?? NaN)
  })
})

describe('memory of a tensor program', () => {
  it('is reused: eight layers need little more than two', () => {
    const memory = (layers: number): number => {
      let signal: Tensor = input('x', [32, 32])
      for (let k = 0; k < layers; k += 1) signal = tanh(dense(signal, input('w', [32, 32])))
      const compiled = compileTensors([sum(signal)])
      return compiled.doubles
    }
    expect(memory(8)).toBeLessThan(memory(2) + 3 * 1024)
  })

  it('and of repeated runs stays flat', () => {
    const compiled = compileTensors(gradient(crossEntropy(dense(tanh(dense(x, v, u)), w), y), [v, w, u]))
    const run = (n: number): number => {
      for (let k = 0; k < n; k += 1) compiled.run()
      return process.memoryUsage().arrayBuffers
    }
    const before = run(100)
    expect(run(5000) - before).toBeLessThan(2 ** 25)
  })
})
