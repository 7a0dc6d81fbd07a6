import { describe, expect, it } from 'vitest'
import { deriveProblem } from '../../src/problem/derive.js'
import { catalogueEntry, parseProblem, statedSymmetries } from '../../src/problem/index.js'

const network = '{ input: 4, layers: [{ dense: 3 }, { batchnorm: { epsilon: 0 } }, relu, { dense: 3 }, relu, { dense: 2 }] }'
const problem = (symmetry: string, rest = `network: ${network}`): ReturnType<typeof parseProblem> => parseProblem(`symmetry: ${symmetry}\nrule: { name: sgd }\n${rest}\n`, 'p.yaml')

describe('the symmetries of a problem', () => {
  it('with blocks of its own are as stated', () => {
    const [stated] = statedSymmetries(problem('{ family: scale, on: [w] }', 'parameters: { w: [d] }'))
    expect(stated).toMatchObject({ statement: { family: 'scale', on: ['w'] }, parameters: { w: ['d'] }, instances: [] })
  })

  it('of a family without blocks are those of the network, one law for all layers', () => {
    const found = statedSymmetries(problem('{ family: rescale }'))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ statement: { family: 'rescale', degree: '1', in: ['in'], out: ['out'] } })
    expect(found[0]?.instances.length).toBeGreaterThan(1)
  })

  it('inferred are all families that the network has', () => {
    expect(statedSymmetries(problem('{ infer: true }')).map(({ instances }) => instances[0]?.family).toSorted()).toEqual(['rescale', 'scale', 'translation'])
  })

  it('of several statements come in their order', () => {
    const found = statedSymmetries(problem('[{ family: scale }, { family: translation }]'))
    expect(found.map(({ path, instances }) => [...path, instances[0]?.family])).toEqual([['symmetry', 0, 'scale'], ['symmetry', 1, 'translation']])
  })

  it('that the network does not have are refused with their place', () => {
    expect(() => statedSymmetries(problem('{ family: linear }'))).toThrow('p.yaml:1:11: the network has no linear symmetry')
    expect(() => statedSymmetries(problem('{ family: rescale, degree: 2 }'))).toThrow('no rescale symmetry of degree 2')
    expect(() => statedSymmetries(problem('{ family: scale }', 'parameters: { w: [d] }'))).toThrow('p.yaml:1:11: no blocks that the symmetry acts on')
  })

  it('of the main job are translation, scale and rescale', async () => {
    const { problem: digits } = await catalogueEntry('digits')
    expect(statedSymmetries(digits).map(({ statement }) => 'family' in statement && statement.family).toSorted()).toEqual(['rescale', 'scale', 'translation'])
  })

  it('may leave a block as it is, but not all of them', () => {
    const generator = (text: string): (() => unknown) => () => deriveProblem(parseProblem(`title: t\nsymmetry: { generator: ${text} }\nrule: { name: sgd }\nparameters: { w: [d], a: [d] }\norder: 0\n`, 'p.yaml'))
    expect(generator('{ w: w, a: "0*a" }')).not.toThrow()
    expect(generator('{ w: "0", a: "0" }')).toThrow('the generator is zero')
  })

  it('a rule that updates no parameter of the network is told what there is', () => {
    const source = 'title: t\nsymmetry: { infer: true }\nrule:\n  update: { theta: theta - eta*g, W3: W3 - eta*g }\nnetwork: { input: 4, layers: [{ dense: 3 }, relu, { dense: 2 }], loss: mean_square }\n'
    expect(() => deriveProblem(parseProblem(source, 'p.yaml'))).toThrow(/rule.update changes W3, which is no state or parameter of the network/)
  })
})
