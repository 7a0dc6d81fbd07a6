import { describe, expect, it } from 'vitest'
import { ZERO } from '../../src/algebra/build.js'
import { toText } from '../../src/algebra/print.js'
import { type Derivation, type LawStatement, derive, itoLaw } from '../../src/laws/index.js'
import { type Loss, gradientFormOf, rescaleInvariant, scaleInvariant, uniform } from '../jets/support/losses.js'
import { type Setting, scalarOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'

type Row = readonly number[]
type Gradient = (theta: Row) => Row

/** Samples, a batch each, whose losses have the symmetry and nothing else in common. */
const SAMPLES = [11, 23, 37]
const gradientsOf = (loss: (seed: number) => Loss): readonly Gradient[] => SAMPLES.map((seed) => (theta) => gradientFormOf(loss(seed), theta)([]))
const combined = (rows: readonly Row[], by: (...x: readonly number[]) => number): Row => Array.from({ length: rows[0]?.length ?? 0 }, (_, i) => by(...rows.map((row) => row[i] ?? Number.NaN)))
const mean = (x: Row): number => x.reduce((a, b) => a + b, 0) / x.length
const meanOf = (rows: readonly Row[]): Row => combined(rows, (...x) => mean(x))
const minus = (x: Row, y: Row): Row => combined([x, y], (a, b) => a - b)
const shifted = (x: Row, factor: number, y: Row): Row => combined([x, y], (a, b) => a + factor * b)

const SCALE: LawStatement['symmetry'] = { family: 'scale', on: ['w'] }
const RESCALE: LawStatement['symmetry'] = { family: 'rescale', in: ['w'], out: ['a'] }
const MASKS = { w: [true, true, true, false, false], a: [false, false, false, true, true] }

/** A rule as a law states it, and the same step written down again in numbers. */
interface Case {
  readonly name: string
  readonly symmetry: LawStatement['symmetry']
  readonly rule: LawStatement['rule']
  readonly step: (theta: Row, g: Gradient, eta: number) => Row
}
const scaled = gradientsOf((seed) => scaleInvariant({ from: 0, to: 3 }, seed))
const rescaled = gradientsOf((seed) => rescaleInvariant({ from: 0, to: 3 }, { from: 3, to: 5 }, 1, seed))
const samplesOf = ({ symmetry }: Case): readonly Gradient[] => (symmetry === SCALE ? scaled : rescaled)
const START: Row = [0.9, 1.4, 0.6, 1.2, 0.8]

/** A step with a fifth of the rate on the second block. */
const byBlock = (x: Row, g: Row, eta: number): Row => x.map((xi, i) => xi - (i < 3 ? eta : eta / 5) * (g[i] ?? Number.NaN))

const CASES: readonly Case[] = [
  { name: 'gradient descent', symmetry: RESCALE, rule: { name: 'sgd', lambda: 0 }, step: (x, g, eta) => shifted(x, -eta, g(x)) },
  { name: 'the extragradient method', symmetry: SCALE, rule: { name: 'extragradient' }, step: (x, g, eta) => shifted(x, -eta, g(shifted(x, -eta, g(x)))) },
  { name: 'the extragradient method on a rescale symmetry', symmetry: RESCALE, rule: { name: 'extragradient' }, step: (x, g, eta) => shifted(x, -eta, g(shifted(x, -eta, g(x)))) },
  { name: 'the extragradient method with rates by block', symmetry: RESCALE, rule: { name: 'extragradient', eta: { w: 0.1, a: 0.02 } }, step: (x, g, eta) => byBlock(x, g(byBlock(x, g(x), eta)), eta) },
  { name: 'a gradient ahead of theta by eta', symmetry: SCALE, rule: { update: { theta: 'theta - eta*g(theta + eta*2*g)' } }, step: (x, g, eta) => shifted(x, -eta, g(shifted(x, 2 * eta, g(x)))) },
  { name: 'mirror descent with the entropy', symmetry: SCALE, rule: { name: 'mirror' }, step: (x, g, eta) => combined([x, g(x)], (xi, gi) => xi * Math.exp(-eta * gi)) },
  { name: 'mirror descent with cosh', symmetry: RESCALE, rule: { name: 'mirror', h: 'cosh(theta)' }, step: (x, g, eta) => combined([x, g(x)], (xi, gi) => Math.asinh(Math.sinh(xi) - eta * gi)) },
  { name: 'exponentiated gradient as an own rule', symmetry: RESCALE, rule: { update: { theta: 'theta*exp(-eta*g)' } }, step: (x, g, eta) => combined([x, g(x)], (xi, gi) => xi * Math.exp(-eta * gi)) },
]

const derived = ({ symmetry, rule }: Pick<Case, 'symmetry' | 'rule'>, parameters?: LawStatement['parameters']): Derivation['laws'] => {
  const [found] = derive({ title: '', symmetry, rule, order: 1, ...(parameters === undefined ? {} : { parameters }) })
  if (found === undefined) throw new Error('one law')
  return found.derivation.laws
}
const implied = ({ solution }: Derivation['laws'], name: string): readonly string[] => (solution.implications ?? []).filter((x) => x.name.startsWith(name) && x.verified.passed).map((x) => x.text)
const MEAN = 'law of the mean under minibatch noise'
const rightOf = (equation: string | undefined): string => {
  const [, right] = (equation ?? '').split(' = ')
  if (right === undefined) throw new Error(`no equation: ${equation}`)
  return right
}

const settingAt = (theta: Row, gradient: Row, vectors: Readonly<Record<string, Row>>, eta: number): Setting<number> => ({
  ring: DOUBLES, scalars: { eta, lambda: 0, rho: 0.3, beta: 0.8 }, vectors: { theta, ...vectors }, masks: MASKS, maps: {},
  gradientForm(args) {
    if (args.length > 0) throw new Error('no higher derivatives are asked for')
    return gradient
  },
})

/** The rate of the mean that a printed law says, and what of it is the noise's. */
function ratesOf(text: string, theta: Row, gradients: readonly Gradient[], eta: number): { readonly whole: number; readonly noise: number } {
  const each = gradients.map((g) => g(theta))
  const full = meanOf(each)
  const at = (noise: Row): number => scalarOfText(text, settingAt(theta, full, { noise }, eta))
  const whole = mean(each.map((g) => at(minus(g, full))))
  return { whole, noise: whole - at(full.map(() => 0)) }
}

const chargeOf = (laws: Derivation['laws'], theta: Row): number => scalarOfText(laws.flow[0]?.charge.text ?? '', settingAt(theta, theta, {}, 0))

describe('the law of the mean by Itô’s formula', () => {
  it.each(CASES)('$name: over all batches of a step the mean is off by a power of eta more than what the noise makes of it', (given) => {
    const laws = derived(given)
    const gradients = samplesOf(given)
    const text = rightOf(implied(laws, MEAN)[0])
    const missed = [1e-2, 5e-3].map((eta) => {
      const after = (g: Gradient): number => chargeOf(laws, given.step(START, g, eta))
      const made = mean(gradients.map(after)) - after((x) => meanOf(gradients.map((g) => g(x))))
      const { noise } = ratesOf(text, START, gradients, eta)
      expect(Math.abs(noise)).toBeGreaterThan(1e-4 * eta)
      return Math.abs(made - eta * noise) / (eta * Math.abs(noise))
    })
    expect(missed[0]).toBeLessThan(0.1)
    expect(missed[1]).toBeLessThan(1e-9 + 0.6 * (missed[0] ?? 0))
  })

  it.each(CASES)('$name: an ensemble of runs moves by it within its error bars, and not by the law without noise', (given) => {
    const laws = derived(given)
    const gradients = samplesOf(given)
    const text = rightOf(implied(laws, MEAN)[0])
    const [eta, steps, runs] = [4e-3, 15, 70]
    const random = uniform(7)
    const ends = Array.from({ length: runs }, () => {
      let [theta, whole, without] = [START, 0, 0]
      for (let k = 0; k < steps; k += 1) {
        const rates = ratesOf(text, theta, gradients, eta)
        whole += eta * rates.whole
        without += eta * (rates.whole - rates.noise)
        const chosen = gradients[Math.floor(((random() + 1) / 2) * gradients.length)] ?? gradients[0]
        if (chosen === undefined) throw new Error('a batch')
        theta = given.step(theta, chosen, eta)
      }
      const moved = chargeOf(laws, theta) - chargeOf(laws, START)
      return { off: moved - whole, withoutNoise: moved - without, noise: whole - without }
    })
    const noise = Math.abs(mean(ends.map((e) => e.noise)))
    const barOf = (x: Row): number => Math.sqrt(mean(x.map((e) => (e - mean(x)) ** 2)) / (runs - 1))
    const [off, withoutNoise] = [ends.map((e) => e.off), ends.map((e) => e.withoutNoise)]
    expect(Math.abs(mean(off))).toBeLessThan(4 * barOf(off) + 10 * eta * noise) // the next power of eta beside the error bar
    expect(Math.abs(mean(withoutNoise))).toBeGreaterThan(5 * barOf(withoutNoise))
  })

  it('has no spread to first order where the symmetry keeps the noise off the charge, in dual variables too', () => {
    for (const given of CASES) expect(implied(derived(given), 'law of the variance')).toEqual(['diff(V,t) = 0'])
  })

  it('spreads a charge of the dual variables that no function is: by what the noise turns', () => {
    const [found] = derive({ title: '', parameters: { w: ['d'], a: ['d'] }, symmetry: { generator: { w: 'a', a: '-w' } }, rule: { name: 'mirror', h: 'cosh(theta)' }, order: 1 })
    const law = found === undefined ? undefined : itoLaw(found.laws)
    expect([law?.verified.passed, toText(law?.diffusion ?? ZERO)]).toEqual([true, '-dot(sinh(theta), A(noise/cosh(theta)))'])
  })

  it('is there for a charge with an integrating factor, to which the curvature of the batch comes by its symmetry', () => {
    const laws = derived({ symmetry: { generator: { w: 'norm2(a)*w', a: '-norm2(w)*a' } }, rule: { update: { theta: 'theta - eta*g(theta - eta*g)' } } }, { w: ['d'], a: ['m'] })
    expect(laws.flow[0]?.charge.text).toBe('norm2(theta_w)/norm2(theta_a)')
    expect(implied(laws, MEAN)).toHaveLength(1)
    expect(laws.missing?.mean).toBeUndefined()
  })

  it('is not claimed where the covariance does not say it, and why is told', () => {
    const reasons = ([
      [{ name: 'sam' }, /reads the gradient at phi, which stays away from theta as eta vanishes and moves with the batch/],
      [{ state: { v: '0' }, update: { v: 'beta*v + g(theta - eta*g)', theta: 'theta - eta*v' } }, /to which the batch's own gradient leads/],
      [{ update: { theta: 'theta - eta*g(theta + eta*g/sqrt(norm2(g)))' } }, /to which the batch's own gradient leads/],
      [{ name: 'sign' }, /does not respond linearly/],
      [{ update: { theta: 'theta - eta*msign(g)' } }, /does not respond linearly/],
      [{ name: 'nesterov_schedule' }, /no modified vector field/],
    ] as const).map(([rule, why]) => {
      const laws = derived({ symmetry: SCALE, rule })
      expect(implied(laws, MEAN)).toEqual([])
      expect(laws.missing?.mean).toMatch(why)
      return laws.missing?.mean
    })
    expect(new Set(reasons).size).toBe(4)
    expect(derived({ symmetry: SCALE, rule: { name: 'sgd' } }).missing?.mean).toBeUndefined()
  })
})

it('what noise and the gradient at another point stand for is told beside the laws', () => {
  const laws = derived({ symmetry: SCALE, rule: { name: 'extragradient' } })
  expect(new Set((laws.solution.implications ?? []).flatMap(({ meanings = [] }) => meanings))).toEqual(new Set([
    'with g the gradient on all data and noise the deviation from it of a batch, which twice in a product stands for its covariance',
    'with g_phi the mean over batches of the gradient that each has at its own phi, and noise_phi the deviation from it',
  ]))
})

describe('laws of matrices', () => {
  it('have the covariance of the blocks: two linear layers are kept in balance but for what the noise of each adds to its own side', () => {
    const [found] = derive({ title: '', parameters: { W1: ['h', 'd'], W2: ['k', 'h'] }, symmetry: { family: 'linear', in: ['W1'], out: ['W2'] }, rule: { name: 'sgd', lambda: 0 }, order: 1 })
    const laws = found?.derivation.laws
    const covariance = 'noise_W1*transpose(noise_W1) - transpose(noise_W2)*noise_W2'
    expect(laws === undefined ? [] : [...implied(laws, MEAN), ...implied(laws, 'mean after one step')]).toEqual([
      `diff(q,t) = eta*(g_W1*transpose(g_W1) - transpose(g_W2)*g_W2) + eta*(${covariance})`,
      `theta_next_W1*transpose(theta_next_W1) - transpose(theta_next_W2)*theta_next_W2 = (W1*transpose(W1) - transpose(W2)*W2) + eta^2*(g_W1*transpose(g_W1) - transpose(g_W2)*g_W2) + eta^2*(${covariance})`,
    ])
  })
})

describe('the exact law of the mean with gradients at other points', () => {
  const exact: readonly (Omit<Case, 'step'> & { readonly point: (theta: Row, g: Gradient, eta: number) => Row })[] = [
    { name: 'ascent to a point along g', symmetry: SCALE, rule: { update: { theta: 'theta - eta*g(theta + rho*g)' } }, point: (x, g) => shifted(x, 0.3, g(x)) },
    { name: 'the extragradient method', symmetry: RESCALE, rule: { name: 'extragradient' }, point: (x, g, eta) => shifted(x, -eta, g(x)) },
    { name: 'a point that the batch does not move', symmetry: SCALE, rule: { update: { theta: 'theta - eta*g((1 - rho)*theta)' } }, point: (x) => x.map((xi) => 0.7 * xi) },
  ]
  it.each(exact)('$name: the covariance of both gradients, with each other too, makes the mean of a step to rounding', ({ point, ...given }) => {
    const laws = derived(given)
    const gradients = given.symmetry === SCALE ? scaled : rescaled
    const eta = 0.4
    const [text] = implied(laws, 'mean after one step')
    const each = gradients.map((g) => ({ g: g(START), g_phi: g(point(START, g, eta)) }))
    const [full, there] = [meanOf(each.map((x) => x.g)), meanOf(each.map((x) => x.g_phi))]
    const said = mean(each.map((x) => scalarOfText(rightOf(text), settingAt(START, full, { g_phi: there, noise: minus(x.g, full), noise_phi: minus(x.g_phi, there) }, eta))))
    const measured = mean(each.map((x) => chargeOf(laws, shifted(START, -eta, x.g_phi))))
    expect(said / measured).toBeCloseTo(1, 12)
    const without = scalarOfText(rightOf(text), settingAt(START, full, { g_phi: there, noise: full.map(() => 0), noise_phi: full.map(() => 0) }, eta))
    expect(Math.abs(without / measured - 1)).toBeGreaterThan(1e-3)
  })
})
