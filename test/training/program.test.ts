import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { add, call, div, mul, num, pow, sub, sym } from '../../src/algebra/build.js'
import type { Expr } from '../../src/algebra/expr.js'
import type { RuleProgram } from '../../src/rules/program.js'
import { compileRule } from '../../src/training/index.js'
import { momentum } from './setting.js'

const names = ['theta', 'g', 'v', 'P_w', 'eta', 'k'] as const
const { formula } = fc.letrec<{ formula: Expr }>((tie) => ({
  formula: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...names).map(sym),
    fc.integer({ min: -3, max: 3 }).map(num),
    fc.tuple(tie('formula'), tie('formula')).map(([x, y]) => add(x, y)),
    fc.tuple(tie('formula'), tie('formula')).map(([x, y]) => mul(x, y)),
    tie('formula').map((x) => pow(x, num(2))),
    // Bounded away from the points where quotients and roots do not exist.
    fc.tuple(tie('formula'), tie('formula')).map(([x, y]) => div(x, add(num(1), pow(y, num(2))))),
    tie('formula').map((x) => pow(add(num(1), pow(x, num(2))), div(num(1), num(2)))),
    tie('formula').map((x) => call('tanh', x)),
    fc.tuple(tie('formula'), tie('formula')).map(([x, y]) => call('max', x, y)),
  ),
}))

const vector = (length: number): fc.Arbitrary<Float64Array> =>
  fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: length, maxLength: length }).map((values) => Float64Array.from(values))

describe('a rule executed on vectors', () => {
  it('computes each component as the formula says', () => {
    fc.assert(
      fc.property(formula, vector(5), vector(5), fc.nat(9), (value, theta, g, k) => {
        const program: RuleProgram = { states: [{ name: 'v', initial: 0.5 }], steps: [{ kind: 'assign', name: 'v', value }] }
        const indicator = Float64Array.of(1, 0, 0, 1, 1)
        const machine = compileRule(program, { eta: 0.3 }, theta, g, new Map([['w', indicator]]))
        machine.step(k)
        for (const [i, actual] of (machine.vectors.get('v') ?? []).entries()) {
          const at = { theta: theta[i] ?? 0, g: g[i] ?? 0, v: 0.5, P_w: indicator[i] ?? 0, eta: 0.3, k }
          const expected = evaluateNumber(value, at)
          expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-11 * (1 + Math.abs(expected)))
        }
      }),
    )
  })

  it('in float32 rounds once an assignment: heavy-ball momentum agrees to the bit with its formula in float64, rounded', () => {
    fc.assert(
      fc.property(vector(6), vector(6), (start, slope) => {
        const [theta, g] = [Float32Array.from(start), Float32Array.from(slope)]
        const machine = compileRule(momentum, { eta: 0.25, beta: 0.5, lambda: 0.125 }, theta, g)
        let [position, velocity] = [Array.from(theta), Array.from(theta, () => 0)]
        for (let k = 0; k < 3; k++) {
          machine.step(k)
          // With these hyperparameters every product is exact in float64, so the order of the additions does not matter.
          velocity = velocity.map((v, i) => Math.fround(0.5 * v + (g[i] ?? 0) + 0.125 * (position[i] ?? 0)))
          position = position.map((x, i) => Math.fround(x - 0.25 * (velocity[i] ?? 0)))
        }
        for (const [i, x] of theta.entries()) expect(Math.abs(x - (position[i] ?? 0))).toBeLessThanOrEqual(2 ** -23 * Math.abs(x))
      }),
    )
  })

  it('reduces over all components: the gradient clipped at |g| = 1', () => {
    const length = pow(sym('s'), div(num(1), num(2)))
    const program: RuleProgram = {
      states: [],
      steps: [
        { kind: 'reduce', name: 's', value: pow(sym('g'), num(2)) },
        { kind: 'assign', name: 'theta', value: sub(sym('theta'), div(sym('g'), call('max', num(1), length))) },
      ],
    }
    fc.assert(
      fc.property(vector(4), vector(4), (start, g) => {
        const theta = Float64Array.from(start)
        compileRule(program, {}, theta, g).step(0)
        const size = Math.max(1, Math.hypot(...g))
        for (const [i, x] of theta.entries()) expect(x).toBeCloseTo((start[i] ?? 0) - (g[i] ?? 0) / size, 12)
      }),
    )
  })

  it('refuses names without a value and assignments to what is no vector', () => {
    const assign = (name: string, value: Expr): RuleProgram => ({ states: [], steps: [{ kind: 'assign', name, value }] })
    const compile = (program: RuleProgram): unknown => compileRule(program, {}, new Float64Array(2), new Float64Array(2))
    expect(() => compile(assign('theta', sym('mu')))).toThrow(/'mu' has no value in this run — give it under train/)
    expect(() => compile(assign('u', sym('g')))).toThrow(/assigns 'u', which is neither theta nor a state/)
    expect(() => compileRule(assign('theta', sym('eta')), { eta: sym('tau') }, new Float64Array(1), new Float64Array(1))).toThrow(/'tau' has no value/)
  })
})
