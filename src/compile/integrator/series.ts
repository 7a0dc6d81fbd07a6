import type { Graph } from '../graph.js'
import type { Node } from '../ir.js'
import { type Coefficient, type Recurrence, minus, plus, recurrenceOf, sameOrder } from './recurrences.js'

/** Taylor coefficients in time of nodes along a solution, u^[k] = u^(k)/k!, as nodes: the recurrences written out. */
export class Series {
  private readonly known = new Map<Node, Coefficient[]>()

  /**
   * @param leaf the coefficients of states and time; 'none' for a node that is no such leaf.
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

  private compute(node: Node, k: number): Coefficient {
    const given = this.leaf(node, k)
    if (given !== 'none') return given
    if (k === 0) return node.kind === 'constant' && node.value === 0 ? undefined : node
    const recurrence = recurrenceOf(this.g, node)
    return recurrence === undefined
      ? sameOrder(this.g, node, (n) => this.at(n, k), (n) => n)
      : this.recurrent(recurrence, k)
  }

  private recurrent(r: Recurrence, k: number): Coefficient {
    const { g } = this
    const sum = this.convolution(r, k)
    const above = plus(g, r.added === undefined ? undefined : this.at(r.added, k), r.sign < 0 ? minus(g, sum) : sum)
    return above === undefined || r.divisor === undefined ? above : g.div(above, r.divisor)
  }

  /** Σ_{j=first}^{k−spared} w(j) left^[j] right^[k−j]; of a product with itself each pair of equal terms once. */
  private convolution(r: Recurrence, k: number): Coefficient {
    const { g } = this
    const even = r.left === r.right && r.slope === 0
    const terms: Node[] = []
    for (let j: number = r.first; j <= (even ? Math.ceil(k / 2) - 1 : k - r.spared); j += 1) {
      const term = this.term(r, j, k)
      if (term !== undefined) terms.push(term)
    }
    const sum = terms.length === 0 ? undefined : g.sum(terms)
    if (!even) return sum
    const middle = k % 2 === 0 ? this.term(r, k / 2, k) : undefined
    return plus(g, sum === undefined ? undefined : g.mul(g.constant(2), sum), middle)
  }

  private term({ left, right, constant, slope }: Recurrence, j: number, k: number): Coefficient {
    const { g } = this
    const [weight, x, y] = [constant + (slope * j) / k, this.at(left, j), this.at(right, k - j)]
    return x === undefined || y === undefined || weight === 0 ? undefined : g.mul(g.constant(weight), g.mul(x, y))
  }
}
