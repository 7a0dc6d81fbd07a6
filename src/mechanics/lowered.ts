import { ONE, ZERO, add, div } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { projector } from '../jets/operator.js'
import { simplifyVector } from '../jets/simplify.js'
import { childrenOf } from '../jets/walk.js'
import type { Field } from '../jets/field.js'
import { GRADIENT, GRADIENT_ATOM, type Vector, type VectorAtom, apply, combine, tensor, vectorOf } from '../jets/vector.js'

/** An equation of motion E = 0 multiplied by the metric G that its preconditioner is the inverse of. */
export interface Lowered {
  readonly equation: Vector
  /** What it was multiplied by, in words. */
  readonly by: string
}

type Preconditioned = Extract<VectorAtom, { kind: 'tensor' }>

/** P x with a matrix field P. */
const isPreconditioned = (a: VectorAtom): a is Preconditioned =>
  a.kind === 'tensor' && a.field.slots === 2 && a.along.length === 0 && !a.openAlong && a.own.some((s) => s === null)

const occurs = (field: Field, a: VectorAtom): boolean => (a.kind === 'tensor' && a.field.name === field.name) || childrenOf(a).some((x) => occurs(field, x))

/** `G` for `Ginv`, else the name with `inv`. */
const inverseName = (name: string): string => (name.endsWith('inv') ? name.slice(0, -3) : `${name}inv`)

const isGradientForce = (a: Preconditioned): boolean => a.own.some((s) => s?.kind === 'tensor' && s.field.slots === 0 && s.along.length === 0)

/**
 * With a preconditioned gradient P∇f as its force, P⁻¹ E has the force ∇f: of m θ̈ + c θ̇ + P∇f it is m Gθ̈ + c Gθ̇ + ∇f with G = P⁻¹.
 * Undefined where no gradient is preconditioned, or P occurs deeper inside.
 */
function byField(equation: Vector): Lowered | undefined {
  const force = equation.terms.map((t) => t.atom).find((a): a is Preconditioned => isPreconditioned(a) && isGradientForce(a))
  if (force === undefined) return undefined
  const { field } = force
  const metric: Field = { ...field, name: inverseName(field.name) }
  const pieces = equation.terms.map(({ coefficient, atom }) => {
    const inner = isPreconditioned(atom) && atom.field.name === field.name ? atom.own.find((s) => s !== null) : undefined
    const deep = inner === undefined || inner === null ? occurs(field, atom) : occurs(field, inner)
    return { deep, part: [coefficient, inner === undefined || inner === null ? tensor(metric, [], [vectorOf(atom), null], false) : vectorOf(inner)] as const }
  })
  return pieces.some((p) => p.deep) ? undefined : { equation: combine(pieces.map((p) => p.part)), by: `${metric.name}, the inverse of ${field.name}` }
}

/** The set of blocks of a projected gradient. */
const blocksOf = (a: VectorAtom): readonly string[] | undefined =>
  a.kind === 'apply' && a.operator.kind === 'projector' && a.argument === GRADIENT_ATOM ? a.operator.members : undefined

/**
 * With rates of their own for blocks the force is Σ c_B P_B ∇f; multiplied by Σ c_B⁻¹ P_B it is ∇f, where the blocks are all the parameters.
 * Undefined where the rates agree, or the whole gradient occurs beside its blocks.
 */
function byBlocks(equation: Vector): Lowered | undefined {
  const forces = equation.terms.flatMap(({ atom, coefficient }) => (blocksOf(atom) ?? []).map((block) => [block, coefficient] as const))
  const rates = new Map<string, Expr>()
  for (const [block, coefficient] of forces) rates.set(block, add(rates.get(block) ?? ZERO, coefficient))
  if (rates.size < 2 || equation.terms.some((t) => t.atom === GRADIENT_ATOM)) return undefined
  const inverse = (x: Vector): Vector => combine([...rates].map(([block, rate]) => [div(ONE, rate), apply(projector(block), x)] as const))
  const motion = { terms: equation.terms.filter((t) => blocksOf(t.atom) === undefined) }
  return { equation: simplifyVector(combine([[ONE, GRADIENT], [ONE, inverse(motion)]])), by: `the inverse rates of the blocks ${[...rates.keys()].join(', ')}, which are all the parameters` }
}

/** The equation with ∇f itself as its force, where the gradient is preconditioned by a matrix field or by rates of blocks. */
export const lowered = (equation: Vector): Lowered | undefined => byField(equation) ?? byBlocks(equation)
