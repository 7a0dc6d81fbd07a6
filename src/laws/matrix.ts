import { ONE, ZERO, atom, div, isZero, mul, num, termsOf } from '../algebra/build.js'
import { atomsOf, differentiate, substitute } from '../algebra/calculus.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { type InstanceProperty, checkProperty, orderOf } from '../jets/check.js'
import { type Contraction, asContraction } from '../jets/contraction.js'
import type { Instance } from '../jets/instance.js'
import { type Matrix, identity, matrix, multiply, transpose } from '../jets/matrix.js'
import type { ConstantKind, Space } from '../jets/space.js'
import { holdsMap, stripConstant, traceOf } from '../jets/trace.js'
import { vectorOf } from '../jets/vector.js'
import { type Factor, type MatrixSum, matrixExpression, transposeSum } from '../jets/word.js'
import type { Symmetry } from '../symmetry/symmetry.js'
import type { Check } from './derivation.js'
import type { DiscreteSystem, Driven } from './discrete.js'
import type { FlowOfLaw, Laws } from './engine.js'

/**
 * How contractions with an arbitrary constant M become matrices C(x, y): scale·⟨x, A y⟩ = tr(C M) for every M of its kind, so that a
 * law that is linear in M is a law between matrices.
 */
export interface Stripping {
  readonly space: Space
  readonly constant: string
  readonly kind: ConstantKind
  /** Chosen so that the charge begins with coefficient one. */
  readonly scale: Expr
  /** The matrices are written as Cᵀ, which takes fewer transposes. */
  readonly transposed: boolean
}

const bears = (o: Opaque): Contraction | undefined => {
  const c = asContraction(o)
  return c !== undefined && (holdsMap(c.left) || holdsMap(c.right)) ? c : undefined
}
const bearers = (e: Expr): readonly Contraction[] => atomsOf(e).flatMap((o) => bears(o) ?? [])

function sumOf(c: Contraction, s: Stripping): MatrixSum | undefined {
  const trace = traceOf(c, s.space)
  const stripped = trace === undefined ? undefined : stripConstant(trace, s.constant, s.space)
  return stripped === undefined || !s.transposed ? stripped : transposeSum(stripped)
}

/** Every contraction that holds the constant replaced by its matrix, where that can be done. */
function replaced(e: Expr, s: Stripping): Expr | undefined {
  const found = bearers(e).map((c) => [atom(c), sumOf(c, s)] as const)
  if (found.some(([, sum]) => sum === undefined)) return undefined
  const part = s.kind === 'diagonal' ? 'diagonal' : 'whole'
  return substitute(e, new Map(found.map(([c, sum]) => [c, mul(s.scale, matrixExpression(sum ?? [], part))])))
}

/** Whether a scalar is linear and homogeneous in the contractions that hold the constant: only then does a matrix law follow. */
function isLinear(e: Expr): boolean {
  const all = bearers(e)
  const slopes = all.map((c) => differentiate(e, '_opaque', { atomDerivative: (o) => (o === c ? ONE : ZERO) }))
  return slopes.every((slope) => bearers(slope).length === 0) && isZero(substitute(e, new Map(all.map((c) => [atom(c), ZERO]))))
}

const transposes = (sum: MatrixSum): number => sum.reduce((n, w) => n + w.factors.filter((f) => f.transposed).length, 0)

/** The stripping that a charge's matrix form suggests; undefined where the charge is not linear in the constant or vanishes with it. */
export function strippingOf(charge: Expr, space: Space, constant: string): Stripping | undefined {
  const kind = space.constants[constant]?.kind ?? 'general'
  const plain: Stripping = { space, constant, kind, scale: ONE, transposed: false }
  const sums = bearers(charge).map((c) => sumOf(c, plain))
  if (!isLinear(charge) || sums.some((sum) => sum === undefined)) return undefined
  const written = sums.flatMap((sum) => sum ?? [])
  const transposed = kind === 'general' && transposes(transposeSum(written)) < transposes(written)
  const [lead] = termsOf(replaced(charge, { ...plain, transposed }) ?? ZERO)
  return lead === undefined ? undefined : { ...plain, transposed, scale: div(ONE, num(lead.coefficient)) }
}

/** A scalar that is linear in the constant as a matrix; undefined for others. */
export const stripScalar = (e: Expr, s: Stripping): Expr | undefined => (isLinear(e) ? replaced(e, s) : undefined)

function demanded(e: Expr | undefined): Expr {
  if (e === undefined) throw new Error('a scalar that was found linear in the constant could not be stripped of it')
  return e
}

/** Every statement of the laws with the constant stripped; undefined where one is not linear in it. */
export function stripLaws(laws: Laws, s: Stripping): Laws | undefined {
  if (scalarsOf(laws).some((e) => stripScalar(e, s) === undefined)) return undefined
  const strip = (e: Expr): Expr => demanded(stripScalar(e, s))
  const drives = (all: readonly Driven[]): readonly Driven[] => all.map((d) => ({ ...d, drive: strip(d.drive) })).filter((d) => !isZero(d.drive))
  const flow = (f: FlowOfLaw): FlowOfLaw => ({ ...f, law: { ...f.law, charge: strip(f.law.charge), drive: strip(f.law.drive), drives: drives(f.law.drives) } })
  const system = (d: DiscreteSystem): DiscreteSystem => ({
    ...d,
    charge: strip(d.charge),
    next: strip(d.next),
    rows: d.rows.map((row) => ({ ...row, contraction: strip(row.contraction), drives: drives(row.drives) })),
  })
  const solution = (e: Expr): Expr => demanded(replaced(e, s))
  const { solved, discrete } = laws
  return {
    ...laws,
    flows: laws.flows.map(flow),
    discrete: discrete === undefined ? undefined : system(discrete),
    solved: solved === undefined ? undefined : {
      ...solved,
      law: flow(solved.law),
      regimes: solved.regimes.map((r) => ({ ...r, solution: solution(r.solution), readable: { ...r.readable, solution: solution(r.readable.solution) } })),
    },
  }
}

/** Every scalar of the laws that a stripping touches. */
const scalarsOf = (laws: Laws): readonly Expr[] => [
  ...laws.flows.flatMap((f) => [f.law.charge, f.law.drive]),
  ...(laws.discrete === undefined ? [] : [laws.discrete.charge, laws.discrete.next, ...laws.discrete.rows.flatMap((r) => [r.contraction, ...r.drives.map((d) => d.drive)])]),
]

function factorValue<T>(f: Factor, instance: Instance<T>): Matrix<T> {
  const value = f.kind === 'constant' ? instance.maps.constant(f.name) : instance.maps.block(f.block, instance.vector(vectorOf(f.vector)))
  if (value === undefined) throw new Error(`no value for ${f.kind === 'constant' ? f.name : f.block}`)
  return f.transposed ? transpose(value) : value
}

/** tr(C M) on an instance, of the diagonal part of C for a diagonal constant. */
function traceValue<T>(sum: MatrixSum, s: Stripping, instance: Instance<T>): T {
  const { field } = instance
  const constant = factorValue({ kind: 'constant', name: s.constant, transposed: s.transposed }, instance)
  return sum.reduce((total, w) => {
    const value = w.factors.map((f) => factorValue(f, instance)).reduce((product, m) => multiply(field, product, m), identity(field, constant.columns))
    const seen = s.kind === 'diagonal' ? matrix(value.rows, value.columns, (i, j) => (i === j ? (value.entries[i * value.columns + j] ?? field.zero) : field.zero)) : value
    const product = multiply(field, seen, constant)
    const trace = Array.from({ length: product.rows }, (_, i) => product.entries[i * product.columns + i] ?? field.zero).reduce((x, y) => field.add(x, y), field.zero)
    return field.add(total, field.multiply(instance.scalar(w.coefficient), trace))
  }, field.zero)
}

/** Checks on random exact instances, random constants of the kind included, that every contraction of the laws is the trace it was stripped to. */
export function checkStripping(laws: Laws, s: Stripping, symmetry: Symmetry): Check {
  const contractions = [...new Map(scalarsOf(laws).flatMap(bearers).map((c) => [c.key, c])).values()]
  const order = Math.max(0, ...contractions.map((c) => orderOf(atom(c))))
  const same: InstanceProperty = (instance) =>
    contractions.every((c) => {
      const difference = instance.field.add(instance.scalar(atom(c)), instance.field.negate(traceValue(sumOf(c, s) ?? [], s, instance)))
      return instance.field.isZero(difference)
    })
  return { ...checkProperty(same, order <= 2, s.space, [symmetry.generator]), detail: `${contractions.length} contractions compared with their traces` }
}
