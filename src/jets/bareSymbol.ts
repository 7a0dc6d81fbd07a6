import { symbolsOf, termsOf } from '../algebra/build.js'
import { atomsOf } from '../algebra/calculus.js'
import { nearest } from '../algebra/nearest.js'
import type { Syntax } from '../algebra/syntax.js'
import { InputError } from '../errors.js'
import { ONES } from './elementwise.js'
import type { Vocabulary } from './read.js'
import type { Vector } from './vector.js'

const ONES_ATOM = ONES.terms[0]?.atom

type Name = Extract<Syntax, { kind: 'name' }>

function namesIn(s: Syntax): readonly Name[] {
  if (s.kind === 'number') return []
  if (s.kind === 'name') return [s]
  return (s.kind === 'unary' ? [s.operand] : s.kind === 'binary' ? [s.left, s.right] : s.args).flatMap(namesIn)
}

/** What small numbers are called that keep a root or a quotient away from zero. */
const NUMBERS: ReadonlySet<string> = new Set(['epsilon', 'eps'])

/**
 * A symbol added to every component is nearly always a vector's name misspelt; inside functions (sqrt(v) + epsilon) and before a norm it is not.
 * @throws InputError with the column and the vector that may be meant
 */
export function refuseBareSymbol(x: Vector, tree: Syntax, names: Vocabulary): void {
  const [added, ...others] = x.terms.toSorted((s, t) => Number(t.atom === ONES_ATOM) - Number(s.atom === ONES_ATOM))
  if (added === undefined || added.atom !== ONES_ATOM) return
  const bare = new Set(termsOf(added.coefficient).filter((t) => atomsOf(t.factor).length === 0).flatMap((t) => [...symbolsOf(t.factor)]))
  const scaling = new Set(others.flatMap((t) => [...symbolsOf(t.coefficient)]))
  const vectors = ['theta', 'g', ...Object.keys(names.vectors), ...Object.keys(names.sets)]
  const suspects = namesIn(tree)
    .filter(({ name }) => bare.has(name) && !NUMBERS.has(name) && names.numbers?.includes(name) !== true)
    .map((at) => ({ at, guess: nearest(at.name, vectors) }))
    .toSorted((s, t) => Number(scaling.has(s.at.name)) - Number(scaling.has(t.at.name)) || Number(s.guess === undefined) - Number(t.guess === undefined))
  const [suspect] = suspects
  if (suspect === undefined) return
  const ahead = suspects.find(({ at }) => at.name.endsWith('_next') && vectors.includes(at.name.slice(0, -'_next'.length)))
  if (ahead !== undefined) {
    const name = ahead.at.name.slice(0, -'_next'.length)
    throw new InputError(`'${ahead.at.name}' is not known here: the update of ${name} comes later`, `use ${name} for the value before the step, or list the update of ${name} first`, { column: ahead.at.column })
  }
  const known = `the vectors are ${vectors.join(', ')}`
  const remedy = suspect.guess === undefined ? `${known}; a number scales one of them, or has a value in the rule, e.g. ${suspect.at.name}: 0.1` : `did you mean ${suspect.guess}? ${known}`
  throw new InputError(`the number '${suspect.at.name}' is added to a vector`, remedy, { column: suspect.at.column })
}
