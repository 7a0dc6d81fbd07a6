import { ONE, ZERO, add, isZero, mul, neg, num, pow, splitCoefficient } from '../algebra/build.js'
import { R1, absR, invR, isOneR } from '../algebra/rational.js'
import type { Expr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { structureOf } from '../algebra/structure.js'
import { type Field, LOSS, type Polynomial, fieldKey, isLossAnywhere } from './field.js'
import { type Operator, type ProjectorOperator, adjointOf, compose, intersect, operatorKey, preserves, projector } from './operator.js'

/**
 * An indivisible vector: hash-consed by `key`; `size` counts tensor and variable nodes.
 * - `variable`: θ, a state or a direction, `order` times differentiated in time.
 * - `indicator`: 1_B, one on the blocks of B and zero elsewhere.
 * - `apply`: operator times vector.
 * - `tensor`: the derivative of a field with all slots filled but one. `along` are the filled derivative slots (symmetric,
 *   sorted); `own` the field's own slots, null where open; `openAlong` if the open slot is a derivative slot.
 *   For the loss: ∇f has `along` empty, H x one argument, and so on.
 * - `elementwise`: a scalar function of components, `body` in the symbols `_0`, `_1`, … that stand for `args`.
 */
export type VectorAtom = { readonly key: string; readonly size: number } & (
  | { readonly kind: 'variable'; readonly name: string; readonly order: number }
  | { readonly kind: 'indicator'; readonly set: ProjectorOperator }
  | { readonly kind: 'apply'; readonly operator: Operator; readonly argument: VectorAtom }
  | {
      readonly kind: 'tensor'
      readonly field: Field
      readonly along: readonly VectorAtom[]
      readonly own: readonly (VectorAtom | null)[]
      readonly openAlong: boolean
    }
  | { readonly kind: 'elementwise'; readonly body: Expr; readonly args: readonly VectorAtom[] }
)

export interface VectorTerm {
  readonly coefficient: Expr
  readonly atom: VectorAtom
}

/** A linear combination of distinct vector atoms with exact scalar coefficients, in canonical order. */
export interface Vector {
  readonly terms: readonly VectorTerm[]
}

const table = new Map<string, VectorAtom>()

type WithoutMeta<T> = T extends unknown ? Omit<T, 'key' | 'size'> : never

function intern(key: string, size: number, shape: WithoutMeta<VectorAtom>): VectorAtom {
  const known = table.get(key)
  if (known !== undefined) return known
  const made = { ...shape, key, size } as VectorAtom
  table.set(key, made)
  return made
}

export const ZERO_VECTOR: Vector = { terms: [] }

/** Σ coefficient·vector with like atoms collected. */
export function combine(parts: Iterable<readonly [Expr, Vector]>): Vector {
  const collected = new Map<VectorAtom, Expr[]>()
  for (const [factor, vector] of parts) {
    for (const { coefficient, atom } of vector.terms) {
      const product = mul(factor, coefficient)
      const known = collected.get(atom)
      if (known === undefined) collected.set(atom, [product])
      else known.push(product)
    }
  }
  return fromTerms([...collected].map(([atom, parts]) => ({ atom, coefficient: add(...parts) })))
}

function fromTerms(terms: readonly VectorTerm[]): Vector {
  const kept = terms.filter((t) => !isZero(t.coefficient))
  return { terms: kept.sort((a, b) => a.atom.size - b.atom.size || (a.atom.key < b.atom.key ? -1 : 1)) }
}

export const vectorOf = (atom: VectorAtom): Vector => ({ terms: [{ coefficient: ONE, atom }] })
export const addVectors = (...xs: readonly Vector[]): Vector => combine(xs.map((x) => [ONE, x]))
export const subVectors = (x: Vector, y: Vector): Vector => combine([[ONE, x], [num(-1), y]])
export const scaleVector = (c: Expr, x: Vector): Vector => combine([[c, x]])
export const isZeroVector = (x: Vector): boolean => x.terms.length === 0
export const coefficientOf = (x: Vector, atom: VectorAtom): Expr => x.terms.find((t) => t.atom === atom)?.coefficient ?? ZERO

/** θ, a state or a direction as an atom, differentiated `order` times in time. */
export const variableAtom = (name: string, order = 0): VectorAtom =>
  intern(`${name}${"'".repeat(order)}`, 1, { kind: 'variable', name, order })
export const variable = (name: string, order = 0): Vector => vectorOf(variableAtom(name, order))
export const THETA_ATOM = variableAtom('theta')
export const THETA = vectorOf(THETA_ATOM)

/** Where the jets of a field are taken. */
export const pointOf = (field: Field): Vector => field.at?.point ?? THETA

const isTheta = ({ terms: [first, second] }: Vector): boolean => second === undefined && first?.atom === THETA_ATOM && first.coefficient === ONE

/** The field with its jets at a point, which has no name, and coefficients in lowest terms, where the gradient is written as a function of it. */
export function fieldAt(field: Field, { name, point }: NonNullable<Field['at']>): Field {
  const { at: _, ...atTheta } = field
  const settled = field.gradient === undefined ? point : combine(point.terms.map((t) => [factored(t.coefficient), vectorOf(t.atom)] as const))
  return isTheta(settled) ? atTheta : { ...field, at: { name: field.gradient === undefined ? name : '', point: settled } }
}

/** 1_B. */
export const indicator = (set: ProjectorOperator): Vector =>
  vectorOf(intern(`1[${set.members.join()}]`, 1, { kind: 'indicator', set }))

/** Whether a vector is one in every component. */
export const isOnes = (a: VectorAtom): boolean => a.kind === 'elementwise' && a.body === ONE

/** The operator applied to an atom, with P² = P, disjoint and nested projectors and known parity used. */
function applyAtom(given: Operator, atom: VectorAtom): Vector {
  const flip = given.kind === 'map' && given.adjoint && given.parity !== 0
  const operator = flip ? { ...given, adjoint: false } : given
  const sign = flip && given.parity === -1 ? num(-1) : ONE
  if (operator.kind === 'projector' && atom.kind === 'indicator') {
    const set = intersect(operator, atom.set)
    return set === undefined ? ZERO_VECTOR : indicator(set)
  }
  if (operator.kind === 'projector' && isOnes(atom)) return indicator(operator)
  if (atom.kind === 'indicator' && compose(operator, atom.set) === 'zero') return ZERO_VECTOR
  const range = rangeOf(atom)
  if (range !== undefined && compose(operator, projector('range', range)) === 'zero') return ZERO_VECTOR
  if (range !== undefined && operator.kind === 'projector' && within(range, operator.members)) return vectorOf(atom)
  if (atom.kind === 'apply') {
    const merged = compose(operator, atom.operator)
    if (merged === 'zero') return ZERO_VECTOR
    if (merged !== undefined) return scaleVector(sign, applyAtom(merged, atom.argument))
    if (operator.kind === 'projector' && preserves(atom.operator, operator)) return apply(atom.operator, applyAtom(operator, atom.argument))
  }
  const made = intern(`${operatorKey(operator)}(${atom.key})`, atom.size, { kind: 'apply', operator, argument: atom })
  return { terms: [{ coefficient: sign, atom: made }] }
}

/** A(x) for a linear operator A. */
export const apply = (operator: Operator, x: Vector): Vector =>
  combine(x.terms.map((t) => [t.coefficient, applyAtom(operator, t.atom)]))

/** Aᵀ(x). */
export function applyAdjoint(operator: Operator, x: Vector): Vector {
  const { operator: adjoint, sign } = adjointOf(operator)
  return scaleVector(num(sign), apply(adjoint, x))
}

function tensorAtom(field: Field, along: readonly VectorAtom[], own: readonly (VectorAtom | null)[], openAlong: boolean): VectorAtom {
  const sorted = [...along].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const slots = field.slots === 2 ? [...own].sort((a, b) => ((a?.key ?? '') < (b?.key ?? '') ? -1 : 1)) : own
  const key = `${fieldKey(field)}${openAlong ? '·' : ''}<${sorted.map((a) => a.key).join()}|${slots.map((s) => s?.key ?? '·').join()}>`
  const size = 1 + [...sorted, ...slots].reduce((n, a) => n + (a?.size ?? 0), 0)
  return intern(key, size, { kind: 'tensor', field, along: sorted, own: slots, openAlong })
}

const within = (a: readonly string[], b: readonly string[]): boolean => a.every((x) => b.includes(x))

/** The blocks that a polynomial field or a derivative of it can have components on. */
const rangeOf = (a: VectorAtom): readonly string[] | undefined =>
  a.kind !== 'tensor' ? undefined : a.openAlong ? a.field.polynomial?.inputs : a.field.polynomial?.outputs

/** What a slot that sees only the given blocks sees of an atom; undefined if nothing. */
function seen(a: VectorAtom, blocks: readonly string[]): VectorAtom | undefined {
  const own = a.kind === 'apply' && a.operator.kind === 'projector' ? a.operator.members : a.kind === 'indicator' ? a.set.members : rangeOf(a)
  if (own === undefined) return a
  if (!own.some((b) => blocks.includes(b))) return undefined
  return a.kind === 'apply' && within(blocks, own) ? seen(a.argument, blocks) : a
}

/** The degree of a field's terms in the part of θ that a direction is, with the operator that makes it: θ itself, or P_B θ. */
function shareOfTheta({ degree, polynomial }: Field, a: VectorAtom): { readonly degree: number; readonly set: ProjectorOperator | undefined } | undefined {
  if (degree === undefined || polynomial === undefined) return undefined
  if (a === THETA_ATOM) return { degree, set: undefined }
  if (a.kind !== 'apply' || a.operator.kind !== 'projector' || a.argument !== THETA_ATOM) return undefined
  const { members } = a.operator
  const degrees = polynomial.inputs.filter((b) => members.includes(b)).map((b) => polynomial.degrees[b])
  return degrees.includes(undefined) ? undefined : { degree: degrees.reduce<number>((n, d) => n + (d ?? 0), 0), set: a.operator }
}

/**
 * A derivative of a polynomial field in canonical form: directions and duals restricted to the blocks they are seen on, all slots alike
 * where the one-form is closed, and no direction along θ. With n the degree in θ_B, Euler's theorem Dξ(θ_B) = n ξ differentiated gives
 * Dᵐξ(θ_B, x, …) = n Dᵐ⁻¹ξ(x, …) − Dᵐ⁻¹ξ(P_B x, …) − …, with P_B the identity for θ itself.
 */
function polynomialTensor(field: Field, polynomial: Polynomial, along: readonly VectorAtom[], [own = null]: readonly (VectorAtom | null)[], openAlong: boolean): Vector {
  const { inputs, outputs, closed } = polynomial
  if (closed && openAlong && own !== null) return polynomialTensor(field, polynomial, [...along, own], [null], false)
  const directions = along.flatMap((x) => seen(x, inputs) ?? [])
  const dual = own === null ? null : seen(own, outputs)
  if (directions.length < along.length || dual === undefined) return ZERO_VECTOR
  const at = directions.findIndex((x) => shareOfTheta(field, x) !== undefined)
  const theta = directions[at]
  const share = theta === undefined ? undefined : shareOfTheta(field, theta)
  if (share === undefined) return vectorOf(tensorAtom(field, directions, [dual], openAlong))
  const { degree, set } = share
  const others = directions.filter((_, i) => i !== at).map(vectorOf)
  const lower = (xs: readonly Vector[]): Vector => tensor(field, xs, [dual === null ? null : vectorOf(dual)], openAlong)
  const restricted = (x: Vector): Vector => (set === undefined ? x : apply(set, x))
  return combine([
    [num(degree), lower(others)],
    ...others.map((_, i) => [num(-1), lower(others.map((x, j) => (i === j ? restricted(x) : x)))] as const),
    ...(openAlong ? [[num(-1), restricted(lower(others))] as const] : []),
  ])
}

/** The part x₁ of its point x = Σ cᵢ xᵢ that no direction of a homogeneous function's derivative is along, for Euler's theorem. */
function eulerPart({ terms }: Vector): VectorTerm | undefined {
  return terms.find((t) => t.coefficient.kind === 'number') ?? terms[0]
}

/** A number taken out of the point of a homogeneous function: DⁿF(c x) = |c|ᵖ c⁻ⁿ DⁿF(x) for one of degree p. */
function withoutNumber(field: Field, order: number): { readonly factor: Expr; readonly field: Field } {
  const { at, homogeneous } = field
  const part = homogeneous === undefined || at === undefined ? undefined : eulerPart(at.point)
  const c = part === undefined ? R1 : splitCoefficient(part.coefficient).coefficient
  if (homogeneous === undefined || at === undefined || isOneR(c)) return { factor: ONE, field }
  const factor = mul(pow(num(absR(c)), num(homogeneous)), pow(num(c), num(-order)))
  return { factor, field: fieldAt(field, { ...at, point: scaleVector(num(invR(c)), at.point) }) }
}

/** Whether a derivative of a homogeneous function takes this vector as a direction by a lower derivative. */
export const takesByEuler = (a: VectorAtom, direction: VectorAtom): boolean =>
  a.kind === 'tensor' && a.field.homogeneous !== undefined && a.along.length > 0 && eulerPart(pointOf(a.field))?.atom === direction

/**
 * A derivative of a homogeneous function in canonical form, with no direction along that part of its point: of a function of degree p,
 * Dⁿ⁺¹F(x)(x, …) = (p − n) DⁿF(x)(…). Undefined where no direction is that part.
 */
function homogeneousTensor(field: Field, along: readonly VectorAtom[], degree: number): Vector | undefined {
  const { terms } = pointOf(field)
  const part = eulerPart({ terms })
  const at = along.findIndex((x) => x === part?.atom)
  if (part === undefined || at < 0) return undefined
  const rest = along.filter((_, i) => i !== at).map(vectorOf)
  const lower = scaleVector(num(degree - rest.length - 1), tensor(field, rest, [], true))
  const beside = terms.filter((t) => t !== part).map(({ coefficient, atom }) => [neg(coefficient), tensor(field, [...rest, vectorOf(atom)], [], true)] as const)
  return scaleVector(pow(part.coefficient, num(-1)), combine([[ONE, lower], ...beside]))
}

/** All ways to pick one term from each vector, with the product of the coefficients. */
function* products(vectors: readonly Vector[]): Generator<readonly [Expr, readonly VectorAtom[]]> {
  const [first, ...rest] = vectors
  if (first === undefined) {
    yield [ONE, []]
    return
  }
  for (const [coefficient, atoms] of products(rest))
    for (const t of first.terms) yield [mul(t.coefficient, coefficient), [t.atom, ...atoms]]
}

/**
 * A field's derivative contracted with `along` in its derivative slots and `own` in its own slots, one slot open:
 * the null in `own`, or one more derivative slot if `openAlong`. Multilinear.
 */
export function tensor(given: Field, along: readonly Vector[], own: readonly (Vector | null)[], openAlong: boolean): Vector {
  const order = along.length + (openAlong ? 1 : 0)
  const { factor, field } = withoutNumber(given, order)
  if (field.degree !== undefined && order > field.degree) return ZERO_VECTOR
  const filled = [...along, ...own.filter((x) => x !== null)]
  return combine(
    [...products(filled)].map(([product, atoms]) => {
      const coefficient = mul(factor, product)
      const rest = atoms.slice(along.length)
      const slots = own.map((x) => (x === null ? null : (rest.shift() ?? null)))
      const directions = atoms.slice(0, along.length)
      if (field.polynomial !== undefined) return [coefficient, polynomialTensor(field, field.polynomial, directions, slots, openAlong)] as const
      const lower = field.homogeneous === undefined ? undefined : homogeneousTensor(field, directions, field.homogeneous)
      return [coefficient, lower ?? vectorOf(tensorAtom(field, directions, slots, openAlong))] as const
    }),
  )
}

/** The gradient form of Dⁿ⁺¹f: ∇f with no argument, H x with one, … Symmetric and multilinear. */
export const gradientForm = (...args: readonly Vector[]): Vector => tensor(LOSS, args, [], true)
export const GRADIENT = gradientForm()
export const GRADIENT_ATOM: VectorAtom = tensorAtom(LOSS, [], [], true)

/** The gradient of the loss at any point. */
export const isGradientAnywhere = (a: VectorAtom): boolean => a.kind === 'tensor' && isLossAnywhere(a.field) && a.along.length === 0

/** The gradient of the loss at a point. */
export const gradientAt = (at: NonNullable<Field['at']>): Vector => tensor(fieldAt(LOSS, at), [], [], true)

/** A scalar function applied component by component; what is linear in an argument comes out as a linear combination. */
export function elementwiseAtom(body: Expr, args: readonly VectorAtom[]): VectorAtom {
  const key = `e<${structureOf(body)}|${args.map((a) => a.key).join()}>`
  return intern(key, 1 + args.reduce((n, a) => n + a.size, 0), { kind: 'elementwise', body, args })
}
