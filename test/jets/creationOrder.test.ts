import { describe, expect, it, vi } from 'vitest'

/** Updates with several functions of components, whose terms have the same size. */
const RULES: readonly Readonly<Record<string, string>>[] = [
  { theta: 'theta - eta*(tanh(g) + sin(g) + atan(g))' },
  { theta: 'theta - eta*(atan(g) + exp(g) + g/sqrt(c + g^2))' },
  { theta: 'theta - eta*(sin(g) + g/sqrt(c + g^2) + tanh(g) + g^3)' },
]

/** The printed flows of first order, derived in the given order in a fresh engine, whose tables are empty. */
async function printed(order: readonly number[]): Promise<ReadonlyMap<number, string>> {
  vi.resetModules()
  const [{ readRule }, { modifiedField }, { vectorText }] = await Promise.all([
    import('../../src/rules/rule.js'), import('../../src/rules/modifiedField.js'), import('../../src/jets/notation.js'),
  ])
  return new Map(order.map((i) => {
    const found = modifiedField(readRule({ update: RULES[i] ?? {} }), 1)
    return [i, found.ok ? (found.value.fields.get('theta') ?? []).map(vectorText).join('\n') : found.reason]
  }))
}

describe('terms with functions of components', () => {
  it('print in an order that does not depend on what was derived before', async () => {
    const [first, second, third] = [await printed([0, 1, 2]), await printed([2, 1, 0]), await printed([1, 2, 0])]
    for (const i of RULES.keys()) {
      expect(first.get(i)).toMatch(/tanh|atan|sin/)
      expect(second.get(i)).toBe(first.get(i))
      expect(third.get(i)).toBe(first.get(i))
    }
  })
})
