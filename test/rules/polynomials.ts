import type { Ring } from '../jets/support/ring.js'
import { uniform } from '../jets/support/losses.js'

/** A polynomial in θ: exponents and coefficient of every monomial. */
export type Polynomial = readonly { readonly exponents: readonly number[]; readonly coefficient: number }[]

/** A random polynomial of full degree with dyadic coefficients. */
export function randomPolynomial(variables: number, degree: number, seed: number): Polynomial {
  const random = uniform(seed)
  const exponents = (left: number, total: number): readonly (readonly number[])[] =>
    left === 0 ? [[]] : Array.from({ length: total + 1 }, (_, e) => e).flatMap((e) => exponents(left - 1, total - e).map((rest) => [e, ...rest]))
  return exponents(variables, degree).map((e) => ({ exponents: e, coefficient: Math.round(random() * 64) / 64 }))
}

const partial = (p: Polynomial, i: number): Polynomial =>
  p.flatMap(({ exponents, coefficient }) => {
    const e = exponents[i] ?? 0
    return e === 0 ? [] : [{ exponents: exponents.map((x, j) => (j === i ? x - 1 : x)), coefficient: coefficient * e }]
  })

function evaluate<T>(p: Polynomial, ring: Ring<T>, theta: readonly T[]): T {
  const highest = Math.max(0, ...p.flatMap((m) => m.exponents))
  const powers = theta.map((x) => Array.from({ length: highest }, () => x).reduce<readonly T[]>((all, y) => [...all, ring.mul(all.at(-1) ?? y, y)], [ring.of(1)]))
  return p
    .map(({ exponents, coefficient }) => exponents.reduce((value, e, i) => ring.mul(value, powers[i]?.[e] ?? ring.of(1)), ring.of(coefficient)))
    .reduce(ring.add, ring.of(0))
}

/** ∇f, H x, D3(x, y), … of a polynomial at θ, over any ring: partial derivatives contracted with the arguments. */
export function polynomialJets<T>(f: Polynomial, ring: Ring<T>, theta: readonly T[]): (args: readonly (readonly T[])[]) => readonly T[] {
  const values = new Map<string, T>()
  const valueOf = (index: readonly number[]): T => {
    const sorted = [...index].sort((a, b) => a - b)
    const known = values.get(sorted.join())
    if (known !== undefined) return known
    const value = evaluate(sorted.reduce(partial, f), ring, theta)
    values.set(sorted.join(), value)
    return value
  }
  const contract = (index: readonly number[], [first, ...rest]: readonly (readonly T[])[]): T =>
    first === undefined ? valueOf(index) : first.map((x, i) => ring.mul(x, contract([...index, i], rest))).reduce(ring.add, ring.of(0))
  return (args) => theta.map((_, i) => contract([i], args))
}
