import { ONE, add, atom as opaque, mul, sym } from '../algebra/build.js'
import { atomsOf, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { freeName } from '../algebra/names.js'
import { InputError } from '../errors.js'
import { Contraction } from '../jets/contraction.js'
import { componentsOf } from '../jets/elementwise.js'
import { vectorText } from '../jets/notation.js'
import type { Sandwich, Square, SquareTerm } from '../jets/square.js'
import { byName, replaceInVector } from '../jets/substitute.js'
import { type Field, fieldKey, isLossAnywhere } from '../jets/field.js'
import { GRADIENT_ATOM, THETA, type Vector, type VectorAtom, combine, pointOf, variable, vectorOf } from '../jets/vector.js'
import { allVectorsOf } from '../jets/walk.js'
import { INVERSE_METRIC } from './catalogue.js'
import { writtenOut } from './writtenOut.js'
import type { RuleProgram, RuleStep } from './program.js'
import { type Action, type DualVariables, type MatrixState, type Rule, isImplicit, nextName } from './model.js'

/** The state that holds the new θ where its equation has to be solved, while θ is still that before the step. */
const SOLVED = 'theta_solved'

/** Component symbol of a variable in a program: a new value is the plain name, as the program runs in order. */
function componentName(a: VectorAtom): Expr {
  if (a === GRADIENT_ATOM) return sym('g')
  if (a.kind === 'variable') return sym(a.name.replace(/_next$/, ''))
  if (a.kind === 'indicator') return sym(`P_${a.set.name}`)
  throw new InputError(`${vectorText(vectorOf(a))} in an update`, 'a run can use theta, states, derivatives of the loss, their projections and functions of their components, msign and its first derivative')
}

type TensorAtom = Extract<VectorAtom, { kind: 'tensor' }>

/** Whether a vector is a function of matrices that a run computes: a polar factor or its first derivative, or a product. */
export const isPolar = (a: VectorAtom): a is TensorAtom => a.kind === 'tensor' && a.field.gradient !== undefined && a.along.length < 2

/** Whether a vector is the inverse of the metric times another: a run computes it with the metric that its problem states. */
export const isRaised = (a: VectorAtom): a is TensorAtom => a.kind === 'tensor' && a.field.name === INVERSE_METRIC && a.along.length === 0 && a.field.at === undefined

/** A multiple of a derivative of the loss. */
interface DerivativeTerm {
  readonly coefficient: Expr
  readonly atom: VectorAtom
  readonly along: readonly VectorAtom[]
}

/** Derivatives of the loss of one order at one point of which a sum has several. */
function joinable(x: Vector): readonly { readonly field: Field; readonly terms: readonly DerivativeTerm[] }[] {
  const groups = new Map<string, { readonly field: Field; readonly terms: DerivativeTerm[] }>()
  for (const { coefficient, atom } of x.terms) {
    if (atom.kind !== 'tensor' || !isLossAnywhere(atom.field) || atom.along.length === 0) continue
    const { field, along } = atom
    const key = `${along.length} ${fieldKey(field)}`
    const group = groups.get(key) ?? { field, terms: [] }
    groups.set(key, group)
    group.terms.push({ coefficient, atom, along })
  }
  return [...groups.values()].filter(({ terms }) => terms.length > 1)
}

/** Writes vectors as components; contractions in them become `reduce` steps, derivatives of the loss beyond g `derivative` steps, functions of matrices `polar` steps, the inverse of a metric `metric` steps. */
class Components {
  readonly steps: RuleStep[] = []
  private reductions = 0
  private polars = 0
  private differentiations = 0
  private readonly derivatives = new Map<string, string>()
  private readonly products = new Map<string, string>()
  private readonly kept = new Set<string>()
  private hasMoved = false

  /**
   * @param prefix of the names it makes
   * @param joins whether derivatives of the loss in a sum are taken together, as few as there can be
   */
  constructor(private readonly prefix = '_', private readonly joins = false) {}

  readonly of = (x: Vector): Expr => {
    const sums = this.joins ? joinable(x) : []
    const joined = new Set(sums.flatMap(({ terms }) => terms.map((t) => t.atom)))
    const seen = new Map<string, VectorAtom>()
    const body = this.withNumbers(componentsOf({ terms: x.terms.filter((t) => !joined.has(t.atom)) }, seen))
    return add(substitute(body, new Map([...seen].map(([symbol, a]) => [sym(symbol), this.component(a)]))), ...sums.map(({ field, terms }) => this.sumOfDerivatives(field, terms, [])))
  }

  /** Σ c Dⁿ⁺¹f(x₁, …, xₙ, ·): terms that have all directions but one in common are the derivative along the sum of those, as it is linear in them. */
  private sumOfDerivatives(field: Field, terms: readonly DerivativeTerm[], common: readonly VectorAtom[]): Expr {
    const directions = terms.flatMap((t) => t.along)
    if (directions.length === terms.length) {
      const last = add(...terms.map(({ coefficient, along }) => mul(this.withNumbers(coefficient), ...along.map((x) => this.of(vectorOf(x))))))
      return sym(this.differentiated(this.of(pointOf(field)), [...common.map((x) => this.of(vectorOf(x))), last]))
    }
    const times = (x: VectorAtom): number => terms.filter((t) => t.along.includes(x)).length
    const most = directions.reduce((a, b) => (times(b) > times(a) ? b : a))
    const without = ({ along, ...term }: DerivativeTerm): DerivativeTerm => ({ ...term, along: along.filter((_, i) => i !== along.indexOf(most)) })
    const others = terms.filter((t) => !t.along.includes(most))
    return add(
      this.sumOfDerivatives(field, terms.filter((t) => t.along.includes(most)).map(without), [...common, most]),
      ...(others.length === 0 ? [] : [this.sumOfDerivatives(field, others, common)]),
    )
  }

  /** A scalar with its contractions worked out before it. */
  private withNumbers(e: Expr): Expr {
    return substitute(e, new Map(atomsOf(e).map((o) => {
      if (!(o instanceof Contraction)) throw new InputError(`${o.text()} in an update`, 'use dot and norm2 of vectors')
      const value = mul(this.of(vectorOf(o.left)), this.of(vectorOf(o.right)))
      const name = `${this.prefix}sum${this.reductions}`
      this.reductions += 1
      this.steps.push({ kind: 'reduce', name, value })
      return [opaque(o), sym(name)] as const
    })))
  }

  /** A matrix with vectors as components; a state that has been worked out goes by its new name, another by what it becomes. */
  private square({ side, terms }: Square): Square<Expr> {
    return {
      side,
      terms: terms.flatMap(({ coefficient, factor }): readonly SquareTerm<Expr>[] => {
        const c = this.withNumbers(coefficient)
        switch (factor.kind) {
          case 'identity':
            return [{ coefficient: c, factor }]
          case 'state':
            if (factor.meaning === undefined || this.kept.has(factor.name)) return [{ coefficient: c, factor: { kind: 'state', name: factor.name } }]
            return this.square(factor.meaning).terms.map((t) => ({ ...t, coefficient: mul(c, t.coefficient) }))
          case 'gram':
            return [{ coefficient: c, factor: { kind: 'gram', left: this.of(factor.left), right: this.of(factor.right) } }]
          case 'power':
            return [{ coefficient: c, factor: { kind: 'power', of: this.square(factor.of), exponent: this.withNumbers(factor.exponent) } }]
          case 'diagonal':
            return [{ coefficient: c, factor: { kind: 'diagonal', of: this.square(factor.of) } }]
        }
      }),
    }
  }

  private product(a: TensorAtom, { left, right }: Sandwich): string {
    const known = this.products.get(a.key)
    if (known !== undefined) return known
    const beside = { ...(left === undefined ? {} : { left: this.square(left) }), ...(right === undefined ? {} : { right: this.square(right) }) }
    const value = this.of(pointOf(a.field))
    const name = `${this.prefix}product${this.products.size}`
    this.products.set(a.key, name)
    this.steps.push({ kind: 'product', name, beside, value })
    return name
  }

  /** Works out what a matrix becomes; it is so after the step. */
  keep({ name, update }: MatrixState): void {
    this.steps.push({ kind: 'matrix', name, value: this.square(update) })
    this.kept.add(nextName(name))
  }

  /** One component of a vector; a function of components that is projected is written out before its projection. */
  private component(a: VectorAtom): Expr {
    if (a.kind === 'tensor' && isLossAnywhere(a.field) && a !== GRADIENT_ATOM) return sym(this.derivative(a))
    if (a.kind === 'tensor' && a.field.sandwich !== undefined) return sym(this.product(a, a.field.sandwich))
    if (isPolar(a)) return sym(this.polar(a))
    if (isRaised(a)) return sym(this.raised(a))
    return a.kind === 'apply' && a.operator.kind === 'projector' ? mul(sym(`P_${a.operator.name}`), this.of(vectorOf(a.argument))) : componentName(a)
  }

  private derivative(a: TensorAtom): string {
    const known = this.derivatives.get(a.key)
    if (known !== undefined) return known
    if (a.field.at === undefined && this.hasMoved)
      throw new InputError(`${vectorText(vectorOf(a))} at theta before the step, in an update after that of theta`, 'list the update of theta last, or write g(theta) for the gradient at the new one')
    const name = this.differentiated(this.of(pointOf(a.field)), a.along.map((x) => this.of(vectorOf(x))))
    this.derivatives.set(a.key, name)
    return name
  }

  private differentiated(point: Expr, along: readonly Expr[]): string {
    const name = `${this.prefix}derivative${this.differentiations}`
    this.differentiations += 1
    this.steps.push({ kind: 'derivative', name, point, along })
    return name
  }

  private raised(a: TensorAtom): string {
    const known = this.products.get(a.key)
    if (known !== undefined) return known
    const constant = a.field.degree === 0
    if (this.hasMoved && !constant) throw new InputError(`${vectorText(vectorOf(a))} at theta before the step, in an update after that of theta`, 'list the update of theta last')
    const value = this.of(combine(a.own.flatMap((x) => (x === null ? [] : [[ONE, vectorOf(x)] as const]))))
    const name = `${this.prefix}raised${this.products.size}`
    this.products.set(a.key, name)
    this.steps.push({ kind: 'metric', name, constant, value })
    return name
  }

  private polar(a: TensorAtom): string {
    const [point, along] = [this.of(pointOf(a.field)), a.along.map((x) => this.of(vectorOf(x)))]
    const name = `${this.prefix}polar${this.polars}`
    this.polars += 1
    this.steps.push({ kind: 'polar', name, point, along })
    return name
  }

  solve(name: string, { slope, curvature, update }: DualVariables): void {
    const value = this.of(update)
    this.steps.push({ kind: 'solve', name, slope, curvature, value })
  }

  /** The new θ as the solution of its equation, in which it is the vector `name`. */
  solveEquation(name: string, update: Vector): void {
    const inner = new Components('_of_')
    const value = inner.of(update)
    this.steps.push({ kind: 'equation', name, steps: inner.steps, value })
  }

  assign(name: string, x: Vector): void {
    const value = this.of(x)
    this.steps.push({ kind: 'assign', name, value })
    this.hasMoved ||= name === 'theta'
  }
}

/**
 * Vectors as an elementwise program that works them out, each under its name, with as few derivatives of the loss as there can be.
 * @throws InputError for a vector that a run cannot compute.
 */
export function vectorProgram(vectors: ReadonlyMap<string, Vector>): readonly RuleStep[] {
  const components = new Components('_', true)
  for (const [name, x] of vectors) components.assign(name, x)
  return components.steps
}

/** The state that holds what a name was before the step; none of the rule's own. */
const oldNameIn = ({ states }: Rule): ((name: string) => string) => {
  const taken = new Set(states.map((s) => s.name))
  return (name) => freeName(taken, `${name}_before`)
}

/** For every update the names, already updated, whose values before the step it holds. */
const heldBack = ({ updates }: Rule): readonly (readonly string[])[] =>
  updates.map(({ value }, i) => {
    const held = new Set(allVectorsOf(value).flatMap((a) => (a.kind === 'variable' ? [a.name] : [])))
    return updates.slice(0, i).flatMap(({ name }) => (held.has(name) ? [name] : []))
  })

/** The matrices whose updates stand behind so many of vectors. */
function keepMatrices({ matrices }: Rule, after: number, components: Components): void {
  for (const matrix of matrices) if (matrix.after === after) components.keep(matrix)
}

/** A motion stated by its Lagrangian as a rule that goes along it in steps. @throws InputError where its potential is not known. */
function inSteps(rule: Rule, { stepped }: Action): Rule {
  if (stepped === undefined) throw new InputError(`a run of the rule ${rule.name} with any potential`, 'give the potential h as a function of one component, e.g. h: "theta^2/2"')
  return { ...rule, action: undefined, states: stepped.states, updates: stepped.updates }
}

/**
 * The rule as an elementwise program that a training run executes.
 * @param recorded vectors to compute at every step beside the rule, as states by name, from the values before the step
 *   (a run records them after it, as `name_next`; before it they are those of the step before, at the first step θ).
 * @throws InputError for updates that need more than derivatives of the loss.
 */
export function programOf(rule: Rule, recorded: ReadonlyMap<string, Vector> = new Map()): RuleProgram {
  if (rule.action !== undefined) return programOf(inSteps(rule, rule.action), recorded)
  const components = new Components()
  const before = byName(Object.fromEntries([...writtenOut(rule)].map(([name, x]) => [nextName(name), x])))
  const { dual } = rule
  const solved = rule.implicit || (dual !== undefined && isImplicit(rule)) ? [SOLVED] : []
  const value = solved.length === 0 ? (x: Vector): Vector => x : (x: Vector): Vector => replaceInVector(x, byName({ [nextName('theta')]: variable(SOLVED) }))
  if (rule.implicit) components.solveEquation(SOLVED, value(rule.updates.find((u) => u.name === 'theta')?.value ?? THETA))
  else if (dual !== undefined && solved.length > 0) components.solve(SOLVED, dual)
  for (const [name, x] of recorded) components.assign(name, value(replaceInVector(x, before)))
  const [held, oldName] = [heldBack(rule), oldNameIn(rule)]
  for (const name of new Set(held.flat())) components.assign(oldName(name), variable(name))
  for (const [i, u] of rule.updates.entries()) {
    keepMatrices(rule, i, components)
    components.assign(u.name, value(replaceInVector(u.value, byName(Object.fromEntries((held[i] ?? []).map((name) => [name, variable(oldName(name))]))))))
  }
  keepMatrices(rule, rule.updates.length, components)
  const extra = [...recorded.keys(), ...solved, ...new Set(held.flat().map(oldName))].map((name) => ({ name, initial: 'theta' as const }))
  const matrices = rule.matrices.map(({ name, side, initial }) => ({ name, side, initial }))
  return { states: [...rule.states, ...extra], ...(matrices.length === 0 ? {} : { matrices }), steps: components.steps, ...(rule.noises.length === 0 ? {} : { noises: rule.noises }) }
}
