import type { Expr } from '../../src/algebra/expr.js'
import { toNumber } from '../../src/algebra/rational.js'
import { ordered } from '../../src/compile/tensor/derivative.js'
import { type Tensor, argumentName, sizeOf } from '../../src/compile/tensor/graph.js'

/**
 * A number with three infinitesimals of square zero: component m holds the coefficient of the product of those in the bit set m, so that
 * component 7 of f(θ + ε₁x + ε₂y + ε₃z) is D³f(x, y, z). Exact where all components are integers below 2⁵³.
 */
export type Jet = readonly number[]

const SETS = [0, 1, 2, 3, 4, 5, 6, 7]
const constant = (value: number): Jet => SETS.map((m) => (m === 0 ? value : 0))
const add = (x: Jet, y: Jet): Jet => x.map((v, m) => v + (y[m] ?? 0))
const scale = (c: number, x: Jet): Jet => x.map((v) => c * v)
const multiply = (x: Jet, y: Jet): Jet =>
  SETS.map((m) => SETS.filter((a) => (a & m) === a).reduce((s, a) => s + (x[a] ?? 0) * (y[m ^ a] ?? 0), 0))

/** f of a jet from the derivatives of f at its value. */
function lift(x: Jet, [f0, f1, f2, f3]: readonly [number, number, number, number]): Jet {
  const nil = x.map((v, m) => (m === 0 ? 0 : v))
  const square = multiply(nil, nil)
  return [constant(f0), scale(f1, nil), scale(f2 / 2, square), scale(f3 / 6, multiply(square, nil))].reduce(add)
}

function power(x: Jet, n: number): Jet {
  if (Number.isInteger(n) && n >= 0) return Array.from({ length: n }).reduce<Jet>((p) => multiply(p, x), constant(1))
  const v = x[0] ?? NaN
  return lift(x, [v ** n, n * v ** (n - 1), n * (n - 1) * v ** (n - 2), n * (n - 1) * (n - 2) * v ** (n - 3)])
}

function called(name: string, x: Jet): Jet {
  const v = x[0] ?? NaN
  if (name === 'tanh') {
    const t = Math.tanh(v)
    const slope = 1 - t * t
    return lift(x, [t, slope, -2 * t * slope, (6 * t * t - 2) * slope])
  }
  if (name === 'log') return lift(x, [Math.log(v), 1 / v, -1 / v ** 2, 2 / v ** 3])
  if (name === 'abs') return v < 0 ? scale(-1, x) : x
  throw new Error(`no witness for ${name}`)
}

function evaluated(e: Expr, args: ReadonlyMap<string, Jet>): Jet {
  switch (e.kind) {
    case 'number':
      return constant(toNumber(e.value))
    case 'symbol': {
      const value = args.get(e.name)
      if (value === undefined) throw new Error(`no value of ${e.name}`)
      return value
    }
    case 'sum':
      return e.terms.reduce((s, t) => add(s, scale(toNumber(t.coefficient), evaluated(t.factor, args))), constant(toNumber(e.constant)))
    case 'product':
      return e.factors.reduce((p, f) => {
        if (f.base.kind === 'constant') {
          const x = evaluated(f.exponent, args)
          const value = Math.exp(x[0] ?? NaN)
          return multiply(p, lift(x, [value, value, value, value]))
        }
        if (f.exponent.kind !== 'number') throw new Error('no witness for a general power')
        return multiply(p, power(evaluated(f.base, args), toNumber(f.exponent.value)))
      }, constant(1))
    case 'call':
      return called(e.name, evaluated(e.args[0] ?? e, args))
    default:
      throw new Error(`no witness for ${e.kind}`)
  }
}

/** Every element by the definition of a contraction: a sum over all values of all labels. */
function contracted(t: Extract<Tensor, { kind: 'contract' }>, args: readonly (readonly Jet[])[]): readonly Jet[] {
  const labels = Object.entries(t.sizes)
  const result = Array.from({ length: sizeOf(t.shape) }, () => constant(0))
  const at = (access: typeof t.output, shape: readonly number[], values: Readonly<Record<string, number>>): number | undefined => {
    let position = 0
    for (const [k, index] of access.entries()) {
      const i = index.terms.reduce((s, u) => s + u.factor * (values[u.label] ?? 0), index.offset)
      const size = shape[k] ?? 0
      if (i < 0 || i >= size) return undefined
      position = position * size + i
    }
    return position
  }
  const visit = (depth: number, values: Record<string, number>): void => {
    const [label, size] = labels[depth] ?? []
    if (label !== undefined && size !== undefined) {
      for (let i = 0; i < size; i += 1) visit(depth + 1, { ...values, [label]: i })
      return
    }
    const out = at(t.output, t.shape, values)
    const places = t.args.map((a, k) => at(t.inputs[k] ?? [], a.shape, values))
    if (out === undefined || places.some((p) => p === undefined)) return
    const product = places.reduce<Jet>((p, place, k) => multiply(p, args[k]?.[place ?? 0] ?? constant(NaN)), constant(1))
    result[out] = add(result[out] ?? constant(0), product)
  }
  visit(0, {})
  return result
}

/** Values of a tensor by the definitions of its operations, without compiler and derivative rules. */
export function witness(root: Tensor, inputs: ReadonlyMap<string, readonly Jet[]>): readonly Jet[] {
  const values = new Map<Tensor, readonly Jet[]>()
  const of = (t: Tensor): readonly Jet[] => values.get(t) ?? []
  for (const t of ordered([root])) {
    if (t.kind === 'input') values.set(t, inputs.get(t.name) ?? [])
    else if (t.kind === 'fill') values.set(t, Array.from({ length: sizeOf(t.shape) }, () => constant(t.value)))
    else if (t.kind === 'contract') values.set(t, contracted(t, t.args.map(of)))
    else if (t.kind === 'largest') {
      const width = t.arg.shape.at(-1) ?? 1
      const rows = Array.from({ length: sizeOf(t.shape) }, (_, r) => of(t.arg).slice(r * width, (r + 1) * width))
      values.set(t, rows.map((row) => constant(Math.max(...row.map((x) => x[0] ?? NaN)))))
    } else
      values.set(t, Array.from({ length: sizeOf(t.shape) }, (_, i) =>
        evaluated(t.value, new Map(t.args.map((a, k) => [argumentName(k), of(a)[i] ?? constant(NaN)])))))
  }
  return of(root)
}

/** θ + ε₁x + ε₂y + ε₃z for every component. */
export const jets = (theta: ArrayLike<number>, ...directions: readonly ArrayLike<number>[]): readonly Jet[] =>
  Array.from(theta, (v, i) => SETS.map((m) => (m === 0 ? v : [1, 2, 4].includes(m) ? directions[Math.log2(m)]?.[i] ?? 0 : 0)))
