import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { derivationJson } from '../../src/cli/format/derivationJson.js'
import { type LawStatement, derive } from '../../src/laws/index.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'

const law = (symmetry: LawStatement['symmetry'], rule: LawStatement['rule'] = { name: 'momentum', lambda: 0 }, order = 1) => {
  const [found] = derive({ title: '', parameters: { w: ['d'], a: ['h'] }, symmetry, rule, order })
  if (found === undefined) throw new Error('no law')
  return found.derivation
}
const parts = (d: ReturnType<typeof law>): Readonly<Record<string, string>> => Object.fromEntries((d.noether?.parts ?? []).map((p) => [p.name, p.text]))

describe('a transformation of theta, time and gauge', () => {
  it('the translation that decays as friction does, with a gauge, gives the first integral m q˙ + c q of heavy ball', () => {
    const d = law({ generator: { w: 'exp(-2*t*(1-beta)/(eta*(1+beta)))' }, gauge: '-(1-beta)*dot(one_w, theta)' })
    expect(d.laws.flow.map((f) => [f.charge.text, f.equation.text])).toEqual([['(1 - beta)*dot(one_w, theta) + eta*(1 + beta)*dot(one_w, dtheta)/2', 'diff(q,t) = 0']])
    expect(d.laws.solution.text).toBe('q_0')
    expect(parts(d)).toEqual({ kinetic: '-(1 - beta)*dot(one_w, dtheta)', gauge: '(1 - beta)*dot(one_w, dtheta)' })
  })

  // By hand, for L = e^(2t/eta)((eta/4)|v|² − f) of gradient descent, xi = P_w theta, tau = 1:
  // kinetic 2·(eta/4) e^(2t/eta) |v_w|², explicit time (2/eta) L; the loss drops out of the potential part.
  it('a scaling with a shift in time has the kinetic part of the one and the explicit time part of the other', () => {
    const d = law({ generator: { w: 'w' }, time: '1' }, { name: 'sgd', lambda: 0 })
    expect(parts(d)).toEqual({ kinetic: 'eta*exp(2*t/eta)*norm2(dtheta_w)/2', 'explicit time': 'exp(2*t/eta)*norm2(dtheta)/2 - 2*exp(2*t/eta)*f/eta' })
    expect(d.symmetry.generator.text).toBe('theta_w; t: 1')
  })

  it('friction that no Lagrangian holds is a part of its own', () => {
    const d = law({ generator: { w: 'w' }, time: '1' }, { name: 'nesterov', lambda: 0 })
    expect(Object.keys(parts(d))).toEqual(['kinetic', 'explicit time', 'dissipation'])
    expect(parts(d)['dissipation']).toContain('dot(dtheta, H(dtheta))')
  })

  it('time alone is the energy for tau = 1, and needs no blocks', () => {
    expect(law({ generator: {}, time: '1' }).laws.flow.at(-1)?.equation.text).toBe(law({ family: 'time' }).laws.flow.at(-1)?.equation.text)
  })

  it('a generator that depends on time has Noether’s identity for its law, and the exact law of what stands before the function of time', () => {
    const d = law({ generator: { w: 't*w' } })
    expect(d.laws.flow.map((f) => f.model)).toEqual(['modified flow'])
    expect(d.laws.discrete?.charge.text).toBe('norm2(theta_w)')
    expect(d.laws.discrete?.recursion.text).toBe(law({ generator: { w: 'w' } }).laws.discrete?.recursion.text)
  })

  it('every step is checked, and a wrong gauge sign is not conserved', () => {
    const d = law({ generator: { w: 'exp(-2*t*(1-beta)/(eta*(1+beta)))' }, gauge: '(1-beta)*dot(one_w, theta)' })
    expect(d.steps.every((s) => s.verified.passed)).toBe(true)
    expect(d.laws.flow[0]?.equation.text).not.toBe('diff(q,t) = 0')
  })

  it('comes from a problem file, into the JSON document', () => {
    const text = 'parameters: { w: [d] }\nsymmetry: { generator: { w: "t" }, time: "t^2", gauge: "norm2(theta)*t" }\nrule: { name: momentum }\n'
    const [found] = deriveProblem(parseProblem(text))
    if (found === undefined) throw new Error('no law')
    expect(derivationJson(found.derivation)).toMatchObject({ noether: { parts: { gauge: '-norm2(theta) - 2*t*dot(theta, dtheta)' } } })
  })

  it('a gauge that holds a constant of the generator is refused by its name', () => {
    const text = 'parameters: { w: [d] }\nsymmetry: { generator: { w: "t*c" }, constants: { c: [d] }, gauge: "dot(c, theta)" }\nrule: { name: momentum }\n'
    expect(() => deriveProblem(parseProblem(text))).toThrow(/gauge: the constant c of the generator stands in it/)
  })

  it.each([
    ['time: "norm2(w)"', /time: norm2\(theta_w\) depends on theta/, 41],
    ['gauge: "dot(w, dtheta)"', /depends on velocities/, 42],
    ['tim: "1"', /unknown key "tim"/, 34],
  ])('%s is refused with its place', (extra, what, column) => {
    const text = `parameters: { w: [d] }\nsymmetry: { generator: { w: "w" }, ${extra} }\nrule: { name: sgd }\n`
    const fault = (): unknown => {
      try {
        return deriveProblem(parseProblem(text))
      } catch (error) {
        return error
      }
    }
    const error = fault()
    expect(error).toBeInstanceOf(InputError)
    if (!(error instanceof InputError)) return
    expect(error.message).toMatch(what)
    expect([error.place.line, error.place.column]).toEqual([2, expect.any(Number)])
    expect(Math.abs((error.place.column ?? 0) - column)).toBeLessThan(4)
  })

  it('belongs to one generator', () => {
    expect(() => derive({ title: '', parameters: { W: ['h', 'h'] }, symmetry: { generator: { W: 'M*W' }, constants: { M: ['h', 'h'] }, time: '1' }, rule: { name: 'sgd' }, order: 1 })).toThrow(/one generator, and this one falls into/)
  })
})
