import { evaluateNumber } from '../algebra/evaluate.js'
import { InputError } from '../errors.js'
import type { Size, Space } from '../jets/space.js'
import { type Network, parameterNamed } from '../network/index.js'
import type { ProblemLaw } from '../problem/derive.js'
import type { NetworkSymmetry } from '../symmetry/instances.js'

/**
 * Symmetries of a law in the network: those inferred, else blocks that are parameters of the network by name.
 * @throws InputError for a block that is none of these, or has another shape there
 */
export function instancesOf(law: ProblemLaw, network: Network): readonly NetworkSymmetry[] {
  if (law.stated.instances.length > 0) return law.stated.instances
  const { name, space, names } = law.laws.symmetry
  const blocks = Object.keys(space.blocks).filter((b) => names.sets[b] !== undefined)
  const unknown = blocks.find((b) => !network.parameters.some((p) => p.name === b))
  if (unknown !== undefined)
    throw new InputError(`the block '${unknown}' is no parameter of the network`, `its parameters are ${network.parameters.map((p) => p.name).join(', ')}`)
  const sizes = new Map<string, number>()
  for (const block of blocks) checkShape(block, space, network, sizes)
  const fixed = Object.keys(space.constants).find((c) => space.constants[c]?.fixed)
  if (fixed !== undefined) throw new InputError(`the constant ${fixed} is fixed, and a run is not told its value`, 'derive the law, or write the generator without it where a run is wanted')
  const sets = Object.fromEntries(Object.entries(names.sets).map(([set, members]) => [set, members.map((parameter) => ({ parameter }))]))
  const diagonal = Object.keys(space.constants).filter((c) => space.constants[c]?.kind === 'diagonal')
  return [{ name, origin: 'stated in the problem', family: name, count: 1, sets, diagonal, shifts: shiftsIn(space) }]
}

/** The fields of a generator that are one constant and nothing else, a number of times in each block, transposed in all of them or in none. */
function shiftsIn({ fields, constants }: Space): NonNullable<NetworkSymmetry['shifts']> {
  return Object.fromEntries(Object.entries(fields).flatMap(([field, content]) => {
    const terms = Object.entries(content).flatMap(([set, sum]) => sum.map(({ coefficient, factors }) => ({ set, coefficient, factors })))
    const [whole, another] = new Set(terms.map(({ factors }) => factors.map((f) => `${f.name}${f.transposed ? 'ᵀ' : ''}`).join('*')))
    const kind = constants[terms[0]?.factors[0]?.name ?? '']?.kind
    const isShift = whole !== undefined && another === undefined && kind !== undefined && kind !== 'diagonal' && terms.every((t) => t.factors.length === 1 && t.coefficient.kind === 'number')
    const mirror = kind === 'symmetric' ? { mirror: 1 as const } : kind === 'antisymmetric' ? { mirror: -1 as const } : {}
    return isShift ? [[field, terms.map(({ set, coefficient }) => ({ set, factor: evaluateNumber(coefficient, {}), ...mirror }))]] : []
  }))
}

/**
 * A matrix of constants meets the rows or columns that a block is declared to have; without one any block is as good as a vector, as a kernel is
 * always. A symbol is one number throughout.
 */
function checkShape(block: string, { blocks, constants }: Space, network: Network, sizes: Map<string, number>): void {
  const declared = blocks[block] ?? []
  const { shape, size } = parameterNamed(network, block)
  const isVector = declared.length === 1 && (shape.length > 2 || Object.keys(constants).length === 0)
  const actual = isVector ? [size] : shape
  const isSize = (s: Size, n: number): boolean => {
    if (typeof s === 'number') return s === n
    if (!sizes.has(s)) sizes.set(s, n)
    return sizes.get(s) === n
  }
  if (declared.length === actual.length && declared.every((s, axis) => isSize(s, actual[axis] ?? 0))) return
  throw new InputError(
    `the block ${block} is [${declared.join(', ')}] in parameters, [${shape.join(', ')}] in the network`,
    `write ${block}: [${actual.join(', ')}], or leave parameters out`,
  )
}
