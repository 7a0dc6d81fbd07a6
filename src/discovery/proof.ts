import { InputError } from '../errors.js'
import { type Circuit, OPERATION } from './circuit.js'
import { DerivationProof } from './derivation-proof.js'
import type { ExactSystem, SystemOptions } from './exact.js'
import { type Polynomial, isLaurent } from './polynomial.js'

/** Decides over ℚ whether a polynomial is conserved; `false` also where that is too large to decide. */
export interface LawProof {
  conserves(h: Polynomial): boolean
  /** The same under another flow. */
  under(flow: Pick<SystemOptions, 'metric' | 'drift'>): LawProof
}

/** Coefficients of a sum of squares Σ cᵥ θᵥ² with integer cᵥ; undefined for any other polynomial. */
function squares(h: Polynomial): ReadonlyMap<number, bigint> | undefined {
  const found = new Map<number, bigint>()
  for (const { coefficient, monomial } of h) {
    const [u, v] = monomial
    if (monomial.length !== 2 || u === undefined || u !== v || coefficient.den !== 1n) return undefined
    found.set(u, coefficient.num)
  }
  return found
}

/**
 * Whether ½Σcᵥθᵥ² is conserved because a(θ, c) is homogeneous of weight 0 when θᵥ has weight cᵥ, node by node: weights add in
 * products, and the terms of every sum have the same. Its gradient then generates a rescaling that leaves every node's weight, hence a,
 * unchanged. An exact proof in one pass over the circuit; it may miss laws, never grants a false one.
 */
export function homogeneous(circuit: Circuit, weights: ReadonlyMap<number, bigint>): boolean {
  const known: bigint[] = []
  for (let n = 0; n < circuit.size; n++) {
    const [a, b] = [known[circuit.left[n] ?? 0] ?? 0n, known[circuit.right[n] ?? 0] ?? 0n]
    switch (circuit.operation[n]) {
      case OPERATION.INPUT:
        known.push(weights.get(n) ?? 0n)
        break
      case OPERATION.CONSTANT:
        known.push(0n)
        break
      case OPERATION.RECIPROCAL:
        known.push(-a)
        break
      case OPERATION.MULTIPLY:
        known.push(a + b)
        break
      default:
        if (a !== b) return false
        known.push(a)
    }
  }
  return known[circuit.output] === 0n
}

/** Proofs for a circuit under the Euclidean metric: by weights or local derivations where they suffice, else by expansion, which is made when first needed. */
export class CircuitProof implements LawProof {
  private system: ExactSystem | 'too large' | undefined
  private derivations: DerivationProof | undefined

  constructor(
    private readonly circuit: Circuit,
    private readonly expand: () => ExactSystem,
  ) {}

  conserves(h: Polynomial): boolean {
    if (isLaurent(h)) return this.expanded()?.conserves(h) ?? false
    const weights = squares(h)
    if (weights !== undefined && homogeneous(this.circuit, weights)) return true
    this.derivations ??= new DerivationProof(this.circuit)
    if (this.derivations.conserves(h)) return true
    return this.expanded()?.conserves(h) ?? false
  }

  under(flow: Pick<SystemOptions, 'metric' | 'drift'>): LawProof {
    const lifted = (): ExactSystem | undefined => this.expanded()?.under(flow)
    let system: ExactSystem | undefined
    return {
      conserves: (h) => {
        system ??= lifted()
        return system?.conserves(h) ?? false
      },
      under: (other) => this.under({ ...flow, ...other }),
    }
  }

  private expanded(): ExactSystem | undefined {
    if (this.system === undefined) {
      try {
        this.system = this.expand()
      } catch (fault) {
        if (!(fault instanceof InputError)) throw fault
        this.system = 'too large'
      }
    }
    return this.system === 'too large' ? undefined : this.system
  }
}
