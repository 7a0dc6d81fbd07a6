import { type Network, parameterNamed } from '../network/network.js'
import { componentsOf, sliceCount } from '../network/transform.js'
import type { SliceFamily } from '../symmetry/instances.js'

/** 0/1 vectors over all parameters: one for each parameter by name, one for each of the sets (all members together). */
export function indicatorVectors(network: Network, sets: Readonly<Record<string, readonly SliceFamily[]>> = {}): ReadonlyMap<string, Float64Array> {
  const vectors = new Map(network.parameters.map(({ name }) => [name, indicator(network, [{ parameter: name }])]))
  for (const [name, slices] of Object.entries(sets)) vectors.set(name, indicator(network, slices))
  return vectors
}

function indicator(network: Network, slices: readonly SliceFamily[]): Float64Array {
  const values = new Float64Array(network.size)
  for (const slice of slices) {
    parameterNamed(network, slice.parameter)
    for (let member = 0; member < sliceCount(network, slice); member++) for (const i of componentsOf(network, slice, member)) values[i] = 1
  }
  return values
}
