/** A way to write formulas in which repeated parts can be found and named. */
export interface Language {
  /** Every part of the formula that may get a name, at every place it stands at, as it is written there. */
  readonly parts: (formula: string) => readonly string[]
  /** Length of a formula in the units of `line`. */
  readonly sizeOf: (formula: string) => number
  /** Formulas up to this length stay as they are. */
  readonly line: number
  /** The shortest part that gets a name, and the least length that a name has to save over all formulas. */
  readonly least: number
  readonly saving: number
  /** The formula with a name in place of every such part. */
  readonly replace: (formula: string, part: string, name: string) => string
  readonly meaningOf: (part: string) => string
  /** @param number from 1; 0 if the letter has no other name. */
  readonly nameOf: (letter: string, number: number) => string
}

/** Writes formulas one after the other with the names of their repeated parts. */
export type Reading = (formula: string) => {
  readonly formula: string
  /** What names of the formula stand for that this reading has not met before, and those in their meanings. */
  readonly where: readonly Meaning[]
}

export interface Meaning {
  readonly name: string
  readonly meaning: string
}

/** More names than these in one formula are harder to keep in mind than a long formula. */
const MOST = 6
/** Names in all formulas together. */
const MOST_IN_ALL = 30

/** Letters that stand for nothing else in the theory, the first that the formulas do not have is taken. */
const LETTERS = ['Z', 'Y', 'U', 'J']

/** While parts are chosen each is a character of its own that no formula has (Unicode's private use area). */
const markOf = (index: number): string => String.fromCodePoint(0xe000 + index)
const marksIn = (formula: string): number => new Set(formula.match(/[\ue000-\uf8ff]/g)).size

interface Choice {
  /** As it stands in formulas in which the choices before it are marked already. */
  readonly part: string
  /** With the choices after it marked too. */
  readonly meaning: string
}

/**
 * Names the parts that long formulas repeat: one after the other that whose name saves most in formulas with few names, so that a part within a named
 * part may get a name too, and formulas of high order leave some for the others. A formula that fits a line stays as it is but for names that were explained before it; all do where no letter is left for names.
 *
 * @returns begins a reading
 */
export function nameRepeats(formulas: readonly string[], language: Language): () => Reading {
  const letter = freeLetter(formulas)
  if (letter === undefined) return () => (formula) => ({ formula, where: [] })
  const partsOf = new Map<string, readonly string[]>()
  const parts = (formula: string): readonly string[] => {
    const found = partsOf.get(formula) ?? language.parts(formula)
    partsOf.set(formula, found)
    return found
  }
  let long = [...new Set(formulas)].filter((formula) => language.sizeOf(formula) > language.line)
  let choices: readonly Choice[] = []
  while (choices.length < MOST_IN_ALL) {
    const part = mostSaving([...long, ...choices.map(({ meaning }) => meaning)].filter((formula) => marksIn(formula) < MOST), { ...language, parts })
    if (part === undefined) break
    const mark = markOf(choices.length)
    const marked = (formula: string): string => language.replace(formula, part, mark)
    long = long.map(marked)
    choices = [...choices.map((each) => ({ ...each, meaning: marked(each.meaning) })), { part, meaning: language.meaningOf(part) }]
  }
  return named(choices, letter, formulas, language)
}

/** The repeated part that a name shortens the formulas most by; some formula has it twice. */
function mostSaving(formulas: readonly string[], language: Language): string | undefined {
  const counts = new Map<string, { readonly all: number; readonly inOne: number }>()
  for (const formula of formulas) {
    const here = new Map<string, number>()
    for (const part of language.parts(formula)) here.set(part, (here.get(part) ?? 0) + 1)
    for (const [part, count] of here) {
      const { all, inOne } = counts.get(part) ?? { all: 0, inOne: 0 }
      counts.set(part, { all: all + count, inOne: Math.max(inOne, count) })
    }
  }
  let best: { readonly part: string; readonly saves: number } | undefined
  for (const [part, { all, inOne }] of counts) {
    if (inOne < 2) continue
    const size = language.sizeOf(part)
    const saves = (all - 1) * size
    if (size >= language.least && saves >= language.saving && saves > (best?.saves ?? 0)) best = { part, saves }
  }
  return best?.part
}

const freeLetter = (formulas: readonly string[]): string | undefined =>
  LETTERS.find((letter) => !formulas.some((formula) => new RegExp(`(?<![A-Za-z])${letter}(?![A-Za-z])`).test(formula)))

function named(choices: readonly Choice[], letter: string, formulas: readonly string[], language: Language): () => Reading {
  const isLong = (formula: string): boolean => language.sizeOf(formula) > language.line
  const marked = (formula: string, wanted: (index: number) => boolean): string =>
    choices.reduce((text, { part }, index) => (wanted(index) ? language.replace(text, part, markOf(index)) : text), formula)
  /** Places of the choices that a marked formula has and those in their meanings, in the order they are met, after those known. */
  const usedIn = (formula: string, known: readonly number[]): readonly number[] =>
    choices.reduce((found, { meaning }, index) => {
      const isNew = formula.includes(markOf(index)) && !found.includes(index)
      return isNew ? usedIn(meaning, [...found, index]) : found
    }, known)
  const allMarked = (formula: string): string => marked(formula, () => true)
  const order = formulas.filter(isLong).reduce<readonly number[]>((found, formula) => usedIn(allMarked(formula), found), [])
  const names = choices.map((_, index) => language.nameOf(letter, order.length === 1 ? 0 : order.indexOf(index) + 1))
  const spelled = (formula: string): string => names.reduce((text, name, index) => text.replaceAll(markOf(index), name), formula)
  return () => {
    let told: readonly number[] = []
    return (formula) => {
      const long = isLong(formula)
      const before = told
      const short = marked(formula, (index) => long || before.includes(index))
      told = usedIn(short, before)
      const explain = (index: number): Meaning => ({ name: names[index] ?? '', meaning: spelled(choices[index]?.meaning ?? '') })
      return { formula: spelled(short), where: told.slice(before.length).map(explain) }
    }
  }
}
