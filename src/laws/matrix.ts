import { ONE, ZERO, atom, div, isZero, mul, num, termsOf } from '../algebra/build.js'
import { atomsOf, differentiate, substitute } from '../algebra/calculus.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { type Contraction, asContraction } from '../jets/contraction.js'
import type { ConstantKind, Space } from '../jets/space.js'
import { holdsMap, stripConstant, traceOf } from '../jets/trace.js'
import { type MatrixSum, matrixExpression, traceExpression, transposeSum, withMatricesMerged } from '../jets/word.js'
import type { DiscreteSolution } from './discreteSolution.js'
import type { DiscreteSystem } from './discrete.js'
import type { Driven } from './drives.js'
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
export const bearers = (e: Expr): readonly Contraction[] => atomsOf(e).flatMap((o) => bears(o) ?? [])

/** What a contraction that holds operators or polynomial fields is written as; undefined where it cannot be. */
export type BlockForm = (c: Contraction) => Expr | undefined

/** Traces of products of blocks. */
export const traceForm = (space: Space): BlockForm => (c) => {
  const trace = traceOf(c, space)
  return trace === undefined ? undefined : traceExpression(trace, space)
}

function sumOf(c: Contraction, s: Stripping): MatrixSum | undefined {
  const trace = traceOf(c, s.space)
  const stripped = trace === undefined ? undefined : stripConstant(trace, s.constant, s.space)
  return stripped === undefined || !s.transposed ? stripped : transposeSum(stripped)
}

/** Matrices, the constant stripped. */
export const matrixForm = (s: Stripping): BlockForm => (c) => {
  const sum = sumOf(c, s)
  return sum === undefined ? undefined : mul(s.scale, matrixExpression(sum, s.kind === 'diagonal' ? 'diagonal' : 'whole'))
}

/** Every contraction that holds an operator or a polynomial field in its block form; undefined where one has none. */
export function inBlocks(e: Expr, form: BlockForm): Expr | undefined {
  const found = bearers(e).map((c) => [atom(c), form(c)] as const)
  const values = new Map(found.flatMap(([c, value]) => (value === undefined ? [] : [[c, value] as const])))
  return values.size < found.length ? undefined : withMatricesMerged(substitute(e, values))
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
  const [lead] = termsOf(inBlocks(charge, matrixForm({ ...plain, transposed })) ?? ZERO)
  return lead === undefined ? undefined : { ...plain, transposed, scale: div(ONE, num(lead.coefficient)) }
}

function demanded(e: Expr | undefined): Expr {
  if (e === undefined) throw new Error('a contraction that was found to have a block form has none')
  return e
}

/** Every scalar of the laws that is written in blocks. */
export const scalarsOf = (laws: Laws): readonly Expr[] => [
  ...laws.flows.flatMap((f) => [f.law.charge, f.law.drive]),
  ...(laws.budget === undefined ? [] : [laws.budget.charge, ...laws.budget.terms.map((t) => t.change)]),
  ...(laws.noise === undefined ? [] : [laws.noise]),
  ...(laws.discrete === undefined ? [] : [laws.discrete.charge, laws.discrete.next, ...laws.discrete.rows.flatMap((r) => [r.contraction, ...r.drives.map((d) => d.drive)])]),
]

/** Whether every statement of the laws is linear in the constant, so that each is one between matrices. */
export const isLinearIn = (laws: Laws): boolean => scalarsOf(laws).every(isLinear)

/** The laws with every contraction in its block form; undefined where one has none. */
export function lawsInBlocks(laws: Laws, form: BlockForm): Laws | undefined {
  if (scalarsOf(laws).some((e) => inBlocks(e, form) === undefined)) return undefined
  return { ...rewrittenLaws(laws, (e) => demanded(inBlocks(e, form))), blockForm: (e) => inBlocks(e, form) }
}

/** The laws of the charge with every scalar rewritten; what is rewritten to zero drives nothing. */
export function rewrittenLaws(laws: Laws, write: (e: Expr) => Expr): Laws {
  const drives = (all: readonly Driven[]): readonly Driven[] => all.map((d) => ({ ...d, drive: write(d.drive) })).filter((d) => !isZero(d.drive))
  const flow = (f: FlowOfLaw): FlowOfLaw => ({ ...f, law: { ...f.law, charge: write(f.law.charge), drive: write(f.law.drive), drives: drives(f.law.drives) } })
  const system = (d: DiscreteSystem): DiscreteSystem => ({
    ...d,
    charge: write(d.charge),
    next: write(d.next),
    rows: d.rows.map((row) => ({ ...row, contraction: write(row.contraction), drives: drives(row.drives) })),
  })
  const solution = (s: DiscreteSolution): DiscreteSolution => ({
    ...s,
    initial: s.initial.map(([name, e]) => [name, write(e)] as const),
    cases: s.cases.map((c) => ({ ...c, solution: write(c.solution), readable: write(c.readable), undisturbed: c.undisturbed === undefined ? undefined : write(c.undisturbed) })),
    steadyState: s.steadyState === undefined ? undefined : write(s.steadyState),
  })
  const { solved, discrete, discreteSolution, budget, noise } = laws
  return {
    ...laws,
    flows: laws.flows.map(flow),
    discrete: discrete === undefined ? undefined : system(discrete),
    discreteSolution: discreteSolution === undefined ? undefined : solution(discreteSolution),
    budget: budget === undefined ? undefined : { charge: write(budget.charge), terms: budget.terms.map((t) => ({ ...t, change: write(t.change) })).filter((t) => !isZero(t.change)) },
    noise: noise === undefined ? undefined : write(noise),
    solved: solved === undefined ? undefined : {
      ...solved,
      law: flow(solved.law),
      regimes: solved.regimes.map((r) => ({ ...r, solution: write(r.solution), readable: { ...r.readable, solution: write(r.readable.solution) } })),
    },
  }
}
