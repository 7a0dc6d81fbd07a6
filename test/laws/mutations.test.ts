import { describe, expect, it } from 'vitest'
import { add, div, mul, neg, num, sym } from '../../src/algebra/build.js'
import { readExpr } from '../../src/algebra/read.js'
import { dot, norm2 } from '../../src/jets/contraction.js'
import { GRADIENT, THETA, addVectors, scaleVector } from '../../src/jets/vector.js'
import { derive } from '../../src/laws/derive.js'
import type { Laws } from '../../src/laws/engine.js'
import { derivationSteps } from '../../src/laws/steps.js'
import { regimeOf } from '../../src/laws/solutions/variation.js'
import { fieldOfTheta } from '../../src/rules/modifiedField.js'
import type { RuleStatement } from '../../src/rules/rule.js'
import type { SymmetryStatement } from '../../src/symmetry/symmetry.js'

/** Laws under which every part of a derivation exists. */
const cases: readonly (readonly [string, SymmetryStatement, RuleStatement])[] = [
  ['scale under momentum', { family: 'scale', on: ['w'] }, { name: 'momentum' }],
  ['rescale under gradient descent', { family: 'rescale', in: ['u'], out: ['a'], degree: '2' }, { name: 'sgd' }],
  ['translation under Nesterov', { family: 'translation', on: ['w'] }, { name: 'nesterov' }],
]

function lawsOf(symmetry: SymmetryStatement, rule: RuleStatement): Laws {
  const [found] = derive({ title: 'test', symmetry, rule, order: 1 })
  if (found === undefined) throw new Error('one law')
  return found.laws
}

const failedSections = (laws: Laws): readonly string[] => [...new Set(derivationSteps(laws).filter((s) => !s.verified.passed).map((s) => s.section))]

const small = mul(num(1), sym('eta'), sym('eta'), sym('lambda'))

interface Mutation {
  readonly name: string
  readonly section: string
  readonly apply: (laws: Laws) => Laws
}

const changedFlow = (laws: Laws, change: (law: Laws['flows'][number]['law']) => Partial<Laws['flows'][number]['law']>): Laws => ({
  ...laws,
  flows: laws.flows.map((f) => ({ ...f, law: { ...f.law, ...change(f.law) } })),
})

const mutations: readonly Mutation[] = [
  { name: 'a coefficient of the flow law changes its sign', section: 'Law of the charge', apply: (laws) => changedFlow(laws, ({ coefficients: [first = num(0), ...rest] }) => ({ coefficients: [neg(first), ...rest] })) },
  { name: 'a drive is added to the flow law', section: 'Law of the charge', apply: (laws) => changedFlow(laws, ({ drive }) => ({ drive: add(drive, mul(small, norm2(GRADIENT))) })) },
  {
    name: 'the modified field gets a wrong term in its last order',
    section: 'From the rule to a flow',
    apply: (laws) => {
      if (!laws.field.ok) throw new Error('there is a field')
      const field = fieldOfTheta(laws.field.value)
      const wrong = field.map((x, n) => (n === field.length - 1 ? addVectors(x, scaleVector(sym('lambda'), THETA)) : x))
      return { ...laws, field: { ok: true, value: { ...laws.field.value, fields: new Map([...laws.field.value.fields, ['theta', wrong]]) } } }
    },
  },
  {
    name: 'the modified flow gets a wrong coefficient',
    section: 'From the rule to a flow',
    apply: (laws) => {
      if (laws.motions.length === 0) throw new Error('there is a flow')
      return { ...laws, motions: laws.motions.map((motion) => ({ ...motion, equation: addVectors(motion.equation, scaleVector(mul(sym('eta'), sym('lambda')), GRADIENT)) })) }
    },
  },
  {
    name: 'the discrete law misses one part in a small power of eta',
    section: 'Exact discrete law',
    apply: (laws) => (laws.discrete === undefined ? laws : { ...laws, discrete: { ...laws.discrete, next: add(laws.discrete.next, mul(small, dot(THETA, GRADIENT))) } }),
  },
  {
    name: 'a mechanism is missing in the charge budget',
    section: 'Charge budget',
    apply: (laws) => (laws.budget === undefined ? laws : { ...laws, budget: { ...laws.budget, terms: laws.budget.terms.slice(1) } }),
  },
]

describe.each(cases)('a wrong derivation of %s fails its check', (_, symmetry, rule) => {
  const laws = lawsOf(symmetry, rule)

  it('and the right one passes every check', () => {
    expect(failedSections(laws)).toEqual([])
    expect(derivationSteps(laws).every((s) => s.verified.method !== 'nothing to check')).toBe(true)
  })

  it.each(mutations)('where $name', ({ section, apply }) => {
    const sections = new Set(derivationSteps(laws).map((s) => s.section))
    const failed = failedSections(apply(laws))
    expect(failed).toContain(section)
    expect(sections).toContain(section)
  })

  it('where a row of the closed system changes the sign of a coefficient', () => {
    const { discrete } = laws
    if (discrete === undefined) throw new Error('there is a discrete law')
    for (const [i, row] of discrete.rows.entries()) {
      const rows = discrete.rows.map((r, j) => (i === j ? { ...r, coefficients: row.coefficients.map(neg) } : r))
      const touched = row.coefficients.some((c) => c !== neg(c))
      const failed = derivationSteps({ ...laws, discrete: { ...discrete, rows } }).filter((s) => !s.verified.passed)
      expect(failed.map((s) => s.section)).toEqual(touched ? ['Exact discrete law'] : [])
    }
  })

  it('where a drive of the closed system is counted twice', () => {
    const { discrete } = laws
    if (discrete === undefined) throw new Error('there is a discrete law')
    const rows = discrete.rows.map((r) => ({ ...r, drives: [...r.drives, ...r.drives] }))
    const driven = discrete.rows.some((r) => r.drives.length > 0)
    expect(failedSections({ ...laws, discrete: { ...discrete, rows } })).toEqual(driven ? ['Exact discrete law'] : [])
  })
})

describe('a closed form', () => {
  const law = { charge: norm2(THETA), factor: num(1), coefficients: [sym('k'), sym('c')], drive: norm2(GRADIENT), drives: [] }
  const decay = readExpr('exp(-k*t/c)')

  it('is verified where response and free motion solve the law with their initial values, and else is not', () => {
    const [green, free] = [div(decay, sym('c')), mul(sym('q_0'), decay)]
    expect(regimeOf(law, green, free).verified).toBe(true)
    expect(regimeOf(law, decay, free).verified).toBe(false)
    expect(regimeOf(law, green, mul(num(2), free)).verified).toBe(false)
    expect(regimeOf(law, green, mul(sym('q_0'), readExpr('exp(k*t/c)'))).verified).toBe(false)
  })
})
