import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { add, mul, num, sym } from '../../../src/algebra/build.js'
import { equalExpr } from '../../../src/algebra/zero.js'
import { readExpr } from '../../../src/algebra/read.js'
import { GRADIENT, gradientForm, variable } from '../../../src/jets/vector.js'
import { inCoordinates } from '../../../src/report/pictures/coordinates.js'
import { DESCENTS, compare } from '../../../src/report/pictures/descent.js'
import { PLANAR, familyPlot } from '../../../src/report/pictures/families.js'
import { REGIMES, normLaw, regimeAt } from '../../../src/report/pictures/phase.js'

const loss = { coordinates: ['x', 'y'], loss: readExpr('x^3*y + sin(y)*x') }
const conserved = [(x: number, y: number) => x + y, (x: number, y: number) => x ** 2 + y ** 2, (x: number, y: number) => x ** 2 - y ** 2]

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
    for (const [i, symmetry] of PLANAR.entries()) {
      const charge = conserved[i] ?? (() => Number.NaN)
      const at = charge(...symmetry.start)
      const plot = familyPlot(symmetry)
      const worst = (name: string): number => {
        const series = plot.series.find((s) => s.name === name)
        if (series === undefined || series.kind === 'band') throw new Error(`no series ${name}`)
        return Math.max(...series.x.map((x, k) => Math.abs(charge(x, series.y[k] ?? Number.NaN) - at)))
      }
      expect(worst('gradient flow')).toBeLessThan(1e-7)
      expect(worst('conserved')).toBeLessThan(1e-7)
      const left = worst('gradient descent')
      expect(symmetry.name === 'translation' ? left < 1e-12 : left > 0.1).toBe(true)
    }
  })

  it('a loss without the symmetry is not drawn', () => {
    const [first] = PLANAR
    if (first === undefined) throw new Error('there are pictures')
    expect(() => familyPlot({ ...first, loss: 'x^2 + y^2' })).toThrow(/does not have the symmetry/)
  })

  it('the derived models are nearer to gradient descent than gradient flow, by the orders they are derived to', () => {
    for (const descent of DESCENTS) {
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

  it('each phase portrait is in the regime its title says', () => {
    const law = normLaw()
    for (const { name, values } of REGIMES) expect(regimeAt(law, values)).toBe(name)
  })

  it('and experiments are written as LaTeX and as a page by examples/pictures.ts, without a number that is none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'noether-pictures-'))
    try {
      const { status, stdout, stderr } = spawnSync(process.execPath, ['node_modules/tsx/dist/cli.mjs', 'examples/pictures.ts', folder], { encoding: 'utf8' })
      expect([status, stderr]).toEqual([0, ''])
      const files = stdout.trim().split('\n')
      expect(files).toHaveLength(2)
      for (const file of files) {
        const text = await readFile(file, 'utf8')
        for (const drawn of [...text.matchAll(/<svg[^]*?<\/svg>|\\addplot[^;]*;/g)].map(([part]) => part)) expect(drawn).not.toMatch(/NaN|undefined/)
        expect(text).toContain('underdamped')
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
