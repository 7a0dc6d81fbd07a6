import { ONE, ZERO, sym } from '../algebra/build.js'
import { symbolsOf } from '../algebra/calculus.js'
import { type Expr, FUNCTIONS } from '../algebra/expr.js'
import { INVERSE_HYPERBOLIC } from '../algebra/inverseHyperbolic.js'
import { nearest } from '../algebra/nearest.js'
import { readExpr } from '../algebra/read.js'
import { type Syntax, parseSyntax } from '../algebra/syntax.js'
import { InputError } from '../errors.js'
import { projector } from '../jets/operator.js'
import { mapPoints, substituteScalars } from '../jets/substitute.js'
import { type Vector, apply, combine, subVectors } from '../jets/vector.js'
import { symbolsIn } from '../jets/walk.js'
import type { RuleStatement } from './model.js'
import { unlessSingular } from './series.js'

/** Keys of a rule's statement that are no hyperparameters; `h` is the potential of mirror descent. */
export const RULE_KEYS: readonly string[] = ['name', 'state', 'update', 'h']

/** What a rule's statement says of its hyperparameters. */
export interface Settings {
  /** One value for all parameters: a number, a symbol, a formula. */
  readonly values: ReadonlyMap<string, Expr>
  /** Values that depend on the step number k; the symbol stays in the update equations and means its value at the step. */
  readonly schedules: ReadonlyMap<string, Expr>
  /** Values by block: the hyperparameter is the diagonal operator Σ λ_B P_B. */
  readonly byBlock: ReadonlyMap<string, ReadonlyMap<string, Expr>>
}

const nonNegative = new Set(['eta', 'lambda'])

function readValue(key: string, value: unknown): Expr {
  if (typeof value !== 'number' && typeof value !== 'string')
    throw new InputError(`the hyperparameter ${key} is neither a number nor expression text`, `write e.g. ${key}: 0.1, ${key}: ${key}, or a value for each block`)
  if (nonNegative.has(key) && Number(value) < 0)
    throw new InputError(`${key} = ${value} is negative`, `${key === 'eta' ? 'a learning rate' : 'a weight decay'} is positive or zero`)
  return readExpr(String(value))
}

/** Reads the hyperparameters of a statement. @throws InputError for values that are neither numbers, texts nor records of these. */
export function settingsOf(statement: RuleStatement, defaults: Readonly<Record<string, string>>): Settings {
  const values = new Map(Object.entries(defaults).map(([key, text]) => [key, readExpr(text)] as const))
  const schedules = new Map<string, Expr>()
  const byBlock = new Map<string, ReadonlyMap<string, Expr>>()
  for (const [key, value] of Object.entries(statement)) {
    if (RULE_KEYS.includes(key)) continue
    if (typeof value === 'object' && value !== null) {
      byBlock.set(key, new Map(Object.entries(value).map(([block, one]) => [block, readValue(key, one)])))
      values.delete(key)
      continue
    }
    const e = readValue(key, value)
    if (symbolsOf(e).has('k')) schedules.set(key, e)
    else values.set(key, e)
    if (schedules.has(key)) values.delete(key)
  }
  return { values, schedules, byBlock }
}

const isByBlock = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

/** Whether some hyperparameter has values by block. */
export const hasBlockValues = (statement: RuleStatement): boolean => Object.entries(statement).some(([key, value]) => !RULE_KEYS.includes(key) && isByBlock(value))

/** A rule's statement for some of the blocks it has values for; learning rates stay relative to the first of all blocks. */
export function restrictedTo(statement: RuleStatement, blocks: readonly string[]): RuleStatement {
  const entries = Object.entries(statement).map(([key, value]) => {
    if (RULE_KEYS.includes(key) || !isByBlock(value)) return [key, value] as const
    const [reference] = Object.values(value)
    const relative = key === 'eta' && !Object.values(value).some((v) => symbolsOf(readValue(key, v)).has('eta'))
    const kept = Object.entries(value).filter(([block]) => blocks.includes(block))
    return [key, Object.fromEntries(kept.map(([block, v]) => [block, relative ? `eta*(${String(v)})/(${String(reference)})` : v]))] as const
  })
  return Object.fromEntries(entries)
}

/** The name of a hyperparameter on one block. */
export const blockName = (key: string, block: string): string => `${key}_${block}`

function known(key: string, block: string, sets: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const members = Object.hasOwn(sets, block) ? sets[block] : undefined
  if (members !== undefined || Object.keys(sets).length === 0) return members ?? [block]
  const guess = nearest(block, Object.keys(sets))
  throw new InputError(`${key} has a value for '${block}', which is no block`, guess === undefined ? `the blocks are ${Object.keys(sets).join(', ')}` : `did you mean ${guess}?`)
}

/**
 * A vector with one hyperparameter replaced by the diagonal operator Σ c_B P_B; blocks without a value of their own keep the symbol,
 * and where every block has one, what is in no block has zero.
 * @param sets the blocks and sets of the problem, by name; none if they are not known yet
 * @throws InputError for an unknown block
 */
export function spread(x: Vector, key: string, byBlock: ReadonlyMap<string, Expr>, sets: Readonly<Record<string, readonly string[]>>): Vector {
  // The point at which a gradient is read is a vector of its own, one for all blocks: what it keeps of the hyperparameter is none of the term's.
  const kept = sym(`_${key}`)
  const inPoints = mapPoints(x, (point) => substituteScalars(spread(point, key, byBlock, sets), new Map([[sym(key), kept]])))
  return substituteScalars(spreadTerms(inPoints, key, byBlock, sets), new Map([[kept, sym(key)]]))
}

function spreadTerms(x: Vector, key: string, byBlock: ReadonlyMap<string, Expr>, sets: Readonly<Record<string, readonly string[]>>): Vector {
  const parts = [...byBlock].map(([block, value]) => ({ projection: projector(block, known(key, block, sets)), value }))
  const complete = coveredBlocks(new Map([[key, byBlock]]), sets).length > 0
  return combine(x.terms.flatMap((t) => {
    const term: Vector = { terms: [t] }
    if (!symbolsIn(term).has(key)) return [[ONE, term] as const]
    const at = (value: Expr): Vector => substituteScalars(term, new Map([[sym(key), value]]))
    // Where every block has a value nothing is elsewhere, though zero for the value leaves what the blocks share in one piece.
    const elsewhere = complete ? unlessSingular(() => at(ZERO)) : term
    if (elsewhere === undefined) return parts.map(({ projection, value }) => [ONE, apply(projection, at(value))] as const)
    return [[ONE, elsewhere] as const, ...parts.map(({ projection, value }) => [ONE, apply(projection, subVectors(at(value), elsewhere))] as const)]
  }))
}

/** Functions that are taken component by component. */
const COMPONENTWISE: ReadonlySet<string> = new Set(['exp', 'sqrt', 'mod', ...FUNCTIONS, ...Object.keys(INVERSE_HYPERBOLIC)])

/** Whether a function takes a vector component by component, or block by block, so that a factor of each block may stand inside; a gradient's point is read by itself. */
const actsByBlock = (name: string): boolean => COMPONENTWISE.has(name) || name === 'g' || name.startsWith('P_')

/** Names inside of functions that mix blocks, such as norm2(lambda*theta) or H(eta*g), each with the function. */
export function namesInMixing(s: Syntax, within?: string): readonly (readonly [name: string, within: string])[] {
  if (s.kind === 'number') return []
  if (s.kind === 'name') return within === undefined ? [] : [[s.name, within]]
  if (s.kind === 'call') return s.args.flatMap((x) => namesInMixing(x, within ?? (actsByBlock(s.name) ? undefined : s.name)))
  return (s.kind === 'unary' ? [s.operand] : [s.left, s.right]).flatMap((x) => namesInMixing(x, within))
}

/**
 * A factor that differs between blocks is not read inside of a function that mixes them: it would come out of it as one number.
 * @throws InputError where it stands there
 */
export function refuseMixed(updates: readonly string[], { byBlock }: Settings): void {
  if (byBlock.size === 0) return
  for (const [name, within] of updates.flatMap((text) => namesInMixing(parseSyntax(text))))
    if (byBlock.has(name)) throw new InputError(`${name} differs between blocks and stands inside of ${within}`, 'write the update with projections, e.g. P_w(theta)')
}

/** All blocks, if some hyperparameter has a value for each of them; else none. */
export function coveredBlocks(byBlock: Settings['byBlock'], sets: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const all = [...new Set(Object.values(sets).flat())]
  const complete = [...byBlock.values()].some((values) => {
    const named = new Set([...values.keys()].flatMap((name) => (Object.hasOwn(sets, name) ? (sets[name] ?? []) : [])))
    return all.every((b) => named.has(b))
  })
  return complete ? all : []
}
