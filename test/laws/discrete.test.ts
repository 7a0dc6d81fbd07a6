import { describe, expect, it } from 'vitest'
import type { Derivation, SolutionCase, Statement } from '../../src/laws/derivation.js'
import { derive } from '../../src/laws/derive.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'
import { RULES } from '../../src/rules/catalogue.js'
import { polarOfBlocks } from '../jets/support/direction.js'
import { type Family, FAMILIES } from '../jets/support/families.js'
import { gradientFormOf, uniform, vectorFrom } from '../jets/support/losses.js'
import { type Setting, scalarOfText, vectorOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'
import { type BlockMatrices, placesOf, zeros } from '../jets/support/squares.js'
import { productsWith, squareOfText } from '../jets/support/withSquares.js'

const STEPS = 51
const HYPERPARAMETERS = { eta: 0.02, lambda: 0.05, beta: 0.7, mu: 0.2, rho: 0.9, beta1: 0.7, beta2: 0.9, epsilon: 1e-3, c: 0.4, kappa: 0.6, nu: 0.7 }

const named: readonly (readonly [string, RuleStatement])[] = Object.entries(RULES).flatMap(([name, { continuous, update, defaults }]) => {
  const all = Object.values(update).join()
  const decayed = all.includes('lambda') && Object.hasOwn(defaults, 'lambda') ? { lambda: 'lambda' } : {}
  // Steps that are equations and injected noise are replayed in tests of their own.
  return continuous === true || name === 'natural' || /theta_next|\bxi\b/.test(all) ? [] : [[name, { name, ...decayed, ...(name === 'momentum' ? { mu: 'mu' } : {}) }] as const]
})
const own: readonly (readonly [string, RuleStatement])[] = [
  ['quasi-hyperbolic momentum', { state: { v: '0' }, update: { v: 'beta*v + (1-beta)*g', theta: 'theta - eta*((1-nu)*g + nu*v)' } }],
  ['two states', { state: { v: '0', u: '0' }, update: { v: 'beta*v + g', u: 'kappa*u + v', theta: '(1-eta*lambda)*theta - eta*u' } }],
  ['decoupled decay after the step', { state: { v: '0' }, update: { v: 'beta*v + g', theta: '(1-eta*lambda)*(theta - eta*v)' } }],
  ['heavy ball by the points before', { state: { y: 'theta', z: '0' }, update: { z: '(1+beta)*theta - beta*y - eta*g', y: 'theta', theta: 'z' } }],
  ['Nesterov by the points it looks from', { state: { y: 'theta', z: '0' }, update: { z: 'theta - eta*g', theta: 'z + beta*(z - y)', y: 'z' } }],
  ['a step as long as the parameters', { state: {}, update: { theta: 'theta - eta*sqrt(norm2(theta))*g/sqrt(norm2(g))' } }],
  ['momentum that the norm of the parameters scales', { state: { v: '0' }, update: { v: 'beta*v + g', theta: 'theta - eta*norm2(theta)*v/(1 + norm2(theta))' } }],
  ['momentum that looks ahead', { state: { v: '0' }, update: { v: 'beta*v - eta*g(theta + beta*v)', theta: '(1-eta*lambda)*theta + v' } }],
  ['sharpness-aware momentum', { state: { v: '0' }, update: { v: 'beta*v + g(theta + rho*g/sqrt(norm2(g)))', theta: 'theta - eta*v' } }],
  ['a schedule-free average', { state: { z: 'theta' }, update: { z: 'z - eta*g(beta*theta + (1-beta)*z)', theta: 'kappa*theta + (1-kappa)*z' } }],
  ['a step along the curvature', { state: {}, update: { theta: 'theta - eta*(g - c*eta*H(g))' } }],
  ['momentum of gradients preconditioned from one side', { state: { L: '0', v: '0' }, update: { L: 'beta*L + (1-beta)*g*transpose(g)', v: 'kappa*v + mpow(L + epsilon*I, -1/2)*g + lambda*theta', theta: 'theta - eta*v' } }],
  ['factored second moments of momentum', { state: { v: '0', L: '0', R: '0' }, update: { v: 'kappa*v + g', L: 'beta*L + diag(v*transpose(v))', R: 'beta*R + diag(transpose(v)*v)', theta: '(1-eta*lambda)*theta - eta*(mpow(L + epsilon*I, -1/4)*v*mpow(R + epsilon*I, -1/4))' } }],
  ['cubed gradient', { state: {}, update: { theta: 'theta - eta*g^3' } }],
]

/** A constant symmetric preconditioner that mixes neighbouring components. */
const precondition = (x: readonly number[]): readonly number[] => x.map((e, i) => (1 + i / 10) * e + ((x[i + 1] ?? 0) + (x[i - 1] ?? 0)) / 5)

/** All vectors of a run of the printed update equations, step by step: θ, states, and new values `x_next`. */
function path(derivation: Derivation, family: Family): readonly Setting<number>[] {
  const loss = family.loss(7)
  const names = derivation.rule.update.filter((u) => u.name !== 'theta').map((u) => u.name)
  const matrices = derivation.rule.update.flatMap(({ name, value }): readonly (readonly [string, 'rows' | 'columns'])[] => (/transpose\(\w+\)\*/.test(value.text) ? [[name, 'columns']] : /\*transpose/.test(value.text) ? [[name, 'rows']] : []))
  const states = names.filter((name) => matrices.every(([matrix]) => matrix !== name))
  const places = placesOf(family.shapes, family.masks, family.size)
  let squares: Record<string, BlockMatrices> = Object.fromEntries(matrices.map(([name, side]) => [name, zeros(side, places)]))
  // The entropy of mirror descent is defined for positive parameters.
  const start = vectorFrom(uniform(2), family.size).map((t) => t + Math.sign(t) / 2)
  let now: Record<string, readonly number[]> = { theta: derivation.rule.name === 'mirror' ? start.map(Math.abs) : start }
  const points = Object.fromEntries((derivation.rule.points ?? []).map(({ name, meaning }) => [name, meaning.text]))
  const polar = polarOfBlocks(family.masks, new Set(Object.entries(family.shapes).flatMap(([name, shape]) => (shape.length === 2 ? [name] : []))))
  const definitions = (derivation.coordinateFree ?? derivation.laws).discrete?.definitions ?? []
  for (const name of states) now[name] = vectorFrom(() => 0, family.size)
  return Array.from({ length: STEPS }, (_, k) => {
    const gradientForm = gradientFormOf(loss, now['theta'] ?? [])
    const g = gradientForm([])
    const known = { ...squares }
    const setting = (vectors: Record<string, readonly number[]>): Setting<number> => ({
      ...(matrices.length === 0 ? {} : { product: productsWith({ places, squares: known }) }),
      ring: DOUBLES, scalars: { ...HYPERPARAMETERS, k }, vectors, masks: family.masks, maps: { ...family.maps, Ginv: precondition }, gradientForm: (args) => (args.length === 0 ? g : gradientForm(args)),
      points, gradientFormAt: (point) => gradientFormOf(loss, point), polar,
    })
    const all = { ...now }
    for (const { name, value } of derivation.rule.update) {
      const square = Object.hasOwn(squares, name) ? squareOfText(value.text, setting(all), { places, squares: known }) : undefined
      if (square === undefined) all[`${name}_next`] = vectorOfText(value.text, setting(all))
      else known[`${name}_next`] = square
    }
    squares = Object.fromEntries(matrices.map(([name, side]) => [name, known[`${name}_next`] ?? zeros(side, places)]))
    for (const { name, meaning } of definitions) if (!Object.hasOwn(known, name)) all[name] ??= vectorOfText(meaning.text, setting(all))
    now = Object.fromEntries(['theta', ...states].map((name) => [name, all[`${name}_next`] ?? []]))
    return setting(all)
  })
}

/** What rounding is relative to: the vectors that enter, squared. */
const sizeOf = (s: Setting<number>): number => 1 + Object.values(s.vectors).reduce((sum, x) => sum + x.reduce((n, e) => n + e * e, 0), 0)

function discreteOf(family: Family, rule: RuleStatement): { readonly derivation: Derivation; readonly law: NonNullable<Derivation['laws']['discrete']> } | undefined {
  const { derivation } = derive({ title: 'test', parameters: family.shapes, symmetry: family.statement, rule, order: 0 })[family.part] ?? {}
  if (derivation === undefined) throw new Error('the statement gives a symmetry for each part')
  const law = (derivation.coordinateFree ?? derivation.laws).discrete
  return law === undefined ? undefined : { derivation, law }
}

/** A rotation has no charge in theta alone: without a state there is nothing to follow. */
function familiesWith(rule: RuleStatement): readonly Family[] {
  const stateless = readRule(rule).states.length === 0
  return FAMILIES.filter(({ name }) => !/degree [13]/.test(name) && !(stateless && /rotation|antisymmetric/.test(name)))
}

describe.each([...named, ...own])('the exact law of %s, read from its text', (_, rule) => {
  it.each(familiesWith(rule))('$name: charge and closure at every step of a run, to 1e-12', (family) => {
    const found = discreteOf(family, rule)
    if (found === undefined) throw new Error('a rule with finite steps has a discrete law')
    const { derivation, law } = found
    const run = path(derivation, family)
    let moved = 0
    for (const [k, before] of run.slice(0, -1).entries()) {
      const after = run[k + 1] ?? before
      for (const [now, next] of [[law.charge.text, law.recursion.text], ...law.closure.map((row) => [row.contraction.text, row.next.text])] as const) {
        const [exact, predicted] = [scalarOfText(now ?? '', after), scalarOfText(next ?? '', before)]
        expect(Math.abs(exact - predicted)).toBeLessThan(1e-12 * sizeOf(after))
      }
      moved = Math.max(moved, Math.abs(scalarOfText(law.charge.text, after)))
    }
    expect(moved).toBeGreaterThan(0)
    for (const { name, meaning } of law.definitions.filter((d) => run.every((s) => Object.hasOwn(s.vectors, d.name))))
      for (const s of run) expect(vectorOfText(meaning.text, s)).toEqual(s.vectors[name])
    expectSolved(derivation, run)
  })
})

/** Whether a condition `e > 0`, `e < 0` or none holds. */
function holds({ text }: Statement, setting: Setting<number>): boolean {
  const [, left = '0', relation = ''] = /^(.*) ([<>=]) 0$/.exec(text) ?? []
  const value = text === '' ? 1 : scalarOfText(left, setting)
  return relation === '<' ? value < 0 : relation === '=' ? value === 0 : value > 0
}

/** Values of the names that a solution gives to roots of polynomials in r, by bisection; undefined where they are complex. */
function rootValues({ name, where = [] }: SolutionCase, setting: Setting<number>): Readonly<Record<string, number>> | undefined {
  const polynomials = where.flatMap(({ text }) => (text.endsWith(' = 0') ? [text.slice(0, -' = 0'.length)] : []))
  const groups = [...name.matchAll(/((?:r\d+, )*r\d+) roots of/g)].map(([, names = ''], i) => ({ names: names.split(', '), polynomial: polynomials[i] ?? '' }))
  const values = groups.flatMap(({ polynomial, names }) => {
    const at = (r: number): number => scalarOfText(polynomial, { ...setting, scalars: { ...setting.scalars, r } })
    const found = Array.from({ length: 40_000 }, (_, i) => i / 20_000 - 0.5).flatMap((r) => (at(r) * at(r + 1 / 20_000) < 0 ? [bisect(at, r, r + 1 / 20_000)] : []))
    return found.length === names.length ? names.map((key, i) => [key, found[i] ?? 0] as const) : [undefined]
  })
  return values.some((v) => v === undefined) ? undefined : Object.fromEntries(values.filter((v) => v !== undefined))
}

function bisect(f: (x: number) => number, a: number, b: number): number {
  let [low, high] = [a, b]
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2
    if (f(low) * f(middle) <= 0) high = middle
    else low = middle
  }
  return (low + high) / 2
}

/** The closed form, read from its text, gives the charge at every step it is asked for from what the run measured. */
function expectSolved(derivation: Derivation, run: readonly Setting<number>[]): void {
  const { discreteSolution: solution, discrete } = derivation.coordinateFree ?? derivation.laws
  const [first] = run
  if (solution === undefined || discrete === undefined || first === undefined) return
  const at = (n: number): Setting<number> => ({ ...(run[n] ?? first), at })
  const initial = Object.fromEntries(solution.initial.map(({ name, text }) => [name, scalarOfText(text, first)]))
  const valid = solution.cases.filter(({ condition }) => holds(condition, first))
  expect(valid).toHaveLength(1)
  for (const one of valid) {
    const roots = rootValues(one, first)
    if (roots === undefined) continue
    for (const k of [0, 1, 2, 13]) {
      const value = scalarOfText(one.text, { ...at(k), scalars: { ...HYPERPARAMETERS, ...initial, ...roots, [solution.step]: k } })
      expect(Math.abs(value - scalarOfText(discrete.charge.text, at(k)))).toBeLessThan(1e-10 * sizeOf(at(k)))
    }
  }
}

describe('a closed system', () => {
  const rescale = { parameters: { w: ['d'], a: ['h'] }, symmetry: { generator: { w: 'w', a: '-a' } }, order: 0 } as const
  const lawOf = (rule: RuleStatement): NonNullable<Derivation['laws']['discrete']> => {
    const law = derive({ title: 'test', ...rescale, rule })[0]?.derivation.laws.discrete
    if (law === undefined) throw new Error('the rule has a discrete law')
    return law
  }

  it.each(own.filter(([name]) => name.includes('point')))('of %s follows the charge, and does not only measure what it becomes', (_, rule) => {
    expect(lawOf(rule).closure.some((row) => row.next.text.includes('norm2(theta_w)'))).toBe(true)
  })

  it('has one drive for what drives several rows alike, and a name for each', () => {
    const drives = lawOf({ name: 'momentum', lambda: { w: 'lambda', a: 0 } }).drives.map((d) => d.name)
    expect(drives.length).toBeGreaterThan(2)
    expect(new Set(drives).size).toBe(drives.length)
    expect(lawOf(own.find(([name]) => name.startsWith('Nesterov'))?.[1] ?? {}).drives.map((d) => d.text)).toEqual(['dot(g_w, y_w) - dot(g_a, y_a)', 'norm2(g_w) - norm2(g_a)'])
  })

  it('of blocks with rates of their own keeps the factor of each block', () => {
    const { discreteSolution } = derive({ title: 'test', parameters: { A: ['r', 'd'], B: ['m', 'r'] }, symmetry: { generator: { A: 'M*A', B: '-B*M' }, constants: { M: ['r', 'r'] } }, rule: { name: 'sgd', eta: { A: 'eta', B: '16*eta' } }, order: 0 })[0]?.derivation.laws ?? {}
    expect(discreteSolution?.cases.map((one) => one.factors?.map((f) => f.text))).toEqual([['(1 - 16*eta*lambda)^2', '(1 - eta*lambda)^2']])
  })
})

describe('the charge budget', () => {
  it.each(FAMILIES.filter(({ name }) => ['translation', 'scale', 'rescale of degree 2'].includes(name)))('$name: adds up to the change of the charge at every step, for every rule', (family) => {
    for (const [, rule] of named) {
      const found = discreteOf(family, rule)
      const budget = found?.derivation.laws.budget
      if (found === undefined || budget === undefined) throw new Error('a charge that is a function of theta has a budget')
      const run = path(found.derivation, family)
      for (const [k, before] of run.slice(0, -1).entries()) {
        const after = run[k + 1] ?? before
        const change = scalarOfText(found.law.charge.text, after) - scalarOfText(found.law.charge.text, before)
        const parts = budget.reduce((sum, { statement }) => sum + scalarOfText(statement.text, before), 0)
        expect(Math.abs(change - parts)).toBeLessThan(1e-12 * sizeOf(after))
      }
    }
  })
})

describe('the names of drives that are products of many contractions', () => {
  it('say each word once: a step of Barzilai and Borwein (1988), whose length is a quotient of them', () => {
    const update = { theta: 'theta - eta*g*(c + norm2(theta - p))/(c + dot(theta - p, g - h))', p: 'theta', h: 'g' }
    const [found] = derive({ title: 'steps', parameters: { w: ['d'], a: ['m'] }, symmetry: { family: 'rescale', in: ['w'], out: ['a'] }, rule: { state: { p: 'theta', h: '0' }, update }, order: 0 })
    const names = found?.derivation.laws.discrete?.drives.map(({ name }) => name) ?? []
    expect(names[0]).toBe('gradient_h_p_parameters')
    expect(new Set(names).size).toBe(names.length)
    expect(names.every((name) => new Set(name.split('_')).size === name.split('_').length)).toBe(true)
  })
})
