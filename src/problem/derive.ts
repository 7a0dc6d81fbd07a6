import { symbolsOf } from '../algebra/calculus.js'
import { readExpr } from '../algebra/read.js'
import { InputError } from '../errors.js'
import { type DerivedLaw, type LawStatement, derive } from '../laws/index.js'
import { buildNetwork } from '../network/index.js'
import { hasBlockValues, restrictedTo } from '../rules/hyperparameters.js'
import { speaksOfMatrices } from '../rules/matrixStates.js'
import { type RuleStatement, readRule } from '../rules/rule.js'
import { type GeneratorStatement, blocksOf, symmetriesOf } from '../symmetry/symmetry.js'
import type { Sets } from './networkBlocks.js'
import { refuseUndeclaredTerms } from './names.js'
import { inPlace } from './problem.js'
import { type Problem, isOwnRule } from './schema.js'
import { type StatedSymmetry, statedSymmetries } from './symmetries.js'

/** A law of a problem, with where the problem's network has its symmetry. */
export interface ProblemLaw extends DerivedLaw {
  readonly stated: StatedSymmetry
}

/**
 * Derives the laws of all symmetries of a problem under its rule, every step checked.
 *
 * @param keepSymbols keep hyperparameters given as numbers as symbols; the numbers then belong to the run
 * @throws InputError with file, line and column for texts that cannot be read or make no sense
 */
export function deriveProblem(problem: Problem, keepSymbols = false): readonly ProblemLaw[] {
  const all = statedSymmetries(problem)
  for (const stated of all) if ('generator' in stated.statement) readGenerator(problem, stated.statement, stated)
  const symmetries = all.flatMap(({ statement, parameters, path }) => inPlace(problem, path, () => symmetriesOf(statement, parameters)))
  const sets: Sets = Object.assign({}, blocksOfNetwork(problem, all), ...symmetries.map(({ names }) => names.sets), ...all.map(({ blocks }) => blocks))
  const rule = ruleOf(problem, sets)
  // The sets of inferred symmetries have the same names for different neurons, so that only stated ones can be used together.
  const known = all.every(({ instances }) => instances.length === 0) ? { all: symmetries } : {}
  return all.flatMap((stated) => {
    const { statement, parameters, path } = stated
    const title = all.length === 1 ? problem.title : `${problem.title}: ${nameOf(stated)}`
    const blocks = stated.instances.length === 0 || stated.blocks !== undefined ? { rule, parameters, sets: stated.blocks } : withBlocks(problem, rule, blocksOfNetwork(problem, all), stated)
    const laws = inPlace(problem, path, () => derive({ title, symmetry: statement, order: problem.order, complete: isComplete(problem, stated), ...blocks, ...known }, keepSymbols))
    const told = stated.notation === undefined ? {} : { notation: stated.notation }
    return laws.map(({ derivation, ...law }) => ({ ...law, derivation: { ...derivation, symmetry: { ...derivation.symmetry, ...told } }, stated }))
  })
}

/** Whether the blocks of a law are all parameters there are: those that a problem declares, beside a network those of the network. */
const isComplete = ({ parameters, network }: Problem, { instances, blocks }: StatedSymmetry): boolean =>
  blocks !== undefined || parameters !== undefined && instances.length === 0 && (network === undefined || buildNetwork(network).parameters.every(({ name }) => Object.hasOwn(parameters, name)))

/** The parameters of the network whose symmetries are inferred, for values by block; those in no symmetry too. */
const blocksOfNetwork = ({ network, rule }: Problem, all: readonly StatedSymmetry[]): Sets =>
  network === undefined || !hasBlockValues(rule) || all.every(({ instances }) => instances.length === 0) ? {} : Object.fromEntries(buildNetwork(network).parameters.map(({ name }) => [name, [name]]))

/**
 * The rule and the blocks that the law of an inferred symmetry speaks of. To first order in the learning rate these are the blocks of the symmetry
 * alone; from the second on the gradient of every other block takes part, with that block's own values.
 */
function withBlocks(problem: Problem, rule: RuleStatement, sets: Sets, { instances, parameters }: StatedSymmetry): Pick<LawStatement, 'rule' | 'parameters'> {
  if (!hasBlockValues(rule)) return { rule, parameters }
  if (problem.order < 2) return { rule: restrictedTo(rule, instances.flatMap((one) => Object.keys(one.sets))), parameters }
  return { rule, parameters: { ...Object.fromEntries(Object.keys(sets).map((block) => [block, [`n_${block}`]])), ...parameters } }
}

/** Each component is read alone first, so that a fault within it has a place in the file. */
function readGenerator(problem: Problem, statement: GeneratorStatement, { parameters: declaredShapes, path }: StatedSymmetry): void {
  const parameters = inPlace(problem, path, () => blocksOf(statement, declaredShapes))
  const lists = [statement.symmetric, statement.antisymmetric, statement.diagonal].flatMap((list) => list ?? [])
  // A term may be a function of time alone, as in a boost.
  const declared = [...Object.keys(parameters), ...Object.keys(statement.generator), ...Object.keys(statement.constants ?? {}), ...lists]
  const still = Object.values(statement.generator).every(isZeroText)
  for (const [block, text] of Object.entries(statement.generator)) {
    inPlace(problem, [...path, 'generator', block], () => {
      refuseUndeclaredTerms(text, [...new Set([...declared, 't', `one_${block}`])])
      // A block may stay as it is where another does not.
      if (still || !isZeroText(text)) symmetriesOf({ ...statement, generator: { [block]: text }, time: undefined, gauge: undefined }, parameters)
    })
  }
  for (const part of ['time', 'gauge'] as const) {
    const text = statement[part]
    if (text !== undefined) inPlace(problem, [...path, part], () => symmetriesOf({ ...statement, time: undefined, gauge: undefined, [part]: text }, parameters))
  }
}

/** Whether a component is zero as it is written: `0`, `0*a`. */
const isZeroText = (text: string): boolean => /^\s*0(\s*\*.*)?$/.test(text) && !/[+-]/.test(text)

const nameOf = ({ statement, path }: StatedSymmetry): string => ('family' in statement ? statement.family : `generator ${path.slice(1).join('')}`.trim())

/** The rule as the engine takes it. Each of its texts is read alone first, for only so a fault within one has a place in the file. */
function ruleOf(problem: Problem, sets: Sets): RuleStatement {
  const { rule } = problem
  if (isOwnRule(rule)) {
    const { name, state = {}, update, ...hyperparameters } = rule
    for (const [variable, text] of Object.entries(state)) inPlace(problem, ['rule', 'state', variable], () => readInitialValue(text))
    for (const [i, variable] of Object.keys(update).entries()) {
      const soFar = Object.fromEntries(Object.entries(update).slice(0, i + 1))
      const words = new Set(Object.values(soFar).flatMap((text) => text.match(/[A-Za-z]\w*/g) ?? []))
      const values = Object.fromEntries(Object.entries(hyperparameters).filter(([key]) => words.has(key)))
      // A state that is a matrix is known by its update only.
      const kept = (name: string): string => (words.has(name) && speaksOfMatrices(update[name] ?? name) ? (update[name] ?? name) : name)
      const still = Object.fromEntries([...Object.keys(state), 'theta'].filter((name) => !Object.hasOwn(soFar, name)).map((name) => [name, kept(name)]))
      inPlace(problem, ['rule', 'update', variable], () => readRule({ ...values, state, update: { ...soFar, ...still } }, sets))
    }
    return checked(problem, sets, { ...hyperparameters, state, update, ...(name === undefined ? {} : { name }) })
  }
  return checked(problem, sets, rule)
}

function readInitialValue(text: string): void {
  const [symbol] = symbolsOf(readExpr(text))
  if (symbol !== undefined && text.trim() !== 'theta') throw new InputError(`the initial value has the symbol ${symbol}`, 'give a number, e.g. 0, or theta for a copy of the parameters')
}

function checked(problem: Problem, sets: Sets, rule: RuleStatement): RuleStatement {
  for (const [key, value] of Object.entries(rule)) {
    if (key === 'h') inPlace(problem, ['rule', key], () => readRule({ name: rule.name, h: value }))
    else if (!['name', 'state', 'update'].includes(key) && typeof value === 'string') inPlace(problem, ['rule', key], () => readExpr(value))
  }
  inPlace(problem, ['rule'], () => readRule(rule, sets))
  return rule
}
