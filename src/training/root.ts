import { InputError } from '../errors.js'

const MOST_STEPS = 200

/** Values and slopes of an increasing function at many points. */
export type Increasing = (x: Float64Array) => { readonly value: Float64Array; readonly slope: Float64Array }

/** Where a component's root is known to lie; an edge of the function's domain counts as a bound. */
interface Bracket {
  low: number
  high: number
  /** The last point where the function was finite. */
  inside: number
}

/** A point between, where both bounds are finite; else a step away from the finite one that doubles. */
function away({ low, high }: Bracket, x: number, up: boolean): number {
  if (Number.isFinite(low) && Number.isFinite(high)) return low + (high - low) / 2
  const step = Math.max(1, Math.abs(x))
  return up ? x + step : x - step
}

/** The next point for a component with f(x) − value = gap: Newton's where it stays between the bounds. */
function refined(bracket: Bracket, x: number, gap: number, slope: number): number {
  if (!Number.isFinite(gap)) {
    if (x > bracket.inside) bracket.high = Math.min(bracket.high, x)
    else bracket.low = Math.max(bracket.low, x)
    return bracket.inside + (x - bracket.inside) / 2
  }
  bracket.inside = x
  if (gap === 0) return x
  if (gap < 0) bracket.low = x
  else bracket.high = x
  const newton = x - gap / slope
  const bounded = newton > bracket.low && newton < bracket.high && Math.abs(newton - x) <= 8 * Math.max(1, Math.abs(x))
  const next = bounded || newton === x ? newton : away(bracket, x, gap < 0)
  return next > bracket.low && next < bracket.high ? next : x
}

/**
 * The x with f(x) = value for an increasing f, component by component, to rounding: Newton's method inside a bracket, with bisection or a
 * doubling step where it would leave it (Press et al., Numerical Recipes, §9.4, rtsafe).
 *
 * @param starts points where f is finite
 * @throws InputError where f does not take a value
 */
export function increasingRoots(f: Increasing, values: Float64Array, starts: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(starts)
  const brackets = Array.from(x, (inside): Bracket => ({ low: -Infinity, high: Infinity, inside }))
  for (let n = 0; n < MOST_STEPS; n += 1) {
    const at = f(x)
    let moved = false
    for (const [i, bracket] of brackets.entries()) {
      const now = x[i] ?? 0
      const gap = (at.value[i] ?? 0) - (values[i] ?? 0)
      if (n === 0 && !Number.isFinite(gap)) throw new InputError(`the mirror map has no value at theta = ${now}`, 'start from parameters where the potential is defined, and lower the learning rate')
      const next = refined(bracket, now, gap, at.slope[i] ?? 1)
      moved ||= next !== now
      x[i] = next
    }
    if (!moved) return x
  }
  const open = brackets.findIndex(({ low, high }) => !Number.isFinite(low) || !Number.isFinite(high))
  if (open >= 0) throw new InputError(`the mirror map does not reach ${values[open]}`, 'lower the learning rate, or take a potential whose gradient takes every value')
  return x
}
