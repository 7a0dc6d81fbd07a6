import { describe, expect, it } from 'vitest'
import { type RuleStatement, programOf, readRule } from '../../src/rules/rule.js'
import { compileRule } from '../../src/training/program.js'
import { uniform, vectorFrom } from '../jets/support/losses.js'

/**
 * The learning rules replayed from the algorithm boxes of the PyTorch documentation (torch.optim.SGD, RMSprop, Adam, AdamW;
 * torch.nn.utils.clip_grad_norm_) in plain arrays, none of the engine in them.
 */
type Vector = readonly number[]
const zip = (x: Vector, y: Vector, f: (a: number, b: number) => number): Vector => x.map((a, i) => f(a, y[i] ?? 0))
const plus = (x: Vector, c: number, y: Vector): Vector => zip(x, y, (a, b) => a + c * b)

const START: Vector = [0.3, -0.7, 0.5, 0.2, -0.4]
const STEPS = 40
const random = uniform(3)
const FORMS = Array.from({ length: 4 }, () => vectorFrom(random, START.length))

/** Gradient of the bounded loss Σ sin⟨a, θ⟩. */
const gradient = (theta: Vector): Vector => START.map((_, i) => FORMS.reduce((sum, a) => sum + (a[i] ?? 0) * Math.cos(a.reduce((s, c, j) => s + c * (theta[j] ?? 0), 0)), 0))

type Optimizer = (theta: Vector, g: Vector, t: number) => Vector
function replay(step: Optimizer, from: Vector = START): readonly Vector[] {
  let theta = from
  return Array.from({ length: STEPS }, (_, k) => (theta = step(theta, gradient(theta), k + 1)))
}

function engine(statement: RuleStatement, hyperparameters: Readonly<Record<string, number>>): readonly Vector[] {
  const [theta, g] = [Float64Array.from(START), new Float64Array(START.length)]
  const machine = compileRule(programOf(readRule(statement)), hyperparameters, theta, g)
  return Array.from({ length: STEPS }, (_, k) => {
    g.set(gradient([...theta]))
    machine.step(k)
    return [...theta]
  })
}

function expectSamePath(got: readonly Vector[], oracle: readonly Vector[]): void {
  for (const [k, theta] of oracle.entries()) for (const [i, x] of theta.entries()) expect(Math.abs((got[k]?.[i] ?? Number.NaN) - x)).toBeLessThan(1e-12)
}

/** torch.optim.SGD; `buffer` given means that the buffer starts from it, else its first value is the gradient. */
function sgd(lr: number, { momentum = 0, dampening = 0, decay = 0, nesterov = false }, buffer?: Vector): Optimizer {
  let b = buffer
  return (theta, gradient) => {
    const g = plus(gradient, decay, theta)
    if (momentum === 0) return plus(theta, -lr, g)
    b = b === undefined ? g : zip(b, g, (bi, gi) => momentum * bi + (1 - dampening) * gi)
    return plus(theta, -lr, nesterov ? plus(g, momentum, b) : b)
  }
}

function adam(lr: number, beta1: number, beta2: number, epsilon: number, decay: number, decoupled: boolean): Optimizer {
  let [m, v]: [Vector, Vector] = [START.map(() => 0), START.map(() => 0)]
  return (given, gradient, t) => {
    const theta = decoupled ? given.map((x) => x - lr * decay * x) : given
    const g = decoupled ? gradient : plus(gradient, decay, given)
    m = zip(m, g, (mi, gi) => beta1 * mi + (1 - beta1) * gi)
    v = zip(v, g, (vi, gi) => beta2 * vi + (1 - beta2) * gi * gi)
    const [c1, c2] = [1 - beta1 ** t, 1 - beta2 ** t]
    return theta.map((x, i) => x - (lr * ((m[i] ?? 0) / c1)) / (Math.sqrt((v[i] ?? 0) / c2) + epsilon))
  }
}

function rmsprop(lr: number, alpha: number, epsilon: number, decay: number): Optimizer {
  let v: Vector = START.map(() => 0)
  return (theta, gradient) => {
    const g = plus(gradient, decay, theta)
    v = zip(v, g, (vi, gi) => alpha * vi + (1 - alpha) * gi * gi)
    return theta.map((x, i) => x - (lr * (g[i] ?? 0)) / (Math.sqrt(v[i] ?? 0) + epsilon))
  }
}

const [eta, lambda, beta, mu, epsilon] = [0.05, 0.02, 0.9, 0.3, 1e-8]

describe('named rules take the same steps as PyTorch', () => {
  it('SGD with coupled weight decay', () => {
    expectSamePath(engine({ name: 'sgd' }, { eta, lambda }), replay(sgd(eta, { decay: lambda })))
  })

  it('SGD with decoupled decay: the parameters shrink apart from the gradient', () => {
    expectSamePath(engine({ name: 'sgdw' }, { eta, lambda }), replay((theta, g) => plus(theta.map((x) => x * (1 - eta * lambda)), -eta, g)))
  })

  it('momentum without dampening, and Nesterov: the first buffer is the gradient, as a buffer from zero has it', () => {
    expectSamePath(engine({ name: 'momentum' }, { eta, lambda, beta }), replay(sgd(eta, { momentum: beta, decay: lambda })))
    expectSamePath(engine({ name: 'nesterov' }, { eta, lambda, beta }), replay(sgd(eta, { momentum: beta, decay: lambda, nesterov: true })))
  })

  it('RMSProp, Adam and AdamW', () => {
    expectSamePath(engine({ name: 'rmsprop', lambda: 'lambda' }, { eta, lambda, rho: 0.9, epsilon }), replay(rmsprop(eta, 0.9, epsilon, lambda)))
    const numbers = { eta, lambda, beta1: 0.9, beta2: 0.99, epsilon }
    expectSamePath(engine({ name: 'adam', lambda: 'lambda' }, numbers), replay(adam(eta, 0.9, 0.99, epsilon, lambda, false)))
    expectSamePath(engine({ name: 'adamw' }, numbers), replay(adam(eta, 0.9, 0.99, epsilon, lambda, true)))
  })

  it('sign descent', () => {
    expectSamePath(engine({ name: 'sign' }, { eta }), replay((theta, g) => plus(theta, -eta, g.map(Math.sign))))
  })
})

describe('where the conventions differ', () => {
  it('dampening: PyTorch leaves the first gradient undamped, ours starts the buffer at zero', () => {
    const ours = engine({ name: 'momentum', mu: 'mu' }, { eta, lambda, beta, mu })
    const options = { momentum: beta, dampening: mu, decay: lambda }
    expectSamePath(ours, replay(sgd(eta, options, START.map(() => 0))))
    const [theirs = START] = replay(sgd(eta, options))
    const [first = START] = ours
    for (const [i, x] of START.entries()) expect((first[i] ?? 0) - x).toBeCloseTo((1 - mu) * ((theirs[i] ?? 0) - x), 14)
  })

  it('clipping: to norm c exactly, where PyTorch adds 1e-6 to the norm', () => {
    const clipped = (extra: number): Optimizer => (theta, g) => plus(theta, -eta * Math.min(1, 0.5 / (Math.hypot(...g) + extra)), g)
    expect(Math.hypot(...gradient(START))).toBeGreaterThan(0.5)
    expectSamePath(engine({ name: 'clipping' }, { eta, c: 0.5 }), replay(clipped(0)))
    const [theirs = START] = replay(clipped(1e-6))
    const [ours = START] = engine({ name: 'clipping' }, { eta, c: 0.5 })
    expect(Math.max(...ours.map((x, i) => Math.abs(x - (theirs[i] ?? 0))))).toBeLessThan(1e-6 * eta)
  })

  it('Nesterov with beta = k/(k+3) is the scheme of Su, Boyd and Candes from k = 1 on', () => {
    let x = START
    const theirs = replay((y, g, k) => {
      const next = plus(y, -eta, g)
      const moved = zip(next, x, (a, b) => a + (k / (k + 3)) * (a - b))
      x = next
      return moved
    })
    expectSamePath(engine({ name: 'nesterov_schedule' }, { eta }), theirs)
  })
})

describe('a rule of the user', () => {
  it('may hold a copy of the parameters, which begins where they do', () => {
    let z = START
    const oracle = replay((theta, g) => {
      z = plus(z, -eta, g)
      return zip(theta, z, (x, y) => beta * x + (1 - beta) * y)
    })
    expectSamePath(engine({ state: { z: 'theta' }, update: { z: 'z - eta*g', theta: 'beta*theta + (1 - beta)*z' } }, { eta, beta }), oracle)
  })

  it('uses the new value of a name already updated, and sums over all parameters', () => {
    const update = { v: 'beta*v + g', theta: 'theta - eta*v/sqrt(1 + norm2(v))' }
    let v: Vector = START.map(() => 0)
    const oracle = replay((theta, g) => {
      v = zip(v, g, (a, b) => beta * a + b)
      return plus(theta, -eta / Math.sqrt(1 + v.reduce((sum, a) => sum + a * a, 0)), v)
    })
    expectSamePath(engine({ state: { v: '0' }, update }, { eta, beta }), oracle)
  })
})
