import { type BlackBoxDiscovery, type FoundSymmetry, discoverSymmetries, isLossDocument, readLossDocument } from './blackbox/index.js'
import type { ConservationLaw } from './describe.js'
import { type DiscoverOptions, type NetworkDiscovery, discover } from './discover.js'
import { formatDiscovery } from './format.js'
import { lawLatex } from './latex.js'

/** An answer as plain JSON and as lines of text. */
export interface Answer {
  readonly json: Readonly<Record<string, unknown>>
  readonly lines: readonly string[]
  /** Whether the list is certified complete; for a sampled loss, whether the spectrum has a clear gap. */
  readonly complete: boolean
}

function lawJson(law: ConservationLaw, blocks: readonly string[]): Readonly<Record<string, unknown>> {
  const { text, form, scalars, symmetry, problem } = law
  return { text, latex: lawLatex(text, blocks), form, scalars, symmetry, ...(problem === undefined ? {} : { problem }) }
}

/** A discovery without its polynomials, whose exact numbers JSON cannot hold: `laws` as texts as in a batch, everything else by component. */
export function discoveryJson(found: NetworkDiscovery): Readonly<Record<string, unknown>> {
  const { parameters, independent, certificate, laws, components, notes } = found
  return {
    parameters, independent, certificate, laws: laws.map((law) => law.text), notes,
    components: components.map((c) => ({
      blocks: c.blocks, parameters: c.parameters, independent: c.independent, certificate: c.certificate,
      laws: c.laws.map((law) => lawJson(law, c.blocks.map((b) => b.name))),
    })),
  }
}

const symmetryLine = ({ family, degree, generator, violation }: FoundSymmetry): string => {
  const moves = Object.entries(generator).map(([name, delta]) => `δ${name} = ${delta}`)
  const shown = moves.length > 8 ? [...moves.slice(0, 8), `… (${moves.length} parameters)`] : moves
  return `  ${family}${degree === undefined || degree === 1 ? '' : ` of degree ${degree}`}: ${shown.join(', ')}   (violated by ${violation.toExponential(1)})`
}

function symmetryLines({ symmetries, approximate, gap, samples, unknowns, space }: BlackBoxDiscovery): readonly string[] {
  const head = `${symmetries.length} affine ${symmetries.length === 1 ? 'symmetry' : 'symmetries'} among ${unknowns} ${space} generators`
  const spectrum = `${samples} sampled gradients; singular values fall from ${gap.above.toExponential(1)} to ${gap.below.toExponential(1)} of the largest`
  return [head, spectrum, ...symmetries.map(symmetryLine), ...(approximate.length === 0 ? [] : ['nearly symmetries, least broken first:', ...approximate.map(symmetryLine)])]
}

/** A ratio of singular values that rounding alone does not make. */
const CLEAR = 1e3

/**
 * Answers any document of discovery: a network file, the compact form, a parametrization (`phi`), or a loss to be sampled (`loss` and `parameters`).
 * @throws InputError for a document that cannot be read or is too large.
 */
export function answerDocument(document: unknown, options: DiscoverOptions = {}): Answer {
  if (isLossDocument(document)) {
    const found = discoverSymmetries(readLossDocument(document))
    return { json: { ...found }, lines: symmetryLines(found), complete: found.symmetries.length === 0 || found.gap.ratio >= CLEAR }
  }
  const found = discover(document, options)
  return { json: discoveryJson(found), lines: formatDiscovery(found), complete: found.certificate.complete }
}
