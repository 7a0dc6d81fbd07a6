import { describe, expect, it } from 'vitest'
import { derive } from '../../src/laws/derive.js'
import { readScalar, readVector } from '../../src/jets/read.js'
import { NO_NAMES } from '../../src/jets/vocabulary.js'
import { writeVector } from '../../src/jets/notation.js'
import { toText } from '../../src/algebra/print.js'
import { programOf, readRule } from '../../src/rules/rule.js'
import { compileRule } from '../../src/training/program.js'

const SETS = { u: ['u'], a: ['a'] }
const PLACES: Readonly<Record<string, readonly number[]>> = { u: [0, 1, 2], a: [3, 4] }
const START = [0.4, -0.7, 0.6, 0.3, -0.5]
const GRADIENT = [0.3, -1.1, 0.25, 0.9, -0.2]
const ETA = 0.1

/** θ after one step of an update on a loss whose gradient is the same everywhere. */
function stepped(update: Readonly<Record<string, string>>): readonly number[] {
  const [theta, g] = [Float64Array.from(START), Float64Array.from(GRADIENT)]
  const indicators = new Map(Object.entries(PLACES).map(([name, places]) => [name, Float64Array.from(START, (_, i) => Number(places.includes(i)))]))
  compileRule(programOf(readRule({ update }, SETS)), { eta: ETA }, theta, g, indicators, (_point, _along, out) => out.set(g)).step(0)
  return [...theta]
}

const sum = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0)
const [U, A] = [GRADIENT.slice(0, 3), GRADIENT.slice(3)]
const MEAN = sum(GRADIENT) / 5

const rules: readonly (readonly [string, Readonly<Record<string, string>>, (g: number, i: number) => number])[] = [
  ['the mean of all components', { theta: 'theta - eta*(g - mean(g))' }, (g) => g - MEAN],
  ['the mean of a block', { theta: 'theta - eta*(g - mean(g_u))' }, (g) => g - sum(U) / 3],
  ['the mean of each block', { u: 'u - eta*(g - mean(g_u))', a: 'a - eta*(g - mean(g_a))' }, (g, i) => g - (i < 3 ? sum(U) / 3 : sum(A) / 2)],
  ['the mean of several blocks, and of products with them', { theta: 'theta - eta*(g + mean(g_u + g_a) + mean(g_a*theta))' }, (g) => g + MEAN + (0.9 * 0.3 + 0.2 * 0.5) / 2],
  ['a total and the two norms', { theta: 'theta - eta*g*total(g)*norm1(g_u)/norm(g)' }, (g) => (g * sum(GRADIENT) * sum(U.map(Math.abs))) / Math.hypot(...GRADIENT)],
  ['the share of components that agree', { theta: 'theta - eta*g*mean(max(sign(g*theta), 0))' }, (g) => (g * GRADIENT.filter((gi, i) => gi * (START[i] ?? 0) > 0).length) / 5],
]

describe('reductions of vectors in updates', () => {
  it.each(rules)('%s', (_, update, direction) => {
    stepped(update).forEach((x, i) => expect(x).toBeCloseTo((START[i] ?? 0) - ETA * direction(GRADIENT[i] ?? 0, i), 14))
  })

  it('are contractions with ones, equal ones one and the same, and read as they are printed', () => {
    const names = { ...NO_NAMES, sets: SETS }
    const same = (x: string, y: string): void => expect(readScalar(x, names)).toBe(readScalar(y, names))
    same('total(g^2)', 'norm2(g)')
    same('total(g*theta)', 'dot(g, theta)')
    same('total(g_u)', 'dot(one_u, g)')
    same('mean(g_u)', 'dot(one_u, g)/norm2(one_u)')
    same('dot(one_u, 1)', 'norm2(one_u)')
    same('dot(one_u, one_a)', '0')
    expect(writeVector(readVector('P_u(1 + g)', { ...names, vectors: {} })).text).toBe('one_u + g_u')
    for (const text of ['total(g)', 'mean(g_u)', 'norm1(g)', 'norm(theta)', 'total(g_u^3)']) {
      const read = readScalar(text, names)
      expect(readScalar(toText(read), names)).toBe(read)
    }
  })

  it('a gradient without its mean moves no sum of weights, and a norm by the finite step that the mean takes off', () => {
    const [translation, scale] = (['translation', 'scale'] as const).map((family) => derive({ title: 'test', parameters: { w: ['d'], a: ['h'] }, symmetry: { family, on: ['w'] }, rule: { update: { theta: 'theta - eta*(g - mean(g_w))' } }, order: 1 })[0])
    expect(toText(translation?.laws.discrete?.next ?? readScalar('0'))).toBe('dot(one_w, theta)')
    expect(translation?.derivation.laws.flow.map((f) => f.equation.text)).toEqual(['diff(q,t) = 0', 'diff(q,t) = 0', 'eta*diff(q,t,2)/2 + diff(q,t) = 0'])
    expect(Object.fromEntries(scale?.derivation.laws.budget?.map((b) => [b.mechanism, b.statement.text]) ?? [])).toEqual({
      projection: '2*eta*dot(one_w, g)*dot(one_w, theta)/norm2(one_w)',
      'finite step': 'eta^2*norm2(g_w) - eta^2*dot(one_w, g)^2/norm2(one_w)',
    })
  })
})
