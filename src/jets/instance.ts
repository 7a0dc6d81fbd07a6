import { HALF, mapParts, num, pow } from '../algebra/build.js'
import { type SignedField, evaluateExact } from '../algebra/evaluate.js'
import { splitExpanded, splitIntoRoots } from '../algebra/exponent.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { cancel } from '../algebra/rational-form.js'
import { type Rational, rational } from '../algebra/rational.js'
import { asContraction } from './contraction.js'
import { generatorAt } from './constraint.js'
import { FreeFields } from './freeFields.js'
import { HomogeneousFields } from './homogeneousFields.js'
import { deriveVector, directional } from './leibniz.js'
import { LinearMaps } from './linearMaps.js'
import { BASIS, LossJets } from './lossJets.js'
import { polynomialVector } from './polynomialField.js'
import type { Space } from './space.js'
import { SquareValues } from './squareValue.js'
import { type Field as JetField, isLossAnywhere } from './field.js'
import { type Vector, type VectorAtom, ZERO_VECTOR, pointOf, variable, variableAtom } from './vector.js'

const THETA_ATOM = variableAtom('theta')

const textOfValue = (value: unknown): string => JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}` : v))

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
  private readonly places = new Map<JetField['at'], string>()
  private readonly basis: readonly (readonly T[])[]
  /** Exponents taken apart: modulo a prime into roots of e. */
  private readonly split: typeof splitExpanded
  /** Potentials and metrics. */
  private readonly free: FreeFields<T>
  /** Norms. */
  private readonly homogeneous: HomogeneousFields<T>
  /** Matrices beside vectors. */
  private readonly squares: SquareValues<T>
  private readonly loss: LossJets<T>
  /** Derivatives of the generators along variables. */
  private readonly known = new Map<string, Vector>()

  constructor(
    readonly field: SignedField<T>,
    readonly space: Space,
    readonly generators: readonly Vector[],
    private readonly random: () => T,
    private readonly root?: (x: T) => T,
    private readonly rootsOfComponents = false,
  ) {
    this.split = root === undefined ? splitExpanded : splitIntoRoots
    this.maps = new LinearMaps(field, space, random)
    const n = this.maps.dimension
    this.basis = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? field.one : field.zero)))
    this.free = new FreeFields(field, n, random, (name) => space.metrics?.[name] ?? 'symmetric', () => this.linearParts())
    this.homogeneous = new HomogeneousFields(field, n, random)
    this.squares = new SquareValues(field, this.maps, random, (x) => this.vector(x), (e) => this.scalar(e))
    this.loss = new LossJets(field, n, generators.length, (...of) => this.generatorJet(...of), random, (at) => this.place(at))
  }

  /** The coordinates of a point as a text; θ where none is given. */
  private place(at: JetField['at']): string {
    const known = this.places.get(at)
    if (known !== undefined) return known
    const made = textOfValue(at === undefined ? this.atom(THETA_ATOM) : this.vector(at.point))
    this.places.set(at, made)
    return made
  }

  /** The matrices Dξ of the generators, column by column. */
  private linearParts(): readonly (readonly (readonly T[])[])[] {
    return this.generators.map((_, i) => this.basis.map((_, j) => this.generatorJet(i, [`${BASIS}${j}`], undefined)))
  }

  /** Small random fractions without zero. */
  static rationals(seed: () => number): () => Rational {
    return () => rational((Math.floor(seed() * 18) + 1) * (seed() < 0.5 ? -1 : 1), Math.floor(seed() * 4) + 1)
  }

  /** The value of a scalar. */
  scalar(e: Expr): T {
    return evaluateExact(e, this.field, {
      split: this.split,
      symbol: (name) => this.remember(this.scalars, name),
      atom: (o) => this.opaque(o),
      kernel: (kernel) => this.kernel(kernel),
    })
  }

  /** A square root of the value where the field has roots, and sizes and signs where those of components are asked for; all else that is no rational operation is an independent random number. */
  private kernel(e: Expr): T {
    const known = this.kernels.get(e) ?? (this.rootsOfComponents ? this.magnitudeOf(e, (part) => this.scalar(part)) : undefined) ?? this.rootOf(e, (base) => this.scalar(base)) ?? this.reciprocalOf(e)
    const value = known ?? this.unknown(e, (part) => this.scalar(part), () => this.remember(this.kernels, mapParts(e, cancel)))
    this.kernels.set(e, value)
    return value
  }

  /** A function or power as an independent random number, the same wherever its arguments have the same values. */
  private unknown(e: Expr, value: (part: Expr) => T, otherwise: () => T): T {
    const key = (part: Expr): string => textOfValue(value(part))
    if (e.kind === 'call') return this.remember(this.scalars, `${e.name}(${e.args.map(key).join()})`)
    const [only, second] = e.kind === 'product' ? e.factors : []
    if (only !== undefined && second === undefined) return this.remember(this.scalars, `(${key(only.base)})^(${key(only.exponent)})`)
    return otherwise()
  }

  /** Undefined for what is no square root, and where the field has none. */
  private rootOf(e: Expr, value: (base: Expr) => T): T | undefined {
    const [only, second] = e.kind === 'product' ? e.factors : []
    return only === undefined || second !== undefined || only.exponent !== HALF ? undefined : this.root?.(value(only.base))
  }

  /** (1/n)^x, the reciprocal of n^x. */
  private reciprocalOf(e: Expr): T | undefined {
    const [only, second] = e.kind === 'product' ? e.factors : []
    if (only === undefined || second !== undefined || only.base.kind !== 'number' || only.base.value.num !== 1n) return undefined
    return this.field.inverse(this.kernel(pow(num(only.base.value.den), only.exponent)))
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
        if (isLossAnywhere(a.field)) return this.loss.gradient(a.field, along)
        if (a.field.slots === 1 && a.own[0] === null) return this.polynomial(a.field, along)
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
        split: this.split,
        symbol: (name) => (name.startsWith('_') ? (this.atom(a.args[Number(name.slice(1))] ?? a)[i] ?? this.field.zero) : this.remember(this.scalars, name)),
        atom: (o) => this.opaque(o),
        kernel: (e) => this.magnitudeOf(e, value) ?? (this.rootsOfComponents ? this.rootOf(e, value) : undefined) ?? this.unknown(e, value, () => other(e)),
      })
    const other = (e: Expr): T => (e.kind === 'constant' ? this.kernel(e) : this.remember(this.scalars, `${e.id}@${a.args.map((x) => textOfValue(this.atom(x)[i])).join()}`))
    return value(a.body)
  }

  /** |u| = sign(u)·u; undefined for what is neither size nor sign. */
  private magnitudeOf(e: Expr, value: (part: Expr) => T): T | undefined {
    if (e.kind !== 'call' || (e.name !== 'abs' && e.name !== 'sign')) return undefined
    const u = value(e.args[0] ?? e)
    const sign = this.field.sign(u)
    return e.name === 'sign' ? sign : this.field.multiply(sign, u)
  }

  /** The value of a field's derivative with every slot filled. */
  private form(given: JetField, along: readonly (readonly T[])[], own: readonly (readonly T[])[]): T {
    const [dual] = own
    if (given.homogeneous !== undefined) return this.homogeneous.form(given.name, given.homogeneous, this.vector(pointOf(given)), along)
    return given.slots !== 1 || dual === undefined ? this.free.form(given, along, own) : this.inner(dual, this.polynomial(given, along))
  }

  /** The derivative of a polynomial field along `along`. */
  private polynomial(given: JetField, along: readonly (readonly T[])[]): readonly T[] {
    return polynomialVector(this.field, this.maps, this.space, given.name, this.atom(THETA_ATOM), along, (e) => this.scalar(e))
  }

  /** Dᵐξ along variables. */
  private generatorJet(generator: number, directions: readonly string[], at: JetField['at']): readonly T[] {
    return this.vector(generatorAt(this.derivatives(generator, directions), at))
  }

  private derivatives(generator: number, directions: readonly string[]): Vector {
    const last = directions.at(-1)
    if (last === undefined) return this.generators[generator] ?? ZERO_VECTOR
    const key = `${generator} ${directions.join()}`
    const made = this.known.get(key) ?? deriveVector(this.derivatives(generator, directions.slice(0, -1)), directional('theta', 0, variable(last)))
    this.known.set(key, made)
    return made
  }
}
