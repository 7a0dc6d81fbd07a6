import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { compileEnsemble } from '../../src/compile/ensemble.js'
import { type System, compileSystem } from '../../src/compile/system.js'
import { InputError } from '../../src/errors.js'

const oscillator: System = {
  states: ['x', 'v'], parameters: ['k'], signals: { names: ['u'], shape: 'constant' }, rhs: [readExpr('v'), readExpr('u - k*sin(x) - v/5')],
}

describe('an ensemble over worker threads', () => {
  it('gives every trajectory the result of its own integration', async () => {
    const lanes = Array.from({ length: 37 }, (_, i) => ({
      y0: [1, i / 10], parameters: [1 + i / 7], t1: 2 + (i % 3), at: [1, 2], rtol: 1e-9,
      signals: { origin: 0, spacing: 0.5, values: [Array.from({ length: 8 + (i % 2) }, (__, j) => Math.sin(i * j))] },
    }))
    const ensemble = compileEnsemble(oscillator, { method: 'dop853', workers: 2 })
    const found = await ensemble.integrate(lanes)
    const single = compileSystem(oscillator, { method: 'dop853' })
    expect(found).toEqual(lanes.map((lane) => single.integrate(lane)))
    expect(await ensemble.integrate(lanes.slice(0, 1))).toEqual(found.slice(0, 1))
    await expect(ensemble.integrate([...lanes, { y0: [1], parameters: [1], t1: 1 }])).rejects
      .toThrow(new InputError('1 initial values given', 'give 2', { file: 'trajectory 37, counted from 0' }))
    await ensemble.close()
  })

  it.each(['taylor', 'rodas5p'])('%s: takes a batch as rows of numbers; a trajectory that fails says so and leaves the others alone', async (method) => {
    const [count, samples] = [101, 6]
    const common = { t1: 3, at: [1, 2.5, 3], rtol: 1e-9, atol: 1e-10, maxSteps: 3000 }
    const lanes = Array.from({ length: count }, (_, i) => ({
      ...common, y0: [1, i / 10], parameters: [i === 40 ? -1e9 : 1 + i / 7],
      signals: { origin: 0, spacing: 0.5, values: [Array.from({ length: samples }, (__, j) => Math.sin(i * j))] },
    }))
    const ensemble = compileEnsemble(oscillator, { method, workers: 2 })
    const expected = await ensemble.integrate(lanes)
    const values = Float64Array.from(lanes.flatMap((l) => l.signals.values.flat()))
    const found = await ensemble.batch({
      ...common, count, y0: Float64Array.from(lanes.flatMap((l) => l.y0)), parameters: Float64Array.from(lanes.flatMap((l) => l.parameters)),
      signals: { origin: 0, spacing: 0.5, samples, values },
    })
    await expect(ensemble.batch({ ...common, count, y0: new Float64Array(3) })).rejects.toThrow(InputError)
    await ensemble.close()
    expect(found.status).toEqual(expected.map((r) => r.status))
    expect(new Set(found.status).size).toBe(2)
    expect([...found.reached]).toEqual(expected.map((r) => r.final.t))
    expect([...found.final]).toEqual(expected.flatMap((r) => r.final.y))
    expect([...found.accepted]).toEqual(expected.map((r) => r.statistics.accepted))
    const rows = expected.flatMap((r) => common.at.flatMap((___, k) => r.y.map((row) => row[k] ?? NaN)))
    expect([...found.y]).toEqual(rows)
  })

  it('reads rows in shared memory where they are, also apart from its beginning, and copies others in parts', async () => {
    const [count, samples] = [1500, 4]
    const memory = new SharedArrayBuffer(8 * (3 + count * (2 + samples)))
    const y0 = new Float64Array(memory, 24, 2 * count).map((_, i) => Math.cos(i))
    const inPlace = new Float64Array(memory, 24, 2 * count)
    inPlace.set(y0)
    const values = new Float64Array(memory, 24 + 16 * count, samples * count)
    for (const i of values.keys()) values[i] = Math.sin(i)
    const parameters = Float64Array.from({ length: count }, (_, i) => 1 + i / count)
    const common = { count, t1: 2, rtol: 1e-8, parameters }
    const signals = { origin: 0, spacing: 0.5, samples }
    const ensemble = compileEnsemble(oscillator, { method: 'tsit5', workers: 2 })
    const shared = await ensemble.batch({ ...common, y0: inPlace, signals: { ...signals, values } })
    const copied = await ensemble.batch({ ...common, y0: Float64Array.from(y0), signals: { ...signals, values: Float64Array.from(values) } })
    inPlace[5] = 7
    const changed = await ensemble.batch({ ...common, y0: inPlace, signals: { ...signals, values } })
    await ensemble.close()
    const single = compileSystem(oscillator, { method: 'tsit5' })
    for (const k of [0, 2, 511, 512, 1023, 1499]) {
      const own = single.integrate({
        t1: 2, rtol: 1e-8, y0: y0.subarray(2 * k, 2 * k + 2), parameters: [parameters[k] ?? NaN], signals: { ...signals, values: [values.subarray(samples * k, samples * (k + 1))] },
      })
      for (const found of [shared, copied]) expect([...found.final.subarray(2 * k, 2 * k + 2)]).toEqual(own.final.y)
    }
    expect(shared).toEqual(copied)
    expect([...changed.final].flatMap((v, i) => (v === shared.final[i] ? [] : [i]))).toEqual([4, 5])
  })

  it('batches asked for at once or one after another leave each other alone; of none it gives none; a sample that is no number is refused', async () => {
    const samples = 4
    const batchOf = (count: number, shift: number) => ({
      count, t1: 2, at: [2], rtol: 1e-10,
      y0: Float64Array.from({ length: 2 * count }, (_, i) => Math.cos(i + shift)), parameters: Float64Array.from({ length: count }, (_, i) => 1 + i),
      signals: { origin: 0, spacing: 0.5, samples, values: Float64Array.from({ length: samples * count }, (_, i) => Math.sin(i * shift)) },
    })
    const ensemble = compileEnsemble(oscillator, { method: 'tsit5', workers: 2 })
    const asked = [batchOf(70, 1), batchOf(33, 2), batchOf(0, 1), batchOf(70, 3)]
    const together = await Promise.all(asked.map((batch) => ensemble.batch(batch)))
    const single = compileSystem(oscillator, { method: 'tsit5' })
    for (const [b, { count, y0, parameters, signals, ...common }] of asked.entries()) {
      const again = await ensemble.batch({ count, y0, parameters, signals, ...common })
      const own = Array.from({ length: count }, (_, k) => single.integrate({
        ...common, y0: y0.subarray(2 * k, 2 * k + 2), parameters: [parameters[k] ?? NaN],
        signals: { ...signals, values: [signals.values.subarray(samples * k, samples * (k + 1))] },
      }))
      expect([...again.final]).toEqual(own.flatMap((r) => r.final.y))
      expect([...together[b]?.final ?? []]).toEqual([...again.final])
    }
    const bad = batchOf(5, 1)
    bad.signals.values[7] = Infinity
    await expect(ensemble.batch(bad)).rejects.toThrow('trajectory 1, counted from 0: a sample of a signal is Infinity — give finite numbers')
    await ensemble.close()
  })
})
