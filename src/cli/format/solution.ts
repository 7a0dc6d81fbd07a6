import type { Derivation, DiscreteSolutionStatement, SolutionCase } from '../../laws/derivation.js'
import type { Page } from './page.js'

/** The charge over the time of the flow, then at every step, and what both come to. */
export function solutions(laws: Derivation['laws'], page: Page): string[] {
  const { solution, discreteSolution, missing } = laws
  const letter = laws.letter ?? 'q'
  const none = missing?.solution ?? 'the law has no solution in closed form'
  return [
    page.heading('Solution of the flow'),
    ...(solution.note === undefined ? [] : [page.prose(solution.note)]),
    ...(solution.cases.length > 0 ? [] : [solution.text === '' ? page.prose(`none: ${none}`) : page.labelled(`${letter}(t)`, solution)]),
    ...solution.cases.map((one) => solutionCase(`${letter}(t)`, one, page)),
    ...abbreviations(solution.cases, page),
    ...(missing?.discreteSolution === undefined && discreteSolution === undefined ? [] : [page.heading('Solution of the steps')]),
    ...(missing?.discreteSolution === undefined ? [] : [page.prose(`none in closed form: ${missing.discreteSolution}`)]),
    ...(discreteSolution === undefined ? [] : stepSolution(discreteSolution, page)),
    ...consequences(laws, page),
  ]
}

const solutionCase = (of: string, one: SolutionCase, page: Page): string => {
  const condition = one.condition.text === '' ? '' : `, if ${one.condition.text}`
  return `${page.labelled(`${of}, ${one.name}${condition}`, one.abbreviated ?? one)}${page.mark(one.verified.passed)}`
}

function stepSolution({ step, initial, cases }: DiscreteSolutionStatement, page: Page): string[] {
  const accumulates = cases.some(({ text }) => /\b(sum|product)\(/.test(text))
  return [
    ...cases.map((one) => solutionCase(`at step ${step}`, one, page)),
    ...abbreviations(cases, page),
    ...(initial.length < 2 ? [] : initial.map((one) => page.labelled(`${one.name} is at the start`, one))),
    ...(accumulates ? [page.prose(`under sums and products what is measured${step === 'k' ? '' : ', and k in it,'} is that of the step of the index`)] : []),
    ...cases.flatMap(({ undisturbed }) => (undisturbed === undefined ? [] : [page.labelled('while the drive stays as it is', undisturbed)])),
  ]
}

/** Steady states, how fast they are reached, and what else follows, minibatch noise last. */
function consequences({ solution, discreteSolution }: Derivation['laws'], page: Page): string[] {
  const lines = [
    ...(solution.steadyState === undefined ? [] : [page.labelled('steady state of the flow', solution.steadyState)]),
    ...(discreteSolution === undefined ? [] : steadySteps(discreteSolution, page)),
    ...(solution.implications ?? []).map((one) => `${page.labelled(one.name, one)}${page.mark(one.verified.passed)}`),
  ]
  return lines.length === 0 ? [] : [page.heading('What follows'), ...lines]
}

function steadySteps({ cases, steadyState }: DiscreteSolutionStatement, page: Page): string[] {
  if (steadyState === undefined) return []
  return [
    page.labelled('steady state of the steps', steadyState),
    ...cases.map(({ name, condition, factors }) =>
      page.labelled(`a step shrinks the distance from it by${condition.text === '' ? '' : `, ${name},`}`, { text: factors.map(({ text }) => text).join(', '), latex: '' }),
    ),
  ]
}

/** What the solutions abbreviate; a name that not all of them define alike is told with the case. */
function abbreviations(cases: readonly SolutionCase[], page: Page): string[] {
  const texts = [...new Set(cases.flatMap((one) => (one.where ?? []).map(({ text }) => text)))]
  return texts.map((text) => {
    const own = cases.filter((one) => one.where?.some((each) => each.text === text))
    return page.labelled(own.length > 1 || cases.length === 1 ? 'where' : `where, ${own.map(({ name }) => name).join(', ')},`, { text, latex: '' })
  })
}
