import { expect, test } from 'vitest'
import { STYLE } from '../../src/report/html/style.js'

type Colours = ReadonlyMap<string, string>

const coloursIn = (block: string): Colours =>
  new Map([...block.matchAll(/--([a-z-]+):(#[0-9a-f]{3,6})/g)].map(([, name = '', value = '']) => [name, value]))
const [, light = '', dark = '', print = ''] = STYLE.split(':root{')

/** Relative luminance [WCAG 2.2]. */
function luminance(colour: string): number {
  const hex = colour.length === 4 ? colour.replaceAll(/[0-9a-f]/g, '$&$&') : colour
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(colours: Colours, front: string, back: string): number {
  const [bright = 1, dim = 1] = [front, back].map((name) => luminance(colours.get(name) ?? '#000')).sort((left, right) => right - left)
  return (bright + 0.05) / (dim + 0.05)
}

const PAIRS = [
  ...['ink', 'ink-soft', 'accent'].flatMap((front) => ['ground', 'panel'].map((back) => [front, back] as const)),
  ...['passed', 'failed', 'skipped'].flatMap((verdict) => [[verdict, `${verdict}-ground`] as const, ['ink', `${verdict}-ground`] as const]),
]

test.each([
  ['light', light],
  ['dark', dark],
  ['print', print],
])('text has a contrast of 4.5 at least in the %s colours, and theory stands out from measurement', (_, block) => {
  const colours = coloursIn(block.slice(0, block.indexOf('}')))
  for (const [front, back] of PAIRS) expect(contrast(colours, front, back), `${front} on ${back}`).toBeGreaterThanOrEqual(4.5)
  expect(contrast(colours, 'accent', 'measured')).toBeGreaterThanOrEqual(2.5)
})
