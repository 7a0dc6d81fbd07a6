import type { Block } from '../document.js'
import { type Plot, axisRange } from '../plot.js'
import { axisOptions, seriesLatex } from './axis.js'
import { escapeLatex } from './escape.js'
import { legendLine, sharedLegend } from './legend.js'

/** Small multiples on one page; more neurons than that are thinned evenly, and the caption says so. */
const GRID_LIMIT = 80
const GRID_COLUMNS = 8

type Figure = Extract<Block, { kind: 'figure' }>

/** @returns the picture and what the caption has to add about it. */
export function picture({ panels, arrangement }: Figure): { readonly body: string; readonly remark: string } {
  switch (arrangement) {
    case 'stack':
      return { body: withLegend(stack(panels), panels[0] === undefined ? '' : legendLine(panels[0])), remark: '' }
    case 'row':
      return { body: row(panels), remark: '' }
    case 'grid':
      return grid(panels)
  }
}

/** A legend below a picture is a paragraph of its own. */
const withLegend = (body: string, legend: string): string => (legend === '' ? body : `${body}\n\n\\vspace{2pt}${legend}`)

const tikz = (body: string): string => `\\begin{tikzpicture}\n${body}\n\\end{tikzpicture}`

/** Panels side by side, two in a line; their legend is below all of them if they share it, else each has its own. */
function row(panels: readonly Plot[]): string {
  const shared = sharedLegend(panels)
  const share = shared === undefined && panels.length > 1 ? HALF : 1
  const drawn = panels.map((panel) => {
    const plot = tikz(`\\begin{axis}[${axisOptions(panel, panelSize(panels.length, panel, share))}]\n${seriesLatex(panel)}\n\\end{axis}`)
    if (share === 1) return plot
    return `\\begin{minipage}{${HALF}\\linewidth}\\centering\n${withLegend(plot, legendLine(panel))}\n\\end{minipage}`
  })
  return `\\lineskip=8pt\n${withLegend(drawn.join('\\hfill\n'), shared ?? '')}`
}

/** Of two panels in a line that have their own legends below them. */
const HALF = 0.49

/**
 * The size of the axes alone; beside them is room for the numbers and the label.
 *
 * @param share of the text's width that the panel is set in
 */
function panelSize(count: number, { window }: Plot, share: number): string {
  const size = (width: number, height: string): string =>
    `scale only axis, width=${(width / share).toPrecision(4)}\\linewidth, height=${height}`
  if (window === undefined) return count === 1 ? size(0.6, '40mm') : size(0.36, count > 4 ? '26mm' : '34mm')
  const width = count < 3 ? 0.38 : 0.22
  return size(width, `${((width / share) * (window.y.high - window.y.low)) / (window.x.high - window.x.low)}\\linewidth`)
}

/** Panels that share their x axis, one under the other. */
function stack(panels: readonly Plot[]): string {
  const heights = ['62mm', '38mm', '38mm']
  const last = panels.length - 1
  const body = panels.map((panel, index) => {
    const shown = index < last ? { ...panel, x: { ...panel.x, label: '' } } : panel
    return `\\nextgroupplot[${axisOptions(shown, `height=${heights[index] ?? '38mm'}`)}]\n${seriesLatex(panel)}`
  })
  const style =
    `group style={group size=1 by ${panels.length}, vertical sep=7mm, x descriptions at=edge bottom}, width=0.95\\linewidth, ` +
    'ylabel style={at={(axis description cs:-0.09,0.5)}, anchor=south}'
  return tikz(`\\begin{groupplot}[${style}]\n${body.join('\n')}\n\\end{groupplot}`)
}

function grid(all: readonly Plot[]): { readonly body: string; readonly remark: string } {
  const stride = Math.ceil(all.length / GRID_LIMIT)
  const shown = all.filter((_, index) => index % stride === 0)
  const rows = Math.ceil(shown.length / GRID_COLUMNS)
  const style =
    `group style={group size=${GRID_COLUMNS} by ${rows}, horizontal sep=2.2mm, vertical sep=4.6mm}, width=17.4mm, height=13mm, ` +
    'scale only axis, ticks=none, enlargelimits=false, clip=false, axis line style={black!20}, title style={font=\\tiny, yshift=-5.5pt}, ' +
    '/tikz/measured/.append style={line width=1.6pt}, /tikz/theory/.append style={line width=0.5pt}'
  return {
    body: tikz(`\\begin{groupplot}[${style}]\n${shown.map(smallPlot).join('\n')}\n\\end{groupplot}`),
    remark: stride === 1 ? '' : ` ${shown.length} of them are drawn here, one in ${stride}.`,
  }
}

function smallPlot(plot: Plot): string {
  const { low, high } = axisRange(plot, 'y')
  return `\\nextgroupplot[title={${escapeLatex(plot.title)}}, ymin=${low}, ymax=${high}]\n${seriesLatex(plot)}`
}
