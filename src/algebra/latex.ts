import { unreachable } from '../errors.js'
import { EULER, HALF, ONE } from './build.js'
import type { Expr, Factor, FunctionName, Term } from './expr.js'
import { type Fraction, fractionOf, orientedFactor, writtenTerms } from './layout.js'
import { latexName } from './names.js'
import { type Rational, R1, isIntegerR, isZeroR, textR } from './rational.js'

/** 0 a sum or a leading minus, 1 a product, 2 a power or a tall form, 3 indivisible. */
interface Written {
  readonly latex: string
  readonly strength: 0 | 1 | 2 | 3
}

const atomic = (latex: string): Written => ({ latex, strength: 3 })

/** Parentheses that grow only around something tall. */
export function parenthesize(latex: string): string {
  return /\\(frac|int|sum|sqrt)|\^\{.*[\^/]/.test(latex) ? `\\left(${latex}\\right)` : `(${latex})`
}

const enclosed = ({ latex, strength }: Written, least: number): string => (strength >= least ? latex : parenthesize(latex))

/** Sets two factors side by side: a space where a command would swallow a letter, a dot where digits would run together. */
export function juxtapose(parts: readonly string[]): string {
  return parts.reduce((left, right) => {
    if (left === '' || right === '') return left + right
    if (/^\d/.test(right)) return `${left}\\cdot ${right}`
    if (right.startsWith('\\int')) return `${left}\\,${right}`
    return /\\[A-Za-z]+$/.test(left) && /^[A-Za-z]/.test(right) ? `${left} ${right}` : left + right
  }, '')
}

const COMMAND: Readonly<Record<Exclude<FunctionName, 'abs' | 'floor'>, string>> = {
  log: '\\log',
  sin: '\\sin',
  cos: '\\cos',
  tan: '\\tan',
  tanh: '\\tanh',
  sinh: '\\sinh',
  cosh: '\\cosh',
  atan: '\\arctan',
  sign: '\\operatorname{sign}',
  min: '\\min',
  max: '\\max',
}

const script = (latex: string): string => (/^[A-Za-z0-9]$/.test(latex) ? latex : `{${latex}}`)
const ratio = (above: string, below: string): string => `\\frac{${above}}{${below}}`
/** What is set after a fraction rather than on it. */
const followsFraction = (f: Factor): boolean => ['derivative', 'atom', 'integral', 'indexed'].includes(f.base.kind) || f.base === EULER
/** With a number below only, Latin symbols and calls also follow: ½ m v², η/2 q. */
const isCoefficient = (f: Factor): boolean => f.base.kind === 'sum' || (f.base.kind === 'symbol' && latexName(f.base.name).startsWith('\\'))

/** LaTeX for math mode, without delimiters. */
export function toLatex(e: Expr): string {
  const done = new Map<Expr, Written>()
  const write = (x: Expr): Written => {
    const known = done.get(x)
    const made = known ?? form(x)
    done.set(x, made)
    return made
  }
  const plain = (x: Expr): string => write(x).latex

  const power = ({ base, exponent }: Factor): Written => {
    if (base === EULER) return { latex: `e^${script(plain(exponent))}`, strength: 2 }
    if (exponent === ONE) return write(base)
    const root = base.kind === 'atom' && exponent.kind === 'number' && exponent.value.den === 2n ? base.opaque.rootLatex?.() : undefined
    if (root !== undefined && exponent.kind === 'number') return exponent === HALF ? atomic(root) : { latex: `${root}^${script(`${exponent.value.num}`)}`, strength: 2 }
    if (exponent === HALF) return atomic(`\\sqrt{${plain(base)}}`)
    const raised = exponent.kind === 'number' ? textR(exponent.value) : plain(exponent)
    if (base.kind === 'call' && base.name !== 'abs' && base.name !== 'floor' && base.name !== 'min' && base.name !== 'max')
      return atomic(`${COMMAND[base.name]}^${script(raised)}${callArguments(base)}`)
    const opaque = base.kind === 'atom' && /[\s^+-]/.test(base.opaque.latex())
    return { latex: `${enclosed(write(base), opaque ? 4 : 3)}^${script(raised)}`, strength: 2 }
  }
  const callArguments = (x: Extract<Expr, { kind: 'call' }>): string => parenthesize(x.args.map(plain).join(', '))

  /** Factors side by side; what follows a sum or product sign would seem to stand under it. */
  const besides = (factors: readonly Factor[]): readonly string[] =>
    factors.map((f, i) => enclosed(power(f), f.base.kind === 'indexed' && f.exponent === ONE && i < factors.length - 1 ? 2 : 1))
  const product = (factors: readonly Factor[], number: bigint): Written => {
    const [only] = factors
    if (only !== undefined && factors.length === 1 && number === 1n) return power(only)
    const digits = number === 1n && factors.length > 0 ? [] : [`${number}`]
    return { latex: juxtapose([...digits, ...besides(factors)]), strength: digits.length === 1 && factors.length === 0 ? 3 : 1 }
  }
  const quotient = (number: Rational, above: readonly Factor[], below: readonly Factor[]): Written => {
    if (below.length === 0 && isIntegerR(number)) return product(above, number.num)
    const follows = (f: Factor): boolean => (below.length === 0 ? !isCoefficient(f) : followsFraction(f))
    const on = above.filter((f) => !follows(f))
    const after = above.filter(follows)
    const alone = on.length === 0 && below.length > 0 && number.num === 1n && !after.some((f) => ['integral', 'indexed'].includes(f.base.kind))
    const denominator = product(below, number.den).latex
    if (alone) return { latex: ratio(product(after, 1n).latex, denominator), strength: 2 }
    const fraction = ratio(product(on, number.num).latex, denominator)
    return { latex: juxtapose([fraction, ...besides(after)]), strength: after.length === 0 ? 2 : 1 }
  }
  const magnitude = ({ number, above, below }: Fraction): Written => quotient(number, above, below)
  const sum = (terms: readonly Term[]): Written => {
    const [first, ...rest] = terms.map(fractionOf)
    if (first === undefined) return atomic('0')
    if (rest.length === 0 && !first.negative) return magnitude(first)
    const tail = rest.map((fraction) => `${fraction.negative ? '-' : '+'}${enclosed(magnitude(fraction), 1)}`)
    return { latex: (first.negative ? '-' : '') + enclosed(magnitude(first), 1) + tail.join(''), strength: 0 }
  }
  const rate = (x: Extract<Expr, { kind: 'derivative' }>): Written => {
    const of = plain(x.of)
    const [, letter = of, subscript = ''] = /^([^_]*)(_.*)$/s.exec(of) ?? []
    if (x.variable === 't' && x.order <= 2 && x.of.kind === 'symbol')
      return atomic(`${x.order === 1 ? '\\dot' : '\\ddot'}{${letter}}${subscript}`)
    const times = x.order === 1 ? '' : `^${script(`${x.order}`)}`
    const below = `d${latexName(x.variable)}${times}`
    const latex = x.of.kind === 'symbol' ? ratio(`d${times}${times === '' ? '' : ' '}${of}`, below) : ratio(`d${times}`, below) + parenthesize(of)
    return { latex, strength: 2 }
  }
  const form = (x: Expr): Written => {
    switch (x.kind) {
      case 'number':
        return isZeroR(x.value) ? atomic('0') : sum([{ coefficient: x.value, factor: ONE }])
      case 'constant':
        return atomic(x.name === 'e' ? 'e' : '\\pi')
      case 'symbol':
        return atomic(latexName(x.name))
      case 'sum':
        return sum(writtenTerms(x))
      case 'product':
        return sum([{ coefficient: R1, factor: x }])
      case 'call':
        if (orientedFactor({ base: x, exponent: ONE }).base !== x) return sum([{ coefficient: R1, factor: x }])
        if (x.name === 'floor') return atomic(`\\left\\lfloor ${x.args.map(plain).join()}\\right\\rfloor`)
        return atomic(x.name === 'abs' ? `\\left|${x.args.map(plain).join()}\\right|` : COMMAND[x.name] + callArguments(x))
      case 'integral': {
        const limits = `_${script(plain(x.from))}^${script(plain(x.to))}`
        return { latex: `\\int${limits} ${enclosed(write(x.body), 1)}\\,d${latexName(x.variable)}`, strength: 1 }
      }
      case 'indexed': {
        const limits = `_{${latexName(x.variable)}=${plain(x.from)}}^${script(plain(x.to))}`
        return { latex: `\\${x.operation === 'sum' ? 'sum' : 'prod'}${limits} ${enclosed(write(x.body), x.operation === 'sum' ? 1 : 2)}`, strength: 1 }
      }
      case 'derivative':
        return rate(x)
      case 'atom':
        return atomic(x.opaque.latex())
      default:
        return unreachable(x)
    }
  }
  return write(e).latex
}
