/**
 * Constructors of canonical expressions. Every expression is made by one of these, so equal expressions are the same object.
 */
export {
  EULER, HALF, ONE, PI, TWO, ZERO, add, asRational, atom, factorsOf, frac, isOne, isZero, linearCombination, neg, num, ratioOf,
  scaleBy, splitCoefficient, sub, sym, termsOf,
} from './sum.js'
export { div, exp, mul, pow, sqrt } from './product.js'
export { call, derivativeOf } from './function.js'
export { boundNode, indexedNode, integralNode, mapParts, openBody, partsOf, symbolsOf } from './parts.js'
