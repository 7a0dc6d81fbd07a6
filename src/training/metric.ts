import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { InputError } from '../errors.js'
import { lossDerivatives } from '../network/derivatives.js'
import { dot } from '../network/dot.js'
import { type Network, mixingLayer } from '../network/network.js'
import { type Samples, select } from './data/dataset.js'
import { targetMatrix } from './data/targets.js'
import type { Real } from './vectorCode.js'

/** A metric on the parameters as a problem states it for a run. */
export interface MetricSpec {
  readonly kind: 'fisher' | 'diagonal_fisher'
  /** What is added to the metric times the identity. */
  readonly damping: number
  /** The metric is a mean over so many training samples, the first ones. */
  readonly samples: number
}

/** Prepares G(θ)⁻¹, which writes G(θ)⁻¹x. */
export type InverseMetric = (theta: Real) => (x: Real, out: Real) => void

/**
 * The inverse of the empirical Fisher information G(θ) = ρ + (1/n) Σᵢ gᵢgᵢᵀ with the gradients of the samples' losses, or of its diagonal: symmetric and
 * positive definite, and a function of θ alone, as the samples are the same at every step. In float64.
 * Source: Amari 1998; Martens, *New insights and perspectives on the natural gradient method*, JMLR 2020, section 11. With U the matrix of the gᵢ over √n,
 * (ρ + UᵀU)⁻¹x = (x − Uᵀ(ρ + UUᵀ)⁻¹Ux)/ρ (Woodbury).
 * @throws InputError for networks in which a sample has no gradient of its own
 */
export function inverseMetric(network: Network, data: Samples, { kind, damping, samples }: MetricSpec): InverseMetric {
  const mixing = mixingLayer(network)
  if (mixing !== undefined) throw new InputError(`${mixing.name} mixes the samples of a batch, so that none has a gradient of its own, as the metric ${kind} takes`, 'take layernorm or rmsnorm in its place')
  const rows = Math.min(samples, data.rows)
  const derivatives = lossDerivatives(network)
  const batches = Array.from({ length: rows }, (_, i) => {
    const { inputs, targets } = select(data, network.input, Int32Array.of(i))
    return { inputs: Float64Array.from(inputs), targets: targetMatrix(targets, network.output), rows: 1 }
  })
  const { size } = network
  const one = new Float64Array(size)
  const gradientsAt = (theta: Real): Float64Array => {
    const at = Float64Array.from(theta)
    const u = new Float64Array(rows * size)
    for (const [i, batch] of batches.entries()) {
      derivatives(batch, at, [], one)
      u.set(one.map((g) => g / Math.sqrt(rows)), i * size)
    }
    return u
  }
  const samplesOf = (of: (i: number) => number): Float64Array => Float64Array.from({ length: rows }, (_, i) => of(i))
  if (kind === 'diagonal_fisher')
    return (theta) => {
      const diagonal = new Float64Array(size).fill(damping)
      for (const [at, g] of gradientsAt(theta).entries()) diagonal[at % size] = (diagonal[at % size] ?? 0) + g * g
      return (x, out) => {
        for (const [j, d] of diagonal.entries()) out[j] = (x[j] ?? 0) / d
      }
    }
  return (theta) => {
    const u = gradientsAt(theta)
    const gram = new Matrix(Array.from({ length: rows }, (_, i) => samplesOf((j) => dot(u, u, i * size, j * size, size) + (i === j ? damping : 0))))
    const factored = new CholeskyDecomposition(gram)
    return (x, out) => {
      const weights = factored.solve(Matrix.columnVector(samplesOf((i) => dot(u, x, i * size, 0, size)))).to1DArray()
      const result = Float64Array.from(x)
      for (const [i, w] of weights.entries()) for (let j = 0; j < size; j += 1) result[j] = (result[j] ?? 0) - w * (u[i * size + j] ?? 0)
      out.set(result.map((r) => r / damping))
    }
  }
}
