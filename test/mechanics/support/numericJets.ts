import { sym } from '../../../src/algebra/build.js'
import { mapAtoms } from '../../../src/algebra/calculus.js'
import { evaluateNumber } from '../../../src/algebra/evaluate.js'
import type { Expr, Opaque } from '../../../src/algebra/expr.js'
import { FieldValue, asContraction } from '../../../src/jets/contraction.js'
import type { Field } from '../../../src/jets/field.js'
import type { Vector, VectorAtom } from '../../../src/jets/vector.js'

export type Numbers = readonly number[]

export const inner = (x: Numbers, y: Numbers): number => x.reduce((sum, xi, i) => sum + xi * (y[i] ?? 0), 0)
export const axpy = (c: number, x: Numbers, y: Numbers): Numbers => y.map((yi, i) => yi + c * (x[i] ?? 0))

/**
 * A concrete smooth field: Σⱼ weightⱼ·sin(⟨uⱼ, θ⟩ + phaseⱼ), times ⟨aⱼ, x⟩⟨aⱼ, y⟩ for a metric. All its derivatives are known in closed form,
 * independently of the engine: the kth along v₁…v_k is weight·sin(⟨u, θ⟩ + phase + kπ/2)·Π⟨u, vᵢ⟩.
 */
export interface Ridge {
  readonly weight: number
  readonly direction: Numbers
  readonly phase: number
  readonly axis?: Numbers
  /** sin(⟨u, θ⟩ + phase) by default; its kth derivative in one variable. */
  readonly profile?: (s: number, derivative: number) => number
}

const sine = (s: number, derivative: number): number => Math.sin(s + (derivative * Math.PI) / 2)

/** The component i of the field's derivative with the open slot there; value with no slots. */
function ridgeVector(ridges: readonly Ridge[], at: Numbers, along: readonly Numbers[], own: readonly (Numbers | null)[], openAlong: boolean): Numbers {
  return ridges.reduce<Numbers>((sum, { weight, direction, phase, axis, profile = sine }) => {
    const derivative = along.length + (openAlong ? 1 : 0)
    const slope = weight * profile(inner(direction, at) + phase, derivative) * along.reduce((p, v) => p * inner(direction, v), 1)
    const held = own.reduce((p, v) => (v === null ? p : p * inner(axis ?? [], v)), 1)
    return axpy(slope * held, openAlong ? direction : (axis ?? []), sum)
  }, at.map(() => 0))
}

const ridgeValue = (ridges: readonly Ridge[], at: Numbers): number =>
  ridges.reduce((sum, { weight, direction, phase, profile = sine }) => sum + weight * profile(inner(direction, at) + phase, 0), 0)

/** Everything an expression in the jets of a path can name. */
export interface NumericModel {
  /** θ, θ̇, θ̈ at the time. */
  readonly path: readonly Numbers[]
  readonly scalars: Readonly<Record<string, number>>
  readonly fields: Readonly<Record<string, readonly Ridge[]>>
  /** Blocks as index sets, for projectors. */
  readonly blocks?: Readonly<Record<string, readonly number[]>>
  readonly operators?: Readonly<Record<string, readonly Numbers[]>>
}

/** The number an expression in jets stands for. */
export function numericScalar(e: Expr, model: NumericModel): number {
  const values = new Map<string, number>()
  const symbols = mapAtoms(e, (o) => {
    values.set(`_${o.key}`, numericOpaque(o, model))
    return sym(`_${o.key}`)
  })
  return evaluateNumber(symbols, (name) => {
    const value = values.get(name) ?? model.scalars[name]
    if (value === undefined) throw new Error(`no number for ${name}`)
    return value
  })
}

/** The coordinates a vector in jets stands for. */
export const numericVector = (x: Vector, model: NumericModel): Numbers =>
  x.terms.reduce<Numbers>((sum, t) => axpy(numericScalar(t.coefficient, model), numericAtom(t.atom, model), sum), (model.path[0] ?? []).map(() => 0))

function numericOpaque(o: Opaque, model: NumericModel): number {
  const c = asContraction(o)
  if (c !== undefined) return inner(numericAtom(c.left, model), numericAtom(c.right, model))
  if (!(o instanceof FieldValue)) throw new Error(`no number for ${o.text()}`)
  return ridgeValue(model.fields[o.field.name] ?? [], pointOf(o.field, model))
}

const pointOf = ({ at }: Field, model: NumericModel): Numbers => (at === undefined ? (model.path[0] ?? []) : numericVector(at.point, model))

function numericAtom(a: VectorAtom, model: NumericModel): Numbers {
  const zero = (model.path[0] ?? []).map(() => 0)
  switch (a.kind) {
    case 'variable':
      return model.path[a.order] ?? zero
    case 'indicator':
      return zero.map((_, i) => (a.set.members.some((m) => model.blocks?.[m]?.includes(i)) ? 1 : 0))
    case 'apply': {
      const x = numericAtom(a.argument, model)
      const { operator } = a
      if (operator.kind === 'projector') return x.map((xi, i) => (operator.members.some((m) => model.blocks?.[m]?.includes(i)) ? xi : 0))
      const rows = model.operators?.[operator.name] ?? []
      return zero.map((_, i) => (operator.adjoint ? rows.reduce((sum, row, j) => sum + (row[i] ?? 0) * (x[j] ?? 0), 0) : inner(rows[i] ?? [], x)))
    }
    case 'tensor':
      return ridgeVector(
        model.fields[a.field.name] ?? [],
        pointOf(a.field, model),
        a.along.map((x) => numericAtom(x, model)),
        a.own.map((x) => (x === null ? null : numericAtom(x, model))),
        a.openAlong,
      )
    case 'elementwise': {
      const args = a.args.map((x) => numericAtom(x, model))
      return zero.map((_, i) => evaluateNumber(a.body, (name) => (name.startsWith('_') ? (args[Number(name.slice(1))]?.[i] ?? Number.NaN) : (model.scalars[name] ?? Number.NaN))))
    }
  }
}
