import { describe, expect, it } from 'vitest'
import { families } from '../../src/problem/schema.js'
import { FAMILIES } from '../../src/symmetry/families.js'
import { catalogue, catalogueEntry, problemJsonSchema } from '../../src/problem/index.js'

describe('the published schema', () => {
  it('describes every key of a problem file', () => {
    const keys = ['title', 'parameters', 'symmetry', 'rule', 'order', 'network', 'data', 'train']
    expect(problemJsonSchema()).toMatchObject({ type: 'object', additionalProperties: false, properties: Object.fromEntries(keys.map((key) => [key, expect.anything()])) })
  })

  it('offers exactly the families that the symmetry layer knows', () => {
    expect([...families].toSorted()).toEqual(Object.keys(FAMILIES).toSorted())
  })

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(problemJsonSchema()))).toEqual(problemJsonSchema())
  })
})

describe('the catalogue', () => {
  it('has translation, scale and rescale under gradient flow, SGD with decay and momentum, and the main job', async () => {
    const names = (await catalogue()).map(({ name }) => name)
    const families = ['translation', 'scale', 'rescale']
    const wanted = families.flatMap((family) => ['gradient-flow', 'sgd-decay', 'momentum'].map((rule) => `${family}-${rule}`))
    expect(names).toEqual(expect.arrayContaining(['digits', ...wanted]))
  })

  it('holds statements that are valid problems with a source', async () => {
    for (const { paper, where, shows, problem } of await catalogue()) {
      expect(`${paper}${where}${shows}`).not.toContain('undefined')
      expect(problem.title).not.toBe('Untitled problem')
    }
  })

  it('suggests the name that was meant', async () => {
    await expect(catalogueEntry('digit')).rejects.toThrow('did you mean digits?')
    await expect(catalogueEntry('../package')).rejects.toThrow('neither a file nor a name')
    await expect(catalogueEntry('scale-momentun')).rejects.toThrow('did you mean scale-momentum?')
    await expect(catalogueEntry('scale-sgd')).rejects.toThrow(/among them scale-sgd-decay, scale-sgd-second-order$/)
    await expect(catalogueEntry('unheard')).rejects.toThrow(/— noether list shows the names$/)
  })
})
