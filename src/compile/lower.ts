import { arcsinhForm } from '../algebra/arcsinh.js'
import type { Expr, Factor } from '../algebra/expr.js'
import { partsOf } from '../algebra/parts.js'
import { type Rational, isIntegerR, toNumber } from '../algebra/rational.js'
import { InputError, unreachable } from '../errors.js'
import type { Graph } from './graph.js'
import type { Node } from './ir.js'

/** The value of a symbol, atom or derivative of an expression; undefined if the program has none. */
export type Binding = (quantity: Expr) => Node | undefined

const keyOf = (f: Factor): string => `${f.base.id}^${f.exponent.id}`
/** Whether a factor belongs into the denominator. */
const isNegative = (f: Factor): boolean => f.exponent.kind === 'number' && f.exponent.value.num < 0n && f.base.kind !== 'constant'

/** Largest power that is multiplied out. */
const MULTIPLIED = 64n

/** Lowers expressions to nodes of one graph; equal subexpressions are lowered once. */
export class Lowering {
  private readonly known = new Map<Expr, Node>()
  /** How many products have a power in their denominator. */
  private readonly denominators = new Map<string, number>()

  constructor(private readonly graph: Graph, private readonly binding: Binding) {}

  /**
   * Lowers several expressions. A power in more than one denominator is inverted once and multiplied: a division costs as much as
   * several products, and the extra rounding is half an ulp.
   */
  lowerAll(expressions: readonly Expr[]): readonly Node[] {
    const seen = new Set<Expr>()
    const pending = [...expressions]
    for (let e = pending.pop(); e !== undefined; e = pending.pop()) {
      if (seen.has(e)) continue
      seen.add(e)
      if (e.kind === 'product')
        for (const f of e.factors) if (isNegative(f)) this.denominators.set(keyOf(f), (this.denominators.get(keyOf(f)) ?? 0) + 1)
      pending.push(...partsOf(e))
    }
    return expressions.map((e) => this.lower(e))
  }

  /** @throws InputError for a quantity without value and for unevaluated integrals and derivatives. */
  lower(e: Expr): Node {
    const known = this.known.get(e)
    if (known !== undefined) return known
    const made = this.binding(e) ?? this.compute(e)
    this.known.set(e, made)
    return made
  }

  private compute(e: Expr): Node {
    const g = this.graph
    switch (e.kind) {
      case 'number':
        return g.constant(toNumber(e.value))
      case 'constant':
        return g.constant(e.name === 'e' ? Math.E : Math.PI)
      case 'sum': {
        const terms = e.terms.map((t) => this.scaled(t.coefficient, this.lower(t.factor)))
        return g.add(g.sum(terms), g.constant(toNumber(e.constant)))
      }
      case 'product':
        return this.product(e.factors)
      case 'call':
        return this.arcsinh(e) ?? this.call(e.name, e.args.map((a) => this.lower(a)))
      case 'symbol':
        throw new InputError(`${e.name} has no value`, 'declare it as a state, a parameter or an input')
      case 'atom':
        throw new InputError(`${e.opaque.text()} has no value`, 'declare it as an input')
      case 'integral':
        throw new InputError('an unevaluated integral cannot be compiled', 'make the integral a state with the integrand as its rate')
      case 'indexed':
        throw new InputError(`a ${e.operation} over steps cannot be compiled`, 'make it a state that takes one term a step')
      case 'derivative':
        throw new InputError('a derivative of an unknown function cannot be compiled', 'make it a state')
      default:
        return unreachable(e)
    }
  }

  private scaled(coefficient: Rational, x: Node): Node {
    const g = this.graph
    return g.mul(g.constant(toNumber(coefficient)), x)
  }

  private product(factors: readonly Factor[]): Node {
    const g = this.graph
    const above: Node[] = []
    const below: Node[] = []
    for (const f of factors) {
      const n = f.exponent.kind === 'number' ? f.exponent.value : undefined
      if (n !== undefined && isNegative(f)) {
        const power = this.power(f.base, { num: -n.num, den: n.den })
        if ((this.denominators.get(keyOf(f)) ?? 0) > 1) above.push(g.div(g.constant(1), power))
        else below.push(power)
      } else above.push(n !== undefined && f.base.kind !== 'constant' ? this.power(f.base, n) : this.generalPower(f))
    }
    const top = above.reduce<Node | undefined>((a, b) => (a === undefined ? b : g.mul(a, b)), undefined) ?? g.constant(1)
    const bottom = below.reduce<Node | undefined>((a, b) => (a === undefined ? b : g.mul(a, b)), undefined)
    return bottom === undefined ? top : g.div(top, bottom)
  }

  /** base^n for a positive rational n: integers and halves of integers need no logarithm. */
  private power(base: Expr, n: Rational): Node {
    const g = this.graph
    const x = this.lower(base)
    if (isIntegerR(n) && n.num <= MULTIPLIED) return g.integerPower(x, Number(n.num))
    if (n.den === 2n && n.num <= MULTIPLIED) {
      const root = g.sqrt(x)
      const whole = Number(n.num >> 1n)
      return whole === 0 ? root : g.mul(root, g.integerPower(x, whole))
    }
    return g.call('pow', x, g.constant(toNumber(n)))
  }

  private generalPower(f: Factor): Node {
    const g = this.graph
    const exponent = this.lower(f.exponent)
    if (f.base.kind === 'constant' && f.base.name === 'e') return g.call('exp', exponent)
    return g.call('pow', this.lower(f.base), exponent)
  }

  /** Inverse hyperbolic functions, which are read as the logarithms that they are. */
  private arcsinh({ name, args: [x] }: Extract<Expr, { kind: 'call' }>): Node | undefined {
    const form = name === 'log' && x !== undefined ? arcsinhForm(x) : undefined
    return form === undefined ? undefined : this.graph.mul(this.graph.constant(form.times), this.graph.call('asinh', this.lower(form.of)))
  }

  private call(name: Extract<Expr, { kind: 'call' }>['name'], args: readonly Node[]): Node {
    const g = this.graph
    const [x, y] = args
    if (x === undefined) throw new TypeError(`${name} without argument`)
    switch (name) {
      case 'abs':
        return g.abs(x)
      case 'sign':
        return g.select(g.lt(g.constant(0), x), g.constant(1), g.select(g.lt(x, g.constant(0)), g.constant(-1), x))
      case 'floor':
        return g.apply('floor', x)
      case 'min':
      case 'max':
        return y === undefined ? x : g.apply(name, x, y)
      default:
        return g.call(name, x)
    }
  }
}
