import { type Sandwich, sandwichKey } from './square.js'
import type { Vector } from './vector.js'
import { vectorKey } from './vectorKey.js'

/**
 * A smooth tensor field on parameter space, known by its jets at θ only.
 * `slots` is the number of its own arguments: 0 for a function such as the loss f, 1 for a vector field such as a
 * generator ξ, 2 for a metric G (its two slots symmetric). Derivatives beyond `degree` vanish (undefined: none known to).
 * `at` is the point of its jets where that is not θ itself, e.g. y = θ + e^{−α}θ̇ of a Bregman divergence.
 */
export interface Field {
  readonly name: string
  readonly slots: 0 | 1 | 2
  readonly degree?: number
  readonly polynomial?: Polynomial
  /** The p of a function with F(c x) = |c|ᵖ F(x), such as a norm. */
  readonly homogeneous?: number
  /** What the gradient of a function goes by where it is written as a function of its point: `msign(x)`. */
  readonly gradient?: string
  /** The matrices of ½⟨x, L x R⟩, whose gradient is L x R. */
  readonly sandwich?: Sandwich
  readonly at?: { readonly name: string; readonly point: Vector }
}

/**
 * What is known of a vector field whose components are homogeneous polynomials of its `degree` in the blocks of θ: it goes along where θ is
 * replaced, and its derivatives along θ are multiples of lower ones (Euler's theorem).
 */
export interface Polynomial {
  /** The blocks that the components depend on, and those that have components. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** How many factors of a block each term has, for the blocks where all terms agree. */
  readonly degrees: Readonly<Record<string, number>>
  /** Whether ⟨ξ, dθ⟩ is closed: Dξ is its own adjoint, and all slots of its derivatives are alike. */
  readonly closed: boolean
}

const polynomialKey = ({ inputs, outputs, degrees, closed }: Polynomial): string =>
  `[${inputs.join()}>${outputs.join()}:${Object.entries(degrees).map(([b, n]) => `${b}${n}`).join()}${closed ? '!' : ''}]`

/** Names the field and its point completely. */
export const fieldKey = ({ name, degree, polynomial, sandwich, at }: Field): string =>
  `${name}${degree ?? ''}${sandwich === undefined ? '' : sandwichKey(sandwich)}${polynomial === undefined ? '' : polynomialKey(polynomial)}${at === undefined ? '' : `@${at.name}=${vectorKey(at.point)}`}`

/** The loss. */
export const LOSS: Field = { name: 'f', slots: 0 }

/** The loss with its jets at θ. */
export const isLoss = ({ name, at }: Field): boolean => name === LOSS.name && at === undefined

/** The loss with its jets at any point. */
export const isLossAnywhere = ({ name }: Field): boolean => name === LOSS.name
