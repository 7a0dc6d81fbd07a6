import type { Derivation } from '../../laws/derivation.js'
import { type Block, type Content, math } from '../document.js'
import { parseFormula } from '../formula/parse.js'
import { widthOf } from '../formula/width.js'
import { checkContent } from './checkContent.js'
import { equation, formula, nameLatex } from './equation.js'

/** The exact discrete law: the charge after a step, the rows it closes on, and what moves it. */
export function discreteLaw(title: string, { discrete: law, letter = 'q' }: Derivation['laws']): Block[] {
  if (law === undefined) return []
  const at = `${title}, laws.discrete`
  const definitions = law.definitions.map(({ name, latex = nameLatex(name), meaning }) => equation(latex, meaning, `${at}.definitions ${name}`))
  const drives = law.drives.map((drive) => ({ name: drive.name, latex: formula(drive, `${at}.drives ${drive.name}`) }))
  const [long, short] = [drives.filter(isLong), drives.filter((drive) => !isLong(drive))]
  const closure = law.closure.map(
    ({ contraction, next }, index) =>
      `\\left( ${formula(contraction, `${at}.closure[${index}]`)} \\right)_{k+1} = ${formula(next, `${at}.closure[${index}].next`)}`,
  )
  return [
    {
      kind: 'result',
      label: ['Exact discrete law, at every step and for every loss with the symmetry'],
      formulas: [equation(letter, law.charge, `${at}.charge`), equation(`${letter}_{k+1}`, law.recursion, `${at}.recursion`), ...definitions],
    },
    ...(closure.length > 1 ? [{ kind: 'result', label: ['It closes on'], formulas: closure } as const] : []),
    ...(short.length === 0
      ? []
      : [{ kind: 'paragraph', content: ['What moves the charge:'] } as const, { kind: 'list', items: short.map(({ name, latex }): Content => [`${name}: `, math(latex)]) } as const]),
    ...long.map(({ name, latex }): Block => ({ kind: 'result', label: [`What moves the charge: ${name}`], formulas: [latex] })),
  ]
}

/** The exact discrete law in closed form. */
export function discreteSolution(title: string, { discreteSolution: law, letter = 'q' }: Derivation['laws']): Block[] {
  if (law === undefined) return []
  const at = `${title}, laws.discreteSolution`
  const index = math(nameLatex(law.step))
  const names = law.initial.map((one) => `${nameLatex(one.name)} = \\left( ${formula(one, `${at}.initial ${one.name}`)} \\right)_{0}`)
  const left = `${letter}_{${nameLatex(law.step)}}`
  const isOpen = law.cases.some(({ text }) => /\b(sum|product)\(/.test(text))
  return [
    ...law.cases.map((one): Block => ({
      kind: 'result',
      label: ['The exact discrete law at step ', index, `, ${one.name}`],
      formulas: [...(one.condition.latex === '' ? [] : [formula(one.condition, `${at}.cases ${one.name}.condition`)]), formula(one, `${at}.cases ${one.name}`)],
      note: checkContent(one.verified),
    })),
    ...(names.length < 2 ? [] : [{ kind: 'result', label: ['From the values at the first step'], formulas: names } as const]),
    ...(isOpen ? [{ kind: 'paragraph', content: [`Under sums and products what is measured${law.step === 'k' ? '' : ', and k in it,'} is that of the step of the index.`] } as const] : []),
    ...law.cases.flatMap((one): Block[] => (one.undisturbed === undefined ? [] : [{ kind: 'result', label: ['While the drive stays as it is'], formulas: [equation(left, one.undisturbed, `${at}.undisturbed`)] }])),
    ...(law.steadyState === undefined ? [] : [{ kind: 'result', label: ['Steady state of the steps, for drives that stay as they are'], formulas: [equation(`${letter}_\\infty`, law.steadyState, `${at}.steadyState`), ...law.cases.map((one) => `\\text{${one.name}: factors a step } ${one.factors.map((f) => formula(f, `${at}.factors`)).join(',\\ ')}`)] } as const]),
  ]
}

/** Formulas wider than this, in em, do not fit into a line of a list. */
const WIDEST_IN_LINE = 24

const isLong = ({ latex }: { readonly latex: string }): boolean => widthOf(parseFormula(latex)) > WIDEST_IN_LINE
