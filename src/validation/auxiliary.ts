import { crc32 } from 'node:zlib'
import { isLossAnywhere } from '../jets/field.js'
import { GRADIENT_ATOM, THETA_ATOM, type VectorAtom } from '../jets/vector.js'
import { childrenOf, vectorsIn } from '../jets/walk.js'
import { isPolar, isRaised } from '../rules/execute.js'
import type { NetworkSymmetry } from '../symmetry/instances.js'

/** Whether a set is a block of the network under its own name; others have slices for every member of the symmetry, which no vector of a run has. */
function isBlock(name: string, { sets }: NetworkSymmetry): boolean {
  const [slice, another] = sets[name] ?? [{ parameter: name }]
  return another === undefined && slice?.parameter === name && slice.axis === undefined
}

/** Whether a run can compute a vector from what it has before a step. */
function isComputable(a: VectorAtom, symmetry: NetworkSymmetry): boolean {
  const all = (vectors: readonly VectorAtom[]): boolean => vectors.every((x) => isComputable(x, symmetry))
  switch (a.kind) {
    case 'variable':
      return a.order === 0
    case 'indicator':
      return isBlock(a.set.name, symmetry)
    case 'tensor':
      return (isLossAnywhere(a.field) || isPolar(a) || isRaised(a)) && all(childrenOf(a))
    case 'apply':
      return a.operator.kind === 'projector' && isBlock(a.operator.name, symmetry) && all([a.argument])
    case 'elementwise':
      return all([...a.args, ...vectorsIn(a.body)])
  }
}

/** θ̈ at a step: it takes θ of the step before, a copy that the run has to keep. */
export const isAcceleration = (a: VectorAtom): boolean => a.kind === 'variable' && a.name === 'theta' && a.order === 2

/** The function of components or of a matrix, the derivative of the loss beyond g, or the ones on a block, inside a side of a contraction that a run has to compute for itself; undefined if there is none, or if it cannot. */
export function auxiliaryOf(a: VectorAtom, symmetry: NetworkSymmetry): VectorAtom | undefined {
  if (a.kind === 'apply') return auxiliaryOf(a.argument, symmetry)
  if (isAcceleration(a)) return THETA_ATOM
  return (a.kind === 'elementwise' || a.kind === 'indicator' || (a.kind === 'tensor' && a !== GRADIENT_ATOM)) && isComputable(a, symmetry) ? a : undefined
}

/** The state that holds such a vector in a run: short, and the same in every run. */
export const auxiliaryName = (a: VectorAtom): string => `u${crc32(new TextEncoder().encode(a.key)).toString(16)}`
