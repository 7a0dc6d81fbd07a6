import { describe, expect, it } from 'vitest'
import { finiteForm } from '../../src/symmetry/finite.js'
import { symmetriesOf } from '../../src/symmetry/symmetry.js'
import { evaluateText } from '../laws/matrixWitness.js'

const formOf = (x: string, time: string): string | undefined =>
  symmetriesOf({ generator: { x }, time }, { x: [] }).map(({ generator, space, time: tau }) => finiteForm(generator, space, [], tau)?.text)[0]

const value = (formula: string, scope: Readonly<Record<string, number>>): number => evaluateText(formula, { ...scope, one_x: 1 })[0]?.[0] ?? Number.NaN

/** x and t after dx/dα = ξ(x, t), dt/dα = τ(t) from 0 to α, by Runge and Kutta's method. */
function flow([xi, tau]: readonly [string, string], start: { readonly x: number; readonly t: number }, alpha: number): { readonly x: number; readonly t: number } {
  const rate = (at: typeof start): typeof start => ({ x: value(`1*(${xi})`, at), t: value(`1*(${tau})`, at) })
  const h = alpha / 100
  const moved = (at: typeof start, by: typeof start, length: number): typeof start => ({ x: at.x + length * by.x, t: at.t + length * by.t })
  let at = start
  for (let n = 0; n < 100; n += 1) {
    const k1 = rate(at)
    const k2 = rate(moved(at, k1, h / 2))
    const k3 = rate(moved(at, k2, h / 2))
    const k4 = rate(moved(at, k3, h))
    at = moved(at, { x: k1.x + 2 * k2.x + 2 * k3.x + k4.x, t: k1.t + 2 * k2.t + 2 * k3.t + k4.t }, h / 6)
  }
  return at
}

describe('the finite transformation of a generator that moves time', () => {
  it.each([
    ['x/2', 't'],
    ['t*one_x', '1'],
    ['t*x', 't^2'],
    ['t^2*x', '1 + 2*t'],
    ['x', 'sqrt(t)'],
    ['exp(-2*t)*x', '3'],
    ['x/t', 't^3'],
  ])('x: %s, t: %s goes where its flow goes, time with it', (xi, tau) => {
    const [start, alpha] = [{ x: 0.7, t: 0.6 }, 0.5]
    const text = formOf(xi, tau) ?? ''
    const forms = new Map(text.split('; ').map((part) => [part.slice(0, part.indexOf(': ')), part.slice(part.indexOf(': ') + 2)] as const))
    const end = flow([xi, tau], start, alpha)
    expect([...forms.keys()]).toEqual(['x', 't'])
    expect(value(forms.get('x') ?? '', { ...start, alpha })).toBeCloseTo(end.x, 7)
    expect(value(forms.get('t') ?? '', { ...start, alpha })).toBeCloseTo(end.t, 7)
  })

  it('of conformal time, t to t/(1 - alpha t), carries x as 1/(1 - alpha t)', () => {
    expect(formOf('t*x', 't^2')).toBe('x: x/(1 - alpha*t); t: t/(1 - alpha*t)')
  })

  it('is not claimed where time or the sum of its functions has no closed form', () => {
    expect(formOf('x', 'sin(t)')).toBeUndefined()
    expect(formOf('x + t*one_x', '1')).toBeUndefined()
  })
})
