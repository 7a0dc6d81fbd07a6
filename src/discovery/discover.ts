import * as z from 'zod'
import { InputError, type Place } from '../errors.js'
import { faultOf as faultOfSource } from '../problem/faults.js'
import { type Certificate, combined } from './certificate.js'
import type { ConservationLaw } from './describe.js'
import { refuseIfTooLarge } from './estimate.js'
import { momentumModel } from './flows.js'
import { isLayeredInput, layeredNetwork, readLayeredInput } from './layered-input.js'
import { layeredBlocks, layeredModel } from './layered-model.js'
import { LayeredParameters } from './layered.js'
import type { Model } from './model.js'
import { componentModels } from './network/components.js'
import { type DiscoveryNetwork, discoveryNetworkSchema } from './network/schema.js'
import { assemble } from './network/walk.js'
import { isParametrization, parametrizationModels, readDamping, readParametrization } from './parametrization.js'
import { type Discovery, type SearchOptions, discoverModel } from './search.js'

/** Parameters that the loss couples with each other and with no others, and their laws. */
export interface ComponentDiscovery extends Discovery {
  readonly blocks: readonly { readonly name: string; readonly shape: readonly number[] }[]
}

export interface DiscoverOptions extends SearchOptions {
  /** Laws of θ̈ + c θ̇ + ∇f = 0 with this c (exact text) instead of gradient flow; a parametrization may name it itself. */
  readonly damping?: string
}

/** The laws of a whole network: those of its components, and functions of them. */
export interface NetworkDiscovery {
  readonly parameters: number
  readonly independent: number
  readonly certificate: Certificate
  readonly laws: readonly ConservationLaw[]
  readonly components: readonly ComponentDiscovery[]
  /** What a reader should know, e.g. which epsilon breaks which symmetry. */
  readonly notes: readonly string[]
}

function discoverModels(models: readonly Model[], notes: readonly string[], options: SearchOptions): NetworkDiscovery {
  for (const model of models) refuseIfTooLarge(model.family.dimension, model.blocks.map((b) => b.name))
  const components = models.map((model): ComponentDiscovery => ({
    ...discoverModel(model, options),
    blocks: model.blocks.map(({ name, shape }) => ({ name, shape })),
  }))
  return {
    parameters: components.reduce((sum, c) => sum + c.parameters, 0),
    independent: components.reduce((sum, c) => sum + c.independent, 0),
    certificate: combined(components.map((c) => c.certificate)),
    laws: components.flatMap((c) => c.laws),
    components,
    notes,
  }
}

function faultOf(document: unknown, error: z.ZodError): InputError {
  if (typeof document !== 'object' || document === null || !('layers' in document))
    return new InputError('no network: it has no layers', 'write layers: [5, 3, 2], an input and a list of layers, phi for a parametrization, or a loss')
  const nowhere = (): Place => ({})
  const source = { file: undefined, value: document, place: nowhere, keyPlace: nowhere }
  return faultOfSource(error.issues, source, () => z.toJSONSchema(discoveryNetworkSchema, { io: 'input' }), 'a network has widths as layers, or an input width and a list of layers')
}

/**
 * All conservation laws of a network or parametrization, with a certificate.
 * @param document A network file (`input`, `layers`), the compact form (`layers` as widths, `activation`, `bias`) or a parametrization (`phi`), already parsed.
 * @throws InputError for a document that cannot be read or is too large.
 */
export function discover(document: unknown, options: DiscoverOptions = {}): NetworkDiscovery {
  const { damping } = options
  const flow = (model: Model): Model => (damping === undefined ? model : momentumModel(model, readDamping(damping)))
  if (isParametrization(document)) return discoverModels(parametrizationModels(readParametrization(document, damping)), [], options)
  if (isLayeredInput(document)) {
    const network = layeredNetwork(readLayeredInput(document))
    refuseIfTooLarge(new LayeredParameters(network).count, layeredBlocks(network).map((b) => b.name))
    return discoverModels([flow(layeredModel(network))], [], options)
  }
  const assembly = assemble(readNetwork(document))
  return discoverModels(componentModels(assembly).map(flow), assembly.notes, options)
}

/**
 * The laws of each branch of a network file by itself, between streams of arbitrary numbers: those that depend on the parameters of one branch alone
 * [CL 2025], at the cost of the largest branch. What takes part in a change of a whole stream is not among them.
 * @throws InputError for a document that is no network file, or of which even a branch is too large.
 */
export function discoverBranches(document: unknown, options: SearchOptions = {}): NetworkDiscovery {
  const assembly = assemble(readNetwork(document), 'cut')
  return discoverModels(componentModels(assembly), assembly.notes, options)
}

function readNetwork(document: unknown): DiscoveryNetwork {
  const parsed = discoveryNetworkSchema.safeParse(document)
  if (!parsed.success) throw faultOf(document, parsed.error)
  return parsed.data
}
