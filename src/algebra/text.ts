import { unreachable } from '../errors.js'
import { EULER, HALF, ONE } from './build.js'
import type { Expr, Factor, Term } from './expr.js'
import { type Fraction, fractionOf, orientedFactor, writtenTerms } from './layout.js'
import { R1, isZeroR } from './rational.js'

/** A written form and how strongly it holds together: 0 a sum or a leading minus, 1 a product or quotient, 2 a power, 3 indivisible. */
interface Written {
  readonly text: string
  readonly strength: 0 | 1 | 2 | 3
}

const parenthesized = ({ text, strength }: Written, least: number): string => (strength >= least ? text : `(${text})`)

/** The expression in expression text; reading it back gives the same expression. */
export function toText(e: Expr): string {
  const done = new Map<Expr, Written>()
  const write = (x: Expr): Written => {
    const known = done.get(x)
    const made = known ?? form(x)
    done.set(x, made)
    return made
  }
  const argument = (x: Expr): string => write(x).text

  const power = ({ base, exponent }: Factor): Written => {
    if (base === EULER) return { text: `exp(${argument(exponent)})`, strength: 3 }
    if (exponent === ONE) return write(base)
    if (exponent === HALF) return { text: `sqrt(${argument(base)})`, strength: 3 }
    return { text: `${parenthesized(write(base), 3)}^${parenthesized(write(exponent), 3)}`, strength: 2 }
  }
  const product = (factors: readonly Factor[], number: bigint): Written => {
    const [only] = factors
    if (only === undefined) return { text: `${number}`, strength: 3 }
    if (factors.length === 1 && number === 1n) return power(only)
    const parts = factors.map((f) => parenthesized(power(f), 1))
    return { text: [...(number === 1n ? [] : [`${number}`]), ...parts].join('*'), strength: 1 }
  }
  /** Without its sign. */
  const magnitude = ({ number, above, below }: Fraction): Written => {
    const numerator = product(above, number.num)
    if (below.length === 0 && number.den === 1n) return numerator
    const denominator = product(below, number.den)
    return { text: `${parenthesized(numerator, 1)}/${parenthesized(denominator, 2)}`, strength: 1 }
  }
  const signed = (fraction: Fraction): Written => {
    const written = magnitude(fraction)
    return fraction.negative ? { text: `-${parenthesized(written, 1)}`, strength: 0 } : written
  }
  const sum = (terms: readonly Term[]): Written => {
    const [first, ...rest] = terms.map(fractionOf)
    if (first === undefined) return { text: '0', strength: 3 }
    if (rest.length === 0) return signed(first)
    const tail = rest.map((fraction) => `${fraction.negative ? ' - ' : ' + '}${parenthesized(magnitude(fraction), 1)}`)
    return { text: signed(first).text + tail.join(''), strength: 0 }
  }
  const form = (x: Expr): Written => {
    switch (x.kind) {
      case 'number':
        return isZeroR(x.value) ? { text: '0', strength: 3 } : signed(fractionOf({ coefficient: x.value, factor: ONE }))
      case 'constant':
        return { text: x.name === 'e' ? 'exp(1)' : 'pi', strength: 3 }
      case 'symbol':
        return { text: x.name, strength: 3 }
      case 'sum':
        return sum(writtenTerms(x))
      case 'product':
        return signed(fractionOf({ coefficient: R1, factor: x }))
      case 'call':
        return orientedFactor({ base: x, exponent: ONE }).base !== x
          ? signed(fractionOf({ coefficient: R1, factor: x }))
          : { text: `${x.name}(${x.args.map(argument).join(',')})`, strength: 3 }
      case 'integral':
      case 'indexed':
        return { text: `${x.kind === 'indexed' ? x.operation : x.kind}(${argument(x.body)},${x.variable},${argument(x.from)},${argument(x.to)})`, strength: 3 }
      case 'derivative':
        return { text: `diff(${argument(x.of)},${x.variable}${x.order === 1 ? '' : `,${x.order}`})`, strength: 3 }
      case 'atom':
        return { text: x.opaque.text(), strength: 3 }
      default:
        return unreachable(x)
    }
  }
  return write(e).text
}
