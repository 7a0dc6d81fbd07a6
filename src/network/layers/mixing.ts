import type { Rank, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import type { Tf } from '../layer.js'

/** Sizes of an attention layer: places read, channels of each, width of a head. */
export interface Sizes {
  readonly places: number
  readonly channels: number
  readonly width: number
}

/** What weights of softmax make of values, and back: with a the weights, ds = a ∘ (da − Σ a da), da = dm vᵀ, dq = ds k/√width, dk = dsᵀ q/√width, dv = aᵀ dm. */
export function mix(tf: Tf, [query, key, value]: readonly [Tensor2D, Tensor2D, Tensor2D], { places, width }: Sizes) {
  const [samples] = query.shape
  const apart = (t: Tensor2D): Tensor3D => tf.reshape<Rank.R3>(t, [samples / places, places, width])
  const together = (t: Tensor): Tensor2D => tf.reshape<Rank.R2>(t, [samples, width])
  const [q, k, v] = [apart(tf.mul(query, 1 / Math.sqrt(width))), apart(key), apart(value)]
  const weights = tf.softmax(tf.matMul<Tensor3D>(q, k, false, true))
  return {
    output: together(tf.matMul(weights, v)),
    pullback(dy: Tensor2D) {
      const dm = apart(dy)
      const along = tf.mul(weights, tf.matMul<Tensor3D>(dm, v, false, true))
      const scores = tf.sub<Tensor3D>(along, tf.mul(weights, tf.sum(along, 2, true)))
      return {
        query: tf.mul<Tensor2D>(together(tf.matMul(scores, k)), 1 / Math.sqrt(width)),
        key: together(tf.matMul(scores, q, true, false)),
        value: together(tf.matMul(weights, dm, true, false)),
      }
    },
  }
}

/** The formulas of `mix` in float64, sample by sample, for at most `capacity` samples. Backward follows a forward on the same rows. */
export function mixing({ places, width }: Sizes, capacity: number) {
  const weights = new Float64Array(capacity * places * places)
  const room = () => new Float64Array(capacity * places * width)
  const [output, dq, dk, dv] = [room(), room(), room(), room()]
  let kept: readonly Float64Array[] = []
  const scale = 1 / Math.sqrt(width)
  const dot = (a: Float64Array, i: number, b: Float64Array, j: number): number => {
    let sum = 0
    for (let c = 0; c < width; c++) sum += (a[i + c] ?? 0) * (b[j + c] ?? 0)
    return sum
  }
  const add = (out: Float64Array, i: number, factor: number, a: Float64Array, j: number): void => {
    for (let c = 0; c < width; c++) out[i + c] = (out[i + c] ?? 0) + factor * (a[j + c] ?? 0)
  }
  return {
    forward(read: readonly Float64Array[], rows: number): Float64Array {
      kept = read
      const [q = output, k = output, v = output] = read
      output.fill(0, 0, rows * places * width)
      for (let p = 0; p < rows * places; p++) {
        const first = p - (p % places)
        const own = weights.subarray(p * places, (p + 1) * places)
        for (let r = 0; r < places; r++) own[r] = scale * dot(q, p * width, k, (first + r) * width)
        const largest = own.reduce((most, x) => Math.max(most, x), -Infinity)
        for (let r = 0; r < places; r++) own[r] = Math.exp((own[r] ?? 0) - largest)
        const total = own.reduce((sum, x) => sum + x, 0)
        for (let r = 0; r < places; r++) {
          own[r] = (own[r] ?? 0) / total
          add(output, p * width, own[r] ?? 0, v, (first + r) * width)
        }
      }
      return output
    },
    /** @returns the derivatives by queries, keys and values. */
    backward(dy: Float64Array, rows: number): readonly Float64Array[] {
      const [q = output, k = output, v = output] = kept
      for (const out of [dq, dk, dv]) out.fill(0, 0, rows * places * width)
      for (let p = 0; p < rows * places; p++) {
        const first = p - (p % places)
        const own = weights.subarray(p * places, (p + 1) * places)
        const slopes = own.map((a, r) => a * dot(dy, p * width, v, (first + r) * width))
        const total = slopes.reduce((sum, x) => sum + x, 0)
        for (const [r, a] of own.entries()) {
          const score = scale * ((slopes[r] ?? 0) - a * total)
          add(dq, p * width, score, k, (first + r) * width)
          add(dk, (first + r) * width, score, q, p * width)
          add(dv, (first + r) * width, a, dy, p * width)
        }
      }
      return [dq, dk, dv]
    },
  }
}
