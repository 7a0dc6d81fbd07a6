import { createParse } from './mathjsParser.js'

/** What the parser builds: only these forms can arise from the tokens that `syntax.ts` lets through. */
export type MathNode = ConstantNode | SymbolNode | OperatorNode | FunctionNode | ParenthesisNode

abstract class Node {
  /** By these the parser recognizes its own nodes. */
  get isNode(): boolean {
    return true
  }
}

/** A number as it was written. */
export class ConstantNode extends Node {
  readonly isConstantNode = true
  constructor(readonly value: string) {
    super()
  }
}

export class SymbolNode extends Node {
  readonly isSymbolNode = true
  constructor(readonly name: string) {
    super()
  }
}

/** One argument for a sign, two otherwise; `^` is right-associative and binds more than a sign on its left. */
export class OperatorNode extends Node {
  readonly isOperatorNode = true
  constructor(
    readonly op: string,
    readonly fn: string,
    readonly args: readonly MathNode[],
  ) {
    super()
  }
}

export class FunctionNode extends Node {
  readonly isFunctionNode = true
  constructor(
    readonly fn: MathNode,
    readonly args: readonly MathNode[],
  ) {
    super()
  }
}

export class ParenthesisNode extends Node {
  readonly isParenthesisNode = true
  constructor(readonly content: MathNode) {
    super()
  }
}

/** In place of mathjs's dispatch on types: the parser is only ever given text, and registers one conversion that is not wanted. */
const typed = Object.assign((_name: string, signatures: Readonly<Record<string, unknown>>) => signatures['string'], {
  addConversion: (): undefined => undefined,
})

type Parse = (text: string) => MathNode

/** The parser of mathjs over the node classes above: numbers stay the text they were written as, hence exact. */
function loadParser(): Parse {
  class Unreachable extends Node {
    constructor() {
      super()
      throw new TypeError('a form outside the expression text reached the parser')
    }
  }
  const others = ['Accessor', 'Array', 'Assignment', 'Block', 'Conditional', 'FunctionAssignment', 'Index', 'Object', 'Range', 'Relational']
  return createParse({
    typed,
    numeric: (text: string) => text,
    config: { number: 'number', numberFallback: 'number' },
    ...Object.fromEntries(others.map((name) => [`${name}Node`, Unreachable])),
    ConstantNode,
    SymbolNode,
    OperatorNode,
    FunctionNode,
    ParenthesisNode,
  })
}

let parser: Parse | undefined

/** mathjs's tree of a text. @throws Error with `char` (from 1) where mathjs finds the text malformed. */
export function mathTree(text: string): MathNode {
  parser ??= loadParser()
  return parser(text)
}
