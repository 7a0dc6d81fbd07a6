import { HALF, ZERO, add, mul, neg, num, pow, scaleBy } from './build.js'
import type { Expr, Factor, Term } from './expr.js'
import { primePowers } from './product.js'
import { type Rational, R1, absR, invR, isOneR, mulR, powR, rational } from './rational.js'

/** What a number is a product of, prime by prime. */
const primesOf = ({ num: above, den: below }: Rational): readonly (readonly [bigint, bigint])[] => [
  ...primePowers(above < 0n ? -above : above),
  ...primePowers(below).map(([p, k]) => [p, -k] as const),
]

/** Π baseᵢ^exponentᵢ of positive numbers, if it is a number itself. */
function valueOf(powers: readonly (readonly [Rational, Expr])[]): Rational | undefined {
  const exponents = new Map<bigint, Expr>()
  for (const [base, exponent] of powers) for (const [p, k] of primesOf(base)) exponents.set(p, add(exponents.get(p) ?? ZERO, mul(num(rational(k)), exponent)))
  let value = R1
  for (const [p, exponent] of exponents) {
    if (exponent.kind !== 'number' || exponent.value.den !== 1n) return undefined
    value = mulR(value, powR(rational(p), exponent.value.num))
  }
  return value
}

const isSymbolic = ({ exponent }: Factor): boolean => exponent.kind !== 'number'

/** Whether a factor is a positive number to a power with symbols in it. */
const isPositivePower = (f: Factor): boolean => isSymbolic(f) && f.base.kind === 'number' && f.base.value.num > 0n

/** The first number of a sum as it is written. */
const leading = (base: Expr, order: (e: Extract<Expr, { kind: 'sum' }>) => readonly Term[]): Rational => (base.kind === 'sum' ? absR(order(base)[0]?.coefficient ?? R1) : R1)

/** The root of a product beside one over the product as one power: sqrt(x·y)/(x·y) is written 1/sqrt(x·y). */
function withRootsOfProducts(factors: readonly Factor[]): readonly Factor[] {
  const root = factors.find(({ base, exponent }) => base.kind === 'product' && exponent === HALF)
  const inside = root?.base.kind === 'product' ? root.base.factors : []
  const isInverse = (f: Factor): boolean => inside.some((one) => one.base === f.base && neg(one.exponent) === f.exponent)
  if (root === undefined || factors.filter(isInverse).length < inside.length) return factors
  return [...factors.filter((f) => f !== root && !isInverse(f)), { base: root.base, exponent: neg(HALF) }]
}

/**
 * A root beside a power of minus what it is of, from which the sign was taken out, as one power: sqrt(x)·(−x)^(−1) is written −1/sqrt(x).
 * @returns the factors, and whether the sign turns
 */
export function withJoinedRoots(given: readonly Factor[]): { readonly factors: readonly Factor[]; readonly turned: boolean } {
  const factors = withRootsOfProducts(given)
  const isRoot = ({ base, exponent }: Factor): boolean => base.kind === 'sum' && exponent.kind === 'number' && exponent.value.den === 2n
  const isWhole = ({ exponent }: Factor): boolean => exponent.kind === 'number' && exponent.value.den === 1n
  const pairs = factors.filter(isRoot).flatMap((root) => {
    const opposite = neg(root.base)
    const power = factors.find((f) => f.base === opposite && isWhole(f))
    return power === undefined ? [] : [{ root, power }]
  })
  if (pairs.length === 0) return { factors, turned: false }
  const rest = factors.filter((f) => !pairs.some(({ root, power }) => f === root || f === power))
  const isOdd = ({ exponent }: Factor): boolean => exponent.kind === 'number' && exponent.value.num % 2n !== 0n
  return { factors: [...rest, ...pairs.map(({ root, power }) => ({ base: root.base, exponent: add(root.exponent, power.exponent) }))], turned: pairs.filter(({ power }) => isOdd(power)).length % 2 === 1 }
}

/**
 * Powers of numbers with symbols in the exponent put back into the sums that they were taken out of: (1/2)^(4k) (4 - x)^(2k) is written
 * (1 - x/4)^(2k), where nothing but a number is left of them.
 * @param order the terms of a sum in the order of writing
 */
export function withContents(coefficient: Rational, factors: readonly Factor[], order: Parameters<typeof leading>[1]): { readonly coefficient: Rational; readonly factors: readonly Factor[] } {
  const numbers = factors.flatMap((f) => (isPositivePower(f) && f.base.kind === 'number' ? [[f.base.value, f.exponent] as const] : []))
  const sums = numbers.length === 0 ? [] : factors.filter((f) => isSymbolic(f) && !isOneR(leading(f.base, order)))
  const rest = sums.length === 0 ? undefined : valueOf([...numbers, ...sums.map((f) => [leading(f.base, order), f.exponent] as const)])
  if (rest === undefined) return { coefficient, factors }
  const kept = factors.filter((f) => !isPositivePower(f)).map((f) => (sums.includes(f) ? { base: scaleBy(invR(leading(f.base, order)), f.base), exponent: f.exponent } : f))
  const productOf = (of: Rational, all: readonly Factor[]): Expr => mul(num(of), ...all.map((f) => pow(f.base, f.exponent)))
  // Several numbers may come back as other ones: then what is written would not be what was.
  if (productOf(mulR(coefficient, rest), kept) !== productOf(coefficient, factors)) return { coefficient, factors }
  return { coefficient: mulR(coefficient, rest), factors: kept }
}
