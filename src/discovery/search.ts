import { gcdR, invR, mulR } from '../algebra/rational.js'
import { monomialCount, parityClasses } from './ansatz.js'
import { type Certificate, certify } from './certificate.js'
import { type CausingSymmetry, type ConservationLaw, metricSymmetry, scalarLaw } from './describe.js'
import { LawSearch, type Support } from './laws.js'
import { lieRank } from './lie.js'
import { type Model, blockSize } from './model.js'
import { type Polynomial, primitive } from './polynomial.js'
import { PRIMES, primeField } from './prime.js'
import { TemplateSearch } from './templates.js'

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

/** Largest ansatz of degree 2, and of higher degree, that is tried when laws are missing, and the largest class within one. */
const MAX_MONOMIALS = { quadratic: 200_000, higher: 20_000 } as const
const MAX_CLASS = 500

const variables = (support: Support): readonly number[] =>
  support.blocks.flatMap((b) => Array.from({ length: blockSize(b) }, (_, i) => b.offset + i))

const union = (model: Model, supports: readonly Support[]): readonly Support[] => {
  const whole = model.whole()
  return whole === undefined || supports.some((s) => s.blocks.length === model.blocks.length) ? supports : [...supports, whole]
}

/** Polynomial laws of bounded degree without any assumption on their form, class by class. */
function ansatz(model: Model, support: Support, search: LawSearch, degree: number, wanted: number): readonly ConservationLaw[] {
  const found: ConservationLaw[] = []
  for (const members of parityClasses(variables(support), degree, model.labels())) {
    if (search.independent >= wanted) return found
    if (members.length > MAX_CLASS) continue
    const columns = members.map((monomial): Polynomial => [{ coefficient: { num: 1n, den: 1n }, monomial }])
    for (const vector of search.candidates(columns)) {
      const law = primitive(
        vector.flatMap((q, i) => (q.num === 0n ? [] : (columns[i] ?? []).map((t) => ({ coefficient: mulR(q, t.coefficient), monomial: t.monomial })))),
      )
      if (search.independent < wanted && !search.refutes(law) && support.system.conserves(law) && search.count(law)) found.push(scalarLaw(model.blocks, law))
    }
  }
  return found
}

/** The largest exponent in a quotient of products of parameters. */
const MOST_POWER = 12n

/** Quotients of products of parameters, Π xᵢ^nᵢ: laws where every xᵢ grows at a rate of its own size, as under mirror flows and below a common factor. */
function quotients(model: Model, support: Support, search: LawSearch, wanted: number): readonly ConservationLaw[] {
  const found: ConservationLaw[] = []
  const all = variables(support)
  for (const exponents of search.exponents(all)) {
    const content = exponents.reduce((a, b) => gcdR(a, b))
    const powers = exponents.map((q) => mulR(q, invR(content)).num)
    if (powers.some((n) => n > MOST_POWER || n < -MOST_POWER)) continue
    const factors = powers.flatMap((n, i) => Array.from({ length: Number(n < 0n ? -n : n) }, () => (n < 0n ? ~(all[i] ?? 0) : (all[i] ?? 0))))
    const law: Polynomial = [{ coefficient: { num: 1n, den: 1n }, monomial: factors.sort((a, b) => a - b) }]
    if (search.independent < wanted && !search.refutes(law) && support.system.conserves(law) && search.count(law)) found.push(scalarLaw(model.blocks, law))
  }
  return found
}

/** Laws in the forms that networks have, then of any form, degree by degree, until as many are known as the rank leaves room for. */
function findLaws(model: Model, search: LawSearch, wanted: number, degree: number): readonly ConservationLaw[] {
  const templates = new TemplateSearch(search, wanted, model.momentum)
  const found: ConservationLaw[] = []
  for (const kind of ['entries', 'total', 'gram', 'norm', 'wedge'] as const)
    for (const support of model.supports) if (search.independent < wanted) found.push(...templates.find(support, kind))
  if (search.independent >= wanted) return found
  const supports = union(model, model.supports)
  for (const kind of ['total', 'gram', 'norm', 'wedge'] as const)
    for (const support of supports.slice(model.supports.length)) found.push(...templates.find(support, kind))
  for (let d = 1; d <= degree; d++) {
    const limit = d <= 2 ? MAX_MONOMIALS.quadratic : MAX_MONOMIALS.higher
    for (const support of supports)
      if (search.independent < wanted && monomialCount(variables(support).length, d) <= limit) found.push(...ansatz(model, support, search, d, wanted))
  }
  for (const support of supports) if (search.independent < wanted) found.push(...quotients(model, support, search, wanted))
  return found
}

/** The statement of a problem file speaks of the Euclidean symmetry, so it is dropped. */
function caused(law: ConservationLaw, symmetry: CausingSymmetry): ConservationLaw {
  const { problem: _, ...rest } = law
  return { ...rest, symmetry }
}

/**
 * All polynomial laws of bounded degree of a model's flow, its laws that are quotients of products, and a certificate that they are all the laws there are.
 * The upper bound is the rank of the generated Lie algebra (two primes, two points), the lower bound the number of laws proved over ℚ.
 */
export function discoverModel(model: Model, options: SearchOptions = {}): Discovery {
  const seed = options.seed ?? 1
  const parameters = model.family.dimension
  const [first, second] = [primeField(PRIMES[0]), primeField(PRIMES[1])]
  const run = lieRank(first, model.family, seed, parameters)
  const search = new LawSearch(first, model.family, seed + 1)
  const laws = findLaws(model, search, parameters - run.rank, options.degree ?? 4)
  const { metric } = model
  const explained = metric === undefined ? laws : laws.map((law) => caused(law, metricSymmetry(model.blocks, metric, law.polynomials[0] ?? [])))
  const confirmation = lieRank(second, model.family, seed + 2, parameters - search.independent)
  return { parameters, independent: search.independent, certificate: certify(parameters, search.independent, [run, confirmation]), laws: explained }
}
