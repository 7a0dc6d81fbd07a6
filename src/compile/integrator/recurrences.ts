import type { Graph } from '../graph.js'
import { type MathFunction, MATH_FUNCTIONS, type Node } from '../ir.js'

/** A Taylor coefficient; undefined stands for zero. */
export type Coefficient = Node | undefined

/**
 * u^[k] = (added^[k] + sign Σ_{j=first}^{k−spared} w(j) left^[j] right^[k−j]) / divisor^[0] for k ≥ 1, with the weights
 * w(j) = constant + slope·j/k. What is divided by is taken at order 0.
 */
export interface Recurrence {
  readonly added?: Node
  readonly sign: 1 | -1
  readonly left: Node
  readonly right: Node
  readonly first: 0 | 1
  readonly spared: 0 | 1
  readonly constant: number
  readonly slope: number
  readonly divisor?: Node
}

/** Σ_{j=1}^{k} (j/k) x^[j] u^[k−j]: the coefficient of ∫ u dx. */
const integral = (left: Node, right: Node): Recurrence => ({ sign: 1, left, right, first: 1, spared: 0, constant: 0, slope: 1 })

/** Of u with u′ q = x′, for the logarithm, the arc tangent and asinh. */
const quotientOfRates = (u: Node, x: Node, q: Node): Recurrence =>
  ({ added: x, sign: -1, left: u, right: q, first: 1, spared: 1, constant: 0, slope: 1, divisor: q })

const PRODUCT = { constant: 1, slope: 0 } as const

function callRecurrence(g: Graph, node: Extract<Node, { kind: 'call' }>): Recurrence | undefined {
  const [x, y] = node.args
  const name = MATH_FUNCTIONS.find((f): f is MathFunction => f === node.callee)
  if (x === undefined || name === undefined) throw new TypeError(`${node.callee} has no Taylor recurrence`)
  switch (name) {
    case 'exp':
      return integral(x, node)
    case 'log':
      return quotientOfRates(node, x, x)
    case 'sin':
      return integral(x, g.call('cos', x))
    case 'cos':
      return { ...integral(x, g.call('sin', x)), sign: -1 }
    case 'sinh':
      return integral(x, g.call('cosh', x))
    case 'cosh':
      return integral(x, g.call('sinh', x))
    case 'tan':
      return { ...integral(x, g.mul(node, node)), added: x }
    case 'tanh':
      return { ...integral(x, g.mul(node, node)), added: x, sign: -1 }
    case 'asinh':
      return quotientOfRates(node, x, g.sqrt(g.add(g.constant(1), g.mul(x, x))))
    case 'atan':
      return quotientOfRates(node, x, g.add(g.constant(1), g.mul(x, x)))
    case 'pow': {
      if (y?.kind !== 'constant') return undefined
      const exponent = Number(y.value)
      return { sign: 1, left: node, right: x, first: 0, spared: 1, constant: exponent, slope: -(exponent + 1), divisor: x }
    }
  }
}

/**
 * The recurrence of a node's Taylor coefficients along a solution; undefined for an operation that acts on each order alone (Jorba and
 * Zou, Experimental Mathematics 14 (2005) 99, proposition 2.1).
 */
export function recurrenceOf(g: Graph, node: Node): Recurrence | undefined {
  if (node.kind === 'call') return callRecurrence(g, node)
  if (node.kind !== 'operation') return undefined
  const [x, y] = node.args
  if (x === undefined) throw new TypeError(`${node.op} without argument`)
  if (node.op === 'sqrt')
    return { added: x, sign: -1, left: node, right: node, first: 1, spared: 1, ...PRODUCT, divisor: g.add(node, node) }
  if (y === undefined) return undefined
  if (node.op === 'mul') return { sign: 1, left: x, right: y, first: 0, spared: 0, ...PRODUCT }
  if (node.op === 'div') return { added: x, sign: -1, left: y, right: node, first: 1, spared: 0, ...PRODUCT, divisor: y }
  return undefined
}

/** Sums, differences and quotients of coefficients of which some vanish. */
export const plus = (g: Graph, x: Coefficient, y: Coefficient): Coefficient =>
  (x === undefined ? y : y === undefined ? x : g.add(x, y))
export const minus = (g: Graph, x: Coefficient): Coefficient => (x === undefined ? undefined : g.neg(x))

/** The nodes whose coefficients of one order make up that of an operation without recurrence. */
export function termsOf(g: Graph, node: Node): readonly Node[] {
  if (node.kind === 'call') {
    const [x, y] = node.args
    if (node.callee !== 'pow' || x === undefined || y === undefined) throw new TypeError(`${node.callee} has no Taylor recurrence`)
    return [g.call('exp', g.mul(y, g.call('log', x)))]
  }
  if (node.kind !== 'operation') return []
  return node.op === 'select' ? node.args.slice(1) : node.args
}

/**
 * Coefficient k ≥ 1 of an operation that acts on each order alone.
 * @param at coefficient k of an argument.
 * @param value the value (order 0) of a node, where it decides between two branches.
 */
export function sameOrder(g: Graph, node: Node, at: (node: Node) => Coefficient, value: (node: Node) => Node): Coefficient {
  const [x, y] = termsOf(g, node)
  if (x === undefined) return undefined
  if (node.kind === 'call') return at(x)
  if (node.kind !== 'operation') return undefined
  const pick = (condition: Node, a: Node, b: Node): Coefficient => {
    const [first, second] = [at(a), at(b)]
    return first === undefined && second === undefined
      ? undefined
      : g.select(value(condition), first ?? g.constant(0), second ?? g.constant(0))
  }
  if (node.op === 'neg') return minus(g, at(x))
  if (node.op === 'floor') return undefined
  if (node.op === 'abs') {
    const inner = at(x)
    return inner === undefined ? undefined : g.mul(value(g.apply('copysign', g.constant(1), x)), inner)
  }
  const condition = node.args[0]
  if (y === undefined || condition === undefined) throw new TypeError(`${node.op} has no Taylor recurrence`)
  switch (node.op) {
    case 'add':
      return plus(g, at(x), at(y))
    case 'sub':
      return plus(g, at(x), minus(g, at(y)))
    case 'min':
      return pick(g.lt(y, x), y, x)
    case 'max':
      return pick(g.lt(x, y), y, x)
    case 'select':
      return pick(condition, x, y)
    default:
      throw new TypeError(`${node.op} has no Taylor recurrence`)
  }
}
