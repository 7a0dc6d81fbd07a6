import { InputError } from '../errors.js'
import { buildNetwork, inferSymmetries } from '../network/index.js'
import { type SymmetryStatement, blockNamesOf } from '../symmetry/symmetry.js'
import { mixesNeurons } from '../symmetry/families.js'
import type { NetworkSymmetry } from '../symmetry/instances.js'
import { type Sets, byNeuron, speaksOfParameters, unknownUpdate } from './networkBlocks.js'
import { hasBlockValues } from '../rules/hyperparameters.js'
import { inPlace, placeOf } from './problem.js'
import type { Problem, ProblemSymmetry } from './schema.js'
import type { Path } from './source.js'
import { remedyFor } from './suggest.js'

/** A symmetry to derive the law of, and where the problem's network has it. */
export interface StatedSymmetry {
  readonly statement: SymmetryStatement
  /** Shapes of the blocks that the statement names; without them its blocks are vectors. */
  readonly parameters: NonNullable<Problem['parameters']>
  /** The network's parameters by what the law has of them, where the rule speaks of them by name. */
  readonly blocks?: Sets
  /** What the parts of these are, as a clause. */
  readonly notation?: string
  /** All symmetries of the network that follow this law; none where the problem states blocks of its own. */
  readonly instances: readonly NetworkSymmetry[]
  /** Where the problem says so. */
  readonly path: Path
}

/**
 * The symmetries of a problem, each once: a family without blocks, or `infer`, means those of the network, whose neurons and
 * layers share one law where family and degree agree.
 *
 * @throws InputError if the network is none, or has no symmetry of the family
 */
export function statedSymmetries(problem: Problem): readonly StatedSymmetry[] {
  const { symmetry } = problem
  if (!Array.isArray(symmetry)) return resolve(problem, symmetry, ['symmetry'])
  return symmetry.flatMap((one, index) => resolve(problem, one, ['symmetry', index]))
}

function resolve(problem: Problem, symmetry: ProblemSymmetry, path: Path): readonly StatedSymmetry[] {
  if ('infer' in symmetry) return inferred(problem, () => true, 'the network has no symmetry', path)
  if ('generator' in symmetry || symmetry.family === 'time' || (symmetry.on ?? symmetry.in ?? symmetry.out))
    return [{ statement: symmetry, parameters: shapesOf(problem, symmetry), instances: [], path }]
  const { family, degree } = symmetry
  const asked = (found: NetworkSymmetry): boolean => found.family === family && (degree === undefined || (found.degree ?? '1') === degree)
  return inferred(problem, asked, `the network has no ${family} symmetry${degree === undefined ? '' : ` of degree ${degree}`}`, path)
}

/** Shapes of the blocks of a problem: as declared, else those of the network's parameters that the symmetry names, kernels as vectors. */
function shapesOf(problem: Problem, symmetry: SymmetryStatement): StatedSymmetry['parameters'] {
  const { parameters, network } = problem
  if (parameters !== undefined || network === undefined) return parameters ?? {}
  const own = new Map(inPlace(problem, ['network'], () => buildNetwork(network)).parameters.map(({ name, shape, size }) => [name, shape.length > 2 ? [size] : [...shape]]))
  const names = blockNamesOf(symmetry)
  return names.every((name) => own.has(name)) ? Object.fromEntries(names.map((name) => [name, own.get(name) ?? []])) : {}
}

function inferred(problem: Problem, asked: (found: NetworkSymmetry) => boolean, none: string, path: Path): readonly StatedSymmetry[] {
  const { network } = problem
  if (network === undefined) throw new InputError('no blocks that the symmetry acts on', 'name them, e.g. on: [w], or add a network', placeOf(problem, path))
  const built = inPlace(problem, ['network'], () => buildNetwork(network))
  const unknown = unknownUpdate(problem.rule, built)
  if (unknown !== undefined) throw new InputError(`rule.update changes ${unknown}, which is no state or parameter of the network`, remedyFor(unknown, [...built.parameters.map(({ name }) => name), ...Object.keys(problem.rule['state'] ?? {})]), placeOf(problem, ['rule', 'update', unknown]))
  const found = inferSymmetries(built).filter(asked)
  if (found.length === 0) throw new InputError(none, 'state the blocks it acts on, or change the network', placeOf(problem, path))
  if (speaksOfParameters(problem.rule, built)) return found.map((one) => ({ ...byNeuron(one, built), path }))
  if (hasBlockValues(problem.rule)) return found.map((one) => ({ ...byParameter(one), path }))
  const laws = new Map<string, NetworkSymmetry[]>()
  for (const one of found) {
    const law = [one.family, one.degree ?? '1', ...Object.keys(one.sets)].join(' ')
    laws.set(law, [...(laws.get(law) ?? []), one])
  }
  return [...laws.values()].map((instances) => ({ ...statementOf(instances), path }))
}

/** A network's symmetry with its parameters as blocks, for rules that treat them differently; then no two symmetries share a law. */
function byParameter(found: NetworkSymmetry): Pick<StatedSymmetry, 'statement' | 'parameters' | 'instances'> {
  const { family, degree, sets } = found
  const blocks = Object.fromEntries(Object.entries(sets).map(([set, slices]) => [set, [...new Set(slices.map((s) => s.parameter))]]))
  const joined = Object.entries(sets).map(([set, slices]) => [(blocks[set] ?? []).join('_'), slices] as const)
  const single = Object.values(sets).flat().map((slice) => [slice.parameter, [slice]] as const)
  const on = 'in' in blocks && 'out' in blocks ? { in: blocks['in'], out: blocks['out'] } : { on: Object.values(blocks).flat() }
  if (mixesNeurons(family)) return { statement: { family, ...on }, parameters: shapesOfLinear(blocks), instances: [{ ...found, sets: Object.fromEntries(single) }] }
  return { statement: { family, ...on, ...(degree === undefined ? {} : { degree }) }, parameters: {}, instances: [{ ...found, sets: Object.fromEntries([...single, ...joined]) }] }
}

/** What comes in has a row and what goes out a column for each neuron; the other sizes do not matter to the law. */
const shapesOfLinear = (blocks: Readonly<Record<string, readonly string[]>>): StatedSymmetry['parameters'] =>
  Object.fromEntries(Object.entries(blocks).flatMap(([set, names]) => names.map((name) => [name, set === 'in' ? ['h', `d_${name}`] : [`k_${name}`, 'h']])))

/** What a law calls the two matrices of a pair of linear layers: `in` is no name of the expression text. */
const MATRICES: Readonly<Record<string, string>> = { in: 'W_in', out: 'W_out' }

/**
 * The abstract sets of a network's symmetry are the blocks of its law: `w`, or `in` and `out`; matrices with sizes and names of their own
 * where the family mixes neurons.
 */
function statementOf(instances: readonly NetworkSymmetry[]): Pick<StatedSymmetry, 'statement' | 'parameters' | 'instances'> {
  const [first] = instances
  if (first === undefined) throw new Error('a group has a member')
  const { family, degree, sets } = first
  if (mixesNeurons(family)) {
    const renamed = instances.map((one) => ({ ...one, sets: Object.fromEntries(Object.entries(one.sets).map(([set, slices]) => [MATRICES[set] ?? set, slices])) }))
    return { statement: { family, in: ['W_in'], out: ['W_out'] }, parameters: { W_in: ['h', 'd'], W_out: ['k', 'h'] }, instances: renamed }
  }
  const names = Object.keys(sets)
  const blocks = names.includes('in') && names.includes('out') ? { in: ['in'], out: ['out'] } : { on: names }
  return { statement: { family, ...blocks, ...(degree === undefined ? {} : { degree }) }, parameters: {}, instances }
}
