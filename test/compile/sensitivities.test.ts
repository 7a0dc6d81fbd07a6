import { describe, expect, it } from 'vitest'
import { ensembleMembers } from '../../src/compile/integrateEnsemble.js'
import { type OdeResult, integrateProblem } from '../../src/compile/integrateFile.js'
import { parseOde } from '../../src/compile/odeFile.js'

const run = (text: string, settings: readonly string[] = []): OdeResult => integrateProblem(parseOde(text, 'case.yaml', settings))
const last = ({ states }: OdeResult, name: string): number => states[name]?.at(-1) ?? NaN

/** Central differences of every state by a value of the file, with the error h^4. */
function difference(text: string, key: string, value: number, h: number): Readonly<Record<string, number>> {
  const plain = text.replace(/^sensitivities:.*$/m, '')
  const at = (shift: number): OdeResult => run(plain, [`${key}=${value + shift}`])
  const [a, b, c, d] = [at(-2 * h), at(-h), at(h), at(2 * h)]
  return Object.fromEntries(Object.keys(a.states).map((s) => [s, (last(a, s) - 8 * last(b, s) + 8 * last(c, s) - last(d, s)) / (12 * h)]))
}

const DECAY = 'states: { x: -k*x }\ninitial: { x: 2*k }\nparameters: { k: 0.5, l: k^2 }\nspan: [0, 3]\nat: [1, 3]\n'
const TIGHT = 'rtol: 1.0e-13\natol: 1.0e-14\n'

describe('sensitivities', () => {
  it.each(['auto', 'dopri5', 'vern9', 'taylor', 'rodas5p', 'exponential'])('%s: of a decay have their closed forms, what starts from a parameter with it', (method) => {
    const tolerances = method === 'exponential' ? '' : 'rtol: 1.0e-11\natol: 1.0e-12\n'
    const { t, states } = run(`${DECAY}method: ${method}\n${tolerances}sensitivities: [k, x]\n`)
    expect(Object.keys(states)).toEqual(['x', 'dx_dk', 'dx_dx'])
    for (const [j, time] of t.entries()) {
      expect(states['x']?.[j]).toBeCloseTo(Math.exp(-time / 2), 9)
      expect(states['dx_dk']?.[j]).toBeCloseTo((2 - time) * Math.exp(-time / 2), 9)
      expect(states['dx_dx']?.[j]).toBeCloseTo(Math.exp(-time / 2), 9)
    }
  })

  it('go through parameters that contain others: x = exp(-l t) with l = k^2', () => {
    const { t, states } = run(`${DECAY.replace('-k*x', '-l*x').replace('2*k', '1')}${TIGHT}sensitivities: [k, l]\n`)
    for (const [j, time] of t.entries()) {
      expect(states['dx_dk']?.[j]).toBeCloseTo(-time * Math.exp(-time / 4), 11)
      expect(states['dx_dl']?.[j]).toBeCloseTo(-time * Math.exp(-time / 4), 11)
    }
  })

  it('are the differences of trajectories: Van der Pol, a driven pendulum, and rates with a bend', () => {
    const cases = [
      'states: { x: v, v: mu*(1 - x^2)*v - x }\ninitial: { x: 2, v: mu/4 }\nparameters: { mu: 1.5 }\nspan: [0, 7]\n',
      'states: { x: v, v: u - mu*sin(x) - v/5 }\ninitial: { x: 2, v: 0.3 }\nparameters: { mu: 1.5 }\nspan: [0, 4]\nsignals: { spacing: 1, values: { u: [0, 1, -1, 2] } }\n',
      'states: { x: v, v: "-mu*x - abs(v)*v + max(x, 0)" }\ninitial: { x: 2, v: 0.3 }\nparameters: { mu: 1.5 }\nspan: [4, 0]\n',
    ]
    for (const text of cases) {
      const file = `${text}at: 2\n${TIGHT}sensitivities: [mu, x]\n`
      const found = run(file)
      for (const [name, key, value] of [['mu', 'parameters.mu', 1.5], ['x', 'initial.x', 2]] as const)
        for (const [state, slope] of Object.entries(difference(file, key, value, 1e-3)))
          expect(Math.abs(last(found, `d${state}_d${name}`) - slope)).toBeLessThan(1e-7 * (1 + Math.abs(slope)))
    }
  })

  it('have their own errors controlled', () => {
    // x has no tolerance to speak of and y stays 0: the error of dy_dk alone keeps the steps short.
    const text = 'states: { x: -x, y: k*x }\ninitial: { x: 1, y: 0 }\nparameters: { k: 0 }\nspan: [0, 10]\nat: 2\nrtol: 1.0e-9\natol: { x: 1.0e+3, y: 1.0e-9 }\nsensitivities: [k]\n'
    expect(last(run(text), 'dy_dk')).toBeCloseTo(1 - Math.exp(-10), 7)
  })

  it('are those of each member of an ensemble, whose varied values are numbers of their own', async () => {
    const text = `${DECAY}${TIGHT}sensitivities: [k, x]\n`
    const problem = parseOde(`${text}ensemble: { vary: { k: [0.5, 2], x: [3, 4] } }\n`, 'many.yaml')
    expect(problem.ensemble?.varied).toEqual(['k', 'initial.x'])
    const found: (readonly number[])[] = []
    for await (const block of ensembleMembers(problem).blocks()) found.push(...block.map(({ integration: { y } }) => y.map((state) => state.at(-1) ?? NaN)))
    const exact = [[0.5, 3], [0.5, 4], [2, 3], [2, 4]].map(([k = NaN, x = NaN]) => [x * Math.exp(-3 * k), -3 * x * Math.exp(-3 * k), Math.exp(-3 * k)])
    for (const [m, values] of exact.entries()) for (const [i, value] of values.entries()) expect(found[m]?.[i]).toBeCloseTo(value, 11)
    expect(found).toEqual([[0.5, 3], [0.5, 4], [2, 3], [2, 4]].map(([k, x]) => Object.values(run(text, [`parameters.k=${k}`, `initial.x=${x}`]).states).map((state) => state.at(-1))))
  })

  it.each([
    ['sensitivities: []', /^case\.yaml:6:16: sensitivities: name a parameter or a state/],
    ['sensitivities: [z]', /^case\.yaml:6:17: sensitivities: z is no parameter or state — one of k, l, x$/],
    ['sensitivities: [k, k]', /^case\.yaml:6:20: sensitivities: k stands there twice/],
    ['sensitivities: k', /^case\.yaml:6:16: sensitivities: expected an array, found text/],
    ['sensitivities: [k]\nnoise: { x: 1 }', /^case\.yaml:6:16: sensitivities: an equation with noise has none here/],
    ['sensitivities: [k]\nmethod: conformal2', /^case\.yaml:7:9: method conformal2 does not take sensitivities/],
    ['sensitivities: [k]\nensemble: { vary: { k: [1, 2], x: [k] } }', /^case\.yaml:6:16: sensitivities: the values that x takes contain parameters/],
  ])('refuse %s', (more, message) => {
    expect(() => run(`${DECAY}${more}\n`)).toThrow(message)
  })

  it('refuse rates that jump where states or parameters say, not those that jump at a time; names that are taken; spans that move', () => {
    const with_ = (rate: string): string => `${DECAY.replace('-k*x', rate)}sensitivities: [k]\n`
    for (const rate of ['-sign(x)', 'floor(k*t)', '"mod(x, 2)"'])
      expect(() => run(with_(rate))).toThrow(/^case\.yaml:6:16: sensitivities: the rate of x jumps where the states or parameters say/)
    expect(last(run(with_('k*sign(t - 2)')), 'dx_dk')).toBeCloseTo(2 - 2 + 1, 8)
    expect(() => run(`${DECAY.replace('x: -k*x }', 'x: -k*x, dx_dk: 1 }').replace('2*k }', '2*k, dx_dk: 0 }')}sensitivities: [k]\n`)).toThrow(/dx_dk is declared already/)
    expect(() => run(`${DECAY.replace('2*k', 'sqrt(k)')}ensemble: { vary: { k: [1, 0] } }\nsensitivities: [k]\n`))
      .toThrow(/^case\.yaml:2:10: member 1: initial\.dx_dk is Infinity/)
    expect(() => run(`${DECAY.replace('[0, 3]', '[0, 6*k]')}sensitivities: [k]\n`)).toThrow(/^case\.yaml:6:16: sensitivities: the span contains parameters/)
  })
})
