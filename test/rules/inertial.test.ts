import { describe, expect, it } from 'vitest'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { writeVector } from '../../src/jets/notation.js'
import { GRADIENT_ATOM, type Vector, coefficientOf, gradientForm, variable, variableAtom } from '../../src/jets/vector.js'
import { derive } from '../../src/laws/index.js'
import { inertialRule } from '../../src/rules/inertial.js'
import { modifiedFlow } from '../../src/rules/modifiedFlow.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'

const flowOf = (rule: RuleStatement, order: number): Vector => {
  const found = modifiedFlow(readRule(rule), order)
  if (!found.ok) throw new Error(found.reason)
  return found.value.equation
}
const text = (rule: RuleStatement, order: number): string => writeVector(flowOf(rule, order)).text

const MU = 0.6

// One parameter, f = theta²/2 − cos(2 theta)/8.
const slope = (x: number): number => x + Math.sin(2 * x) / 4
const curvature = (x: number): number => 1 + Math.cos(2 * x) / 2

const [CURVED] = gradientForm(variable('theta', 1)).terms

type Acceleration = (t: number, x: number, v: number) => number

/** Rate of an acceleration along its path, by a central difference. */
const jerk = (a: Acceleration, t: number, x: number, v: number, h = 1e-4): number =>
  (a(t + h, x + h * v, v + h * a(t, x, v)) - a(t - h, x - h * v, v - h * a(t, x, v))) / (2 * h)

/** θ̈ of an equation of motion from its coefficients, a third derivative of order √η by the leading equation. */
function acceleration(equation: Vector, eta: number): Acceleration {
  return (t, x, v) => {
    const c = (atom: Parameters<typeof coefficientOf>[1]): number => evaluateNumber(coefficientOf(equation, atom), { t, eta, mu: MU })
    const third = c(variableAtom('theta', 3))
    const force = c(variableAtom('theta', 1)) * v + c(GRADIENT_ATOM) * slope(x) + (CURVED === undefined ? 0 : c(CURVED.atom) * curvature(x) * v)
    return -(force + (third === 0 ? 0 : third * jerk(acceleration(equation, 0), t, x, v))) / c(variableAtom('theta', 2))
  }
}

/** The path through (t, x, v), by Runge–Kutta of order four with small steps. */
function position(a: (t: number, x: number, v: number) => number, from: readonly [number, number, number], to: number): number {
  const steps = 160
  let [t, x, v] = from
  const h = (to - t) / steps
  for (let n = 0; n < steps; n += 1) {
    const [a1, v1] = [a(t, x, v), v]
    const [v2, a2] = [v + (h / 2) * a1, a(t + h / 2, x + (h / 2) * v1, v + (h / 2) * a1)]
    const [v3, a3] = [v + (h / 2) * a2, a(t + h / 2, x + (h / 2) * v2, v + (h / 2) * a2)]
    const [v4, a4] = [v + h * a3, a(t + h, x + h * v3, v + h * a3)]
    x += (h / 6) * (v1 + 2 * v2 + 2 * v3 + v4)
    v += (h / 6) * (a1 + 2 * a2 + 2 * a3 + a4)
    t += h
  }
  return x
}

/** Update equations by hand: θ_{k+1} from θ_{k−1} and θ_k. */
const RECURRENCES: readonly { readonly name: string; readonly rule: RuleStatement; readonly next: (k: number, eta: number, before: number, now: number) => number }[] = [
  {
    name: 'heavy ball with beta = k/(k+3)',
    rule: { name: 'momentum', beta: 'k/(k+3)', lambda: 0 },
    next: (k, eta, before, now) => now + (k / (k + 3)) * (now - before) - eta * slope(now),
  },
  {
    name: 'Nesterov with k/(k+3)',
    rule: { name: 'nesterov_schedule' },
    next: (k, eta, before, now) => {
      const velocity = ((before - now) / eta - slope(before)) / (k / (k + 3))
      return now - eta * (slope(now) + ((k + 1) / (k + 4)) * ((k / (k + 3)) * velocity + slope(now)))
    },
  },
  {
    name: 'one’s own rule with 1 - 5/(2k+1)',
    rule: { state: { v: '0' }, update: { v: '(1 - 5/(2*k+1))*v - g', theta: 'theta + eta*v' } },
    next: (k, eta, before, now) => now + (1 - 5 / (2 * k + 1)) * (now - before) - eta * slope(now),
  },
  {
    name: 'heavy ball whose friction is a root of the learning rate',
    rule: { state: { v: '0' }, update: { v: '(1 - 2*sqrt(mu*eta))*v - g', theta: 'theta + eta*v' } },
    next: (_k, eta, before, now) => now + (1 - 2 * Math.sqrt(MU * eta)) * (now - before) - eta * slope(now),
  },
  {
    name: 'the same with the root in both updates',
    rule: { state: { v: '0' }, update: { v: '(1 - 2*sqrt(mu*eta))*v - sqrt(eta)*g', theta: 'theta + sqrt(eta)*v' } },
    next: (_k, eta, before, now) => now + (1 - 2 * Math.sqrt(MU * eta)) * (now - before) - eta * slope(now),
  },
  {
    name: 'Nesterov for strongly convex losses, in two sequences',
    rule: { state: { y: 'theta' }, update: { y: 'theta - eta*g', theta: 'y_next + (1 - sqrt(mu*eta))/(1 + sqrt(mu*eta))*(y_next - y)' } },
    next: (_k, eta, before, now) => {
      const beta = (1 - Math.sqrt(MU * eta)) / (1 + Math.sqrt(MU * eta))
      return now - eta * slope(now) + beta * (now - eta * slope(now) - (before - eta * slope(before)))
    },
  },
]

describe('a rule whose momentum tends to one', () => {
  it('follows the equation of Su, Boyd and Candès in the time k*sqrt(eta), whatever the schedule is called', () => {
    for (const rule of [{ name: 'nesterov_schedule' }, { name: 'nesterov', beta: '(k-1)/(k+2)', lambda: 0 }, { name: 'momentum', beta: '1 - 3/(k+7) + 1/(k+1)^2', lambda: 0 }])
      expect(text(rule, 0)).toBe('3*dtheta/t + g + ddtheta')
    expect(text({ name: 'momentum', beta: '1 - r/(k+r)' }, 0)).toBe('r*dtheta/t + g + ddtheta + lambda*theta')
    expect(text({ state: { v: '0' }, update: { v: '(1 - c*sqrt(eta))*v - g', theta: 'theta + eta*v' } }, 0)).toBe('g + ddtheta + c*dtheta')
    expect(text({ state: { v: '0' }, update: { v: '(1 - 5/(2*k+1))*v - g', theta: 'theta + eta*v' } }, 0)).toBe('5*dtheta/(2*t) + g + ddtheta')
  })

  it('is told from one whose momentum stays below one', () => {
    const found = modifiedFlow(readRule({ name: 'momentum', beta: '9/10 - 1/(k+2)' }), 1)
    expect(found.ok && found.value.inertial).toBeUndefined()
  })

  it('is told from one whose curvature grows as the learning rate vanishes, which is no multiple of its state', () => {
    expect(inertialRule(readRule({ state: { v: '0' }, update: { v: 'v + g(theta - v/eta)', theta: 'theta - eta*v' } }))).toBeUndefined()
  })

  it.each(RECURRENCES)('$name: three steps leave a defect of order m + 3 in sqrt(eta) on the path of order m', ({ rule, next }) => {
    for (const [order, expected] of [[0, 3], [1 / 2, 4]] as const) {
      const equation = flowOf(rule, order)
      const defect = (s: number): number => {
        const [eta, k] = [s * s, Math.round(1 / s)]
        const a = acceleration(equation, eta)
        const from = [1, 0.9, -0.7] as const
        return Math.abs(next(k, eta, position(a, from, 1 - s), 0.9) - position(a, from, 1 + s))
      }
      const observed = Math.log2(defect(1 / 64) / defect(1 / 128))
      expect(Math.abs(observed - expected)).toBeLessThan(0.25)
    }
  })

  it('has a Lagrangian of mass t^r, the energy law of its friction, and the law of the norm from rest', () => {
    const law = (symmetry: Parameters<typeof derive>[0]['symmetry']) => {
      const [found] = derive({ title: '', parameters: { w: ['d'] }, symmetry, rule: { name: 'nesterov_schedule' }, order: 1 })
      if (found === undefined) throw new Error('no law')
      return found.derivation
    }
    const norm = law({ family: 'scale', on: ['w'] })
    expect(norm.lagrangian.text).toBe('t^3*norm2(dtheta)/2 - t^3*f')
    expect(norm.laws.flow.map((f) => f.order)).toEqual([0, 1 / 2, 1])
    expect(norm.laws.flow[0]?.equation.text).toBe('diff(q,t,2) + 3*diff(q,t)/t = 2*norm2(dtheta_w)')
    expect(norm.laws.solution.cases.map((c) => [c.name, c.text, c.verified.passed])).toEqual([['from rest', 'q_0 + integral((s - s^3/t^2)*norm2(dtheta_w),s,0,t)', true]])
    expect(law({ family: 'time' }).laws.flow.map((f) => f.equation.text)).toEqual(['diff(q,t) = -3*norm2(dtheta)/t'])
    expect(norm.steps.filter((step) => step.source?.startsWith('Su, Boyd')).map((step) => step.verified.passed)).toEqual([true, true, true])
  })
})

describe('the same motion written in another way', () => {
  const own = (beta: string, state: Record<string, string>, update: Record<string, string>): RuleStatement => ({ state, update: Object.fromEntries(Object.entries(update).map(([name, x]) => [name, x.replaceAll('beta', `(${beta})`)])) })

  it('has the same flow when the state holds the step, as Keras has it', () => {
    const steps = own('k/(k+3)', { v: '0' }, { v: 'beta*v - eta*g', theta: 'theta + v' })
    expect(text(steps, 0)).toBe(text({ name: 'momentum', beta: 'k/(k+3)', lambda: 0 }, 0))
  })

  it('has the flow of Su, Boyd and Candès for Nesterov in two sequences (2016, eq. (3))', () => {
    const sequences = own('(k-1)/(k+2)', { z: '0', y: '0' }, { z: 'theta - eta*g', theta: 'z + beta*(z - y)', y: 'z' })
    expect(text(sequences, 0)).toBe('3*dtheta/t + g + ddtheta = 0'.replace(' = 0', ''))
  })

  it('without friction is the leapfrog method, whose modified equation is known ([HLW] IX, example 3.1)', () => {
    for (const [v, theta] of [['v - eta*g', 'theta + v'], ['v + g', 'theta - eta*v']] as const)
      expect(text({ state: { v: '0' }, update: { v, theta } }, 1)).toBe('g + ddtheta + eta*d4theta/12')
  })

  it('may have the gradient with another weight on a block: checked block by block, each is the equation in a time of its own', () => {
    const rule = { state: { v: '1' }, update: { v: 'k/(k+3)*v + (1 - mu)*g_z + k/(k+3)*g', theta: 'theta - eta*v' } }
    const [law] = derive({ title: 'test', parameters: { x: [], z: [] }, symmetry: { generator: { x: 'x', z: '-z' } }, rule, order: 0 })
    expect(law?.derivation.steps.every((step) => step.verified.passed)).toBe(true)
    const equation = flowOf({ ...rule, update: { ...rule.update, v: rule.update.v.replace('g_z', 'g') } }, 0)
    // On z alone: the same divided by 2 - mu.
    expect(writeVector(equation).text).toBe('3*dtheta/t + ddtheta + (2 - mu)*g')
    expect(law?.derivation.rule.flows.find((f) => f.model === 'modified flow')?.equation.text).toBe('3*dtheta/t - 3*(1 - mu)*dtheta_z/(t*(2 - mu)) - (1 - mu)*ddtheta_z/(2 - mu) + g + ddtheta = 0')
  })

  it.each(['exp(-k/K)', 'k/K'])('has none beside the schedule %s, which in that time is over at once or grows without end, and says so', (schedule) => {
    const rule = { state: { v: '0' }, update: { v: `k/(k+3)*v + g - ${schedule}*g`, theta: 'theta - eta*v' } }
    const [law] = derive({ title: 'test', parameters: { w: ['d'] }, symmetry: { family: 'scale', on: ['w'] }, rule, order: 1 })
    expect(law?.derivation.rule.withoutFlow?.map(({ reason }) => reason)).toEqual(expect.arrayContaining([expect.stringMatching(/the memory of v tends to one.*(no expansion in their length|grows with the step number k)/)]))
    expect(law?.derivation.laws.discrete).toBeDefined()
  })

  it('has no such flow where the gradient fades faster than the memory grows', () => {
    const found = modifiedFlow(readRule({ state: { m: '0' }, update: { m: 'k/(k+1)*m + g/(k+1)^2', theta: 'theta - eta*m' } }), 1)
    expect(found).toMatchObject({ ok: false, reason: expect.stringMatching(/the gradient enters m with a factor that vanishes/) })
    const [law] = derive({ title: 'test', parameters: { w: ['d'] }, symmetry: { family: 'scale', on: ['w'] }, rule: { state: { m: '0' }, update: { m: '(k*m + g)/(k+1)', theta: 'theta - eta*m' } }, order: 1 })
    expect(law?.derivation.laws.discreteSolution?.cases[0]?.verified.passed).toBe(true)
  })
})

describe('a mean over all steps, which moves theta in the time k*eta', () => {
  const MEANS: readonly { readonly name: string; readonly rule: RuleStatement; readonly equation: string; readonly orders: readonly (readonly [order: number, exponent: number])[]; readonly run: (eta: number, steps: number) => readonly number[] }[] = [
    {
      name: 'the mean of all iterates, at which the gradient is taken (Polyak & Juditsky 1992)',
      rule: { state: { z: 'theta' }, update: { z: 'z - eta*g', theta: 'theta + (z - theta)/(k + 1)' } },
      equation: 'g + 2*dtheta + t*ddtheta',
      orders: [[0, 2]], // one more than the order warrants: the next coefficient vanishes
      run: (eta, steps) => {
        let [z, x] = [1.2, 1.2]
        return Array.from({ length: steps }, (_, k) => {
          z -= eta * slope(x)
          x += (z - x) / (k + 1)
          return x
        })
      },
    },
    {
      name: 'the mean of all gradients',
      rule: { state: { m: '0' }, update: { m: '(k*m + g)/(k + 1)', theta: 'theta - eta*m' } },
      equation: 'g + dtheta + t*ddtheta',
      orders: [[0, 1], [1, 2]],
      run: (eta, steps) => {
        let [m, x] = [0, 1.2]
        return Array.from({ length: steps }, (_, k) => {
          m += (slope(x) - m) / (k + 1)
          x -= eta * m
          return x
        })
      },
    },
  ]

  it.each(MEANS)('$name: a run follows the flow of order n to eta^(n+1) or better', ({ rule, equation, orders, run }) => {
    expect(text(rule, 0)).toBe(equation)
    for (const [order, exponent] of orders) {
      const a = (eta: number) => acceleration(flowOf(rule, order), eta)
      const miss = (eta: number): number => {
        const steps = Math.round(2 / eta)
        const path = run(eta, steps + 1) // path[k] is theta after k + 1 steps
        const at = (t: number): number => path[Math.round(t / eta) - 1] ?? Number.NaN
        return Math.abs(position(a(eta), [1, at(1), (at(1 + eta) - at(1 - eta)) / (2 * eta)], 2) - at(2))
      }
      expect(Math.abs(Math.log2(miss(1 / 512) / miss(1 / 1024)) - exponent)).toBeLessThan(0.1)
    }
  })

  it('has a Lagrangian and the law of the norm, and says in which time', () => {
    const [found] = derive({ title: '', parameters: { w: ['d'] }, symmetry: { family: 'scale', on: ['w'] }, rule: MEANS[0]?.rule ?? { name: 'sgd' }, order: 1 })
    expect(found?.derivation.lagrangian.text).toBe('t^2*norm2(dtheta)/2 - t*f')
    expect(found?.derivation.laws.flow.map((f) => [f.model, f.order])).toEqual(['modified vector field', 'modified flow'].flatMap((model) => [[model, 0], [model, 1]]))
    expect(found?.derivation.rule.conditions).toEqual(['t = k*eta, and many steps have been made', 'the momentum tends to one as 1 - r/k with r = 1, and t = k*eta'])
    expect(found?.derivation.steps.every((step) => step.verified.passed)).toBe(true)
  })
})
