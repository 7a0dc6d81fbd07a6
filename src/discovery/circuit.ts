import { type Rational, isOneR, isZeroR, textR } from '../algebra/rational.js'

const INPUT = 0
const CONSTANT = 1
const ADD = 2
const MULTIPLY = 3
const RECIPROCAL = 4
export const OPERATION = { INPUT, CONSTANT, ADD, MULTIPLY, RECIPROCAL } as const

/**
 * A rational function as a straight-line program. Nodes 0 … parameters−1 are the parameters θ, the next `slots` nodes are the
 * coefficients c that choose one member of the family { a(·, c) }; every later node is made of earlier ones.
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
  private readonly parameterNodes: Node[] = []
  private readonly parameterSet = new Set<Node>()
  private readonly slotNodes: Node[] = []

  private push(operation: number, left: number, right: number): Node {
    this.operation.push(operation)
    this.left.push(left)
    this.right.push(right)
    return this.operation.length - 1
  }

  /** The next parameter. */
  parameter(): Node {
    const node = this.push(INPUT, 0, 0)
    this.parameterNodes.push(node)
    this.parameterSet.add(node)
    return node
  }

  /** A coefficient that no other call gives. */
  slot(): Node {
    const node = this.push(INPUT, 0, 0)
    this.slotNodes.push(node)
    return node
  }

  slots(count: number): readonly Node[] {
    return Array.from({ length: count }, () => this.slot())
  }

  get zero(): Node {
    return this.constant({ num: 0n, den: 1n })
  }

  get one(): Node {
    return this.constant({ num: 1n, den: 1n })
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

  negate(a: Node): Node {
    return this.multiply(this.constant({ num: -1n, den: 1n }), a)
  }

  reciprocal(a: Node): Node {
    return this.push(RECIPROCAL, a, 0)
  }

  sum(nodes: readonly Node[]): Node {
    return nodes.reduce((total, node) => this.add(total, node), this.zero)
  }

  /** Σ aᵢbᵢ. */
  dot(a: readonly Node[], b: readonly Node[]): Node {
    return this.sum(a.map((x, i) => this.multiply(x, b[i] ?? this.zero)))
  }

  /** node^exponent for a positive integer exponent, by repeated squaring. */
  power(node: Node, exponent: number): Node {
    if (exponent === 1) return node
    const half = this.power(node, Math.floor(exponent / 2))
    const square = this.multiply(half, half)
    return exponent % 2 === 0 ? square : this.multiply(square, node)
  }

  /** The parameters that a node is made of. */
  parametersOf(node: Node): readonly Node[] {
    return [...this.ancestors(node)].filter((n) => this.parameterSet.has(n)).sort((a, b) => a - b)
  }

  /** The circuit with this output, its nodes renumbered: the parameters given (all, unless told), slots, then the nodes the output needs. */
  finish(output: Node, parameters: readonly Node[] = this.parameterNodes): Circuit {
    const needed = this.ancestors(output)
    const place = new Map<Node, number>()
    const inputs = [...parameters, ...this.slotNodes.filter((n) => needed.has(n))]
    for (const n of inputs) place.set(n, place.size)
    for (let n = 0; n < this.operation.length; n++) if (needed.has(n) && !place.has(n)) place.set(n, place.size)
    const order = [...place.keys()]
    const moved = (n: Node, operand: number | undefined): number => {
      const operation = this.operation[n]
      return operation === INPUT || operation === CONSTANT ? (operand ?? 0) : (place.get(operand ?? 0) ?? 0)
    }
    return {
      parameters: parameters.length,
      slots: inputs.length - parameters.length,
      size: order.length,
      operation: Uint8Array.from(order, (n) => this.operation[n] ?? INPUT),
      left: Int32Array.from(order, (n) => moved(n, this.left[n])),
      right: Int32Array.from(order, (n) => (this.operation[n] === RECIPROCAL ? 0 : moved(n, this.right[n]))),
      constants: this.constants,
      output: place.get(output) ?? 0,
    }
  }

  private ancestors(output: Node): ReadonlySet<Node> {
    const found = new Set<Node>([output])
    for (const n of found) {
      const operation = this.operation[n]
      if (operation === ADD || operation === MULTIPLY) found.add(this.left[n] ?? 0).add(this.right[n] ?? 0)
      else if (operation === RECIPROCAL) found.add(this.left[n] ?? 0)
    }
    return found
  }
}
