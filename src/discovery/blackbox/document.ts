import { InputError } from '../../errors.js'
import { type GradientSampler, expressionSampler } from './sampler.js'

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a document is a loss to be sampled. */
export const isLossDocument = (value: unknown): boolean => isRecord(value) && 'loss' in value && !('layers' in value)

/**
 * Reads `{loss: "(u*v*x - y)^2", parameters: [u, v], seed?}`, all other names of the loss being data.
 * @throws InputError that names the faulty field.
 */
export function readLossDocument(value: unknown): GradientSampler {
  const example = 'write e.g. {"loss": "(u*v*x - y)^2", "parameters": ["u", "v"]}'
  if (!isRecord(value)) throw new InputError('a loss document must be an object', example)
  const { loss, parameters, seed = 1 } = value
  const unknown = Object.keys(value).find((key) => !['title', 'loss', 'parameters', 'seed'].includes(key))
  if (unknown !== undefined) throw new InputError(`unknown field '${unknown}'`, 'the fields are loss, parameters and seed')
  if (typeof loss !== 'string') throw new InputError("'loss' is not an expression", example)
  const names: readonly unknown[] = Array.isArray(parameters) ? parameters : []
  const texts = names.filter((name) => typeof name === 'string')
  if (texts.length === 0 || texts.length !== names.length) throw new InputError("'parameters' is not a list of names", example)
  if (typeof seed !== 'number' || !Number.isInteger(seed)) throw new InputError("'seed' is not a whole number", 'e.g. 1')
  return expressionSampler(loss, texts, seed)
}
