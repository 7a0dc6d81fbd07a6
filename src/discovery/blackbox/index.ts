import { type NamedGenerator, nameGenerator } from './families.js'
import { type AffineGenerator, type GeneratorSpace, type Move, chooseSpace, equation, generatorBasis, generatorFrom, violation } from './generators.js'
import { type GradientSampler, sizeOf } from './sampler.js'
import { sparseBasis } from './sparse.js'
import { nullVectors, pivotedTriangle, singularValues } from './spectrum.js'

export { isLossDocument, readLossDocument } from './document.js'
export { type NamedGenerator, parameterNames } from './families.js'
export type { GeneratorSpace } from './generators.js'
export { type GradientSampler, type SampledBlock, callbackSampler, expressionSampler, networkSampler, tensorflowSampler } from './sampler.js'

/** The break in the spectrum that separates symmetries from the rest. */
export interface SpectralGap {
  /** Smallest singular value that is not a symmetry, and the largest that is, relative to the largest of all. */
  readonly above: number
  readonly below: number
  /** above/below: how clear the answer is. */
  readonly ratio: number
}

export interface FoundSymmetry extends NamedGenerator {
  /** √(Σ⟨g, ξ⟩² / Σ|g|²|ξ|²) over fresh samples. */
  readonly violation: number
}

export interface BlackBoxDiscovery {
  readonly space: GeneratorSpace
  readonly unknowns: number
  readonly samples: number
  readonly gap: SpectralGap
  /** All affine generators ξ with ⟨∇f, ξ⟩ = 0, as a sparse basis. */
  readonly symmetries: readonly FoundSymmetry[]
  /** Generators that are nearly symmetries, least broken first. */
  readonly approximate: readonly FoundSymmetry[]
}

export interface BlackBoxOptions {
  readonly space?: GeneratorSpace
  /** Singular values below this share of the largest count as approximate symmetries; 0.02 unless told, 0 for none. */
  readonly approximate?: number
}

/** Samples beyond the number of unknowns, so that a null vector by chance has probability zero and rounding averages out. */
const SURPLUS = 40
/** Fresh samples on which every generator found is tried. */
const TRIALS = 20
/** Rounding grows through the sampled gradient and the decomposition to this multiple of the unit roundoff times √n. */
const ROUNDING = 200

/** A generator broken by more than this, as a sine, is no approximate symmetry. */
const APPROXIMATE = 0.05

/** Where the spectrum breaks: among cuts with all later values at rounding level, the one with the largest ratio. */
function rankOf(values: readonly number[], floor: number): { readonly rank: number; readonly gap: SpectralGap } {
  const top = values[0] ?? 0
  const share = (k: number): number => (top === 0 ? 0 : Math.max((values[k] ?? 0) / top, floor * 1e-6))
  let best = { rank: values.length, gap: { above: share(values.length - 1), below: share(values.length - 1), ratio: 1 } }
  let largest = 0
  for (let k = 1; k < values.length; k++) {
    const ratio = share(k - 1) / share(k)
    if (share(k) <= floor && ratio > largest) {
      largest = ratio
      best = { rank: k, gap: { above: share(k - 1), below: share(k), ratio } }
    }
  }
  return best
}

type Sample = ReturnType<GradientSampler['sample']>
type Basis = readonly (readonly Move[])[]

interface Solved {
  readonly values: readonly number[]
  readonly rank: number
  readonly gap: SpectralGap
  /** Null vectors where the spectrum is cut after `rank` values. */
  nullSpace(rank: number): readonly Float64Array[]
  /** The unknowns that are 1 in one null vector each, for the cut at `rank`. */
  readonly free: readonly number[]
}

/** The null space of one equation a sample, columns scaled to unit length; columns at rounding level are zero. */
function solve(basis: Basis, samples: readonly Sample[], floor: number): Solved {
  const rows = samples.map((s) => equation(basis, s))
  const lengths = basis.map((_, k) => Math.hypot(...rows.map((r) => r[k] ?? 0)))
  const longest = Math.max(...lengths)
  const scales = lengths.map((x) => (x <= floor * longest ? 0 : 1 / x))
  const columns = basis.map((_, k) => Float64Array.from(rows, (r) => (r[k] ?? 0) * (scales[k] ?? 0)))
  const { triangle, order } = pivotedTriangle({ rows: samples.length, columns })
  const values = singularValues(triangle)
  const found = rankOf(values, floor)
  return {
    values,
    ...found,
    free: order.slice(found.rank),
    nullSpace: (rank) => nullVectors(triangle, order, rank).map((x) => x.map((y, k) => ((scales[k] ?? 0) === 0 ? y : y * (scales[k] ?? 0)))),
  }
}

/** Coefficients off the diagonal are harder to read than scalings and shifts. */
const costOf = (basis: Basis) => (k: number): number => (basis[k]?.every((m) => m.from < 0 || m.from === m.to) === true ? 1 : 1.5)

/** θⱼ times a translation is an affine symmetry too, and says nothing new. */
function multiples(basis: Basis, translations: readonly AffineGenerator[], size: number): readonly Float64Array[] {
  const place = new Map(basis.flatMap((moves, k) => (moves.length === 1 && moves[0] !== undefined ? [[`${moves[0].to},${moves[0].from}`, k] as const] : [])))
  return translations.flatMap((g) =>
    Array.from({ length: size }, (_, from) => {
      const x = new Float64Array(basis.length)
      for (const { to, value } of g) x[place.get(`${to},${from}`) ?? -1] = value
      return x
    }).filter((x) => x.filter((y) => y !== 0).length === g.length),
  )
}

/**
 * All affine generators ξ = Aθ + b with ⟨g, ξ⟩ = 0 for sampled gradients, up to multiples of the translations among them by functions of θ:
 * the null space of one linear equation a sample. The rank is where the singular values fall to rounding level; the gap there is
 * part of the answer.
 * @throws InputError if there are more parameters than can be solved for.
 */
export function discoverSymmetries(sampler: GradientSampler, options: BlackBoxOptions = {}): BlackBoxDiscovery {
  const { blocks, precision } = sampler
  const size = sizeOf(blocks)
  const space = chooseSpace(blocks, options.space)
  const full = generatorBasis(blocks, space)
  const samples = Array.from({ length: full.length + SURPLUS }, () => sampler.sample())
  const floor = precision * ROUNDING * Math.sqrt(full.length)
  const tolerance = Math.sqrt(floor)
  const shifts = generatorBasis(blocks, 'shifts')
  const still = solve(shifts, samples, floor)
  const translations = sparseBasis(still.nullSpace(still.rank), tolerance, costOf(shifts)).map((x) => generatorFrom(shifts, x))
  // One component of every translation is used up: moves to it can be had from the others.
  const spent = new Set<number>()
  for (const g of translations) spent.add(g.find((t) => !spent.has(t.to))?.to ?? -1)
  const basis = full.filter((moves) => !moves.some((m) => spent.has(m.to)))
  const rest = solve(basis, samples, floor)
  const fresh = Array.from({ length: TRIALS }, () => sampler.sample())
  const known = multiples(full, translations, size)
  const generators = (vectors: readonly Float64Array[], part: Basis, rounding: number): readonly AffineGenerator[] =>
    sparseBasis(vectors.map((x) => spread(x, part, full)), rounding, costOf(full), known).map((x) => generatorFrom(full, x))
  const named = (g: AffineGenerator): FoundSymmetry => ({ ...nameGenerator(g, blocks), violation: violation(g, fresh) })
  // What is left of a near null space modulo the exact one has zeros at the exact one's free unknowns.
  const used = new Set(rest.free)
  const other = basis.filter((_, k) => !used.has(k))
  const near = solve(other, samples, 0)
  const share = options.approximate ?? 0.02
  const cut = near.values.filter((v) => v > share * (near.values[0] ?? 0)).length
  const approximate = generators(near.nullSpace(cut), other, 0.02).map(named)
  return {
    space, unknowns: full.length, samples: samples.length,
    gap: narrowest([still, rest]),
    symmetries: [...translations, ...generators(rest.nullSpace(rest.rank), basis, tolerance)].map(named),
    approximate: approximate.filter((s) => s.violation > floor && s.violation <= APPROXIMATE).sort((a, b) => a.violation - b.violation),
  }
}

/** The least clear of the gaps that separate symmetries; without symmetries, what the spectrum ends at. */
function narrowest(stages: readonly Solved[]): SpectralGap {
  const gaps = stages.filter((s) => s.rank < s.values.length).map((s) => s.gap)
  const [first] = gaps.sort((a, b) => a.ratio - b.ratio)
  return first ?? stages.at(-1)?.gap ?? { above: 0, below: 0, ratio: 1 }
}

/** Coefficients over part of a basis as coefficients over all of it. */
function spread(x: Float64Array, part: Basis, full: Basis): Float64Array {
  const place = new Map(full.map((moves, k) => [moves, k]))
  const result = new Float64Array(full.length)
  for (const [k, moves] of part.entries()) result[place.get(moves) ?? -1] = x[k] ?? 0
  return result
}
