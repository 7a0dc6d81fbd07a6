import type { Derivation, DiscreteSolutionStatement, SolutionCase } from '../../laws/derivation.js'
import { accumulates } from '../../report/content/lawParts.js'
import type { Page } from './page.js'

/** The charge over the time of the flow. */
export function flowSolution({ solution, missing, letter = 'q' }: Derivation['laws'], page: Page): string[] {
  const none = missing?.solution ?? 'the law has no solution in closed form'
  const uncased = (): string => (solution.text === '' ? page.prose(`none: ${none}`) : page.labelled(`${letter}(t)`, solution))
  return [
    page.heading('Solution of the flow'),
    ...(solution.note === undefined ? [] : [page.prose(solution.note)]),
    ...(solution.cases.length > 0 ? [] : [uncased()]),
    ...solution.cases.map((one) => solutionCase(`${letter}(t)`, one, page)),
    ...abbreviations(solution.cases, page),
  ]
}

/** The charge at every step. */
export function stepSolution({ discreteSolution, missing }: Derivation['laws'], page: Page): string[] {
  const none = missing?.discreteSolution
  if (none === undefined && discreteSolution === undefined) return []
  return [
    page.heading('Solution of the steps'),
    ...(none === undefined ? [] : [page.prose(`none in closed form: ${none}`)]),
    ...(discreteSolution === undefined ? [] : closedForm(discreteSolution, page)),
  ]
}

const solutionCase = (of: string, one: SolutionCase, page: Page): string => {
  const condition = one.condition.text === '' ? '' : `, if ${one.condition.text}`
  return page.labelled(`${of}, ${one.name}${condition}`, one.abbreviated ?? one, one.verified.passed)
}

function closedForm(law: DiscreteSolutionStatement, page: Page): string[] {
  const { step, initial, cases } = law
  return [
    ...cases.map((one) => solutionCase(`at step ${step}`, one, page)),
    ...abbreviations(cases, page),
    ...(initial.length < 2 ? [] : initial.map((one) => page.labelled(`${one.name} is at the start`, one))),
    ...(accumulates(law)
      ? [page.prose(`under sums and products what is measured${step === 'k' ? '' : ', and k in it,'} is that of the step of the index`)]
      : []),
    ...cases.flatMap(({ undisturbed }) =>
      undisturbed === undefined ? [] : [page.labelled('while the drive stays as it is', undisturbed)],
    ),
  ]
}

/** Steady states, how fast they are reached, and what else follows, minibatch noise last. */
export function consequences({ solution, discreteSolution, missing }: Derivation['laws'], page: Page): string[] {
  const lines = [
    ...(solution.steadyState === undefined ? [] : [page.labelled('steady state of the flow', solution.steadyState)]),
    ...(discreteSolution === undefined ? [] : steadySteps(discreteSolution, page)),
    ...(solution.implications ?? []).map((one) => page.labelled(one.name, one, one.verified.passed)),
    ...[...new Set((solution.implications ?? []).flatMap(({ meanings = [] }) => meanings))].map((clause) => page.prose(clause)),
    ...(missing?.mean === undefined ? [] : [page.prose(`no law of the mean under minibatch noise by Itô’s formula: ${missing.mean}`)]),
  ]
  return lines.length === 0 ? [] : [page.heading('What follows'), ...lines]
}

function steadySteps({ cases, steadyState }: DiscreteSolutionStatement, page: Page): string[] {
  if (steadyState === undefined) return []
  return [
    page.labelled('steady state of the steps', steadyState),
    ...cases.map(({ name, condition, factors }) =>
      page.labelled(`a step shrinks the distance from it by${condition.text === '' ? '' : `, ${name},`}`, {
        text: factors.map(({ text }) => text).join(', '),
      }),
    ),
  ]
}

/** What the solutions abbreviate; a name that not all of them define alike is told with the case. */
function abbreviations(cases: readonly SolutionCase[], page: Page): string[] {
  const texts = [...new Set(cases.flatMap((one) => (one.where ?? []).map(({ text }) => text)))]
  return texts.map((text) => {
    const own = cases.filter((one) => one.where?.some((each) => each.text === text))
    return page.labelled(own.length > 1 || cases.length === 1 ? 'where' : `where, ${own.map(({ name }) => name).join(', ')},`, { text })
  })
}
