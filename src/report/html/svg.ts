import { numberText } from '../numbers.js'
import { type Axis, NOTHING_TO_DRAW, type Plot, type Range, type Series, axisRange, drawablePoints, drawableSeries, legendEntries, ticks } from '../plot.js'
import { type Point, simplify } from '../simplify.js'
import { escapeHtml } from './escape.js'

interface Frame {
  readonly plot: Plot
  readonly width: number
  readonly height: number
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  readonly x: (value: number) => number
  readonly y: (value: number) => number
  readonly rangeX: Range
  readonly rangeY: Range
}

const scaleOf = ({ scale }: Axis, { low, high }: Range, from: number, to: number) => {
  const place = (value: number) => (scale === 'log' ? Math.log10(value) : value)
  const span = place(high) - place(low)
  return (value: number) => from + ((place(value) - place(low)) / span) * (to - from)
}

function frameOf(plot: Plot, width: number, height: number, margins: { left: number; top: number; right: number; bottom: number }): Frame {
  const rangeX = axisRange(plot, 'x')
  const rangeY = axisRange(plot, 'y')
  const right = width - margins.right
  const bottom = height - margins.bottom
  return {
    plot, width, height, left: margins.left, top: margins.top, right, bottom, rangeX, rangeY,
    x: scaleOf(plot.x, rangeX, margins.left, right),
    y: scaleOf(plot.y, rangeY, bottom, margins.top),
  }
}

/**
 * A plot with axes as an SVG picture whose colours come from the page's style sheet, so that it follows the colour scheme and prints. It stands
 * without a script; every measured point of a `points` series tells its value on hover.
 * @param width, given height in CSS pixels at which the text has its own size; a window's height follows from its width.
 */
export function plotSvg(plot: Plot, width: number, given: number, label: string, className = ''): string {
  const height = plot.window === undefined ? given : (width - 90) * aspect(plot.window) + 40
  const entries = legendEntries(plot)
  const legendRows = layoutLegend(entries, width - 78)
  const top = (plot.title === '' ? 8 : 26) + legendRows.length * 18
  const frame = frameOf(plot, width, height + top, { left: 70, top, right: 20, bottom: 40 })
  const title = plot.title === '' ? '' : `<text class="title" x="${frame.left}" y="16">${escapeHtml(plot.title)}</text>`
  return `<svg class="plot ${className}" viewBox="0 0 ${width} ${height + top}" role="img" aria-label="${escapeHtml(label)}">${title}${legend(legendRows, plot.title === '' ? 0 : 18)}${axes(frame)}${plot.window === undefined ? curves(frame) : cut(frame, curves(frame))}</svg>`
}

const aspect = ({ x, y }: { readonly x: Range; readonly y: Range }): number => (y.high - y.low) / (x.high - x.low)

/** Only what lies within the axes. */
function cut({ left, right, top, bottom }: Frame, drawn: string): string {
  const [width, height] = [right - left, bottom - top]
  return `<svg x="${left}" y="${top}" width="${width}" height="${round(height)}" viewBox="${left} ${top} ${width} ${round(height)}">${drawn}</svg>`
}

/** A small multiple: curves and a name, no ticks. */
export function smallSvg(plot: Plot): string {
  const frame = frameOf(plot, 104, 66, { left: 3, top: 16, right: 3, bottom: 3 })
  const base = `<path class="axis" d="M${frame.left} ${frame.top}V${frame.bottom}H${frame.right}"/>`
  return `<svg class="plot small" viewBox="0 0 ${frame.width} ${frame.height}" aria-hidden="true"><text x="3" y="11">${escapeHtml(plot.title)}</text>${base}${drawableSeries(plot).map((series) => draw(frame, series)).join('')}</svg>`
}

function curves(frame: Frame): string {
  const shown = drawableSeries(frame.plot)
  const empty = `<text x="${(frame.left + frame.right) / 2}" y="${(frame.top + frame.bottom) / 2}" text-anchor="middle">${NOTHING_TO_DRAW}</text>`
  return shown.length === 0 ? empty : shown.map((series) => draw(frame, series)).join('')
}

function axes(frame: Frame): string {
  const { plot, left, right, top, bottom } = frame
  const marksX = plot.x.marks ?? ticks(frame.rangeX, plot.x.scale, (right - left) / 80)
  const marksY = plot.y.marks ?? ticks(frame.rangeY, plot.y.scale, (bottom - top) / 26)
  const placesX = marksX.map((value) => ({ at: round(frame.x(value)), text: numberText(value) }))
  const placesY = marksY.map((value) => ({ at: round(frame.y(value)), text: numberText(value) }))
  const middle = round((top + bottom) / 2)
  const path = (name: string, d: string): string => (d === '' ? '' : `<path class="${name}" d="${d}"/>`)
  return (
    path('grid', placesY.map(({ at }) => `M${left} ${at}H${right}`).join('')) +
    `<g class="y">${placesY.map(({ at, text }) => `<text x="${left - 7}" y="${round(at + 4)}">${text}</text>`).join('')}</g>` +
    path('axis', `M${left} ${top}V${bottom}H${right}`) +
    path('tick', placesX.map(({ at }) => `M${at} ${bottom}v4`).join('')) +
    `<g class="x">${placesX.map(({ at, text }) => `<text x="${at}" y="${bottom + 17}">${text}</text>`).join('')}` +
    `<text x="${round((left + right) / 2)}" y="${bottom + 34}">${escapeHtml(plot.x.label)}</text>` +
    `<text transform="translate(11 ${middle}) rotate(-90)">${escapeHtml(plot.y.label)}</text></g>`
  )
}

interface LegendEntry {
  readonly series: Series
  readonly x: number
}

/** Entries one after the other, on as many rows as the width needs. */
function layoutLegend(series: readonly Series[], width: number): LegendEntry[][] {
  const rows: LegendEntry[][] = []
  let x = width
  for (const each of series) {
    const needed = 34 + each.name.length * 6.6
    if (x + needed > width) {
      rows.push([])
      x = 0
    }
    rows.at(-1)?.push({ series: each, x })
    x += needed + 12
  }
  return rows
}

function legend(rows: readonly (readonly LegendEntry[])[], top: number): string {
  return rows
    .flatMap((row, index) =>
      row.map(({ series, x }) => {
        const y = top + index * 18 + 10
        return `${legendMark(series, x + 70, y)}<text x="${x + 98}" y="${y + 4}">${escapeHtml(series.name)}</text>`
      }),
    )
    .join('')
}

/** What a series looks like, on 22 pixels. */
function legendMark({ kind, role }: Series, x: number, y: number): string {
  if (kind === 'band') return `<rect class="band" x="${x}" y="${y - 5}" width="22" height="10"/>`
  const line = `<path class="${role}" d="M${x} ${y}h22"/>`
  return kind === 'points' ? `${line}<circle class="${role}" cx="${x + 11}" cy="${y}" r="3.2"/>` : line
}

function draw(frame: Frame, series: Series): string {
  if (series.kind === 'band') {
    const upper = drawablePoints(frame.plot, series.x, series.high)
    const lower = drawablePoints(frame.plot, series.x, series.low).reverse()
    return `<path class="band" d="${path(frame, [...upper, ...lower])}Z"/>`
  }
  if (series.kind === 'arrows') return series.x.map((x, i) => arrow(frame, series.role, { x, y: series.y[i] ?? 0, dx: series.dx[i] ?? 0, dy: series.dy[i] ?? 0 })).join('')
  const points = drawablePoints(frame.plot, series.x, series.y)
  const line = `<path class="${series.role}" d="${path(frame, points)}"/>`
  if (series.kind === 'line') return line
  const dots = points.map(({ x, y }) => `<circle class="${series.role}" cx="${round(frame.x(x))}" cy="${round(frame.y(y))}" r="3.2"><title>${escapeHtml(`${frame.plot.x.label} ${numberText(x, 4)}: ${numberText(y, 4)}`)}</title></circle>`)
  return line + dots.join('')
}

/** A shaft and two barbs. */
function arrow(frame: Frame, role: string, { x, y, dx, dy }: { readonly x: number; readonly y: number; readonly dx: number; readonly dy: number }): string {
  const [fromX, fromY, toX, toY] = [frame.x(x), frame.y(y), frame.x(x + dx), frame.y(y + dy)]
  const length = Math.hypot(toX - fromX, toY - fromY)
  if (!(length > 0.5)) return ''
  const size = Math.min(5, 0.4 * length) / length
  const [alongX, alongY] = [(toX - fromX) * size, (toY - fromY) * size]
  const barb = (side: number): string => `${round(toX - alongX + 0.5 * side * alongY)} ${round(toY - alongY - 0.5 * side * alongX)}`
  return `<path class="${role}" d="M${round(fromX)} ${round(fromY)}L${round(toX)} ${round(toY)}M${barb(1)}L${round(toX)} ${round(toY)}L${barb(-1)}"/>`
}

/** Pixels that a curve may be drawn beside itself: a tenth of the thinnest line. */
const UNSEEN = 0.25

/** Along what can be seen of a curve, by differences of tenths of a pixel, which are short and do not add up to more than a tenth. */
function path(frame: Frame, points: readonly Point[]): string {
  const tenths = simplify(points.map(({ x, y }) => ({ x: frame.x(x), y: frame.y(y) })), UNSEEN).map(({ x, y }) => [Math.round(10 * x), Math.round(10 * y)] as const)
  return tenths
    .map(([x, y], index) => {
      const [fromX, fromY] = tenths[index - 1] ?? [0, 0]
      const down = (y - fromY) / 10
      return `${index === 0 ? 'M' : 'l'}${(x - fromX) / 10}${down < 0 ? '' : ' '}${down}`
    })
    .join('')
}

const round = (value: number) => Number(value.toFixed(1))
