import { InputError } from '../errors.js'
import { ConstantNode, FunctionNode, type MathNode, OperatorNode, ParenthesisNode, SymbolNode, mathTree } from './mathjs.js'
import { type Token, tokenize } from './token.js'

const OPERATORS = ['+', '-', '*', '/', '^'] as const
export type Operator = (typeof OPERATORS)[number]

/** An expression text as a tree; which names mean something is for its readers to decide. Columns count from 1. */
export type Syntax =
  | { readonly kind: 'number'; readonly text: string; readonly column: number }
  | { readonly kind: 'name'; readonly name: string; readonly column: number }
  | { readonly kind: 'unary'; readonly operator: '+' | '-'; readonly operand: Syntax; readonly column: number }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Syntax; readonly right: Syntax; readonly column: number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Syntax[]; readonly column: number }

/** The deepest tree a reader must be able to recurse into; chains such as `a + b + c` count once. */
const DEEPEST = 400

const operatorOf = (op: string): Operator => {
  const known = OPERATORS.find((operator) => operator === op)
  if (known === undefined) throw new TypeError(`operator ${op} reached the parser`)
  return known
}

/** Converts mathjs's tree, giving its nodes the tokens they came from: both are met in the order of the source. */
class Converter {
  private next = 0

  constructor(private readonly tokens: readonly Token[]) {}

  private take(): Token {
    const token = this.tokens[this.next]
    if (token === undefined) throw new TypeError('the tree has more parts than the text has tokens')
    this.next += 1
    return token
  }

  convert(node: MathNode, depth: number): Syntax {
    if (depth > DEEPEST) throw new InputError('a too deeply nested expression', 'name subexpressions', { column: this.take().column })
    if (node instanceof ParenthesisNode) return this.convert(node.content, depth + 1)
    if (node instanceof ConstantNode) return { kind: 'number', text: node.value, column: this.take().column }
    if (node instanceof SymbolNode) {
      const { text, column } = this.take()
      return { kind: 'name', name: text, column }
    }
    if (node instanceof FunctionNode) {
      const { text, column } = this.take()
      return { kind: 'call', name: text, args: node.args.map((argument) => this.convert(argument, depth + 1)), column }
    }
    return this.operation(node, depth)
  }

  /** Left-associative chains are followed in a loop: a sum may be long without being deep. */
  private operation(node: OperatorNode, depth: number): Syntax {
    const spine: OperatorNode[] = []
    let first: MathNode = node
    while (first instanceof OperatorNode && first.args.length === 2 && first.args[0] !== undefined) {
      spine.push(first)
      ;[first] = first.args
    }
    let left = this.unaryOrLeaf(first, depth)
    for (const { op, args } of spine.toReversed()) {
      const { column } = this.take()
      const [, right] = args
      if (right === undefined) throw new TypeError(`operator ${op} without a right side`)
      left = { kind: 'binary', operator: operatorOf(op), left, right: this.convert(right, depth + 1), column }
    }
    return left
  }

  private unaryOrLeaf(node: MathNode, depth: number): Syntax {
    const [operand] = node instanceof OperatorNode ? node.args : []
    if (operand === undefined) return this.convert(node, depth + 1)
    const { column, text } = this.take()
    return { kind: 'unary', operator: text === '-' ? '-' : '+', operand: this.convert(operand, depth + 1), column }
  }
}

/** `in`, what a network's incoming weights are called, is an operator to mathjs: it gets a name of the same length that no text can hold. */
const disguised = (text: string): string => text.replaceAll(/\s/g, ' ').replaceAll(/(?<![A-Za-z0-9_])in(?![A-Za-z0-9_])/g, 'ın')

/** The place mathjs complains about. */
const charOf = (error: object): number | undefined => ('char' in error && typeof error.char === 'number' ? error.char : undefined)

/**
 * Reads an expression text into a tree.
 * @throws InputError with the column for everything that does not belong to the expression text.
 */
export function parseSyntax(text: string): Syntax {
  // mathjs reads a point before an operator as its elementwise form, also in `2.*x`.
  const dotted = text.search(/\.[*/^]/)
  if (dotted >= 0) throw new InputError(`the operator ${text.slice(dotted, dotted + 2)}`, 'write * / ^ without a point; between vectors they act by component', { column: dotted + 1 })
  const tokens = tokenize(text)
  const parts = tokens.filter((t) => t.kind === 'number' || t.kind === 'name' || t.kind === 'operator')
  try {
    return new Converter(parts).convert(mathTree(disguised(text)), 0)
  } catch (error) {
    if (error instanceof InputError) throw error
    if (error instanceof RangeError) throw new InputError('a too deeply nested expression', 'name subexpressions', { column: 1 })
    if (error instanceof SyntaxError) {
      const column = Math.min(charOf(error) ?? 1, text.length + 1)
      const found = tokens.find((t) => t.column >= column)
      const what = found === undefined ? 'the expression ends too early' : `'${found.text}' is out of place`
      throw new InputError(what, 'a number, a name or a parenthesis is expected here', { column: found?.column ?? column })
    }
    throw error
  }
}
