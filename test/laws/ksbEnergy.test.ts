import { describe, expect, it } from 'vitest'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import { type DerivedLaw, derive, fieldToOrder } from '../../src/laws/index.js'
import { type NumericModel, type Numbers, axpy, numericScalar, numericVector } from '../mechanics/support/numericJets.js'

const problem = (rule: string, order = 1): DerivedLaw => {
  const [law] = deriveProblem(parseProblem(`parameters: { w: [d] }\nsymmetry: { family: time }\nrule: ${rule}\norder: ${order}\n`))
  if (law === undefined) throw new Error('no law')
  return law
}
const flowOf = ({ derivation }: DerivedLaw, model: string) => derivation.laws.flow.findLast((f) => f.model === model)

describe('a symmetry in time, from a problem file', () => {
  it.each([
    ['{ name: momentum }', 'f + lambda*norm2(theta)/2 + eta*(1 + beta)*norm2(dtheta)/4', 'diff(q,t) = -(1 - beta)*norm2(dtheta)'],
    ['{ name: sgd, lambda: 0 }', 'f + eta*norm2(dtheta)/4', 'diff(q,t) = -norm2(dtheta)'],
    ['{ name: nesterov, lambda: 0 }', 'f + eta*(1 + beta)*norm2(dtheta)/4', 'diff(q,t) = -(1 - beta)*norm2(dtheta) - beta*eta*dot(dtheta, H(dtheta))'],
    ['{ name: gradient_flow }', 'f', 'diff(q,t) = -norm2(dtheta)'],
  ])('%s: the energy %s obeys %s, every step checked', (rule, charge, equation) => {
    const law = problem(rule)
    const flow = flowOf(law, 'modified flow')
    expect([flow?.charge.text, flow?.equation.text]).toEqual([charge, equation])
    expect(law.derivation.steps.every((s) => s.verified.passed)).toBe(true)
  })

  it.each([
    ['{ name: natural }', 'diff(q,t) = -dot(g, Ginv(g))'],
    ['{ name: sign }', 'diff(q,t) = -dot(g, sign(g))'],
  ])('%s has no mechanics; the loss itself obeys %s along the flow', (rule, equation) => {
    const { derivation } = problem(rule, 0)
    expect(derivation.laws.flow[0]).toMatchObject({ order: 0, charge: { text: 'f' }, equation: { text: equation } })
    expect(derivation.steps.every((s) => s.verified.passed)).toBe(true)
  })

  it('of a step along the gradient of a sum over components has that sum, and its rate in sums put together', () => {
    const { derivation } = problem('{ update: { theta: "theta - eta*(g + lambda*theta^3)" } }', 0)
    expect(derivation.laws.flow[0]).toMatchObject({ charge: { text: 'f + lambda*dot(1, theta^4)/4' }, equation: { text: 'diff(q,t) = -norm2(g) - 2*lambda*dot(1, g*theta^3) - lambda^2*dot(1, theta^6)' } })
    expect(derivation.steps.every((s) => s.verified.passed)).toBe(true)
  })

  it('of a preconditioned rule takes the kinetic energy in the metric', () => {
    expect(flowOf(problem('{ name: preconditioned }'), 'modified flow')?.charge.text).toBe('f + eta*dot(dtheta, G(dtheta))/4')
  })

  it('names dissipation apart from explicit time', () => {
    expect(problem('{ name: momentum }').derivation.noether?.parts.map((p) => p.name)).toEqual(['dissipation'])
    expect(problem('{ name: momentum, beta: "0.9 - 0.1/(1 + k)" }').derivation.noether?.parts.map((p) => p.name)).toEqual(['explicit time', 'dissipation'])
  })

  it('gives Nesterov no Lagrangian, and says which condition fails and with what', () => {
    const { derivation } = problem('{ name: nesterov, lambda: 0 }')
    expect(derivation.lagrangian).toMatchObject({ exists: false, text: '' })
    expect(derivation.lagrangian.reason).toMatch(/Helmholtz condition 2 fails.*beta\*eta\*dot\(x, H\(y\)\)/)
    expect(derivation.rayleigh?.dissipation.text).toBe('(1 - beta)*norm2(dtheta)/2 + beta*eta*dot(dtheta, H(dtheta))/2')
  })
})

const model: Omit<NumericModel, 'path' | 'scalars'> = {
  fields: { f: [{ weight: 0.9, direction: [0.7, -0.4], phase: 0.3 }, { weight: -0.5, direction: [0.1, 0.6], phase: 1.1 }, { weight: 0.4, direction: [-0.8, 0.5], phase: -0.7 }] },
}

/** One step of gradient descent with decay against the derived field and the derived rate of the loss, both integrated for time η. */
function defect({ laws }: DerivedLaw, order: number, eta: number): number {
  const scalars = { eta, lambda: 0.3 }
  const at = (q: Numbers): NumericModel => ({ ...model, scalars, path: [q] })
  const flow = laws.flows.find((f) => f.order === order && f.model === 'modified vector field')
  if (flow === undefined || !laws.field.ok) throw new Error('no law of the modified field')
  const field = fieldToOrder(laws.field.value, order)
  const start: Numbers = [0.4, -0.3]
  const stepped = numericVector(laws.rule.updates[0]?.value ?? { terms: [] }, at(start))
  const substeps = 20
  const h = eta / substeps
  let [q, moved] = [start, 0]
  for (let k = 0; k < substeps; k += 1) {
    const half = axpy(h / 2, numericVector(field, at(axpy(h / 4, numericVector(field, at(q)), q))), q)
    moved += h * numericScalar(flow.law.drive, at(half))
    q = axpy(h, numericVector(field, at(half)), q)
  }
  const charge = (x: Numbers): number => numericScalar(flow.law.charge, at(x))
  return charge(stepped) - charge(start) - moved
}

describe('the law of the loss along the modified field', () => {
  it.each([0, 1])('of order %i misses one step of gradient descent by the next order of eta', (order) => {
    const [law] = derive({ title: 'energy', symmetry: { family: 'time' }, rule: { name: 'sgd' }, order: 1 })
    if (law === undefined) throw new Error('no law')
    const ratio = defect(law, order, 0.1) / defect(law, order, 0.05)
    expect(Math.log2(Math.abs(ratio))).toBeGreaterThan(order + 1.8)
    expect(Math.log2(Math.abs(ratio))).toBeLessThan(order + 2.2)
  })
})
