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

const GREEK_NAME = /^(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega)$/

/** LaTeX of a name of the expression text: Greek letters by name, one letter as it is, the rest upright; the part after `_` as an index. */
export function nameLatex(name: string): string {
  const [head = '', ...rest] = name.split('_')
  const base = GREEK_NAME.test(head) ? `\\${head}` : /^[A-Za-z]$/.test(head) ? head : `\\mathrm{${plain(head)}}`
  return rest.length === 0 ? base : `${base}_{\\mathrm{${plain(rest.join(' '))}}}`
}

const plain = (text: string) => text.replaceAll(/[^A-Za-z0-9 .]/g, '')
