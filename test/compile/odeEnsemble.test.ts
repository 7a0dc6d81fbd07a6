import { describe, expect, it } from 'vitest'
import { type Member, ensembleMembers } from '../../src/compile/integrateEnsemble.js'
import { integrateProblem, toResult } from '../../src/compile/integrateFile.js'
import { parseOde } from '../../src/compile/odeFile.js'
import { Collector, type Moments, memberCsv, membersHeader, momentsCsv, momentsHeader } from '../../src/compile/odeMoments.js'
import { InputError } from '../../src/errors.js'

async function membersOf(text: string, workers = 2): Promise<readonly Member[]> {
  const members: Member[] = []
  for await (const block of ensembleMembers(parseOde(text, 'many.yaml'), {}, workers).blocks()) members.push(...block)
  return members
}

async function momentsOf(text: string): Promise<readonly Moments[]> {
  const found = ensembleMembers(parseOde(text, 'many.yaml'))
  const collector = new Collector(found)
  const moments: Moments[] = []
  for await (const block of found.blocks()) moments.push(...block.flatMap((member) => collector.add(member) ?? []))
  return moments
}

/** What each member is as a trajectory of its own: the file without its ensemble, with the member's values and seed. */
function alone(text: string, varied: readonly string[], { member, values }: Member): unknown {
  const { file } = parseOde(text, 'many.yaml')
  const settings = varied.map((name, j) => `${name.startsWith('initial.') ? name : `parameters.${name}`}=${values[j]}`)
  const seed = file.noise === undefined ? [] : [`seed=${(file.seed ?? 0) + member}`]
  return integrateProblem(parseOde(text.replace(/^ensemble:.*$/m, ''), 'many.yaml', [...settings, ...seed]))
}

/** Expects every member to be its own trajectory to the bit, with any number of threads. */
async function expectAlone(text: string): Promise<readonly Member[]> {
  const problem = parseOde(text, 'many.yaml')
  const members = await membersOf(text)
  expect(members.map(({ member }) => member)).toEqual(Array.from({ length: problem.ensemble?.count ?? NaN }, (_, k) => k))
  for (const member of members) expect(toResult(problem, member.integration)).toEqual(alone(text, problem.ensemble?.varied ?? [], member))
  for (const workers of [1, 3]) expect(await membersOf(text, workers)).toEqual(members)
  return members
}

const DECAY = 'states: { x: -k*x }\ninitial: { x: 1 }\nparameters: { k: 1 }\nspan: [0, 2]\nat: [1, 2]\n'
const OSCILLATOR = 'states: { x: v, v: mu*(1 - x^2)*v - x }\ninitial: { x: 2*a, v: 0 }\nparameters: { mu: 5, a: mu/3 }\nspan: [0, 20]\nat: 5\n'

describe('the members of an ensemble', () => {
  it.each(['auto', 'tsit5', 'dop853', 'vern9', 'taylor', 'rodas5p', 'rk4'])('%s: are to the bit the trajectories of their values, with any number of threads', async (method) => {
    const members = await expectAlone(`${OSCILLATOR}method: ${method}\nmaxSteps: 30000\nrtol: 1.0e-7\n`.replace(/^rtol.*$/m, method === 'rk4' ? '' : '$&') +
      'events: [{ name: peak, zero: v, direction: falling }]\n' +
      'ensemble: { vary: { mu: { from: 0.1, to: 1000, count: 3, scale: log }, x: { normal: { mean: mu/300, deviation: 1 } } }, samples: 2 }\n')
    expect(members.some(({ integration }) => integration.events.length > 1)).toBe(true)
    // The automatic choice is made anew for every member.
    expect(new Set(members.map(({ integration }) => integration.method))).toEqual(new Set(method === 'auto' ? ['dop853', 'rodas5p'] : [method]))
  })

  it('are so for linear equations by exponentials, in fixed steps that keep the friction, under signals, and to terminal events', async () => {
    const linear = 'states: { x: v, v: -w^2*x - v }\ninitial: { x: w/2, v: 0 }\nparameters: { w: 2 }\nspan: [0, 3]\nat: 4\n'
    await expectAlone(`${linear}method: exponential\nensemble: { vary: { w: [1, 3, 1.0e+200], v: [0, 1] } }\n`)
    await expectAlone(`${linear}method: conformal4\nensemble: { vary: { w: [1, 3], v: [0, 1] } }\n`)
    await expectAlone(`${linear.replace('- v }', '- v + u }')}signals: { spacing: 1, shape: linear, values: { u: [0, 1, 0, 2] } }\nensemble: { vary: { w: [1, 3], v: [0, 1] } }\n`)
    const stopped = await expectAlone(`${linear}events: [{ name: low, zero: x, terminal: true }, { name: never, zero: x - 9 }]\nensemble: { vary: { w: [1, 3], v: [0, -1] } }\n`)
    expect(stopped.every(({ integration }) => integration.status === 'event')).toBe(true)
  })

  it.each(['euler-maruyama', 'milstein', 'taylor-1.5'])('%s: walk along the Brownian paths of the seed and those behind it; one that leaves the doubles says where', async (method) => {
    const members = await expectAlone('states: { x: x^3 - 8*x, y: x - s*y }\ninitial: { x: 1, y: s }\nparameters: { s: 1 }\nspan: [0.5, 2]\nat: [0.5, 0.7, 1.1, 2]\n' +
      `noise: { x: 0.3, y: 0.1*y }\nstep: 0.01\nseed: 17\nmethod: ${method}\nensemble: { vary: { s: [1, 2], x: [0, 50] }, samples: 5 }\n`)
    expect(members.filter(({ integration }) => integration.status === 'notFinite').map(({ member }) => member)).toEqual([5, 6, 7, 8, 9, 15, 16, 17, 18, 19])
    expect(new Set(members.slice(0, 5).map(({ integration }) => integration.final.y[0])).size).toBe(5)
  })

  it('keep all events, however many more than there is room for at first', async () => {
    const members = await expectAlone('states: { x: v, v: -w^2*x }\ninitial: { x: 0, v: 1 }\nparameters: { w: 1 }\nspan: [0, 100]\nat: 2\nmethod: vern9\nrtol: 1.0e-6\n' +
      'events: [{ zero: x }]\nensemble: { vary: { w: [1, 100, 60] } }\n')
    expect(members.map(({ integration }) => integration.events.length)).toEqual([1, 100, 60].map((w) => Math.floor((100 * w) / Math.PI)))
  })

  it('are every combination of lists and ranges, the last running fastest, or the first values together, then the second; what depends on them is evaluated anew', async () => {
    const { ensemble: grid } = parseOde(`${OSCILLATOR}ensemble: { vary: { mu: [3, 6], x: [a, "a + mu"] , v: { from: 0, to: 2*mu, count: 3 } } }\n`, 'grid')
    expect(grid?.varied).toEqual(['mu', 'initial.x', 'initial.v'])
    const rows = [3, 6].flatMap((mu) => [mu / 3, mu / 3 + mu].flatMap((x) => [0, mu, 2 * mu].map((v) => ({ mu, a: mu / 3, x, v }))))
    expect([...grid?.values ?? []]).toEqual(rows.flatMap(({ mu, x, v }) => [mu, x, v]))
    expect([...grid?.parameters ?? []]).toEqual(rows.flatMap(({ mu, a }) => [mu, a]))
    expect([...grid?.y0 ?? []]).toEqual(rows.flatMap(({ x, v }) => [x, v]))
    const { ensemble: paired } = parseOde(`${OSCILLATOR}ensemble: { together: true, vary: { mu: { from: 0.001, to: 1000, count: 7, scale: log }, v: [1, 2, 3, 4, 5, 6, 7] } }\n`, 'pairs')
    const decades = [0.001, 0.01, 0.1, 1, 10, 100, 1000]
    expect([...paired?.values ?? []]).toEqual(decades.flatMap((mu, k) => [mu, k + 1]))
    for (const [k, mu] of decades.entries()) expect((paired?.y0[2 * k] ?? NaN) / (2 * (mu / 3))).toBeCloseTo(1, 14)
    // A parameter that is itself varied no longer follows the one before it.
    const { ensemble: own } = parseOde(`${OSCILLATOR}ensemble: { vary: { a: [7, mu], mu: [3] } }\n`, 'own')
    expect([...own?.parameters ?? []]).toEqual([3, 7, 3, 3])
  })

  it('have drawn values with their mean and variance, independent of each other, the same for the same seed', () => {
    const [count, text] = [20_000, (seed: number) => 'states: { x: -x, y: -y }\ninitial: { x: 0, y: 0 }\nparameters: { m: 3 }\nspan: [0, 1]\nat: 2\n' +
      `seed: ${seed}\nensemble: { vary: { x: { normal: { mean: m, deviation: 2 } }, y: { uniform: { from: -1, to: 2 } } }, samples: 20000 }\n`]
    const drawnWith = (seed: number): readonly [readonly number[], readonly number[]] => {
      const y0 = [...parseOde(text(seed), 'drawn').ensemble?.y0 ?? []]
      return [y0.filter((_, i) => i % 2 === 0), y0.filter((_, i) => i % 2 === 1)]
    }
    const [xs, ys] = drawnWith(5)
    expect([xs, ys]).toEqual(drawnWith(5))
    const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length
    const covariance = (a: readonly number[], b: readonly number[]): number => {
      const [atA, atB] = [mean(a), mean(b)]
      return mean(a.map((v, k) => (v - atA) * ((b[k] ?? NaN) - atB)))
    }
    const error = 1 / Math.sqrt(count)
    expect(Math.abs(mean(xs) - 3) / 2).toBeLessThan(4 * error)
    expect(Math.abs(covariance(xs, xs) / 4 - 1)).toBeLessThan(4 * Math.SQRT2 * error)
    expect(Math.abs(mean(ys) - 0.5)).toBeLessThan(4 * error * Math.sqrt(3 / 4))
    // The variance of a uniform number's square about its mean is w^4/180 for the width w.
    expect(Math.abs(covariance(ys, ys) - 3 / 4)).toBeLessThan(4 * error * Math.sqrt(81 / 180))
    for (const [a, b] of [[xs, ys], [xs, drawnWith(6)[0]], [xs.slice(1), xs.slice(0, count - 1)]] as const)
      expect(Math.abs(covariance(a, b)) / Math.sqrt(covariance(a, a) * covariance(b, b))).toBeLessThan(4 * error)
    expect(Math.min(...ys)).toBeGreaterThan(-1)
    expect(Math.max(...ys)).toBeLessThan(2)
  })
})

describe('moments of an ensemble', () => {
  it('are the mean, the variance and the standard error of those members that reached a time', async () => {
    const text = 'states: { x: x^2, y: 1 }\ninitial: { x: 1, y: 5 }\nspan: [0, 2]\nat: [0, 1, 2]\nensemble: { vary: { x: [0.1, 1, 2, 0.3, 0.2] } }\n'
    const members = await membersOf(text)
    const moments = await momentsOf(text)
    expect(moments.map(({ values, members: reached }) => [values, reached])).toEqual([[{}, [5, 3, 3]]])
    for (const [i, state] of ['x', 'y'].entries())
      for (const k of [0, 1, 2]) {
        const values = members.flatMap(({ integration: { t, y } }) => (k < t.length ? [y[i]?.[k] ?? NaN] : []))
        const mean = values.reduce((sum, v) => sum + v, 0) / values.length
        const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1)
        expect(moments[0]?.mean[state]?.[k]).toBeCloseTo(mean, 13)
        expect(moments[0]?.variance[state]?.[k]).toBeCloseTo(variance, 13)
        expect(moments[0]?.standardError[state]?.[k]).toBeCloseTo(Math.sqrt(variance / values.length), 13)
      }
  })

  it('of Ornstein and Uhlenbeck’s process with a drawn start, at each rate, are those of the closed form within their errors', async () => {
    const samples = 4000
    const moments = await momentsOf('states: { x: -k*x }\ninitial: { x: 0 }\nparameters: { k: 1 }\nspan: [0, 2]\nat: [0, 0.5, 2]\nstep: 0.01\nnoise: { x: 0.6 }\n' +
      `ensemble: { vary: { x: { normal: { mean: k, deviation: 0.5 } }, k: [0.5, 2] }, samples: ${samples} }\n`)
    expect(moments.map(({ values }) => values)).toEqual([{ k: 0.5 }, { k: 2 }])
    for (const { values, members, mean, variance, standardError } of moments) {
      const k = values['k'] ?? NaN
      expect(members).toEqual([samples, samples, samples])
      for (const [j, t] of [0, 0.5, 2].entries()) {
        const exact = 0.25 * Math.exp(-2 * k * t) + (0.36 / (2 * k)) * (1 - Math.exp(-2 * k * t))
        expect(Math.abs((variance['x']?.[j] ?? NaN) / exact - 1)).toBeLessThan(4 * Math.sqrt(2 / samples))
        expect(Math.abs((mean['x']?.[j] ?? NaN) - k * Math.exp(-k * t))).toBeLessThan(4 * Math.sqrt(exact / samples))
        expect(standardError['x']?.[j]).toBeCloseTo(Math.sqrt((variance['x']?.[j] ?? NaN) / samples), 14)
      }
    }
  })

  it('and members are tables that read back', async () => {
    const found = ensembleMembers(parseOde(`${DECAY}ensemble: { vary: { k: [1, 2], x: [1, 3] } }\n`, 'table'))
    const members = await membersOf(`${DECAY}ensemble: { vary: { k: [1, 2], x: [1, 3] } }\n`)
    expect(membersHeader(found)).toBe('member,k,initial.x,t,x\n')
    expect(members.map(memberCsv).join('').trim().split('\n').map((line) => line.split(',').map(Number)))
      .toEqual(members.flatMap(({ member, values, integration: { t, y } }) => [0, 1].map((j) => [member, ...values, t[j], y[0]?.[j]])))
    const drawn = ensembleMembers(parseOde(`${DECAY}ensemble: { vary: { k: [1, 2], x: { uniform: { from: 0, to: 1 } } } }\n`, 'table'))
    expect(momentsHeader(drawn)).toBe('k,t,members,x.mean,x.variance,x.error\n')
    expect(momentsCsv(drawn, { values: { k: 2 }, members: [2, 0], mean: { x: [1, NaN] }, variance: { x: [3, NaN] }, standardError: { x: [4, NaN] } }))
      .toBe('2,1,2,1,3,4\n2,2,0,NaN,NaN,NaN\n')
  })
})

describe('a fault in an ensemble is told with its place', () => {
  const refusal = (text: string): InputError => {
    try {
      parseOde(text, 'case.yaml')
    } catch (fault) {
      if (fault instanceof InputError) return fault
      throw fault
    }
    throw new Error('no fault found')
  }

  it.each([
    ['{}', /^ensemble: there is one member$/],
    ['{ vary: { x: [] } }', /^ensemble\.vary\.x: give a value$/],
    ['{ vary: { z: [1] } }', /^ensemble\.vary\.z is no parameter or state$/],
    ['{ vary: { t: [1] } }', /^ensemble\.vary\.t is no parameter or state$/],
    ['{ vary: { x: 3 } }', /^ensemble\.vary\.x: give a list, \{ from/],
    ['{ vary: { x: { gauss: 1 } } }', /^ensemble\.vary\.x: give a list, \{ from/],
    ['{ vary: { x: } }', /^ensemble\.vary\.x: has no value$/],
    ['{ vary: { x: [1, .nan] } }', /^ensemble\.vary\.x: 1: give finite numbers/],
    ['{ vary: { x: ["log(-1)"] } }', /^member 0: ensemble\.vary\.x\.0 is NaN$/],
    ['{ vary: { k: [1, -1], x: ["sqrt(k)"] } }', /^member 1: ensemble\.vary\.x\.0 is NaN$/],
    ['{ vary: { k: ["x"] } }', /^ensemble\.vary\.k\.0: x has no value$/],
    ['{ vary: { k: ["k"] } }', /^ensemble\.vary\.k\.0: k has no value$/],
    ['{ vary: { x: ["1 +* 2"] } }', /out of place/],
    ['{ vary: { x: { from: 1, to: 2, count: 0 } } }', /^ensemble\.vary\.x\.count: must be at least 2$/],
    ['{ vary: { x: { from: 1, to: 2, count: 2.5 } } }', /^ensemble\.vary\.x: count: must be a whole number$/],
    ['{ vary: { x: { form: 1, to: 2, count: 3 } } }', /^ensemble\.vary\.x: unknown field form$/],
    ['{ vary: { x: { from: 1, to: 2 } } }', /^ensemble\.vary\.x: count: is missing$/],
    ['{ vary: { x: { from: 1, to: 2, count: 3, scale: ln } } }', /^ensemble\.vary\.x: scale: must be one of linear, log$/],
    ['{ vary: { x: { from: 0, to: 2, count: 3, scale: log } } }', /^member 0: ensemble\.vary\.x: from 0 to 2 there are no logarithms$/],
    ['{ vary: { x: { from: -1.0e+308, to: 1.0e+308, count: 3 } } }', /^member 1: ensemble\.vary\.x is Infinity$/],
    ['{ vary: { x: { normal: { mean: 0 } } } }', /^ensemble\.vary\.x: normal: deviation: is missing$/],
    ['{ vary: { x: { normal: { mean: 0, deviation: -1 } } } }', /^member 0: ensemble\.vary\.x: the deviation is -1$/],
    ['{ vary: { x: { uniform: { from: 2, to: 2 } } } }', /^member 0: ensemble\.vary\.x: from 2 to 2 there is nothing to draw from$/],
    ['{ vary: { x: { uniform: [0, 1] } } }', /^ensemble\.vary\.x: uniform: expected names with values/],
    ['{ vary: { x: [1, 2, 3], k: [1, 2] }, together: true }', /^ensemble\.vary\.k has 2 values, x has 3$/],
    ['{ vary: { x: [1, 2] }, samples: 10 }', /^ensemble\.samples: all 10 are the same$/],
    ['{ vary: { x: [1, 2] }, samples: 0 }', /^ensemble\.samples: must be above 0$/],
    ['{ vary: { x: { uniform: { from: 0, to: 1 } } }, samples: 5000000 }', /^ensemble\.samples: must be at most 4194304$/],
    ['{ vary: { x: { from: 0, to: 1, count: 3000 }, k: { from: 0, to: 1, count: 3000 } } }', /^ensemble: 9000000 members are too many$/],
    ['{ vary: { stop: [2, 3] } }', /^span: it is 0 … 2, but 0 … 3 for member 1$/],
    ['{ paths: 3 }', /unknown field paths$/],
  ])('%s', (ensemble, message) => {
    const text = DECAY.replace('{ k: 1 }', '{ k: 1, stop: 2 }').replace('[0, 2]', '[0, stop]')
    const fault = refusal(`${text}ensemble: ${ensemble}\n`)
    expect(fault.what).toMatch(message)
    expect(fault.place).toMatchObject({ file: 'case.yaml', line: fault.what.startsWith('span') ? 4 : 6 })
  })

  it('or where else it stands', () => {
    expect(refusal(`${DECAY}noise: { x: 1 }\nseed: 4294967290\nensemble: { samples: 10 }\n`).message)
      .toMatch(/^case\.yaml:7:7: seed: the last of 10 members has the seed 4294967299 — give at most 4294967286$/)
    expect(refusal(`${DECAY.replaceAll('x', 'member')}ensemble: { vary: { k: [1] } }\n`).what).toBe('member is a column of an ensemble\'s table')
    expect(() => parseOde(`${DECAY}ensemble: { vary: { k: [1, 2] } }\n`, 'p', ['ensemble.vary.k=[]'])).toThrow(/^--set ensemble\.vary\.k=\[\]: ensemble\.vary\.k: give a value/)
  })

  it('when it is integrated: tolerances, methods, and a single trajectory asked of it', async () => {
    const text = `${DECAY}ensemble: { vary: { k: [1, 2] } }\n`
    expect(() => integrateProblem(parseOde(text, 'p'))).toThrow(/^p:6:11: the file states an ensemble/)
    expect(() => ensembleMembers(parseOde(DECAY, 'p'))).toThrow(/^p:1:1: the file states no ensemble/)
    await expect(membersOf(`${text}rtol: 1.0e-17\natol: 1.0e-20\n`)).rejects.toThrow(/^many\.yaml:7:7: rtol = 1e-17 is below roundoff/)
    await expect(membersOf(`${text}method: conformal2\n`)).rejects.toThrow(/^many\.yaml:1:9: .*no damped Lagrangian/)
    await expect(membersOf(`${text}method: exponential\n`.replace('-k*x', '-k*x^2'))).rejects.toThrow(/^many\.yaml:1:9: the rate is not linear/)
    await expect(membersOf(`${text}noise: { x: 1 }\nstep: 1.0e-12\n`)).rejects.toThrow(/^many\.yaml:8:7: step = 1e-12 makes more than 2\^24 steps/)
    await expect(membersOf(`${text}method: milstein\n`)).rejects.toThrow(/method milstein is for/)
  })
})
