import { InputError } from '../errors.js'
import { type BlackBoxDiscovery, type FoundSymmetry, discoverSymmetries, isLossDocument, readLossDocument } from './blackbox/index.js'
import type { ConservationLaw } from './describe.js'
import { discoverBlocks } from './blocks.js'
import { type ComponentDiscovery, type DiscoverOptions, type NetworkDiscovery, discover, discoverBranches } from './discover.js'
import { componentLines, formatDiscovery } from './format.js'
import { lawLatex } from './latex.js'
import { isLayeredInput, readLayeredInput } from './layered-input.js'
import { isParametrization } from './parametrization.js'
import type { SearchOptions } from './search.js'

/** An answer as plain JSON and as lines of text. */
export interface Answer {
  readonly json: Readonly<Record<string, unknown>>
  readonly lines: readonly string[]
  /** Whether the list is certified complete; for a sampled loss, whether the spectrum has a clear gap. */
  readonly complete: boolean
  /** The laws themselves, with their exact polynomials; what JSON and lines were made of. */
  readonly found: NetworkDiscovery | BlackBoxDiscovery
}

/** The laws of each hidden layer of a deep network, as plain JSON and as lines of text. */
export type BlockAnswer = Omit<Answer, 'found'>

function lawJson(law: ConservationLaw, blocks: readonly string[]): Readonly<Record<string, unknown>> {
  const { text, form, scalars, symmetry, problem } = law
  return { text, latex: lawLatex(text, blocks), form, scalars, symmetry, ...(problem === undefined ? {} : { problem }) }
}

/** A discovery without its polynomials, whose exact numbers JSON cannot hold: `laws` as texts as in a batch, everything else by component. */
export function discoveryJson(found: NetworkDiscovery): Readonly<Record<string, unknown>> {
  const { parameters, independent, certificate, laws, components, notes } = found
  return {
    parameters, independent, certificate, laws: laws.map((law) => law.text), notes,
    components: components.map(componentJson),
  }
}

const componentJson = (c: ComponentDiscovery): Readonly<Record<string, unknown>> => ({
  blocks: c.blocks, parameters: c.parameters, independent: c.independent, certificate: c.certificate,
  laws: c.laws.map((law) => lawJson(law, c.blocks.map((b) => b.name))),
})

const symmetryLine = ({ family, degree, generator, violation }: FoundSymmetry): string => {
  const moves = Object.entries(generator).map(([name, delta]) => `δ${name} = ${delta}`)
  const shown = moves.length > 8 ? [...moves.slice(0, 8), `… (${moves.length} parameters)`] : moves
  return `  ${family}${degree === undefined || degree === 1 ? '' : ` of degree ${degree}`}: ${shown.join(', ')}   (violated by ${violation.toExponential(1)})`
}

/** A ratio of singular values that rounding alone does not make. */
const CLEAR = 1e3

const clear = ({ symmetries, gap }: Pick<BlackBoxDiscovery, 'symmetries' | 'gap'>): boolean => symmetries.length === 0 || gap.ratio >= CLEAR

function symmetryLines({ symmetries, approximate, gap, samples, unknowns, space }: BlackBoxDiscovery): readonly string[] {
  const head = `${symmetries.length} affine ${symmetries.length === 1 ? 'symmetry' : 'symmetries'} among ${unknowns} ${space} generators`
  const spectrum = `${samples} sampled gradients; singular values fall from ${gap.above.toExponential(1)} to ${gap.below.toExponential(1)} of the largest`
  const doubt = clear({ symmetries, gap }) ? [] : [`no clear gap: ${symmetries.length} to ${symmetries.length + approximate.length} symmetries; a ratio of ${gap.ratio.toPrecision(2)} may be rounding`]
  return [head, spectrum, ...doubt, ...symmetries.map(symmetryLine), ...(approximate.length === 0 ? [] : ['nearly symmetries, least broken first:', ...approximate.map(symmetryLine)])]
}

/**
 * Answers any document of discovery: a network file, the compact form, a parametrization (`phi`), or a loss to be sampled (`loss` and `parameters`).
 * @throws InputError for a document that cannot be read or is too large, and for an option that it has no use for.
 */
export function answerDocument(document: unknown, options: DiscoverOptions = {}): Answer {
  const { degree, seed, damping } = options
  if (isLossDocument(document)) {
    if (degree !== undefined || damping !== undefined) throw new InputError('a sampled loss has neither degree nor damping', 'its affine symmetries are found; leave the option out')
    const found = discoverSymmetries(readLossDocument(seed === undefined || typeof document !== 'object' ? document : { ...document, seed }))
    return { json: { ...found }, lines: symmetryLines(found), complete: clear(found), found }
  }
  const found = discover(document, options)
  const input = isLayeredInput(document) ? readLayeredInput(document) : {}
  return { json: { ...input, ...discoveryJson(found) }, lines: formatDiscovery(found), complete: found.certificate.complete, found }
}

/**
 * Answers the compact form of a deep network hidden layer by hidden layer, see {@link discoverBlocks}, a network file branch by branch, see
 * {@link discoverBranches}.
 * @throws InputError for another document, or one of which even a block is too large.
 */
export function answerBlocks(document: unknown, options: SearchOptions = {}): BlockAnswer {
  if (isParametrization(document) || isLossDocument(document)) throw new InputError('blocks are those of a network', 'write e.g. layers: [64, 32, 32, 10]')
  if (!isLayeredInput(document)) {
    const found = discoverBranches(document, options)
    return { json: { ...discoveryJson(found), blocks: found.components.map(componentJson) }, lines: formatDiscovery(found), complete: found.certificate.complete }
  }
  const input = readLayeredInput(document)
  const blocks = discoverBlocks(input, options)
  const complete = blocks.every((block) => block.certificate.complete)
  const head = `${blocks.length} hidden ${blocks.length === 1 ? 'layer' : 'layers'}, each with its own laws`
  const verdict = `${complete ? 'complete' : 'not complete'}: among the laws that depend on the parameters around one hidden layer alone`
  return { json: { ...input, complete, blocks: blocks.map(componentJson) }, lines: [head, verdict, ...blocks.flatMap(componentLines)], complete }
}
