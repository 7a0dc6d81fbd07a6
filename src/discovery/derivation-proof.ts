import { R1, type Rational, mulR, rational } from '../algebra/rational.js'
import { type Circuit, OPERATION } from './circuit.js'
import { type Polynomial, PolynomialSum, derivative, monomialDerivative, multiplyMonomials, variablesOf } from './polynomial.js'

/** Largest expansion of one node; beyond, the proof gives up. */
const LIMIT = 20_000

/** Whether a node is used by exactly one other and that is a sum: then it is only opened as part of that sum. */
function insideSums(circuit: Circuit): readonly boolean[] {
  const uses = new Int32Array(circuit.size)
  const bySum = new Uint8Array(circuit.size)
  for (let n = circuit.parameters + circuit.slots; n < circuit.size; n++) {
    const operation = circuit.operation[n]
    if (operation === OPERATION.CONSTANT) continue
    const operands = operation === OPERATION.RECIPROCAL ? [circuit.left[n] ?? 0] : [circuit.left[n] ?? 0, circuit.right[n] ?? 0]
    for (const m of operands) {
      uses[m] = (uses[m] ?? 0) + 1
      if (operation === OPERATION.ADD) bySum[m] = 1
    }
  }
  return Array.from(uses, (count, n) => count === 1 && bySum[n] === 1 && circuit.operation[n] === OPERATION.ADD)
}

/**
 * Proves over ℚ that a law is conserved by showing that the derivation ξ = ∇h annihilates the circuit. Nodes that ξ does not move
 * are variables of their own; a node that it moves is expanded in these and the moved parameters; and a node whose expansion
 * ξ annihilates is again a variable for all that follows. So expansions stay as local as the symmetry is: two consecutive layers cancel at the
 * units above them, whatever the rest of the network is.
 */
export class DerivationProof {
  private readonly inside: readonly boolean[]
  /** Nodes made of data alone, expanded in the slots: numbers of sum 0, for one, are related. */
  private readonly data = new Map<number, Polynomial>()

  constructor(private readonly circuit: Circuit) {
    this.inside = insideSums(circuit)
    const free = new Set<number>()
    for (let n = circuit.parameters; n < circuit.size; n++) {
      const operation = circuit.operation[n]
      const operands = [circuit.left[n] ?? 0, circuit.right[n] ?? 0]
      const ofData = operation === OPERATION.ADD || operation === OPERATION.MULTIPLY ? operands.every((m) => free.has(m)) : operation !== OPERATION.RECIPROCAL
      if (ofData) free.add(n)
      if (ofData && n >= circuit.parameters + circuit.slots) this.expandData(n)
    }
  }

  private expandData(n: number): void {
    const { circuit } = this
    const [a, b] = [this.ofData(circuit.left[n] ?? 0), this.ofData(circuit.right[n] ?? 0)]
    const sum = new PolynomialSum()
    if (circuit.operation[n] === OPERATION.CONSTANT) this.data.set(n, this.signed(n, () => []))
    else if (circuit.operation[n] === OPERATION.ADD) for (const t of [...a, ...b]) sum.add(t.coefficient, t.monomial)
    else for (const s of a) for (const t of b) sum.add(mulR(s.coefficient, t.coefficient), multiplyMonomials(s.monomial, t.monomial))
    if (sum.size > 0) this.data.set(n, sum.finish())
  }

  private ofData(m: number): Polynomial {
    return this.data.get(m) ?? [{ coefficient: R1, monomial: [m] }]
  }

  /** True only if ⟨∇h, ∇a(·, c)⟩ is zero for all c; false may also mean that the expansion grew too large. */
  conserves(h: Polynomial): boolean {
    const { circuit } = this
    const slopes = new Map(variablesOf(h).map((v) => [v, derivative(h, v)]))
    const moved = new Map<number, Polynomial>()
    for (const v of slopes.keys()) moved.set(v, [{ coefficient: R1, monomial: [v] }])
    for (let n = circuit.parameters + circuit.slots; n < circuit.size; n++) {
      const expansion = this.inside[n] === true ? undefined : this.expand(n, moved)
      if (expansion === 'too large') return false
      if (expansion !== undefined && !annihilated(expansion, slopes)) moved.set(n, expansion)
    }
    return !moved.has(circuit.output)
  }

  /** The expansion of a node with a moved operand, else undefined. */
  private expand(n: number, moved: ReadonlyMap<number, Polynomial>): Polynomial | undefined | 'too large' {
    const { circuit } = this
    const value = (m: number): Polynomial => moved.get(m) ?? this.data.get(m) ?? [{ coefficient: R1, monomial: [m] }]
    const [a, b] = [circuit.left[n] ?? 0, circuit.right[n] ?? 0]
    const sum = new PolynomialSum()
    switch (circuit.operation[n]) {
      case OPERATION.ADD: {
        const terms = this.summands(n)
        if (!terms.some((m) => moved.has(m))) return undefined
        for (const m of terms) for (const t of this.signed(m, value)) sum.add(t.coefficient, t.monomial)
        break
      }
      case OPERATION.MULTIPLY: {
        if (!moved.has(a) && !moved.has(b)) return undefined
        const [left, right] = [this.signed(a, value), this.signed(b, value)]
        if (left.length * right.length > LIMIT) return 'too large'
        for (const s of left) for (const t of right) sum.add(mulR(s.coefficient, t.coefficient), multiplyMonomials(s.monomial, t.monomial))
        break
      }
      case OPERATION.RECIPROCAL:
        return moved.has(a) ? 'too large' : undefined
      default:
        return undefined
    }
    return sum.size > LIMIT ? 'too large' : sum.finish()
  }

  /** The value of a node, with numbers as numbers rather than variables, so that they can cancel. */
  private signed(m: number, value: (m: number) => Polynomial): Polynomial {
    const { circuit } = this
    if (circuit.operation[m] !== OPERATION.CONSTANT) return value(m)
    const constant: Rational = circuit.constants[circuit.left[m] ?? 0] ?? R1
    return [{ coefficient: constant, monomial: [] }]
  }

  private summands(n: number): readonly number[] {
    const open = [n]
    const leaves: number[] = []
    for (let m = open.pop(); m !== undefined; m = open.pop()) {
      if (m === n || this.inside[m] === true) open.push(this.circuit.left[m] ?? 0, this.circuit.right[m] ?? 0)
      else leaves.push(m)
    }
    return leaves
  }
}

/** Whether Σᵥ ∂ᵥh ∂ᵥ(expansion) is zero. */
function annihilated(expansion: Polynomial, slopes: ReadonlyMap<number, Polynomial>): boolean {
  const sum = new PolynomialSum()
  for (const { coefficient, monomial } of expansion) {
    for (const v of new Set(monomial)) {
      const slope = slopes.get(v)
      if (slope !== undefined) {
        const { multiplicity, rest } = monomialDerivative(monomial, v)
        const factor = mulR(coefficient, rational(multiplicity))
        for (const s of slope) sum.add(mulR(factor, s.coefficient), multiplyMonomials(rest, s.monomial))
      }
    }
  }
  return sum.size === 0
}
