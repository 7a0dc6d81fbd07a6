/** A closed interval. */
export type Interval = readonly [low: number, high: number]

/** Part of the plane with the coordinates x and y. */
export interface Window {
  readonly x: Interval
  readonly y: Interval
}

/** A loss in x and y with a symmetry: its gradient field, the curves that gradient flow stays on, and gradient descent that leaves them. */
export interface ConservedCurves {
  readonly kind: 'conserved curves'
  /** In x and y, in the expression text. */
  readonly loss: string
  /** Rates of x and y. */
  readonly generator: Readonly<Record<'x' | 'y', string>>
  readonly window: Window
  readonly start: readonly [number, number]
  /** Learning rate of the drawn steps. */
  readonly rate: number
}

/** Gradient descent on a loss in x and y beside gradient flow, the flow of the modified loss, and the modified flow. */
export interface Descent {
  readonly kind: 'descent'
  readonly name: string
  readonly loss: string
  readonly eta: number
  readonly start: readonly [number, number]
  readonly steps: number
  readonly window: Window
}

/** The plane of a squared weight norm and its rate under momentum, the drive D held constant, once for each setting. */
export interface PhasePortraits {
  readonly kind: 'phase portraits'
  readonly settings: readonly Readonly<Record<'eta' | 'beta' | 'lambda' | 'D', number>>[]
}

/** Gradient descent in front of a normalization beside RMSProp on the sphere, on the same batches of digits. */
export interface BesideRmsprop {
  readonly kind: 'beside rmsprop'
  readonly eta: number
  readonly lambda: number
  readonly steps: number
}

/** What minibatch noise makes of a charge, on average over many runs on digits, against the laws of the mean; by gradient descent, or heavy ball with beta. */
export interface MinibatchNoise {
  readonly kind: 'minibatch noise'
  readonly eta: number
  readonly beta?: number
  readonly steps: number
  readonly batch: number
  readonly runs: number
}

/** One step of gradient descent in function space, by the neural tangent kernel, and how far the kernel moves in networks of several widths. */
export interface FunctionSpace {
  readonly kind: 'function space'
  readonly rates: readonly number[]
  readonly widths: readonly number[]
}

/** How nearly a loss of moved images has the symmetry, by the number of positions of each image. */
export interface Augmentation {
  readonly kind: 'augmentation'
  readonly moves: 'shifts' | 'rotations'
  readonly positions: readonly number[]
}

/** What is drawn or run beside the derivation of a result: plain data, no part of the answer. */
export type Picture = ConservedCurves | Descent | PhasePortraits | BesideRmsprop | MinibatchNoise | FunctionSpace | Augmentation
