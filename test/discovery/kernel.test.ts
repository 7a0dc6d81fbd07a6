import { array, assert, bigInt, constantFrom, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rational } from '../../src/algebra/rational.js'
import { CircuitBuilder, type Circuit } from '../../src/discovery/circuit.js'
import { DerivationProof } from '../../src/discovery/derivation-proof.js'
import { Echelon } from '../../src/discovery/echelon.js'
import { ExactSystem } from '../../src/discovery/exact.js'
import { type FieldFamily, gradientFields, randomBracket } from '../../src/discovery/fields.js'
import { GradientSweep } from '../../src/discovery/gradient.js'
import { layeredCircuit } from '../../src/discovery/layered.js'
import { lieRank } from '../../src/discovery/lie.js'
import { parityLabels } from '../../src/discovery/parity.js'
import { type Polynomial, expandCircuit } from '../../src/discovery/polynomial.js'
import { PRIMES, Random, invert, multiply, primeField, reconstruct, reduce } from '../../src/discovery/prime.js'
import { homogeneous } from '../../src/discovery/proof.js'
import { type SeriesVector, seriesVector } from '../../src/discovery/series.js'

const field = primeField(PRIMES[0])
const P = BigInt(field.p)
const residues = integer({ min: 0, max: field.p - 1 })

/** Rank over the integers modulo p by fraction-free elimination with big integers. */
function bigRank(rows: readonly (readonly number[])[]): number {
  const a = rows.map((r) => r.map(BigInt))
  let rank = 0
  for (let c = 0; c < (a[0]?.length ?? 0); c++) {
    const at = a.findIndex((r, i) => i >= rank && (r[c] ?? 0n) % P !== 0n)
    if (at >= 0) {
      const pivot = a[at] ?? []
      a[at] = a[rank] ?? []
      a[rank] = pivot
      for (let i = rank + 1; i < a.length; i++) {
        const row = a[i] ?? []
        const factor = row[c] ?? 0n
        a[i] = row.map((x, j) => (x * (pivot[c] ?? 0n) - factor * (pivot[j] ?? 0n)) % P)
      }
      rank += 1
    }
  }
  return rank
}

describe('arithmetic modulo a prime', () => {
  it('the primes are the two largest below 2²³', () => {
    const prime = (n: number): boolean => Array.from({ length: 2896 }, (_, i) => i + 2).every((d) => n % d !== 0)
    const found: number[] = []
    for (let n = 2 ** 23 - 1; found.length < 2; n -= 1) if (prime(n)) found.push(n)
    expect(PRIMES).toEqual(found)
  })

  it('reduction, products and inverses agree with big integers', () => {
    assert(
      property(residues, residues, bigInt({ min: 0n, max: 2n ** 53n - 1n }), (a, b, x) => {
        expect(reduce(field, Number(x))).toBe(Number(x % P))
        expect(multiply(field, a, b)).toBe(Number((BigInt(a) * BigInt(b)) % P))
        expect(a === 0 ? 1 : multiply(field, a, invert(field, a))).toBe(1)
      }),
    )
  })

  it('small fractions come back from their residues', () => {
    assert(
      property(integer({ min: -2000, max: 2000 }), integer({ min: 1, max: 2000 }), (n, d) => {
        const { num, den } = rational(n, d)
        const residue = Number((((num % P) + P) * BigInt(invert(field, Number(den)))) % P)
        expect(reconstruct(field, residue)).toEqual({ num: Number(num), den: Number(den) })
      }),
    )
  })
})

describe('row spaces', () => {
  const matrices = tuple(integer({ min: 1, max: 9 }), integer({ min: 1, max: 9 }), integer({ min: 1, max: 5 })).chain(([n, m, inner]) =>
    tuple(array(array(residues, { minLength: inner, maxLength: inner }), { minLength: n, maxLength: n }), array(array(residues, { minLength: m, maxLength: m }), { minLength: inner, maxLength: inner })),
  )

  it('rank and null space of products of random factors, a row at a time or in batches', () => {
    assert(
      property(matrices, ([left, right]) => {
        const rows = left.map((l) => (right[0] ?? []).map((_, j) => l.reduce((sum, x, k) => (sum + multiply(field, x, right[k]?.[j] ?? 0)) % field.p, 0)))
        const width = rows[0]?.length ?? 0
        const [single, batch] = [new Echelon(field, width), new Echelon(field, width)]
        for (const row of rows) single.insert(row)
        batch.insertAll(rows)
        expect(single.rank).toBe(bigRank(rows))
        expect(batch.rank).toBe(single.rank)
        const kernel = single.nullSpace()
        expect(kernel).toHaveLength(width - single.rank)
        for (const x of kernel) for (const row of rows) expect(row.reduce((sum, y, j) => (sum + multiply(field, y, x[j] ?? 0)) % field.p, 0)).toBe(0)
      }),
    )
  })
})

/** A random circuit with products, sums and one reciprocal. */
function someCircuit(seed: number): Circuit {
  const random = new Random(seed)
  const build = new CircuitBuilder()
  const nodes = [build.parameter(), build.parameter(), build.parameter(), build.slot(), build.slot()]
  const pick = (): number => nodes[random.bits() % nodes.length] ?? 0
  for (let n = 0; n < 12; n++) nodes.push(random.bits() % 2 === 0 ? build.add(pick(), pick()) : build.multiply(pick(), pick()))
  return build.finish(build.multiply(build.sum(nodes), build.reciprocal(build.add(nodes[0] ?? 0, build.multiply(nodes[3] ?? 0, nodes[1] ?? 0)))))
}

/** a(θ + h·e) in the ring of series: seeds t in one parameter and reads a coefficient of the value, an oracle for derivatives. */
function valueSeries(circuit: Circuit, point: readonly number[], direction: readonly number[], slots: SeriesVector, order: number): Float64Array {
  const build = seriesVector(circuit.parameters + 1, order)
  for (const [i, x] of point.entries()) {
    build.data[i * (order + 1)] = x
    build.data[i * (order + 1) + 1] = direction[i] ?? 0
  }
  build.data[circuit.parameters * (order + 1)] = 1
  // One more parameter that multiplies the output: the gradient by it is the value.
  const shift = (n: number): number => (n < circuit.parameters ? n : n + 1)
  const extended: Circuit = {
    ...circuit, parameters: circuit.parameters + 1, size: circuit.size + 2, output: circuit.size + 1,
    operation: Uint8Array.from([...circuit.operation.slice(0, circuit.parameters), 0, ...circuit.operation.slice(circuit.parameters), 3]),
    left: Int32Array.from([...circuit.left.slice(0, circuit.parameters), 0, ...circuit.left.slice(circuit.parameters).map(shift), shift(circuit.output)]),
    right: Int32Array.from([...circuit.right.slice(0, circuit.parameters), 0, ...circuit.right.slice(circuit.parameters).map(shift), circuit.parameters]),
  }
  const { gradient } = new GradientSweep(field, extended, build, slots, order)
  return gradient.data.slice(circuit.parameters * (order + 1))
}

describe('derivatives of circuits', () => {
  it('gradient and Hessian are the Taylor coefficients of the value along lines', () => {
    assert(
      property(integer({ min: 1, max: 1e6 }), (seed) => {
        const circuit = someCircuit(seed)
        const random = new Random(seed + 1)
        const [point, u] = [[...random.residues(field, 3)], [...random.residues(field, 3)]]
        const slots: SeriesVector = { length: circuit.slots, order: 0, data: random.residues(field, circuit.slots) }
        const at: SeriesVector = { length: 3, order: 0, data: Float64Array.from(point) }
        const sweep = new GradientSweep(field, circuit, at, slots, 0)
        const dot = (x: Float64Array): number => x.reduce((sum, y, i) => (sum + multiply(field, y, u[i] ?? 0)) % field.p, 0)
        const taylor = valueSeries(circuit, point, u, slots, 2)
        expect(dot(sweep.gradient.data)).toBe(taylor[1])
        const curvature = dot(sweep.hessianTimes({ length: 3, order: 0, data: Float64Array.from(u) }).data)
        expect(curvature).toBe(multiply(field, 2, taylor[2] ?? 0))
      }),
      { numRuns: 60 },
    )
  })
})

/** Rotations of space, X_c = c × x: brackets of members are members. */
const rotations: FieldFamily = {
  dimension: 3,
  slots: 3,
  along(prime, point, slots, order) {
    const cross = (a: SeriesVector, b: SeriesVector, upTo: number): SeriesVector => {
      const result = seriesVector(3, upTo)
      for (let i = 0; i < 3; i++)
        for (let k = 0; k <= upTo; k++)
          for (let m = 0; m <= k; m++)
            for (const [j, l, sign] of [[(i + 1) % 3, (i + 2) % 3, 1], [(i + 2) % 3, (i + 1) % 3, prime.p - 1]] as const) {
              const [x, y] = [m <= a.order ? (a.data[j * (a.order + 1) + m] ?? 0) : 0, k - m <= b.order ? (b.data[l * (b.order + 1) + k - m] ?? 0) : 0]
              const at = i * (upTo + 1) + k
              result.data[at] = ((result.data[at] ?? 0) + multiply(prime, sign, multiply(prime, x, y))) % prime.p
            }
      return result
    }
    return { value: cross(slots, point, order), derivativeTimes: (u) => cross(slots, u, u.order) }
  },
}

describe('generated Lie algebras', () => {
  it('rotations of space have orbits of dimension 2, and every bracket is tangent to the sphere', () => {
    const random = new Random(5)
    const point = random.residues(field, 3)
    for (const order of [0, 1, 2, 3, 4]) {
      const bracket = randomBracket(field, rotations, random, point, order)
      expect(bracket.some((x) => x !== 0)).toBe(true)
      expect(bracket.reduce((sum, x, i) => (sum + multiply(field, x, point[i] ?? 0)) % field.p, 0)).toBe(0)
    }
    expect(lieRank(field, rotations, 1, 3)).toMatchObject({ rank: 2, stopped: 'closure' })
  })

  it('x·y and z + x² span two dimensions and generate the third, (2y, −2x, 0), by their bracket', () => {
    const build = new CircuitBuilder()
    const [x, y, z] = [build.parameter(), build.parameter(), build.parameter()]
    const a = build.add(build.multiply(build.slot(), build.multiply(x, y)), build.multiply(build.slot(), build.add(z, build.power(x, 2))))
    expect(lieRank(field, gradientFields(build.finish(a)), 1, 3)).toMatchObject({ rank: 3, depth: 2 })
  })
})

describe('exact proofs', () => {
  const networks = constantFrom('linear' as const, 'gated' as const)

  it('weights, derivations and full expansion agree on balance laws and on false ones', () => {
    assert(
      property(networks, integer({ min: 0, max: 1 }), integer({ min: 1, max: 3 }), integer({ min: -2, max: 2 }), (kind, j, k, c) => {
        const circuit = layeredCircuit({ layers: [2, 2, 3], activation: { kind }, bias: false })
        const other = k % 2
        const h: Polynomial = [
          ...[0, 1].map((i) => ({ coefficient: rational(1), monomial: [2 * i + j, 2 * i + other].sort((a, b) => a - b) })),
          ...(c === 0 ? [] : [0, 1, 2].map((o) => ({ coefficient: rational(c), monomial: [4 + 3 * j + o, 4 + 3 * other + o].sort((a, b) => a - b) }))),
        ]
        const expected = c === -1 && (kind === 'linear' || j === other)
        expect(new ExactSystem(expandCircuit(circuit, 1000)).conserves(h)).toBe(expected)
        expect(new DerivationProof(circuit).conserves(h)).toBe(expected)
        const weights = new Map(h.filter((t) => t.monomial[0] === t.monomial[1]).map((t) => [t.monomial[0] ?? 0, t.coefficient.num]))
        expect(j === other ? homogeneous(circuit, weights) : expected).toBe(expected)
      }),
    )
  })

  it('sign flips: products of weights into one unit share a character, products across units do not', () => {
    const labels = parityLabels(layeredCircuit({ layers: [2, 2, 2], activation: { kind: 'linear' }, bias: false }))
    const character = (...ps: readonly number[]): string =>
      ps.reduce<readonly number[]>((sum, p) => sum.map((x, i) => x ^ (labels[p]?.[i] ?? 0)), [0, 0]).join()
    expect(character(0, 1)).toBe(character(2, 3))
    expect(character(0, 1)).toBe(character(4, 6))
    expect(character(0, 1)).not.toBe(character(0, 2))
    expect(character(0, 0)).toBe(character(5, 5))
  })
})
