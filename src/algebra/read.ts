import { InputError, unreachable } from '../errors.js'
import { EULER, HALF, PI, ZERO, add, call, derivativeOf, div, factorsOf, indexedNode, integralNode, isZero, mul, neg, num, pow, splitCoefficient, sub, sym, termsOf } from './build.js'
import { type Expr, FUNCTIONS, type FunctionName } from './expr.js'
import { INVERSE_HYPERBOLIC } from './inverseHyperbolic.js'
import { type Rational, parseRational } from './rational.js'
import { nearest } from './nearest.js'
import { signedContent } from './sum.js'
import { type Syntax, parseSyntax } from './syntax.js'

/** Meanings that a caller adds to those of the expression text. */
export interface ReadOptions {
  /** The meaning of a call; `undefined` leaves it to the expression text. `recurse` reads an argument as a scalar. */
  readonly resolveCall?: (name: string, args: readonly Syntax[], recurse: (argument: Syntax) => Expr, at: Syntax) => Expr | undefined
  /** The meaning of a name; `undefined` makes it a symbol. Bound variables are not asked for. */
  readonly resolveName?: (name: string, at: Syntax) => Expr | undefined
}

const KNOWN = ['exp', 'sqrt', 'mod', 'integral', 'sum', 'product', 'diff', ...FUNCTIONS, ...Object.keys(INVERSE_HYPERBOLIC)]

/** The largest power of a number that is computed exactly. */
const MOST_BITS = 32_768

const bits = (q: Rational): number => (q.den === 1n && (q.num === 1n || q.num === -1n) ? 0 : Math.max(q.num.toString(16).length, q.den.toString(16).length) * 4)

/** The size of the numbers that come out of an integer power of this base. */
function numericBits(base: Expr): number {
  if (base.kind === 'number') return bits(base.value)
  const { coefficient, factor } = splitCoefficient(base)
  const numbers = factorsOf(factor).reduce((sum, f) => sum + (f.base.kind === 'number' ? bits(f.base.value) : 0), 0)
  return numbers + bits(factor.kind === 'sum' ? signedContent(factor) : coefficient)
}

/** The size of the numbers that base^exponent computes: by the number in the exponent, and for e by the logarithms in it. */
function powerBits(base: Expr, exponent: Expr): number {
  const sizeOf = (q: Rational, of: Expr): number => Math.abs(Number(q.num / q.den)) * numericBits(of)
  const constant = exponent.kind === 'number' ? exponent.value : exponent.kind === 'sum' ? exponent.constant : undefined
  const logs = base !== EULER ? [] : termsOf(exponent).map((t) => (t.factor.kind === 'call' && t.factor.name === 'log' ? sizeOf(t.coefficient, t.factor.args[0] ?? base) : 0))
  return Math.max(0, constant === undefined ? 0 : sizeOf(constant, base), ...logs)
}

class Reader {
  constructor(
    private readonly options: ReadOptions,
    private readonly bound: ReadonlySet<string> = new Set(),
  ) {}

  readonly read = (s: Syntax): Expr => {
    switch (s.kind) {
      case 'number':
        return this.number(s)
      case 'name':
        return this.name(s)
      case 'unary':
        return s.operator === '-' ? neg(this.read(s.operand)) : this.read(s.operand)
      case 'binary':
        return s.operator === '^' ? this.power(this.read(s.left), this.read(s.right), s) : this.chain(s)
      case 'call':
        return this.options.resolveCall?.(s.name, s.args, this.read, s) ?? this.call(s)
      default:
        return unreachable(s)
    }
  }

  private number(s: Extract<Syntax, { kind: 'number' }>): Expr {
    const exponent = Number(/[eE]([+-]?\d+)$/.exec(s.text)?.[1] ?? '0')
    if (Math.abs(exponent) > 400) throw new InputError(`the number ${s.text}`, 'keep powers of ten between -400 and 400', { column: s.column })
    return num(parseRational(s.text))
  }

  private name(s: Extract<Syntax, { kind: 'name' }>): Expr {
    if (this.bound.has(s.name)) return sym(s.name)
    const given = this.options.resolveName?.(s.name, s)
    if (given !== undefined) return given
    if (s.name === 'pi') return PI
    if (s.name === 'e') return EULER
    if (KNOWN.some((known) => known === s.name))
      throw new InputError(`'${s.name}' is a function`, `write ${s.name}(…)`, { column: s.column })
    return sym(s.name)
  }

  /** Sums and products are read along their left-associative chain, without recursion. */
  private chain(s: Extract<Syntax, { kind: 'binary' }>): Expr {
    const additive = s.operator === '+' || s.operator === '-'
    const parts: Expr[] = []
    let left: Syntax = s
    while (left.kind === 'binary' && left.operator !== '^' && (left.operator === '+' || left.operator === '-') === additive) {
      const right = this.read(left.right)
      if (left.operator === '/') parts.push(this.power(right, num(-1), left))
      else parts.push(left.operator === '-' ? neg(right) : right)
      left = left.left
    }
    parts.push(this.read(left))
    return additive ? add(...parts) : mul(...parts)
  }

  private power(base: Expr, exponent: Expr, at: Syntax): Expr {
    if (powerBits(base, exponent) > MOST_BITS)
      throw new InputError('a power too large to compute exactly', `keep powers of numbers below 2^${MOST_BITS}`, { column: at.column })
    try {
      return pow(base, exponent)
    } catch (error) {
      if (error instanceof RangeError) throw new InputError('division by zero', 'the denominator is exactly zero', { column: at.column })
      throw error
    }
  }

  private call(s: Extract<Syntax, { kind: 'call' }>): Expr {
    if (s.name === 'integral' || s.name === 'sum' || s.name === 'product') return this.bounded(s, s.name)
    if (s.name === 'diff') return this.derivative(s)
    if (s.name === 'exp') return this.power(EULER, this.read(this.only(s)), s)
    if (s.name === 'sqrt') return this.power(this.read(this.only(s)), HALF, s)
    if (s.name === 'mod') return this.remainder(s)
    const logarithm = INVERSE_HYPERBOLIC[s.name]
    if (logarithm !== undefined) return logarithm(this.read(this.only(s)))
    const name = FUNCTIONS.find((known): known is FunctionName => known === s.name)
    if (name === undefined) throw this.unknown(s)
    if (name !== 'min' && name !== 'max') return call(name, this.checkedLog(name, this.read(this.only(s)), s))
    return call(name, ...this.exactly(s, 2, `${name}(x,y)`).map(this.read))
  }

  /** x − y⌊x/y⌋, which has the sign of y. */
  private remainder(s: Extract<Syntax, { kind: 'call' }>): Expr {
    const [x = ZERO, y = ZERO] = this.exactly(s, 2, 'mod(x,y)').map(this.read)
    if (isZero(y)) throw new InputError('mod(x,0) is not a number', 'the period must not vanish', { column: s.column })
    return sub(x, mul(y, call('floor', div(x, y))))
  }

  private checkedLog(name: FunctionName, x: Expr, at: Syntax): Expr {
    if (name === 'log' && x.kind === 'number' && x.value.num === 0n)
      throw new InputError('log(0) is not a number', 'the argument must not vanish', { column: at.column })
    return x
  }

  private unknown(s: Extract<Syntax, { kind: 'call' }>): InputError {
    const alias = s.name === 'ln' ? 'log' : nearest(s.name, KNOWN)
    const remedy = alias === undefined ? `the functions are ${KNOWN.join(', ')}; write * for a product` : `did you mean ${alias}?`
    return new InputError(`unknown function '${s.name}'`, remedy, { column: s.column })
  }

  private exactly(s: Extract<Syntax, { kind: 'call' }>, count: number, form: string): readonly Syntax[] {
    if (s.args.length === count) return s.args
    throw new InputError(`${s.name} takes ${count === 1 ? 'one argument' : `${count} arguments`}, not ${s.args.length}`, `write ${form}`, { column: s.column })
  }

  private only(s: Extract<Syntax, { kind: 'call' }>): Syntax {
    const [first = s] = this.exactly(s, 1, `${s.name}(x)`)
    return first
  }

  private bounded(s: Extract<Syntax, { kind: 'call' }>, name: 'integral' | 'sum' | 'product'): Expr {
    const form = name === 'integral' ? 'integral(e,s,a,b)' : `${name}(e,j,a,b)`
    const [body = s, variable = s, from = s, to = s] = this.exactly(s, 4, form)
    if (variable.kind !== 'name') throw new InputError(name === 'integral' ? 'the variable of integration is not a name' : `the index of the ${name} is not a name`, `write ${form}`, { column: variable.column })
    const inside = new Reader(this.options, new Set([...this.bound, variable.name]))
    if (name === 'integral') return integralNode(inside.read(body), variable.name, this.read(from), this.read(to))
    return indexedNode(name, inside.read(body), variable.name, this.limit(from, name), this.limit(to, name))
  }

  /** A bound of a sum or product. */
  private limit(s: Syntax, name: string): Expr {
    const bound = this.read(s)
    if (bound.kind === 'number' && bound.value.den !== 1n) throw new InputError(`a bound of the ${name} is no whole number`, `write ${name}(e,j,0,k - 1)`, { column: s.column })
    return bound
  }

  private derivative(s: Extract<Syntax, { kind: 'call' }>): Expr {
    const [of = s, variable = s, times] = s.args.length === 3 ? s.args : this.exactly(s, 2, 'diff(q,t) or diff(q,t,2)')
    const order = times === undefined ? 1 : times.kind === 'number' && /^[1-9]\d?$/.test(times.text) ? Number(times.text) : 0
    if (variable.kind !== 'name' || order === 0)
      throw new InputError('diff takes a function, a variable and an order between 1 and 99', 'write diff(q,t) or diff(q,t,2)', { column: s.column })
    const inner = this.read(of)
    if (inner.kind !== 'symbol' && inner.kind !== 'derivative' && inner.kind !== 'atom')
      throw new InputError('diff of a formula', 'diff(q,t) is the rate of a named quantity q: differentiate the formula by hand', { column: of.column })
    return derivativeOf(inner, variable.name, order)
  }
}

/** The scalar that a tree stands for. @throws InputError with the column of what has no meaning. */
export const readSyntax = (syntax: Syntax, options: ReadOptions = {}): Expr => new Reader(options).read(syntax)

/** The scalar that an expression text stands for, decimals exact. @throws InputError with the column of what has no meaning. */
export const readExpr = (text: string, options: ReadOptions = {}): Expr => readSyntax(parseSyntax(text), options)
