import { structureOf } from '../algebra/structure.js'
import type { Vector } from './vector.js'

/** Names a vector completely. */
export const vectorKey = (x: Vector): string => x.terms.map((t) => `${structureOf(t.coefficient)}*${t.atom.key}`).join('+')
