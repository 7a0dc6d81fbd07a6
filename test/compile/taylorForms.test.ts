import { type Arbitrary, array, assert, constantFrom, double, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { RESERVED, type Target, load } from '../../src/compile/executable.js'
import { ARGUMENT } from '../../src/compile/integrator/context.js'
import { contextFor } from '../../src/compile/integrator/driver.js'
import { LoopedExpansion } from '../../src/compile/integrator/expansion.js'
import { layout } from '../../src/compile/integrator/frame.js'
import { Series } from '../../src/compile/integrator/series.js'
import { type System, compileSystem } from '../../src/compile/system.js'
import { type Place, type Statement, f64, giveBack, set } from '../../src/compile/ir.js'

const ORDER = 9
const STATES = ['x', 'y', 'z']
const PARAMETERS = ['p', 'q']

/** Operations on the expression so far (A) and a leaf (B), each within its domain. */
const OPERATIONS = [
  'sin(A)', 'cos(A)', 'exp(-(A)^2)', 'log(2 + (A)^2)', 'tanh(A)', 'sinh(tanh(A))', 'cosh(sin(A))', 'tan(sin(A)/2)', 'atan(A)', '(A)^3',
  'sqrt(1 + (A)^2)', '(1 + (A)^2)^(1/3)', '(2 + sin(A))^p', '1/(1 + (A)^2)', 'abs(A)', 'sign(A)*(A)', 'floor(A) - (B)', 'mod(A, 2)*(B)', 'p*(A)', '(A)/q', 'sin(q)*(A)',
  '(A) + (B)', '(A) - (B)', '(A)*(B)', '(A)/(2 + cos(B))', 'min(A, B)', 'max(A, B)', '(2 + sin(A))^sin(B)', 'q - 2*(A)*(B)', '-(A)',
]
const leaf = constantFrom(...STATES, ...PARAMETERS, 't', '3', '1/2')
const rate: Arbitrary<string> = tuple(leaf, array(tuple(constantFrom(...OPERATIONS), leaf), { minLength: 1, maxLength: 4 }))
  .map(([start, steps]) => steps.reduce((text, [operation, other]) => operation.replaceAll('B', other).replaceAll('A', text), start))

/** Coefficients 1 … ORDER of the states at a point, row by row, by the recurrences in loops or written out. */
function coefficients(
  system: System, point: readonly number[], parameters: readonly number[], looped: boolean, target: Target,
): Float64Array {
  const c = contextFor(system, 'loops')
  const { g, v, rhs, y } = c
  const time = f64('t')
  const rates = rhs.values(system.rhs, g.read(time), (i) => y.at(i))
  const body: Statement[] = [set([time, g.constant(0.3)])]
  const places: Place[] = []
  if (looped) {
    const expansion = new LoopedExpansion(g, v, ARGUMENT.base, ORDER, y, g.read(time), rates)
    body.push(...expansion.statements())
    for (let k = 1; k <= ORDER; k += 1) for (const i of point.keys()) places.push(expansion.coefficient(k).place(i))
  } else {
    const solution = point.map((_, i) => [y.at(i)])
    const series: Series = new Series(g, (node, k) => {
      if (node === g.read(time)) return k === 0 ? node : k === 1 ? g.constant(1) : undefined
      const i = point.findIndex((_, s) => y.at(s) === node)
      return i < 0 ? 'none' : solution[i]?.[k]
    })
    for (let k = 1; k <= ORDER; k += 1) {
      const next = rates.map((r) => g.mul(g.constant(1 / k), series.at(r, k - 1) ?? g.constant(0)))
      for (const [i, value] of next.entries()) solution[i]?.push(value)
      const row = v.make(`c${k}`)
      for (const i of point.keys()) places.push(row.place(i))
      body.push(set(...next.map((value, i) => [row.place(i), value] as const)))
    }
  }
  const routine = { name: 'expand', parameters: [ARGUMENT.base], result: 'i32', body: [...body, giveBack(g.int(0))] } as const
  const executable = load({ routines: [routine], exported: ['expand'] }, target)
  const memory = executable.memory(RESERVED + v.end)
  const write = (place: Place, value: number): void => {
    if (place.kind === 'memory') memory[RESERVED + place.offset] = value
  }
  for (const [i, value] of point.entries()) write(y.place(i), value)
  const offset = layout(point.length, parameters.length).parameters
  memory.set(parameters, RESERVED + offset)
  executable.entry('expand')(RESERVED)
  return Float64Array.from(places, (place) => (place.kind === 'memory' ? memory[RESERVED + place.offset] ?? NaN : NaN))
}

describe('Taylor coefficients', () => {
  it.each([['wasm', 40], ['js', 120]] as const)('by loops and written out agree to rounding for every operation (%s)', (target, numRuns) => {
    const number = double({ min: -1.5, max: 1.5, noNaN: true })
    let compared = 0
    const rates = array(rate, { minLength: 3, maxLength: 3 })
    assert(property(rates, tuple(number, number, number), tuple(number, double({ min: 0.5, max: 2, noNaN: true })),
      (texts, point, parameters) => {
        const system = { states: STATES, parameters: PARAMETERS, rhs: texts.map((text) => readExpr(text)) }
        const [loops, written] = [true, false].map((looped) => coefficients(system, point, parameters, looped, target))
        let size = 1
        for (const [i, value] of (written ?? []).entries()) {
          size = Math.max(size, Math.abs(value))
          if (!Number.isFinite(value) || size > 1e9) return
          expect(Math.abs((loops?.[i] ?? NaN) - value), `${texts.join(' | ')}, coefficient ${i}`).toBeLessThan(1e-11 * size)
          compared += 1
        }
      }), { numRuns })
    expect(compared).toBeGreaterThan(15 * numRuns)
  })
})

describe('many equations by the Taylor method', () => {
  it.each([['wasm', 1000], ['js', 50]] as const)('agree with a Runge–Kutta method (%s, %i)', (target, n) => {
    const states = Array.from({ length: n }, (_, i) => `x${i}`)
    const rhs = states.map((s, i) =>
      readExpr(`sin(${states[(i + 1) % n]}) - ${s}^3/(1 + ${states[(i + 2) % n]}^2) + cos(3*t)/${1 + (i % 7)}`))
    const options = { y0: states.map((_, i) => Math.cos(i)), t1: 2, at: [0.7, 2], rtol: 1e-11, atol: 1e-11 }
    const taylor = compileSystem({ states, rhs }, { method: 'taylor', rtol: 1e-11, target }).integrate(options)
    const other = compileSystem({ states, rhs }, { method: 'vern9' }).integrate(options)
    expect(taylor.status).toBe('completed')
    for (const [i, row] of other.y.entries())
      for (const [k, value] of row.entries()) expect(Math.abs((taylor.y[i]?.[k] ?? NaN) - value)).toBeLessThan(1e-9)
  })
})
