import { latexName } from '../../algebra/names.js'
import type { Statement } from '../../laws/derivation.js'
import { checkFormula } from '../formula/check.js'
import { parseFormula } from '../formula/parse.js'

/** The statement's LaTeX, checked, with `left =` before it unless it is an equation already. */
export function equation(left: string, statement: Statement, place: string): string {
  const latex = checkFormula(statement.latex, place)
  const related = parseFormula(latex).some((node) => node.kind === 'symbol' && node.role === 'relation')
  return related ? latex : `${left} = ${latex}`
}

/** The statement's LaTeX, checked. */
export const formula = (statement: Statement, place: string): string => checkFormula(statement.latex, place)

/** LaTeX of a name of the expression text, as formulas have it; of a name from a file only what a name may have. */
export const nameLatex = (name: string): string => latexName(name.replaceAll(/[^A-Za-z0-9_ ]/g, ''))
