/** A place where a formula may be broken: before a binary operator, after a comma. */
interface BreakPoint {
  readonly index: number
  /** Length of the line that ends there. */
  readonly length: number
  /** How many brackets enclose it: fewer is better. */
  readonly depth: number
}

/**
 * Breaks a formula of the expression text into lines at its outermost operators, later lines indented by two.
 * The lines put together again are the same formula. A name longer than the width stays whole.
 *
 * @param width characters a line may have
 */
export function wrapFormula(formula: string, width: number): string[] {
  const lines: string[] = []
  let rest = formula
  while (indented(lines, rest).length > width) {
    const room = width - (lines.length === 0 ? 0 : 2)
    const index = bestBreak(breakPoints(rest, room), room)
    if (index === undefined) break
    lines.push(indented(lines, rest.slice(0, index).trimEnd()))
    rest = rest.slice(index).trimStart()
  }
  return [...lines, indented(lines, rest)]
}

const indented = (before: readonly string[], line: string): string => (before.length === 0 ? line : `  ${line}`)

/** What stands behind the first comma without a space, the bounds of a sum or an integral, is broken later than its surroundings. */
const BOUNDS = 2

/** Those that leave a line of at most `width`, or if there are none the first. */
function breakPoints(formula: string, width: number): BreakPoint[] {
  const points: BreakPoint[] = []
  const inBounds: boolean[] = []
  for (let index = 0; index < formula.length && (index <= width + 1 || points.length === 0); index += 1) {
    const character = formula[index] ?? ''
    if ('([{'.includes(character)) inBounds.push(false)
    if (')]}'.includes(character)) inBounds.pop()
    const depth = inBounds.length + (inBounds.at(-1) === true ? BOUNDS : 0)
    const spacedOperator = '+-=<>'.includes(character) && formula[index - 1] === ' ' && formula[index + 1] === ' '
    if (spacedOperator) points.push({ index, length: index - 1, depth })
    else if ('*/'.includes(character) && index > 0) points.push({ index, length: index, depth: depth + 0.5 })
    else if (character === ',' && index + 1 < formula.length) {
      points.push({ index: index + 1, length: index + 1, depth })
      if (formula[index + 1] !== ' ' && inBounds.length > 0) inBounds[inBounds.length - 1] = true
    }
  }
  return points
}

/** The outermost break that leaves no line less than a third full; else the last that fits; else the first there is. */
function bestBreak(points: readonly BreakPoint[], width: number): number | undefined {
  const fitting = points.filter(({ length }) => length <= width)
  const full = fitting.filter(({ length }) => length > width / 3)
  const outermost = Math.min(...full.map(({ depth }) => depth))
  return (full.findLast(({ depth }) => depth === outermost) ?? fitting.at(-1) ?? points[0])?.index
}

/** Breaks prose at spaces. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
