import type { NetworkSymmetry } from '../symmetry/instances.js'

/**
 * A contraction to record at every step. `left` and `right` name vectors over all parameters at that step, before its update:
 * `theta`, `g`, a state of the rule; or, after its update: `theta_next`, `<state>_next`.
 *
 * - `diagonal`: for each neuron i, Σ over the slices i of `set` of left·right; of left alone (the contraction with the indicator) without `right`.
 *   Width: the symmetry's `count`.
 * - `gram`: the matrix of ⟨left slice i, right slice j⟩, summed over the set's tensors, row-major; without `right`, left with itself.
 *   Width: the square of the number of slices along the set's axis (which is the same for all its tensors).
 */
export interface Measure {
  readonly id: string
  readonly symmetry: NetworkSymmetry
  readonly set: string
  readonly left: string
  readonly right?: string
  readonly mode: 'diagonal' | 'gram'
}
