import { HALF, ONE, add, call, div, mul, neg, num, pow } from './build.js'
import type { Expr } from './expr.js'

const root = (x: Expr, sign: 1 | -1): Expr => pow(add(pow(x, num(2)), num(sign)), HALF)

/** Functions of the expression text that are read as the logarithms they are (DLMF 4.37.16, 4.37.19, 4.37.24). */
export const INVERSE_HYPERBOLIC: Readonly<Partial<Record<string, (x: Expr) => Expr>>> = {
  asinh: (x) => call('log', add(x, root(x, 1))),
  acosh: (x) => call('log', add(x, root(x, -1))),
  atanh: (x) => mul(HALF, call('log', div(add(ONE, x), add(ONE, neg(x))))),
}
