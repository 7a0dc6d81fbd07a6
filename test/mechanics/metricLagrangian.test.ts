import { describe, expect, it } from 'vitest'
import { ZERO, sub } from '../../src/algebra/build.js'
import { expand } from '../../src/algebra/expand.js'
import type { Expr } from '../../src/algebra/expr.js'
import { readExpr } from '../../src/algebra/read.js'
import { checkVanishes } from '../../src/jets/check.js'
import { gradientOf } from '../../src/jets/leibniz.js'
import { writeScalar } from '../../src/jets/notation.js'
import { NO_NAMES, readScalar, readVector } from '../../src/jets/read.js'
import type { Space } from '../../src/jets/space.js'
import type { Field } from '../../src/jets/field.js'
import { type Vector, isZeroVector } from '../../src/jets/vector.js'
import { type InverseProblem, inverseProblem, lagrangianResidual } from '../../src/mechanics/lagrangian.js'
import { type Mechanics, mechanicsResidual } from '../../src/mechanics/mechanics.js'
import { type Path, actionSlope, predictedSlope, wave } from './support/action.js'
import { type NumericModel, type Numbers, axpy, numericScalar, numericVector } from './support/numericJets.js'

const one = readExpr('1')
const G: Field = { name: 'G', slots: 2 }
const C: Field = { name: 'C', slots: 2, degree: 0 }
const h: Field = { name: 'h', slots: 0 }
const Omega = { kind: 'map', name: 'Omega', adjoint: false, parity: -1, terms: [{ coefficient: one, to: 'w', from: 'w', left: [{ name: 'O', transposed: false }], right: [], transposed: false }] } as const
const names = { ...NO_NAMES, fields: { G, C, h }, sets: { w: ['w'], a: ['a'] }, operators: { Omega } }
const space: Space = { blocks: { w: ['d'], a: ['d'] }, constants: { O: { shape: ['d', 'd'], kind: 'antisymmetric' } }, fields: {} }

const equation = (text: string): Vector => readVector(text, names)
function existing(text: string, schedules: readonly string[] = []): Extract<InverseProblem, { exists: true }> {
  const found = inverseProblem(equation(text), new Set(schedules))
  if (!found.exists) throw new Error(found.reason)
  return found
}
function failing(text: string): Extract<InverseProblem, { exists: false }> {
  const found = inverseProblem(equation(text))
  if (found.exists) throw new Error('a Lagrangian was found')
  return found
}
const vanishes = (x: Vector): boolean => isZeroVector(x) || checkVanishes(x, space, []).passed

const model: Omit<NumericModel, 'path'> = {
  scalars: { m: 1.3, c: 0.4, lambda: 0.2, kappa: 0.3, gamma: 0.35, omega: 0.8, p: 3 },
  fields: {
    f: [{ weight: 0.9, direction: [0.7, -0.4, 0.2], phase: 0.3 }, { weight: -0.5, direction: [0.1, 0.6, 0.5], phase: 1.1 }, { weight: 0.4, direction: [-0.3, 0.2, 0.8], phase: -0.7 }],
    h: [{ weight: 1, direction: [1, 0.2, 0], phase: 0, profile: (s) => Math.exp(s) }, { weight: 1, direction: [0, 1, -0.3], phase: 0.2, profile: (s) => Math.exp(s) }, { weight: 1, direction: [0.1, 0, 1], phase: 0, profile: (s) => Math.exp(s) }],
    G: [{ weight: 1, direction: [0.5, -0.2, 0.3], phase: 1.2, axis: [1, 0.3, 0] }, { weight: 0.7, direction: [0.1, 0.4, -0.6], phase: 0.9, axis: [0, 1, 0.5] }, { weight: 1.1, direction: [-0.4, 0, 0.2], phase: 1.5, axis: [0.2, 0, 1] }],
    C: [{ weight: 1.2, direction: [0, 0, 0], phase: 1.5, axis: [1, 0.3, 0] }, { weight: 0.7, direction: [0, 0, 0], phase: 1.2, axis: [0.2, 1, 0.5] }],
  },
  operators: { Omega: [[0, 1, -0.5], [-1, 0, 0.7], [0.5, -0.7, 0]] },
  blocks: { w: [0, 1], a: [2] },
}
const path: Path = wave([0.6, 0.4, 0.5], [1.3, 0.8, 1.7], [0.2, -0.3, 0.1])
const directions: readonly Numbers[] = [[1, 0, 0], [0.3, -0.8, 0.5]]

/** Euler–Lagrange by finite differences of the action against multiplier·E, plus the friction ∂R/∂θ̇ where there is some. */
function expectStationary(text: string, { lagrangian, multiplier, rayleigh }: Pick<Mechanics, 'lagrangian' | 'multiplier' | 'rayleigh'>): void {
  const motion = equation(text)
  const friction = gradientOf(rayleigh, 'theta', 1)
  const expected = (t: number, [q, v, a]: readonly [Numbers, Numbers, Numbers]): Numbers => {
    const at: NumericModel = { ...model, path: [q, v, a], scalars: { ...model.scalars, t } }
    const value = numericScalar(multiplier.value, at)
    return axpy(-1, numericVector(friction, at), numericVector(motion, at).map((x) => x * value))
  }
  for (const direction of directions) {
    const slope = actionSlope(lagrangian, path, direction, model)
    const predicted = predictedSlope(expected, path, direction)
    expect(Math.abs(slope - predicted) / (1 + Math.abs(predicted))).toBeLessThan(1e-7)
  }
}

const geodesic = 'G(ddtheta) + DG(dtheta, dtheta) - 1/2*DGt(dtheta, dtheta)'

describe('the inverse problem', () => {
  const solvable = [
    'm*ddtheta + c*dtheta + g + lambda*theta',
    'ddtheta + 3/t*dtheta + g',
    't^2*ddtheta + (3*t + p*t)*dtheta + g',
    '(1 + t)*ddtheta + exp(t)*dtheta + g',
    'C(ddtheta) + 2/t*C(dtheta) + g',
    `${geodesic} + gamma*G(dtheta) + g`,
    'D2h(ddtheta) + 1/2*D3h(dtheta, dtheta) + c*D2h(dtheta) + g',
    'm*ddtheta + omega*Omega(dtheta) + g',
    'm*ddtheta + c*dtheta + Omega(dtheta) + c/(2*m)*Omega(theta) + g',
    '2*ddtheta_w + 3*ddtheta_a + 4*dtheta_w + 6*dtheta_a + g',
  ]
  it.each(solvable)('%s = 0 has a Lagrangian: Euler–Lagrange gives it back identically and by finite differences of the action', (text) => {
    const found = existing(text)
    expect(vanishes(lagrangianResidual(found))).toBe(true)
    expectStationary(text, found)
  })

  it('solves for the multiplier of unknown m(t) and c(t)', () => {
    const found = existing('m*ddtheta + c*dtheta + g', ['m', 'c'])
    expect(isZeroVector(lagrangianResidual(found))).toBe(true)
    expect(found.reason).toContain('diff(mu,t) = mu*(c - diff(m,t))/m')
  })

  it('gives a first-order flow half its squared residual less a total derivative, with c(t) unknown too', () => {
    for (const [text, schedules] of [['c*dtheta + g + lambda*theta', []], ['c*dtheta + g', ['c']], ['(1 + t)*dtheta + g + t*theta', []]] as const) {
      const found = existing(text, schedules)
      expect(found.firstOrder).toBe(true)
      expect(vanishes(lagrangianResidual(found))).toBe(true)
    }
  })

  it('takes a preconditioned gradient to its metric', () => {
    expect(writeScalar(existing('m*ddtheta + c*dtheta + C(g)').lagrangian).text).toBe('m*exp(c*t/m)*dot(dtheta, Cinv(dtheta))/2 - exp(c*t/m)*f')
  })
})

describe('rates of their own for blocks', () => {
  const text = 'm*ddtheta + c*dtheta + 1/10*g_a + g_w + lambda*theta_w'

  it('make a block metric: the equation is multiplied by the inverse rates, and nothing else', () => {
    const at: NumericModel = { ...model, path: path(1.4) }
    const [given, multiplied] = [equation(text), existing(text).equation].map((x) => numericVector(x, at))
    expect(multiplied?.map((x, i) => x - (given?.[i] ?? 0) * (i === 2 ? 10 : 1)).every((x) => Math.abs(x) < 1e-12)).toBe(true)
  })

  it('have the Lagrangian of that metric', () => {
    const { lagrangian, reason, ...rest } = existing(text)
    expect(reason).toContain('the inverse rates of the blocks a, w')
    expect(vanishes(lagrangianResidual({ lagrangian, reason, ...rest }))).toBe(true)
    const expected = readScalar('m*exp(c*t/m)*(10*norm2(dtheta_a) + norm2(dtheta_w))/2 - exp(c*t/m)*(f + lambda*norm2(theta_w)/2)', names)
    expect(expand(sub(lagrangian, expected))).toBe(ZERO)
  })
})

describe('where no Lagrangian exists', () => {
  it.each([
    ['C(ddtheta) + Omega(ddtheta) + g', 1, '-2*dot(x, Omega(y))'],
    ['m*ddtheta + c*dtheta + kappa*H(dtheta) + g', 2, 'kappa*dot(x, H(y))'],
    ['G(ddtheta) + G(dtheta) + g', 2, '-dot(dtheta, DGt(x, y))'],
    ['2*ddtheta_w + 3*ddtheta_a + dtheta_w + 6*dtheta_a + g', 2, '9*dot(x_a, y_a)/2'],
    ['m*ddtheta + Omega(theta) + g', 3, '-2*dot(x, Omega(y))'],
    ['m*ddtheta + c*dtheta + omega*Omega(dtheta) + g', 3, 'c*omega*dot(x, Omega(y))/m'],
  ] as const)('%s = 0: condition %i fails, and what does not vanish is %s', (text, condition, remainder) => {
    const { failure, reason } = failing(text)
    expect(failure?.condition).toBe(condition)
    expect(failure === undefined ? '' : writeScalar(failure.remainder).text).toBe(remainder)
    expect(reason).toContain(remainder)
  })

  it.each([
    'm*ddtheta + c*dtheta + kappa*H(dtheta) + g + lambda*theta',
    'm*ddtheta + c*dtheta + omega*Omega(dtheta) + g',
    '2*ddtheta_w + 3*ddtheta_a + dtheta_w + 6*dtheta_a + g',
    'D2h(dtheta) + g',
  ])('%s = 0 has a Lagrangian with a Rayleigh function that together give it', (text) => {
    const { dissipative } = failing(text)
    if (dissipative === undefined) throw new Error('no Rayleigh function')
    expect(vanishes(mechanicsResidual(dissipative))).toBe(true)
    expectStationary(text, dissipative)
  })

  it('splits Nesterov’s damping: what is a multiple of the mass goes into the multiplier, kappa H dtheta into the Rayleigh function', () => {
    const { dissipative } = failing('m*ddtheta + c*dtheta + kappa*H(dtheta) + g')
    const expected: Expr = readScalar('kappa*exp(c*t/m)*dot(dtheta, H(dtheta))/2')
    expect(dissipative?.rayleigh).toBe(expected)
  })
})
