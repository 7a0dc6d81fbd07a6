import type { NetworkSymmetry } from '../symmetry/instances.js'
import type { Layer } from './layer.js'
import type { Network } from './network.js'
import type { Change, Outcome, Production } from './signal.js'

type Absorption = Extract<Outcome, { kind: 'absorbed' }>

/**
 * The symmetries of the loss that follow from the architecture, for any data: a change that some layer can produce at its output
 * is followed through the next layers, each of which passes it on (maybe as another change), absorbs it, or lets it be seen.
 * What is absorbed is a symmetry of all parameters that took part. [NM] §3 lists the resulting families.
 *
 * A translation that a later layer could only absorb with its bias and weights together (b₁ + v, b₂ − W₂v) is affine with a generator
 * that is none of these families and is not listed.
 */
export function inferSymmetries(network: Network): readonly NetworkSymmetry[] {
  const found: NetworkSymmetry[] = []
  for (const [index, layer] of network.layers.entries())
    for (const production of layer.produces) {
      const end = follow(network, index + 1, production.change)
      if (end === undefined) continue
      const shape = familyOf(production, end.absorption, end.change)
      const number = found.filter((known) => known.family === shape.family).length + 1
      const { broken } = end.absorption
      const origin = `${layer.name} → ${end.where}: ${end.absorption.why}`
      found.push({ name: `${shape.family}-${number}`, origin, ...shape, ...(broken === undefined ? {} : { broken }) })
    }
  return found
}

/** Where a change that leaves the layer before `start` is absorbed, and as what it arrives there. */
function follow(network: Network, start: number, change: Change): { absorption: Absorption; change: Change; where: string } | undefined {
  let arriving = change
  const rest: readonly Pick<Layer, 'name' | 'transfer'>[] = [...network.layers.slice(start), network.loss]
  for (const { name, transfer } of rest) {
    const outcome = transfer(arriving)
    if (outcome === undefined) return undefined
    if (outcome.kind === 'absorbed') return { absorption: outcome, change: arriving, where: name }
    arriving = outcome.change
  }
  return undefined
}

/** The family of a change made by `by` and undone by the absorbing parameters, if any are needed. */
function familyOf(production: Production, absorption: Absorption, arriving: Change): Pick<NetworkSymmetry, 'family' | 'degree' | 'count' | 'sets'> {
  const { change, by, count } = production
  if (absorption.by.length === 0) return { family: change.kind === 'scale' || change.kind === 'dilation' ? 'scale' : 'translation', count, sets: { w: by } }
  const sets = { in: by, out: absorption.by }
  return arriving.kind === 'scale' ? { family: 'rescale', degree: `${arriving.degree}`, count, sets } : { family: 'linear', count, sets }
}
