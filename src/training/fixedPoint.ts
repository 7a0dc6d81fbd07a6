import { dot } from '../network/dot.js'

/** How many earlier iterates an iteration combines. */
const DEPTH = 20
const MOST_ITERATIONS = 400
/** Iterations in which the residual may fail to fall: few where it may be rounding already, more before. */
const PATIENCE = { atRounding: 6, before: 60 }
/** A residual that rounding alone may leave, in unit roundoffs of x. */
const ROUNDINGS = 256
/** A residual that grows by so much takes the iteration back to the best x, with steps half as long. */
const WORSE = 8
/** So many iterations without a smaller residual take it back too: what it has seen is rounding, or of another place. */
const STALLED = 15
const SMALLEST = 2 ** -52

export interface FixedPoint {
  readonly x: Float64Array
  /** |map(x) − x|, largest component, relative to the largest of x. */
  readonly residual: number
  readonly iterations: number
  readonly converged: boolean
}

function largest(x: Float64Array): number {
  let most = 0
  for (let i = 0; i < x.length; i += 1) most = Math.max(most, Math.abs(x[i] ?? 0))
  return most
}

/** x + c·y, in the place of x. */
function addTo(x: Float64Array, c: number, y: Float64Array): void {
  for (let i = 0; i < x.length; i += 1) x[i] = (x[i] ?? 0) + c * (y[i] ?? 0)
}

function difference(x: Float64Array, y: Float64Array): Float64Array {
  const out = x.slice()
  addTo(out, -1, y)
  return out
}

const product = (x: Float64Array, y: Float64Array): number => dot(x, y, 0, 0, x.length)

/** What an iteration has seen: how x was moved, and how the residual answered, with the differences before taken out so that residuals are orthogonal. */
interface Seen {
  readonly moved: Float64Array
  readonly answered: Float64Array
  readonly square: number
}

/** A difference with those before taken out of it, by modified Gram–Schmidt; undefined where it is a combination of them. */
function independent(moved: Float64Array, answered: Float64Array, seen: readonly Seen[]): Seen | undefined {
  const whole = product(answered, answered)
  for (const before of seen) {
    const share = -product(before.answered, answered) / before.square
    addTo(answered, share, before.answered)
    addTo(moved, share, before.moved)
  }
  const square = product(answered, answered)
  return square > 1e-16 * whole ? { moved, answered, square } : undefined
}

/**
 * x = map(x) by Anderson's acceleration of the fixed-point iteration (1965; Walker & Ni 2011, alg. AA): the next x combines those before so that their residuals
 * cancel as far as they can, for a linear map as GMRES does, so that the map need not contract; where it runs away it starts again from the best x in shorter
 * steps. The iteration ends at rounding, where the residual does not fall any more.
 * @param map writes map(x) into `out`
 * @param unitRoundoff of what the map computes with
 */
export function solveFixedPoint(start: Float64Array, map: (x: Float64Array, out: Float64Array) => void, unitRoundoff = 2 ** -53): FixedPoint {
  const rough = ROUNDINGS * unitRoundoff
  let seen: readonly Seen[] = []
  let last: { readonly x: Float64Array; readonly f: Float64Array } | undefined
  let x = start
  let best: { readonly x: Float64Array; readonly f: Float64Array; readonly residual: number; readonly at: number } = { x, f: new Float64Array(start.length), residual: Number.POSITIVE_INFINITY, at: 0 }
  let [iterations, length] = [0, 1]
  const isPatient = (): boolean => iterations - best.at < (best.residual <= rough ? PATIENCE.atRounding : PATIENCE.before)
  for (; iterations < MOST_ITERATIONS && isPatient(); iterations += 1) {
    const image = new Float64Array(start.length)
    map(x, image)
    const f = difference(image, x)
    const residual = largest(f) / Math.max(largest(x), largest(start), Number.MIN_VALUE)
    if (residual < best.residual) best = { x, f, residual, at: iterations }
    if (residual <= SMALLEST) break
    const isWorse = !(residual <= WORSE * best.residual)
    const stalls = iterations > best.at && (iterations - best.at) % STALLED === 0
    if (isWorse || stalls) {
      if (isWorse) length /= 2
      seen = []
      last = undefined
      x = best.x.slice()
      addTo(x, length, best.f)
      continue
    }
    const fresh = last === undefined ? undefined : independent(difference(x, last.x), difference(f, last.f), seen)
    // The oldest differences go all at once: those that are left would not be orthogonal to what was taken out of them.
    seen = fresh === undefined ? seen : seen.length < DEPTH ? [...seen, fresh] : [fresh]
    last = { x, f }
    const rest = f.slice()
    x = x.slice()
    for (const { moved, answered, square } of seen) {
      const share = -product(answered, rest) / square
      addTo(rest, share, answered)
      addTo(x, share, moved)
    }
    addTo(x, length, rest)
  }
  return { x: best.x, residual: best.residual, iterations, converged: best.residual <= rough }
}
