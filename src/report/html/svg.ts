import { numberText } from '../numbers.js'
import { NOTHING_TO_DRAW, type Plot, type Range, type Series, drawablePoints, drawableSeries, legendEntries } from '../plot.js'
import { type Point, simplify } from '../simplify.js'
import { escapeHtml } from './escape.js'
import { axes, factorHeight } from './svgAxes.js'
import { type Frame, frameOf, round } from './svgFrame.js'
import { layoutLegend, legend } from './svgLegend.js'

/**
 * A plot with axes as an SVG picture whose colours come from the page's style sheet, so that it follows the colour scheme and prints. It
 * stands without a script; every measured point of a `points` series tells its value on hover.
 * @param width, given height in CSS pixels at which the text has its own size; a window's height follows from its width.
 */
export function plotSvg(plot: Plot, width: number, given: number, label: string, className = ''): string {
  const height = plot.window === undefined ? given : (width - 90) * aspect(plot.window) + 40
  const legendRows = layoutLegend(legendEntries(plot), width - 78)
  const top = (plot.title === '' ? 8 : 26) + legendRows.length * 18 + factorHeight(plot, height - BELOW)
  const frame = frameOf(plot, width, height + top, { left: 70, top, right: 20, bottom: BELOW })
  const title = plot.title === '' ? '' : `<text class="title" x="${frame.left}" y="16">${escapeHtml(plot.title)}</text>`
  const drawn = plot.window === undefined ? curves(frame) : cut(frame, curves(frame))
  const head = `<svg class="plot ${className}" viewBox="0 0 ${width} ${height + top}" role="img" aria-label="${escapeHtml(label)}">`
  return `${head}${title}${legend(legendRows, plot.title === '' ? 0 : 18)}${axes(frame)}${drawn}</svg>`
}

/** Pixels below the axes: ticks, numbers and the label. */
const BELOW = 40

const aspect = ({ x, y }: { readonly x: Range; readonly y: Range }): number => (y.high - y.low) / (x.high - x.low)

/** Only what lies within the axes. */
function cut({ left, right, top, bottom }: Frame, drawn: string): string {
  const [width, height] = [right - left, round(bottom - top)]
  return `<svg x="${left}" y="${top}" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}">${drawn}</svg>`
}

/** A small multiple: curves and a name, no ticks. */
export function smallSvg(plot: Plot): string {
  const frame = frameOf(plot, 104, 66, { left: 3, top: 16, right: 3, bottom: 3 })
  const base = `<path class="axis" d="M${frame.left} ${frame.top}V${frame.bottom}H${frame.right}"/>`
  const drawn = drawableSeries(plot).map((series) => draw(frame, series))
  const head = `<svg class="plot small" viewBox="0 0 ${frame.width} ${frame.height}" aria-hidden="true">`
  return `${head}<text x="3" y="11">${escapeHtml(plot.title)}</text>${base}${drawn.join('')}</svg>`
}

function curves(frame: Frame): string {
  const shown = drawableSeries(frame.plot)
  const [x, y] = [(frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2]
  if (shown.length === 0) return `<g class="x"><text x="${x}" y="${y}">${NOTHING_TO_DRAW}</text></g>`
  return shown.map((series) => draw(frame, series)).join('')
}

function draw(frame: Frame, series: Series): string {
  if (series.kind === 'band') {
    const upper = drawablePoints(frame.plot, series.x, series.high)
    const lower = drawablePoints(frame.plot, series.x, series.low).reverse()
    return `<path class="band" d="${path(frame, [...upper, ...lower])}Z"/>`
  }
  if (series.kind === 'arrows') {
    const ends = series.x.map((x, i) => ({ x, y: series.y[i] ?? 0, dx: series.dx[i] ?? 0, dy: series.dy[i] ?? 0 }))
    return ends.map((each) => arrow(frame, series.role, each)).join('')
  }
  const points = drawablePoints(frame.plot, series.x, series.y)
  const line = `<path class="${series.role}" d="${path(frame, points)}"/>`
  if (series.kind === 'line') return line
  const dots = points.map(({ x, y }) => {
    const told = escapeHtml(`${frame.plot.x.label} ${numberText(x, 4)}: ${numberText(y, 4)}`)
    return `<circle class="${series.role}" cx="${round(frame.x(x))}" cy="${round(frame.y(y))}" r="3.2"><title>${told}</title></circle>`
  })
  return line + dots.join('')
}

interface Arrow extends Point {
  readonly dx: number
  readonly dy: number
}

/** A shaft and two barbs. */
function arrow(frame: Frame, role: string, { x, y, dx, dy }: Arrow): string {
  const [fromX, fromY, toX, toY] = [frame.x(x), frame.y(y), frame.x(x + dx), frame.y(y + dy)]
  const length = Math.hypot(toX - fromX, toY - fromY)
  if (!(length > 0.5)) return ''
  const size = Math.min(5, 0.4 * length) / length
  const [alongX, alongY] = [(toX - fromX) * size, (toY - fromY) * size]
  const barb = (side: number): string => `${round(toX - alongX + 0.5 * side * alongY)} ${round(toY - alongY - 0.5 * side * alongX)}`
  const tip = `${round(toX)} ${round(toY)}`
  return `<path class="${role}" d="M${round(fromX)} ${round(fromY)}L${tip}M${barb(1)}L${tip}L${barb(-1)}"/>`
}

/** Pixels that a curve may be drawn beside itself: a fifth of the thinnest line. */
const UNSEEN = 0.25

/** Along what can be seen of a curve, by differences of tenths of a pixel, which are short and do not add up to more than a tenth. */
function path(frame: Frame, points: readonly Point[]): string {
  const seen = simplify(
    points.map(({ x, y }) => ({ x: frame.x(x), y: frame.y(y) })),
    UNSEEN,
  )
  const tenths = seen.map(({ x, y }) => [Math.round(10 * x), Math.round(10 * y)] as const)
  return tenths
    .map(([x, y], index) => {
      const [fromX, fromY] = tenths[index - 1] ?? [0, 0]
      const down = (y - fromY) / 10
      return `${index === 0 ? 'M' : 'l'}${(x - fromX) / 10}${down < 0 ? '' : ' '}${down}`
    })
    .join('')
}
