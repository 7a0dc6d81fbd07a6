import { describe, expect, it } from 'vitest'
import { add, mul, num, sym } from '../../../src/algebra/build.js'
import { equalExpr } from '../../../src/algebra/zero.js'
import { readExpr } from '../../../src/algebra/read.js'
import { GRADIENT, gradientForm, variable } from '../../../src/jets/vector.js'
import { inCoordinates } from '../../../src/report/pictures/coordinates.js'
import { type ConservedCurves, type Descent, type Picture, catalogue } from '../../../src/problem/index.js'
import { conservedCurvesPlot } from '../../../src/report/pictures/conservedCurves.js'
import { compare } from '../../../src/report/pictures/descent.js'
import { figureOf } from '../../../src/report/pictures/index.js'
import { renderHtml } from '../../../src/report/html/render.js'
import { renderLatex } from '../../../src/report/latex/render.js'

const entries = await catalogue()
const pictures = entries.flatMap(({ picture }) => (picture === undefined ? [] : [picture]))
const curves = pictures.filter((picture): picture is ConservedCurves => picture.kind === 'conserved curves')
const descents = pictures.filter((picture): picture is Descent => picture.kind === 'descent')
const loss = { coordinates: ['x', 'y'], loss: readExpr('x^3*y + sin(y)*x') }
/** By the rates of x and y. */
const conserved: Readonly<Record<string, (x: number, y: number) => number>> = { '1, 1': (x, y) => x + y, 'x, y': (x, y) => x ** 2 + y ** 2, 'x, -y': (x, y) => x ** 2 - y ** 2 }

describe('vectors in coordinates', () => {
  it('H g and D3(g, theta) are derivatives with the directions held constant', () => {
    const [first] = inCoordinates(gradientForm(GRADIENT), loss)
    const [gx, gy] = ['3*x^2*y + sin(y)', 'x^3 + cos(y)*x'].map((text) => readExpr(text))
    const expected = add(mul(readExpr('6*x*y'), gx ?? num(0)), mul(readExpr('3*x^2 + cos(y)'), gy ?? num(0)))
    expect(equalExpr(first ?? num(0), expected)).toBe(true)
    const [, second] = inCoordinates(gradientForm(GRADIENT, variable('theta')), loss)
    // ∂_y of Σ g_i θ_j ∂_i∂_j f: f_xxy g_x x + f_xyy (g_x y + g_y x) + f_yyy g_y y.
    const third = add(mul(readExpr('6*x'), gx ?? num(0), sym('x')), mul(readExpr('-sin(y)'), add(mul(gx ?? num(0), sym('y')), mul(gy ?? num(0), sym('x')))), mul(readExpr('-x*cos(y)'), gy ?? num(0), sym('y')))
    expect(equalExpr(second ?? num(0), third)).toBe(true)
  })
})

describe('pictures', () => {
  it('gradient flow stays on what its symmetry conserves, the drawn curves are its levels, and descent leaves it unless it is linear', () => {
    expect(curves).toHaveLength(3)
    for (const symmetry of curves) {
      const charge = conserved[`${symmetry.generator.x}, ${symmetry.generator.y}`] ?? (() => Number.NaN)
      const at = charge(...symmetry.start)
      const plot = conservedCurvesPlot(symmetry)
      const worst = (name: string): number => {
        const series = plot.series.find((s) => s.name === name)
        if (series === undefined || series.kind === 'band') throw new Error(`no series ${name}`)
        return Math.max(...series.x.map((x, k) => Math.abs(charge(x, series.y[k] ?? Number.NaN) - at)))
      }
      expect(worst('gradient flow')).toBeLessThan(1e-7)
      expect(worst('levels of the charge')).toBeLessThan(1e-7)
      const others = plot.series.flatMap((s) => (s.kind === 'line' && s.role === 'guide' && s.name === '' ? [s.x.map((x, k) => charge(x, s.y[k] ?? Number.NaN))] : []))
      expect(others.length).toBeGreaterThan(2)
      for (const levels of others) expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(1e-5)
      const left = worst('gradient descent')
      expect(symmetry.generator.x === '1' ? left < 1e-12 : left > 0.1).toBe(true)
    }
  })

  it('a loss without the symmetry is not drawn', () => {
    const [first] = curves
    if (first === undefined) throw new Error('there are pictures')
    expect(() => conservedCurvesPlot({ ...first, loss: 'x^2 + y^2' })).toThrow(/does not have the symmetry/)
  })

  it('the derived models are nearer to gradient descent than gradient flow, by the orders they are derived to', () => {
    expect(descents).toHaveLength(2)
    for (const descent of descents) {
      const errors = (eta: number): number[] => compare({ ...descent, eta, steps: Math.round(1 / eta) }).models.map((m) => m.error)
      const [flow = 0, modifiedLoss = 0, modifiedFlow = 0] = errors(0.02)
      expect(modifiedLoss).toBeLessThan(flow / 3)
      expect(modifiedFlow).toBeLessThan(flow / 3)
      const [halfFlow = 0, halfLoss = 0, halfSecond = 0] = errors(0.01)
      expect(Math.log2(flow / halfFlow)).toBeGreaterThan(0.8)
      expect(Math.log2(modifiedLoss / halfLoss)).toBeGreaterThan(1.7)
      expect(Math.log2(modifiedFlow / halfSecond)).toBeGreaterThan(1.7)
    }
  })

  it('the phase portraits of the catalogue show every regime of the law', async () => {
    const portraits = pictures.find((picture) => picture.kind === 'phase portraits')
    if (portraits === undefined) throw new Error('the catalogue has phase portraits')
    const figure = await figureOf(portraits, 'figure')
    const titles = figure.kind === 'figure' ? figure.panels.map(({ title }) => title.replace(/,.*/, '')) : []
    expect(titles).toEqual(['underdamped', 'critically damped', 'overdamped'])
  })

  it.each(pictures.map((picture): [string, Picture] => [picture.kind, picture]))('%s is drawn in LaTeX and on a page without a number that is none', async (_, picture) => {
    const figure = await figureOf(picture, 'figure')
    const document = { kind: 'article', title: 't', subtitle: '', date: '', blocks: [figure], sections: [], references: [] } as const
    const [tex, html] = [renderLatex(document), renderHtml(document, [])]
    const drawn = [...`${tex}${html}`.matchAll(/<svg[^]*?<\/svg>|\\addplot[^;]*;/g)].map(([part]) => part)
    expect(drawn.length).toBeGreaterThan(2)
    for (const each of drawn) expect(each).not.toMatch(/NaN|undefined/)
  })
})
