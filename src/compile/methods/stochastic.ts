import { HALF, TWO, ZERO, add, frac, mul, pow, sub, sym } from '../../algebra/build.js'
import { differentiate } from '../../algebra/calculus.js'
import { expand } from '../../algebra/expand.js'
import type { Expr } from '../../algebra/expr.js'
import { InputError } from '../../errors.js'

/** dy = drift dt + Σ_j diffusion[·][j] dW_j in the sense of Itô. */
export interface StochasticSystem {
  readonly states: readonly string[]
  readonly time: string
  readonly drift: readonly Expr[]
  /** [state][motion]. */
  readonly diffusion: readonly (readonly Expr[])[]
}

/** Names of a step's size and increments in the one-step maps. */
export const STEP = sym('step_size')
export const dW = (j: number): Expr => sym(`increment_w_${j}`)
export const dZ = (j: number): Expr => sym(`increment_z_${j}`)

/** The Itô operators L⁰ and L^j (Kloeden and Platen, Numerical Solution of SDEs, §5.3). */
class Operators {
  readonly motions: readonly number[]

  constructor(private readonly s: StochasticSystem) {
    this.motions = (s.diffusion[0] ?? []).map((_, j) => j)
  }

  b(i: number, j: number): Expr {
    return this.s.diffusion[i]?.[j] ?? ZERO
  }

  along(j: number, f: Expr): Expr {
    return add(...this.s.states.map((name, k) => mul(this.b(k, j), differentiate(f, name))))
  }

  drift(f: Expr): Expr {
    const { states, time, drift } = this.s
    const transport = states.map((name, k) => mul(drift[k] ?? ZERO, differentiate(f, name)))
    const spread = this.motions.flatMap((j) => states.flatMap((x, k) => states.map((y, l) =>
      mul(HALF, this.b(k, j), this.b(l, j), differentiate(differentiate(f, x), y)))))
    return add(differentiate(f, time), ...transport, ...spread)
  }
}

export interface StochasticMethod {
  readonly name: string
  readonly title: string
  readonly strongOrder: number
  readonly source: string
  /** State after a step, as expressions in state, time, `STEP`, `dW(j)`, `dZ(j)`. @throws InputError if the noise is not of its kind. */
  step(s: StochasticSystem): readonly Expr[]
}

const eulerStep = (s: StochasticSystem, i: number): readonly Expr[] =>
  [sym(s.states[i] ?? ''), mul(s.drift[i] ?? ZERO, STEP), ...(s.diffusion[i] ?? []).map((b, j) => mul(b, dW(j)))]

export const EULER_MARUYAMA: StochasticMethod = {
  name: 'euler-maruyama',
  title: 'Euler–Maruyama',
  strongOrder: 0.5,
  source: 'G. Maruyama, Rend. Circ. Mat. Palermo 4 (1955) 48',
  step: (s) => s.states.map((_, i) => add(...eulerStep(s, i))),
}

/** Σ ½ L^j b^k (ΔW_j ΔW_k − δ_jk h), which needs commutative noise L^j b^k = L^k b^j. */
export const MILSTEIN: StochasticMethod = {
  name: 'milstein',
  title: 'Milstein',
  strongOrder: 1,
  source: 'Kloeden & Platen, Numerical Solution of SDEs, §10.3',
  step(s) {
    const l = new Operators(s)
    return s.states.map((name, i) => {
      const terms = l.motions.flatMap((j) => l.motions.map((k) => {
        const change = l.along(j, l.b(i, k))
        if (j < k && expand(sub(change, l.along(k, l.b(i, j)))) !== ZERO)
          throw new InputError(`the noise of ${name} is not commutative`, 'use euler-maruyama')
        return mul(HALF, change, sub(mul(dW(j), dW(k)), j === k ? STEP : ZERO))
      }))
      return add(...eulerStep(s, i), ...terms)
    })
  },
}

/** The Itô–Taylor scheme of order 1.5 for noise whose motions do not mix: additive, diagonal, or a single motion. */
export const TAYLOR_15: StochasticMethod = {
  name: 'taylor-1.5',
  title: 'strong Itô–Taylor of order 1.5',
  strongOrder: 1.5,
  source: 'Kloeden & Platen, Numerical Solution of SDEs, §10.4',
  step(s) {
    const l = new Operators(s)
    return s.states.map((name, i) => {
      const a = s.drift[i] ?? ZERO
      const terms = l.motions.flatMap((j) => {
        const b = l.b(i, j)
        const own = l.along(j, b)
        for (const k of l.motions)
          if (k !== j && [l.along(k, b), l.along(k, own)].some((e) => expand(e) !== ZERO))
            throw new InputError(`the motions that drive ${name} mix`, 'use milstein or euler-maruyama')
        return [
          mul(HALF, own, sub(pow(dW(j), TWO), STEP)),
          mul(l.along(j, a), dZ(j)),
          mul(l.drift(b), sub(mul(dW(j), STEP), dZ(j))),
          mul(HALF, l.along(j, own), sub(mul(frac(1, 3), pow(dW(j), TWO)), STEP), dW(j)),
        ]
      })
      return add(...eulerStep(s, i), ...terms, mul(HALF, l.drift(a), pow(STEP, TWO)))
    })
  },
}

export const STOCHASTIC_METHODS: readonly StochasticMethod[] = [EULER_MARUYAMA, MILSTEIN, TAYLOR_15]
