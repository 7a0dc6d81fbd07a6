import { ZERO } from '../algebra/build.js'
import { subexpressions, substitute, symbolsOf } from '../algebra/calculus.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { nearest } from '../algebra/nearest.js'
import { readExpr } from '../algebra/read.js'
import { InputError } from '../errors.js'
import type { Laws } from '../laws/engine.js'
import type { Network } from '../network/network.js'
import type { Problem } from '../problem/index.js'
import { RULES } from '../rules/catalogue.js'
import { hasBlockValues } from '../rules/hyperparameters.js'
import { type Rule, readRule } from '../rules/rule.js'
import { RELATIVE_RATE } from '../rules/slow.js'
import type { Hyperparameters } from '../training/index.js'
import { type HyperparametersAt, constantly } from './quantities.js'

const TRAIN_KEYS = new Set(['steps', 'batch', 'full_batch', 'replacement', 'seed', 'backend', 'full_gradient_every', 'ensemble', 'metric'])

/** The hyperparameters that `train` gives: numbers and schedules. */
const inTrain = (problem: Problem): readonly (readonly [string, Expr])[] =>
  Object.entries(problem.train ?? {}).flatMap(([key, value]): readonly (readonly [string, Expr])[] =>
    TRAIN_KEYS.has(key) || (typeof value !== 'number' && typeof value !== 'string') ? [] : [[key, readExpr(String(value))]],
  )

/** @throws InputError for a hyperparameter that has values for some blocks of the network only, and none for the others under train */
export function refuseUncovered(problem: Problem, network: Network): void {
  const given = new Set(inTrain(problem).map(([name]) => name))
  for (const [name, value] of Object.entries(problem.rule)) {
    if (['state', 'update'].includes(name) || given.has(name) || typeof value !== 'object' || value === null) continue
    const blocks = network.parameters.map((p) => p.name).filter((block) => !Object.hasOwn(value, block))
    if (blocks.length > 0) throw new InputError(`${name} has no value for ${blocks.join(', ')}`, `give one for each block of the network, or ${name}: 0 under train for the blocks that have none`)
  }
}

/** @throws InputError for a number under train that neither the rule nor a schedule has */
function refuseUnused(problem: Problem, rule: Rule, values: Hyperparameters, blocks: readonly string[]): void {
  const used = new Set([...rule.hyperparameters, ...rule.given.keys(), 'eta', 't_0', ...Object.values(values).flatMap((e) => (typeof e === 'number' ? [] : [...symbolsOf(e)]))])
  const unused = inTrain(problem).map(([name]) => name).find((name) => !used.has(name))
  if (unused === undefined) return
  if (blocks.includes(unused)) throw new InputError(`train gives a number ${unused}, which is a block of the network`, `in the rule ${unused} means the block: call the number something else`)
  const guess = nearest(unused, rule.hyperparameters)
  const isOff = Object.hasOwn(RULES[rule.name]?.defaults ?? {}, unused)
  throw new InputError(`train gives ${unused}, which the rule ${rule.name} does not have`, isOff ? `it is ${RULES[rule.name]?.defaults[unused] ?? 0} there unless the rule says ${unused}: ${unused}` : guess === undefined ? 'leave it out' : `did you mean ${guess}?`)
}

/**
 * Values of the rule's hyperparameters for the run: those of `rule`, then those of `train`.
 * @param blocks the parameters of the network by name
 * @throws InputError for one that has none, one that nothing has, and for a schedule with a name in it that is no number
 */
export function settingsOf(problem: Problem, rule: Rule, blocks: readonly string[] = []): Hyperparameters {
  const values = Object.fromEntries([...rule.given, ...inTrain(problem)].map(([key, e]) => [key, e.kind === 'number' ? evaluateNumber(e, {}) : e] as const))
  const start = rule.action === undefined ? [] : ['t_0'] // a motion begins at rest at a time of its own
  const missing = [...rule.hyperparameters, 'eta', ...start].filter((name) => !Object.hasOwn(values, name))
  if (missing.length > 0) throw new InputError(`a run needs a value for ${missing.join(', ')}`, `write ${missing.map((name) => `${name}: …`).join(', ')} under train: a number, or a schedule in the step k (0 for what is not wanted)`)
  for (const [name, value] of Object.entries(values)) {
    const unknown = typeof value === 'number' ? undefined : [...symbolsOf(value)].find((x) => x !== 'k' && typeof values[x] !== 'number')
    if (unknown !== undefined) throw new InputError(`the schedule of ${name} has ${unknown} in it, which is no number`, `write ${name} as a number, or in the step k and names that have numbers under train`)
  }
  refuseUnused(problem, rule, values, blocks)
  const { eta } = values
  if (typeof eta === 'number' && !(eta > 0)) throw new InputError(`the learning rate eta = ${eta}`, 'a run needs a positive one')
  return values
}

/** The rule that a run executes: that of a law, or, with hyperparameters by block, the one for all parameters of the network. */
export const ruleOfRun = (problem: Problem, network: Network, ofLaw: Rule): Rule =>
  hasBlockValues(problem.rule) ? readRule(problem.rule, Object.fromEntries(network.parameters.map(({ name }) => [name, [name]])), true) : ofLaw

/** The step whose learning rate is the unit of time: the first, or that of the largest rate where a warm-up begins at zero. */
export function referenceStep(at: HyperparametersAt, steps: number): number {
  const rate = (k: number): number => at(k)['eta'] ?? 1
  if (rate(0) > 0) return 0
  return Array.from({ length: steps }, (_, k) => k).reduce((best, k) => (rate(k) > rate(best) ? k : best), 0)
}

/** The numbers at step k of a run: schedules are evaluated, and the learning rate relative to that of the reference step is there too. */
export function numbersAt(settings: Hyperparameters, steps: number): HyperparametersAt {
  const constant = Object.fromEntries(Object.entries(settings).filter((e): e is [string, number] => typeof e[1] === 'number'))
  const schedules = Object.entries(settings).flatMap(([name, e]) => (typeof e === 'number' ? [] : [[name, e] as const]))
  if (schedules.length === 0) return constantly(constant)
  const at = (k: number): Readonly<Record<string, number>> => ({ ...constant, ...Object.fromEntries(schedules.map(([name, e]) => [name, evaluateNumber(e, { ...constant, k })])) })
  if (!schedules.some(([name]) => name === 'eta')) return at
  const unit = at(referenceStep(at, steps))['eta'] ?? 1
  return (k) => {
    const values = at(k)
    return { ...values, [RELATIVE_RATE]: (values['eta'] ?? 1) / unit }
  }
}

/** The rates of scheduled hyperparameters set to zero. */
function held(e: Expr): Expr {
  const rates = [...subexpressions(e)].filter((x) => x.kind === 'derivative')
  return rates.length === 0 ? e : substitute(e, new Map(rates.map((x) => [x, ZERO])))
}

/** Laws whose flows are those of hyperparameters held at their values: what reruns with constant ones follow. */
export function heldLaws(laws: Laws): Laws {
  if (laws.rule.schedules.size === 0) return laws
  const flows = laws.flows.map((f) => ({ ...f, law: { ...f.law, coefficients: f.law.coefficients.map(held), drive: held(f.law.drive) } }))
  return { ...laws, flows }
}

/** The problem with the schedules of `train` stated by its rule, so that they are part of the derivation. */
export function withTrainSchedules(problem: Problem): Problem {
  const schedules = Object.keys(problem.train ?? {}).filter((key) => inTrain(problem).some(([name, e]) => name === key && symbolsOf(e).has('k')))
  const values = Object.fromEntries(schedules.map((key) => [key, String(problem.train?.[key])]))
  return schedules.length === 0 ? problem : { ...problem, rule: { ...problem.rule, ...values } }
}
