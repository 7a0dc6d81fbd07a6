import type { Expr } from './expr.js'
import { rememberedByObject } from './memo.js'
import { partsOf } from './parts.js'

/** The terms of all sums in an expression as it is written: a sum that stands in several places is counted in each. */
export const termsWritten: (e: Expr) => number = rememberedByObject((e: Expr) =>
  partsOf(e).reduce((sum, part) => sum + termsWritten(part), e.kind === 'sum' ? e.terms.length : 0),
)
