import { describe, expect, it } from 'vitest'
import { toText } from '../../src/algebra/print.js'
import { derive } from '../../src/laws/derive.js'
import { scalarOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'

type Vector = readonly number[]
const inner = (x: Vector, y: Vector): number => x.reduce((sum, a, i) => sum + a * (y[i] ?? 0), 0)
const shifted = (x: Vector, c: number, y: Vector): Vector => x.map((a, i) => a + c * (y[i] ?? 0))

/** The gradient of a·w/|w| + (b·w)²/|w|², which a scale of w leaves as it is. */
function gradient(w: Vector): Vector {
  const [a, b] = [[1, -2, 0.5], [0.3, 1, -1]]
  const square = inner(w, w)
  const [p, q] = [inner(a, w) / Math.sqrt(square), inner(b, w) / Math.sqrt(square)]
  return w.map((x, i) => ((a[i] ?? 0) + 2 * q * (b[i] ?? 0)) / Math.sqrt(square) - ((p + 2 * q * q) * x) / square)
}

/** The solution of w' = step(w') by iteration. */
function solved(from: Vector, step: (next: Vector) => Vector): Vector {
  let next = from
  for (let i = 0; i < 400; i += 1) next = step(next)
  return next
}

function lawOf(rule: Readonly<Record<string, unknown>>) {
  const [derived] = derive({ title: '', symmetry: { family: 'scale', on: ['w'] }, rule, order: 1 })
  if (derived?.laws.discrete === undefined) throw new Error('an exact law')
  const { rows } = derived.laws.discrete
  return { derived, row: rows.map(({ coefficients, drives }) => `${coefficients.map(toText).join(', ')} | ${drives.map((d) => `${toText(d.coefficient)} ${toText(d.drive)}`).join(' + ')}`).join('; ') }
}

const START = [1.2, -0.4, 0.9]
const ETA = 0.1

describe('steps that are equations, by name', () => {
  it('the implicit midpoint rule keeps the norm of scale-invariant weights, as a step solved in doubles does', () => {
    expect(lawOf({ name: 'implicit_midpoint' }).row).toBe('1 | ')
    const next = solved(START, (x) => shifted(START, -ETA, gradient(x.map((a, i) => (a + (START[i] ?? 0)) / 2))))
    expect(Math.abs(inner(next, next) - inner(START, START))).toBeLessThan(1e-14)
    expect(Math.hypot(...shifted(next, -1, START))).toBeGreaterThan(0.05)
  })

  it('the proximal point shrinks it by the gradient that it leads to, as a step solved in doubles does', () => {
    const lambda = 0.3
    expect(lawOf({ name: 'proximal', lambda: 'lambda' }).row).toBe('1/(1 + eta*lambda)^2 | -eta^2/(1 + eta*lambda)^2 norm2(P_w(g_phi))')
    const next = solved(START, (x) => shifted(shifted(START, -ETA, gradient(x)), -ETA * lambda, x))
    const g = gradient(next)
    expect(inner(next, next)).toBeCloseTo((inner(START, START) - ETA ** 2 * inner(g, g)) / (1 + ETA * lambda) ** 2, 13)
  })
})

describe('rules with a second sequence, by name', () => {
  it('schedule-free descent moves the norm of the mean as loops over z, y and x do', () => {
    const [beta, lambda] = [0.9, 0.2]
    const { laws } = lawOf({ name: 'schedule_free', beta: 'beta', lambda: 'lambda' }).derived.derivation
    let [x, z]: [Vector, Vector] = [START, START]
    for (let k = 0; k < 20; k += 1) {
      const y = shifted(z.map((a) => (1 - beta) * a), beta, x)
      const g = gradient(y)
      const setting = { ring: DOUBLES, scalars: { eta: ETA, beta, lambda, k }, vectors: { theta: x, z }, masks: { w: [true, true, true] }, maps: {}, gradientForm: () => gradient(x), points: { phi: 'beta*theta + (1 - beta)*z' }, gradientFormAt: (at: Vector) => () => gradient(at) }
      const told = scalarOfText(laws.discrete?.recursion.text ?? '', setting)
      z = shifted(shifted(z, -ETA, g), -ETA * lambda, y)
      x = shifted(x.map((a) => (k * a) / (k + 1)), 1 / (k + 1), z)
      expect(told).toBeCloseTo(inner(x, x), 12)
    }
  })

  it('Lion steps along the sign of one mean and keeps another', () => {
    const { rule } = lawOf({ name: 'lion' }).derived.derivation
    expect(rule.update.map(({ name, value }) => `${name}: ${value.text}`)).toEqual(['theta: theta - eta*sign(beta1*m + (1 - beta1)*g)', 'm: beta2*m + (1 - beta2)*g'])
  })
})

describe('Langevin dynamics, by name', () => {
  it('has the equilibrium of the autoregression that its steps are without a loss', () => {
    const { implications } = lawOf({ name: 'langevin', lambda: 'lambda' }).derived.derivation.laws.solution
    const rest = implications?.find((x) => x.name === 'steady state of the mean over injected noise')?.text.split(' = ')[1] ?? ''
    const [eta, lambda, T, d] = [0.2, 0.7, 0.3, 5]
    const read = scalarOfText(rest, { ring: DOUBLES, scalars: { eta, lambda, T, d_w: d }, vectors: { theta: [0] }, masks: { w: [true] }, maps: {}, gradientForm: () => [0] })
    // x' = (1 - eta lambda) x + s xi has the variance s^2/(1 - (1 - eta lambda)^2); followed step by step, not by that formula.
    let variance = 0
    for (let k = 0; k < 2000; k += 1) variance = (1 - eta * lambda) ** 2 * variance + 2 * eta * T
    expect(read).toBeCloseTo(d * variance, 12)
  })

  it('takes no decay unless it is told to', () => {
    expect(lawOf({ name: 'langevin' }).row).not.toContain('lambda')
  })
})
