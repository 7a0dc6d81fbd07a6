import { ONE } from '../../../src/algebra/build.js'
import type { Expr } from '../../../src/algebra/expr.js'
import { toText } from '../../../src/algebra/print.js'
import { InputError } from '../../../src/errors.js'
import { vectorText, writeSquare } from '../../../src/jets/notation.js'
import { readScalar, readValue, readVector } from '../../../src/jets/read.js'
import type { Square } from '../../../src/jets/square.js'
import { freeDirection } from '../../../src/jets/space.js'
import { type MatrixVocabulary, readMatrix } from '../../../src/jets/readMatrix.js'
import { type Field, LOSS } from '../../../src/jets/field.js'
import { type Vector, type VectorAtom, variable } from '../../../src/jets/vector.js'
import { pointsOf } from '../../../src/jets/walk.js'
import { MatrixAtom } from '../../../src/jets/word.js'
import type { Derivation, Statement } from '../../../src/laws/derivation.js'
import { nextOfRow } from '../../../src/laws/discrete.js'
import type { Laws } from '../../../src/laws/engine.js'
import { inBlocks, lawsInBlocks, matrixForm, strippingOf, traceForm } from '../../../src/laws/matrix.js'
import { METRICS } from '../../../src/rules/catalogue.js'
import type { Symmetry } from '../../../src/symmetry/symmetry.js'

/** One side of a statement, read. */
export type Side = { readonly kind: 'scalar'; readonly value: Expr } | { readonly kind: 'vector'; readonly value: Vector } | { readonly kind: 'square'; readonly value: Square }

function fieldsIn(a: VectorAtom): readonly Field[] {
  switch (a.kind) {
    case 'variable':
    case 'indicator':
      return []
    case 'apply':
      return fieldsIn(a.argument)
    case 'elementwise':
      return a.args.flatMap(fieldsIn)
    case 'tensor':
      return [...(a.field.name === LOSS.name ? [] : [a.field]), ...[...a.along, ...a.own].flatMap((s) => (s === null ? [] : fieldsIn(s)))]
  }
}

/** What the names in a derivation's document mean. */
export function namesOf({ symmetry, rule, discrete, field, motions }: Laws, all: readonly Symmetry[] = [symmetry]): MatrixVocabulary {
  const constants = { ...Object.assign({}, ...all.map((s) => s.space.constants)), ...symmetry.space.constants }
  const states = [...rule.states, ...(field.ok ? (field.value.scaling?.states ?? []) : [])].map((s) => s.name)
  const names = [...states, ...states.map((s) => `${s}_next`), 'theta_next', freeDirection(symmetry.space), 'noise', 'full', ...rule.noises, ...(discrete?.definitions?.keys() ?? [])]
  const flows = [...(field.ok ? [...field.value.fields.values()].flat() : []), ...motions.map((m) => m.equation)]
  const points = [...rule.updates.map((u) => u.value), ...flows].flatMap(pointsOf)
  const fields = [symmetry.generator, ...rule.updates.map((u) => u.value)].flatMap((x) => x.terms.flatMap((t) => fieldsIn(t.atom)))
  return {
    vectors: Object.fromEntries([...names, ...points.map(({ name }) => `noise_${name}`)].map((name) => [name, variable(name)])),
    sets: { ...symmetry.names.sets, ...rule.names.sets },
    operators: symmetry.names.operators,
    points: Object.fromEntries(points.map(({ name, point }) => [name, point])),
    squares: rule.names.squares ?? {},
    fields: { ...METRICS, ...Object.fromEntries(fields.map((f) => [f.name, f])) },
    space: { ...symmetry.space, constants: { ...constants, ...Object.fromEntries(Object.entries(constants).map(([name, c]) => [`${name}_2`, c])) } },
  }
}

const inMatrices = (text: string, { space }: MatrixVocabulary): boolean => {
  const outside = text.replaceAll(/\b(?:dot|norm2)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/g, '0')
  return /\b(?:transpose|trace|diag)\(/.test(outside) || (outside.match(/[A-Za-z_]\w*/g) ?? []).some((name) => Object.hasOwn(space.blocks, name.replace(/^d{1,2}(?=.)/, '')) || Object.hasOwn(space.constants, name))
}

/** What a matrix that the rule keeps becomes, or a vector that is multiplied by one: a product of whole vectors, with no block of its own in it. */
function readWhole(text: string, { space, ...names }: MatrixVocabulary): Side | undefined {
  const isWhole = /\btranspose\(/.test(text) && !/\b(?:P_|dot|norm2)/.test(text) && (text.match(/[A-Za-z]\w*/g) ?? []).every((name) => !Object.hasOwn(space.blocks, name) && !Object.hasOwn(space.constants, name))
  const value = isWhole && Object.keys(names.squares ?? {}).length > 0 ? readValue(text, names) : undefined
  return value?.kind === 'square' || value?.kind === 'vector' ? value : undefined
}

export function readSide(text: string, names: MatrixVocabulary): Side {
  const whole = readWhole(text, names)
  if (whole !== undefined) return whole
  if (inMatrices(text, names)) return { kind: 'scalar', value: readMatrix(text, names) }
  try {
    return { kind: 'scalar', value: readScalar(text, names) }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { kind: 'vector', value: readVector(text, names) }
  }
}

/** Whether what was read is the very object, or for vectors a combination of the very atoms with the very coefficients. */
export function isSame(side: Side, held: Expr | Vector): boolean {
  if (side.kind === 'square') return false
  if (side.kind === 'scalar') return side.value === held
  const { terms } = side.value
  return 'terms' in held && !('kind' in held) && held.terms.length === terms.length && held.terms.every((t, i) => t.atom === terms[i]?.atom && t.coefficient === terms[i]?.coefficient)
}

const written = (side: Side): string => {
  if (side.kind === 'square') return writeSquare(side.value).text
  if (side.kind === 'vector') return vectorText(side.value)
  return side.value.kind === 'atom' && side.value.opaque instanceof MatrixAtom ? side.value.opaque.bare() : toText(side.value)
}

/** A statement read and printed again: `label: left = right; label: …`, equations and conditions side by side. */
export function printedAgain(text: string, names: MatrixVocabulary): string {
  return text
    .split('; ')
    .map((part) => {
      const label = /^\w+: /.exec(part)?.[0] ?? ''
      return label + part.slice(label.length).split(/ (=|<|>) /).map((side, i) => (i % 2 === 1 ? ` ${side} ` : written(readSide(side, names)))).join('')
    })
    .join('; ')
}

/** The charge of Noether's identity in matrices where a constant was stripped, else in traces. */
function noetherInBlocks({ noether, symmetry, discrete, flows }: Laws, { matrix = [] }: Derivation): Expr | undefined {
  const charge = discrete?.charge ?? flows[0]?.law.charge
  const [first, another] = matrix
  const stripping = first === undefined || another !== undefined || charge === undefined ? undefined : strippingOf(charge, symmetry.space, first.constant)
  const form = stripping === undefined ? traceForm(symmetry.space) : matrixForm({ ...stripping, scale: ONE })
  return noether === undefined ? undefined : (inBlocks(noether.charge, form) ?? noether.charge)
}

/** Statements of a document beside the expressions they were printed from; of a law in blocks its coordinate-free form and the matrices. */
export function statementsBesideTheirExpressions(laws: Laws, derivation: Derivation): readonly (readonly [Statement, Expr | Vector])[] {
  const documents = (statements: Derivation['laws'], held: Laws): readonly (readonly [Statement | undefined, Expr | Vector | undefined])[] => [
    [statements.discrete?.charge, held.discrete?.charge],
    [statements.discrete?.recursion, held.discrete?.next],
    ...(statements.discrete?.closure ?? []).map(({ contraction }, i) => [contraction, held.discrete?.rows[i]?.contraction] as const),
    ...(statements.discrete?.closure ?? []).map(({ next }, i) => [next, held.discrete === undefined ? undefined : nextOfRow(held.discrete, i)] as const),
    ...(statements.budget ?? []).map(({ statement }, i) => [statement, held.budget?.terms[i]?.change] as const),
    ...statements.flow.map(({ charge }, i) => [charge, held.flows[i]?.law.charge] as const),
    ...statements.solution.cases.map((c, i) => [c, held.solved?.regimes[i]?.solution] as const),
  ]
  const stripped = (derivation.matrix ?? []).flatMap(({ constant, laws: statements }) => {
    const charge = laws.discrete?.charge ?? laws.flows[0]?.law.charge
    const stripping = charge === undefined ? undefined : strippingOf(charge, laws.symmetry.space, constant)
    const held = stripping === undefined ? undefined : lawsInBlocks(laws, matrixForm(stripping))
    return held === undefined ? [] : documents(statements, held)
  })
  const all: readonly (readonly [Statement | undefined, Expr | Vector | undefined])[] = [
    ...documents(derivation.coordinateFree ?? derivation.laws, laws),
    ...stripped,
    ...derivation.rule.update.map(({ name, value }, i) => [value, name === laws.rule.updates[i]?.name ? laws.rule.updates[i]?.value : laws.rule.dual?.update] as const),
    [derivation.noether?.charge, derivation.coordinateFree === undefined ? laws.noether?.charge : noetherInBlocks(laws, derivation)],
    laws.lagrangian.exists ? [derivation.lagrangian, laws.lagrangian.lagrangian] : [undefined, undefined],
  ]
  return all.flatMap(([statement, held]) => (statement === undefined || held === undefined ? [] : [[statement, held] as const]))
}
