import { unreachable } from '../errors.js'
import { arcsinhForm } from './arcsinh.js'
import type { Expr, FunctionName } from './expr.js'
import { toText } from './print.js'
import { toNumber } from './rational.js'

/** Values of symbols by name; opaque quantities and derivatives are looked up by their text, e.g. `norm2(g)`, `diff(q,t)`. */
export type NumericEnvironment = Readonly<Record<string, number>> | ((name: string) => number)

const FUNCTION_VALUE: Readonly<Record<FunctionName, (x: number, y: number) => number>> = {
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  sinh: Math.sinh,
  cosh: Math.cosh,
  atan: Math.atan,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  min: Math.min,
  max: Math.max,
}

/** Inverse hyperbolic functions, which are read as the logarithms that they are. */
function arcsinh({ name, args: [x] }: Extract<Expr, { kind: 'call' }>, value: (e: Expr) => number): number | undefined {
  const form = name === 'log' && x !== undefined ? arcsinhForm(x) : undefined
  return form === undefined ? undefined : form.times * Math.asinh(value(form.of))
}

const callValue = (name: FunctionName, [x = Number.NaN, y = Number.NaN]: readonly number[]): number => FUNCTION_VALUE[name](x, y)

/** Nodes and weights of the Gauss–Kronrod pair (7, 15) on [−1, 1] [QUADPACK, Piessens et al. 1983]: node, Kronrod weight, Gauss weight. */
const GAUSS_KRONROD: readonly (readonly [number, number, number])[] = [
  [0, 0.20948214108472782, 0.4179591836734694],
  [0.20778495500789848, 0.20443294007529889, 0],
  [0.4058451513773972, 0.19035057806478542, 0.3818300505051189],
  [0.5860872354676911, 0.1690047266392679, 0],
  [0.7415311855993945, 0.14065325971552592, 0.27970539148927664],
  [0.8648644233597691, 0.10479001032225019, 0],
  [0.9491079123427585, 0.06309209262997856, 0.1294849661688697],
  [0.9914553711208126, 0.022935322010529224, 0],
]

function kronrod(f: (x: number) => number, a: number, b: number): { readonly value: number; readonly error: number } {
  const [center, half] = [(a + b) / 2, (b - a) / 2]
  let value = 0
  let coarse = 0
  for (const [node, weight, gauss] of GAUSS_KRONROD) {
    const sum = node === 0 ? f(center) : f(center - half * node) + f(center + half * node)
    value += weight * sum
    coarse += gauss * sum
  }
  return { value: half * value, error: Math.abs(half * (value - coarse)) }
}

const MOST_PIECES = 400
/** Above this relative error estimate an integral counts as divergent. */
const DIVERGENT = 1e-8

/**
 * ∫ₐᵇ f by adaptive Gauss–Kronrod quadrature: the interval with the largest error estimate is halved until the sum of the
 * estimates is below `tolerance` relative to Σ|pieces|, or 400 pieces are reached.
 * @returns NaN if f is not finite at a node or the estimate stays above 10⁻⁸, as at a pole.
 */
export function quadrature(f: (x: number) => number, a: number, b: number, tolerance = 1e-13): number {
  const pieces = [{ a, b, ...kronrod(f, a, b) }]
  const total = (pick: (piece: (typeof pieces)[number]) => number): number => pieces.reduce((sum, piece) => sum + pick(piece), 0)
  const relativeError = (): number => total((p) => p.error) / total((p) => Math.abs(p.value))
  while (pieces.length < MOST_PIECES && relativeError() > tolerance) {
    pieces.sort((x, y) => x.error - y.error)
    const worst = pieces.pop()
    if (worst === undefined) break
    const middle = (worst.a + worst.b) / 2
    pieces.push({ a: worst.a, b: middle, ...kronrod(f, worst.a, middle) }, { a: middle, b: worst.b, ...kronrod(f, middle, worst.b) })
  }
  return relativeError() > DIVERGENT ? Number.NaN : total((p) => p.value)
}

/** More terms than these are not added up one by one. */
const MOST_TERMS = 1e7

/** Σ or Π over the whole numbers a … b; NaN for bounds that are none or too far apart. */
function accumulate(operation: 'sum' | 'product', f: (n: number) => number, a: number, b: number): number {
  if (!Number.isInteger(a) || !Number.isInteger(b) || b - a > MOST_TERMS) return Number.NaN
  let total = operation === 'sum' ? 0 : 1
  for (let n = a; n <= b; n += 1) total = operation === 'sum' ? total + f(n) : total * f(n)
  return total
}

/**
 * Value in doubles. Integrals by adaptive quadrature; undefined operations give NaN or an infinity, as in floating point.
 * @throws RangeError for a name the environment has no value for.
 */
export function evaluateNumber(e: Expr, environment: NumericEnvironment): number {
  const lookup = typeof environment === 'function' ? environment : (name: string): number => named(environment, name)
  return evaluateWith(e, lookup)
}

function named(values: Readonly<Record<string, number>>, name: string): number {
  const found = Object.hasOwn(values, name) ? values[name] : undefined
  if (found === undefined) throw new RangeError(`no value for ${name}`)
  return found
}

function evaluateWith(e: Expr, lookup: (name: string) => number): number {
  const done = new Map<Expr, number>()
  const value = (x: Expr): number => {
    const known = done.get(x)
    const made = known ?? compute(x)
    done.set(x, made)
    return made
  }
  const compute = (x: Expr): number => {
    switch (x.kind) {
      case 'number':
        return toNumber(x.value)
      case 'constant':
        return x.name === 'e' ? Math.E : Math.PI
      case 'symbol':
        return lookup(x.name)
      case 'sum':
        return x.terms.reduce((total, t) => total + toNumber(t.coefficient) * value(t.factor), toNumber(x.constant))
      case 'product':
        return x.factors.reduce((total, f) => total * power(f.base, value(f.exponent)), 1)
      case 'call':
        return arcsinh(x, value) ?? callValue(x.name, x.args.map(value))
      case 'integral': {
        const at = (s: number): number => evaluateWith(x.body, (name) => (name === x.variable ? s : lookup(name)))
        return quadrature(at, value(x.from), value(x.to))
      }
      case 'indexed': {
        const at = (n: number): number => evaluateWith(x.body, (name) => (name === x.variable ? n : lookup(name)))
        return accumulate(x.operation, at, value(x.from), value(x.to))
      }
      case 'atom':
      case 'derivative':
        return lookup(toText(x))
      default:
        return unreachable(x)
    }
  }
  const power = (base: Expr, exponent: number): number => {
    if (base.kind === 'constant' && base.name === 'e') return Math.exp(exponent)
    return exponent === 0.5 ? Math.sqrt(value(base)) : Math.pow(value(base), exponent)
  }
  return value(e)
}
