import { InputError } from '../errors.js'
import type { Activation, LayeredNetwork } from './layered.js'

/** The compact form of a fully connected network, one line of a batch. */
export interface LayeredInput {
  /** Widths from input to output. */
  readonly layers: readonly number[]
  /** `linear`, `relu`, `leaky-relu`, `abs`, `square`, `cube` or `power<n>`; `linear` unless told. */
  readonly activation: string
  /** Biases on the hidden layers; false unless told. */
  readonly bias: boolean
}

const GATED: ReadonlySet<string> = new Set(['relu', 'leakyrelu', 'prelu', 'abs'])
const POWERS: ReadonlyMap<string, number> = new Map([['square', 2], ['quadratic', 2], ['cube', 3], ['cubic', 3]])

/** What an activation's name means for the conservation laws. @throws InputError for one that is not piecewise linear or a power. */
export function readActivation(name: string): Activation {
  const plain = name.toLowerCase().replaceAll(/[\s_-]/g, '')
  if (plain === 'linear' || plain === 'identity' || plain === 'none') return { kind: 'linear' }
  if (GATED.has(plain)) return { kind: 'gated' }
  const degree = POWERS.get(plain) ?? Number(/^(?:power|z\^|pow)(\d+)$/.exec(plain)?.[1] ?? 0)
  if (degree === 1) return { kind: 'linear' }
  if (degree >= 2 && degree <= 12) return { kind: 'power', degree }
  throw new InputError(`activation '${name}' is not piecewise linear or a power of its input`, "use linear, relu, leaky-relu, abs, square, cube or power<n> (2 to 12); for other activations sample the loss's gradients")
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a document is meant as the compact form. */
export const isLayeredInput = (value: unknown): boolean => isRecord(value) && 'layers' in value && !('parameters' in value || 'input' in value) && isWidths(value['layers'])

const isWidths = (value: unknown): boolean => Array.isArray(value) && value.every((x) => typeof x !== 'object')

/** Checks a document of the compact form. @throws InputError that names the faulty field. */
export function readLayeredInput(value: unknown): LayeredInput {
  const example = 'write e.g. {"layers": [5, 3, 2], "activation": "linear", "bias": false}'
  if (!isRecord(value)) throw new InputError('a network must be an object', example)
  const { layers, activation = 'linear', bias = false } = value
  const unknown = Object.keys(value).find((key) => !['layers', 'activation', 'bias', 'title', 'name'].includes(key))
  if (unknown !== undefined) throw new InputError(`unknown field '${unknown}'`, 'the fields are layers, activation and bias')
  if (!Array.isArray(layers)) throw new InputError("'layers' is missing or not a list of widths", example)
  const widths = layers.map(Number)
  const bad = layers.findIndex((w) => typeof w !== 'number' || !Number.isInteger(w) || w < 1)
  if (bad >= 0) throw new InputError(`width ${bad + 1} of 'layers' is ${JSON.stringify(layers[bad])}`, 'give whole numbers from 1')
  if (widths.length < 2) throw new InputError("'layers' needs at least an input and an output width", example)
  if (typeof activation !== 'string') throw new InputError("'activation' must be a name", 'e.g. "linear" or "relu"')
  if (typeof bias !== 'boolean') throw new InputError("'bias' must be true or false", 'biases, if any, are on the hidden layers only')
  readActivation(activation)
  return { layers: widths, activation, bias }
}

export const layeredNetwork = (input: LayeredInput): LayeredNetwork => ({
  layers: input.layers, activation: readActivation(input.activation), bias: input.bias,
})
