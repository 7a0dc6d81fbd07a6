import { type Expr, type FunctionName, compareExpr, intern } from './expr.js'
import { absR, compareR } from './rational.js'
import { EULER, ONE, ZERO, isOne, isZero, neg, num, signedContent } from './sum.js'

/** Whether an odd function would rather see the argument negated. */
function leadsNegative(e: Expr): boolean {
  if (e.kind === 'number') return e.value.num < 0n
  return e.kind === 'sum' && signedContent(e).num < 0n
}

const ODD: ReadonlySet<FunctionName> = new Set(['sin', 'tan', 'tanh', 'sinh', 'atan', 'sign'])
const EVEN: ReadonlySet<FunctionName> = new Set(['cos', 'cosh', 'abs'])

/** A function applied; parity and the values at 0 (at 1 for log) are used, nothing else. */
export function call(name: FunctionName, ...args: readonly Expr[]): Expr {
  const [x, y] = args
  if (x === undefined) throw new RangeError(`${name} needs an argument`)
  if (name === 'min' || name === 'max') {
    if (y === undefined) throw new RangeError(`${name} needs two arguments`)
    if (x === y) return x
    if (x.kind === 'number' && y.kind === 'number') return compareR(x.value, y.value) < 0 === (name === 'min') ? x : y
    return intern({ kind: 'call', name, args: compareExpr(x, y) <= 0 ? [x, y] : [y, x] })
  }
  if (name === 'log') {
    if (isOne(x)) return ZERO
    if (x === EULER) return ONE
    const [only, second] = x.kind === 'product' ? x.factors : []
    if (only?.base === EULER && second === undefined) return only.exponent
  } else if (isZero(x)) return EVEN.has(name) && name !== 'abs' ? ONE : ZERO
  else if (name === 'sign' && x.kind === 'number') return num(x.value.num > 0n ? 1 : -1)
  else if (name === 'abs' && x.kind === 'number') return num(absR(x.value))
  else if (ODD.has(name) && leadsNegative(x)) return neg(call(name, neg(x)))
  else if (EVEN.has(name) && leadsNegative(x)) return call(name, neg(x))
  return intern({ kind: 'call', name, args: [x] })
}

/** dⁿ/dvⁿ of an unknown function of `variable` (a symbol, atom or another such derivative). */
export function derivativeOf(of: Expr, variable: string, order = 1): Expr {
  if (order === 0) return of
  if (of.kind === 'derivative' && of.variable === variable)
    return intern({ kind: 'derivative', of: of.of, variable, order: of.order + order })
  return intern({ kind: 'derivative', of, variable, order })
}
