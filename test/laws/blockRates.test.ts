import { describe, expect, it } from 'vitest'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import { readRule } from '../../src/rules/rule.js'
import { modifiedField } from '../../src/rules/modifiedField.js'
import { type Loss, gradientFormOf, uniform, vectorFrom } from '../jets/support/losses.js'
import { type Setting, scalarOfText, vectorOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'
import { type Blocks, type Plain, combine, deepLinear, distance, evaluateText, map, multiply, transpose } from './matrixWitness.js'

/** A loss of the products of the first two components with the last two: invariant under u → e^α u, a → e^(−α) a. */
const balanced: Loss = (ring, theta) => {
  const at = (i: number) => theta[i] ?? ring.of(0)
  return [0, 1].flatMap((i) => [2, 3].map((j) => ring.call('sin', [ring.add(ring.mul(at(i), at(j)), ring.of(i + j / 2))]))).reduce(ring.add, ring.of(0))
}

const LINEAR = 'parameters: { W1: [h, d], W2: [o, h] }\nsymmetry: { family: linear, in: [W1], out: [W2] }\n'
const derived = (rule: string) => deriveProblem(parseProblem(`title: rates\n${LINEAR}rule: ${rule}\norder: 1`)).map(({ derivation }) => derivation)
const of = (theta: Blocks, name: string): Plain => theta[name] ?? []
const each = (theta: Blocks, f: (name: string, x: Plain) => Plain): Blocks => Object.fromEntries(Object.entries(theta).map(([name, x]) => [name, f(name, x)]))

const RATE = 0.03
const BETA = 0.6
const R: Readonly<Record<string, number>> = { W1: 1, W2: 1 / 5 }
const LAMBDA: Readonly<Record<string, number>> = { W1: 1 / 10, W2: 0 }
const loss = deepLinear(3)

/** Heavy ball with a rate and a decay for each layer, on plain matrices. */
function run(eta: number, steps: number, beta: number, visit: (now: { theta: Blocks; v: Blocks; g: Blocks; next: Blocks }) => void): Blocks {
  let [theta, v] = [loss.start, each(loss.start, (_, x) => map(x, () => 0))]
  for (let k = 0; k < steps; k += 1) {
    const g = loss.gradient(theta)
    const [here, before] = [theta, v]
    const next = each(here, (b, x) => combine(1, combine(beta, of(before, b), 1, of(g, b)), LAMBDA[b] ?? 0, x))
    visit({ theta, v, g, next })
    theta = each(here, (b, x) => combine(1, x, -eta * (R[b] ?? 1), of(next, b)))
    v = next
  }
  return theta
}

describe('a rate and a decay for each layer', () => {
  const rule = '{ name: momentum, eta: { W1: 0.1, W2: 0.02 }, lambda: { W1: 0.1, W2: 0 } }'

  it('gives balance matrices weighted by the inverse rates, with an exact law along a run', () => {
    for (const { laws, steps } of derived(rule)) {
      for (const step of steps) expect(step.verified).toMatchObject({ passed: true })
      const { discrete } = laws
      if (discrete === undefined) throw new Error('there is a discrete law')
      const rows = [{ now: discrete.charge.text, next: discrete.recursion.text }, ...discrete.closure.map((r) => ({ now: r.contraction.text, next: r.next.text }))]
      let predicted: readonly Plain[] | undefined
      run(RATE, 6, BETA, ({ theta, v, g, next }) => {
        const named = (prefix: string, x: Blocks) => Object.entries(x).map(([b, value]) => [`${prefix}${b}`, value] as const)
        const scope = { eta: RATE, beta: BETA, ...Object.fromEntries([...named('', theta), ...named('v_', v), ...named('g_', g), ...named('v_next_', next)]) }
        for (const [i, row] of rows.entries()) expect(distance(evaluateText(row.now, scope), predicted?.[i] ?? evaluateText(row.now, scope))).toBeLessThan(1e-13)
        predicted = rows.map((row) => evaluateText(row.next, scope))
      })
    }
  })

  it('has the weighted balance conserved by gradient descent to first order in the rate, the plain one not at all', () => {
    const [symmetric] = derived('{ name: sgd, lambda: 0, eta: { W1: 0.1, W2: 0.02 } }')
    expect(symmetric?.laws.flow[0]?.charge.text).toBe('W1*transpose(W1) - 5*transpose(W2)*W2')
    expect(symmetric?.laws.flow[0]?.equation.text).toBe('diff(q,t) = 0')
    const undecayed = (eta: number): Blocks => {
      let theta = loss.start
      for (let k = 0; k < Math.round(0.4 / eta); k += 1) {
        const [here, g] = [theta, loss.gradient(theta)]
        theta = each(here, (b, x) => combine(1, x, -eta * (R[b] ?? 1), of(g, b)))
      }
      return theta
    }
    const balance = (theta: Blocks, weight: number): Plain => combine(1, multiply(of(theta, 'W1'), transpose(of(theta, 'W1'))), -weight, multiply(transpose(of(theta, 'W2')), of(theta, 'W2')))
    const drift = (eta: number, weight: number): number => distance(balance(undecayed(eta), weight), balance(loss.start, weight))
    expect(drift(0.01, 5) / drift(0.005, 5)).toBeCloseTo(2, 0)
    expect(drift(0.01, 5) / drift(0.005, 1)).toBeLessThan(0.2)
  })

  it('has a modified flow that agrees with the modified vector field, and a friction for each layer', () => {
    const [first] = derived('{ name: momentum, beta: { W1: 9/10, W2: 1/2 }, lambda: 0 }')
    expect(first?.rule.flows.find((f) => f.model === 'modified flow')?.equation.text).toContain('dtheta_W2/2')
    const field = modifiedField(readRule({ name: 'momentum', beta: { W1: '9/10', W2: '1/2' }, lambda: 0 }, { W1: ['W1'], W2: ['W2'] }), 1)
    expect(field.ok).toBe(true)
    for (const step of first?.steps ?? []) expect(step.verified).toMatchObject({ passed: true })
  })

  it('of a network is told for each of its parameters, biases included', () => {
    const problem = parseProblem(`title: inferred
symmetry: { infer: true }
rule: { name: sgd, eta: { W1: 0.004, b1: 0.002, W2: 0.001 } }
network: { input: 64, layers: [{ dense: { units: 6 } }, linear, { dense: { units: 10, bias: false } }], loss: mean_square }
data: digits
order: 1`)
    const charges = deriveProblem(problem).map(({ derivation }) => derivation.laws.flow[0]?.charge.text)
    expect(charges.slice(0, 2)).toEqual(['norm2(theta_W1) - 4*norm2(theta_W2) + 2*norm2(theta_b1)', 'W1*transpose(W1) + 2*b1*transpose(b1) - 4*transpose(W2)*W2'])
  })

  it('of a network is told to higher orders too: the laws of a file that states the same blocks and symmetry', () => {
    const rule = 'rule: { name: sgd, eta: { W1: 1/4, b1: 1/2, W2: 1/8, b2: 1/8 }, lambda: 0 }\norder: 2'
    const [found] = deriveProblem(parseProblem(`title: balance
symmetry: { infer: true }
${rule}
network: { input: 64, layers: [{ dense: 6 }, relu, { dense: 10 }], loss: mean_square }
data: digits`))
    const [stated] = deriveProblem(parseProblem(`title: balance
parameters: { W1: [n], b1: [m], W2: [k], b2: [o] }
symmetry: { family: rescale, in: [W1, b1], out: [W2] }
${rule}`))
    for (const step of found?.derivation.steps ?? []) expect(step.verified).toMatchObject({ passed: true })
    const texts = [found, stated].map((law) => law?.derivation.laws.flow.map((f) => `${f.model} ${f.order}: ${f.equation.text}`) ?? [])
    expect(texts[0]).toEqual(texts[1])
    expect(texts[0]?.find((text) => text.startsWith('modified vector field 2'))).toContain('H(g_b2)')
  })

  it('with rates that are functions of theta keeps its own friction: the printed law holds along the printed flow', () => {
    const [found] = deriveProblem(parseProblem(`title: rates
parameters: { u: [2], a: [2] }
symmetry: { generator: { u: u, a: "-a" } }
rule: { state: { v: 0 }, update: { v: beta*v + g, theta: theta - eta*v_a - eta*v_u/(1 + norm2(theta_u)) } }
order: 1`))
    const law = found?.derivation.laws.flow.find((f) => f.model === 'modified flow')
    const flow = found?.derivation.rule.flows.find((f) => f.model === 'modified flow')
    if (law === undefined || flow === undefined) throw new Error('there is a modified flow')
    const [residual = '', right] = flow.equation.text.split(' = ')
    expect(right).toBe('0')
    const [left = '', drive = ''] = law.equation.text.split(' = ')
    expect(left).toContain('q*(1 - beta)')
    const [theta, velocity] = [uniform(4), uniform(8)].map((random) => vectorFrom(random, 4))
    const at = (x: readonly number[], v: readonly number[], w: readonly number[] = [0, 0, 0, 0]): Setting<number> => ({
      ring: DOUBLES, scalars: { eta: 0.3, beta: 0.6 }, vectors: { theta: x, dtheta: v, ddtheta: w }, maps: {}, gradientForm: gradientFormOf(balanced, x),
      masks: { u: [true, true, false, false], a: [false, false, true, true] },
    })
    if (theta === undefined || velocity === undefined) throw new Error('two vectors')
    // The equation is linear in the acceleration, component by component.
    const [force, whole] = [[0, 0, 0, 0], [1, 1, 1, 1]].map((w) => vectorOfText(residual, at(theta, velocity, w)))
    const acceleration = theta.map((_, i) => -(force?.[i] ?? 0) / ((whole?.[i] ?? 0) - (force?.[i] ?? 0)))
    const charge = (h: number): number => scalarOfText(law.charge.text, at(theta.map((x, i) => x + h * (velocity[i] ?? 0)), velocity.map((x, i) => x + h * (acceleration[i] ?? 0))))
    const rate = (charge(1e-5) - charge(-1e-5)) / 2e-5
    const value = left.replace('diff(q,t)', `(${rate})`).replace(/\bq\b/, `(${charge(0)})`)
    expect(scalarOfText(value, at(theta, velocity))).toBeCloseTo(scalarOfText(drive, at(theta, velocity)), 8)
  })

  it('that are one function of theta on all blocks of the generator say nothing of its charge: clipping by the ratio of gradient and weights', () => {
    const [found] = deriveProblem(parseProblem(`title: clipped
parameters: { w: [d], b: [m] }
symmetry: { family: scale, on: [w] }
rule: { state: { v: 0 }, update: { v: beta*v + g_w/sqrt(1 + norm2(g_w)/norm2(theta_w)) + g_b, theta: theta - eta*v } }
order: 1`))
    expect(found?.derivation.laws.discrete?.charge.text).toBe('norm2(theta_w)')
    const texts = found?.derivation.laws.flow.map((f) => f.equation.text)
    expect(texts).toEqual([
      'diff(q,t) = 0',
      'diff(q,t) = eta*q*(1 + beta)*norm2(g_w)/((1 - beta)^3*(q + norm2(g_w)))',
      'eta*(1 + beta)*diff(q,t,2)/2 + (1 - beta)*diff(q,t) = eta*(1 + beta)*norm2(dtheta_w)',
    ])
  })
})

describe('learning rates by block that move', () => {
  const textsOf = (rule: string): readonly string[] => {
    const problem = `title: t\nparameters: { u: [2], a: [2] }\nsymmetry: { generator: { u: u, a: "-a" } }\nrule: ${rule}\norder: 2`
    return deriveProblem(parseProblem(problem)).flatMap(({ derivation: { laws } }) => [`q_next = ${laws.discrete?.recursion.text ?? ''}`, ...laws.flow.map((law) => law.equation.text)])
  }
  const [theta, velocity, acceleration, jerk] = [4, 8, 15, 16].map((seed) => vectorFrom(uniform(seed), 4))
  if (theta === undefined || velocity === undefined || acceleration === undefined || jerk === undefined) throw new Error('four vectors')
  const here: Setting<number> = {
    ring: DOUBLES, maps: {}, gradientForm: gradientFormOf(balanced, theta), masks: { u: [true, true, false, false], a: [false, false, true, true] },
    vectors: { theta, dtheta: velocity, ddtheta: acceleration, d3theta: jerk },
    scalars: { eta: 0.3, lambda: 0.2, b: 0.4, sigma: 0.7, 'diff(sigma,t)': -0.3, 'diff(sigma,t,2)': 0.9, sigma_a: 1.3, 'diff(sigma_a,t)': 0.6, 'diff(sigma_a,t,2)': -0.8, q_next: 0, q: 1.1, 'diff(q,t)': -0.4, 'diff(q,t,2)': 0.5, 'diff(q,t,3)': 1.7 },
  }
  const residual = (text: string): number => {
    const [left = '', right = ''] = text.split(' = ')
    return scalarOfText(left, here) - scalarOfText(right, here)
  }

  it('are a schedule of the learning rate where they move alike', () => {
    const alike = textsOf('{ name: sgd, eta: { u: "e/(1 + k/K)", a: "e/(1 + k/K)" } }')
    const whole = textsOf('{ name: sgd, eta: "e/(1 + k/K)" }')
    expect(alike).toHaveLength(whole.length)
    // The equation of motion is one over the learning rate, where it is written by block.
    for (const [i, text] of alike.entries()) expect(residual(text) * (i < 4 ? 1 : 0.7)).toBeCloseTo(residual(whole[i] ?? ''), 10)
  })

  it('are a schedule of a factor beside it where one moves against the other, and conserve nothing', () => {
    const own = textsOf('{ update: { theta: "theta - eta*(g - g_a + sigma_a*g_a)" }, sigma_a: "r + k/K" }')
    const named = textsOf('{ name: sgd, lambda: 0, eta: { u: "eta", a: "eta*(r + k/K)" } }')
    expect(named).toHaveLength(own.length)
    for (const [i, text] of named.entries()) expect(residual(text)).toBeCloseTo(residual(own[i] ?? ''), 10)
    expect(named[1]).toBe('diff(q,t) = -2*(1 - sigma_a)*dot(g_u, theta_u)')
  })

  it('close the exact system on contractions that mean the same after the step: every row holds at every step of a loop', () => {
    const [found] = deriveProblem(parseProblem('title: t\nparameters: { u: [2], a: [2] }\nsymmetry: { generator: { u: u, a: "-a" } }\nrule: { name: momentum, lambda: 0, beta: b, eta: { u: "1/20", a: "1/(20 + k)" } }\norder: 1'))
    const { charge, recursion, closure } = found?.derivation.laws.discrete ?? {}
    if (charge === undefined || recursion === undefined || closure === undefined) throw new Error('there is an exact law')
    const rows = [{ now: charge.text, next: recursion.text }, ...closure.map((row) => ({ now: row.contraction.text, next: row.next.text }))]
    let [x, v, k] = [theta, theta.map(() => 0), 0]
    const settingAt = (step: number, at: readonly number[], state: readonly number[], after: readonly number[]): Setting<number> => ({
      ...here, gradientForm: gradientFormOf(balanced, at), vectors: { theta: at, v: state, v_next: after }, scalars: { eta: 1 / 20, b: 0.6, sigma_a: 20 / (20 + step), k: step },
    })
    for (; k < 6; k += 1) {
      const g = gradientFormOf(balanced, x)([])
      const [before, state] = [x, v]
      const after = state.map((vi, i) => 0.6 * vi + (g[i] ?? 0))
      const moved = before.map((xi, i) => xi - (after[i] ?? 0) * (i < 2 ? 1 / 20 : 1 / (20 + k)))
      for (const { now, next } of rows) expect(scalarOfText(now, settingAt(k + 1, moved, after, after))).toBeCloseTo(scalarOfText(next, settingAt(k, before, state, after)), 12)
      ;[x, v] = [moved, after]
    }
  })

  it('and other values by block are schedules of their own, called otherwise than what they are made of', () => {
    const rule = (name: string): string => `{ name: momentum, eta: eta, lambda: 0, beta: { u: "${name}/(1 + k/K)", a: "b" } }`
    expect(textsOf(rule('b')).join()).toContain('diff(beta_u,t)')
    expect(textsOf(rule('beta_u')).join()).toContain('diff(beta_of_u,t)')
  })
})

describe('a learning rate by block beside a norm of the whole gradient', () => {
  const textOf = (rule: string) => deriveProblem(parseProblem(`title: t\nparameters: { u: [2], a: [2] }\nsymmetry: { generator: { u: u, a: "-a" } }\nrule: ${rule}\norder: 0`))

  it('is that of each block: the exact law is what a loop makes of the charge', () => {
    const recursion = textOf('{ update: { theta: "theta - eta*g/(1 + c*norm2(g))" }, eta: { u: eta, a: "eta/5" } }')[0]?.derivation.laws.discrete?.recursion.text ?? ''
    const x = vectorFrom(uniform(4), 4)
    const g = gradientFormOf(balanced, x)([])
    const norm = g.reduce((sum, gi) => sum + gi * gi, 0)
    const next = x.map((xi, i) => xi - ((i < 2 ? 0.3 : 0.06) * (g[i] ?? 0)) / (1 + 0.7 * norm))
    const setting = (at: readonly number[]): Setting<number> => ({ ring: DOUBLES, maps: {}, gradientForm: gradientFormOf(balanced, at), masks: { u: [true, true, false, false], a: [false, false, true, true] }, vectors: { theta: at }, scalars: { eta: 0.3, c: 0.7 } })
    const charge = textOf('{ update: { theta: "theta - eta*g/(1 + c*norm2(g))" }, eta: { u: eta, a: "eta/5" } }')[0]?.derivation.laws.discrete?.charge.text ?? ''
    expect(scalarOfText(recursion, setting(x))).toBeCloseTo(scalarOfText(charge, setting(next)), 12)
  })

  it.each([
    ['{ update: { theta: "theta - eta*(g + lambda*theta)/sqrt(norm2(g + lambda*theta))" }, lambda: { u: 0.1, a: 0 } }', /lambda differs between blocks and stands inside of norm2/],
    ['{ update: { theta: "theta - eta*g + H(nu*g)" }, nu: { u: 0.1, a: 0 } }', /nu differs between blocks and stands inside of H/],
  ])('is not read inside of what mixes the blocks: %s', (rule, message) => expect(() => textOf(rule)).toThrow(message))
})

describe('a value by block that the step divides by', () => {
  const lawsOf = (rule: string) => {
    const [found] = deriveProblem(parseProblem(`title: divisor\nparameters: { u: [d], a: [m] }\nsymmetry: { family: rescale, in: [u], out: [a] }\nrule: ${rule}\norder: 1`))
    const laws = found?.derivation.laws
    return { charge: laws?.discrete?.charge.text, next: laws?.discrete?.recursion.text, flow: laws?.flow?.map(({ equation }) => equation.text) }
  }

  it('has the laws of the step that is written with projections', () => {
    const laws = lawsOf('{ rho: { u: 2, a: rho }, update: { theta: "(1 - eta*lambda)*theta - eta*g/rho" } }')
    expect(laws).toEqual(lawsOf('{ update: { theta: "(1 - eta*lambda)*theta - eta*P_u(g)/2 - eta*P_a(g)/rho" } }'))
    expect(laws.flow?.length).toBeGreaterThan(0)
  })
})
