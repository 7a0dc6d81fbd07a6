import { HALF, mapParts } from '../algebra/build.js'
import { type Field, evaluateExact } from '../algebra/evaluate.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { cancel } from '../algebra/rational-form.js'
import { type Rational, rational } from '../algebra/rational.js'
import { asContraction } from './contraction.js'
import { SymmetryRules, slotName } from './constraint.js'
import { FreeFields, indexKey, multiIndices } from './freeFields.js'
import { deriveVector, directional } from './leibniz.js'
import { LinearMaps } from './linearMaps.js'
import { solveWithFree } from './matrix.js'
import { polynomialForm } from './polynomialField.js'
import type { Space } from './space.js'
import { SquareValues } from './squareValue.js'
import { byName, replaceInScalar } from './substitute.js'
import { type Field as JetField, fieldKey, isLossAnywhere } from './field.js'
import { type Vector, type VectorAtom, pointOf, variable, variableAtom } from './vector.js'

const THETA_ATOM = variableAtom('theta')
/** Names of the coordinate directions: `_e0`, `_e1`, … */
export const BASIS = '_e'

/** A symmetric tensor by sorted multi-index. */
type SymmetricTensor<T> = ReadonlyMap<string, T>

/**
 * A random exact instance of the jets: numbers for every scalar symbol, coordinates for every vector, matrices for every operator,
 * (roots among them, where `root` takes them) and derivatives of f of every order that satisfy the symmetry's linear constraints — solved for, with the remaining freedom random.
 */
export class Instance<T> {
  readonly maps: LinearMaps<T>
  private readonly scalars = new Map<string, T>()
  private readonly kernels = new Map<Expr, T>()
  private readonly variables = new Map<string, readonly T[]>()
  private readonly atoms = new Map<VectorAtom, readonly T[]>()
  /** Derivatives of f by order and point. */
  private readonly tensors = new Map<string, SymmetricTensor<T>>()
  private readonly basis: readonly (readonly T[])[]
  /** Potentials and metrics. */
  private readonly free: FreeFields<T>
  /** Matrices beside vectors. */
  private readonly squares: SquareValues<T>

  constructor(
    readonly field: Field<T>,
    readonly space: Space,
    readonly generators: readonly Vector[],
    private readonly random: () => T,
    private readonly root?: (x: T) => T,
    private readonly rootsOfComponents = false,
  ) {
    this.maps = new LinearMaps(field, space, random)
    const n = this.maps.dimension
    this.basis = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? field.one : field.zero)))
    this.free = new FreeFields(field, n, random, (name) => space.metrics?.[name] ?? 'symmetric', () => this.linearParts())
    this.squares = new SquareValues(field, this.maps, random, (x) => this.vector(x), (e) => this.scalar(e))
  }

  /** The matrices Dξ of the generators, column by column. */
  private linearParts(): readonly (readonly (readonly T[])[])[] {
    return this.generators.map((g) => this.basis.map((_, j) => this.vector(deriveVector(g, directional('theta', 0, variable(`${BASIS}${j}`))))))
  }

  /** Small random fractions without zero. */
  static rationals(seed: () => number): () => Rational {
    return () => rational((Math.floor(seed() * 18) + 1) * (seed() < 0.5 ? -1 : 1), Math.floor(seed() * 4) + 1)
  }

  /** The value of a scalar. */
  scalar(e: Expr): T {
    return evaluateExact(e, this.field, {
      symbol: (name) => this.remember(this.scalars, name),
      atom: (o) => this.opaque(o),
      kernel: (kernel) => this.kernel(kernel),
    })
  }

  /** A square root of the value where the field has roots; all else that is no rational operation is an independent random number. */
  private kernel(e: Expr): T {
    const known = this.kernels.get(e) ?? this.rootOf(e, (base) => this.scalar(base))
    if (known === undefined) return this.remember(this.kernels, mapParts(e, cancel))
    this.kernels.set(e, known)
    return known
  }

  /** Undefined for what is no square root, and where the field has none. */
  private rootOf(e: Expr, value: (base: Expr) => T): T | undefined {
    const [only, second] = e.kind === 'product' ? e.factors : []
    return only === undefined || second !== undefined || only.exponent !== HALF ? undefined : this.root?.(value(only.base))
  }

  /** The coordinates of a vector. */
  vector(x: Vector): readonly T[] {
    return x.terms.reduce<readonly T[]>(
      (sum, t) => this.axpy(this.scalar(t.coefficient), this.atom(t.atom), sum),
      this.basis.map(() => this.field.zero),
    )
  }

  private remember<K>(known: Map<K, T>, key: K): T {
    const value = known.get(key) ?? this.random()
    known.set(key, value)
    return value
  }

  private opaque(o: Opaque): T {
    const c = asContraction(o)
    return c === undefined ? this.remember(this.scalars, `value:${o.key}`) : this.inner(this.atom(c.left), this.atom(c.right))
  }

  private axpy(c: T, x: readonly T[], y: readonly T[]): readonly T[] {
    const { field } = this
    return x.map((xi, i) => field.add(field.multiply(c, xi), y[i] ?? field.zero))
  }

  private inner(x: readonly T[], y: readonly T[]): T {
    const { field } = this
    return x.reduce((sum, xi, i) => field.add(sum, field.multiply(xi, y[i] ?? field.zero)), field.zero)
  }

  private atom(a: VectorAtom): readonly T[] {
    const known = this.atoms.get(a)
    if (known !== undefined) return known
    const value = this.atomUncached(a)
    this.atoms.set(a, value)
    return value
  }

  private atomUncached(a: VectorAtom): readonly T[] {
    switch (a.kind) {
      case 'variable': {
        if (a.name.startsWith(BASIS)) return this.basis[Number(a.name.slice(BASIS.length))] ?? []
        const given = this.variables.get(a.key) ?? this.basis.map(() => this.random())
        this.variables.set(a.key, given)
        return given
      }
      case 'indicator':
        return this.maps.apply(a.set, this.basis.map(() => this.field.one), (e) => this.scalar(e))
      case 'apply':
        return this.maps.apply(a.operator, this.atom(a.argument), (e) => this.scalar(e))
      case 'elementwise':
        return this.basis.map((_, i) => this.component(a, i))
      case 'tensor': {
        if (a.field.sandwich !== undefined) return this.squares.times(a.field.sandwich, this.vector(pointOf(a.field)))
        const along = a.along.map((x) => this.atom(x))
        return this.basis.map((e) =>
          this.form(a.field, a.openAlong ? [...along, e] : along, a.own.map((s) => (s === null ? e : this.atom(s)))),
        )
      }
    }
  }

  /** Functions that are not rational are random, the same wherever their arguments have the same values; square roots are roots where they are asked to be. */
  private component(a: Extract<VectorAtom, { kind: 'elementwise' }>, i: number): T {
    const value = (e: Expr): T =>
      evaluateExact(e, this.field, {
        symbol: (name) => (name.startsWith('_') ? (this.atom(a.args[Number(name.slice(1))] ?? a)[i] ?? this.field.zero) : this.remember(this.scalars, name)),
        atom: (o) => this.opaque(o),
        kernel: (e) => (this.rootsOfComponents ? this.rootOf(e, value) : undefined) ?? this.remember(this.scalars, kernelKey(e)),
      })
    const key = (e: Expr): string => JSON.stringify(value(e), (_, v) => (typeof v === 'bigint' ? `${v}` : v))
    const kernelKey = (e: Expr): string => {
      if (e.kind === 'constant') return `${e.id}`
      if (e.kind === 'call') return `${e.name}(${e.args.map(key).join()})`
      const [only, second] = e.kind === 'product' ? e.factors : []
      if (only !== undefined && second === undefined) return `(${key(only.base)})^(${key(only.exponent)})`
      return `${e.id}@${a.args.map((x) => JSON.stringify(this.atom(x)[i], (_, v) => (typeof v === 'bigint' ? `${v}` : v))).join()}`
    }
    return value(a.body)
  }

  /** The value of a field's derivative with every slot filled. */
  private form(given: JetField, along: readonly (readonly T[])[], own: readonly (readonly T[])[]): T {
    if (isLossAnywhere(given)) return this.symmetricForm(this.tensorOf(given, along.length), along)
    if (given.slots !== 1) return this.free.form(given, along, own)
    return polynomialForm(this.field, this.maps, this.space, given.name, this.atom(THETA_ATOM), along, own, (e) => this.scalar(e))
  }

  private symmetricForm(t: SymmetricTensor<T>, args: readonly (readonly T[])[]): T {
    const contract = (index: readonly number[], left: readonly (readonly T[])[]): T => {
      const [first, ...rest] = left
      if (first === undefined) return t.get(indexKey(index)) ?? this.field.zero
      return first.reduce(
        (sum, x, i) => (this.field.isZero(x) ? sum : this.field.add(sum, this.field.multiply(x, contract([...index, i], rest)))),
        this.field.zero,
      )
    }
    return contract([], args)
  }

  /** Dⁿf at a point: a random solution of the order-n constraints, given the lower orders. */
  private tensorOf(f: JetField, order: number): SymmetricTensor<T> {
    const key = `${order} ${fieldKey(f)}`
    const known = this.tensors.get(key)
    if (known !== undefined) return known
    const unknowns = multiIndices(this.maps.dimension, order)
    const position = new Map(unknowns.map((index, k) => [indexKey(index), k]))
    const equations = this.generators.flatMap((generator) => this.constraintEquations(generator, order, position, f.at))
    const values = solveWithFree(this.field, unknowns.length, equations, this.random)
    // A point where the generator vanishes: the next derivative of the constraint restricts the lower orders, which are drawn already.
    if (values === undefined) throw new RangeError(`the symmetry constraints of order ${order} contradict each other at this point`)
    const made = new Map(unknowns.map((index, k) => [indexKey(index), values[k] ?? this.field.zero]))
    this.tensors.set(key, made)
    return made
  }

  private constraintEquations(generator: Vector, order: number, position: ReadonlyMap<string, number>, at: JetField['at']) {
    const { field } = this
    const { leading, rest } = SymmetryRules.split(generator, order, at)
    const xi = this.vector(leading)
    return multiIndices(this.maps.dimension, order - 1).map((index) => {
      const filling = Object.fromEntries(index.map((j, i) => [slotName(i + 1), variable(`${BASIS}${j}`)]))
      const right = field.negate(this.scalar(replaceInScalar(rest, byName(filling))))
      const coefficients = new Map<number, T>()
      for (const [j, c] of xi.entries()) {
        const k = position.get(indexKey([...index, j]))
        if (k !== undefined && !field.isZero(c)) coefficients.set(k, field.add(coefficients.get(k) ?? field.zero, c))
      }
      return { coefficients, right }
    })
  }
}
