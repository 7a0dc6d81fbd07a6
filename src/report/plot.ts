/** What a curve stands for; the renderers give each role one look, the same in every figure. */
export type Role = 'measured' | 'theory' | 'band' | 'residual' | 'second' | 'iterates' | 'guide' | 'field'

export type Series =
  | {
      readonly kind: 'line' | 'points'
      readonly role: Role
      readonly name: string
      readonly x: readonly number[]
      readonly y: readonly number[]
    }
  /** Arrows of one field from (x, y) by (dx, dy), in the units of the axes. */
  | {
      readonly kind: 'arrows'
      readonly role: Role
      readonly name: string
      readonly x: readonly number[]
      readonly y: readonly number[]
      readonly dx: readonly number[]
      readonly dy: readonly number[]
    }
  | {
      readonly kind: 'band'
      readonly role: 'band'
      readonly name: string
      readonly x: readonly number[]
      readonly low: readonly number[]
      readonly high: readonly number[]
    }

export interface Axis {
  readonly label: string
  readonly scale: 'linear' | 'log'
  /** Where the ticks go; without it, at round numbers. */
  readonly marks?: readonly number[]
}

export interface Plot {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  /** A part of a plane, drawn with one unit for both axes; what leaves it is cut off. Without it the axes fit the values. */
  readonly window?: { readonly x: Range; readonly y: Range }
}

export interface Range {
  readonly low: number
  readonly high: number
}

const drawable = (axis: Axis) => (value: number) => Number.isFinite(value) && (axis.scale === 'linear' || value > 0)

/** Every value that the plot has on the axis. */
export function valuesOn(plot: Plot, axis: 'x' | 'y'): number[] {
  const all = plot.series.flatMap((series) => {
    if (axis === 'x') return series.x
    return series.kind === 'band' ? [...series.low, ...series.high] : series.y
  })
  return all.filter(drawable(plot[axis]))
}

/** The part of a line that can be drawn on the plot's axes: finite, and positive where the axis is logarithmic. */
export function drawablePoints(plot: Plot, x: readonly number[], y: readonly number[]): { readonly x: number; readonly y: number }[] {
  const onX = drawable(plot.x)
  const onY = drawable(plot.y)
  return x.map((value, index) => ({ x: value, y: y[index] ?? Number.NaN })).filter((point) => onX(point.x) && onY(point.y))
}

/** Series with a name are in the legend, where there is more than one; a curve that belongs to another has none. */
export const legendEntries = (plot: Plot): readonly Series[] =>
  plot.series.length > 1 ? plot.series.filter((each) => each.name !== '') : []

/** Series of the plot that have something to draw on its axes. */
export const drawableSeries = (plot: Plot): readonly Series[] =>
  plot.series.filter((each) => drawablePoints(plot, each.x, each.kind === 'band' ? each.high : each.y).length > 0)

/** What an empty pair of axes says. */
export const NOTHING_TO_DRAW = 'only zeros or missing values'

/** Range of an axis with a margin around what is drawn. */
export function axisRange(plot: Plot, axis: 'x' | 'y'): Range {
  if (plot.window !== undefined) return plot.window[axis]
  const values = valuesOn(plot, axis)
  const logarithmic = plot[axis].scale === 'log'
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    const place = logarithmic ? Math.log10(value) : value
    low = Math.min(low, place)
    high = Math.max(high, place)
  }
  if (low > high) return logarithmic ? { low: 0.1, high: 10 } : { low: 0, high: 1 }
  const margin = logarithmic ? Math.max(0.15, (high - low) * 0.06) : linearMargin(low, high, axis)
  const range = { low: low - margin, high: high + margin }
  if (!logarithmic) return range
  const wide = plot[axis].marks === undefined ? withTwoDecades(range) : range
  return { low: 10 ** wide.low, high: 10 ** wide.high }
}

/** Widens a range of decimal logarithms, where it must, until it has two powers of ten to put ticks at. */
function withTwoDecades({ low, high }: Range): Range {
  if (Math.floor(high) - Math.ceil(low) >= 1) return { low, high }
  const below = low - (Math.ceil(low) - 1)
  const above = Math.floor(high) + 1 - high
  return withTwoDecades(below <= above ? { low: low - below - 0.02, high } : { low, high: high + above + 0.02 })
}

/** Curves that stay within 2 % of their size are drawn as what they are, nearly constant, in place of magnified rounding. */
function linearMargin(low: number, high: number, axis: 'x' | 'y'): number {
  const size = Math.max(Math.abs(low), Math.abs(high))
  if (size < 1e-300) return 1
  if (axis === 'x') return low === high ? size * 0.1 : 0
  return Math.max((high - low) * 0.06, (0.02 * size - (high - low)) / 2)
}

/** Round tick positions inside a range: multiples of 1, 2 or 5 times a power of ten, or powers of ten on a logarithmic axis. */
export function ticks(range: Range, scale: Axis['scale'], wanted: number): number[] {
  return scale === 'log' ? logarithmicTicks(range, wanted) : linearTicks(range, wanted)
}

function linearTicks({ low, high }: Range, wanted: number): number[] {
  const rough = (high - low) / Math.max(1, wanted)
  const decade = 10 ** Math.floor(Math.log10(rough))
  const step = decade * ([1, 2, 5, 10].find((multiple) => multiple * decade >= rough) ?? 10)
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  // A round step may be wider than the range, and one number alone gives no scale.
  if (last <= first) return linearTicks({ low, high }, 2 * wanted)
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}

function logarithmicTicks({ low, high }: Range, wanted: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9)
  const last = Math.floor(Math.log10(high) + 1e-9)
  const decades = last - first
  if (decades >= 1) {
    const stride = Math.max(1, Math.ceil(decades / wanted))
    return Array.from({ length: Math.floor(decades / stride) + 1 }, (_, index) => Number(`1e${first + index * stride}`))
  }
  const decade = 10 ** Math.floor(Math.log10(low))
  return [1, 2, 5, 10, 20, 50].map((multiple) => Number((multiple * decade).toPrecision(3))).filter((tick) => tick >= low && tick <= high)
}
