import { HALF, ONE, ZERO, add, factorsOf, frac, isZero, mul, num, sub, sym } from '../algebra/build.js'
import { atomsOf, differentiate, subexpressions, substitute, symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import type { SymmetryRules } from '../jets/constraint.js'
import { asContraction, dot } from '../jets/contraction.js'
import { deriveScalar, directional } from '../jets/leibniz.js'
import { simplifyScalar } from '../jets/simplify.js'
import { byName, replaceInScalar, substituteScalars } from '../jets/substitute.js'
import { slotsOf } from '../jets/slots.js'
import { THETA, THETA_ATOM, type Vector, type VectorAtom, ZERO_VECTOR, addVectors, isOnes, isZeroVector, scaleVector, subVectors, variable, vectorOf } from '../jets/vector.js'
import { chargeAt, isFraction, isHigherPolynomial } from './discrete.js'
import { translationWeights } from '../rules/equivalent.js'
import { unlessSingular } from '../rules/series.js'
import { writtenOut } from '../rules/writtenOut.js'
import { withoutNoise } from '../rules/injectedNoise.js'
import type { Rule } from '../rules/model.js'
import { scalarsOf } from '../jets/walk.js'
import { transientsIn } from '../rules/slow.js'

/**
 * What moves a charge in a step:
 * - `weight decay`: the part of the step along θ, or in proportion to lambda; what a state copies of θ counts as θ;
 * - `gradient`: the step along the batch gradient itself, which a symmetry of the loss forbids to move the charge;
 * - `projection`: what the step takes off along θ, or along ones, of another direction, as a projection onto a sphere or a mean subtracted does;
 * - `momentum`: the step along states that remember earlier gradients;
 * - `friction`: what a state of the charge forgets of itself;
 * - `curvature`: the step along a second or higher derivative of the loss;
 * - `metric`: the step along a gradient that a metric or an elementwise function has turned (kinetic symmetry breaking);
 * - `finite step`: what is of second and higher order in the step;
 * - `injected noise`: the change that the noise of the rule's own makes to all of the others;
 * - `clipping`, of the whole gradient or of every component, and `bias correction`: the change these make to all of the others.
 */
export type Mechanism = 'weight decay' | 'projection' | 'gradient' | 'momentum' | 'friction' | 'curvature' | 'metric' | 'finite step' | 'injected noise' | 'clipping' | 'bias correction'

/** The exact change of a charge in one step, mechanism by mechanism, in quantities before the step and, for charges of higher degree, new states. */
export interface Budget {
  readonly charge: Expr
  readonly terms: readonly { readonly mechanism: Mechanism; readonly change: Expr }[]
}

/** A direction that no rule has. */
const PROBE = '_step'

type Split = ReadonlyMap<Mechanism, Vector>

const isDecay = (name: string): boolean => /^lambda(_|$)/.test(name)

/** That there is no weight decay; a lambda that something is divided by is none. */
const noDecay = (scalars: readonly Expr[]): ReadonlyMap<Expr, Expr> => new Map([...new Set(scalars.flatMap((e) => [...symbolsOf(e)]))].filter(isDecay).map((name) => [sym(name), ZERO]))
const withoutDecay = (c: Expr): Expr => unlessSingular(() => substitute(c, noDecay([c]))) ?? c
const undecayed = (x: Vector): Vector => unlessSingular(() => substituteScalars(x, noDecay(scalarsOf(x)))) ?? x

const unprojected = (a: VectorAtom): VectorAtom => (a.kind === 'apply' && a.operator.kind === 'projector' ? unprojected(a.argument) : a)

/** Whether a function of components is linear in a state, so that the state is what the step goes along. */
function isLinearInState(a: Extract<VectorAtom, { kind: 'elementwise' }>, states: ReadonlySet<string>): boolean {
  return a.args.some((x, i) => {
    if (x.kind !== 'variable' || !states.has(x.name)) return false
    const name = `_${i}`
    return !symbolsOf(differentiate(a.body, name)).has(name) && isZero(substitute(a.body, new Map([[sym(name), ZERO]])))
  })
}

/** How much of θ each state has copied: what it moves by when all of θ is moved, were there no weight decay. */
export const copiedWeights = (rule: Rule): ReadonlyMap<string, Expr> => translationWeights({ ...rule, updates: rule.updates.map((u) => ({ ...u, value: undecayed(u.value) })) })

/** What of θ itself, or of ones, a direction is; undefined for another. */
const lengthIn = (a: VectorAtom): 'theta' | 'ones' | undefined =>
  a === THETA_ATOM ? 'theta' : a.kind === 'indicator' || isOnes(a) ? 'ones' : undefined

/** Whether a coefficient holds the component along θ, or along ones, of another direction: ⟨θ, x⟩ of ⟨θ, x⟩θ/|θ|². */
function takesComponent(coefficient: Expr, along: VectorAtom): boolean {
  const length = lengthIn(along)
  const sides = atomsOf(coefficient).flatMap((o) => asContraction(o) ?? []).map((c) => [c.left, c.right].map((x) => lengthIn(unprojected(x))))
  return length !== undefined && sides.some((pair) => pair.includes(length) && pair.includes(undefined))
}

function mechanismOfStep(given: VectorAtom, coefficient: Expr, states: ReadonlySet<string>): Mechanism {
  const a = unprojected(given)
  if (takesComponent(coefficient, a)) return 'projection'
  if (a.kind === 'variable') return a.name === 'theta' ? 'weight decay' : 'momentum'
  if (a.kind === 'elementwise') return isLinearInState(a, states) ? 'momentum' : 'metric'
  if (a.kind !== 'tensor') return 'metric'
  if (a.field.name === 'f') return a.along.length === 0 ? 'gradient' : 'curvature'
  return slotsOf(a).some((s) => s.child.kind === 'variable' && states.has(s.child.name)) ? 'momentum' : 'metric'
}

/**
 * The step u = θ' − θ as a sum of parts by mechanism. What a function of components has of θ itself, as theta*exp(-eta*v) does, the step takes off
 * again: where eta vanishes neither is there.
 */
export function splitStep(step: Vector, states: ReadonlySet<string>, weights: ReadonlyMap<string, Expr>): Split {
  const parts = new Map<Mechanism, Vector>()
  const put = (mechanism: Mechanism, x: Vector): void => {
    if (!isZeroVector(x)) parts.set(mechanism, addVectors(parts.get(mechanism) ?? ZERO_VECTOR, x))
  }
  for (const { coefficient, atom } of step.terms) {
    const bare = withoutDecay(coefficient)
    put('weight decay', scaleVector(sub(coefficient, bare), vectorOf(atom)))
    const weight = atom.kind === 'variable' ? weights.get(atom.name) : undefined
    if (weight !== undefined && !isZero(weight)) {
      put('weight decay', scaleVector(mul(bare, weight), THETA))
      put('momentum', subVectors(scaleVector(bare, vectorOf(atom)), scaleVector(mul(bare, weight), THETA)))
      continue
    }
    put(mechanismOfStep(atom, bare, states), scaleVector(bare, vectorOf(atom)))
  }
  const held = unlessSingular(() => substituteScalars(parts.get('metric') ?? ZERO_VECTOR, AT_ZERO))
  if (held?.terms.every(({ atom }) => unprojected(atom) === THETA_ATOM)) {
    put('weight decay', held)
    put('metric', scaleVector(num(-1), held))
  }
  return new Map([...parts].filter(([, x]) => !isZeroVector(x)))
}

const AT_ZERO = new Map([[sym('eta'), ZERO]])

const isComponent = (e: Expr): boolean => [...symbolsOf(e)].some((name) => name.startsWith('_'))

/** What is bounded by a number other than zero in every component: x in min(c, x) or max(c, x). */
function bounded(e: Expr): Expr | undefined {
  const [inside, another] = e.kind === 'call' && (e.name === 'min' || e.name === 'max') ? e.args.filter(isComponent) : []
  return another === undefined && e.kind === 'call' && e.args.every((x) => x === inside || !isZero(x)) ? inside : undefined
}

/** The clips in a scalar, each with what it clips: one in factors min(1, x), x where a step goes along min(c, x). */
const clipsIn = (e: Expr): readonly (readonly [Expr, Expr])[] => [
  ...[...subexpressions(e)].flatMap((y) => (y.kind === 'call' && y.name === 'min' && y.args.includes(ONE) && !isComponent(y) ? [[y, ONE] as const] : [])),
  ...factorsOf(e).flatMap(({ base, exponent }) => { const inside = exponent === ONE ? bounded(base) : undefined; return inside === undefined ? [] : [[base, inside] as const] }),
]

/** A vector without clips, those in others too. */
function unclipped(x: Vector): Vector {
  const clips = scalarsOf(x).flatMap(clipsIn)
  return clips.length === 0 ? x : unclipped(substituteScalars(x, new Map(clips)))
}

const settled = (x: Vector): Vector => substituteScalars(x, new Map(transientsIn(scalarsOf(x)).map((p) => [p, ZERO])))

/** Σ DⁿQ[u, …, u]/n! from n = 2 on, which ends for a polynomial charge. */
export function beyondLinear(charge: Expr, along: (e: Expr) => Expr): Expr {
  const terms: Expr[] = []
  for (let [n, derivative] = [2, mul(HALF, along(along(charge)))]; !isZero(derivative); n += 1) {
    terms.push(derivative)
    derivative = mul(frac(1, n + 1), along(derivative))
  }
  return add(...terms)
}

/**
 * The charge budget: Q(θ + u) − Q(θ) = DQ[u] + ½D²Q[u, u] + … for a charge that is a polynomial in θ, with u split by what makes the step.
 * The terms add up to the change exactly; ⟨g, ξ⟩ and its derivatives are removed by the symmetry. What is nonlinear in the step of a charge
 * of higher than second degree is left in the new states, for written out it has too many terms to be read. Of a charge that is no polynomial it is
 * the rest of the change.
 * @param gradient ∇Q, where the symmetry knows it better than the charge itself
 */
export function chargeBudget(charge: Expr, rule: Rule, rules: Pick<SymmetryRules, 'scalar'>, gradient?: Vector): Budget {
  const noiseless = withoutNoise(rule)
  const stepOf = (r: Rule): Vector => subVectors(writtenOut(r).get('theta') ?? THETA, THETA)
  const inNewStates = (r: Rule): Vector => subVectors(r.updates.find((u) => u.name === 'theta')?.value ?? THETA, THETA)
  const step = stepOf(noiseless)
  const along = (e: Expr): Expr => deriveScalar(e, directional('theta', 0, variable(PROBE)))
  const put = (e: Expr, u: Vector): Expr => replaceInScalar(e, byName({ [PROBE]: u }))
  const linear = (u: Vector): Expr => put(gradient === undefined ? along(charge) : dot(gradient, variable(PROBE)), u)
  const beyond = isFraction(charge) ? undefined : beyondLinear(charge, along)
  const settle = (e: Expr): Expr => simplifyScalar(rules.scalar(e))
  const nonlinear = (u: Vector): Expr => (beyond === undefined ? sub(sub(chargeAt(charge, addVectors(THETA, u)), charge), settle(linear(u))) : put(beyond, u))
  const higher = isHigherPolynomial(charge)
  const change = (u: Vector): Expr => (higher ? linear(u) : add(linear(u), nonlinear(u)))
  const lasting = settled(step)
  const plain = unclipped(lasting)
  const states = new Set(rule.states.map((s) => s.name))
  const parts: (readonly [Mechanism, Expr])[] = [
    ...[...splitStep(plain, states, copiedWeights(noiseless))].map(([mechanism, u]) => [mechanism, linear(u)] as const),
    ['finite step', nonlinear(higher ? inNewStates(noiseless) : plain)],
    ['injected noise', higher ? sub(add(linear(stepOf(rule)), nonlinear(inNewStates(rule))), add(linear(step), nonlinear(inNewStates(noiseless)))) : sub(change(stepOf(rule)), change(step))],
    ['clipping', sub(change(lasting), change(plain))],
    ['bias correction', sub(change(step), change(lasting))],
  ]
  const differences: readonly Mechanism[] = beyond === undefined ? ['finite step', 'injected noise', 'clipping', 'bias correction'] : []
  const terms = parts.map(([mechanism, e]) => ({ mechanism, change: differences.includes(mechanism) ? e : settle(e) }))
  return { charge, terms: terms.filter((t) => !isZero(t.change)) }
}
