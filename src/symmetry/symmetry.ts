import { isZero, sym } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { toLatex, toText } from '../algebra/print.js'
import { InputError } from '../errors.js'
import type { InstanceCheck } from '../jets/check.js'
import { type Written, vectorLatex, vectorText } from '../jets/notation.js'
import { type ProjectorOperator, projector } from '../jets/operator.js'
import type { Vocabulary } from '../jets/read.js'
import { type Constant, type ConstantKind, type MatrixTerm, type Size, type Space, arbitraryIn } from '../jets/space.js'
import { type Vector, type VectorTerm, ZERO_VECTOR, addVectors, apply, isZeroVector } from '../jets/vector.js'
import { type Word, writeTerms } from '../jets/word.js'
import { asTermOf, checkCommonFactor, commonFactor } from './commonFactor.js'
import { type FamilyStatement, type Shapes, familyGenerator } from './families.js'
import { type Generator, generatorOf, timeFactor } from './generator.js'
import { componentsOf } from './lie.js'
import { readMatrixTerms } from './matrixText.js'
import { checkShapes } from './shapes.js'
import { withWholeBlocks } from './component.js'
import { timeFunctions } from './timeParts.js'
import { timeAndGauge, writtenWith } from './transformation.js'

/** A generator written down block by block. */
export interface GeneratorStatement {
  readonly generator: Readonly<Record<string, string>>
  readonly constants?: Readonly<Record<string, readonly Size[]>> | undefined
  readonly symmetric?: readonly string[] | undefined
  readonly antisymmetric?: readonly string[] | undefined
  readonly diagonal?: readonly string[] | undefined
  /** Constants that are one matrix, not any: they are of one of the kinds too. */
  readonly fixed?: readonly string[] | undefined
  /** The rate τ(t) at which time is moved, as expression text. */
  readonly time?: string | undefined
  /** The gauge Λ(θ, t), as expression text. */
  readonly gauge?: string | undefined
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
  /** The rate τ at which time itself is moved; absent where it is not. */
  readonly time?: Expr
  /** What the action may change by at its ends; absent where it is nothing. */
  readonly gauge?: Expr
  readonly space: Space
  readonly operator: Generator['operator']
  readonly names: Vocabulary
  /** The generator as the user may read it back: on blocks where it has constants, else over sets. */
  readonly written: Written
  /** The generator that was stated, where it is a scalar function of θ times this one. */
  readonly reduced?: { readonly stated: Written; readonly factor: Written; readonly verified: InstanceCheck }
}

function kindOf(name: string, s: GeneratorStatement): ConstantKind {
  const listed = (['symmetric', 'antisymmetric', 'diagonal'] as const).filter((kind) => s[kind]?.includes(name))
  if (listed.length > 1) throw new InputError(`the constant ${name} is listed as ${listed.join(' and ')}`, 'list it once')
  return listed[0] ?? 'general'
}

/** @throws InputError for a kind or `fixed` that lists a name that is no constant. */
function constantsOf(statement: GeneratorStatement): Readonly<Record<string, Constant>> {
  const { constants = {}, fixed = [] } = statement
  const unknown = fixed.find((name) => !Object.hasOwn(constants, name))
  if (unknown !== undefined) throw new InputError(`fixed lists ${unknown}, which is no constant`, `declare its shape: constants: { ${unknown}: [n, 1] }`)
  return Object.fromEntries(Object.entries(constants).map(([name, shape]) => [name, { shape, kind: kindOf(name, statement), ...(fixed.includes(name) ? { fixed: true } : {}) }]))
}

/** Names of the blocks that a statement moves. */
export const blockNamesOf = (statement: SymmetryStatement): readonly string[] =>
  ('generator' in statement ? Object.keys(statement.generator) : [...(statement.on ?? []), ...(statement.in ?? []), ...(statement.out ?? [])])

/** Blocks that a statement names must be parameters; unnamed parameter lists take the blocks as vectors. */
export function blocksOf(statement: SymmetryStatement, shapes: Shapes): Shapes {
  const used = blockNamesOf(statement)
  const missing = used.find((name) => !Object.hasOwn(shapes, name))
  if (missing !== undefined && Object.keys(shapes).length > 0)
    throw new InputError(`the symmetry acts on '${missing}', which is no parameter`, `the parameters are ${Object.keys(shapes).join(', ')}`)
  return Object.keys(shapes).length > 0 ? shapes : Object.fromEntries(used.map((name) => [name, [`d_${name}`]]))
}

const vocabulary = (space: Space, sets: Readonly<Record<string, readonly string[]>>, operators: Generator['operators']): Vocabulary => ({
  vectors: {},
  sets: { ...Object.fromEntries(Object.keys(space.blocks).map((b) => [b, [b]])), ...sets },
  operators: Object.fromEntries(operators.map((operator) => [operator.name, operator])),
})

/** The generator block by block, as it was written. */
export function writeComponents(components: Components, space: Space): Written {
  const entries = Object.entries(components).map(([block, terms]) => [block, writeTerms(terms, space)] as const)
  return {
    text: entries.map(([block, t]) => `${block}: ${t.text}`).join('; '),
    latex: entries.map(([block, t]) => `\\delta ${toLatex(sym(block))} = ${t.latex}`).join(',\\quad '),
  }
}

interface Part {
  readonly part: string
  readonly components: Components
  readonly generator: Generator
}

type Components = Readonly<Record<string, readonly MatrixTerm[]>>

/** A general constant M is split into its symmetric and antisymmetric part where that makes the generator self-adjoint or skew. */
function splitKinds(components: Components, space: Space, part: string): readonly Part[] {
  const whole = [{ part, components, generator: generatorOf(components, space) }]
  const general = Object.entries(space.constants).filter(([, c]) => c.kind === 'general' && c.fixed !== true)
  const { operator } = whole[0]?.generator ?? {}
  if (general.length === 0 || operator === undefined || operator.parity !== 0) return whole
  const parts = kindsOf(general.map(([name]) => name)).map((kinds) => {
    const constants = Object.fromEntries(Object.entries(space.constants).map(([name, c]) => [name, { ...c, kind: kinds.get(name) ?? c.kind }]))
    return { part: [...kinds].map(([name, kind]) => `${kind} ${name}`).join(', '), components, generator: generatorOf(components, { ...space, constants }) }
  })
  const square = general.every(([, c]) => c.shape[0] === (c.shape[1] ?? 1))
  return square && parts.every((p) => p.generator.operator?.parity !== 0) ? parts.filter((p) => !isZeroVector(p.generator.vector)) : whole
}

/** Every way to take the symmetric or the antisymmetric part of each constant. */
const kindsOf = (names: readonly string[]): readonly ReadonlyMap<string, 'symmetric' | 'antisymmetric'>[] =>
  names.reduce<readonly ReadonlyMap<string, 'symmetric' | 'antisymmetric'>[]>(
    (all, name) => all.flatMap((kinds) => (['symmetric', 'antisymmetric'] as const).map((kind) => new Map([...kinds, [name, kind]]))),
    [new Map()],
  )

/**
 * A generator falls into parts with the same constants to the same powers. As the constants are arbitrary, and so may be scaled, every
 * part is a symmetry by itself; so is what stands before each of several functions of time, if it is the loss that has the symmetry.
 */
function splitParts(components: Components, space: Space, ofLoss: boolean): readonly Part[] {
  const times = ofLoss ? timeFunctions(components) : []
  const whenOf = (term: MatrixTerm): string => (times.length === 0 ? '' : toText(timeFactor(term.coefficient)))
  if (times.length > 0)
    return [...new Set(Object.values(components).flat().map(whenOf))].flatMap((when) => {
      const own = Object.fromEntries(Object.entries(components).map(([block, sum]) => [block, sum.filter((t) => whenOf(t) === when)] as const).filter(([, sum]) => sum.length > 0))
      return splitParts(own, space, ofLoss).map((found) => ({ ...found, part: [when === '1' ? 'without time' : `times ${when}`, found.part].filter((word) => word !== '').join(', ') }))
    })
  const arbitrary = arbitraryIn(space.constants)
  const constantsIn = (term: MatrixTerm): string => term.factors.flatMap((f) => (arbitrary.includes(f.name) ? [f.name] : [])).sort().join(', ')
  const groups = [...new Set(Object.values(components).flat().map(constantsIn))]
  return groups.flatMap((group) => {
    const own = Object.entries(components).map(([block, sum]) => [block, sum.filter((t) => constantsIn(t) === group)] as const).filter(([, sum]) => sum.length > 0)
    const within = new Set(own.flatMap(([, sum]) => sum.flatMap((t) => t.factors.map((f) => f.name))))
    const constants = Object.fromEntries(Object.entries(space.constants).filter(([name]) => within.has(name)))
    const part = groups.length === 1 ? '' : group === '' ? 'without constants' : `constant ${group}`
    return splitKinds(Object.fromEntries(own), { ...space, constants }, part)
  })
}

/**
 * The symmetries a statement describes: one, or one each for the symmetric and the antisymmetric part of general constants.
 * @throws InputError for unknown blocks, sizes that do not fit, a zero generator.
 */
export function symmetriesOf(statement: SymmetryStatement, parameters: Shapes = {}): readonly Symmetry[] {
  const blocks = blocksOf(statement, parameters)
  if ('generator' in statement) {
    return transformed(statement, withWholeBlocks(statement.generator, { blocks, constants: constantsOf(statement), fields: {} }))
  }
  const family = familyGenerator(statement, blocks)
  if (family.kind === 'components') return fromComponents(statement.family, family.components, { blocks, constants: family.constants, fields: {} })
  const space: Space = { blocks, constants: {}, fields: {} }
  const written = { text: vectorText(family.vector), latex: vectorLatex(family.vector) }
  const { time } = family
  if (time !== undefined) {
    return [{ name: statement.family, part: '', generator: family.vector, time, space, operator: undefined, names: vocabulary(space, family.sets, []), written: writtenWith(undefined, { time }) }]
  }
  return [{ name: statement.family, part: '', generator: family.vector, space, operator: undefined, names: vocabulary(space, family.sets, []), written }]
}

/** A generator block by block, with the time and the gauge that a statement gives it. */
function transformed(statement: GeneratorStatement, space: Space): readonly Symmetry[] {
  const { time, gauge } = statement
  if (time === undefined && gauge === undefined) return fromComponents('custom', statement.generator, space)
  const still = Object.keys(statement.generator).length === 0
  const symmetries = still ? [unmoved(space)] : fromComponents('custom', statement.generator, space, false)
  if (symmetries.length > 1)
    throw new InputError(`time and gauge belong to one generator, and this one falls into ${symmetries.map((s) => s.part).join(' and ')}`, 'list the constants as symmetric, antisymmetric or diagonal, or state the parts as generators of their own')
  return symmetries.map((symmetry) => {
    const parts = timeAndGauge(statement, symmetry.names, Object.keys(space.constants))
    if (still && Object.keys(parts).length === 0) throw new InputError('the transformation moves neither theta nor time', 'give a block a component, or time a rate')
    return { ...symmetry, ...parts, written: writtenWith(still ? undefined : symmetry.written, parts) }
  })
}

const unmoved = (space: Space): Symmetry => ({ name: 'time', part: '', generator: ZERO_VECTOR, space, operator: undefined, names: vocabulary(space, {}, []), written: { text: '', latex: '' } })

const zeroGenerator = (): InputError => new InputError('the generator is zero', 'give at least one block a component that is not zero')

function fromComponents(name: string, components: Readonly<Record<string, string>>, space: Space, ofLoss = true): readonly Symmetry[] {
  const read = Object.entries(components).map(([block, text]) => [block, readMatrixTerms(text, space, block)] as const)
  const terms = Object.fromEntries(read.filter(([, sum]) => sum.some((t) => !isZero(t.coefficient))))
  if (Object.keys(terms).length === 0) throw zeroGenerator()
  for (const [block, sum] of Object.entries(terms)) checkShapes(block, sum, space)
  const common = commonFactor(terms, space)
  const reduced = common === undefined ? {} : { reduced: { stated: writeComponents(terms, space), factor: writeTerms([asTermOf(common)], space), verified: checkCommonFactor(terms, common, space) } }
  return splitParts(common?.components ?? terms, space, ofLoss).map(({ part, components: own, generator }) => {
    if (isZeroVector(generator.vector)) throw zeroGenerator()
    const simple = generator.operator === undefined && Object.keys(generator.space.fields).length === 0
    return {
      name,
      part,
      generator: generator.vector,
      space: generator.space,
      operator: generator.operator,
      names: vocabulary(generator.space, {}, generator.operators),
      written: simple ? { text: vectorText(generator.vector), latex: vectorLatex(generator.vector) } : writeComponents(own, generator.space),
      ...reduced,
    }
  })
}

/** Whether an atom is a linear map or a polynomial field, which projectors on blocks do not pass through. */
const mixesBlocks = ({ atom }: VectorTerm): boolean => (atom.kind === 'apply' ? atom.operator.kind === 'map' : atom.kind === 'tensor')

/** A projection, or an indicator, as the sum of those on single blocks where one of the sets cuts it. */
function cutBy(sets: readonly ProjectorOperator[], { coefficient, atom }: VectorTerm): Vector {
  const own = atom.kind === 'apply' && atom.operator.kind === 'projector' ? atom.operator.members : atom.kind === 'indicator' ? atom.set.members : []
  const cut = sets.some(({ members }) => own.some((b) => members.includes(b)) && !own.every((b) => members.includes(b)))
  const whole: Vector = { terms: [{ coefficient, atom }] }
  return cut ? addVectors(...own.map((b) => apply(projector(b), whole))) : whole
}

/**
 * The symmetry for a rule that treats blocks differently: with an operator and a field of its own for each group of blocks that its
 * generator does not mix, and its projectors cut into blocks, so that the rule's projectors keep or remove each part.
 * @param sets what the rule projects on
 */
export function apartByBlocks(symmetry: Symmetry, sets: readonly ProjectorOperator[]): Symmetry {
  const { generator, space, names } = symmetry
  const [mixing, plain] = [generator.terms.filter(mixesBlocks), generator.terms.filter((t) => !mixesBlocks(t))]
  const cut = addVectors(...plain.map((t) => cutBy(sets, t)))
  const components = componentsOf({ terms: mixing }, space)
  if (mixing.length === 0 || components === undefined) return { ...symmetry, generator: addVectors({ terms: mixing }, cut) }
  const terms = Object.fromEntries([...components].map(([block, sum]) => [block, sum.map(asTerm)]))
  const made = generatorOf(terms, { ...space, fields: {} }, true)
  return {
    ...symmetry,
    generator: addVectors(cut, made.vector),
    space: made.space,
    operator: made.operator,
    names: { ...names, operators: vocabulary(made.space, {}, made.operators).operators },
  }
}

/** A product of blocks of θ as a term of a component. */
export const asTerm = ({ coefficient, factors }: Word): MatrixTerm => ({
  coefficient,
  factors: factors.map((f) => ({ name: f.kind === 'constant' ? f.name : f.block, transposed: f.transposed })),
})
