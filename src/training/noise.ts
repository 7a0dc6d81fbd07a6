import { random } from '../network/random.js'
import type { NoiseSource } from './program.js'

/** Tells the stream of injected noise from those of batches, which are made from (seed, step) too. */
const INJECTED = 0x6e6f6973

/**
 * Standard normal numbers made from (seed, step, noise) alone: the same ones whatever computes the gradient, and after a run has been taken up again. A
 * vector in float32 holds them rounded, and so they are recorded.
 */
export const normalNoise = (seed: number): NoiseSource => (noise, k, out) => {
  const { normal } = random(seed, k, noise, INJECTED)
  for (let i = 0; i < out.length; i += 1) out[i] = normal()
}
