import { type Axis, type Plot, type Range, axisRange } from '../plot.js'

/** A plot's axes in pixels: where they lie, and from values to places on them. */
export interface Frame {
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

interface Margins {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export function frameOf(plot: Plot, width: number, height: number, margins: Margins): Frame {
  const rangeX = axisRange(plot, 'x')
  const rangeY = axisRange(plot, 'y')
  const right = width - margins.right
  const bottom = height - margins.bottom
  return {
    plot,
    width,
    height,
    left: margins.left,
    top: margins.top,
    right,
    bottom,
    rangeX,
    rangeY,
    x: scaleOf(plot.x, rangeX, margins.left, right),
    y: scaleOf(plot.y, rangeY, bottom, margins.top),
  }
}

/** A tenth of a pixel. */
export const round = (value: number): number => Number(value.toFixed(1))
