import { type Field, type Vector, type VectorAtom, combine, slotsOf, tensor, vectorOf } from '../jets/vector.js'

/** An equation of motion E = 0 multiplied by the metric G that its preconditioner is the inverse of. */
export interface Lowered {
  readonly equation: Vector
  readonly metric: Field
  readonly preconditioner: Field
}

type Preconditioned = Extract<VectorAtom, { kind: 'tensor' }>

/** P x with a matrix field P. */
const isPreconditioned = (a: VectorAtom): a is Preconditioned =>
  a.kind === 'tensor' && a.field.slots === 2 && a.along.length === 0 && !a.openAlong && a.own.some((s) => s === null)

const occurs = (field: Field, a: VectorAtom): boolean => (a.kind === 'tensor' && a.field.name === field.name) || slotsOf(a).some((s) => occurs(field, s.child))

/** `G` for `Ginv`, else the name with `inv`. */
const inverseName = (name: string): string => (name.endsWith('inv') ? name.slice(0, -3) : `${name}inv`)

const isGradientForce = (a: Preconditioned): boolean => a.own.some((s) => s?.kind === 'tensor' && s.field.slots === 0 && s.along.length === 0)

/**
 * With a preconditioned gradient P∇f as its force, P⁻¹ E has the force ∇f: of m θ̈ + c θ̇ + P∇f it is m Gθ̈ + c Gθ̇ + ∇f with G = P⁻¹.
 * Undefined where no gradient is preconditioned, or P occurs deeper inside.
 */
export function lowered(equation: Vector): Lowered | undefined {
  const force = equation.terms.map((t) => t.atom).find((a): a is Preconditioned => isPreconditioned(a) && isGradientForce(a))
  if (force === undefined) return undefined
  const { field } = force
  const metric: Field = { ...field, name: inverseName(field.name) }
  const pieces = equation.terms.map(({ coefficient, atom }) => {
    const inner = isPreconditioned(atom) && atom.field.name === field.name ? atom.own.find((s) => s !== null) : undefined
    const deep = inner === undefined || inner === null ? occurs(field, atom) : occurs(field, inner)
    return { deep, part: [coefficient, inner === undefined || inner === null ? tensor(metric, [], [vectorOf(atom), null], false) : vectorOf(inner)] as const }
  })
  return pieces.some((p) => p.deep) ? undefined : { equation: combine(pieces.map((p) => p.part)), metric, preconditioner: field }
}
