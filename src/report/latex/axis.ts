import { type Axis, NOTHING_TO_DRAW, type Plot, type Series, axisRange, drawablePoints, drawableSeries, ticks } from '../plot.js'
import { writeAlike } from '../numbers.js'
import { type Point, simplify } from '../simplify.js'
import { escapeLatex } from './escape.js'
import { writtenLatex } from './inline.js'
import { styleOf } from './legend.js'

/** Options of pgfplots for a plot's axes. @param size options that say how large they are */
export function axisOptions(plot: Plot, size: string): string {
  const y = axisRange(plot, 'y')
  const x = axisRange(plot, 'x')
  return [
    size,
    `xlabel={${escapeLatex(plot.x.label)}}`,
    `ylabel={${escapeLatex(plot.y.label)}}`,
    ...(plot.title === '' ? [] : [`title={${escapeLatex(plot.title)}}`]),
    `xmin=${x.low}, xmax=${x.high}, ymin=${y.low}, ymax=${y.high}`,
    ...logarithmic('x', plot.x, x),
    ...logarithmic('y', plot.y, y),
  ].join(', ')
}

function logarithmic(name: 'x' | 'y', { scale, marks }: Axis, range: { low: number; high: number }): string[] {
  if (scale === 'linear') return []
  const at = marks ?? ticks(range, 'log', 5)
  const labels = writeAlike(at, 3).map((written) => `{${writtenLatex(written)}}`)
  return [
    `${name}mode=log`,
    `${name}tick={${at.map((value) => value.toPrecision(6)).join(',')}}`,
    `${name}ticklabels={${labels.join(',')}}`,
    `minor ${name} tick style={draw=none}`,
  ]
}

/** The curves of a plot, or what empty axes say. */
export function seriesLatex(plot: Plot): string {
  const shown = drawableSeries(plot)
  if (shown.length === 0) return `\\node[font=\\footnotesize] at (rel axis cs:0.5,0.5) {${NOTHING_TO_DRAW}};`
  return shown.map((each) => draw(plot, each)).join('\n')
}

function draw(plot: Plot, each: Series): string {
  if (each.kind === 'arrows') {
    const rows = each.x.map((x, i) => [x, each.y[i], each.dx[i], each.dy[i]].map((value) => short(value ?? 0)).join(' '))
    const table = `table[row sep=crcr] {\nx y u v\\\\\n${rows.join('\\\\\n')}\\\\\n}`
    return `\\addplot[${each.role}, -stealth, quiver={u=\\thisrow{u}, v=\\thisrow{v}}] ${table};`
  }
  if (each.kind === 'band') {
    const upper = drawablePoints(plot, each.x, each.high)
    const lower = drawablePoints(plot, each.x, each.low).reverse()
    return `\\addplot[band] coordinates {${coordinates([...visible(plot, upper), ...visible(plot, lower)])}} -- cycle;`
  }
  const points = drawablePoints(plot, each.x, each.y)
  return `\\addplot[${styleOf(each.role, each.kind)}] coordinates {${coordinates(each.kind === 'line' ? visible(plot, points) : points)}};`
}

/** The points of a curve that are seen on paper, where an axis has some thousand dots. */
function visible(plot: Plot, points: readonly Point[]): readonly Point[] {
  const [x, y] = [placeOn(plot, 'x'), placeOn(plot, 'y')]
  const placed = points.map((point) => ({ x: x(point.x), y: y(point.y), point }))
  return simplify(placed, 0.0007).map(({ point }) => point)
}

/** From a value to its place on an axis of length 1. */
function placeOn(plot: Plot, name: 'x' | 'y'): (value: number) => number {
  const { low, high } = axisRange(plot, name)
  const place = plot[name].scale === 'log' ? Math.log : (value: number) => value
  return (value) => (place(value) - place(low)) / (place(high) - place(low))
}

const coordinates = (points: readonly Point[]) => points.map(({ x, y }) => `(${short(x)},${short(y)})`).join('')

/** Seven digits: float32, the precision of the runs. */
const short = (value: number) => String(Number(value.toPrecision(7)))
