import { type Node, parseFormula, print } from './parse.js'
import { isOperand, widthOf } from './width.js'

/** A row of a broken display: what stands left and right of the alignment mark. */
export interface Row {
  readonly left: string
  readonly right: string
}

/** What stays together on a row: `depth` counts the delimiters that are open before it. */
interface Piece {
  readonly tex: string
  readonly width: number
  readonly depth: number
  readonly relation: boolean
}

const INDENT = 2
/** Widest piece of a cut term, as a share of the term. */
const WORTHWHILE = 0.85

/**
 * Breaks a formula into rows no wider than `width` em, as a mathematician would: between statements set apart by a comma and a quad, before
 * relations, then before the `+` and `−` of the outermost sum, then inside the delimiters or the numerator of a term that is still too
 * long.
 * @param width of the text, in em of the formula's size.
 * @returns one row if the formula fits; a term that cannot be broken may still be too wide.
 */
export function breakFormula(latex: string, width: number): Row[] {
  const nodes = trim(parseFormula(latex))
  if (widthOf(nodes) <= width) return [{ left: '', right: print(nodes).trim() }]
  const [first = [], ...others] = splitStatements(nodes)
  const relation = first.findIndex(isRelation)
  const left = relation > 0 ? first.slice(0, relation) : []
  const leftWidth = widthOf(left)
  const beside = leftWidth > 0 && leftWidth <= 0.3 * width
  const room = beside ? width - leftWidth - INDENT : width - INDENT
  const rows = fill(pieces(beside ? first.slice(relation) : first, room, 0), room)
  return [
    ...rows.map((row, index) => ({ left: beside && index === 0 ? print(left).trim() : '', right: row })),
    ...gather(others, room).map((row) => ({ left: '', right: row })),
  ]
}

/** Parts of a formula such as `q = …, \quad m = …`, each with its comma. */
function splitStatements(nodes: readonly Node[]): Node[][] {
  const statements: Node[][] = [[]]
  nodes.forEach((node, index) => {
    const before = nodes[index - 1]
    const quad = node.kind === 'symbol' && /^\\q?quad$/.test(node.tex.trim())
    if (quad && before?.kind === 'symbol' && before.role === 'punctuation') statements.push([])
    else statements.at(-1)?.push(node)
  })
  return statements.map(trim).filter((statement) => statement.length > 0)
}

/** Short statements share a row; a long one is broken by itself. */
function gather(statements: readonly (readonly Node[])[], room: number): string[] {
  const rows: string[] = []
  let used = Number.POSITIVE_INFINITY
  for (const statement of statements) {
    const width = widthOf(statement) + 1
    const tex = print(statement).trim()
    if (used + width <= room) rows.push(`${rows.pop() ?? ''}\\quad ${tex}`)
    else rows.push(...(width <= room ? [tex] : fill(pieces(statement, room, 0), room)))
    used = width > room ? Number.POSITIVE_INFINITY : used + width <= room ? used + width : width
  }
  return rows
}

function fill(all: readonly Piece[], room: number): string[] {
  const rows: string[] = []
  let row = ''
  let used = 0
  for (const piece of all) {
    if (row !== '' && (used + piece.width > room || (piece.relation && rows.length > 0))) {
      rows.push(row)
      row = ''
    }
    if (row === '') {
      const depth = piece.relation || rows.length === 0 ? piece.depth : piece.depth + 1
      row = '\\quad '.repeat(depth)
      used = depth
    }
    row += piece.tex
    used += piece.width
  }
  return row === '' ? rows : [...rows, row]
}

/** Terms of a sum, each with the sign or relation before it; terms wider than the room are cut further. */
function pieces(nodes: readonly Node[], room: number, depth: number): Piece[] {
  return splitTerms(nodes).flatMap((term) => {
    const guarded = guardSign(term)
    const width = widthOf(guarded)
    const whole = { tex: print(guarded), width, depth, relation: isRelation(term[0]) }
    if (width <= room - depth) return [whole]
    return cutTerm(term, room, depth) ?? [whole]
  })
}

function splitTerms(nodes: readonly Node[]): Node[][] {
  const terms: Node[][] = []
  let current: Node[] = []
  let last: Node | undefined
  for (const node of nodes) {
    const breaks = isRelation(node) || (isSign(node) && isOperand(last))
    if (breaks && current.length > 0) {
      terms.push(current)
      current = []
    }
    current.push(node)
    if (!(node.kind === 'symbol' && node.role === 'space')) last = node
  }
  return current.length > 0 ? [...terms, current] : terms
}

/** Whether there is a sum to break, here or inside the delimiters of a single term: `−(a + b) c`. */
const holdsSum = (nodes: readonly Node[]): boolean =>
  splitTerms(nodes).length > 1 || nodes.some((node) => holdsSum(insideOf(node)?.content ?? []))

/** Cuts inside the widest pair of delimiters of a term, or inside the numerator of its fraction. */
function cutTerm(term: readonly Node[], room: number, depth: number): Piece[] | undefined {
  const candidates = term
    .map((node, index) => ({ index, inner: insideOf(node) }))
    .filter(({ inner }) => inner !== undefined && holdsSum(inner.content))
    .sort((left, right) => widthOf(right.inner?.content ?? []) - widthOf(left.inner?.content ?? []))
  const widest = candidates[0]
  if (widest?.inner === undefined) return undefined
  const { open, close, content } = widest.inner
  const before = term.slice(0, widest.index)
  const after = term.slice(widest.index + 1)
  const inside = pieces(content, room - 1, depth + 1)
  const cut = inside.map((piece, index) => {
    const first = index === 0
    const last = index === inside.length - 1
    return {
      tex: `${first ? `${print(guardSign(before))}${open}` : ''}${piece.tex}${last ? `${close}${print(after)}` : ''}`,
      width: piece.width + (first ? widthOf(guardSign(before)) + 0.7 : 0) + (last ? widthOf(after) + 0.7 : 0),
      depth: first ? depth : piece.depth,
      relation: first && isRelation(term[0]),
    }
  })
  // A cut that leaves nearly all of the term in one piece only tears it.
  return Math.max(...cut.map(({ width }) => width)) < WORTHWHILE * widthOf(term) ? cut : undefined
}

interface Inside {
  readonly open: string
  readonly close: string
  readonly content: readonly Node[]
}

function insideOf(node: Node): Inside | undefined {
  if (node.kind === 'fence' && /^([([]|\\\{|\\lbrace|\\langle)$/.test(node.open)) {
    return { open: `\\Bigl${node.open} `, close: `\\Bigr${node.close} `, content: node.content }
  }
  const [numerator, denominator] = node.kind === 'command' && /^[dt]?frac$/.test(node.name) ? node.args : []
  if (numerator === undefined || denominator === undefined) return undefined
  return { open: `\\frac{1}{${print(denominator)}}\\Bigl( `, close: '\\Bigr) ', content: numerator }
}

const EMPTY: Node = { kind: 'group', tex: '{}', content: [] }

/** A row that begins with a sign needs an empty operand before it, or TeX sets a prefix sign. */
function guardSign(nodes: readonly Node[]): readonly Node[] {
  const first = nodes.find((node) => !(node.kind === 'symbol' && node.role === 'space'))
  return isSign(first) || isRelation(first) ? [EMPTY, ...nodes] : nodes
}

const isRelation = (node: Node | undefined): boolean => node?.kind === 'symbol' && node.role === 'relation'
const isSign = (node: Node | undefined): boolean => node?.kind === 'symbol' && /^([+-]|\\pm|\\mp)$/.test(node.tex.trim())

function trim(nodes: readonly Node[]): Node[] {
  const blank = (node: Node) => node.kind === 'symbol' && node.role === 'space'
  const first = nodes.findIndex((node) => !blank(node))
  return first < 0 ? [] : nodes.slice(first, nodes.findLastIndex((node) => !blank(node)) + 1)
}
