import { describe, expect, it } from 'vitest'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import { type Loss, gradientFormOf, uniform, vectorFrom } from '../jets/support/losses.js'
import { type Setting, scalarOfText, vectorOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'

const NUMBERS = { eta: 0.02, lambda: 0.1, beta: 0.7, gamma: 0.4, c: 0.5 }
const STEPS = 50
/** Components of θ: u = 0 … 1, a = 2 … 3, b = 4. */
const MASKS = { u: [true, true, false, false, false], a: [false, false, true, true, false], b: [false, false, false, false, true] }

/** A loss of aⱼ·u_i² and of b + log aⱼ²… : what the unit computes, invariant under u → e^α u, a → e^(−2α) a. */
const quadraticUnit: Loss = (ring, theta) => {
  const at = (i: number) => theta[i] ?? ring.of(0)
  const products = [0, 1].flatMap((i) => [2, 3].map((j) => ring.mul(at(j), ring.mul(at(i), at(i)))))
  return products.map((p, k) => ring.call('sin', [ring.add(p, ring.mul(ring.of(k / 2), at(4)))])).reduce(ring.add, ring.of(0))
}

/** A loss of the differences u₁ − u₂ and u₁ − 3b: invariant under an affine motion of two blocks at once. */
const tiltedShift: Loss = (ring, theta) => {
  const at = (i: number) => theta[i] ?? ring.of(0)
  const features = [ring.add(at(0), ring.mul(ring.of(-1), at(1))), ring.add(at(0), ring.mul(ring.of(-3), at(4))), at(2), at(3)]
  return features.map((p, k) => ring.call('sin', [ring.add(p, ring.of(k / 3))])).reduce(ring.add, ring.of(0))
}

const problems: readonly (readonly [string, string, Loss])[] = [
  ['a quadratic unit under heavy ball with decay beside the gradient', `
parameters: { u: [2], a: [2], b: [1] }
symmetry: { generator: { u: u, a: "-2*a" } }
rule: { state: { v: 0 }, update: { v: beta*v + g, theta: (1 - eta*lambda)*theta - eta*v } }
order: 1`, quadraticUnit],
  ['a quadratic unit under two momenta', `
parameters: { u: [2], a: [2], b: [1] }
symmetry: { generator: { u: u, a: "-2*a" } }
rule: { state: { v: 0, m: 0 }, update: { v: beta*v + g + lambda*theta, m: gamma*m + v, theta: theta - eta*(c*m + v) } }
order: 0`, quadraticUnit],
  ['a quadratic unit without decay on one block', `
parameters: { u: [2], a: [2], b: [1] }
symmetry: { generator: { u: u, a: "-2*a" } }
rule: { update: { theta: theta - eta*(g + lambda*theta_a) } }
order: 1`, quadraticUnit],
  ['a quadratic unit under a rule for each block', `
parameters: { u: [2], a: [2], b: [1] }
symmetry: { generator: { u: u, a: "-2*a" } }
rule: { state: { v: 0 }, update: { v: beta*v + g, u: u - eta*v, theta: (1 - eta*lambda)*theta - eta*g/sqrt(c + norm2(g)), a: a - eta*(1 + norm2(u))*v } }
order: 1`, quadraticUnit],
  ['a shift of two blocks under Nesterov', `
parameters: { u: [2], a: [2], b: [1] }
symmetry: { generator: { u: "3", b: "1" } }
rule: { name: nesterov }
order: 1`, tiltedShift],
  ['a quadratic unit under steps as long as the parameters', `
parameters: { u: [2], a: [2], b: [1] }
symmetry: { generator: { u: u, a: "-2*a" } }
rule: { update: { theta: theta - eta*sqrt(norm2(theta)/norm2(g))*g } }
order: 1`, quadraticUnit],
  ['a quadratic unit under normalised momentum with a decay that grows with the norm', `
parameters: { u: [2], a: [2], b: [1] }
symmetry: { generator: { u: u, a: "-2*a" } }
rule: { state: { v: 0 }, update: { v: beta*v + g, theta: (1 - eta*lambda*norm2(theta))*theta - eta*v/sqrt(c + norm2(v)) } }
order: 1`, quadraticUnit],
  ['a quadratic unit under momentum of a gradient clipped by its ratio to the unit', `
parameters: { u: [2], a: [2], b: [1] }
symmetry: { generator: { u: u, a: "-2*a" } }
rule: { state: { v: 0 }, update: { v: beta*v + (g_u + g_a)/sqrt(1 + norm2(g_u)/norm2(theta_u)) + g_b, theta: theta - eta*v - eta*lambda*theta_b } }
order: 1`, quadraticUnit],
  ['a shift of two blocks under normalized descent', `
parameters: { u: [2], a: [2], b: [1] }
symmetry: { generator: { u: "3", b: "1" } }
rule: { update: { theta: (1 - eta*lambda)*theta - eta*g/sqrt(c + norm2(g)) } }
order: 0`, tiltedShift],
]

describe.each(problems)('a problem file: %s', (_, text, loss) => {
  const [found] = deriveProblem(parseProblem(`title: test${text}`))
  if (found === undefined) throw new Error('one law')
  const { derivation } = found

  it('every step is verified', () => {
    expect(derivation.steps.length).toBeGreaterThan(4)
    for (const step of derivation.steps) expect(step.verified).toMatchObject({ passed: true })
  })

  it('the exact law and every row of its closure hold along a run, to 1e-12', () => {
    const law = derivation.laws.discrete
    if (law === undefined) throw new Error('there is a discrete law')
    const states = derivation.rule.update.map((u) => u.name)
    let now: Record<string, readonly number[]> = Object.fromEntries(states.map((name) => [name, vectorFrom(() => 0, 5)]))
    now['theta'] = vectorFrom(uniform(9), 5).map((x) => x + Math.sign(x) / 2)
    let predicted: readonly number[] | undefined
    const rows = [{ now: law.charge.text, next: law.recursion.text }, ...law.closure.map((r) => ({ now: r.contraction.text, next: r.next.text }))]
    for (let k = 0; k < STEPS; k += 1) {
      const gradientForm = gradientFormOf(loss, now['theta'] ?? [])
      const setting = (vectors: Record<string, readonly number[]>): Setting<number> => ({ ring: DOUBLES, scalars: { ...NUMBERS, k }, vectors, masks: MASKS, maps: {}, gradientForm })
      const all = { ...now }
      for (const { name, value } of derivation.rule.update) all[`${name}_next`] = vectorOfText(value.text, setting(all))
      const here = setting(all)
      for (const [i, row] of rows.entries()) expect(Math.abs(scalarOfText(row.now, here) - (predicted?.[i] ?? scalarOfText(row.now, here)))).toBeLessThan(1e-12 * 30)
      predicted = rows.map((row) => scalarOfText(row.next, here))
      now = Object.fromEntries(states.map((name) => [name, all[`${name}_next`] ?? []]))
    }
  })
})
