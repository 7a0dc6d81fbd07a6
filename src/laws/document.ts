import { isZero, sym } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { SymmetryRules } from '../jets/constraint.js'
import { type Written, writeEquation, writeScalar, writeVector } from '../jets/notation.js'
import { byName, replaceInVector } from '../jets/substitute.js'
import { type Vector, addVectors, isZeroVector, variable } from '../jets/vector.js'
import { SPECTRAL_NOTATION } from '../jets/spectral.js'
import { allVectorsOf, pointsOf } from '../jets/walk.js'
import { freeDirection } from '../jets/space.js'
import { isImplicit } from '../rules/model.js'
import { timesPower } from '../rules/powersOfRate.js'
import { type Rule, nextName } from '../rules/rule.js'
import { uniformStates } from '../rules/uniform.js'
import type { Symmetry } from '../symmetry/symmetry.js'
import type { Derivation, DiscreteLaw, DiscreteSolutionStatement, FlowLaw, SolutionCase, Statement, Step } from './derivation.js'
import { type DiscreteSystem, nextOfRow } from './discrete.js'
import type { Driven } from './drives.js'
import { type DiscreteSolution, whyNoClosedForm } from './discreteSolution.js'
import { dualDefinition, dualUpdate } from './dualSteps.js'
import { type Laws, keepsRates, ordersOfField, seriesToOrder } from './engine.js'
import { consequencesOf } from './consequences.js'
import { partsOf } from './generatorParts.js'
import { lawEquation } from './lawEquation.js'
import { letterOf, nameWithLetter, withLetter } from './letter.js'
import { noiseConsequences, whyNoMean } from './noiseConsequences.js'
import { namedParts } from './noetherParts.js'
import type { Regime } from './solve.js'
import { solutionNote, whyUnsolved } from './solutionNote.js'
import type { NamedRoots } from '../algebra/spectrum.js'
import { steadyState } from './solve.js'
import { matrixNotation, namedMatrices, updatesWritten } from './updatesWritten.js'

const ZERO_WRITTEN: Written = { text: '0', latex: '0' }
const written = (e: Expr): Statement => writeScalar(e)

function namedDrives(drives: readonly Driven[]) {
  const unique = new Map(drives.map((d) => [`${d.name} ${writeScalar(d.drive).text}`, d]))
  return [...unique.values()].map((d) => ({ name: d.name, ...written(d.drive) }))
}

/** The discrete law as statements. */
export function discreteLaw(system: DiscreteSystem, rule: Rule): DiscreteLaw {
  return {
    charge: written(system.charge),
    recursion: written(system.next),
    drives: namedDrives(system.rows.flatMap((r) => r.drives)),
    closure: system.rows.map((row, i) => ({ contraction: written(row.contraction), next: written(nextOfRow(system, i)) })),
    definitions: [...system.named, ...namedMatrices(system.rows.flatMap((row) => row.drives.map((d) => d.drive)))].flatMap((name) => {
      const defined = system.definitions?.get(name)
      if (defined !== undefined) return [{ name, meaning: writeVector(defined) }]
      if (name === nextName('theta') && rule.dual !== undefined && isImplicit(rule)) return [dualDefinition(rule.dual)]
      const update = updatesWritten(rule).find((u) => nextName(u.name) === name)
      return update === undefined ? [] : [{ name, meaning: update.value }]
    }),
  }
}

const flowLaws = (laws: Laws): readonly FlowLaw[] =>
  laws.flows.map((f) => ({ order: f.order, model: f.model, charge: written(f.law.charge), equation: lawEquation(f.law, laws) }))

/** What a closed form is told by. */
type RegimeForm = Pick<Regime, 'name' | 'discriminant' | 'relation' | 'solution' | 'readable' | 'named' | 'verified'>

/** With the letter that the charge is printed by. */
const called = <R extends RegimeForm>(regime: R, laws: Laws): R =>
  ({ ...regime, solution: withLetter(regime.solution, laws), readable: { ...regime.readable, solution: withLetter(regime.readable.solution, laws) } })

function condition(regime: RegimeForm): Statement {
  if (regime.discriminant === undefined || regime.relation === undefined) return { text: '', latex: '' }
  const d = writeScalar(regime.discriminant)
  return { text: `${d.text} ${regime.relation} 0`, latex: `${d.latex} ${regime.relation} 0` }
}

/** Which names are the roots of which equation, told in the name of a case; the equations stand behind its formula. */
const rootNames = (named: readonly NamedRoots[]): readonly string[] =>
  named.map(({ names }, i) => `${names.join(', ')} roots of ${named.length === 1 ? 'the equation' : `equation ${i + 1}`} below in r`)

function regimeCase(regime: RegimeForm, left: string): SolutionCase {
  const readable = writeScalar(regime.readable.solution).latex
  const abbreviations = regime.readable.where.map(([name, value]) => writeEquation(writeScalar(sym(name)), writeScalar(value)))
  const where = [...abbreviations, ...(regime.named ?? []).map(({ polynomial }) => writeEquation(writeScalar(polynomial), ZERO_WRITTEN))]
  const latex = where.length === 0 ? readable : `${readable},\\qquad ${where.map((w) => w.latex).join(',\\quad ')}`
  return {
    name: [regime.name, ...rootNames(regime.named ?? [])].join(', '),
    condition: condition(regime),
    text: writeScalar(regime.solution).text,
    latex: `${left} = ${latex}`,
    ...(where.length === 0 ? {} : { abbreviated: writeScalar(regime.readable.solution), where }),
    verified: { passed: regime.verified, method: 'substitution into the law and its initial values' },
  }
}

/** What follows from the laws, from the exact one too where no flow is solved. */
function implicationsOf(laws: Laws): Pick<Derivation['laws']['solution'], 'implications'> {
  const found = [...consequencesOf(laws), ...noiseConsequences(laws)].map(({ name, meanings, text, latex, why, verified }) => ({ name, ...(meanings === undefined ? {} : { meanings }), text, latex, why, verified }))
  return found.length === 0 ? {} : { implications: found }
}

function solution(laws: Laws): Derivation['laws']['solution'] {
  const implications = implicationsOf(laws)
  if (laws.solved === undefined) return { text: '', latex: '', cases: [], ...implications }
  const note = solutionNote(laws, laws.solved.law)
  const noted = note === undefined ? {} : { note }
  const cases = laws.solved.regimes.map((regime) => regimeCase(called(regime, laws), `${letterOf(laws)}(t)`))
  const main = cases.at(-1)
  const steady = steadyState(laws.solved.law.law)
  return { text: main?.text ?? '', latex: main?.latex ?? '', ...noted, cases, ...(steady === undefined ? {} : { steadyState: written(steady) }), ...implications }
}

/** The discrete law's closed form as statements. */
function discreteSolutionStatement({ step, initial, cases, steadyState: rest }: DiscreteSolution, laws: Laws): DiscreteSolutionStatement {
  const letter = letterOf(laws)
  const told = cases.map((one) => {
    const undisturbed = one.undisturbed === undefined ? {} : { undisturbed: written(withLetter(one.undisturbed, laws)) }
    return { ...regimeCase(called({ ...one, readable: { solution: one.readable, where: one.where } }, laws), `${letter}_{${step}}`), factors: one.factors.map(written), ...undisturbed }
  })
  const main = told.at(-1)
  return {
    text: main?.text ?? '',
    latex: main?.latex ?? '',
    step,
    initial: initial.map(([name, e]) => ({ name: nameWithLetter(name, letter), ...written(e) })),
    cases: told,
    ...(rest === undefined ? {} : { steadyState: written(rest) }),
  }
}

/** An equation of motion as `E = 0`. */
export const motionEquation = (equation: Vector): Statement => writeEquation(writeVector(equation), ZERO_WRITTEN)

/** θ̇ = F̃ to an order; the same for a state that moves as slowly. */
export const fieldEquation = (field: Vector, name = 'theta'): Statement => writeEquation(writeVector(variable(name, 1)), writeVector(field))

function ruleFlows(laws: Laws): Derivation['rule']['flows'] {
  const { field, motions, order } = laws
  const fields = field.ok
    ? ordersOfField(field.value, order).flatMap((n) =>
        [...field.value.fields].map(([name, series]) => ({ order: n, model: 'modified vector field', equation: fieldEquation(seriesToOrder(series, n), name) })),
      )
    : []
  const shown = motions.filter((motion) => keepsRates(motion) || motion.inertial || laws.rule.action !== undefined)
  return [...fields, ...noisyFields(laws), ...shown.map((motion) => ({ order: motion.order, model: 'modified flow', equation: motionEquation(motion.equation) }))]
}

/** The leading flow with the noise that the rule injects as white noise: dθ = F dt + N dW over dt. */
function noisyFields({ injected, field }: Laws): Derivation['rule']['flows'] {
  if (injected?.ok !== true || !field.ok) return []
  return [...injected.value.white].map(([name, noise]) => ({ order: 0, model: 'modified vector field with noise', equation: fieldEquation(addVectors(seriesToOrder(field.value.fields.get(name) ?? [], 0), noise), name) }))
}

/** What holds of the flows of a rule that injects noise. */
function noiseConditions({ injected, rule, order }: Laws): readonly string[] {
  if (injected?.ok !== true) return []
  const [names, are] = [rule.noises.join(' and '), rule.noises.length === 1 ? 'is' : 'are']
  return [
    `${names} ${are} left out, except in the flow with noise, where ${names} ${are} white noise of unit strength: Lagrangian, kinetic symmetry breaking and Noether's identity are those of the rule without noise, the laws of q those of its mean`,
    ...(order < injected.value.order ? [] : [`powers of eta from ${order + 1} on are left out, as there the weak modified equation has terms of the noise itself, which are not derived; the exact law of the mean holds for any eta`]),
  ]
}

/** Which powers of η are left out of the flows, as their terms are too many. */
function orderCondition({ field }: Laws): readonly string[] {
  if (!field.ok || field.value.swell === undefined) return []
  const { order, swell: { terms, next } } = field.value
  return [`powers of eta from ${order + 1} on are left out: the flow has ${terms} terms with eta^${order}, those of sums within them counted, and would have some ${next} with the next power; ask for order ${order}, or state the rule with fewer sums inside of functions`]
}

/** Where the rule and its flows read the gradient, other than at θ. */
function gradientPoints({ rule, field, motions }: Laws): Pick<Derivation['rule'], 'points'> {
  const flows = field.ok ? [...field.value.fields.values()].flat() : []
  const points = [...rule.updates.map((u) => u.value), ...flows, ...motions.map((m) => m.equation)].flatMap(pointsOf)
  const named = new Map(points.map(({ name, point }) => [name, { name, meaning: writeVector(point) }]))
  return named.size === 0 ? {} : { points: [...named.values()] }
}

/** The states that are kept in the flows in units of their own. */
function keptStates({ field }: Laws): Pick<Derivation['rule'], 'kept'> {
  const scaling = field.ok ? field.value.scaling : undefined
  return scaling === undefined ? {} : { kept: scaling.states.map(({ state, name, power }) => ({ name, meaning: writeVector(timesPower(power, variable(state))) })) }
}

/** What functions of matrices the rule has, in words. */
function notationOf({ rule }: Laws): Pick<Derivation['rule'], 'notation'> {
  const spectral = rule.updates.flatMap((u) => allVectorsOf(u.value)).some((a) => a.kind === 'tensor' && a.field.gradient !== undefined && a.field.sandwich === undefined)
  const drawn = rule.noises.length === 0 ? [] : [`${rule.noises.join(' and ')} ${rule.noises.length === 1 ? 'is drawn' : 'are drawn'} anew at every step: independent standard normal numbers, one for each parameter`]
  const uniform = uniformStates(rule).map((name) => `all components of ${name} are equal: with mean(${name}) in its place in the other updates the laws take it as a number`)
  const clauses = [...(spectral ? [SPECTRAL_NOTATION] : []), ...matrixNotation(rule), ...drawn, ...uniform]
  return clauses.length === 0 ? {} : { notation: clauses.join('; ') }
}

/** What the rule's flows presuppose, and the models of a flow that it does not have; one reason is given once. */
function aboutFlows(laws: Laws): Pick<Derivation['rule'], 'conditions' | 'withoutFlow'> {
  const { field, flow } = laws
  const models = [['modified vector field', field], ['modified flow', flow]] as const
  const conditions = [...new Set([...models.flatMap(([, outcome]) => (outcome.ok ? outcome.value.conditions : [])), ...orderCondition(laws), ...noiseConditions(laws)])]
  const reasons = new Map<string, string[]>()
  for (const [model, outcome] of models) if (!outcome.ok) reasons.set(outcome.reason, [...(reasons.get(outcome.reason) ?? []), model])
  return {
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(reasons.size === 0 ? {} : { withoutFlow: [...reasons].map(([reason, names]) => ({ model: names.join(' and no '), reason })) }),
  }
}

/** Which laws are not there, and why. */
function missingLaws(laws: Laws): NonNullable<Derivation['laws']['missing']> {
  const { rule, field, flow, discrete, discreteSolution, flows, solved } = laws
  const mean = whyNoMean(laws)
  const failed = [field, flow].find((outcome) => !outcome.ok)
  const noFlow = flows.length > 0 ? undefined : failed !== undefined ? (field.ok ? 'the symmetry has no charge that is a function of theta, and the rule no modified flow to carry one of velocities' : 'the rule has no flow that could carry it') : 'the flow does not move the charge by a law of its own'
  return {
    ...(discrete !== undefined ? {} : { discrete: rule.continuous ? 'the rule is continuous' : 'the symmetry has no charge that the discrete steps carry' }),
    ...(discrete === undefined || discreteSolution !== undefined ? {} : { discreteSolution: whyNoClosedForm(discrete, rule) }),
    ...(noFlow === undefined ? {} : { flow: noFlow }),
    ...(mean === undefined || noFlow !== undefined ? {} : { mean }),
    ...(solved !== undefined ? {} : { solution: noFlow === undefined ? whyUnsolved(laws) : 'there is no law of the flow to solve' }),
  }
}

/** ⟨g, ξ⟩ = 0, H ξ = …, T(ξ, x) = …: the first three constraints. */
export function constraintStatements({ generator, space }: Pick<Symmetry, 'generator' | 'space'>): readonly Statement[] {
  const first = writeEquation(writeScalar(SymmetryRules.constraint(generator, 1)), ZERO_WRITTEN)
  const written = byName({ _y1: variable(freeDirection(space)) })
  const higher = [2, 3].map((n) => writeEquation(writeVector(replaceInVector(SymmetryRules.vectorConstraint(generator, n), written)), ZERO_WRITTEN))
  return [first, ...higher]
}

/** The part of the budget that minibatch noise makes, where there is one. */
function noiseOf({ noise, rule }: Laws): Pick<Derivation['laws'], 'noise'> {
  const earlier = [...rule.states, ...rule.matrices].map((s) => s.name)
  return noise === undefined || isZero(noise) ? {} : { noise: { ...written(noise), ...(earlier.length === 0 ? {} : { earlier }) } }
}

/** A finished derivation as plain statements. */
export function documentOf(title: string, laws: Laws, steps: readonly Step[]): Derivation {
  const { symmetry, rule, lagrangian, noether, discrete, discreteSolution } = laws
  return {
    title,
    symmetry: {
      name: symmetry.part === '' ? symmetry.name : `${symmetry.name} (${symmetry.part})`,
      generator: symmetry.written,
      ...partsOf(symmetry),
      constraints: isZeroVector(symmetry.generator) ? [] : constraintStatements(symmetry),
    },
    rule: {
      name: rule.name,
      update: rule.action !== undefined ? [{ name: 'y', value: writeVector(rule.action.shifted) }] : rule.dual !== undefined && isImplicit(rule) ? [dualUpdate(rule.dual)] : updatesWritten(rule),
      ...gradientPoints(laws),
      ...notationOf(laws),
      hyperparameters: rule.hyperparameters,
      ...(rule.schedules.size === 0 ? {} : { schedules: [...rule.schedules].map(([name, value]) => ({ name, value: written(value) })) }),
      flows: ruleFlows(laws),
      ...keptStates(laws),
      ...aboutFlows(laws),
    },
    lagrangian: lagrangian.exists
      ? { ...written(lagrangian.lagrangian), exists: true, reason: lagrangian.reason, verified: lagrangianVerified(steps), ...(lagrangian.nearby === undefined ? {} : { approximate: true as const }) }
      : { text: '', latex: '', exists: false, reason: lagrangian.reason, verified: false },
    ...(laws.mechanics === undefined || isZero(laws.mechanics.rayleigh) ? {} : { rayleigh: { lagrangian: written(laws.mechanics.lagrangian), dissipation: written(laws.mechanics.rayleigh) } }),
    ...(noether === undefined ? {} : { noether: { charge: written(noether.charge), parts: namedParts(noether).map(({ name, value }) => ({ name, ...written(value) })) } }),
    ksb: noether === undefined ? { text: '', latex: '', vanishes: false } : { ...written(noether.kinetic), vanishes: isZero(noether.kinetic) },
    laws: {
      discrete: discrete === undefined ? undefined : discreteLaw(discrete, rule),
      ...(discreteSolution === undefined ? {} : { discreteSolution: discreteSolutionStatement(discreteSolution, laws) }),
      ...(laws.budget === undefined ? {} : { budget: laws.budget.terms.map((t) => ({ mechanism: t.mechanism, statement: written(t.change) })) }),
      ...noiseOf(laws),
      flow: flowLaws(laws),
      ...(letterOf(laws) === 'q' ? {} : { letter: letterOf(laws) }),
      missing: missingLaws(laws),
      solution: solution(laws),
    },
    steps,
  }
}

const lagrangianVerified = (steps: readonly Step[]): boolean => steps.some((s) => s.section === 'Lagrangian' && s.verified.passed)
