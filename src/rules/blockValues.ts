import { ZERO, div, mul, sym } from '../algebra/build.js'
import { symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { freeName } from '../algebra/names.js'
import { InputError } from '../errors.js'
import { type Settings, blockName } from './hyperparameters.js'
import { RELATIVE_RATE } from './slow.js'

/** What becomes of the hyperparameters of a statement. */
export interface Settled {
  /** Values of what stays a symbol, which belong to a run. */
  readonly given: Map<string, Expr>
  /** Those of them that depend on the step number k. */
  readonly schedules: Map<string, Expr>
}

const ETA = sym('eta')
const isSchedule = (e: Expr): boolean => symbolsOf(e).has('k')

/** All symbols that values are made of. */
export const symbolsOfValues = ({ values, schedules, byBlock }: Settings): readonly string[] =>
  [...values.values(), ...schedules.values(), ...[...byBlock.values()].flatMap((blocks) => [...blocks.values()])].flatMap((e) => [...symbolsOf(e)])

/**
 * The values of a hyperparameter by block as they stand in the updates: learning rates relative to the first block's, which is `eta`; what depends on the step,
 * and numbers that stay symbols, by a symbol of the block, e.g. `lambda_W1`, or `sigma_W1` for the learning rate relative to eta.
 * @param staysSymbol whether a value that does not move does
 * @param taken names that are those of something else
 * @param settled takes the values of the symbols up
 */
export function blockValues(key: string, byBlock: ReadonlyMap<string, Expr>, staysSymbol: (e: Expr) => boolean, taken: ReadonlySet<string>, settled: Settled): ReadonlyMap<string, Expr> {
  const named = (base: string, block: string, e: Expr): Expr => {
    const name = freeName(taken, blockName(base, block), blockName(`${base}_of`, block))
    settled.given.set(name, e)
    if (isSchedule(e)) settled.schedules.set(name, e)
    return sym(name)
  }
  const relative = (block: string, ratio: Expr): Expr => mul(ETA, isSchedule(ratio) ? named(RELATIVE_RATE, block, ratio) : ratio)
  const [reference] = byBlock.values()
  if (key !== 'eta' || reference === undefined) return mapValues(byBlock, (e, block) => (isSchedule(e) || staysSymbol(e) ? named(key, block, e) : e))
  if ([...byBlock.values()].some((e) => symbolsOf(e).has('eta'))) return mapValues(byBlock, (e, block) => (!isSchedule(e) ? e : symbolsOf(div(e, ETA)).has('eta') ? named(key, block, e) : relative(block, div(e, ETA))))
  if (reference === ZERO) throw new InputError('the first learning rate is zero', 'list a block with a positive one first')
  settled.given.set('eta', reference)
  if (isSchedule(reference)) settled.schedules.set('eta', reference)
  return mapValues(byBlock, (e, block) => relative(block, div(e, reference)))
}

const mapValues = (values: ReadonlyMap<string, Expr>, f: (e: Expr, block: string) => Expr): ReadonlyMap<string, Expr> => new Map([...values].map(([block, e]) => [block, f(e, block)]))
