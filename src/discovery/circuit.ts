import { type Rational, isOneR, isZeroR, textR } from '../algebra/rational.js'

const INPUT = 0
const CONSTANT = 1
const ADD = 2
const MULTIPLY = 3
export const OPERATION = { INPUT, CONSTANT, ADD, MULTIPLY } as const

/**
 * A polynomial as a straight-line program. Nodes 0 … parameters−1 are the parameters θ, the next `slots` nodes are the
 * coefficients c that choose one member of the family { a(·, c) }; every later node adds or multiplies two earlier ones.
 */
export interface Circuit {
  readonly parameters: number
  readonly slots: number
  readonly size: number
  readonly operation: Uint8Array
  /** First operand; for a constant its index in `constants`. */
  readonly left: Int32Array
  readonly right: Int32Array
  readonly constants: readonly Rational[]
  /** The node that holds a(θ, c). */
  readonly output: number
}

/** Number of a node in the circuit under construction. */
export type Node = number

/** Builds a circuit node by node. Products with 0 and 1 and sums with 0 are not recorded. */
export class CircuitBuilder {
  private readonly operation: number[] = []
  private readonly left: number[] = []
  private readonly right: number[] = []
  private readonly constants: Rational[] = []
  private readonly known = new Map<string, Node>()
  readonly zero: Node

  constructor(
    readonly parameters: number,
    readonly slots: number,
  ) {
    for (let i = 0; i < parameters + slots; i++) this.push(INPUT, i, 0)
    this.zero = this.constant({ num: 0n, den: 1n })
  }

  private push(operation: number, left: number, right: number): Node {
    this.operation.push(operation)
    this.left.push(left)
    this.right.push(right)
    return this.operation.length - 1
  }

  slot(index: number): Node {
    if (index < 0 || index >= this.slots) throw new RangeError(`slot ${index} of ${this.slots}`)
    return this.parameters + index
  }

  constant(value: Rational): Node {
    const key = textR(value)
    const known = this.known.get(key)
    if (known !== undefined) return known
    this.constants.push(value)
    const node = this.push(CONSTANT, this.constants.length - 1, 0)
    this.known.set(key, node)
    return node
  }

  private valueOf(node: Node): Rational | undefined {
    return this.operation[node] === CONSTANT ? this.constants[this.left[node] ?? 0] : undefined
  }

  add(a: Node, b: Node): Node {
    const [x, y] = [this.valueOf(a), this.valueOf(b)]
    if (x !== undefined && isZeroR(x)) return b
    if (y !== undefined && isZeroR(y)) return a
    return this.push(ADD, a, b)
  }

  multiply(a: Node, b: Node): Node {
    const [x, y] = [this.valueOf(a), this.valueOf(b)]
    if ((x !== undefined && isZeroR(x)) || (y !== undefined && isZeroR(y))) return this.zero
    if (x !== undefined && isOneR(x)) return b
    if (y !== undefined && isOneR(y)) return a
    return this.push(MULTIPLY, a, b)
  }

  sum(nodes: readonly Node[]): Node {
    return nodes.reduce((total, node) => this.add(total, node), this.zero)
  }

  /** node^exponent for a positive integer exponent, by repeated squaring. */
  power(node: Node, exponent: number): Node {
    if (exponent === 1) return node
    const half = this.power(node, Math.floor(exponent / 2))
    const square = this.multiply(half, half)
    return exponent % 2 === 0 ? square : this.multiply(square, node)
  }

  finish(output: Node): Circuit {
    return {
      parameters: this.parameters,
      slots: this.slots,
      size: this.operation.length,
      operation: Uint8Array.from(this.operation),
      left: Int32Array.from(this.left),
      right: Int32Array.from(this.right),
      constants: this.constants,
      output,
    }
  }
}
