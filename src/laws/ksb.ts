import { ONE, TWO, ZERO, div, isZero, mul } from '../algebra/build.js'
import { atomsOf, differentiate } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { writeScalar } from '../jets/notation.js'
import { simplifyScalar } from '../jets/simplify.js'
import { inverseProblem } from '../mechanics/lagrangian.js'
import { METRICS, type Metric } from '../mechanics/metric.js'
import { RULES } from '../rules/catalogue.js'
import { withoutNoise } from '../rules/injectedNoise.js'
import { modifiedFlow } from '../rules/modifiedFlow.js'
import { type Rule, readRule } from '../rules/rule.js'
import type { Shapes } from '../symmetry/families.js'
import { type Symmetry, type SymmetryStatement, symmetriesOf } from '../symmetry/symmetry.js'
import type { Statement } from './derivation.js'
import { type KsbGeometry, ksbGeometry } from './ksbGeometry.js'

/** A learning rule in the table: the factors that its kinetic energy ½·mass·multiplier·⟨θ̇, G θ̇⟩ has, or why there is none. */
export interface KsbRule {
  readonly name: string
  readonly mass: Expr | undefined
  readonly multiplier: Expr
  readonly reason: string
}

export interface KsbCell {
  readonly rule: string
  readonly family: string
  readonly metric: string
  /** In units of the rule's multiplier; undefined where the rule has no Lagrangian. */
  readonly ksb: Statement | undefined
  readonly vanishes: boolean
  readonly reason: string
}

/** Rule × family × metric. */
export interface KsbTable {
  readonly rules: readonly KsbRule[]
  readonly symmetries: readonly Symmetry[]
  readonly metrics: readonly Metric[]
  readonly geometry: readonly KsbGeometry[]
  readonly cells: readonly KsbCell[]
}

export interface KsbFamily {
  readonly statement: SymmetryStatement
  readonly parameters: Shapes
}

/** One instance of each family of THEORY §2. */
export const KSB_FAMILIES: readonly KsbFamily[] = [
  { statement: { family: 'translation', on: ['w'] }, parameters: { w: ['d'] } },
  { statement: { family: 'scale', on: ['w'] }, parameters: { w: ['d'] } },
  { statement: { family: 'rescale', in: ['w'], out: ['a'], degree: 'p' }, parameters: { w: ['d'], a: ['k'] } },
  { statement: { family: 'linear', in: ['W'], out: ['V'] }, parameters: { W: ['h', 'd'], V: ['k', 'h'] } },
  { statement: { family: 'orthogonal', on: ['W'] }, parameters: { W: ['h', 'd'] } },
]

export const familyName = ({ name, part }: Pick<Symmetry, 'name' | 'part'>): string => (part === '' ? name : `${name}, ${part}`)

/** The mass m of a kinetic energy ½m⟨θ̇, G θ̇⟩ in units of the multiplier; zero where blocks have masses of their own. */
function massOf(kinetic: Expr, multiplier: Expr): Expr {
  const [energy, ...others] = atomsOf(kinetic)
  if (energy === undefined || others.length > 0) return ZERO
  return factored(div(mul(TWO, differentiate(kinetic, '_energy', { atomDerivative: () => ONE })), multiplier))
}

/** The mass and the multiplier of a rule, without the noise that it injects, from the inverse problem of its modified flow of first order. */
export function ksbRule(given: Rule): KsbRule {
  const rule = withoutNoise(given)
  const first = modifiedFlow(rule, rule.continuous ? 0 : 1)
  const flow = first.ok && first.value.inertial ? modifiedFlow(rule, 0) : first
  if (!flow.ok) return { name: rule.name, mass: undefined, multiplier: ONE, reason: `no modified flow: ${flow.reason}` }
  const found = inverseProblem(flow.value.equation, flow.value.schedules)
  const mechanics = found.exists ? found : found.dissipative
  const mass = mechanics === undefined ? ZERO : massOf(mechanics.kinetic, mechanics.multiplier.value)
  if (mechanics === undefined || isZero(mass)) return { name: rule.name, mass: undefined, multiplier: ONE, reason: found.reason }
  const friction = isZero(mechanics.rayleigh) ? '' : `; the rest is friction, R = ${writeScalar(mechanics.rayleigh).text}`
  return { name: rule.name, mass, multiplier: mechanics.multiplier.value, reason: `${found.reason}${friction}` }
}


function cellOf(rule: KsbRule, { symmetry, metric, expression, vanishes, reason }: KsbGeometry): KsbCell {
  const place = { rule: rule.name, family: familyName(symmetry), metric: metric.name }
  if (rule.mass === undefined) return { ...place, ksb: undefined, vanishes: false, reason: rule.reason }
  return { ...place, ksb: writeScalar(simplifyScalar(mul(rule.mass, expression))), vanishes, reason }
}

/** The rules of the catalogue, with symbols for their hyperparameters. */
export const catalogueRules = (): readonly Rule[] => Object.keys(RULES).map((name) => readRule({ name }))

/**
 * Kinetic symmetry breaking of every rule, symmetry and metric: the rule's kinetic energy ½·mass·multiplier·⟨θ̇, G θ̇⟩ varied along the
 * generator. With a metric the model is that of the rule preconditioned by G⁻¹, in the mechanics of [NLD] §3.
 *
 * @throws Error if a cell does not agree with the variation of the kinetic energy on random exact instances, a defect of the engine
 */
export function ksbTable(rules: readonly Rule[] = catalogueRules(), families: readonly KsbFamily[] = KSB_FAMILIES, metrics: readonly Metric[] = METRICS): KsbTable {
  const symmetries = families.flatMap(({ statement, parameters }) => symmetriesOf(statement, parameters))
  const geometry = symmetries.flatMap((symmetry) => metrics.map((metric) => ksbGeometry(symmetry, metric)))
  const wrong = geometry.find((g) => !g.verified.passed)
  if (wrong !== undefined) throw new Error(`kinetic symmetry breaking of ${familyName(wrong.symmetry)} in the metric ${wrong.metric.name} failed its check`)
  const rows = rules.map(ksbRule)
  return { rules: rows, symmetries, metrics, geometry, cells: rows.flatMap((rule) => geometry.map((g) => cellOf(rule, g))) }
}
