import { isZero } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import type { NoetherIdentity } from '../mechanics/noether.js'

/** The parts of Noether's identity under the names a reader knows them by. */
export const namedParts = (identity: NoetherIdentity): readonly { readonly name: string; readonly value: Expr }[] =>
  [
    { name: 'kinetic', value: identity.kinetic },
    { name: 'gyroscopic', value: identity.gyroscopic },
    { name: 'potential', value: identity.potential },
    { name: 'explicit time', value: identity.explicitTime },
    { name: 'dissipation', value: identity.dissipation },
    { name: 'gauge', value: identity.gauge },
  ].filter((part) => !isZero(part.value))
