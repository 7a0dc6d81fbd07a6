import type { Derivation, DiscreteLaw } from '../../laws/derivation.js'
import { type Block, type Content, math, paragraph } from '../document.js'
import { parseFormula } from '../formula/parse.js'
import { widthOf } from '../formula/width.js'
import { equation, formula, nameLatex } from './equation.js'

/** The exact discrete law: the charge after a step, the rows it closes on, and what moves it; or why there is none. */
export function discreteLaw(title: string, { discrete: law, missing, letter = 'q' }: Derivation['laws']): Block[] {
  if (law === undefined)
    return missing?.discrete === undefined ? [] : [paragraph(`There is no exact discrete law: ${missing.discrete}.`)]
  const at = `${title}, laws.discrete`
  const definitions = law.definitions.map(({ name, latex = nameLatex(name), meaning }) =>
    equation(latex, meaning, `${at}.definitions ${name}`),
  )
  const closure = law.closure.map(
    ({ contraction, next }, index) =>
      `\\left( ${formula(contraction, `${at}.closure[${index}]`)} \\right)_{k+1} = ${formula(next, `${at}.closure[${index}].next`)}`,
  )
  return [
    {
      kind: 'result',
      label: ['Exact discrete law, at every step and for every loss with the symmetry'],
      formulas: [equation(`${letter}_{k+1}`, law.recursion, `${at}.recursion`), ...definitions],
    },
    ...(closure.length > 1 ? [{ kind: 'result', label: ['It closes on'], formulas: closure } as const] : []),
    ...drivesOf(law, at),
  ]
}

/** Formulas wider than this, in em, do not fit into a line of a list. */
const WIDEST_IN_LINE = 24

const isLong = ({ latex }: { readonly latex: string }): boolean => widthOf(parseFormula(latex)) > WIDEST_IN_LINE

/** What moves the charge, in a list; what is too long for a line of it, each by itself. */
function drivesOf({ drives }: DiscreteLaw, at: string): Block[] {
  const all = drives.map((drive) => ({ name: drive.name, latex: formula(drive, `${at}.drives ${drive.name}`) }))
  const short = all.filter((drive) => !isLong(drive))
  return [
    ...(short.length === 0
      ? []
      : [
          paragraph('What moves the charge:'),
          { kind: 'list', items: short.map(({ name, latex }): Content => [`${name}: `, math(latex)]) } as const,
        ]),
    ...all
      .filter(isLong)
      .map(({ name, latex }): Block => ({ kind: 'result', label: [`What moves the charge: ${name}`], formulas: [latex] })),
  ]
}
