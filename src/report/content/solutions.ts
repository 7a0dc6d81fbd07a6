import type { Derivation, DiscreteSolutionStatement, SolutionCase } from '../../laws/derivation.js'
import { type Block, math, paragraph, resultBlock } from '../document.js'
import { checkContent } from './checkContent.js'
import { equation, formula, nameLatex } from './equation.js'
import { accumulates } from './lawParts.js'
import { sentence } from './sentence.js'

type Laws = Derivation['laws']
type Solution = Laws['solution']

/** The charge over the time of the flow: which law is solved, and its cases; or why there is no solution. */
export function flowSolution(title: string, { solution, missing, letter = 'q' }: Laws): Block[] {
  const at = `${title}, laws.solution`
  const told = solution.latex === '' || solution.cases.some((each) => each.latex === solution.latex)
  const unsolved = missing?.flow === undefined ? missing?.solution : undefined
  return [
    ...(solution.note === undefined ? [] : [paragraph(sentence(solution.note))]),
    ...(unsolved === undefined ? [] : [paragraph(`There is no solution in closed form: ${unsolved}.`)]),
    ...(told ? [] : [resultBlock('Solution', equation(`${letter}(t)`, solution, at))]),
    ...solution.cases.map((each): Block => ({
      kind: 'result',
      label: [`Solution, ${each.name}`],
      formulas: caseFormulas(each, `${letter}(t)`, at),
      note: checkContent(each.verified),
    })),
  ]
}

/** The condition of a case, where it has one, and what the charge is then. */
const caseFormulas = (one: SolutionCase, left: string, at: string): string[] => [
  ...(one.condition.latex === '' ? [] : [formula(one.condition, `${at}.cases ${one.name}.condition`)]),
  equation(left, one, `${at}.cases ${one.name}`),
]

/** The exact discrete law in closed form, or why it has none. */
export function stepSolution(title: string, { discreteSolution: law, missing, letter = 'q' }: Laws): Block[] {
  const none = missing?.discreteSolution
  if (law === undefined) return none === undefined ? [] : [paragraph(`The exact discrete law has no closed form: ${none}.`)]
  const at = `${title}, laws.discreteSolution`
  const left = `${letter}_{${nameLatex(law.step)}}`
  const names = law.initial.map((one) => `${nameLatex(one.name)} = \\left( ${formula(one, `${at}.initial ${one.name}`)} \\right)_{0}`)
  return [
    ...law.cases.map((one): Block => ({
      kind: 'result',
      label: ['The exact discrete law at step ', math(nameLatex(law.step)), `, ${one.name}`],
      formulas: caseFormulas(one, left, at),
      note: checkContent(one.verified),
    })),
    ...(names.length < 2 ? [] : [resultBlock('From the values at the first step', ...names)]),
    ...(accumulates(law)
      ? [paragraph(`Under sums and products what is measured${law.step === 'k' ? '' : ', and k in it,'} is that of the step of the index.`)]
      : []),
    ...law.cases.flatMap(({ undisturbed }) =>
      undisturbed === undefined ? [] : [resultBlock('While the drive stays as it is', equation(left, undisturbed, `${at}.undisturbed`))],
    ),
  ]
}

/** Steady states, how fast they are reached, and what else follows. */
export function consequences(title: string, { solution, discreteSolution, missing, letter = 'q' }: Laws): Block[] {
  const at = `${title}, laws`
  const { steadyState } = solution
  return [
    ...(steadyState === undefined
      ? []
      : [resultBlock('Steady state of the flow', equation(`${letter}_\\infty`, steadyState, `${at}.solution.steadyState`))]),
    ...(discreteSolution === undefined ? [] : steadySteps(discreteSolution, letter, `${at}.discreteSolution`)),
    ...implications(solution, `${at}.solution`),
    ...(missing?.mean === undefined ? [] : [paragraph(`There is no law of the mean under minibatch noise by Itô’s formula: ${missing.mean}.`)]),
  ]
}

function steadySteps({ steadyState, cases }: DiscreteSolutionStatement, letter: string, at: string): Block[] {
  if (steadyState === undefined) return []
  const factors = cases.map(
    (one) => `\\text{${one.name}: factors a step } ${one.factors.map((each) => formula(each, `${at}.factors`)).join(',\\ ')}`,
  )
  const label = 'Steady state of the steps, for drives that stay as they are'
  return [resultBlock(label, equation(`${letter}_\\infty`, steadyState, `${at}.steadyState`), ...factors)]
}

const implications = ({ implications: all = [] }: Solution, at: string): Block[] =>
  all.map((one) => ({
    kind: 'result',
    label: [sentence(one.name).replace(/\.$/, '')],
    formulas: [formula(one, `${at}.implications ${one.name}`)],
    note: [`${one.why} ${(one.meanings ?? []).map((clause) => `${sentence(clause)} `).join('')}`, ...checkContent(one.verified)],
  }))
