import { ONE, add, div, factorsOf, isZero, mul, neg, pow, splitCoefficient, sub, symbolsOf } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { checkVanishes } from '../jets/check.js'
import { dot } from '../jets/contraction.js'
import { deriveVector, directional, gradientOf } from '../jets/leibniz.js'
import { type BlockTerm, type MatrixWord, type Operator, projector } from '../jets/operator.js'
import type { BlockPolynomials, ConstantKind, MatrixTerm, Space } from '../jets/space.js'
import { THETA, type Vector, ZERO_VECTOR, addVectors, apply, indicator, scaleVector, subVectors, tensor, variable } from '../jets/vector.js'

/** A generator as a vector in θ, and the space it lives in with the polynomial fields it needed. */
export interface Generator {
  readonly vector: Vector
  readonly space: Space
  /** The linear part that is not a combination of projectors, if there is one: of several the first. */
  readonly operator: Extract<Operator, { kind: 'map' }> | undefined
  readonly operators: readonly Extract<Operator, { kind: 'map' }>[]
}

/** Replaces the transpose of a symmetric, diagonal or antisymmetric constant by the constant with its sign. */
function settleWord(word: MatrixWord, space: Space): { readonly word: MatrixWord; readonly sign: 1 | -1 } {
  let sign: 1 | -1 = 1
  const settled = word.map((m) => {
    const kind: ConstantKind = space.constants[m.name]?.kind ?? 'general'
    if (!m.transposed || kind === 'general') return m
    if (kind === 'antisymmetric') sign = sign === 1 ? -1 : 1
    return { name: m.name, transposed: false }
  })
  return { word: settled, sign }
}

function settle(t: BlockTerm, space: Space): BlockTerm {
  const [left, right] = [settleWord(t.left, space), settleWord(t.right, space)]
  const coefficient = left.sign * right.sign === 1 ? t.coefficient : neg(t.coefficient)
  return { ...t, left: left.word, right: right.word, coefficient }
}

const transposeWord = (word: MatrixWord): MatrixWord => word.map((m) => ({ name: m.name, transposed: !m.transposed })).reverse()

/** ⟨Y, L X R⟩ = ⟨Lᵀ Y Rᵀ, X⟩; a piece that transposes swaps its sides. */
export const adjointTerm = (t: BlockTerm): BlockTerm => ({
  coefficient: t.coefficient,
  to: t.from,
  from: t.to,
  left: t.transposed ? t.right : transposeWord(t.left),
  right: t.transposed ? t.left : transposeWord(t.right),
  transposed: t.transposed,
})

const pieceKey = (t: BlockTerm): string => {
  const word = (w: MatrixWord): string => w.map((m) => m.name + (m.transposed ? "'" : '')).join('*')
  return `${t.to}<${t.from}:${word(t.left)}|${word(t.right)}${t.transposed ? "'" : ''}`
}

/** Like pieces collected; what cancels is left out. */
function collected(terms: readonly BlockTerm[], space: Space): ReadonlyMap<string, BlockTerm> {
  const sums = new Map<string, BlockTerm>()
  for (const t of terms.map((x) => settle(x, space))) {
    const key = pieceKey(t)
    const known = sums.get(key)
    sums.set(key, known === undefined ? t : { ...t, coefficient: add(known.coefficient, t.coefficient) })
  }
  return new Map([...sums].filter(([, t]) => !isZero(t.coefficient)))
}

const byPiece = (terms: readonly BlockTerm[], space: Space): ReadonlyMap<string, Expr> =>
  new Map([...collected(terms, space)].map(([key, t]) => [key, t.coefficient]))

const same = (a: ReadonlyMap<string, Expr>, b: ReadonlyMap<string, Expr>, sign: 1 | -1): boolean =>
  a.size === b.size &&
  [...a].every(([key, c]) => {
    const other = b.get(key)
    return other !== undefined && isZero(sub(c, sign === 1 ? other : neg(other)))
  })

/** 1 if the map equals its adjoint, −1 if it equals minus its adjoint, 0 otherwise. */
export function parityOf(terms: readonly BlockTerm[], space: Space): 1 | -1 | 0 {
  const [forward, backward] = [byPiece(terms, space), byPiece(terms.map(adjointTerm), space)]
  if (same(forward, backward, 1)) return 1
  return same(forward, backward, -1) ? -1 : 0
}

const isBlock = (space: Space, name: string): boolean => Object.hasOwn(space.blocks, name)

/** Sorts a component's terms by their degree in θ: shift, projector, linear map, polynomial. */
function linearPart(to: string, term: MatrixTerm, space: Space): BlockTerm | 'projector' | undefined {
  const at = term.factors.findIndex((f) => isBlock(space, f.name))
  const from = term.factors[at]
  if (from === undefined || term.factors.filter((f) => isBlock(space, f.name)).length !== 1) return undefined
  if (term.factors.length === 1 && from.name === to && !from.transposed) return 'projector'
  return {
    coefficient: term.coefficient,
    to,
    from: from.name,
    left: term.factors.slice(0, at),
    right: term.factors.slice(at + 1),
    transposed: from.transposed,
  }
}

const blockFactors = (term: MatrixTerm, space: Space): readonly string[] => term.factors.flatMap((f) => (isBlock(space, f.name) ? [f.name] : []))

/** The terms of components by their degree in θ. */
function byDegree(components: BlockPolynomials, space: Space): ReadonlyMap<number, BlockPolynomials> {
  const fields = new Map<number, Record<string, readonly MatrixTerm[]>>()
  for (const [to, sum] of Object.entries(components)) {
    for (const term of sum) {
      const degree = blockFactors(term, space).length
      const known = fields.get(degree) ?? {}
      fields.set(degree, { ...known, [to]: [...(known[to] ?? []), term] })
    }
  }
  return new Map([...fields].sort(([a], [b]) => a - b))
}

/** A homogeneous field as a vector, and what is known of it. */
const homogeneousField = (name: string, degree: number, content: BlockPolynomials, space: Space): Vector =>
  fieldVector(name, degree, content, isClosed(name, degree, content, space), space)

const isClosed = (name: string, degree: number, content: BlockPolynomials, space: Space): boolean =>
  checkVanishes(curlOf(fieldVector(name, degree, content, false, space)), { ...space, fields: { [name]: content } }, []).passed

function fieldVector(name: string, degree: number, content: BlockPolynomials, closed: boolean, space: Space): Vector {
  const terms = Object.values(content).flat()
  const inputs = [...new Set(terms.flatMap((t) => blockFactors(t, space)))].sort()
  const counts = inputs.map((block) => [block, new Set(terms.map((t) => blockFactors(t, space).filter((b) => b === block).length))] as const)
  const degrees = Object.fromEntries(counts.flatMap(([block, found]) => (found.size === 1 ? [[block, [...found][0] ?? 0] as const] : [])))
  return tensor({ name, slots: 1, degree, polynomial: { inputs, outputs: Object.keys(content).sort(), degrees, closed } }, [], [null], false)
}

/** Dξ(x) − Dξᵀ(x): zero if and only if the one-form ⟨ξ, dθ⟩ is closed. */
export function curlOf(generator: Vector, direction = 'x'): Vector {
  const x = variable(direction)
  return subVectors(deriveVector(generator, directional('theta', 0, x)), gradientOf(dot(generator, x), 'theta'))
}

/** Names that no block or constant has. */
const freeName = (space: Space, candidates: readonly string[]): string =>
  candidates.find((name) => !isBlock(space, name) && !Object.hasOwn(space.constants, name)) ?? `${candidates[0] ?? ''}_generator`

/** Items in groups such that no two groups have a block in common. */
function groupsOf<T>(items: readonly T[], blocksOf: (item: T) => readonly string[]): readonly (readonly T[])[] {
  return items.reduce<readonly (readonly T[])[]>((groups, item) => {
    const touches = (group: readonly T[]): boolean => group.some((other) => blocksOf(other).some((b) => blocksOf(item).includes(b)))
    return [...groups.filter((g) => !touches(g)), [...groups.filter(touches).flat(), item]]
  }, [])
}

/** A homogeneous part in pieces that a projector on a block keeps or removes: independent blocks if its one-form is closed, else its outputs. */
function piecesOf(content: BlockPolynomials, closed: boolean, space: Space): readonly BlockPolynomials[] {
  const entries = Object.entries(content)
  const groups = closed ? groupsOf(entries, ([to, terms]) => [to, ...terms.flatMap((t) => blockFactors(t, space))]) : entries.map((entry) => [entry])
  return groups.map((group) => Object.fromEntries(group))
}

/** A coefficient's factor that depends on time: what stands before the constants of a boost such as t*c. */
export const timeFactor = (e: Expr): Expr =>
  mul(...factorsOf(splitCoefficient(e).factor).filter((f) => [f.base, f.exponent].some((x) => symbolsOf(x).has('t'))).map((f) => pow(f.base, f.exponent)))

/**
 * A generator from its components on blocks; a function of time that all terms share stands before it.
 * @param apart one operator and one field for each group of blocks that are not mixed, for rules that treat blocks differently
 */
export function generatorOf(components: BlockPolynomials, space: Space, apart = false): Generator {
  const [tau = ONE, ...others] = new Set(Object.values(components).flat().map((term) => timeFactor(term.coefficient)))
  if (tau === ONE || others.length > 0) return steadyGenerator(components, space, apart)
  const bare = Object.fromEntries(Object.entries(components).map(([to, sum]) => [to, sum.map((term) => ({ ...term, coefficient: div(term.coefficient, tau) }))]))
  const found = steadyGenerator(bare, space, apart)
  return { ...found, vector: scaleVector(tau, found.vector) }
}

/**
 * A generator whose operators and fields do not depend on time. What is a multiple of the block itself becomes a projector, what is linear one
 * operator A, a number the indicator of its block, constants a shift field and products of blocks a polynomial field ξ for each degree.
 */
function steadyGenerator(components: BlockPolynomials, space: Space, apart: boolean): Generator {
  const terms: BlockTerm[] = []
  const rest: Record<string, MatrixTerm[]> = {}
  let vector: Vector = ZERO_VECTOR
  for (const [to, sum] of Object.entries(components)) {
    for (const term of sum) {
      const linear = linearPart(to, term, space)
      if (term.factors.length === 0) vector = addVectors(vector, scaleVector(term.coefficient, indicator(projector(to))))
      else if (linear === 'projector') vector = addVectors(vector, scaleVector(term.coefficient, apply(projector(to), THETA)))
      else if (linear !== undefined) terms.push(linear)
      else rest[to] = [...(rest[to] ?? []), term]
    }
  }
  const pieces = [...collected(terms, space).values()]
  const groups = apart ? groupsOf(pieces, (t) => [t.to, t.from]) : pieces.length === 0 ? [] : [pieces]
  const base = freeName(space, ['A', 'L', 'Xi'])
  const operators = groups.map((group): Extract<Operator, { kind: 'map' }> => {
    const name = groups.length === 1 ? base : `${base}_${[...new Set(group.map((t) => t.to))].join('_')}`
    return { kind: 'map', name, adjoint: false, parity: parityOf(group, space), terms: group }
  })
  for (const operator of operators) vector = addVectors(vector, apply(operator, THETA))
  const fields: Record<string, BlockPolynomials> = { ...space.fields }
  const parts = byDegree(rest, space)
  const polynomials = [...parts.keys()].filter((degree) => degree > 0).length
  for (const [degree, content] of parts) {
    const name = degree === 0 ? freeName(space, ['shift', 'offset']) : freeName(space, polynomials === 1 ? ['xi', 'zeta'] : [`xi${degree}`, `zeta${degree}`])
    const split = apart ? piecesOf(content, isClosed(name, degree, content, space), space) : [content]
    for (const piece of split) {
      const own = split.length === 1 ? name : `${name}_${Object.keys(piece).join('_')}`
      fields[own] = piece
      vector = addVectors(vector, homogeneousField(own, degree, piece, space))
    }
  }
  return { vector, space: { ...space, fields }, operator: operators[0], operators }
}
