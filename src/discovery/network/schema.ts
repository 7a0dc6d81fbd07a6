import * as z from 'zod'

const positive = z.int().positive()
const bias = z.boolean().default(true)
const epsilon = z.number().nonnegative().default(0).describe('added to the variance; above 0 it breaks the scale symmetry')

const denseSchema = z.union([
  positive,
  z.strictObject({
    units: positive,
    bias,
    shares: z.string().optional().describe('name of an earlier weight used again, e.g. W1'),
    transpose: z.boolean().default(false).describe('use the shared weight transposed'),
  }),
])
const convolutionSchema = z.strictObject({
  filters: positive, kernel: positive, stride: positive.default(1), padding: z.enum(['valid', 'same']).default('valid'), bias,
})
const normSchema = z.strictObject({ epsilon, gamma: z.boolean().default(true), beta: z.boolean().default(true) })
const attentionSchema = z.strictObject({
  heads: positive, width: positive.optional().describe('of one head; the input width divided by the number of heads unless told'), bias: z.boolean().default(false),
})
const gatedSchema = z.strictObject({
  hidden: positive, activation: z.string().default('silu'), bias: z.boolean().default(false),
})

/** Nonlinearities of which nothing is used: no rescaling passes through them. */
export const GENERIC = ['tanh', 'sigmoid', 'gelu', 'silu', 'swish', 'elu', 'softplus', 'softmax', 'sin'] as const
const names = ['relu', 'abs', 'linear', 'flatten', 'global_max', 'global_average', 'batchnorm', 'layernorm', 'rmsnorm', ...GENERIC] as const

/** One layer of a network whose laws are wanted; a superset of the layers that can be trained. */
export type DiscoveryLayer =
  | (typeof names)[number]
  | { readonly dense: z.output<typeof denseSchema> }
  | { readonly conv: z.output<typeof convolutionSchema> }
  | { readonly batchnorm: z.output<typeof normSchema> }
  | { readonly layernorm: z.output<typeof normSchema> }
  | { readonly rmsnorm: z.output<typeof normSchema> }
  | { readonly leaky_relu: number }
  | { readonly power: number }
  | { readonly max_pool: number }
  | { readonly average_pool: number }
  | { readonly embedding: { readonly vocabulary: number; readonly width: number } }
  | { readonly attention: z.output<typeof attentionSchema> }
  | { readonly gated: z.output<typeof gatedSchema> }
  | { readonly residual: readonly DiscoveryLayer[] }

const text = `a layer is one of ${names.join(', ')}, or one key of dense, conv, batchnorm, layernorm, rmsnorm, leaky_relu, power, max_pool, average_pool, embedding, attention, gated, residual`

export const layerSchema: z.ZodType<DiscoveryLayer> = z.lazy(() =>
  z.union([
    z.enum(names),
    z.strictObject({ dense: denseSchema }),
    z.strictObject({ conv: convolutionSchema }),
    z.strictObject({ batchnorm: normSchema }),
    z.strictObject({ layernorm: normSchema }),
    z.strictObject({ rmsnorm: normSchema }),
    z.strictObject({ leaky_relu: z.number() }),
    z.strictObject({ power: positive }),
    z.strictObject({ max_pool: positive }),
    z.strictObject({ average_pool: positive }),
    z.strictObject({ embedding: z.strictObject({ vocabulary: positive, width: positive }) }),
    z.strictObject({ attention: attentionSchema }),
    z.strictObject({ gated: gatedSchema }),
    z.strictObject({ residual: z.array(layerSchema).min(1) }),
  ], { error: text }),
)

/** A network file for discovery. Weights act as z = W x, so W is [outputs, inputs]; kernels are [rows, columns, inputs, outputs]. */
export const discoveryNetworkSchema = z.strictObject({
  title: z.string().optional(),
  input: z.union([positive, z.array(positive).min(1).max(3)]).describe('width, or [rows, columns] or [rows, columns, channels] of an image'),
  layers: z.array(layerSchema).min(1).describe('from input to output'),
  loss: z.enum(['any', 'cross_entropy', 'mean_square']).default('any').describe('cross_entropy adds the invariance of softmax under shifts'),
  seed: z.int().nonnegative().optional(),
  gain: z.number().positive().optional(),
})

export type DiscoveryNetwork = z.output<typeof discoveryNetworkSchema>
