import * as z from 'zod'
import { attentionSchema } from './layers/attention.js'
import { batchnormSchema } from './layers/batchnorm.js'
import { convSchema } from './layers/conv.js'
import { denseSchema } from './layers/dense.js'
import { gatedSchema } from './layers/gated.js'
import { groupnormSchema } from './layers/groupnorm.js'
import { layernormSchema, rmsnormSchema } from './layers/layernorm.js'
import { leakyReluSchema } from './layers/leaky-relu.js'
import { maxoutSchema } from './layers/maxout.js'
import { powerSchema } from './layers/power.js'
import { preluSchema } from './layers/prelu.js'
import { SMOOTH_NAMES } from './layers/smooth.js'
import { weightNormSchema } from './layers/weight-norm.js'

const layerText =
  `dense: N, dense: {units, bias}, maxout: {units, pieces, bias}, conv: {filters, kernel, stride, padding, bias}, global_average, attention: {heads, width, bias}, gated: {hidden, activation, bias}, residual: [layers], weight_norm: {dense or conv}, batchnorm or layernorm (: {epsilon, gamma, beta}), rmsnorm (: {epsilon, gamma}), groupnorm: {groups, epsilon, gamma, beta}, flatten (before dense), relu, abs, leaky_relu: slope, prelu (: {slope}), linear, power: p, ${SMOOTH_NAMES.join(', ')}`

const simpleSchema = z.union([
  z.enum(['batchnorm', 'layernorm', 'rmsnorm', 'relu', 'abs', 'prelu', 'linear', 'global_average', 'flatten', ...SMOOTH_NAMES]),
  z.strictObject({ dense: denseSchema }),
  z.strictObject({ maxout: maxoutSchema }),
  z.strictObject({ conv: convSchema }),
  z.strictObject({ attention: attentionSchema }),
  z.strictObject({ gated: gatedSchema }),
  z.strictObject({ weight_norm: weightNormSchema }),
  z.strictObject({ batchnorm: batchnormSchema }),
  z.strictObject({ layernorm: layernormSchema }),
  z.strictObject({ rmsnorm: rmsnormSchema }),
  z.strictObject({ groupnorm: groupnormSchema }),
  z.strictObject({ leaky_relu: leakyReluSchema }),
  z.strictObject({ prelu: preluSchema }),
  z.strictObject({ power: powerSchema }),
])

/** A layer as a user writes it. */
export type LayerInput = z.input<typeof simpleSchema> | { residual: LayerInput[] }
/** The same with defaults filled in. */
export type LayerSpec = z.output<typeof simpleSchema> | { residual: LayerSpec[] }

/** One layer: a bare name where there is nothing to set, else one key. */
export const layerSchema: z.ZodType<LayerSpec, LayerInput> = z.lazy(() =>
  z.union([...simpleSchema.options, z.strictObject({ residual: z.array(layerSchema).min(1) })], { error: `not a layer; a layer is one of ${layerText}` }).describe(`one of ${layerText}`),
)

/** `network:` of a problem file. */
export const networkSchema = z.strictObject({
  input: z
    .union([z.int().positive(), z.array(z.int().positive()).min(1)])
    .describe('number of inputs, or the shape of one input: [height, width] or [height, width, channels] of an image, row by row'),
  layers: z.array(layerSchema).min(1).describe('from input to output'),
  loss: z.enum(['cross_entropy', 'mean_square']).default('cross_entropy'),
  seed: z.int().nonnegative().default(1).describe('of the initial parameters'),
  initial: z.literal('positive').optional().describe('the initial parameters without their signs, for potentials that have positive ones only, such as the entropy'),
  gain: z.number().positive().default(2).describe('variance times fan-in of the initial weights (2: He et al. 2015)'),
})

/** An architecture as a user writes it. */
export type NetworkSpec = z.input<typeof networkSchema>
/** The same with defaults filled in. */
export type FullNetworkSpec = z.output<typeof networkSchema>

const DEFAULTS = { batchnorm: { batchnorm: batchnormSchema.parse({}) }, layernorm: { layernorm: layernormSchema.parse({}) }, rmsnorm: { rmsnorm: rmsnormSchema.parse({}) }, prelu: { prelu: preluSchema.parse({}) } } as const

type Bare = keyof typeof DEFAULTS
const isBare = (layer: LayerSpec): layer is Bare => typeof layer === 'string' && Object.hasOwn(DEFAULTS, layer)

/** A layer with the defaults of its kind filled in where it was given by its name alone. */
export const spelledOut = (layer: LayerSpec): Exclude<LayerSpec, Bare> => (isBare(layer) ? DEFAULTS[layer] : layer)

/** A normalization with another ε, those of a branch too; any other layer as it is. */
export function layerWithEpsilon(given: LayerSpec, epsilon: number): LayerSpec {
  const layer = spelledOut(given)
  if (typeof layer === 'string') return layer
  if ('residual' in layer) return { residual: layer.residual.map((inner) => layerWithEpsilon(inner, epsilon)) }
  if ('batchnorm' in layer) return { batchnorm: { ...layer.batchnorm, epsilon } }
  if ('layernorm' in layer) return { layernorm: { ...layer.layernorm, epsilon } }
  if ('groupnorm' in layer) return { groupnorm: { ...layer.groupnorm, epsilon } }
  return 'rmsnorm' in layer ? { rmsnorm: { ...layer.rmsnorm, epsilon } } : layer
}
