import { describe, expect, it } from 'vitest'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import { gradientFormOf, scaleInvariant, uniform, vectorFrom } from '../jets/support/losses.js'
import { type Setting, scalarOfText, vectorOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'

const derivationOf = (text: string) => {
  const [found] = deriveProblem(parseProblem(`title: test\norder: 1\n${text}`))
  if (found === undefined) throw new Error('one law')
  return found.derivation
}

const LARS = 'theta - eta*sqrt(norm2(theta))*g/sqrt(norm2(g))'
const RIEMANN = 'theta - eta*(g - dot(theta,g)/norm2(theta)*theta)'

/** The largest deviation of the printed recursion along a run of a rule as it was written, with w the first two of `n` parameters. */
function worstAlongRun(parameters: string, update: string, n: number): number {
  const { laws } = derivationOf(`parameters: ${parameters}\nsymmetry: { family: scale, on: [w] }\nrule: { update: { theta: "${update}" } }`)
  const loss = scaleInvariant({ from: 0, to: 2 }, 3)
  const masks = { w: Array.from({ length: n }, (_, i) => i < 2), a: Array.from({ length: n }, (_, i) => i >= 2) }
  let theta = vectorFrom(uniform(5), n)
  let worst = 0
  for (let k = 0; k < 40; k += 1) {
    const at = (x: readonly number[]): Setting<number> => ({ ring: DOUBLES, scalars: { eta: 0.1 }, vectors: { theta: x }, masks, maps: {}, gradientForm: gradientFormOf(loss, x) })
    const predicted = scalarOfText(laws.discrete?.recursion.text ?? '', at(theta))
    theta = vectorOfText(update, at(theta))
    worst = Math.max(worst, Math.abs(predicted / scalarOfText('norm2(theta_w)', at(theta)) - 1))
  }
  return worst
}

/** The trapezoidal sum of a printed rate less the change of a printed charge, along θ̈ = −(cθ̇ + ∇f + λθ)/m with a scale-invariant loss, over a span of 1. */
function identityDefect(charge: string, rate: string, { m, c, lambda, ...scalars }: Readonly<Record<'m' | 'c' | 'lambda' | 'eta' | 'beta', number>>): { readonly defect: number; readonly change: number } {
  const loss = scaleInvariant({ from: 0, to: 3 }, 3)
  const gradient = (x: readonly number[]): readonly number[] => vectorOfText('g', { ring: DOUBLES, scalars: {}, vectors: { theta: x }, masks: {}, maps: {}, gradientForm: gradientFormOf(loss, x) })
  const plus = (x: readonly number[], y: readonly number[], h: number): number[] => x.map((v, i) => v + h * (y[i] ?? 0))
  const force = (x: readonly number[], v: readonly number[]): number[] => { const g = gradient(x); return x.map((xi, i) => -(c * (v[i] ?? 0) + (g[i] ?? 0) + lambda * xi) / m) }
  let [x, v] = [[1, 0.4, -0.7], [0.3, -0.2, 0.5]]
  const valueAt = (text: string, t: number): number =>
    scalarOfText(text, { ring: DOUBLES, scalars: { ...scalars, lambda, t, f: loss(DOUBLES, x) }, vectors: { theta: x, dtheta: v }, masks: { w: [true, true, true] }, maps: {}, gradientForm: gradientFormOf(loss, x) })
  const [steps, h] = [400, 1 / 400]
  const start = valueAt(charge, 0)
  let sum = valueAt(rate, 0) / 2
  for (let k = 1; k <= steps; k += 1) {
    const [v1, a1] = [v, force(x, v)]
    const v2 = plus(v, a1, h / 2)
    const a2 = force(plus(x, v1, h / 2), v2)
    const v3 = plus(v, a2, h / 2)
    const a3 = force(plus(x, v2, h / 2), v3)
    const v4 = plus(v, a3, h)
    const a4 = force(plus(x, v3, h), v4)
    x = x.map((s, i) => s + (h / 6) * ((v1[i] ?? 0) + 2 * (v2[i] ?? 0) + 2 * (v3[i] ?? 0) + (v4[i] ?? 0)))
    v = v.map((s, i) => s + (h / 6) * ((a1[i] ?? 0) + 2 * (a2[i] ?? 0) + 2 * (a3[i] ?? 0) + (a4[i] ?? 0)))
    sum += valueAt(rate, k * h) * (k === steps ? 0.5 : 1)
  }
  const change = valueAt(charge, 1) - start
  return { defect: Math.abs(sum * h - change), change: Math.abs(change) }
}

describe('blocks that are all parameters', () => {
  it('a dilation of time with half the scaling of all parameters breaks no kinetic symmetry, and its identity holds along solutions', () => {
    const { ksb, laws } = derivationOf('parameters: { w: [d] }\nsymmetry: { generator: { w: "w/2" }, time: t }\nrule: { name: momentum }')
    expect(ksb).toMatchObject({ text: '0', vanishes: true })
    const [law] = laws.flow
    const [eta, beta] = [2, 0.4]
    const found = identityDefect(law?.charge.text ?? '', (law?.equation.text ?? '').replace('diff(q,t) = ', ''), { m: eta * (1 + beta) / 2, c: 1 - beta, lambda: 0.3, eta, beta })
    expect(found.change).toBeGreaterThan(0.1)
    expect(found.defect).toBeLessThan(1e-4 * found.change)
  })

  it('a decay that grows with the norm of the only block is the gradient of a power of all of theta', () => {
    const decay = (of: string) => derivationOf(`parameters: ${of}\nsymmetry: { family: scale, on: [w] }\nrule: { update: { theta: "theta - eta*g - eta*lambda*norm2(theta_w)^2*theta" } }`).lagrangian
    expect(decay('{ w: [d] }').text).toBe('eta*exp(2*t/eta)*norm2(dtheta)/4 - (6*f + lambda*norm2(theta)^3)*exp(2*t/eta)/6')
    expect(decay('{ w: [d], a: [m] }').text).toBe('')
    // The force of (a/2)|theta|² − (b/4)|theta|⁴.
    const growth = derivationOf('parameters: { w: [d] }\nsymmetry: { family: scale, on: [w] }\nrule: { update: { theta: "theta - eta*g + eta*(a - b*norm2(theta))*theta" } }').lagrangian
    expect(growth.text).toBe('(2*a*norm2(theta) - 4*f - b*norm2(theta)^2)*exp(2*t/eta)/4 + eta*exp(2*t/eta)*norm2(dtheta)/4')
  })

  it('the step of LARS, as long as all of theta, makes the norm of the only block grow as a geometric sequence', () => {
    const { laws, steps } = derivationOf(`parameters: { w: [d] }\nsymmetry: { family: scale, on: [w] }\nrule: { update: { theta: "${LARS}" } }`)
    expect(laws.discrete?.recursion.text).toBe('(eta^2 + 1)*norm2(theta_w)')
    expect(laws.flow.find((f) => f.order === 1)?.equation.text).toBe('diff(q,t) - eta*q = 0')
    expect(steps.filter(({ why }) => why === 'The blocks of the problem are all its parameters.').map(({ before, after, verified }) => [before.text, after.text, verified.passed])).toEqual([
      ['norm2(g)', 'norm2(g_w)', true],
      ['norm2(theta)', 'norm2(theta_w)', true],
    ])
    expect(worstAlongRun('{ w: [2] }', LARS, 2)).toBeLessThan(1e-12)
  })

  it('beside another block the norm of theta is the charge and the norm of that block, and the law closes on the charge', () => {
    const { laws } = derivationOf(`parameters: { w: [d], a: [m] }\nsymmetry: { family: scale, on: [w] }\nrule: { update: { theta: "${LARS}" } }`)
    expect(laws.flow.find((f) => f.order === 1)?.equation.text).toBe('diff(q,t) - eta*q*norm2(g_w)/norm2(g) = eta*norm2(theta_a)*norm2(g_w)/norm2(g)')
    expect(worstAlongRun('{ w: [2], a: [3] }', LARS, 5)).toBeLessThan(1e-12)
  })

  it('the product of theta and the gradient is that of the blocks without the symmetry', () => {
    const alone = derivationOf(`parameters: { w: [d] }\nsymmetry: { family: scale, on: [w] }\nrule: { update: { theta: "${RIEMANN}" } }`)
    expect(alone.laws.discrete?.recursion.text).toBe('norm2(theta_w) + eta^2*norm2(g_w)')
    expect(worstAlongRun('{ w: [2], a: [3] }', RIEMANN, 5)).toBeLessThan(1e-12)
  })

  it('stays whole where the charge does not hold it, and where a network has parameters beside the blocks', () => {
    const rescale = derivationOf(`parameters: { u: [d], a: [m] }\nsymmetry: { generator: { u: u, a: "-a" } }\nrule: { update: { theta: "${LARS}" } }`)
    expect(rescale.rule.update[0]?.value.text).toBe(LARS)
    const network = 'network: { input: 3, layers: [{ dense: 4 }, { batchnorm: {} }, relu, { dense: 2 }], loss: cross_entropy }'
    const part = derivationOf(`parameters: { "dense1.W": [4, 3] }\n${network}\nsymmetry: { family: scale, on: ["dense1.W"] }\nrule: { update: { theta: "${LARS}" } }`.replaceAll('"dense1.W"', 'W1'))
    expect(part.rule.update[0]?.value.text).toBe(LARS)
  })
})
