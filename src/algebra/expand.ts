import { ONE, asRational, factorsOf, linearCombination, mapParts, mul, pow, splitCoefficient, num, termsOf } from './build.js'
import type { Expr, Factor, Term } from './expr.js'
import { mulR } from './rational.js'

/** The product of two expanded sums, term by term. */
function distribute(a: Expr, b: Expr): Expr {
  const products: Term[] = []
  for (const x of termsOf(a))
    for (const y of termsOf(b)) {
      const { coefficient, factor } = splitCoefficient(mul(x.factor, y.factor))
      products.push({ coefficient: mulR(mulR(x.coefficient, y.coefficient), coefficient), factor })
    }
  return linearCombination(products)
}

function powerOf(sum: Expr, n: bigint): Expr {
  let result: Expr = ONE
  let square = sum
  for (let k = n; k > 0n; k >>= 1n) {
    if (k & 1n) result = distribute(result, square)
    if (k > 1n) square = distribute(square, square)
  }
  return result
}

/** Sums to a power above this stay as they are: the expansion would be unreadable and slow. */
const HIGHEST = 64n

function isOpen({ base, exponent }: Factor): boolean {
  const n = asRational(exponent)
  return base.kind === 'sum' && n !== undefined && n.den === 1n && n.num > 0n && n.num <= HIGHEST
}

/** A product whose factors are expanded, multiplied out; powers that merge on the way may open again. */
function openProduct(product: Expr): Expr {
  const { coefficient, factor } = splitCoefficient(product)
  const factors = factor.kind === 'sum' ? [] : factorsOf(factor)
  if (!factors.some(isOpen)) return product
  const rest = mul(num(coefficient), ...factors.filter((f) => !isOpen(f)).map((f) => pow(f.base, f.exponent)))
  const opened = factors.filter(isOpen).reduce((result, f) => distribute(result, powerOf(f.base, asRational(f.exponent)?.num ?? 1n)), rest)
  return linearCombination(termsOf(opened).map((t) => ({ coefficient: t.coefficient, factor: openProduct(t.factor) })))
}

/** Multiplies out products and positive integer powers of sums, everywhere. */
export function expand(e: Expr): Expr {
  const done = new Map<Expr, Expr>()
  const open = (x: Expr): Expr => {
    const known = done.get(x)
    const made = known ?? (x.kind === 'product' ? openProduct(mapParts(x, open)) : mapParts(x, open))
    done.set(x, made)
    return made
  }
  return open(e)
}
