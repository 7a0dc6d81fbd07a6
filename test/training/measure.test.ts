import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildNetwork, componentsOf, inferSymmetries, sliceCount } from '../../src/network/index.js'
import { type Measure, compileMeasures } from '../../src/training/index.js'
import { instance, networkSpecs } from '../network/networks.js'
import { spec } from './setting.js'

const names = new Set(['theta', 'g'])

describe('measures', () => {
  it('are the contractions that the slices, written out one component at a time, give', () => {
    fc.assert(
      fc.property(networkSpecs, fc.constantFrom('diagonal', 'gram'), fc.constantFrom('theta', 'g', undefined), (networkSpec, mode, right) => {
        const { network, theta } = instance(networkSpec)
        const g = theta.map((x, i) => Math.sin(10 * x + i))
        const vectors: Readonly<Record<string, Float64Array>> = { theta, g }
        for (const symmetry of inferSymmetries(network))
          for (const [set, slices] of Object.entries(symmetry.sets)) {
            const measure: Measure = { id: 'it', symmetry, set, left: 'g', mode, ...(right === undefined ? {} : { right }) }
            const [first] = slices
            const count = first === undefined ? 0 : sliceCount(network, first)
            fc.pre(mode === 'gram' || count === symmetry.count)
            const recorder = compileMeasures(network, [measure], names)
            const row = new Float64Array(recorder.width).fill(7)
            recorder.record((name) => vectors[name] ?? theta, row)
            const other = right === undefined && mode === 'gram' ? g : right === undefined ? theta.map(() => 1) : (vectors[right] ?? theta)
            const contract = (i: number, j: number): number =>
              slices.reduce((sum, slice) => {
                const across = componentsOf(network, slice, j)
                return sum + componentsOf(network, slice, i).reduce((part, at, n) => part + (g[at] ?? 0) * (other[across[n] ?? 0] ?? 0), 0)
              }, 0)
            const indices = Array.from({ length: count }, (_, i) => i)
            const expected = mode === 'gram' ? indices.flatMap((i) => indices.map((j) => contract(i, j))) : indices.map((i) => contract(i, i))
            expect(row.length).toBe(expected.length)
            for (const [i, x] of expected.entries()) expect(row[i]).toBeCloseTo(x, 10)
          }
      }),
      { numRuns: 60 },
    )
  })

  it('share a whole tensor among the members of a family', () => {
    const network = buildNetwork(spec)
    const symmetry = { name: 'x', origin: '', family: 'translation', count: 3, sets: { w: [{ parameter: 'b3' }, { parameter: 'W3', axis: 0 }] } }
    const recorder = compileMeasures(network, [{ id: 'sum', symmetry, set: 'w', left: 'theta', mode: 'diagonal' }], names)
    const row = new Float64Array(3)
    recorder.record(() => new Float64Array(network.size).fill(1), row)
    expect([...row]).toEqual([3 + 5, 3 + 5, 3 + 5])
  })

  it('accumulate float32 components in float64', () => {
    const network = buildNetwork({ input: 4096, layers: [{ dense: 1 }, { batchnorm: { epsilon: 0 } }] })
    const [symmetry] = inferSymmetries(network)
    if (symmetry === undefined) throw new Error('no symmetry was found')
    const theta = new Float32Array(network.size).fill(0.1)
    const recorder = compileMeasures(network, [{ id: 'norm', symmetry, set: 'w', left: 'theta', right: 'theta', mode: 'diagonal' }], names)
    const row = new Float64Array(1)
    recorder.record(() => theta, row)
    // 4096 weights and a bias; a float32 sum would be off by about 1e-6 relative.
    expect(Math.abs((row[0] ?? 0) / (4097 * Math.fround(0.1) ** 2) - 1)).toBeLessThan(1e-13)
  })

  it('refuse sets, vectors and shapes that do not exist', () => {
    const network = buildNetwork(spec)
    const [symmetry] = inferSymmetries(network)
    if (symmetry === undefined) throw new Error('no symmetry was found')
    const good: Measure = { id: 'a', symmetry, set: 'w', left: 'theta', mode: 'diagonal' }
    const compile = (...measures: readonly Measure[]) => (): unknown => compileMeasures(network, measures, names)
    expect(compile({ ...good, set: 'in' })).toThrow(/no set 'in' — it has w/)
    expect(compile({ ...good, right: 'g_next' })).toThrow(/no vector 'g_next' — there are theta, g/)
    expect(compile(good, good)).toThrow(/two measures are called 'a'/)
    expect(compile({ ...good, symmetry: { ...symmetry, sets: { w: [{ parameter: 'W9', axis: 0 }] } } })).toThrow(/no parameter 'W9'/)
    expect(compile({ ...good, symmetry: { ...symmetry, sets: { w: [{ parameter: 'b1', axis: 1 }] } } })).toThrow(/no axis 1/)
    expect(compile({ ...good, symmetry: { ...symmetry, count: 2 } })).toThrow(/differ in number/)
  })
})
