import { InputError } from '../../errors.js'
import { oneHot } from '../../network/float64.js'

/** What a network shall answer to samples: of each its class 0, 1, …, or numbers, samples × width, row-major. */
export type Targets = { readonly kind: 'classes'; readonly labels: Int32Array } | { readonly kind: 'numbers'; readonly values: Float32Array; readonly width: number }

export const classes = (labels: ArrayLike<number>): Targets => ({ kind: 'classes', labels: Int32Array.from(labels) })

/** The targets of chosen samples, in this order. */
export function selectTargets(targets: Targets, chosen: Int32Array): Targets {
  if (targets.kind === 'classes') return { ...targets, labels: chosen.map((from) => targets.labels[from] ?? 0) }
  const { values, width } = targets
  const selected = new Float32Array(chosen.length * width)
  for (const [row, from] of chosen.entries()) selected.set(values.subarray(from * width, (from + 1) * width), row * width)
  return { ...targets, values: selected }
}

/** Targets side by side with a network's outputs, samples × outputs: 1 at the class and 0 elsewhere, or the numbers. */
export const targetMatrix = (targets: Targets, outputs: number): Float64Array =>
  (targets.kind === 'classes' ? oneHot(targets.labels, outputs) : Float64Array.from(targets.values))

/** The classes of samples that have some. @throws Error for numbers. */
export function labelsOf(targets: Targets): Int32Array {
  if (targets.kind === 'numbers') throw new Error('these samples have numbers for targets, no classes')
  return targets.labels
}

/** How many outputs all of some targets need: the classes up to the largest label, or the numbers of a sample. */
export const outputsFor = (all: readonly Targets[]): number =>
  all.reduce((most, t) => (t.kind === 'numbers' ? Math.max(most, t.width) : t.labels.reduce((a, b) => Math.max(a, b + 1), most)), 1)

/** @throws InputError unless the outputs and the loss of a network suit the targets. */
export function checkTargets(network: { readonly output: number; readonly loss: { readonly name: string } }, { kind }: Targets, outputs: number): void {
  if (kind === 'classes') {
    if (network.output < outputs)
      throw new InputError(`the network has ${network.output} outputs, the data ${outputs} classes`, `give the last dense layer ${outputs} units; numbers to be approximated are named by data.targets`)
    return
  }
  if (network.loss.name !== 'mean_square') throw new InputError(`the loss ${network.loss.name} is for classes, the data's targets are numbers`, 'write network.loss: mean_square')
  if (network.output !== outputs)
    throw new InputError(`the network has ${network.output} outputs, a sample of the data has ${outputs} numbers for its target`, `give the last dense layer ${outputs} units`)
}
