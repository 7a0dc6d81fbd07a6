import { ONE, add, div, factorsOf, isZero, mul, num, pow, splitCoefficient, sub, sym, termsOf } from '../algebra/build.js'
import { atomsOf, differentiate, symbolsOf } from '../algebra/calculus.js'
import { expand } from '../algebra/expand.js'
import type { Expr, Factor } from '../algebra/expr.js'
import { cancel } from '../algebra/rational-form.js'
import { factored } from '../algebra/squareFree.js'
import { type Diagonal, diagonalOf, multipleOf, numbersIn } from '../jets/diagonal.js'
import { componentsOf, fromComponents } from '../jets/elementwise.js'
import { deriveVector, directional } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { type Vector, type VectorAtom, combine, subVectors, variable, variableAtom } from '../jets/vector.js'
import { allVectorsIn, holds } from '../jets/walk.js'
import { PROBE } from './coupling.js'

/** A vector that is linear in the states x, with numbers on each block: Σ multiples·x + rest, the rest free of states. */
export interface Linear {
  readonly multiples: readonly Diagonal[]
  readonly rest: Vector
}

/** A vector as one that is linear in states; the name of a state that it holds in another way. */
export function linearIn(x: Vector, states: readonly string[]): Linear | string {
  const own = states.map((name) => {
    const state = variableAtom(name)
    return { terms: x.terms.filter(({ atom }) => atom === state || (atom.kind === 'apply' && atom.operator.kind === 'projector' && atom.argument === state)) }
  })
  const multiples = own.map((part, i) => diagonalOf(part, variableAtom(states[i] ?? '')))
  const rest = subVectors(x, combine(own.map((part) => [ONE, part])))
  const other = states.find((name, i) => {
    const found = multiples[i]
    return found === undefined || holds(rest, name) || numbersIn(found).some((c) => atomsOf(c).length > 0)
  })
  return other ?? { multiples: multiples.flatMap((d) => d ?? []), rest }
}

/** F(Σ multiples·x) + rest, with a factor F on each component that moves with θ. */
export interface Taken extends Linear {
  readonly factor: { readonly times: (x: Vector) => Vector; readonly over: (x: Vector) => Vector } | undefined
}

/** The slope φ of a vector that is φ·x on each component for the probe x; undefined where it is none, or φ holds a state. */
function slopeOf(x: Vector, states: readonly string[], seen: Map<string, VectorAtom>): Expr | undefined {
  const components = componentsOf(x, seen)
  const [probe] = [...seen].find(([, atom]) => atom === PROBE.terms[0]?.atom) ?? []
  if (probe === undefined) return isZero(components) ? components : undefined
  const slope = differentiate(components, probe)
  const others = [...seen].filter(([name]) => name !== probe).map(([, atom]) => ({ terms: [{ coefficient: ONE, atom }] }))
  const moved = ['_x', ...states].some((name) => others.some((y) => holds(y, name)) || allVectorsIn(slope).includes(variableAtom(name)))
  return moved || symbolsOf(slope).has(probe) || !isZero(cancel(sub(components, mul(slope, sym(probe))))) ? undefined : slope
}

/** A sum with the functions of some symbols that its terms have as factors put together and in lowest terms. */
function collectedOver(e: Expr, own: ReadonlySet<string>): Expr {
  const groups = new Map<Expr, Expr[]>()
  for (const { coefficient, factor } of termsOf(expand(e))) {
    const isOwn = (f: Factor): boolean => [...symbolsOf(f.base), ...symbolsOf(f.exponent)].every((name) => own.has(name)) && symbolsOf(f.base).size > 0
    const [moving, still] = [false, true].map((wanted) => factorsOf(factor).filter((f) => isOwn(f) === wanted).map((f) => pow(f.base, f.exponent)))
    const key = mul(...(moving ?? []))
    groups.set(key, [...(groups.get(key) ?? []), mul(num(coefficient), ...(still ?? []))])
  }
  return add(...[...groups].map(([key, parts]) => mul(cancel(add(...parts)), key)))
}

/** How an update takes states: linearly, or with a factor before all of them that moves with θ, as v/(1 + θ²) has; the name of a state that it takes in another way. */
export function takenBy(update: Vector, states: readonly string[]): Taken | string {
  const linear = linearIn(update, states)
  if (typeof linear !== 'string') return { ...linear, factor: undefined }
  const seen = new Map<string, VectorAtom>()
  const slopes = states.map((name) => slopeOf(deriveVector(update, directional(name, 0, PROBE)), states, seen))
  const moves = (e: Expr): boolean => atomsOf(e).length > 0 || [...symbolsOf(e)].some((name) => seen.has(name))
  const first = slopes.find((slope) => slope !== undefined && !isZero(slope))
  if (first === undefined) return linear
  const moving = mul(...factorsOf(splitCoefficient(factored(first)).factor).filter((f) => moves(f.base) || moves(f.exponent)).map((f) => pow(f.base, f.exponent)))
  const numbers = slopes.map((slope) => (slope === undefined ? undefined : cancel(div(slope, moving))))
  const by = (factor: Expr) => (x: Vector): Vector => {
    const all = new Map(seen)
    return fromComponents(collectedOver(mul(factor, componentsOf(x, all)), symbolsOf(factor)), all)
  }
  const [times, over] = [by(moving), by(div(ONE, moving))]
  const rest = simplifyVector(subVectors(update, times(combine(states.map((name, i) => [numbers[i] ?? ONE, variable(name)] as const)))))
  const other = states.find((name, i) => { const c = numbers[i]; return c === undefined || moves(c) || holds(rest, name) })
  return other ?? { multiples: numbers.flatMap((c) => (c === undefined ? [] : [multipleOf(c)])), rest, factor: { times, over } }
}
