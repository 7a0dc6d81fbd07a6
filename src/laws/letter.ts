import { sym, symbolsOf } from '../algebra/build.js'
import { substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import type { Laws } from './engine.js'

/** Inside the engine the charge is q, its initial value q_0, its initial rates dq_0, …, the contractions that its laws close on q2, q3, …. */
const OWN = /^(d*)q(\d*(?:_0)?)$/

const LETTERS = ['q', 'Q', 'y', 'charge'] as const

/** What the printed laws call the charge: `q`, or another letter where a block or constant has that name. */
export function letterOf({ symmetry: { space } }: Pick<Laws, 'symmetry'>): string {
  const taken = [...Object.keys(space.blocks), ...Object.keys(space.constants)]
  const isFree = (letter: string): boolean => taken.every((name) => !new RegExp(`^d*${letter}\\d*(_0)?$`).test(name))
  return LETTERS.find(isFree) ?? 'charge_law'
}

/** An expression of the engine with the charge called as the printed laws call it. */
export function withLetter(e: Expr, laws: Pick<Laws, 'symmetry' | 'rule'>): Expr {
  const letter = letterOf(laws)
  if (letter === 'q') return e
  const own = [...symbolsOf(e)].filter((name) => OWN.test(name) && !laws.rule.hyperparameters.includes(name))
  return substitute(e, Object.fromEntries(own.map((name) => [name, sym(nameWithLetter(name, letter))])))
}

/** A name of the engine for the charge or what it closes on, as it is printed. */
export const nameWithLetter = (name: string, letter: string): string => name.replace(OWN, `$1${letter}$2`)
