import { unreachable } from '../errors.js'
import type { Expr } from './expr.js'
import { textR } from './rational.js'

const known = new Map<Expr, string>()
const owners = new Map<string, Expr>()

/** Two 53-bit hashes of a text with different seeds (the public-domain cyrb53 mix), in base 36. */
function hashed(text: string): string {
  const word = (seed: number): string => {
    let [a, b] = [0xdeadbeef ^ seed, 0x41c6ce57 ^ seed]
    for (let i = 0; i < text.length; i += 1) {
      const unit = text.charCodeAt(i)
      a = Math.imul(a ^ unit, 2654435761)
      b = Math.imul(b ^ unit, 1597334677)
    }
    a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
    b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
    return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36)
  }
  return `${word(0)}.${word(1)}`
}

function shapeOf(e: Expr): string {
  switch (e.kind) {
    case 'number':
      return textR(e.value)
    case 'constant':
    case 'symbol':
      return `${e.kind}:${e.name}`
    case 'sum':
      return `+${textR(e.constant)}${e.terms.map((t) => `|${textR(t.coefficient)}*${structureOf(t.factor)}`).join('')}`
    case 'product':
      return `*${e.factors.map((f) => `${structureOf(f.base)}^${structureOf(f.exponent)}`).join('|')}`
    case 'call':
      return `${e.name}(${e.args.map(structureOf).join()})`
    case 'integral':
      return `integral ${e.variable}:${[e.body, e.from, e.to].map(structureOf).join()}`
    case 'indexed':
      return `indexed ${e.operation} ${e.variable}:${[e.body, e.from, e.to].map(structureOf).join()}`
    case 'derivative':
      return `diff ${e.variable},${e.order}:${structureOf(e.of)}`
    case 'atom':
      return `atom:${e.opaque.key}`
    default:
      return unreachable(e)
  }
}

/**
 * A short name of an expression made from its structure alone, the same in every process: what is sorted or keyed by it does not depend on
 * which expression was made first.
 * @throws Error should two expressions ever get the same name.
 */
export function structureOf(e: Expr): string {
  const found = known.get(e)
  if (found !== undefined) return found
  const shape = shapeOf(e)
  const name = shape.length <= 24 ? shape : hashed(shape)
  const owner = owners.get(name)
  if (owner !== undefined && owner !== e) throw new Error('two expressions have one structural name')
  owners.set(name, e)
  known.set(e, name)
  return name
}
