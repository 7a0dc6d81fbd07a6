import { mul, num, pow, sym } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { dot } from '../jets/contraction.js'
import { elementwise } from '../jets/elementwise.js'
import { projector } from '../jets/operator.js'
import type { Written } from '../jets/notation.js'
import type { MetricKind, Space } from '../jets/space.js'
import type { Field } from '../jets/field.js'
import { THETA, type Vector, apply, combine, tensor } from '../jets/vector.js'

/** A metric G(θ) for the kinetic energy ½m⟨θ̇, G θ̇⟩. */
export interface Metric {
  readonly name: string
  readonly summary: string
  /** G as a formula, where it is one. */
  readonly formula?: Written
  /** G x on a space with these blocks. */
  readonly apply: (x: Vector, blocks: readonly string[]) => Vector
  /** What random instances have to respect where G is a field. */
  readonly kind?: MetricKind
}

/** G x for a field of the name G. */
const fieldMetric = (field: Field) => (x: Vector): Vector => tensor(field, [], [x, null], false)

/** Gᵢ = φ(θᵢ). */
const componentwise = (weight: Expr) => (x: Vector): Vector => elementwise(mul(sym('_x'), weight), { _x: x, _theta: THETA })

const CONSTANT: Field = { name: 'G', slots: 2, degree: 0 }

/**
 * The metrics the table of kinetic symmetry breaking is computed for. A mirror potential h has the metric ∇²h: Σ θ log θ gives 1/θ
 * (exponentiated gradient), −Σ log θ gives 1/θ² (Wibisono, Wilson & Jordan 2016; Raskutti & Mukherjee 2015).
 */
export const METRICS: readonly Metric[] = [
  { name: 'euclidean', summary: 'the Euclidean metric', formula: { text: 'G = 1', latex: 'G = 1' }, apply: (x) => x },
  {
    name: 'block',
    summary: 'a constant for each block',
    formula: { text: 'G = gamma_B on block B', latex: 'G = \\gamma_B' },
    apply: (x, blocks) => combine(blocks.map((b) => [sym(`gamma_${b}`), apply(projector(b), x)])),
  },
  { name: 'diagonal', summary: 'any constant diagonal G', kind: 'diagonal', apply: fieldMetric(CONSTANT) },
  { name: 'commuting', summary: 'any constant symmetric G that commutes with the generator', kind: 'commuting', apply: fieldMetric(CONSTANT) },
  { name: 'symmetric', summary: 'any constant symmetric G', kind: 'symmetric', apply: fieldMetric(CONSTANT) },
  { name: 'entropy', summary: 'the Hessian of the negative entropy', formula: { text: 'G = 1/theta', latex: 'G_i = 1/\\theta_i' }, apply: componentwise(pow(sym('_theta'), num(-1))) },
  { name: 'logarithm', summary: 'the Hessian of the logarithmic barrier', formula: { text: 'G = 1/theta^2', latex: 'G_i = 1/\\theta_i^2' }, apply: componentwise(pow(sym('_theta'), num(-2))) },
  { name: 'general', summary: 'any symmetric G(theta)', kind: 'symmetric', apply: fieldMetric({ name: 'G', slots: 2 }) },
]

/** ⟨x, G y⟩. */
export const metricForm = (metric: Metric, x: Vector, y: Vector, space: Space): Expr => dot(x, metric.apply(y, Object.keys(space.blocks)))

/** The space with the metric's field, for random instances. */
export const spaceWith = (metric: Metric, space: Space): Space =>
  metric.kind === undefined ? space : { ...space, metrics: { ...space.metrics, G: metric.kind } }

