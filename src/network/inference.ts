import type { NetworkSymmetry, SliceFamily } from '../symmetry/instances.js'
import type { Layer } from './layer.js'
import type { Network } from './network.js'
import { type Broken, type Change, type FoundSymmetry, type Production, groupedOf, rotationsOf } from './signal.js'

/**
 * The symmetries of the loss that follow from the architecture, for any data: a change that some layer can produce at its output
 * is followed through the next layers, each of which passes it on (maybe as another change), absorbs it, or lets it be seen.
 * What is absorbed is a symmetry of all parameters that took part. [NM] §3 lists the resulting families.
 *
 * A translation that a later layer could only absorb with its bias and weights together (b₁ + v, b₂ − W₂v) is affine with a generator
 * that is none of these families and is not listed.
 */
export function inferSymmetries({ layers, loss }: Pick<Network, 'layers' | 'loss'>): readonly NetworkSymmetry[] {
  const numbers = new Map<string, number>()
  return symmetriesOf(layers, [loss]).map((found) => {
    const number = (numbers.get(found.family) ?? 0) + 1
    numbers.set(found.family, number)
    return { name: `${found.family}-${number}`, ...found }
  })
}

/** What a change meets on its way. */
type Reader = Pick<Layer, 'name' | 'transfer' | 'groups'>

/** Symmetries of layers one after the other, those within a layer first. @param end what reads the last of them. */
export const symmetriesOf = (layers: readonly Layer[], end: readonly Reader[] = []): readonly FoundSymmetry[] =>
  layers.flatMap((layer, index) => {
    const behind = [...layers.slice(index + 1), ...end]
    const groups = [...new Set(behind.flatMap((reader) => reader.groups ?? []))].flatMap((n) => groupedOf(layer.produces, layer.parameters, n))
    const found = [...layer.produces, ...groups].flatMap((production) => absorbed(layer, production, behind))
    // A matrix that nothing undoes may still be undone where it is a rotation.
    const rotations = found.some(({ family }) => family === 'linear') ? [] : rotationsOf(layer.produces).flatMap((production) => absorbed(layer, production, behind))
    return [...(layer.within ?? []), ...found, ...rotations]
  })

/** The symmetry of a change that a layer brings about and those behind it do not let be seen; none where they do. */
function absorbed({ name }: Layer, production: Production, behind: readonly Reader[]): readonly FoundSymmetry[] {
  const way = follow(production.change, behind)
  return way?.absorbed === undefined ? [] : [{ origin: `${name} → ${way.absorbed.where}: ${way.absorbed.why}`, ...familyOf(production, way), ...(way.broken === undefined ? {} : { broken: way.broken }) }]
}

/** What happens to a change that is not seen. */
export interface Way {
  /** As what it arrives where it is absorbed, or at the end. */
  readonly change: Change
  /** Where it is absorbed and why; without it, it reaches the end. */
  readonly absorbed?: { readonly where: string; readonly why: string }
  /** Parameters that take the inverse change, and those that make the same, on the way. */
  readonly by: readonly SliceFamily[]
  readonly along: readonly SliceFamily[]
  readonly broken?: Broken
}

/** The way of a change through layers; undefined if one of them lets it be seen. */
export function follow(change: Change, readers: readonly Reader[]): Way | undefined {
  let way: Way = { change, by: [], along: [] }
  for (const { name, transfer } of readers) {
    const outcome = transfer(way.change)
    if (outcome === undefined) return undefined
    const broken = bothBroken(way.broken, outcome.broken)
    const by = [...way.by, ...(outcome.by ?? [])]
    way = { ...way, by, ...(broken === undefined ? {} : { broken }) }
    if (outcome.kind === 'absorbed') return { ...way, absorbed: { where: name, why: outcome.why } }
    way = { ...way, change: outcome.change, along: [...way.along, ...(outcome.along ?? [])] }
  }
  return way
}

const bothBroken = (a: Broken | undefined, b: Broken | undefined): Broken | undefined =>
  a === undefined || b === undefined ? (a ?? b) : { by: `${a.by}, ${b.by}`, value: Math.max(a.value, b.value) }

/** The family of a change that the production and what takes part along its way make, and that others undo, if any are needed. */
function familyOf({ change, by, count }: Production, way: Way): Pick<NetworkSymmetry, 'family' | 'degree' | 'count' | 'sets'> {
  const made = [...by, ...way.along]
  const isFactor = change.kind === 'scale' || change.kind === 'dilation' || (change.kind === 'grouped' && change.each === 'factor')
  if (way.by.length === 0) return { family: isFactor ? 'scale' : 'translation', count, sets: { w: made } }
  const sets = { in: made, out: way.by }
  return way.change.kind === 'scale' ? { family: 'rescale', degree: `${way.change.degree}`, count, sets } : { family: change.kind === 'rotation' ? 'orthogonal' : 'linear', count, sets }
}
