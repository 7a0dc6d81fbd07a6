import type { Sample } from './contest.js'

const WIDTH = 800
const MARGIN = { left: 64, right: 250, top: 30, bottom: 48 }
const ROW = 16

/** A work–precision diagram as SVG: seconds over achieved error, both logarithmic, one line a solver. */
export function workPrecision(title: string, samples: readonly Sample[], error = 'largest error of the end state'): string {
  const shown = samples.filter((s) => s.error > 0 && s.seconds > 0 && Number.isFinite(s.error))
  const peers = [...new Set(shown.map((s) => s.peer))]
  const height = Math.max(480, MARGIN.top + MARGIN.bottom + ROW * peers.length)
  const [x, y] = [shown.map((s) => Math.log10(s.error)), shown.map((s) => Math.log10(s.seconds))]
  const [x0, x1, y0, y1] = [Math.floor(Math.min(...x)), Math.ceil(Math.max(...x)), Math.floor(Math.min(...y)), Math.ceil(Math.max(...y))]
  const px = (v: number): number => MARGIN.left + ((v - x0) / (x1 - x0)) * (WIDTH - MARGIN.left - MARGIN.right)
  const py = (v: number): number => height - MARGIN.bottom - ((v - y0) / (y1 - y0)) * (height - MARGIN.top - MARGIN.bottom)
  const range = (a: number, b: number): readonly number[] => Array.from({ length: b - a + 1 }, (_, i) => a + i)
  const colour = (i: number): string => `hsl(${Math.round((360 * i) / peers.length)} 65% ${i % 2 === 0 ? 38 : 52}%)`
  const lines = peers.map((peer, i) => {
    const own = shown.filter((s) => s.peer === peer).toSorted((a, b) => a.error - b.error)
    const points = own.map((s) => [px(Math.log10(s.error)).toFixed(1), py(Math.log10(s.seconds)).toFixed(1)] as const)
    const dots = points.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour(i)}"/>`).join('')
    const dash = peer.startsWith('noether') ? '' : ' stroke-dasharray="5 3"'
    const path = points.map((p) => p.join(',')).join(' ')
    return `<polyline points="${path}" fill="none" stroke="${colour(i)}" stroke-width="1.5"${dash}/>${dots}` +
      `<text x="${WIDTH - MARGIN.right + 16}" y="${MARGIN.top + ROW * i + 8}" fill="${colour(i)}">${peer} ${own[0]?.version ?? ''}</text>`
  })
  const bottom = height - MARGIN.bottom
  const grid = [
    ...range(x0, x1).map((v) => `<line x1="${px(v)}" x2="${px(v)}" y1="${MARGIN.top}" y2="${bottom}" stroke="#ddd"/>` +
      `<text x="${px(v)}" y="${bottom + 18}" text-anchor="middle">1e${v}</text>`),
    ...range(y0, y1).map((v) => `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${py(v)}" y2="${py(v)}" stroke="#ddd"/>` +
      `<text x="${MARGIN.left - 8}" y="${py(v) + 4}" text-anchor="end">1e${v}</text>`),
  ]
  const middle = (MARGIN.left + WIDTH - MARGIN.right) / 2
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">` +
    `<rect width="100%" height="100%" fill="white"/><text x="${MARGIN.left}" y="18" font-size="14">${title}</text>` +
    `${grid.join('')}${lines.join('')}<text x="${middle}" y="${height - 10}" text-anchor="middle">${error}</text>` +
    `<text x="16" y="${height / 2}" transform="rotate(-90 16 ${height / 2})" text-anchor="middle">seconds a run</text></svg>\n`
}
