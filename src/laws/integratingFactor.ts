import { HALF, ONE, ZERO, add, div, isZero, mul, num, sym, symbolsOf } from '../algebra/build.js'
import { differentiate, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { firstIntegral } from '../algebra/firstIntegral.js'
import { factored } from '../algebra/squareFree.js'
import { dot, norm2 } from '../jets/contraction.js'
import { projector } from '../jets/operator.js'
import type { MatrixTerm, Space } from '../jets/space.js'
import { THETA, type Vector, apply, indicator, vectorOf } from '../jets/vector.js'
import { splitScalars } from '../symmetry/commonFactor.js'
import { componentsOf } from '../symmetry/lie.js'
import { shapeOf } from '../symmetry/shapes.js'
import { asTerm } from '../symmetry/symmetry.js'

/** A function of θ and the factor that makes the generator its gradient. */
export interface Integral {
  readonly charge: Expr
  readonly factor: Expr
  /** Contractions of θ with the generator, and what they are in norms of blocks. */
  readonly radials: ReadonlyMap<Expr, Expr>
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

/** The shares of a generator's components in its one-form, block by block; undefined where one is no form in norms. */
function sharesOf(generator: Vector, space: Space): readonly { readonly block: string; readonly variable: string; readonly part: Expr }[] | undefined {
  const components = Object.keys(space.constants).length > 0 ? undefined : componentsOf(generator, space)
  const shares = [...(components ?? [])].flatMap(([block, words]) => words.map((word) => {
    const [variable, part] = shareOf(block, asTerm(word), space) ?? []
    return variable === undefined || part === undefined ? undefined : { block, variable, part }
  }))
  const known = shares.filter((share) => share !== undefined)
  return components === undefined || known.length < shares.length ? undefined : known
}

/** The contractions of the polynomial fields of a generator with θ and with its blocks, in norms: ⟨θ, ξ⟩ = 2|θ_B|²·part for a share part·d|θ_B|². */
function radialsOf(generator: Vector, space: Space, inContractions: (e: Expr) => Expr): ReadonlyMap<Expr, Expr> {
  return new Map(generator.terms.flatMap(({ atom }) => {
    const field = vectorOf(atom)
    const shares = atom.kind === 'tensor' ? (sharesOf(field, space) ?? []) : []
    const radial = (own: typeof shares): Expr => inContractions(add(...own.map(({ variable, part }) => mul(num(variable.startsWith('_square_') ? 2 : 1), sym(variable), part))))
    const blocks = [...new Set(shares.map((share) => share.block))]
    const ofBlocks = blocks.map((block) => [dot(apply(projector(block), THETA), field), radial(shares.filter((share) => share.block === block))] as const)
    return shares.length === 0 ? [] : [[dot(THETA, field), radial(shares)] as const, ...ofBlocks]
  }))
}

/**
 * The one-form ⟨ξ, dθ⟩ of a generator that moves each block along itself, by functions of the norms of blocks, is a form in these norms, in few variables.
 * Where such a form has an integrating factor (with two norms there always is one) and its function is found, this function is the charge: for
 * the generator (|a|²w, −|w|²a) it is |w|²/|a|².
 */
export function integralOf(generator: Vector, space: Space): Integral | undefined {
  const form = new Map<string, Expr>()
  for (const { variable, part } of sharesOf(generator, space) ?? []) form.set(variable, add(form.get(variable) ?? ZERO, part))
  const [variables, parts] = [[...form.keys()], [...form.values()]]
  // A norm that no component moves stays as it is, but a parameter of the form that none is the integral of.
  const still = parts.flatMap((part) => [...symbolsOf(part)]).some((name) => /^_(square|number)_/.test(name) && !form.has(name))
  const lead = parts.findIndex((part) => !isZero(part))
  const found = still || form.size < 2 || lead < 0 ? undefined : firstIntegral({ variables, parts })
  if (found === undefined) return undefined
  const values = Object.fromEntries(variables.map((name) => [name, contractionOf(name)]))
  const inContractions = (e: Expr): Expr => substitute(e, values)
  const factor = factored(div(differentiate(found, variables[lead] ?? ''), parts[lead] ?? ONE))
  return { charge: inContractions(found), factor: inContractions(factor), radials: radialsOf(generator, space, inContractions) }
}
