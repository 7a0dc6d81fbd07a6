import { type Circuit, OPERATION } from './circuit.js'
import { Random } from './prime.js'

const highestBit = (row: Uint32Array, from: number): number => {
  for (let w = from; w >= 0; w--) {
    const word = row[w] ?? 0
    if (word !== 0) return w * 32 + 31 - Math.clz32(word)
  }
  return -1
}

/** A subspace of 𝔽₂ⁿ in echelon form by highest bit. */
class BinarySpace {
  private readonly byPivot = new Map<number, Uint32Array>()

  /** Clears every pivot bit of `row` in place. */
  reduce(row: Uint32Array): void {
    for (let bit = highestBit(row, row.length - 1); bit >= 0;) {
      const basis = this.byPivot.get(bit)
      if (basis === undefined) bit = highestBitBelow(row, bit)
      else {
        for (let w = bit >>> 5; w >= 0; w--) row[w] = ((row[w] ?? 0) ^ (basis[w] ?? 0)) >>> 0
        bit = highestBitBelow(row, bit)
      }
    }
  }

  insert(row: Uint32Array): void {
    this.reduce(row)
    const pivot = highestBit(row, row.length - 1)
    if (pivot >= 0) this.byPivot.set(pivot, row)
  }
}

function highestBitBelow(row: Uint32Array, bit: number): number {
  const w = bit >>> 5
  const masked = (row[w] ?? 0) & ((1 << (bit & 31)) - 1)
  return masked === 0 ? highestBit(row, w - 1) : w * 32 + 31 - Math.clz32(masked)
}

/**
 * Sign flips of parameters (and of coefficient slots) that leave every φᵢ unchanged up to its own sign are isometries that map the
 * space of vector fields to itself, so the space of laws splits into their characters: monomials of different character never meet in
 * one law, which cuts a search over D²/2 monomials into small independent ones. Returns a label for each parameter; two
 * monomials have the same character iff the exclusive-or of their labels agree (up to hash collisions, which only merge classes).
 */
export function parityLabels(circuit: Circuit): readonly (readonly [number, number])[] {
  const inputs = circuit.parameters + circuit.slots
  const words = Math.ceil(inputs / 32)
  const labels: Uint32Array[] = []
  const relations = new BinarySpace()
  for (let n = 0; n < circuit.size; n++) {
    const label = new Uint32Array(words)
    const [a, b] = [labels[circuit.left[n] ?? 0], labels[circuit.right[n] ?? 0]]
    if (circuit.operation[n] === OPERATION.INPUT) label[n >>> 5] = (1 << (n & 31)) >>> 0
    else if (circuit.operation[n] === OPERATION.MULTIPLY) for (let w = 0; w < words; w++) label[w] = ((a?.[w] ?? 0) ^ (b?.[w] ?? 0)) >>> 0
    else if (circuit.operation[n] === OPERATION.RECIPROCAL && a !== undefined) label.set(a)
    else if (circuit.operation[n] === OPERATION.ADD) {
      if (a !== undefined) label.set(a)
      relations.insert(Uint32Array.from(label, (x, w) => (x ^ (b?.[w] ?? 0)) >>> 0))
    }
    labels.push(label)
  }
  const random = new Random(1)
  const hashes = Array.from({ length: inputs }, () => [random.bits() >>> 6, random.bits() >>> 6] as const)
  return Array.from({ length: circuit.parameters }, (_, v) => {
    const unit = new Uint32Array(words)
    unit[v >>> 5] = (1 << (v & 31)) >>> 0
    relations.reduce(unit)
    let [high, low] = [0, 0]
    for (const [bit, [x, y]] of hashes.entries()) {
      if (((unit[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) {
        high ^= x
        low ^= y
      }
    }
    return [high, low]
  })
}
