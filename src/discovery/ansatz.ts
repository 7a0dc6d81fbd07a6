import type { Monomial } from './polynomial.js'

/** All monomials of degree 1 to `degree` in the variables. */
function* monomials(variables: readonly number[], degree: number, from = 0): Generator<Monomial> {
  for (let i = from; i < variables.length; i++) {
    const v = variables[i] ?? 0
    yield [v]
    if (degree > 1) for (const rest of monomials(variables, degree - 1, i)) yield [v, ...rest]
  }
}

/** Number of monomials of degree 1 to `degree` in n variables. */
export function monomialCount(n: number, degree: number): number {
  let binomial = 1
  for (let k = 1; k <= degree; k++) binomial = (binomial * (n + k)) / k
  return Math.round(binomial) - 1
}

/** The monomials of bounded degree in a set of parameters, sorted into classes that cannot meet in one law; largest squares-first order is kept. */
export function parityClasses(
  variables: readonly number[], degree: number, labels: readonly (readonly [number, number])[],
): readonly (readonly Monomial[])[] {
  const classes = new Map<number, Monomial[]>()
  for (const m of monomials([...variables].sort((a, b) => a - b), degree)) {
    let [high, low] = [0, 0]
    for (const v of m) {
      high ^= labels[v]?.[0] ?? 0
      low ^= labels[v]?.[1] ?? 0
    }
    const key = high * 67_108_864 + low
    const members = classes.get(key)
    if (members === undefined) classes.set(key, [m])
    else members.push(m)
  }
  return [...classes.values()].sort((a, b) => b.length - a.length)
}
