import { readExpr } from '../algebra/read.js'
import { type DerivedLaw, derive } from '../laws/index.js'
import { type RuleStatement, readRule } from '../rules/rule.js'
import { symmetriesOf } from '../symmetry/symmetry.js'
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
  const rule = ruleOf(problem)
  return all.flatMap((stated) => {
    const { statement, parameters, path } = stated
    inPlace(problem, path, () => symmetriesOf(statement, parameters))
    const title = all.length === 1 ? problem.title : `${problem.title}: ${nameOf(stated)}`
    const laws = inPlace(problem, path, () => derive({ title, parameters, symmetry: statement, rule, order: problem.order }, keepSymbols))
    return laws.map((law) => ({ ...law, stated }))
  })
}

const nameOf = ({ statement, path }: StatedSymmetry): string => ('family' in statement ? statement.family : `generator ${path.slice(1).join('')}`.trim())

/** The rule as the engine takes it. Each of its texts is read alone first, for only so a fault within one has a place in the file. */
function ruleOf(problem: Problem): RuleStatement {
  const { rule } = problem
  if (isOwnRule(rule)) {
    const { name, state = {}, update, ...hyperparameters } = rule
    for (const [variable, text] of Object.entries(state)) inPlace(problem, ['rule', 'state', variable], () => readExpr(text))
    for (const [variable, text] of Object.entries(update)) {
      inPlace(problem, ['rule', 'update', variable], () => readRule({ state, update: { theta: 'theta', [variable]: text } }))
    }
    return checked(problem, { ...hyperparameters, state, update, ...(name === undefined ? {} : { name }) })
  }
  return checked(problem, rule)
}

function checked(problem: Problem, rule: RuleStatement): RuleStatement {
  for (const [key, value] of Object.entries(rule)) {
    if (!['name', 'state', 'update'].includes(key) && typeof value === 'string') inPlace(problem, ['rule', key], () => readExpr(value))
  }
  inPlace(problem, ['rule'], () => readRule(rule))
  return rule
}
