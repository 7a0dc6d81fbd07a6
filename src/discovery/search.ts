import { monomialCount } from './ansatz.js'
import { type Certificate, certify } from './certificate.js'
import { type ConservationLaw, describeLaws } from './describe.js'
import { LawSearch, type Support } from './laws.js'
import { lieRank } from './lie.js'
import type { Model } from './model.js'
import { PRIMES, primeField } from './prime.js'

export interface SearchOptions {
  /** Highest degree of the polynomial laws looked for; 4 unless told. Degrees above 2 are tried only if laws are missing. */
  readonly degree?: number
  /** Seed of every random choice; 1 unless told. */
  readonly seed?: number
}

export interface Discovery {
  readonly parameters: number
  /** Number of functionally independent laws proved. */
  readonly independent: number
  readonly certificate: Certificate
  readonly laws: readonly ConservationLaw[]
}

/** Largest ansatz that is tried when laws are missing; beyond, one elimination would take minutes. */
const MAX_MONOMIALS = 20_000

/** Laws on each support, degree by degree, then on all parameters, until as many are known as the rank leaves room for. */
function findLaws(model: Model, search: LawSearch, wanted: number, degree: number): readonly Support[] {
  const supports = [...model.supports]
  for (const support of supports) search.search(support, Math.min(2, degree), wanted)
  if (search.laws.length >= wanted) return supports
  const whole = model.whole()
  if (whole !== undefined) supports.push(whole)
  for (let d = 2; d <= degree; d++) {
    for (const support of supports)
      if (monomialCount(support.variables.length, d) <= MAX_MONOMIALS && search.laws.length < wanted) search.search(support, d, wanted)
  }
  return supports
}

/**
 * All polynomial laws of bounded degree of a model's flow and a certificate that they are all the laws there are.
 * The upper bound is the rank of the generated Lie algebra (two primes, two points), the lower bound the number of laws proved over ℚ.
 */
export function discoverModel(model: Model, options: SearchOptions = {}): Discovery {
  const seed = options.seed ?? 1
  const parameters = model.family.dimension
  const [first, second] = [primeField(PRIMES[0]), primeField(PRIMES[1])]
  const run = lieRank(first, model.family, seed, parameters)
  const search = new LawSearch(first, model.family, model.labels, seed + 1)
  const supports = findLaws(model, search, parameters - run.rank, options.degree ?? 4)
  const confirmation = lieRank(second, model.family, seed + 2, parameters - search.laws.length)
  return {
    parameters,
    independent: search.laws.length,
    certificate: certify(parameters, search.laws.length, [run, confirmation]),
    laws: describeLaws(model, supports, search.laws),
  }
}
