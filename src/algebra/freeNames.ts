import { symbolsOf } from './build.js'
import { atomsOf } from './calculus.js'
import type { Expr } from './expr.js'

/** What stands in expressions by name: symbols, and the words of what is measured, blocks among them. */
export const namesIn = (expressions: readonly Expr[]): readonly string[] =>
  expressions.flatMap((e) => [...symbolsOf(e), ...atomsOf(e).flatMap((o) => o.text().match(/\w+/g) ?? [])])

/** r1, r2, … without those that are taken: what roots are called. */
export function* rootNames(taken: ReadonlySet<string>): Generator<string, never> {
  for (let n = 1; ; n += 1) if (!taken.has(`r${n}`)) yield `r${n}`
}
