import { numberText, writeAlike, writtenText } from '../numbers.js'
import { type Plot, axisRange, ticks } from '../plot.js'
import { escapeHtml } from './escape.js'
import { type Frame, round } from './svgFrame.js'

/** Pixels from one number to the next that an axis has room for. */
const APART = { x: 80, y: 26 }

interface Numbers {
  readonly values: readonly number[]
  /** The values, or where all would have the same power of ten, their share of it. */
  readonly texts: readonly string[]
  readonly factor?: string
}

/** The numbers at an axis of a length in pixels. */
function numbersAt(plot: Plot, axis: 'x' | 'y', length: number): Numbers {
  const { scale, marks } = plot[axis]
  const values = marks ?? ticks(axisRange(plot, axis), scale, length / APART[axis])
  const largest = Math.max(...values.map(Math.abs))
  const plain = scale === 'log' || !(largest > 0) || (largest >= 1e-3 && largest < 1e5)
  if (plain) return { values, texts: writeAlike(values, 3).map(writtenText) }
  const power = Math.floor(Math.log10(largest) + 1e-9)
  const shares = values.map((value) => numberText(Number((value / 10 ** power).toPrecision(6))))
  return { values, texts: shares, factor: `× ${numberText(Number(`1e${power}`))}` }
}

/** Pixels above the axes that a power of ten takes, where the numbers at the y axis have one. */
export const factorHeight = (plot: Plot, length: number): number => (numbersAt(plot, 'y', length).factor === undefined ? 0 : 14)

/** Axes with ticks, numbers, grid and labels. */
export function axes({ plot, left, right, top, bottom, x, y }: Frame): string {
  const [horizontal, vertical] = [numbersAt(plot, 'x', right - left), numbersAt(plot, 'y', bottom - top)]
  const placesX = horizontal.values.map((value) => round(x(value)))
  const placesY = vertical.values.map((value) => round(y(value)))
  const middle = round((top + bottom) / 2)
  const path = (name: string, d: string): string => (d === '' ? '' : `<path class="${name}" d="${d}"/>`)
  const text = (atX: number, atY: number, content: string): string => `<text x="${atX}" y="${round(atY)}">${escapeHtml(content)}</text>`
  const numbersX = placesX.map((at, index) => text(at, bottom + 17, horizontal.texts[index] ?? ''))
  const numbersY = placesY.map((at, index) => text(left - 7, at + 4, vertical.texts[index] ?? ''))
  const factorX = horizontal.factor === undefined ? '' : ` (${horizontal.factor})`
  const factorY = vertical.factor === undefined ? '' : text(left - 7, top - 8, vertical.factor)
  return (
    path('grid', placesY.map((at) => `M${left} ${at}H${right}`).join('')) +
    `<g class="y">${numbersY.join('')}${factorY}</g>` +
    path('axis', `M${left} ${top}V${bottom}H${right}`) +
    path('tick', placesX.map((at) => `M${at} ${bottom}v4`).join('')) +
    `<g class="x">${numbersX.join('')}${text(round((left + right) / 2), bottom + 34, `${plot.x.label}${factorX}`)}` +
    `<text transform="translate(11 ${middle}) rotate(-90)">${escapeHtml(plot.y.label)}</text></g>`
  )
}
