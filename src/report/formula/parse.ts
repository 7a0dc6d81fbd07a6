/**
 * Enough of the grammar of LaTeX's math mode to measure a formula and to find where it may be broken. `tex` is always the exact
 * source of a node, so printing the nodes one after the other gives the formula back.
 */
export type Node =
  | { readonly kind: 'symbol'; readonly tex: string; readonly role: Role }
  /** `{…}` */
  | { readonly kind: 'group'; readonly tex: string; readonly content: readonly Node[] }
  /** A control word with its arguments, e.g. `\frac{a}{b}`. */
  | { readonly kind: 'command'; readonly tex: string; readonly name: string; readonly args: readonly (readonly Node[])[] }
  /** `^x` or `_x`, belonging to the node before it. */
  | { readonly kind: 'script'; readonly tex: string; readonly content: readonly Node[] }
  /** A pair of delimiters, `\left( … \right)` or plain `( … )`. */
  | { readonly kind: 'fence'; readonly tex: string; readonly open: string; readonly close: string; readonly content: readonly Node[] }
  | { readonly kind: 'environment'; readonly tex: string; readonly rows: readonly (readonly Node[])[] }

export type Role = 'ordinary' | 'binary' | 'relation' | 'punctuation' | 'space' | 'operator'

const ARITY: Readonly<Record<string, number>> = {
  frac: 2, dfrac: 2, tfrac: 2, cfrac: 2, binom: 2, stackrel: 2, overset: 2, underset: 2, textcolor: 2,
  sqrt: 1, text: 1, textrm: 1, textbf: 1, textit: 1, texttt: 1, mathrm: 1, mathbf: 1, mathit: 1, mathsf: 1, mathtt: 1, mathcal: 1,
  mathbb: 1, mathfrak: 1, mathscr: 1, boldsymbol: 1, operatorname: 1, bar: 1, hat: 1, tilde: 1, dot: 1, ddot: 1, dddot: 1, vec: 1,
  widehat: 1, widetilde: 1, overline: 1, underline: 1, overbrace: 1, underbrace: 1, mathop: 1, mathrel: 1, mathbin: 1, pmb: 1, phantom: 1,
}
const RELATIONS = new Set(
  (
    '= < > \\le \\leq \\ge \\geq \\ne \\neq \\approx \\sim \\simeq \\equiv \\to \\mapsto \\in \\propto \\coloneqq \\Rightarrow ' +
    '\\iff \\implies \\rightarrow \\longrightarrow \\leftarrow \\gets :'
  ).split(' '),
)
const BINARIES = new Set('+ - \\pm \\mp \\cdot \\times \\otimes \\oplus \\circ *'.split(' '))
const SPACES = new Set(['\\,', '\\;', '\\:', '\\!', '\\quad', '\\qquad', '\\ ', '~'])
const OPERATORS = new Set(
  (
    '\\sum \\prod \\int \\oint \\lim \\max \\min \\sup \\inf \\log \\ln \\exp \\sin \\cos \\tan \\sinh \\cosh \\tanh ' +
    '\\arctan \\det \\dim'
  ).split(' '),
)
const OPENERS = new Map([
  ['(', ')'],
  ['[', ']'],
  ['\\langle', '\\rangle'],
  ['\\lvert', '\\rvert'],
  ['\\lVert', '\\rVert'],
  ['\\lbrace', '\\rbrace'],
  ['\\{', '\\}'],
])

/** Cuts LaTeX into control words, control symbols and characters; white space is dropped except inside the argument of a text command. */
export function tokenize(latex: string): string[] {
  const tokens = latex.match(/\\[a-zA-Z]+\*?|\\[^a-zA-Z]|\s+|[^\\\s]/gu) ?? []
  return tokens.map((token) => (/^\s+$/.test(token) ? ' ' : token))
}

/** Reads a formula. Unbalanced input is read as far as it goes: `formula/check.ts` has refused it before. */
export function parseFormula(latex: string): Node[] {
  return new Reader(tokenize(latex)).nodes(() => false)
}

export const print = (nodes: readonly Node[]): string => nodes.map((node) => node.tex).join('')

class Reader {
  private at = 0

  constructor(private readonly tokens: readonly string[]) {}

  nodes(ends: (token: string) => boolean): Node[] {
    const found: Node[] = []
    for (let token = this.tokens[this.at]; token !== undefined && !ends(token); token = this.tokens[this.at]) found.push(this.node(token))
    return found
  }

  private node(token: string): Node {
    const start = this.at
    this.at += 1
    if (token === '{') return this.group(start)
    if (token === '^' || token === '_') return this.script(start)
    if (token === '\\left') return this.fence(start)
    if (token === '\\begin') return this.environment(start)
    const close = OPENERS.get(token)
    if (close !== undefined && this.closes(close)) return this.plainFence(start, token, close)
    const arity = token.startsWith('\\') ? ARITY[token.slice(1).replace(/\*$/, '')] : undefined
    return arity === undefined ? { kind: 'symbol', tex: this.spaced(token), role: roleOf(token) } : this.command(start, token, arity)
  }

  /** A control word needs a blank before a letter that follows it. */
  private spaced(token: string): string {
    return /^\\[a-zA-Z]+$/.test(token) && /^[a-zA-Z]/.test(this.tokens[this.at] ?? '') ? `${token} ` : token
  }

  private group(start: number): Node {
    const content = this.nodes((token) => token === '}')
    this.at += 1
    return { kind: 'group', tex: this.source(start), content }
  }

  private script(start: number): Node {
    this.skipBlanks()
    const content = this.argument()
    return { kind: 'script', tex: this.source(start), content }
  }

  private argument(): readonly Node[] {
    const token = this.tokens[this.at]
    if (token === undefined) return []
    const node = this.node(token)
    return node.kind === 'group' ? node.content : [node]
  }

  private command(start: number, token: string, arity: number): Node {
    const args: (readonly Node[])[] = []
    this.skipBlanks()
    if (token === '\\sqrt' && this.tokens[this.at] === '[') {
      this.nodes((each) => each === ']')
      this.at += 1
    }
    for (let index = 0; index < arity; index += 1) {
      this.skipBlanks()
      args.push(this.argument())
    }
    return { kind: 'command', tex: this.source(start), name: token.slice(1), args }
  }

  private fence(start: number): Node {
    const open = this.tokens[this.at] ?? '.'
    this.at += 1
    const content = this.nodes((token) => token === '\\right')
    const close = this.tokens[this.at + 1] ?? '.'
    this.at += 2
    return { kind: 'fence', tex: this.source(start), open, close, content }
  }

  private plainFence(start: number, open: string, close: string): Node {
    const content = this.nodes((token) => token === close)
    this.at += 1
    return { kind: 'fence', tex: this.source(start), open, close, content }
  }

  /** Whether the delimiter just opened is closed at the same depth of braces. */
  private closes(close: string): boolean {
    let depth = 0
    for (let index = this.at; index < this.tokens.length; index += 1) {
      const token = this.tokens[index]
      if (depth === 0 && token === close) return true
      if (token === '{' || token === '\\left' || token === '\\begin') depth += 1
      if (token === '}' || token === '\\right' || token === '\\end') depth -= 1
      if (depth < 0) return false
    }
    return false
  }

  private environment(start: number): Node {
    this.argument()
    const rows: (readonly Node[])[] = []
    let row: readonly Node[] = []
    for (;;) {
      row = this.nodes((token) => token === '\\\\' || token === '\\end')
      rows.push(row)
      const token = this.tokens[this.at]
      this.at += 1
      if (token !== '\\\\') break
    }
    this.argument()
    return { kind: 'environment', tex: this.source(start), rows }
  }

  private skipBlanks(): void {
    while (this.tokens[this.at] === ' ') this.at += 1
  }

  private source(start: number): string {
    return this.tokens.slice(start, this.at).join('')
  }
}

function roleOf(token: string): Role {
  if (RELATIONS.has(token)) return 'relation'
  if (BINARIES.has(token)) return 'binary'
  if (token === ' ' || SPACES.has(token)) return 'space'
  if (token === ',' || token === ';') return 'punctuation'
  return OPERATORS.has(token) ? 'operator' : 'ordinary'
}
