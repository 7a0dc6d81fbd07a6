import { HALF, ONE, num } from '../algebra/build.js'
import { type Contraction, cutsOf } from './contraction.js'
import type { BlockTerm, MatrixWord, Operator } from './operator.js'
import { injections } from './polynomialField.js'
import type { MatrixTerm, Space } from './space.js'
import { type VectorAtom, variableAtom } from './vector.js'
import { childrenOf } from './walk.js'
import { type Factor, type MatrixSum, type Word, collectWords, multiplySums, scaleSum, transposeSum, transposeWord } from './word.js'

const THETA_ATOM = variableAtom('theta')
const constants = (word: MatrixWord): readonly Factor[] => word.map((m) => ({ kind: 'constant', name: m.name, transposed: m.transposed }))
const product = (factors: readonly Factor[]): MatrixSum => [{ coefficient: ONE, factors }]

/** Whether a vector holds a linear map or a polynomial field, and with it arbitrary constants, anywhere inside. */
export function holdsMap(a: VectorAtom): boolean {
  const itself = (a.kind === 'apply' && a.operator.kind === 'map') || (a.kind === 'tensor' && a.field.slots === 1)
  return itself || childrenOf(a).some(holdsMap)
}

/** The block of L X R, or of its adjoint Lᵀ Y Rᵀ; undefined where the argument's blocks cannot be told. */
function mapped(op: Extract<Operator, { kind: 'map' }>, argument: VectorAtom, block: string, space: Space): MatrixSum | undefined {
  const pieces = op.terms.filter((t) => (op.adjoint ? t.from : t.to) === block).map((t) => piece(t, op.adjoint, argument, space))
  return pieces.some((p) => p === undefined) ? undefined : pieces.flatMap((p) => p ?? [])
}

function piece(t: BlockTerm, adjoint: boolean, argument: VectorAtom, space: Space): MatrixSum | undefined {
  const inner = componentOf(argument, adjoint ? t.to : t.from, space)
  if (inner === undefined) return undefined
  const [left, right] = [product(constants(t.left)), product(constants(t.right))]
  const scaled = scaleSum(t.coefficient, inner)
  if (!adjoint) return multiplySums(multiplySums(left, t.transposed ? transposeSum(scaled) : scaled), right)
  const back = multiplySums(multiplySums(transposeSum(left), scaled), transposeSum(right))
  return t.transposed ? transposeSum(back) : back
}

/** The block of a polynomial field or of its derivative: each direction takes the place of one factor that is a block. */
function polynomialComponent(a: Extract<VectorAtom, { kind: 'tensor' }>, block: string, space: Space): MatrixSum | undefined {
  if (a.openAlong || a.field.slots !== 1) return undefined
  const words = (space.fields[a.field.name]?.[block] ?? []).flatMap((term) => {
    const positions = term.factors.flatMap((f, i) => (Object.hasOwn(space.blocks, f.name) ? [i] : []))
    return [...injections(a.along.length, positions)].map((at) => filled(term, at, a.along, space))
  })
  return words.some((w) => w === undefined) ? undefined : words.flatMap((w) => w ?? [])
}

function filled(term: MatrixTerm, at: readonly number[], along: readonly VectorAtom[], space: Space): MatrixSum | undefined {
  const start: MatrixSum = [{ coefficient: term.coefficient, factors: [] }]
  return term.factors.reduce<MatrixSum | undefined>((sum, { name, transposed }, position) => {
    const inner = Object.hasOwn(space.blocks, name) ? componentOf(along[at.indexOf(position)] ?? THETA_ATOM, name, space) : product([{ kind: 'constant', name, transposed: false }])
    return sum === undefined || inner === undefined ? undefined : multiplySums(sum, transposed ? transposeSum(inner) : inner)
  }, start)
}

/** The block of a vector as a sum of matrix products; undefined where constants hide under a derivative of the loss or a function. */
export function componentOf(a: VectorAtom, block: string, space: Space): MatrixSum | undefined {
  if (!holdsMap(a)) {
    if (a.kind === 'indicator' && !a.set.members.includes(block)) return []
    if (a.kind !== 'apply' || a.operator.kind === 'map') return product([{ kind: 'component', vector: a, block, transposed: false }])
  }
  if (a.kind === 'apply') {
    if (a.operator.kind === 'map') return mapped(a.operator, a.argument, block, space)
    return a.operator.members.includes(block) ? componentOf(a.argument, block, space) : []
  }
  return a.kind === 'tensor' ? polynomialComponent(a, block, space) : undefined
}

/**
 * A contraction as a trace: ⟨x, y⟩ = Σ over blocks of tr(xᵀ y), with operators and polynomial fields written as products with their
 * constants. Of the ways to cut the contraction one is taken that brings the constants out from under the derivatives of the loss.
 * @returns the sum under the trace; undefined if there is no such cut.
 */
export function traceOf(c: Contraction, space: Space): MatrixSum | undefined {
  for (const cut of cutsOf(c.left, c.right)) {
    const pieces = Object.keys(space.blocks).map((block) => {
      const [left, right] = [componentOf(cut.left, block, space), componentOf(cut.right, block, space)]
      return left === undefined || right === undefined ? undefined : scaleSum(cut.sign, multiplySums(transposeSum(left), right))
    })
    if (pieces.every((p) => p !== undefined)) return pieces.flat()
  }
  return undefined
}

const occurrences = (w: Word, constant: string): number => w.factors.filter((f) => f.kind === 'constant' && f.name === constant).length

/** The C with tr(word) = tr(C M): the constant rotated to the end, the word transposed first if it holds Mᵀ. */
function rotated(given: Word, constant: string): Word {
  const find = (w: Word): number => w.factors.findIndex((f) => f.kind === 'constant' && f.name === constant)
  const word = given.factors[find(given)]?.transposed === true ? transposeWord(given) : given
  const at = find(word)
  return { coefficient: word.coefficient, factors: [...word.factors.slice(at + 1), ...word.factors.slice(0, at)] }
}

/**
 * Strips an arbitrary constant from a trace: the C with trace = tr(C M), as the part of C that a constant of M's kind sees
 * (tr(C M) for symmetric M depends on the symmetric part of C only, and so on).
 * @returns undefined if the trace is not linear in M.
 */
export function stripConstant(sum: MatrixSum, constant: string, space: Space): MatrixSum | undefined {
  if (sum.some((w) => occurrences(w, constant) !== 1)) return undefined
  const whole = collectWords(sum.map((w) => rotated(w, constant)), space)
  switch (space.constants[constant]?.kind) {
    case 'symmetric':
      return collectWords(scaleSum(HALF, whole.flatMap((w) => [w, transposeWord(w)])), space)
    case 'antisymmetric':
      return collectWords(scaleSum(HALF, whole.flatMap(antisymmetricPair)), space)
    case 'diagonal':
      return foldTransposes(whole, space)
    case 'general':
    case undefined:
      return whole
  }
}

/** w − wᵀ, the product that begins with θ first. */
function antisymmetricPair(w: Word): MatrixSum {
  const [first] = w.factors
  const opposite = scaleSum(num(-1), [transposeWord(w)])
  return first?.kind === 'component' && first.vector !== THETA_ATOM ? [...opposite, w] : [w, ...opposite]
}

/** A product and its transpose have the same diagonal: of the two the one that came first stands for both. */
function foldTransposes(sum: MatrixSum, space: Space): MatrixSum {
  return sum.reduce<MatrixSum>((known, w) => {
    const merged = collectWords([...known, transposeWord(w)], space)
    return merged.length <= known.length ? merged : collectWords([...known, w], space)
  }, [])
}
