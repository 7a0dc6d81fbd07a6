import { ONE, ZERO, add, atom, div, isZero, mul, num, sub, termsOf } from '../algebra/build.js'
import { atomsOf, differentiate, substitute } from '../algebra/calculus.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { proportional } from '../algebra/proportional.js'
import { factored } from '../algebra/squareFree.js'
import { type LinearForm, collectContractions } from '../jets/collect.js'
import { leadContraction } from './charge.js'

/** An expression as Σ coefficientᵢ·basisᵢ + rest. */
export interface Expansion {
  readonly coefficients: readonly Expr[]
  readonly rest: Expr
}

const derivative = (e: Expr, opaque: Opaque): Expr => differentiate(e, '_opaque', { atomDerivative: (o) => (o === opaque ? ONE : ZERO) })
const contains = (e: Expr, opaques: readonly Opaque[]): boolean => atomsOf(e).some((o) => opaques.includes(o))

/** The parts of a sum that are linear in some contractions taken together: with the coefficient of each. A sign of them has no slope and is not linear. */
function linearTerms(e: Expr, opaques: readonly Opaque[]): readonly { readonly term: Expr; readonly slopes: readonly Expr[] }[] {
  return termsOf(e).flatMap(({ coefficient, factor }) => {
    if (!contains(factor, opaques)) return []
    const term = mul(num(coefficient), factor)
    const slopes = opaques.map((o) => derivative(term, o))
    return slopes.some((s) => contains(s, opaques)) || slopes.every(isZero) ? [] : [{ term, slopes }]
  })
}

/** The coefficient of a contraction in the terms that are linear in it. */
const slope = (e: Expr, opaque: Opaque): Expr => factored(add(...linearTerms(e, [opaque]).flatMap((t) => t.slopes)))

/**
 * Expresses a scalar in given combinations of contractions by eliminating the leading contraction of each, last first, and once more where
 * eliminating one brought back the leading contraction of another. What they do not cover stays in `rest`.
 */
export function expandIn(e: Expr, basis: readonly Expr[]): Expansion {
  const leads = basis.map(leadContraction)
  const coefficients: Expr[] = basis.map(() => ZERO)
  let rest = e
  for (let sweep = 0, moved = true; moved && sweep <= basis.length; sweep += 1) {
    moved = false
    for (let i = basis.length - 1; i >= 0; i -= 1) {
      const lead = leads[i]
      const c = lead === undefined ? ZERO : div(slope(rest, lead.opaque), lead.coefficient)
      if (isZero(c)) continue
      moved = true
      coefficients[i] = isZero(coefficients[i] ?? ZERO) ? c : factored(add(coefficients[i] ?? ZERO, c))
      rest = collectContractions(sub(rest, mul(c, basis[i] ?? ZERO)), factored)
    }
  }
  return { coefficients, rest }
}

/**
 * The part of an expression that is linear in the contractions a predicate selects, and the rest.
 * @param constant whether no other contraction may multiply them: such a product then belongs to the rest.
 */
export function splitBy(e: Expr, selected: (opaque: Opaque) => boolean, constant = false): { readonly selected: Expr; readonly rest: Expr } {
  const chosen = atomsOf(e).filter(selected)
  const linear = linearTerms(e, chosen).filter(({ slopes }) => !constant || slopes.every((s) => atomsOf(s).length === 0))
  const coefficients = chosen.map((_, i) => factored(add(...linear.map((t) => t.slopes[i] ?? ZERO))))
  const atZero = new Map(chosen.map((o) => [atom(o), ZERO]))
  const rest = add(sub(e, add(...linear.map((t) => t.term))), ...linear.map((t) => substitute(t.term, atZero)))
  return { selected: add(...chosen.map((o, i) => mul(coefficients[i] ?? ZERO, atom(o)))), rest }
}

/** Divided by its leading coefficient, with that coefficient; undefined for zero. */
export function normalise(e: Expr): { readonly unit: Expr; readonly coefficient: Expr } | undefined {
  const lead = leadContraction(e)
  if (lead === undefined || isZero(lead.coefficient)) return undefined
  return { unit: collectContractions(div(e, lead.coefficient), factored), coefficient: lead.coefficient }
}

/** The terms of a linear form in groups: contractions with the same key whose coefficients are in a ratio of numbers stay together. */
export function byRatio({ coefficients }: LinearForm, keyOf: (opaque: Opaque) => string): readonly { readonly key: string; readonly sum: Expr }[] {
  const terms = [...coefficients]
  const inRatio = proportional(terms.map(([, c]) => c))
  const groups: { readonly key: string; readonly first: number; readonly parts: Expr[] }[] = []
  for (const [i, [o, c]] of terms.entries()) {
    const key = keyOf(o)
    const group = groups.find((x) => x.key === key && inRatio(i, x.first))
    if (group === undefined) groups.push({ key, first: i, parts: [mul(c, atom(o))] })
    else group.parts.push(mul(c, atom(o)))
  }
  return groups.map(({ key, parts }) => ({ key, sum: add(...parts) }))
}
