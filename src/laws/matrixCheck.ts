import { atom, sym } from '../algebra/build.js'
import { evaluateExact } from '../algebra/evaluate.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { type InstanceProperty, checkProperty, orderOf } from '../jets/check.js'
import { linearForm } from '../jets/collect.js'
import type { Instance } from '../jets/instance.js'
import { type Matrix, matrix, multiply, transpose } from '../jets/matrix.js'
import { vectorOf } from '../jets/vector.js'
import { type Factor, MatrixAtom, type Word, TraceAtom } from '../jets/word.js'
import type { Check } from './derivation.js'
import type { Laws } from './engine.js'
import { type BlockForm, bearers, scalarsOf } from './matrix.js'

function factorValue<T>(f: Factor, instance: Instance<T>): Matrix<T> {
  const value = f.kind === 'constant' ? instance.maps.constant(f.name) : instance.maps.block(f.block, instance.vector(vectorOf(f.vector)))
  if (value === undefined) throw new Error(`no value for ${f.kind === 'constant' ? f.name : f.block}`)
  return f.transposed ? transpose(value) : value
}

function productValue<T>(factors: readonly Factor[], instance: Instance<T>): Matrix<T> {
  const [first, ...rest] = factors.map((f) => factorValue(f, instance))
  if (first === undefined) throw new Error('a product without factors')
  return rest.reduce((product, m) => multiply(instance.field, product, m), first)
}

function trace<T>(m: Matrix<T>, instance: Instance<T>): T {
  const { field } = instance
  return Array.from({ length: m.rows }, (_, i) => m.entries[i * m.columns + i] ?? field.zero).reduce((x, y) => field.add(x, y), field.zero)
}

/** The diagonal of a matrix as a diagonal matrix. */
const diagonal = <T>(m: Matrix<T>, instance: Instance<T>): Matrix<T> =>
  matrix(m.rows, m.columns, (i, j) => (i === j ? (m.entries[i * m.columns + j] ?? instance.field.zero) : instance.field.zero))

/** What a stripped matrix is multiplied with under the trace. */
type Stripped = Extract<Factor, { kind: 'constant' }> | undefined

/** tr(C M) of a matrix, or a trace itself. */
function blockValue<T>(o: Opaque, constant: Stripped, instance: Instance<T>): T {
  const { field } = instance
  if (o instanceof TraceAtom) return trace(productValue(o.factors, instance), instance)
  if (!(o instanceof MatrixAtom)) return instance.scalar(atom(o))
  if (constant === undefined) throw new Error(`${o.text()} is no block form`)
  const term = (w: Word): T => {
    const value = productValue(w.factors, instance)
    const seen = o.part === 'diagonal' ? diagonal(value, instance) : value
    return field.multiply(instance.scalar(w.coefficient), trace(multiply(field, seen, factorValue(constant, instance)), instance))
  }
  return o.sum.map(term).reduce((x, y) => field.add(x, y), field.zero)
}

/** The value of a block form, in which traces of vectors may be multiplied. */
const formValue = <T>(form: Expr, constant: Stripped, instance: Instance<T>): T =>
  evaluateExact(form, instance.field, { symbol: (name) => instance.scalar(sym(name)), atom: (o) => blockValue(o, constant, instance), kernel: (e) => instance.scalar(e) })

/** Whether scale·contraction is the value of its block form; one in matrices is linear in them. */
function agrees<T>(contraction: Expr, scale: Expr, form: Expr, constant: Stripped, instance: Instance<T>): boolean {
  const { field } = instance
  if (constant !== undefined && linearForm(form) === undefined) return false
  const written = formValue(form, constant, instance)
  return field.isZero(field.add(field.multiply(instance.scalar(scale), instance.scalar(contraction)), field.negate(written)))
}

/**
 * Checks on random exact instances, random constants of their kinds included, that every contraction of the laws is what its block form
 * says: scale·contraction = tr(C M) for a stripped constant M, the trace itself where none is stripped.
 */
export function checkBlockForms(laws: Laws, form: BlockForm, scale: Expr, constant?: Stripped): Check {
  const pairs = [...new Map(scalarsOf(laws).flatMap(bearers).map((c) => [c.key, c])).values()].map((c) => [atom(c), form(c)] as const)
  const order = Math.max(0, ...pairs.map(([c]) => orderOf(c)))
  const property: InstanceProperty = (instance) => pairs.every(([c, written]) => written !== undefined && agrees(c, scale, written, constant, instance))
  return { ...checkProperty(property, order <= 2, laws.symmetry.space, [laws.symmetry.generator]), detail: `${pairs.length} contractions compared with their block forms` }
}
