import { expect, it } from 'vitest'
import { STOCHASTIC_METHODS } from '../../src/compile/methods/stochastic.js'
import { compileStochastic, stochasticSystem } from '../../src/compile/stochastic.js'
import { compileStochasticEnsemble } from '../../src/compile/stochasticEnsemble.js'
import { noisy } from './noisy.js'

const s = stochasticSystem(noisy)
const [COUNT, LEVEL, KEPT, SEED] = [21, 6, 2, 4_000_000_000]
const batch = {
  count: COUNT, t0: 0.25, t1: 2.25, level: LEVEL, seed: SEED,
  y0: Float64Array.from({ length: 2 * COUNT }, (_, i) => Math.cos(i)), parameters: Float64Array.from({ length: 2 * COUNT }, (_, i) => 0.3 + i / 50),
}
// One that leaves the doubles: x^3 from far away.
batch.y0[2 * 5] = 1e60

it.each(STOCHASTIC_METHODS)('$name: every trajectory is that of its own walk, to the bit, with one, two and three workers', async (method) => {
  const single = compileStochastic(s, ['a', 's'], { method })
  const runs = Array.from({ length: COUNT }, (_, k) => single.run({
    ...batch, y0: [...batch.y0.subarray(2 * k, 2 * k + 2)], parameters: [...batch.parameters.subarray(2 * k, 2 * k + 2)], seed: SEED + k,
  }))
  const ends = Array.from({ length: 2 ** KEPT }, (_, part) => (part + 1) * 2 ** (LEVEL - KEPT))
  expect(runs[5]?.t.length).toBeLessThan(2 ** LEVEL)
  for (const workers of [1, 2, 3]) {
    const ensemble = compileStochasticEnsemble(s, ['a', 's'], { method, workers })
    // A time on a step, and one three quarters of a step behind it.
    const at = [0.25, 0.25 + (2 * 5) / 2 ** LEVEL, 0.25 + (2 * 5.75) / 2 ** LEVEL, 2.25]
    const [found, last, timed] = await Promise.all([ensemble.batch({ ...batch, kept: KEPT }), ensemble.batch(batch), ensemble.batch({ ...batch, at })])
    await ensemble.close()
    expect([...found.taken]).toEqual(runs.map(({ t }) => t.length - 1))
    expect([...found.y]).toEqual(runs.flatMap(({ y }) => ends.flatMap((end) => y.map((state) => state[end] ?? NaN))))
    expect([...found.last]).toEqual(runs.flatMap(({ y }) => y.map((state) => state.at(-1))))
    expect([...timed.y]).toEqual(runs.flatMap(({ y }) => [
      ...[0, 5].map((step) => y.map((state) => state[step] ?? NaN)),
      y.map((state) => (state[5] ?? NaN) + ((state[6] ?? NaN) - (state[5] ?? NaN)) * 0.75), y.map((state) => state[2 ** LEVEL] ?? NaN),
    ].flat()))
    expect([...last.y]).toEqual(runs.flatMap(({ y }) => y.map((state) => state[2 ** LEVEL] ?? NaN)))
  }
})

it('an ensemble refuses what no walk can start from, and of none gives none', async () => {
  const [method] = STOCHASTIC_METHODS
  if (method === undefined) throw new TypeError('no stochastic method')
  const ensemble = compileStochasticEnsemble(s, ['a', 's'], { method, workers: 1 })
  const y0 = Float64Array.from(batch.y0)
  y0[9] = NaN
  const refused = [
    [{ y0 }, 'trajectory 4, counted from 0: an initial value is NaN — give finite numbers'], [{ seed: 2 ** 32 - 5 }, 'seed = 4294967311'],
    [{ level: 30 }, 'level = 30'], [{ kept: 7 }, 'kept = 7'], [{ at: [1, 3] }, 'output time 3 lies outside'], [{ t1: 0 }, 'runs forward'], [{ count: 3 }, '42 initial values given — give 6'], [{ count: 0.5 }, 'count = 0.5'],
  ] as const
  for (const [wrong, message] of refused) await expect(ensemble.batch({ ...batch, ...wrong })).rejects.toThrow(message)
  const none = await ensemble.batch({ ...batch, count: 0, y0: new Float64Array(0), parameters: new Float64Array(0) })
  await ensemble.close()
  expect([none.taken.length, none.y.length]).toEqual([0, 0])
})
