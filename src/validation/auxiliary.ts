import { crc32 } from 'node:zlib'
import { atomsOf } from '../algebra/calculus.js'
import { asContraction } from '../jets/contraction.js'
import { THETA_ATOM, type VectorAtom } from '../jets/vector.js'

/** Whether a run can compute a vector from what it has before a step. */
function isComputable(a: VectorAtom): boolean {
  switch (a.kind) {
    case 'variable':
      return a.order === 0
    case 'indicator':
      return true
    case 'tensor':
      return a.field.name === 'f' && a.along.length === 0
    case 'apply':
      return a.operator.kind === 'projector' && isComputable(a.argument)
    case 'elementwise':
      return a.args.every(isComputable) && atomsOf(a.body).every((o) => {
        const c = asContraction(o)
        return c !== undefined && isComputable(c.left) && isComputable(c.right)
      })
  }
}

/** θ̈ at a step: it takes θ of the step before, a copy that the run has to keep. */
export const isAcceleration = (a: VectorAtom): boolean => a.kind === 'variable' && a.name === 'theta' && a.order === 2

/** The elementwise vector inside a side of a contraction that a run has to compute for itself; undefined if there is none, or if it cannot. */
export function auxiliaryOf(a: VectorAtom): VectorAtom | undefined {
  if (a.kind === 'apply') return auxiliaryOf(a.argument)
  if (isAcceleration(a)) return THETA_ATOM
  return a.kind === 'elementwise' && isComputable(a) ? a : undefined
}

/** The state that holds an elementwise vector in a run: short, and the same in every run. */
export const auxiliaryName = (a: VectorAtom): string => `u${crc32(new TextEncoder().encode(a.key)).toString(16)}`
