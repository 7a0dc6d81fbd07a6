import type { Block } from '../document.js'
import { type Axis, NOTHING_TO_DRAW, type Plot, type Role, type Series, axisRange, drawablePoints, drawableSeries, legendEntries, ticks } from '../plot.js'
import { type Point, simplify } from '../simplify.js'
import { escapeLatex } from './escape.js'
import { numberLatex } from './inline.js'

/** Looks of the roles, defined once in the preamble. */
export const PLOT_STYLES = String.raw`\definecolor{accent}{HTML}{0B5C9E}
\definecolor{measuredgrey}{HTML}{BCC7D0}
\definecolor{passed}{HTML}{00735C}
\definecolor{failed}{HTML}{B3400A}
\definecolor{skipped}{HTML}{5F6B76}
\pgfplotsset{
  every axis/.append style={
    axis line style={black!45, line width=0.4pt}, tick style={black!45, line width=0.4pt}, tick align=outside,
    tick label style={font=\footnotesize}, label style={font=\small}, title style={font=\small\bfseries, yshift=-2pt},
    axis x line*=bottom, axis y line*=left, scaled x ticks=false, scaled y ticks=true,
    every y tick scale label/.style={at={(axis description cs:0,1)}, anchor=south west, font=\footnotesize, inner sep=1pt},
    /pgf/number format/1000 sep={\,}, legend style={draw=none, fill=none, font=\footnotesize, /tikz/every even column/.append style={column sep=8pt}},
    legend cell align=left,
  },
  measured/.style={measuredgrey, line width=3.4pt, line cap=round, line join=round},
  theory/.style={accent, line width=0.7pt, line join=round},
  theory points/.style={accent, line width=0.8pt, mark=*, mark size=1.6pt},
  second points/.style={failed, line width=0.8pt, mark=square*, mark size=1.5pt},
  iterates points/.style={black!85, line width=0.3pt, mark=*, mark size=1.2pt},
  band/.style={draw=none, fill=accent, fill opacity=0.16, legend image code/.code={\fill[accent!16] (0cm,-0.1cm) rectangle (0.6cm,0.1cm);}},
  residual/.style={accent, line width=0.6pt, line join=round},
  second/.style={failed, line width=0.8pt},
  guide/.style={black!55, line width=0.5pt, dashed},
  field/.style={measuredgrey, line width=0.4pt},
}`

/** Small multiples on one page; more neurons than that are thinned evenly, and the caption says so. */
const GRID_LIMIT = 80
const GRID_COLUMNS = 8

type Figure = Extract<Block, { kind: 'figure' }>

/** @returns the picture and what the caption has to add about it. */
export function picture({ panels, arrangement }: Figure): { readonly body: string; readonly remark: string } {
  switch (arrangement) {
    case 'stack':
      return { body: stack(panels), remark: '' }
    case 'row':
      return { body: panels.map((panel) => `\\begin{tikzpicture}\n${axis(panel, rowSize(panels.length, panel), true)}\n\\end{tikzpicture}`).join('\\hfill\n'), remark: '' }
    case 'grid':
      return grid(panels)
  }
}

const rowSize = (count: number, { window }: Plot, share = count < 3 ? 0.38 : 0.22) =>
  window !== undefined ? `width=${share}\\linewidth, height=${(share * (window.y.high - window.y.low)) / (window.x.high - window.x.low)}\\linewidth, scale only axis` : (count === 1 ? 'width=0.74\\linewidth, height=56mm' : `width=0.475\\linewidth, height=${count > 4 ? 41 : 52}mm`)

function stack(panels: readonly Plot[]): string {
  const heights = ['62mm', '38mm', '38mm']
  const body = panels.map((panel, index) => groupPlot(index < panels.length - 1 ? { ...panel, x: { ...panel.x, label: '' } } : panel, `height=${heights[index] ?? '38mm'}`, index === 0))
  const style = `group style={group size=1 by ${panels.length}, vertical sep=7mm, x descriptions at=edge bottom}, width=0.95\\linewidth, ylabel style={at={(axis description cs:-0.09,0.5)}, anchor=south}`
  return `\\begin{tikzpicture}\n\\begin{groupplot}[${style}]\n${body.join('\n')}\n\\end{groupplot}\n\\end{tikzpicture}`
}

function grid(all: readonly Plot[]): { readonly body: string; readonly remark: string } {
  const stride = Math.ceil(all.length / GRID_LIMIT)
  const shown = all.filter((_, index) => index % stride === 0)
  const rows = Math.ceil(shown.length / GRID_COLUMNS)
  const style =
    `group style={group size=${GRID_COLUMNS} by ${rows}, horizontal sep=2.2mm, vertical sep=4.6mm}, width=17.4mm, height=13mm, scale only axis, ticks=none, enlargelimits=false, clip=false, ` +
    'axis line style={black!20}, title style={font=\\tiny, yshift=-5.5pt}, measured/.append style={line width=1.6pt}, theory/.append style={line width=0.5pt}'
  const body = shown.map((panel) => smallPlot(panel))
  return {
    body: `\\begin{tikzpicture}\n\\begin{groupplot}[${style}]\n${body.join('\n')}\n\\end{groupplot}\n\\end{tikzpicture}`,
    remark: stride === 1 ? '' : ` ${shown.length} of them are drawn here, one in ${stride}.`,
  }
}

const groupPlot = (plot: Plot, size: string, legend: boolean) => `\\nextgroupplot[${options(plot, size, legend)}]\n${series(plot, legend)}`

function smallPlot(plot: Plot): string {
  const { low, high } = axisRange(plot, 'y')
  return `\\nextgroupplot[title={${escapeLatex(plot.title)}}, ymin=${low}, ymax=${high}]\n${series(plot, false)}`
}

const axis = (plot: Plot, size: string, legend: boolean) => `\\begin{axis}[${options(plot, size, legend)}]\n${series(plot, legend)}\n\\end{axis}`

function options(plot: Plot, size: string, legend: boolean): string {
  const y = axisRange(plot, 'y')
  const x = axisRange(plot, 'x')
  const named = legend && legendEntries(plot).length > 0 ? (plot.window === undefined ? `, legend pos=${rises(plot) ? 'north west' : 'north east'}` : ', legend style={at={(0.5,0)}, yshift=-9mm, anchor=north}') : ''
  const title = plot.title === '' ? '' : `, title={${escapeLatex(plot.title)}}`
  return `${size}, xlabel={${escapeLatex(plot.x.label)}}, ylabel={${escapeLatex(plot.y.label)}}${title}, xmin=${x.low}, xmax=${x.high}, ymin=${y.low}, ymax=${y.high}${logarithmic('x', plot.x, x)}${logarithmic('y', plot.y, y)}${named}`
}

/** Whether the curves end higher than they start, so that the legend goes to the free corner. */
function rises(plot: Plot): boolean {
  const [first] = plot.series.flatMap((each) => (each.kind === 'band' ? [] : [drawablePoints(plot, each.x, each.y).sort((left, right) => left.x - right.x)]))
  return (first?.at(-1)?.y ?? 0) > (first?.[0]?.y ?? 0)
}

function logarithmic(name: 'x' | 'y', { scale, marks }: Axis, range: { low: number; high: number }): string {
  if (scale === 'linear') return ''
  const at = marks ?? ticks(range, 'log', 5)
  return `, ${name}mode=log, ${name}tick={${at.map((value) => value.toPrecision(6)).join(',')}}, ${name}ticklabels={${at.map((value) => `{${numberLatex(value, 3)}}`).join(',')}}, minor ${name} tick style={draw=none}`
}

function series(plot: Plot, legend: boolean): string {
  const shown = drawableSeries(plot)
  if (shown.length === 0) return `\\node[font=\\footnotesize] at (rel axis cs:0.5,0.5) {${NOTHING_TO_DRAW}};`
  return shown
    .map((each) => {
      const named = legend && legendEntries(plot).includes(each)
      return `${draw(plot, each, legend && !named)}${named ? `\n\\addlegendentry{${escapeLatex(each.name)}}` : ''}`
    })
    .join('\n')
}

function draw(plot: Plot, each: Series, forgotten: boolean): string {
  const forget = forgotten ? ', forget plot' : ''
  if (each.kind === 'arrows') {
    const rows = each.x.map((x, i) => [x, each.y[i], each.dx[i], each.dy[i]].map((value) => short(value ?? 0)).join(' '))
    return `\\addplot[${each.role}, -stealth, quiver={u=\\thisrow{u}, v=\\thisrow{v}}${forget}] table[row sep=crcr] {\nx y u v\\\\\n${rows.join('\\\\\n')}\\\\\n};`
  }
  if (each.kind === 'band') {
    const upper = drawablePoints(plot, each.x, each.high)
    const lower = drawablePoints(plot, each.x, each.low).reverse()
    return `\\addplot[band${forget}] coordinates {${coordinates([...visible(plot, upper), ...visible(plot, lower)])}} -- cycle;`
  }
  const points = drawablePoints(plot, each.x, each.y)
  return `\\addplot[${style(each.role, each.kind)}${forget}] coordinates {${coordinates(each.kind === 'line' ? visible(plot, points) : points)}};`
}

/** The points of a curve that are seen on paper, where an axis has some thousand dots. */
function visible(plot: Plot, points: readonly Point[]): readonly Point[] {
  const [x, y] = [placeOn(plot, 'x'), placeOn(plot, 'y')]
  return simplify(points.map((point) => ({ x: x(point.x), y: y(point.y), point })), 0.0007).map(({ point }) => point)
}

/** From a value to its place on an axis of length 1. */
function placeOn(plot: Plot, name: 'x' | 'y'): (value: number) => number {
  const { low, high } = axisRange(plot, name)
  const place = plot[name].scale === 'log' ? Math.log : (value: number) => value
  return (value) => (place(value) - place(low)) / (place(high) - place(low))
}

const style = (role: Role, kind: 'line' | 'points') => (kind === 'points' ? `${role === 'second' || role === 'iterates' ? role : 'theory'} points` : role)

const coordinates = (points: readonly { readonly x: number; readonly y: number }[]) => points.map(({ x, y }) => `(${short(x)},${short(y)})`).join('')

/** Seven digits: float32, the precision of the runs. */
const short = (value: number) => String(Number(value.toPrecision(7)))
