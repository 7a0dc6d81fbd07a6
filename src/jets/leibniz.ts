import { ONE, ZERO, add, isZero, mul, sym } from '../algebra/build.js'
import { atomsOf, differentiate, substitute, symbolsOf } from '../algebra/calculus.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { InputError } from '../errors.js'
import { Contraction, FieldValue, asContraction, dot, isolate, occursIn } from './contraction.js'
import { elementwise } from './elementwise.js'
import { sandwiched } from './sandwich.js'
import { type Sandwich, scalarsWithin, squaresOf, vectorsWithin } from './square.js'
import { type Vector, type VectorAtom, ZERO_VECTOR, apply, combine, isZeroVector, pointOf, tensor, variable, variableAtom, vectorOf } from './vector.js'

/**
 * A derivation of the differential algebra of jets, fixed by its values on variables: it obeys the Leibniz rule
 * everywhere else. d/dt and the derivative along a direction are the two in use.
 */
export interface Derivation {
  /** What a variable becomes. */
  readonly variable: (name: string, order: number) => Vector
  /** The scalar symbol that is differentiated in coefficients, if any. */
  readonly symbol?: string
  /** Symbols that are unknown functions of `symbol`, such as a mass m(t). */
  readonly dependent?: ReadonlySet<string>
}

/** Names of symbols that are unknown functions of time. */
export type Schedules = ReadonlySet<string>
export const NO_SCHEDULES: Schedules = new Set()

/** d/dt: θ ↦ θ̇ ↦ θ̈ …, and coefficients by `t`. Names in `fixed` do not move. */
export const timeDerivation = (fixed: ReadonlySet<string> = new Set(), schedules: Schedules = NO_SCHEDULES): Derivation => ({
  variable: (name, order) => (fixed.has(name) ? ZERO_VECTOR : variable(name, order + 1)),
  symbol: 't',
  dependent: schedules,
})

/** The derivative with respect to one variable along a direction, all others held fixed. */
export const directional = (name: string, order: number, direction: Vector): Derivation => ({
  variable: (n, o) => (n === name && o === order ? direction : ZERO_VECTOR),
})

/** The matrices beside a vector, which a derivation does not move. @throws InputError where it does: their powers have no derivative here. */
export function unmoved(sandwich: Sandwich, d: Derivation): Sandwich {
  const moves = squaresOf(sandwich).some((s) => vectorsWithin(s).some((x) => !isZeroVector(deriveVector(x, d))) || scalarsWithin(s).some((e) => !isZero(deriveScalar(e, d))))
  if (moves) throw new InputError('the derivative of a product with matrices that change with theta, the gradient or time', 'derivatives are those of products with constant matrices')
  return sandwich
}

function deriveAtom(a: VectorAtom, d: Derivation): Vector {
  switch (a.kind) {
    case 'variable':
      return d.variable(a.name, a.order)
    case 'indicator':
      return ZERO_VECTOR
    case 'apply':
      return apply(a.operator, deriveAtom(a.argument, d))
    case 'tensor': {
      const { sandwich } = a.field
      if (sandwich !== undefined) return sandwiched(unmoved(sandwich, d), deriveVector(pointOf(a.field), d))
      const along = a.along.map(vectorOf)
      const own = a.own.map((s) => (s === null ? null : vectorOf(s)))
      const moved = tensor(a.field, [...along, deriveVector(pointOf(a.field), d)], own, a.openAlong)
      const inAlong = a.along.map((x, i) => tensor(a.field, along.map((y, j) => (i === j ? deriveAtom(x, d) : y)), own, a.openAlong))
      const inOwn = a.own.flatMap((x, i) =>
        x === null ? [] : [tensor(a.field, along, own.map((y, j) => (i === j ? deriveAtom(x, d) : y)), a.openAlong)],
      )
      return combine([moved, ...inAlong, ...inOwn].map((v) => [ONE, v]))
    }
    case 'elementwise':
      return combine([
        ...(d.symbol === undefined ? [] : [[ONE, elementwise(differentiate(a.body, d.symbol, { dependent: d.dependent ?? NO_SCHEDULES }), slots(a.args))] as const]),
        ...a.args.map((x, i) => {
          const slope = mul(differentiate(a.body, `_${i}`), sym('_new'))
          return [ONE, elementwise(slope, { ...slots(a.args), _new: deriveAtom(x, d) })] as const
        }),
      ])
  }
}

const slots = (args: readonly VectorAtom[]): Record<string, Vector> => Object.fromEntries(args.map((x, i) => [`_${i}`, vectorOf(x)]))

/** The derivation applied to a vector. */
export function deriveVector(x: Vector, d: Derivation): Vector {
  return combine(
    x.terms.flatMap((t) => [
      [deriveScalar(t.coefficient, d), vectorOf(t.atom)] as const,
      [t.coefficient, deriveAtom(t.atom, d)] as const,
    ]),
  )
}

function deriveOpaque(o: Opaque, d: Derivation): Expr {
  if (o instanceof Contraction)
    return add(dot(deriveAtom(o.left, d), vectorOf(o.right)), dot(vectorOf(o.left), deriveAtom(o.right, d)))
  if (o instanceof FieldValue) return dot(tensor(o.field, [], [], true), deriveVector(pointOf(o.field), d))
  return ZERO
}

/** The derivation applied to a scalar. */
export const deriveScalar = (e: Expr, d: Derivation): Expr =>
  differentiate(e, d.symbol ?? '_direction', { atomDerivative: (o: Opaque) => deriveOpaque(o, d), dependent: d.dependent ?? NO_SCHEDULES })

/** d/dt. */
export const timeDerivative = (e: Expr, schedules?: Schedules): Expr => deriveScalar(e, timeDerivation(undefined, schedules))
export const timeDerivativeOf = (x: Vector, schedules?: Schedules): Vector => deriveVector(x, timeDerivation(undefined, schedules))

/** ∂/∂t at fixed θ, θ̇, …: the explicit dependence on time. */
export const explicitTime = (e: Expr, schedules: Schedules = NO_SCHEDULES): Expr =>
  deriveScalar(e, { variable: () => ZERO_VECTOR, symbol: 't', dependent: schedules })

/** The coefficient of an opaque quantity in an expression that is linear in it. */
export const coefficientOfOpaque = (e: Expr, opaque: Opaque): Expr =>
  differentiate(e, '_opaque', { atomDerivative: (o) => (o === opaque ? ONE : ZERO) })

/** r with ⟨x, y ∘ φ⟩ = ⟨y, r⟩ for a function of components that has the leaf y as a factor: x ∘ φ. */
function componentFactor(given: VectorAtom, other: VectorAtom, leaf: VectorAtom): Vector | undefined {
  const at = given.kind === 'elementwise' ? given.args.indexOf(leaf) : -1
  if (given.kind !== 'elementwise' || at < 0 || occursIn(leaf, other)) return undefined
  const [name, slope] = [`_${at}`, differentiate(given.body, `_${at}`)]
  const linear = !symbolsOf(slope).has(name) && given.args.every((x, i) => i === at || !occursIn(leaf, x)) && isZero(substitute(given.body, { [name]: ZERO }))
  return linear ? elementwise(mul(slope, sym('_other')), { ...slots(given.args), _other: vectorOf(other) }) : undefined
}

/**
 * The vector r with e = ⟨name, r⟩, for a scalar that is linear in the variable `name`.
 * @throws Error if some contraction contains the variable other than once.
 */
export function strip(e: Expr, name: string): Vector {
  const leaf = variableAtom(name)
  return combine(
    atomsOf(e).flatMap((opaque) => {
      const c = asContraction(opaque)
      if (c === undefined || !(occursIn(leaf, c.left) || occursIn(leaf, c.right))) return []
      const side = isolate(c, leaf)
      const component = side === undefined ? componentFactor(c.left, c.right, leaf) ?? componentFactor(c.right, c.left, leaf) : undefined
      if (component !== undefined) return [[coefficientOfOpaque(e, c), component] as const]
      if (side === undefined) throw new Error(`${c.text()} is not linear in ${name}`)
      return [[mul(coefficientOfOpaque(e, c), side.sign), vectorOf(side.rest)] as const]
    }),
  )
}

const DIRECTION = '_w'

/** The gradient of a scalar with respect to a variable (θ, θ̇, a state): the direction stripped from the directional derivative. */
export const gradientOf = (e: Expr, name: string, order = 0): Vector =>
  strip(deriveScalar(e, directional(name, order, variable(DIRECTION))), DIRECTION)
