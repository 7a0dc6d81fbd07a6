import type { ComponentDiscovery } from './discover.js'
import { refuseIfTooLarge } from './estimate.js'
import { type LayeredInput, layeredNetwork } from './layered-input.js'
import { layeredModel } from './layered-model.js'
import type { Support } from './laws.js'
import type { Model, ParameterBlock } from './model.js'
import { type SearchOptions, discoverModel } from './search.js'

/** The blocks of a part that begins below hidden layer `first`, by their names in the whole network: W1 of the part is W<first>. */
const renamed = (blocks: readonly ParameterBlock[], first: number): readonly ParameterBlock[] =>
  blocks.map(({ name, shape, offset, outputAxis }) => ({
    name: `${name.slice(0, 1)}${Number(name.slice(1)) + first - 1}`, shape, offset, ...(outputAxis === undefined ? {} : { outputAxis }),
  }))

function inWhole(model: Model, first: number): Model {
  const supportOf = ({ blocks, system }: Support): Support => ({ blocks: renamed(blocks, first), system })
  return { ...model, blocks: renamed(model.blocks, first), supports: model.supports.map(supportOf), whole: () => undefined }
}

/**
 * A deep network layer by layer: for every hidden layer the laws of its weights in, biases and weights out, as those of the two-layer network they
 * make. Each list is certified complete for laws that depend on these parameters alone: the layers around act as arbitrary data and
 * arbitrary outputs [CL 2025]. Costs the sum over layers where the whole network costs the cube of the sum.
 * @throws InputError if even one block is too large.
 */
export function discoverBlocks(input: LayeredInput, options: SearchOptions = {}): readonly ComponentDiscovery[] {
  return input.layers.slice(1, -1).map((_, below): ComponentDiscovery => {
    const network = layeredNetwork({ ...input, layers: input.layers.slice(below, below + 3) })
    const model = inWhole(layeredModel(network), below + 1)
    refuseIfTooLarge(model.family.dimension, model.blocks.map((b) => b.name))
    return { ...discoverModel(model, options), blocks: model.blocks.map(({ name, shape }) => ({ name, shape })) }
  })
}
