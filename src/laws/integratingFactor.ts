import { HALF, ONE, ZERO, add, div, isZero, mul, num, sym, symbolsOf } from '../algebra/build.js'
import { differentiate, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { firstIntegral } from '../algebra/firstIntegral.js'
import { factored } from '../algebra/squareFree.js'
import { dot, norm2 } from '../jets/contraction.js'
import { projector } from '../jets/operator.js'
import type { MatrixTerm, Space } from '../jets/space.js'
import { THETA, type Vector, apply, indicator } from '../jets/vector.js'
import { splitScalars } from '../symmetry/commonFactor.js'
import { componentsOf } from '../symmetry/lie.js'
import { shapeOf } from '../symmetry/shapes.js'
import { asTerm } from '../symmetry/symmetry.js'

/** A function of θ and the factor that makes the generator its gradient. */
export interface Integral {
  readonly charge: Expr
  readonly factor: Expr
  /** ⟨θ, ξ⟩ in the norms of blocks. */
  readonly radial: Expr
}

/** The name of |θ_B|² in a form, and that of the number θ_B of a block with one component. */
const squareOf = (block: string): string => `_square_${block}`
const numberOf = (block: string): string => `_number_${block}`
const isNumber = (block: string, space: Space): boolean => shapeOf({ name: block, transposed: false }, space).every((size) => size === 1)

/** A term of the component of a block as (part, variable): its share in ⟨ξ, dθ⟩ = Σ part d(variable), where it is the block itself times norms. */
function shareOf(block: string, { coefficient, factors }: MatrixTerm, space: Space): readonly [string, Expr] | undefined {
  const { scalars, rest } = splitScalars(factors, space)
  const known = scalars.map((scalar) => {
    const [first, second, ...more] = scalar
    if (first === undefined || more.length > 0) return undefined
    if (second === undefined) return sym(numberOf(first.name))
    return first.name === second.name ? sym(squareOf(first.name)) : undefined
  })
  if (known.includes(undefined)) return undefined
  const scale = mul(coefficient, ...known.map((e) => e ?? ONE))
  const [only, ...others] = rest
  if (only === undefined) return isNumber(block, space) ? [numberOf(block), scale] : undefined
  return others.length === 0 && only.name === block && !only.transposed ? [squareOf(block), mul(HALF, scale)] : undefined
}

/** A contraction of θ for each variable of a form. */
function contractionOf(variable: string): Expr {
  const [, kind, block = ''] = /^_(square|number)_(.*)$/.exec(variable) ?? []
  return kind === 'square' ? norm2(apply(projector(block), THETA)) : dot(indicator(projector(block)), THETA)
}

/** The form that a generator's one-form is in norms of blocks; undefined where it is not. */
function formOf(generator: Vector, space: Space): ReadonlyMap<string, Expr> | undefined {
  const components = Object.keys(space.constants).length > 0 ? undefined : componentsOf(generator, space)
  if (components === undefined) return undefined
  const sums = new Map<string, Expr>()
  for (const [block, words] of components)
    for (const word of words) {
      const share = shareOf(block, asTerm(word), space)
      if (share === undefined) return undefined
      const [variable, part] = share
      sums.set(variable, add(sums.get(variable) ?? ZERO, part))
    }
  // What only stands in the parts is a variable too, which the solutions leave as it is.
  for (const name of [...sums.values()].flatMap((part) => [...symbolsOf(part)])) if (/^_(square|number)_/.test(name) && !sums.has(name)) return undefined
  return sums
}

/**
 * The one-form ⟨ξ, dθ⟩ of a generator that moves each block along itself, by functions of the norms of blocks, is a form in these norms, in few variables.
 * Where such a form has an integrating factor (with two norms there always is one) and its function is found, this function is the charge: for
 * the generator (|a|²w, −|w|²a) it is |w|²/|a|².
 */
export function integralOf(generator: Vector, space: Space): Integral | undefined {
  const form = formOf(generator, space)
  if (form === undefined || form.size < 2) return undefined
  const [variables, parts] = [[...form.keys()], [...form.values()]]
  const found = firstIntegral({ variables, parts })
  const lead = parts.findIndex((part) => !isZero(part))
  if (found === undefined || lead < 0) return undefined
  const values = Object.fromEntries(variables.map((name) => [name, contractionOf(name)]))
  const factor = factored(div(differentiate(found, variables[lead] ?? ''), parts[lead] ?? ONE))
  const radial = add(...variables.map((name, i) => mul(num(name.startsWith('_square_') ? 2 : 1), sym(name), parts[i] ?? ZERO)))
  return { charge: substitute(found, values), factor: substitute(factor, values), radial: substitute(radial, values) }
}
