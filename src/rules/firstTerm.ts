import { HALF, ONE, ZERO, add, call, div, mul, num, sub, symbolsOf } from '../algebra/build.js'
import { differentiate, subexpressions, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { isIdenticallyZero } from '../algebra/zero.js'

type Call = Extract<Expr, { kind: 'call' }>

const atZero = (e: Expr): Expr => substitute(e, { eta: ZERO })
const vanishes = (e: Expr): boolean => isIdenticallyZero(atZero(e))

/** What a function with a kink at zero has there: the argument of sign and abs, the difference of two in min and max. */
function kinkOf(e: Expr): Expr | undefined {
  if (e.kind !== 'call') return undefined
  const [x = ZERO, y = ZERO] = e.args
  if (e.name === 'sign' || e.name === 'abs') return x
  return (e.name === 'min' || e.name === 'max') && e.args.length === 2 ? sub(x, y) : undefined
}

/** The first term aηⁿ of a function of the learning rate that does not vanish, among so many. */
export function firstTerm(e: Expr, length: number): { readonly power: number; readonly factor: Expr } | undefined {
  for (let [n, derivative, over] = [0, e, 1]; n < length; n += 1, derivative = differentiate(derivative, 'eta'), over *= n) {
    const factor = factored(div(atZero(derivative), num(over)))
    if (!isIdenticallyZero(factor)) return { power: n, factor }
  }
  return undefined
}

/** The sign of Σ ηⁿaₙ for small positive η: that of its first term. @throws RangeError where there is none among those that are known */
function signOf(e: Expr, length: number): Expr {
  const first = firstTerm(e, length)
  if (first === undefined) throw new RangeError('a sign of what vanishes with eta')
  return call('sign', first.factor)
}

/** |x| = x sign(x), max(x, y) = (x + y + |x − y|)/2 and min(x, y) = (x + y − |x − y|)/2. */
function bySign({ name, args: [x = ZERO, y = ZERO] }: Call, sign: Expr): Expr {
  if (name === 'sign') return sign
  if (name === 'abs') return mul(x, sign)
  return mul(HALF, add(x, y, mul(name === 'max' ? ONE : num(-1), sub(x, y), sign)))
}

/**
 * A function of the learning rate in which sign, abs, min and max are at their kinks as it vanishes, as in sign(η a + η² b + …), written by the sign of the first
 * term of what vanishes, here of a: what it is for small positive η, and has an expansion.
 * @param length how many terms of series in the learning rate are known
 * @throws RangeError where all terms that are known vanish
 */
export function atKinks(e: Expr, length: number): Expr {
  const found = [...subexpressions(e)].filter((x) => { const kink = kinkOf(x); return kink !== undefined && symbolsOf(kink).has('eta') && vanishes(kink) })
  const inner = found.find((x) => !found.some((y) => y !== x && [...subexpressions(x)].includes(y)))
  const kink = inner === undefined ? undefined : kinkOf(inner)
  return inner?.kind !== 'call' || kink === undefined ? e : atKinks(substitute(e, new Map([[inner, bySign(inner, signOf(kink, length))]])), length)
}
