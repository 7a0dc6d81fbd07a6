import * as fc from 'fast-check'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { folderOf, inPlace, parseProblem, placeOf, readProblem, toProblem, withSettings } from '../../src/problem/index.js'

const text = `title: Weight norm
parameters: { w: [d], a: [h, d] }
symmetry:
  family: scale
  on: [w]
rule:
  state: { v: 0 }
  update:
    v: "beta*v + g"
    theta: theta - eta*v
`
const without = (line: string, replacement = ''): string => text.replace(line, replacement)

const generator = (lines: string): unknown => parseProblem(without('  family: scale\n  on: [w]\n', `  generator: { a: "Omega*a" }\n${lines}`)).symmetry

function faultOf(source: string): InputError {
  try {
    parseProblem(source, 'p.yaml')
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error(`accepted: ${source}`)
}

describe('a problem file', () => {
  it('is read with its defaults', () => {
    const problem = parseProblem(text)
    expect(problem.order).toBe(1)
    expect(problem.rule).toEqual({ state: { v: '0' }, update: { v: 'beta*v + g', theta: 'theta - eta*v' } })
  })

  it('means the same in JSON as in YAML', () => {
    const problem = parseProblem(text)
    expect(parseProblem(JSON.stringify(problem))).toEqual(problem)
  })

  it('has no constant called like a block', () => {
    const fault = faultOf(without('  family: scale\n  on: [w]\n', '  generator: { a: "w*a" }\n  constants: { w: [h, h] }\n'))
    expect(fault.message).toContain("the constant 'w' has the name of a block — rename it, e.g. w_matrix")
  })

  it('keeps the order of update equations', () => {
    const problem = parseProblem(without('    v: "beta*v + g"\n') + '    v: "beta*v + g"\n')
    expect('update' in problem.rule && Object.keys(problem.rule.update)).toEqual(['theta', 'v'])
  })

  it('takes lists of constants inside or beside the constants', () => {
    const inside = generator('  constants: { Omega: [h, h], antisymmetric: [Omega] }\n')
    expect(inside).toEqual(generator('  constants: { Omega: [h, h] }\n  antisymmetric: [Omega]\n'))
    expect(inside).toMatchObject({ constants: { Omega: ['h', 'h'] }, antisymmetric: ['Omega'] })
  })

  it('is its own input: what was read can be checked again', () => {
    const problem = parseProblem(without('  family: scale\n  on: [w]\n', '  generator: { a: "M*a" }\n  constants: { M: [h, h], symmetric: [M] }\n'))
    expect(toProblem(problem)).toEqual(problem)
  })
})

describe('a fault', () => {
  const cases: readonly (readonly [what: string, source: string, message: string])[] = [
    ['a slip in a key', without('family:', 'famly:'), 'p.yaml:4:3: unknown key "famly" in symmetry — did you mean family?'],
    ['a slip in a choice', without('scale', 'scal'), 'p.yaml:4:11: symmetry.family cannot be "scal" — did you mean scale?'],
    ['a slip in a required key', without('  update:', '  updat:'), 'p.yaml:8:3: unknown key "updat" — did you mean update?'],
    ['a wrong type', `${text}order: x\n`, 'p.yaml:11:8: order: expected a number, found the text "x"'],
    ['a number in quotes', `${text}order: "1"\n`, 'p.yaml:11:9: order: expected a number, found the text "1" — write 1 without quotes'],
    ['a size in quotes', without('[d]', '["3"]'), 'write 3 without quotes'],
    ['a text for a list', without('on: [w]', 'on: w'), 'p.yaml:5:7: symmetry.on: expected a list, found the text "w" — write a list: [w]'],
    ['a key that is not indented', without('  family: scale\n  on: [w]\n', 'family: scale\non: [w]\n'), 'p.yaml:4:1: "family" is no key — indent it to be a part of symmetry'],
    ['a missing key', 'title: a\nrule: { name: sgd }\n', 'p.yaml:1:1: symmetry is missing'],
    ['no parameters', without('parameters: { w: [d], a: [h, d] }\n'), 'p.yaml:1:1: neither parameters nor a network'],
    ['an undeclared block', without('on: [w]', 'on: [u]'), 'no block u in parameters'],
    ['a block of size 0', without('[d]', '[0]'), 'p.yaml:2:19: parameters.w.0'],
    ['a name that is none', without('{ w:', '{ 1w:'), '"1w" cannot be a name'],
    ['an expression that a comma cuts in two', 'parameters: { w: [d] }\nsymmetry: { family: scale, on: [w] }\nrule: { update: { theta: theta - eta*g*min(1, c/norm(g)) } }\n', 'put quotes around an expression that has one'],
    ['a name that JavaScript objects have', without('{ w:', '{ constructor:'), '"constructor" cannot be a name'],
    ['a negative rate', `${text}train: { eta: -0.1 }\n`, 'p.yaml:11:15: train.eta is -0.1 — a learning rate is above 0'],
    ['an infinite number', `${text}train: { eta: .inf }\n`, 'p.yaml:11:15: train.eta'],
    ['a state never declared', without('  state: { v: 0 }\n'), 'p.yaml:8:5: rule.update changes v, which is no state'],
    ['a rule without theta', without('    theta: theta - eta*v\n'), 'rule.update never changes theta'],
    ['inference without a network', without('  family: scale\n  on: [w]\n', '  infer: true\n'), 'p.yaml:4:3: symmetries are inferred from a network'],
    ['a slip in training', `${text}train: { stesp: 3 }\n`, 'p.yaml:11:10: unknown key "stesp" in train — did you mean steps?'],
    ['a slip in another key of training', `${text}train: { ensembles: 3 }\n`, 'p.yaml:11:10: unknown key "ensembles" in train — did you mean ensemble?'],
    ['an unknown layer', `${text}network: { input: 4, layers: [relo] }\n`, 'p.yaml:11:31: network.layers.0'],
    ['an option beside its layer', `${text}network: { input: 4, layers: [{ dense: 8, bias: false }] }\n`, 'p.yaml:11:43: "bias" is no key in network.layers.0 — write dense: { units: 8, bias: false }'],
    ['an option beside a layer that has others', `${text}network: { input: 4, layers: [{ dense: { units: 8 }, bias: false }] }\n`, '"bias" is no key in network.layers.0 — move it into dense'],
    ['two layers in one', `${text}network: { input: 4, layers: [{ dense: 8, power: 2 }] }\n`, '"power" cannot stand beside dense in network.layers.0 — make each an item of the list'],
    ['a setting of a run beside train', `${text}train: { steps: 3 }\nbatch: 4\n`, 'p.yaml:12:1: "batch" is no key — move it into train'],
    ['a key twice', `${text}title: b\n`, 'p.yaml:11:1: the key "title" stands twice in one mapping — keep one of the two'],
    ['a tab', without('  family', '\tfamily'), 'p.yaml:4:1: a tab as indentation — indent with spaces'],
    ['a tab after Windows line ends', without('  family', '\tfamily').replaceAll('\n', '\r\n'), 'p.yaml:4:1: a tab as indentation'],
    ['a line indented less', without('  on:', ' on:'), 'p.yaml:5:2: this line begins in another column than those beside it'],
    ['a brace never closed', without('a: [h, d] }', 'a: [h, d]'), "p.yaml:2:13: '{' is never closed — add }"],
    ['a bracket never closed', without('[h, d]', '[h, d'), "p.yaml:2:26: '[' is never closed — add ]"],
    ['a quote never closed', `${text}order: "1\n`, "p.yaml:11:8: '\"' is never closed"],
    ['a colon in a text', without('title: ', 'title: own: '), "p.yaml:1:8: a second ':' in one line — put the text in quotes"],
    ['a key without its colon', `title\n${text}`, 'is no key with a value — write key: value'],
    ['a product that begins like an alias', without('v: "beta*v + g"', 'v: *beta + g'), 'an alias in YAML — put the whole value in quotes'],
    ['two documents', `${text}---\n${text}`, 'p.yaml:11:1: a second document begins here — a file holds one'],
    ['malformed YAML', 'title: [1, 2', 'p.yaml:1:'],
    ['malformed JSON', '{"title": "a",, }', 'p.yaml:1:'],
    ['an empty file', '', 'p.yaml:1:1: the file is empty — write title, parameters, symmetry and rule'],
    ['comments alone', '# nothing yet\n', 'the file is empty'],
    ['a list', '- 1\n', 'expected a mapping, found a list'],
    ['deep flow nesting', '['.repeat(20_000), 'nested deeper than 32 levels'],
    ['deep block nesting', '- '.repeat(20_000), 'nested deeper than 32 levels'],
    ['an unknown tag', 'title: !!js/function "x"\n', 'p.yaml:1:8'],
    ['a huge file', `title: ${'a'.repeat(1_100_000)}`, 'too many for a problem file'],
  ]

  it.each(cases)('%s is told with place and remedy', (_, source, message) => {
    const fault = faultOf(source)
    expect(fault.message).toContain(message)
    expect(fault.message).not.toContain('\n')
    expect(fault.remedy).not.toBe('')
  })

  it('an alias bomb is refused before it unfolds', () => {
    const levels = Array.from({ length: 9 }, (_, level) => `a${level}: &a${level} [${Array.from({ length: 9 }, () => (level === 0 ? 'x' : `*a${level - 1}`)).join(', ')}]`)
    const started = performance.now()
    expect(faultOf(levels.join('\n')).message).toContain('alias')
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('of a file that is not there names the file', async () => {
    await expect(readProblem('/nowhere/p.yaml')).rejects.toThrow('/nowhere/p.yaml: no such file')
  })

  it('of a file that is not text names the file', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'noether-')), 'p.yaml')
    await writeFile(file, Uint8Array.of(0xff, 0xfe, 0xc3, 0x28))
    await expect(readProblem(file)).rejects.toThrow('not UTF-8')
  })
})

const failAtColumn13 = (): never => {
  throw new InputError('unknown symbol v', 'declare it', { line: 1, column: 13 })
}

describe('the place of a value', () => {
  const problem = parseProblem(text, '/folder/p.yaml')

  it('is where its text begins, after a quote', () => {
    expect(placeOf(problem, ['rule', 'update', 'v'])).toEqual({ file: '/folder/p.yaml', line: 9, column: 9 })
    expect(placeOf(problem, ['rule', 'update', 'theta'])).toEqual({ file: '/folder/p.yaml', line: 10, column: 12 })
    expect(placeOf(problem, ['symmetry', 'on', 0])).toEqual({ file: '/folder/p.yaml', line: 5, column: 8 })
  })

  it('counts columns of a fault within the text', () => {
    expect(() => inPlace(problem, ['rule', 'update', 'theta'], failAtColumn13)).toThrow('/folder/p.yaml:10:24: unknown symbol v — declare it')
  })

  it('gives the folder that its paths are relative to', () => {
    expect(folderOf(problem)).toBe('/folder')
  })
})

describe('--set', () => {
  const problem = parseProblem(text, 'p.yaml')

  it('replaces one value and leaves the others', () => {
    expect(withSettings(problem, ['order=3', 'train.steps=7'])).toMatchObject({ ...problem, order: 3, train: { steps: 7 } })
  })

  it('is checked like the file, and its fault names it', () => {
    expect(() => withSettings(problem, ['order=x'])).toThrow('--set order=x: order: expected a number')
    expect(() => withSettings(problem, ['oder=1'])).toThrow('did you mean order?')
    expect(() => withSettings(problem, ['order'])).toThrow('no setting')
  })

  it('keeps the places of what it did not touch', () => {
    expect(placeOf(withSettings(problem, ['order=3']), ['rule', 'update', 'v'])).toEqual({ file: 'p.yaml', line: 9, column: 9 })
  })
})

const endsWell = (source: string): void => {
  try {
    parseProblem(source, 'p.yaml')
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    expect(error.message).not.toContain('\n')
  }
}

describe('fuzzing', () => {
  it('any text is a problem or an InputError of one line', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), endsWell), { numRuns: 300 })
  })

  it('a problem with characters changed is a problem or an InputError of one line', () => {
    const mutation = fc.record({ at: fc.nat(text.length - 1), length: fc.nat(4), by: fc.string({ unit: fc.constantFrom(...'{}[]:,"\'&*!|>-#%@` \n\tawd01') , maxLength: 4 }) })
    const mutated = fc.array(mutation, { minLength: 1, maxLength: 4 }).map((changes) => changes.reduce((source, { at, length, by }) => source.slice(0, at) + by + source.slice(at + length), text))
    fc.assert(fc.property(mutated, endsWell), { numRuns: 500 })
  })

  it('any JSON value in any place is a problem or an InputError of one line', () => {
    const place = fc.constantFrom('title', 'parameters', 'symmetry', 'rule', 'order', 'network', 'data', 'train')
    fc.assert(fc.property(place, fc.jsonValue({ maxDepth: 4 }), (key, value) => endsWell(JSON.stringify({ ...parseProblem(text), [key]: value }))), { numRuns: 500 })
  })
})
