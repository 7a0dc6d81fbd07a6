import type { Layer, LayerContext } from '../layer.js'
import { type Activation, activationLayer } from './activation.js'

const logistic = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)))

/** Activations without a kink and without a degree: no change of their input goes through. */
const SMOOTH = {
  tanh: {
    text: 'tanh(z)',
    tensor: (tf, x) => tf.tanh(x),
    tensorPullback: (tf, x, dy) => tf.mul(dy, tf.sub(1, tf.square(tf.tanh(x)))),
    value: Math.tanh,
    slope: (z) => 1 - Math.tanh(z) ** 2,
  },
  sigmoid: {
    text: '1/(1 + exp(-z))',
    tensor: (tf, x) => tf.sigmoid(x),
    tensorPullback: (tf, x, dy) => tf.mul(dy, tf.mul(tf.sigmoid(x), tf.sigmoid(tf.neg(x)))),
    value: logistic,
    slope: (z) => logistic(z) * logistic(-z),
  },
  softplus: {
    text: 'log(1 + exp(z))',
    tensor: (tf, x) => tf.softplus(x),
    tensorPullback: (tf, x, dy) => tf.mul(dy, tf.sigmoid(x)),
    value: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
    slope: logistic,
  },
  silu: {
    text: 'z/(1 + exp(-z))',
    tensor: (tf, x) => tf.mul(x, tf.sigmoid(x)),
    tensorPullback: (tf, x, dy) => tf.mul(dy, tf.mul(tf.sigmoid(x), tf.add(1, tf.mul(x, tf.sigmoid(tf.neg(x)))))),
    value: (z) => z * logistic(z),
    slope: (z) => logistic(z) * (1 + z * logistic(-z)),
  },
} as const satisfies Readonly<Record<string, Omit<Activation, 'kind' | 'transfer'>>>

export type SmoothName = keyof typeof SMOOTH
export const SMOOTH_NAMES = ['tanh', 'sigmoid', 'softplus', 'silu'] as const satisfies readonly SmoothName[]

/** tanh, the logistic function, softplus, or SiLU. */
export const smooth = (kind: SmoothName, context: LayerContext): Layer => activationLayer({ ...SMOOTH[kind], kind, transfer: () => undefined }, context)
