import { InputError } from '../../errors.js'
import { type GradientSampler, type SampledBlock, sizeOf } from './sampler.js'

/** δθ_to = θ_from, or δθ_to = 1 where `from` is −1. */
export interface Move {
  readonly to: number
  readonly from: number
}

/** An affine vector field ξ(θ) = Aθ + b on parameter space: its nonzero coefficients. */
export type AffineGenerator = readonly { readonly to: number; readonly from: number; readonly value: number }[]

/**
 * `affine`: every matrix A and vector b. `blocks`: δW = L W + W R + T on every block. `diagonal`: A diagonal. The more parameters, the
 * fewer unknowns can be solved for.
 */
export type GeneratorSpace = 'affine' | 'blocks' | 'diagonal'

const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

function blockMoves(block: SampledBlock, offset: number): readonly (readonly Move[])[] {
  const size = block.shape.reduce((a, b) => a * b, 1)
  const columns = block.shape.length < 2 ? 1 : (block.shape.at(-1) ?? 1)
  const rows = size / columns
  const at = (i: number, j: number): number => offset + i * columns + j
  const left = range(rows).flatMap((a) => range(rows).map((b) => range(columns).map((j) => ({ to: at(a, j), from: at(b, j) }))))
  // L = 1 and R = −1 cancel: one diagonal entry of R is left out.
  const right = range(columns).flatMap((a) =>
    range(columns).filter((b) => columns > 1 && (a !== b || a > 0)).map((b) => range(rows).map((i) => ({ to: at(i, b), from: at(i, a) }))),
  )
  return [...left, ...right, ...range(size).map((i) => [{ to: offset + i, from: -1 }])]
}

/** A basis of the generators that are looked for. */
export function generatorBasis(blocks: readonly SampledBlock[], space: GeneratorSpace | 'shifts'): readonly (readonly Move[])[] {
  const size = sizeOf(blocks)
  const shifts = range(size).map((to) => [{ to, from: -1 }])
  if (space === 'shifts') return shifts
  if (space === 'affine') return [...range(size).flatMap((to) => range(size).map((from) => [{ to, from }])), ...shifts]
  if (space === 'diagonal') return [...range(size).map((i) => [{ to: i, from: i }]), ...shifts]
  let offset = 0
  return blocks.flatMap((block) => {
    offset += block.shape.reduce((a, b) => a * b, 1)
    return blockMoves(block, offset - block.shape.reduce((a, b) => a * b, 1))
  })
}

/** Largest number of unknowns: the decomposition takes about n³ × 7 ns, five seconds at this size. */
const MAX_UNKNOWNS = 900

/** Number of unknowns of a space without listing them. */
function unknowns(blocks: readonly SampledBlock[], space: GeneratorSpace): number {
  const size = sizeOf(blocks)
  if (space === 'affine') return size * (size + 1)
  if (space === 'diagonal') return 2 * size
  return blocks.reduce((sum, { shape }) => {
    const all = shape.reduce((a, b) => a * b, 1)
    const columns = shape.length < 2 ? 1 : (shape.at(-1) ?? 1)
    return sum + (all / columns) ** 2 + columns ** 2 - 1 + all
  }, 0)
}

/** The largest space that can be solved for, or the one asked for. @throws InputError with an estimate if it is too large. */
export function chooseSpace(blocks: readonly SampledBlock[], asked?: GeneratorSpace): GeneratorSpace {
  const fits = (space: GeneratorSpace): boolean => unknowns(blocks, space) <= MAX_UNKNOWNS
  const best = asked ?? (['affine', 'blocks', 'diagonal'] as const).find(fits) ?? 'diagonal'
  if (fits(best)) return best
  const n = unknowns(blocks, best)
  throw new InputError(
    `${sizeOf(blocks)} parameters have ${n} unknown ${best} generators: about ${Math.ceil((n ** 3 * 7e-9) / 60)} minutes and ${((8 * n * n * 2) / 1e9).toFixed(1)} GB`,
    'give fewer parameters (some blocks, the others held fixed), or a smaller space of generators (blocks, diagonal)',
  )
}

/** ⟨g, ξ⟩ for every ξ of a basis, divided by |g|·√(|θ|² + 1). */
export function equation(basis: readonly (readonly Move[])[], { theta, gradient }: ReturnType<GradientSampler['sample']>): Float64Array {
  const scale = Math.hypot(...gradient) * Math.hypot(1, ...theta)
  return Float64Array.from(basis, (moves) => {
    let sum = 0
    for (const { to, from } of moves) sum += (gradient[to] ?? 0) * (from < 0 ? 1 : (theta[from] ?? 0))
    return scale === 0 ? 0 : sum / scale
  })
}

/** Σ cₖξₖ as one affine field. */
export function generatorFrom(basis: readonly (readonly Move[])[], coefficients: ArrayLike<number>): AffineGenerator {
  const sums = new Map<string, { to: number; from: number; value: number }>()
  for (const [k, moves] of basis.entries()) {
    const c = coefficients[k] ?? 0
    if (c !== 0) {
      for (const { to, from } of moves) {
        const known = sums.get(`${to},${from}`) ?? { to, from, value: 0 }
        known.value += c
        sums.set(`${to},${from}`, known)
      }
    }
  }
  return [...sums.values()].filter((t) => Math.abs(t.value) > 1e-9)
}

/** √(Σ⟨g, ξ⟩² / Σ|g|²|ξ|²) over samples: the sine by which a generator misses being a symmetry, samples weighed by their gradients. */
export function violation(generator: AffineGenerator, samples: readonly ReturnType<GradientSampler['sample']>[]): number {
  let [missed, total] = [0, 0]
  for (const { theta, gradient } of samples) {
    const xi = new Float64Array(theta.length)
    for (const { to, from, value } of generator) xi[to] = (xi[to] ?? 0) + value * (from < 0 ? 1 : (theta[from] ?? 0))
    missed += xi.reduce((sum, x, i) => sum + x * (gradient[i] ?? 0), 0) ** 2
    total += (Math.hypot(...xi) * Math.hypot(...gradient)) ** 2
  }
  return total === 0 ? 0 : Math.sqrt(missed / total)
}
