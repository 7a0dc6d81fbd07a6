import { InputError } from '../errors.js'
import { type Written, vectorLatex, vectorText } from '../jets/notation.js'
import type { Vocabulary } from '../jets/read.js'
import type { ConstantKind, MatrixTerm, Size, Space } from '../jets/space.js'
import { type Vector, isZeroVector } from '../jets/vector.js'
import { type FamilyStatement, type Shapes, familyGenerator } from './families.js'
import { type Generator, generatorOf } from './generator.js'
import { readMatrixTerms } from './matrixText.js'
import { checkShapes } from './shapes.js'

/** A generator written down block by block. */
export interface GeneratorStatement {
  readonly generator: Readonly<Record<string, string>>
  readonly constants?: Readonly<Record<string, readonly Size[]>> | undefined
  readonly symmetric?: readonly string[] | undefined
  readonly antisymmetric?: readonly string[] | undefined
  readonly diagonal?: readonly string[] | undefined
}

export type SymmetryStatement = FamilyStatement | GeneratorStatement

/**
 * A one-parameter symmetry (for each value of its arbitrary constants), ready for the engine.
 * `part` says which constants it holds for where a general constant was split, e.g. `symmetric M`.
 */
export interface Symmetry {
  readonly name: string
  readonly part: string
  readonly generator: Vector
  readonly space: Space
  readonly operator: Generator['operator']
  readonly names: Vocabulary
  /** The generator as the user may read it back: on blocks where it has constants, else over sets. */
  readonly written: Written
}

function kindOf(name: string, s: GeneratorStatement): ConstantKind {
  const listed = (['symmetric', 'antisymmetric', 'diagonal'] as const).filter((kind) => s[kind]?.includes(name))
  if (listed.length > 1) throw new InputError(`the constant ${name} is listed as ${listed.join(' and ')}`, 'list it once')
  return listed[0] ?? 'general'
}

/** Blocks that a statement names must be parameters; unnamed parameter lists take the blocks as vectors. */
function blocksOf(statement: SymmetryStatement, shapes: Shapes): Shapes {
  const used = 'generator' in statement ? Object.keys(statement.generator) : [...(statement.on ?? []), ...(statement.in ?? []), ...(statement.out ?? [])]
  const missing = used.find((name) => !Object.hasOwn(shapes, name))
  if (missing !== undefined && Object.keys(shapes).length > 0)
    throw new InputError(`the symmetry acts on '${missing}', which is no parameter`, `the parameters are ${Object.keys(shapes).join(', ')}`)
  return Object.keys(shapes).length > 0 ? shapes : Object.fromEntries(used.map((name) => [name, [`d_${name}`]]))
}

const vocabulary = (space: Space, sets: Readonly<Record<string, readonly string[]>>, operator: Generator['operator']): Vocabulary => ({
  vectors: {},
  sets: { ...Object.fromEntries(Object.keys(space.blocks).map((b) => [b, [b]])), ...sets },
  operators: operator === undefined ? {} : { A: operator },
})

function writeComponents(components: Readonly<Record<string, string>>): Written {
  const latex = (text: string): string =>
    text.replaceAll(/transpose\((\w+)\)/g, '$1^{\\top}').replaceAll('*', ' ').replaceAll(/([A-Za-z])(\d+)/g, '$1_{$2}').replaceAll('Omega', '\\Omega')
  const entries = Object.entries(components)
  return {
    text: entries.map(([block, t]) => `${block}: ${t}`).join('; '),
    latex: entries.map(([block, t]) => `\\delta ${latex(block)} = ${latex(t)}`).join(',\\quad '),
  }
}

/** A general constant M is split into its symmetric and antisymmetric part where that makes the generator self-adjoint or skew. */
function splitParts(components: Readonly<Record<string, readonly MatrixTerm[]>>, space: Space): readonly { readonly part: string; readonly generator: Generator }[] {
  const whole = generatorOf(components, space)
  const general = Object.entries(space.constants).filter(([, c]) => c.kind === 'general')
  if (general.length === 0 || whole.operator === undefined || whole.operator.parity !== 0) return [{ part: '', generator: whole }]
  const withKind = (kind: 'symmetric' | 'antisymmetric'): Generator =>
    generatorOf(components, { ...space, constants: Object.fromEntries(Object.entries(space.constants).map(([n, c]) => [n, c.kind === 'general' ? { ...c, kind } : c])) })
  const parts = (['symmetric', 'antisymmetric'] as const).map((kind) => ({ part: `${kind} ${general.map(([n]) => n).join(', ')}`, generator: withKind(kind) }))
  const square = general.every(([, c]) => c.shape[0] === (c.shape[1] ?? 1))
  return square && parts.every((p) => p.generator.operator?.parity !== 0) ? parts : [{ part: '', generator: whole }]
}

/**
 * The symmetries a statement describes: one, or one each for the symmetric and the antisymmetric part of general constants.
 * @throws InputError for unknown blocks, sizes that do not fit, a zero generator.
 */
export function symmetriesOf(statement: SymmetryStatement, parameters: Shapes = {}): readonly Symmetry[] {
  const blocks = blocksOf(statement, parameters)
  if ('generator' in statement) {
    const constants = Object.fromEntries(Object.entries(statement.constants ?? {}).map(([n, shape]) => [n, { shape, kind: kindOf(n, statement) }]))
    return fromComponents('custom', statement.generator, { blocks, constants, fields: {} })
  }
  const family = familyGenerator(statement, blocks)
  if (family.kind === 'components') return fromComponents(statement.family, family.components, { blocks, constants: family.constants, fields: {} })
  const space: Space = { blocks, constants: {}, fields: {} }
  const written = { text: vectorText(family.vector), latex: vectorLatex(family.vector) }
  return [{ name: statement.family, part: '', generator: family.vector, space, operator: undefined, names: vocabulary(space, family.sets, undefined), written }]
}

function fromComponents(name: string, components: Readonly<Record<string, string>>, space: Space): readonly Symmetry[] {
  const terms = Object.fromEntries(Object.entries(components).map(([block, text]) => [block, readMatrixTerms(text, space)]))
  for (const [block, sum] of Object.entries(terms)) checkShapes(block, sum, space)
  return splitParts(terms, space).map(({ part, generator }) => {
    if (isZeroVector(generator.vector)) throw new InputError('the generator is zero', 'give at least one block a component that is not zero')
    const simple = generator.operator === undefined && Object.keys(generator.space.fields).length === 0
    return {
      name,
      part,
      generator: generator.vector,
      space: generator.space,
      operator: generator.operator,
      names: vocabulary(generator.space, {}, generator.operator),
      written: simple ? { text: vectorText(generator.vector), latex: vectorLatex(generator.vector) } : writeComponents(components),
    }
  })
}
