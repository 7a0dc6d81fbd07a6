import { add, atom, mul, num, partsOf, sym, symbolsOf } from './build.js'
import { subexpressions, substitute } from './calculus.js'
import type { Expr, Opaque } from './expr.js'

type Indexed = Extract<Expr, { kind: 'indexed' }>

/** An opaque quantity at a step: under a sum or product over steps it is measured anew at each. */
export const atStep = (opaque: Opaque, step: bigint): Opaque => ({
  key: `${opaque.key}@${step}`,
  text: () => `${opaque.text()}@${step}`,
  latex: () => `\\left(${opaque.latex()}\\right)_{${step}}`,
})

/** The sums and products that stand under no other, and the opaque quantities that stand under none. */
function outermost(e: Expr): { readonly indexed: readonly Indexed[]; readonly opaques: readonly Opaque[] } {
  const [indexed, opaques, seen] = [new Set<Indexed>(), new Set<Opaque>(), new Set<Expr>()]
  const visit = (x: Expr): void => {
    if (seen.has(x)) return
    seen.add(x)
    if (x.kind === 'indexed') indexed.add(x)
    else if (x.kind === 'atom') opaques.add(x.opaque)
    else partsOf(x).forEach(visit)
  }
  visit(e)
  return { indexed: [...indexed], opaques: [...opaques] }
}

/** Thrown where a range is shorter than empty, too long to write out, or none between whole numbers. */
class NoInstance extends Error {
  override readonly name = 'NoInstance'
}

const MOST_TERMS = 64n

/** Values of names, the indices of sums and products around among them. */
type Values = Readonly<Record<string, Expr>>

/** A range of whole numbers, no shorter than empty. */
function rangeOf({ from, to }: Indexed, values: Values, most: bigint): readonly bigint[] {
  const [first, last] = [substitute(from, values), substitute(to, values)]
  if (first.kind !== 'number' || last.kind !== 'number' || first.value.den !== 1n || last.value.den !== 1n) throw new NoInstance('no whole numbers')
  const length = last.value.num - first.value.num + 1n
  if (length < 0n || length > most) throw new NoInstance('no range to write out')
  return Array.from({ length: Number(length) }, (_, i) => first.value.num + BigInt(i))
}

/** Values put in, sums and products written out term by term; at a step, what is measured outside of those within becomes that step's. */
function written(e: Expr, values: Values, most: bigint, step?: bigint): Expr {
  const { indexed, opaques } = outermost(e)
  const whole = (x: Indexed): Expr => {
    const terms = rangeOf(x, values, most).map((n) => written(x.body, { ...values, [x.variable]: num(n) }, most, n))
    return x.operation === 'sum' ? add(...terms) : mul(...terms)
  }
  return substitute(e, new Map<Expr, Expr>([
    ...Object.entries(values).map(([name, value]) => [sym(name), value] as const),
    ...(step === undefined ? [] : opaques.map((o) => [atom(o), atom(atStep(o, step))] as const)),
    ...indexed.map((x) => [x, whole(x)] as const),
  ]))
}

/**
 * An expression with values put in and its sums and products written out; an opaque quantity under them becomes one for each step.
 * @param most terms of one sum or product
 * @returns undefined where a range is none between whole numbers, shorter than empty, or too long
 */
export function writtenOut(e: Expr, values: Values, most = MOST_TERMS): Expr | undefined {
  try {
    return written(e, values, most)
  } catch (error) {
    if (error instanceof NoInstance || error instanceof RangeError) return undefined
    throw error
  }
}

/** The symbols that bounds of sums and products speak of, which are whole numbers. */
function wholeNames(e: Expr): readonly string[] {
  const indexed = [...subexpressions(e)].filter((x): x is Indexed => x.kind === 'indexed')
  const indices = new Set(indexed.map((x) => x.variable))
  return [...new Set(indexed.flatMap((x) => [...symbolsOf(x.from), ...symbolsOf(x.to)]))].filter((name) => !indices.has(name) || symbolsOf(e).has(name)).sort()
}

/** An expression with random whole numbers up to 6 for the names in bounds of its sums and products, which are written out as `writtenOut` does. */
export const writtenOutAt = (e: Expr, random: () => bigint): Expr | undefined =>
  writtenOut(e, Object.fromEntries(wholeNames(e).map((name) => [name, num(random() % 7n)])))
