import { describe, expect, it } from 'vitest'
import { ksbData } from '../../src/laws/ksbDocument.js'
import { KSB_FAMILIES, ksbRule, ksbTable } from '../../src/laws/ksb.js'
import { ksbGeometry } from '../../src/laws/ksbGeometry.js'
import { METRICS } from '../../src/mechanics/metric.js'
import { ksbArticle } from '../../src/report/content/ksb.js'
import { renderHtml } from '../../src/report/html/render.js'
import { renderLatex } from '../../src/report/latex/render.js'
import { readRule } from '../../src/rules/rule.js'
import { symmetriesOf } from '../../src/symmetry/symmetry.js'
import { writeScalar } from '../../src/jets/notation.js'
import { readScalar } from '../../src/jets/read.js'
import { type Numbers, axpy, inner, numericScalar } from '../mechanics/support/numericJets.js'

const table = ksbTable()
const data = ksbData(table)
const vanishing = (family: string): readonly string[] => data.families.find((f) => f.name === family)?.rows.filter((r) => r.vanishes).map((r) => r.metric) ?? []

describe('the table of kinetic symmetry breaking', () => {
  it('has a cell for every rule, family and metric, each checked against the variation of the kinetic energy', () => {
    expect(table.cells).toHaveLength(table.rules.length * table.symmetries.length * table.metrics.length)
    expect(table.geometry.every((g) => g.verified.passed)).toBe(true)
  })

  it('agrees with [NLD] §4 in the Euclidean metric: translations and rotations have none, scale and rescale have', () => {
    const euclidean = Object.fromEntries(data.families.map((f) => [f.name, f.rows.find((r) => r.metric === 'euclidean')?.ksb.text]))
    expect(euclidean).toEqual({
      translation: '0',
      scale: 'norm2(dtheta_w)',
      rescale: 'norm2(dtheta_w) - p*norm2(dtheta_a)',
      'linear, symmetric M': 'dot(dtheta, A(dtheta))',
      'linear, antisymmetric M': '0',
      orthogonal: '0',
    })
  })

  it('changes its classification with the metric: 1/theta^2 keeps scale and rescale, and breaks translation and rotation', () => {
    expect(vanishing('translation')).toEqual(['euclidean', 'block', 'diagonal', 'commuting', 'symmetric'])
    expect(vanishing('scale')).toEqual(['logarithm'])
    expect(vanishing('rescale')).toEqual(['logarithm'])
    expect(vanishing('linear, symmetric M')).toEqual([])
    expect(vanishing('orthogonal')).toEqual(['euclidean', 'block', 'commuting'])
  })

  it('takes mass and multiplier from the rule, or says why there are none', () => {
    const rule = (name: string) => ksbRule(readRule({ name }))
    const momentum = rule('momentum')
    expect(momentum.mass === undefined ? '' : writeScalar(momentum.mass).text).toBe('eta*(1 + beta)/2')
    expect(writeScalar(momentum.multiplier).text).toBe('exp(2*t*(1 - beta)/(eta*(1 + beta)))')
    expect(rule('adam')).toMatchObject({ mass: undefined, reason: 'no modified flow: the update of theta depends on the states m and s at once, so none can be eliminated by it' })
    expect(rule('nesterov').reason).toMatch(/Helmholtz condition 2 fails.*beta\*eta\*dot\(x, H\(y\)\)/)
  })

  it('has the kinetic energy of Langevin dynamics without its noise, a negative one for a step that ends where its gradient is, and that of the flow for a symmetric step', () => {
    const told = (name: string) => {
      const { mass, multiplier } = ksbRule(readRule({ name }))
      return [mass, multiplier].map((e) => (e === undefined ? 'none' : writeScalar(e).text))
    }
    expect(told('langevin')).toEqual(told('sgd'))
    // theta' - theta = -eta g(theta') is theta - theta' = eta g(theta') backwards: descent with -eta.
    expect([told('sgd'), told('proximal')]).toEqual([['eta/2', 'exp(2*t/eta)'], ['-eta/2', 'exp(-2*t/eta)']])
    expect(told('implicit_midpoint')).toEqual(told('gradient_flow'))
  })

  it('multiplies the entry of family and metric by the mass of the rule', () => {
    const cell = table.cells.find((c) => c.rule === 'sgd' && c.family === 'scale' && c.metric === 'block')
    expect(cell?.ksb?.text).toBe('eta*gamma_w*norm2(dtheta_w)/2')
  })

  it('is written so that every entry reads back to the same expression', () => {
    for (const { symmetry, metric, expression } of table.geometry) {
      const G = { name: 'G', slots: 2, ...(metric.name === 'general' ? {} : { degree: 0 }) } as const
      expect(readScalar(writeScalar(expression).text, { ...symmetry.names, fields: { G } })).toBe(expression)
    }
  })

  it('takes families and rules of the user', () => {
    const own = ksbTable([readRule({ update: { theta: 'theta - eta*g - eta*lambda*theta' } })], [{ statement: { generator: { u: '3*u', a: '-a' } }, parameters: { u: ['d'], a: ['m'] } }], METRICS.slice(0, 1))
    expect(own.cells.map((c) => c.ksb?.text)).toEqual(['3*eta*norm2(dtheta_u)/2 - eta*norm2(dtheta_a)/2'])
  })

  it('reads the same in LaTeX and on a page', () => {
    const article = ksbArticle(data, '')
    const [latex, page] = [renderLatex(article), renderHtml(article, [])]
    for (const { name } of data.families) {
      expect(latex).toContain(name)
      expect(page).toContain(name)
    }
  })
})

type State = readonly [Numbers, Numbers]

/** Classical Runge–Kutta for (q, v)˙ = (v, a(q, v)). */
function trajectory(acceleration: (q: Numbers, v: Numbers) => Numbers, start: State, step: number, steps: number): readonly State[] {
  const rate = ([q, v]: State): State => [v, acceleration(q, v)]
  const moved = ([q, v]: State, c: number, [dq, dv]: State): State => [axpy(c, dq, q), axpy(c, dv, v)]
  const states: State[] = [start]
  for (let k = 0; k < steps; k += 1) {
    const x = states[k] ?? start
    const k1 = rate(x)
    const k2 = rate(moved(x, step / 2, k1))
    const k3 = rate(moved(x, step / 2, k2))
    const k4 = rate(moved(x, step, k3))
    states.push(moved(moved(moved(moved(x, step / 6, k1), step / 3, k2), step / 3, k3), step / 6, k4))
  }
  return states
}

/** A scale-invariant loss, (θ₀² + 2θ₀θ₁ + 3θ₂²)/|θ|², and its gradient, by hand. */
function scaleInvariantGradient([a = 0, b = 0, c = 0]: Numbers): Numbers {
  const [above, below] = [a * a + 2 * a * b + 3 * c * c, a * a + b * b + c * c]
  return [(2 * a + 2 * b) / below - (2 * a * above) / below ** 2, (2 * a) / below - (2 * b * above) / below ** 2, (6 * c) / below - (2 * c * above) / below ** 2]
}

/** A loss of differences, Σ sin(θᵢ − θⱼ), invariant under translation: its gradient by hand. */
const translationInvariantGradient = ([a = 0, b = 0, c = 0]: Numbers): Numbers => [Math.cos(a - b) + 2 * Math.cos(a - c), -Math.cos(a - b), -2 * Math.cos(a - c)]

const blocks = { w: [0, 1, 2] }
const FRICTION = 0.3

/**
 * The motion of e^{ct}(½ Σ φ(θᵢ) θ̇ᵢ² − f): φ θ̈ᵢ + ½ φ′ θ̇ᵢ² + c φ θ̇ᵢ + ∂ᵢf = 0, written out for a diagonal metric, integrated, and on it
 * e^{−ct} d/dt(e^{ct} Σ φ θ̇ᵢ ξᵢ) by differences of fourth order along the trajectory.
 */
function measuredRates(weight: (x: number) => number, slope: (x: number) => number, gradient: (q: Numbers) => Numbers, generator: (q: Numbers) => Numbers): readonly { readonly state: State; readonly rate: number }[] {
  const acceleration = (q: Numbers, v: Numbers): Numbers => {
    const g = gradient(q)
    return q.map((qi, i) => -((slope(qi) * (v[i] ?? 0) ** 2) / 2 + (g[i] ?? 0)) / weight(qi) - FRICTION * (v[i] ?? 0))
  }
  const step = 1e-3
  const states = trajectory(acceleration, [[1, 1.4, 0.8], [0.1, -0.2, 0.15]], step, 400)
  const charge = ([q, v]: State): number => inner(q.map((qi, i) => weight(qi) * (v[i] ?? 0)), generator(q))
  return [100, 200, 300].flatMap((k) => {
    const state = states[k]
    if (state === undefined) return []
    const at = (shift: number): number => charge(states[k + shift] ?? state)
    return [{ state, rate: (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step) + FRICTION * charge(state) }]
  })
}

const geometries = [
  { metric: 'euclidean', weight: () => 1, slope: () => 0 },
  { metric: 'entropy', weight: (x: number) => 1 / x, slope: (x: number) => -1 / x ** 2 },
  { metric: 'logarithm', weight: (x: number) => 1 / x ** 2, slope: (x: number) => -2 / x ** 3 },
]

describe('on integrated trajectories', () => {
  it.each(geometries)('in the metric $metric the charges of scale and translation move by the entry of the table', ({ metric, weight, slope }) => {
    const families = [
      { family: 'scale', gradient: scaleInvariantGradient, generator: (q: Numbers) => q },
      { family: 'translation', gradient: translationInvariantGradient, generator: (q: Numbers) => q.map(() => 1) },
    ]
    for (const { family, gradient, generator } of families) {
      const entry = table.geometry.find((g) => g.symmetry.name === family && g.metric.name === metric)
      if (entry === undefined) throw new Error(`no entry for ${family}`)
      for (const { state, rate } of measuredRates(weight, slope, gradient, generator)) {
        const predicted = numericScalar(entry.expression, { path: state, scalars: {}, fields: {}, blocks })
        expect(Math.abs(rate - predicted)).toBeLessThan(1e-9)
      }
    }
  })

  it('a random metric decides: what is written for one that commutes need not vanish for one that does not', () => {
    const [rotation] = symmetriesOf({ family: 'orthogonal', on: ['W'] }, KSB_FAMILIES.at(-1)?.parameters)
    const entries = METRICS.filter((m) => m.name === 'commuting' || m.name === 'symmetric').map((m) => (rotation === undefined ? undefined : ksbGeometry(rotation, m)))
    expect(entries.map((e) => e?.vanishes)).toEqual([true, false])
    expect(entries.map((e) => e?.reason)).toEqual(['A is antisymmetric and commutes with the metric', 'A is antisymmetric, but does not commute with the metric'])
  })
})
