import { type Rational, R1, addR, gcdR, invR, isZeroR, mulR, negR, rational } from '../algebra/rational.js'
import { InputError } from '../errors.js'
import { type Circuit, OPERATION } from './circuit.js'

/**
 * A product of variables, as their numbers in ascending order with repetition: x₃²x₇ is [3, 3, 7]; 1 is []. A reciprocal 1/x₃ has the number ~3, so that
 * laws which are quotients of products are polynomials with negative powers.
 */
export type Monomial = readonly number[]

export interface PolynomialTerm {
  readonly coefficient: Rational
  readonly monomial: Monomial
}

/** The variable of a factor, be it the variable or its reciprocal. */
export const variableOf = (factor: number): number => (factor < 0 ? ~factor : factor)

/** A polynomial over ℚ: terms with distinct monomials and nonzero coefficients. */
export type Polynomial = readonly PolynomialTerm[]

/** A sum of terms under construction. */
export class PolynomialSum {
  private readonly terms = new Map<string, PolynomialTerm>()

  add(coefficient: Rational, monomial: Monomial): void {
    const key = monomial.join()
    const known = this.terms.get(key)
    const total = known === undefined ? coefficient : addR(known.coefficient, coefficient)
    if (isZeroR(total)) this.terms.delete(key)
    else this.terms.set(key, { coefficient: total, monomial })
  }

  get size(): number {
    return this.terms.size
  }

  finish(): Polynomial {
    return [...this.terms.values()]
  }
}

const hasReciprocals = (m: Monomial): boolean => (m[0] ?? 0) < 0

/** Whether a law has negative powers. */
export const isLaurent = (h: Polynomial): boolean => h.some((t) => hasReciprocals(t.monomial))

/** A product in order, with x and 1/x taken off each other. */
function cancelled(factors: readonly number[]): Monomial {
  const left: number[] = []
  for (const factor of factors) {
    const opposite = left.indexOf(~factor)
    if (opposite < 0) left.push(factor)
    else left.splice(opposite, 1)
  }
  return left.sort((x, y) => x - y)
}

export function multiplyMonomials(a: Monomial, b: Monomial): Monomial {
  if (hasReciprocals(a) || hasReciprocals(b)) return cancelled([...a, ...b])
  const result: number[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const [x, y] = [a[i] ?? Infinity, b[j] ?? Infinity]
    result.push(Math.min(x, y))
    if (x <= y) i += 1
    else j += 1
  }
  return result
}

/** The factor in front and the rest of ∂m/∂x_v: multiplicity of v in m, and m with one v removed. */
export function monomialDerivative(m: Monomial, v: number): { readonly multiplicity: number; readonly rest: Monomial } {
  const at = m.indexOf(v)
  const below = hasReciprocals(m) ? m.filter((x) => x === ~v).length : 0
  if (below > 0) return { multiplicity: -below, rest: [...m, ~v].sort((x, y) => x - y) }
  if (at < 0) return { multiplicity: 0, rest: [] }
  return { multiplicity: m.filter((x) => x === v).length, rest: [...m.slice(0, at), ...m.slice(at + 1)] }
}

export function derivative(h: Polynomial, v: number): Polynomial {
  return h.flatMap(({ coefficient, monomial }) => {
    const { multiplicity, rest } = monomialDerivative(monomial, v)
    return multiplicity === 0 ? [] : [{ coefficient: mulR(coefficient, rational(multiplicity)), monomial: rest }]
  })
}

export const variablesOf = (h: Polynomial): readonly number[] => [...new Set(h.flatMap((t) => t.monomial.map(variableOf)))].sort((a, b) => a - b)

/** The polynomial with coprime integer coefficients, the first positive, that is proportional to h. */
export function primitive(h: Polynomial): Polynomial {
  const [first] = h
  if (first === undefined) return h
  const content = h.map((t) => t.coefficient).reduce((a, b) => gcdR(a, b))
  const scale = invR(first.coefficient.num < 0n ? negR(content) : content)
  return h.map((t) => ({ coefficient: mulR(t.coefficient, scale), monomial: t.monomial }))
}

/** The operands of a sum, nested sums opened. */
function summands(circuit: Circuit, node: number): readonly number[] {
  const open = [node]
  const leaves: number[] = []
  for (let n = open.pop(); n !== undefined; n = open.pop()) {
    if (circuit.operation[n] === OPERATION.ADD) open.push(circuit.left[n] ?? 0, circuit.right[n] ?? 0)
    else leaves.push(n)
  }
  return leaves
}

/**
 * The parametrization that a circuit stands for: its output expanded exactly, as one polynomial in θ for each product of slots.
 * @throws InputError if more than `limit` terms would be needed.
 */
export function expandCircuit(circuit: Circuit, limit: number): readonly Polynomial[] {
  const known = new Map<number, Polynomial>()
  const expand = (node: number): Polynomial => {
    const found = known.get(node)
    if (found !== undefined) return found
    const made = expandNode(circuit, node, expand, limit)
    known.set(node, made)
    return made
  }
  const bySlots = new Map<string, PolynomialTerm[]>()
  for (const { coefficient, monomial } of expand(circuit.output)) {
    const key = monomial.filter((v) => v >= circuit.parameters).join()
    const term = { coefficient, monomial: monomial.filter((v) => v < circuit.parameters) }
    bySlots.set(key, [...(bySlots.get(key) ?? []), term])
  }
  return [...bySlots.values()]
}

function expandNode(circuit: Circuit, node: number, expand: (node: number) => Polynomial, limit: number): Polynomial {
  const [a, b] = [circuit.left[node] ?? 0, circuit.right[node] ?? 0]
  if (circuit.operation[node] === OPERATION.INPUT) return [{ coefficient: R1, monomial: [node] }]
  if (circuit.operation[node] === OPERATION.CONSTANT) {
    const coefficient = circuit.constants[a] ?? R1
    return isZeroR(coefficient) ? [] : [{ coefficient, monomial: [] }]
  }
  if (circuit.operation[node] === OPERATION.RECIPROCAL) throw new RangeError('only a polynomial circuit can be expanded')
  const sum = new PolynomialSum()
  const put = (coefficient: Rational, monomial: Monomial): void => {
    sum.add(coefficient, monomial)
    if (sum.size > limit) throw new InputError(`the parametrization has more than ${limit} monomials`, 'split the network into blocks')
  }
  if (circuit.operation[node] === OPERATION.ADD) {
    for (const leaf of summands(circuit, node)) for (const t of expand(leaf)) put(t.coefficient, t.monomial)
  } else {
    const [left, right] = [expand(a), expand(b)]
    for (const s of left) for (const t of right) put(mulR(s.coefficient, t.coefficient), multiplyMonomials(s.monomial, t.monomial))
  }
  return sum.finish()
}
