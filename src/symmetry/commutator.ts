import { ONE, div, num, sym } from '../algebra/build.js'
import { toLatex, toText } from '../algebra/print.js'
import type { Expr } from '../algebra/expr.js'
import type { Written } from '../jets/notation.js'
import { type ConstantKind, type Space, arbitraryIn } from '../jets/space.js'
import { type Factor, MatrixAtom, type MatrixSum, type Word, collectWords, factorKey, matrixExpression, multiplySums, scaleSum, transposeSum } from '../jets/word.js'
import { type Components, componentsOf, lieDerivative, ratio, vanishes } from './lie.js'
import type { Symmetry } from './symmetry.js'

/** What the commutator of two symmetries is: again a symmetry of the loss, known or implied by the two. */
export interface Commutator extends Written {
  /** The generator it was formed with, as written. */
  readonly other: string
  readonly relation: 'zero' | 'multiple' | 'member' | 'new'
  /** One sentence for a reader. */
  readonly meaning: string
}

const negated = (sum: MatrixSum): MatrixSum => scaleSum(num(-1), sum)

/** [ξ, ζ] = Dζ ξ − Dξ ζ, block by block. */
export function lieBracket(xi: Components, zeta: Components, space: Space): Components {
  const blocks = [...new Set([...xi.keys(), ...zeta.keys()])]
  const bracket = blocks.map((name) => [name, collectWords([...lieDerivative(zeta.get(name) ?? [], xi, space), ...negated(lieDerivative(xi.get(name) ?? [], zeta, space))], space)] as const)
  return new Map(bracket.filter(([, sum]) => !vanishes(sum, space)))
}

const isConstant = (f: Factor, name: string): boolean => f.kind === 'constant' && f.name === name
const keysOf = (factors: readonly Factor[]): string => factors.map(factorKey).join('*')

/** Each occurrence of a constant replaced by a sum of products. */
const withConstant = (sum: MatrixSum, name: string, value: MatrixSum): MatrixSum =>
  sum.flatMap((w) =>
    w.factors.reduce<MatrixSum>(
      (product, f) => multiplySums(product, isConstant(f, name) ? (f.transposed ? transposeSum(value) : value) : [{ coefficient: ONE, factors: [f] }]),
      [{ coefficient: w.coefficient, factors: [] }],
    ),
  )

/** The other constants' product that stands where the pattern has its constant, if the word fits the pattern. */
function fitted(word: Word, pattern: Word, name: string): Word | undefined {
  const at = pattern.factors.findIndex((f) => isConstant(f, name))
  const [left, right] = [pattern.factors.slice(0, at), pattern.factors.slice(at + 1)]
  const end = word.factors.length - right.length
  const middle = word.factors.slice(left.length, end)
  const fits = end > left.length && keysOf(word.factors.slice(0, left.length)) === keysOf(left) && keysOf(word.factors.slice(end)) === keysOf(right)
  return fits && middle.every((f) => f.kind === 'constant') ? { coefficient: div(word.coefficient, pattern.coefficient), factors: middle } : undefined
}

function isOfKind(value: MatrixSum, kind: ConstantKind, space: Space): boolean {
  switch (kind) {
    case 'general':
      return true
    case 'symmetric':
      return vanishes([...value, ...negated(transposeSum(value))], space)
    case 'antisymmetric':
      return vanishes([...value, ...transposeSum(value)], space)
    case 'diagonal':
      return value.every((w) => w.factors.every((f) => f.kind === 'constant' && space.constants[f.name]?.kind === 'diagonal'))
  }
}

const same = (a: Components, b: Components, space: Space): boolean =>
  [...new Set([...a.keys(), ...b.keys()])].every((name) => vanishes([...(a.get(name) ?? []), ...negated(b.get(name) ?? [])], space))

/** The K for which a vector field is the family's member with its constant equal to K. */
function constantOf(field: Components, family: Components, name: string, space: Space): MatrixSum | undefined {
  for (const [target, sum] of family) {
    for (const pattern of sum.filter((w) => w.factors.filter((f) => isConstant(f, name)).length === 1)) {
      const transposed = pattern.factors.some((f) => isConstant(f, name) && f.transposed)
      const found = collectWords((field.get(target) ?? []).flatMap((w) => fitted(w, pattern, name) ?? []), space)
      const value = transposed ? transposeSum(found) : found
      const member = new Map([...family].map(([b, own]) => [b, collectWords(withConstant(own, name, value), space)] as const))
      if (value.length > 0 && isOfKind(value, space.constants[name]?.kind ?? 'general', space) && same(field, member, space)) return value
    }
  }
  return undefined
}

/** The c with field = c·generator. */
function multipleOf(field: Components, generator: Components, space: Space): Expr | undefined {
  const [first] = generator
  if (first === undefined || generator.size !== field.size) return undefined
  const c = ratio(field.get(first[0]) ?? [], first[1], space)
  return c !== undefined && same(field, new Map([...generator].map(([b, sum]) => [b, scaleSum(c, sum)])), space) ? c : undefined
}

/** A symmetry's field, its arbitrary constants under names of their own. */
function renamed(symmetry: Symmetry, another: (name: string) => string): { readonly components: Components; readonly constants: Space['constants'] } | undefined {
  const components = componentsOf(symmetry.generator, symmetry.space)
  if (components === undefined) return undefined
  const arbitrary = arbitraryIn(symmetry.space.constants)
  const rename = (name: string): string => (arbitrary.includes(name) ? another(name) : name)
  const word = (w: Word): Word => ({ ...w, factors: w.factors.map((f) => (f.kind === 'constant' ? { ...f, name: rename(f.name) } : f)) })
  return {
    components: new Map([...components].map(([b, sum]) => [b, sum.map(word)])),
    constants: Object.fromEntries(Object.entries(symmetry.space.constants).map(([name, c]) => [rename(name), c])),
  }
}

function write(sum: MatrixSum): Written {
  const e = matrixExpression(sum, 'whole')
  if (e.kind === 'atom' && e.opaque instanceof MatrixAtom) return { text: e.opaque.bare(), latex: e.opaque.bareLatex() }
  return { text: toText(e), latex: toLatex(e) }
}

const familyName = (name: string): string => `${name}'`

function relationOf(field: Components, known: readonly Symmetry[], space: Space): Pick<Commutator, 'relation' | 'meaning'> {
  if (field.size === 0) return { relation: 'zero', meaning: 'the two commute' }
  for (const symmetry of known) {
    const family = renamed(symmetry, familyName)
    if (family === undefined) continue
    const both = { ...space, constants: { ...space.constants, ...family.constants } }
    const c = multipleOf(field, family.components, both)
    if (c !== undefined) return { relation: 'multiple', meaning: `it is ${toText(c)} times the symmetry ${symmetry.written.text}` }
    for (const name of arbitraryIn(symmetry.space.constants)) {
      const kind = symmetry.space.constants[name]?.kind ?? 'general'
      const value = constantOf(field, family.components, familyName(name), both)
      if (value === undefined) continue
      const which = kind === 'general' ? '' : ` (${kind})`
      return { relation: 'member', meaning: `it is the symmetry ${symmetry.written.text} with ${name} = ${write(value).text}${which}` }
    }
  }
  return { relation: 'new', meaning: 'it is another symmetry of the loss, implied by the two' }
}

const isSame = (a: Symmetry, b: Symmetry): boolean => a.written.text === b.written.text && a.part === b.part

/**
 * The other symmetries whose constraints can be used together with those of the first: without arbitrary constants, and such that all
 * commutators are multiples of what is in the set already (else the constraint of the commutator would be missing).
 */
export function usableTogether(symmetry: Symmetry, all: readonly Symmetry[]): readonly Symmetry[] {
  const isPlain = (s: Symmetry): boolean => Object.keys(s.space.constants).length + Object.keys(s.space.fields).length === 0
  const closed = (set: readonly Symmetry[]): boolean => set.every((s) => commutators(s, set).every((c) => c.relation !== 'new' && c.relation !== 'member'))
  const candidates = all.filter((s) => !isSame(s, symmetry) && isPlain(s) && componentsOf(s.generator, s.space) !== undefined)
  return candidates.reduce<readonly Symmetry[]>((set, s) => (closedWith(symmetry, [...set, s]) && closed([...set, s]) ? [...set, s] : set), [])
}

/** Whether the commutators of the first symmetry with the others are multiples of members of the set. */
function closedWith(symmetry: Symmetry, others: readonly Symmetry[]): boolean {
  if (componentsOf(symmetry.generator, symmetry.space) === undefined) return false
  const set = [symmetry, ...others]
  return commutators(symmetry, set).every((c) => c.other === symmetry.written.text || c.relation === 'zero' || c.relation === 'multiple')
}

/**
 * The commutators of a symmetry with the others of a problem, and with itself where it has arbitrary constants: a loss that is invariant
 * under two flows is invariant under their commutator. Told is whether it is among the known symmetries, so that they close.
 * Generators that are no polynomials in the blocks are passed over.
 */
export function commutators(symmetry: Symmetry, all: readonly Symmetry[]): readonly Commutator[] {
  const own = componentsOf(symmetry.generator, symmetry.space)
  if (own === undefined) return []
  const partners = all.filter((s) => !isSame(s, symmetry) || arbitraryIn(s.space.constants).length > 0)
  return partners.flatMap((partner) => {
    const second = renamed(partner, (name) => (Object.hasOwn(symmetry.space.constants, name) ? `${name}_2` : name))
    if (second === undefined) return []
    const space: Space = { blocks: { ...symmetry.space.blocks, ...partner.space.blocks }, constants: { ...symmetry.space.constants, ...second.constants }, fields: {} }
    const bracket = lieBracket(own, second.components, space)
    const written = [...bracket].map(([name, sum]) => ({ name, ...write(sum) }))
    const statement = written.length === 0 ? { text: '0', latex: '0' } : { text: written.map((w) => `${w.name}: ${w.text}`).join('; '), latex: written.map((w) => `${toLatex(sym(w.name))}:\\; ${w.latex}`).join(',\\quad ') }
    return [{ ...statement, other: partner.written.text, ...relationOf(bracket, all, space) }]
  })
}
