import { unreachable } from '../../errors.js'
import { type Graph, type MathFunction, MATH_FUNCTIONS, type Node } from '../ir.js'

/** A Taylor coefficient; undefined stands for zero. */
type Coefficient = Node | undefined

/**
 * Taylor coefficients in time of nodes along a solution: u^[k] = u^(k)/k!, each from lower ones by the recurrence of its
 * operation (Jorba and Zou, Experimental Mathematics 14 (2005) 99, proposition 2.1).
 */
export class Series {
  private readonly known = new Map<Node, Coefficient[]>()

  /**
   * @param leaf the coefficients of states and time; undefined for a node that is no such leaf.
   */
  constructor(private readonly g: Graph, private readonly leaf: (node: Node, k: number) => Coefficient | 'none') {}

  /** Coefficient k of a node. */
  at(node: Node, k: number): Coefficient {
    const list = this.known.get(node) ?? []
    this.known.set(node, list)
    while (list.length <= k) {
      const order = list.length
      list.push(undefined)
      list[order] = this.compute(node, order)
    }
    return list[k]
  }

  private add(x: Coefficient, y: Coefficient): Coefficient {
    if (x === undefined) return y
    return y === undefined ? x : this.g.add(x, y)
  }

  private neg(x: Coefficient): Coefficient {
    return x === undefined ? undefined : this.g.neg(x)
  }

  private mul(x: Coefficient, y: Coefficient): Coefficient {
    return x === undefined || y === undefined ? undefined : this.g.mul(x, y)
  }

  private scale(x: Coefficient, s: number): Coefficient {
    return x === undefined || s === 0 ? undefined : this.g.mul(this.g.constant(s), x)
  }

  private div(x: Coefficient, y: Node): Coefficient {
    return x === undefined ? undefined : this.g.div(x, y)
  }

  /** Σ_{j=from}^{to} weight(j) x^[j] y^[k−j]. */
  private convolution(x: Node, y: Node, k: number, from: number, to: number, weight: (j: number) => number = () => 1): Coefficient {
    const terms: Node[] = []
    for (let j = from; j <= to; j += 1) {
      const term = this.scale(this.mul(this.at(x, j), this.at(y, k - j)), weight(j))
      if (term !== undefined) terms.push(term)
    }
    return terms.length === 0 ? undefined : this.g.sum(terms)
  }

  /** Coefficients of x²: half the products. */
  private square(x: Node, k: number): Coefficient {
    const half = this.convolution(x, x, k, 0, Math.ceil(k / 2) - 1)
    const middle = k % 2 === 0 ? this.mul(this.at(x, k / 2), this.at(x, k / 2)) : undefined
    return this.add(this.scale(half, 2), middle)
  }

  private compute(node: Node, k: number): Coefficient {
    const given = this.leaf(node, k)
    if (given !== 'none') return given
    if (k === 0) return node.kind === 'constant' && node.value === 0 ? undefined : node
    switch (node.kind) {
      case 'constant':
      case 'local':
      case 'load':
        return undefined
      case 'call':
        return this.call(node, k)
      case 'operation':
        return this.operation(node, k)
      default:
        return unreachable(node)
    }
  }

  private operation(node: Extract<Node, { kind: 'operation' }>, k: number): Coefficient {
    const [x, y, z] = node.args
    if (x === undefined) throw new TypeError(`${node.op} without argument`)
    const zero = this.g.constant(0)
    switch (node.op) {
      case 'neg':
        return this.neg(this.at(x, k))
      case 'abs':
        return this.mul(this.g.apply('copysign', this.g.constant(1), x), this.at(x, k))
      case 'sqrt': {
        const inner = this.convolution(node, node, k, 1, k - 1)
        return this.div(this.add(this.at(x, k), this.neg(inner)), this.g.add(node, node))
      }
    }
    if (y === undefined) throw new TypeError(`${node.op} has no Taylor recurrence`)
    const pick = (condition: Node, a: Node, b: Node): Node =>
      this.g.select(condition, this.at(a, k) ?? zero, this.at(b, k) ?? zero)
    switch (node.op) {
      case 'add':
        return this.add(this.at(x, k), this.at(y, k))
      case 'sub':
        return this.add(this.at(x, k), this.neg(this.at(y, k)))
      case 'mul':
        return x === y ? this.square(x, k) : this.convolution(x, y, k, 0, k)
      case 'div':
        return this.div(this.add(this.at(x, k), this.neg(this.convolution(y, node, k, 1, k))), y)
      case 'min':
        return pick(this.g.lt(y, x), y, x)
      case 'max':
        return pick(this.g.lt(x, y), y, x)
      case 'select':
        return z === undefined ? undefined : pick(x, y, z)
      default:
        throw new TypeError(`${node.op} has no Taylor recurrence`)
    }
  }

  /** Σ_{j=1}^{k} (j/k) x^[j] u^[k−j]: the coefficient of ∫ u dx. */
  private integral(x: Node, u: Node, k: number): Coefficient {
    return this.convolution(x, u, k, 1, k, (j) => j / k)
  }

  private call(node: Extract<Node, { kind: 'call' }>, k: number): Coefficient {
    const { g } = this
    const [x, y] = node.args
    const name = MATH_FUNCTIONS.find((f): f is MathFunction => f === node.callee)
    if (x === undefined || name === undefined) throw new TypeError(`${node.callee} has no Taylor recurrence`)
    const square = g.mul(node, node)
    switch (name) {
      case 'exp':
        return this.integral(x, node, k)
      case 'log':
        return this.div(this.add(this.at(x, k), this.neg(this.convolution(node, x, k, 1, k - 1, (j) => j / k))), x)
      case 'sin':
        return this.integral(x, g.call('cos', x), k)
      case 'cos':
        return this.neg(this.integral(x, g.call('sin', x), k))
      case 'sinh':
        return this.integral(x, g.call('cosh', x), k)
      case 'cosh':
        return this.integral(x, g.call('sinh', x), k)
      case 'tan':
        return this.add(this.at(x, k), this.integral(x, square, k))
      case 'tanh':
        return this.add(this.at(x, k), this.neg(this.integral(x, square, k)))
      case 'atan': {
        const q = g.add(g.constant(1), g.mul(x, x))
        return this.div(this.add(this.at(x, k), this.neg(this.convolution(node, q, k, 1, k - 1, (j) => j / k))), q)
      }
      case 'pow':
        return y === undefined ? undefined : this.power(node, x, y, k)
      default:
        return unreachable(name)
    }
  }

  /** x^y: for a constant exponent by its own recurrence, else as e^(y log x). */
  private power(node: Node, x: Node, y: Node, k: number): Coefficient {
    if (y.kind === 'constant') {
      const exponent = Number(y.value)
      return this.div(this.convolution(node, x, k, 0, k - 1, (j) => (exponent * (k - j) - j) / k), x)
    }
    return this.at(this.g.call('exp', this.g.mul(y, this.g.call('log', x))), k)
  }
}
