import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Arbitrary, array, assert, constantFrom, double, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { emitSystem } from '../../src/compile/emit.js'
import { RESERVED, type Target, load } from '../../src/compile/executable.js'
import { ARGUMENT } from '../../src/compile/integrator/context.js'
import { contextFor } from '../../src/compile/integrator/driver.js'
import { LoopedExpansion } from '../../src/compile/integrator/expansion.js'
import { layout } from '../../src/compile/integrator/frame.js'
import { Series } from '../../src/compile/integrator/series.js'
import { generate } from '../../src/compile/methods/choose.js'
import { scheduleOf, statementsIn } from '../../src/compile/schedule.js'
import { type Integration, type IntegrationOptions, type System, compileSystem } from '../../src/compile/system.js'
import { type Place, type Routine, type Statement, f64, giveBack, set } from '../../src/compile/ir.js'

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
  const apart: Routine[] = []
  const places: Place[] = []
  if (looped) {
    const expansion = new LoopedExpansion(g, v, ARGUMENT.base, ORDER, y, g.read(time), rates)
    body.push(...expansion.statements())
    apart.push(...expansion.routines)
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
  const executable = load({ routines: [...apart, routine], exported: ['expand'] }, target)
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
  const equations = (n: number): System => {
    const states = Array.from({ length: n }, (_, i) => `x${i}`)
    const rhs = states.map((s, i) =>
      readExpr(`sin(${states[(i + 1) % n]}) - ${s}^3/(1 + ${states[(i + 2) % n]}^2) + cos(3*t)/${1 + (i % 7)}`))
    return { states, rhs }
  }
  const options = (n: number): IntegrationOptions =>
    ({ y0: Array.from({ length: n }, (_, i) => Math.cos(i)), t1: 2, at: [0.7, 2], rtol: 1e-11, atol: 1e-11 })

  it.each([['wasm', 1000], ['js', 50]] as const)('agree with a Runge–Kutta method (%s, %i)', (target, n) => {
    const taylor = compileSystem(equations(n), { method: 'taylor', rtol: 1e-11, target }).integrate(options(n))
    const other = compileSystem(equations(n), { method: 'vern9' }).integrate(options(n))
    expect(taylor.status).toBe('completed')
    for (const [i, row] of other.y.entries())
      for (const [k, value] of row.entries()) expect(Math.abs((taylor.y[i]?.[k] ?? NaN) - value)).toBeLessThan(1e-9)
  })

  it.each(['c', 'js', 'wasm'] as const)('have functions of bounded length, with switches too (%s)', (use) => {
    const switched = { states: equations(1000).states, rhs: equations(1000).states.map((x, i) => readExpr(`max(${x}, x${(i + 3) % 1000}) + floor(${x})`)) }
    for (const system of [equations(1000), switched]) {
      const { program } = generate(system, 'taylor', use, 1e-11)
      const lengths = program.routines.map(({ body }) => statementsIn(body).reduce((sum, s) => sum + scheduleOf(s).uses.size, 0))
      expect(Math.max(...lengths)).toBeLessThan(5000)
    }
  })

  it('end their steps where one of many switches turns', () => {
    const n = 60
    const states = Array.from({ length: n }, (_, i) => `x${i}`)
    const rhs = states.map((x, i) => readExpr(`abs(x${(i + 1) % n} - ${i}/50) + floor(3*${x})/9 - max(${x}, x${(i + 3) % n})/2`))
    const end = (method: string, rtol: number): Integration['final'] =>
      compileSystem({ states, rhs }, { method, rtol }).integrate({ y0: states.map((_, i) => Math.cos(i)), t1: 1, rtol, atol: rtol }).final
    const [taylor, other] = [end('taylor', 1e-10), end('dopri5', 1e-13)]
    for (const [i, value] of other.y.entries()) expect(Math.abs((taylor.y[i] ?? NaN) - value)).toBeLessThan(1e-8)
    expect(taylor.t).toBe(1)
  })

  it.skipIf(spawnSync('cc', ['--version']).status !== 0)('agree with a Runge–Kutta method in C', () => {
    const n = 300
    const folder = mkdtempSync(join(tmpdir(), 'noether-taylor-'))
    const { content } = emitSystem(equations(n), { target: 'c', method: 'taylor', rtol: 1e-11 })
    expect(content).toContain('noether_order_zero_2(')
    writeFileSync(join(folder, 'system.c'), content)
    writeFileSync(join(folder, 'main.c'), `#include <stdio.h>
#include <stdlib.h>
#include "system.c"
int main(void) {
  static double y[${n}], atol[${n}], out[2 * ${n}], end[${n}], error[${n}];
  const double times[] = {0.7, 2};
  const noether_options o = { .t1 = 2, .rtol = 1e-11 };
  noether_result result;
  for (int k = 0; k < ${n}; k++) y[k] = cos(k), atol[k] = 1e-11;
  noether_integrate(&o, y, NULL, atol, NULL, 2, times, out, end, error, &result, malloc(8 * noether_work(2, 0)));
  for (int k = 0; k < 2 * ${n}; k++) printf("%.17g ", out[k]);
  return 0;
}
`)
    const { stderr } = spawnSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', 'main', 'main.c', '-lm'], { cwd: folder, encoding: 'utf8' })
    expect(stderr).toBe('')
    const found = spawnSync('./main', [], { cwd: folder, encoding: 'utf8' }).stdout.trim().split(' ').map(Number)
    const { y } = compileSystem(equations(n), { method: 'vern9' }).integrate(options(n))
    expect(found).toHaveLength(2 * n)
    for (const [i, row] of y.entries())
      for (const [k, value] of row.entries()) expect(Math.abs((found[n * k + i] ?? NaN) - value)).toBeLessThan(1e-9)
    rmSync(folder, { recursive: true })
  })
})
