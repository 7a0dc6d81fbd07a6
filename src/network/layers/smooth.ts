import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Layer, LayerContext, Tf } from '../layer.js'
import { type Activation, activationLayer } from './activation.js'

const logistic = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)))

const [BEND, CUBIC] = [Math.sqrt(2 / Math.PI), 0.044715]

/** What GELU takes the tanh of. */
const bent = (tf: Tf, x: Tensor2D): Tensor2D => tf.mul(BEND, tf.add(x, tf.mul(CUBIC, tf.mul(x, tf.square(x)))))

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
  // The form that most transformers have, without the error function. Hendrycks & Gimpel 2016.
  gelu: {
    text: 'z (1 + tanh(√(2/π) (z + 0.044715 z³)))/2',
    tensor: (tf, x) => tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(bent(tf, x)))),
    tensorPullback: (tf, x, dy) => {
      const open = tf.tanh<Tensor2D>(bent(tf, x))
      const along = tf.mul(tf.mul(x, tf.sub(1, tf.square(open))), tf.mul(BEND, tf.add(1, tf.mul(3 * CUBIC, tf.square(x)))))
      return tf.mul(dy, tf.mul(0.5, tf.add(tf.add(1, open), along)))
    },
    value: (z) => 0.5 * z * (1 + Math.tanh(BEND * (z + CUBIC * z ** 3))),
    slope: (z) => {
      const open = Math.tanh(BEND * (z + CUBIC * z ** 3))
      return 0.5 * (1 + open + z * (1 - open ** 2) * BEND * (1 + 3 * CUBIC * z ** 2))
    },
  },
  sin: {
    text: 'sin(z)',
    tensor: (tf, x) => tf.sin(x),
    tensorPullback: (tf, x, dy) => tf.mul(dy, tf.cos(x)),
    value: Math.sin,
    slope: Math.cos,
  },
} as const satisfies Readonly<Record<string, Omit<Activation, 'kind' | 'transfer'>>>

export type SmoothName = keyof typeof SMOOTH
export const SMOOTH_NAMES = ['tanh', 'sigmoid', 'softplus', 'silu', 'gelu', 'sin'] as const satisfies readonly SmoothName[]

/** An activation by its name. */
export const smooth = (kind: SmoothName, context: LayerContext): Layer => activationLayer({ ...SMOOTH[kind], kind, transfer: () => undefined }, context)
