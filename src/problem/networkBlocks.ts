import { mixesNeurons } from '../symmetry/families.js'
import type { NetworkSymmetry, SliceFamily } from '../symmetry/instances.js'
import { type Problem, isOwnRule } from './schema.js'
import type { StatedSymmetry } from './symmetries.js'

/** What is asked of a network. Its own type would bring that of tensors to all who import the library. */
interface Parameters {
  readonly parameters: readonly { readonly name: string }[]
}

/** Blocks by the name under which a rule speaks of them. */
export type Sets = Readonly<Record<string, readonly string[]>>

/** Whether the updates of a rule speak of parameters of the network by name: `W1: W1 - eta*g`, `theta_W1`, `g_W1`, `xi_W1`, `P_W1(x)`. */
export function speaksOfParameters(rule: Problem['rule'], { parameters }: Parameters): boolean {
  if (!isOwnRule(rule)) return false
  const words = new Set(Object.values(rule.update).flatMap((text) => text.match(/[A-Za-z]\w*/g) ?? []))
  const vectors = ['P', 'theta', 'g', ...Object.keys(rule.state ?? {})].flatMap((x) => [x, `${x}_next`])
  const own = (name: string): boolean => !Object.hasOwn(rule.state ?? {}, name) && (words.has(name) || Object.hasOwn(rule.update, name))
  const noises = [...words].flatMap((word) => /^(xi\d*)_/.exec(word)?.[1] ?? [])
  return parameters.some(({ name }) => own(name) || [...vectors, ...noises].some((x) => words.has(`${x}_${name}`)))
}

/** What a rule updates that is neither a state nor a parameter of the network, if anything. */
export const unknownUpdate = (rule: Problem['rule'], { parameters }: Parameters): string | undefined =>
  !isOwnRule(rule) ? undefined : Object.keys(rule.update).find((name) => name !== 'theta' && !Object.hasOwn(rule.state ?? {}, name) && !parameters.some((p) => p.name === name))

/** What a law has of a parameter: the part of the neuron i, or all of it where the family mixes neurons. */
interface Part {
  readonly name: string
  readonly set: string
  readonly slice: SliceFamily
}

const partOf = (family: string, set: string, slice: SliceFamily): Part => ({
  name: mixesNeurons(family) ? `${slice.parameter}_${set}` : slice.axis === undefined ? slice.parameter : `${slice.parameter}_i`,
  set,
  slice,
})

/** Neurons are the rows of what comes in and the columns of what goes out, where the family mixes them; else sizes do not matter to the law. */
const shapeOf = (family: string, { name, set }: Part): string[] => (mixesNeurons(family) ? (set === 'in' ? ['h', `d_${name}`] : [`k_${name}`, 'h']) : [`n_${name}`])

const listed = (names: readonly string[]): string => names.join(', ').replace(/, ([^,]*)$/, ' and $1')

/** What the names of parts mean. */
function notationOf(family: string, parts: readonly Part[]): Pick<StatedSymmetry, 'notation'> {
  const named = parts.filter(({ name, slice }) => name !== slice.parameter)
  if (named.length === 0) return {}
  const parameterOf = ({ set, slice: { parameter, axis } }: Part): string => (mixesNeurons(family) && set === 'out' && axis === 0 ? `transpose(${parameter})` : parameter)
  const [one, parameters] = [listed(named.map((p) => p.name)), listed(named.map(parameterOf))]
  const is = named.length === 1 ? 'is' : 'are'
  return { notation: mixesNeurons(family) ? `${one} ${is} ${parameters}` : `${one} ${is} the part${named.length === 1 ? '' : 's'} of ${parameters} that belong${named.length === 1 ? 's' : ''} to the neuron i` }
}

/**
 * A network's symmetry for a rule that speaks of whole parameters. The law is that of the neuron i: `W1_i` is its part of `W1`, which is that
 * part and a rest. All other parameters of the network are blocks too.
 */
export function byNeuron(found: NetworkSymmetry, network: Parameters): Omit<StatedSymmetry, 'path'> {
  const { family, degree, sets } = found
  const parts = Object.entries(sets).flatMap(([set, slices]) => slices.map((slice) => partOf(family, set, slice)))
  const namesIn = (set: string): readonly string[] => [...new Set(parts.filter((p) => p.set === set).map((p) => p.name))]
  const on = 'in' in sets && 'out' in sets ? { in: namesIn('in'), out: namesIn('out') } : { on: Object.keys(sets).flatMap(namesIn) }
  const membersOf = (parameter: string): readonly string[] => {
    const own = [...new Set(parts.filter((p) => p.slice.parameter === parameter).map((p) => p.name))]
    return own.length === 0 ? [parameter] : mixesNeurons(family) || own.includes(parameter) ? own : [...own, `${parameter}_rest`]
  }
  const blocks: Sets = Object.fromEntries(network.parameters.map(({ name }) => [name, membersOf(name)]))
  const shapes = Object.fromEntries(Object.values(blocks).flat().map((block) => [block, [`n_${block}`]]))
  const places = [
    ...network.parameters.map(({ name }) => [name, [{ parameter: name }]] as const),
    ...parts.map(({ name, slice }) => [name, [slice]] as const),
    ...Object.entries(sets).map(([set, slices]) => [namesIn(set).join('_'), slices] as const),
  ]
  return {
    statement: { family, ...on, ...(degree === undefined ? {} : { degree }) },
    parameters: { ...shapes, ...Object.fromEntries(parts.map((p) => [p.name, shapeOf(family, p)])) },
    blocks,
    ...notationOf(family, parts),
    instances: [{ ...found, sets: Object.fromEntries(places), moves: [...new Set(parts.map(({ slice }) => slice.parameter))] }],
  }
}
