/**
 * Where the coordinate-free names of a law live in a real network. A symmetry found in an architecture is a family of
 * one-parameter symmetries, one for each of `count` neurons; its law is derived once, with the abstract parameter sets
 * (`w`, or `in` and `out`) and holds for every neuron with the concrete slices put in their place.
 */

/** Slices of a parameter tensor, one a neuron: index `i` along `axis`. Without `axis` the whole tensor belongs to every member. */
export interface SliceFamily {
  readonly parameter: string
  readonly axis?: number
  /** The shape in which the numbers of the tensor are seen, row-major, where that is not its own: groups of neurons have an axis there. */
  readonly shape?: readonly number[]
  /** Each index along the first axis has slices of its own, one after the other. */
  readonly apart?: true
}

/**
 * A constant vector or matrix that a set is moved along, times a number: each of its entries gives a law of its own. The constant of a symmetric
 * (1) or antisymmetric (−1) one sees an entry with its mirror image.
 */
export interface Shift {
  readonly set: string
  readonly factor: number
  readonly mirror?: 1 | -1
}

export interface NetworkSymmetry {
  /** Short unique name, e.g. `scale-1`. */
  readonly name: string
  /** One line for a reader: which layers, why. */
  readonly origin: string
  /** Family name as in a problem file: translation | scale | rescale | linear | orthogonal … */
  readonly family: string
  /** Degree p of a rescale symmetry as exact text, e.g. `1`, `2`, `3/2`. */
  readonly degree?: string
  /** Number of neurons (members of the family). */
  readonly count: number
  /** The parameter sets the generator speaks of, by their abstract name: `w` for translation and scale; `in`, `out` for rescale. */
  readonly sets: Readonly<Record<string, readonly SliceFamily[]>>
  /** The parameters that it moves, where the sets have others too. */
  readonly moves?: readonly string[]
  /** The constants of its generator that are diagonal matrices. */
  readonly diagonal?: readonly string[]
  /** Where the fields of its generator that are nothing but a constant move the parameters, by the field's name. */
  readonly shifts?: Readonly<Record<string, readonly Shift[]>>
  /** What breaks the symmetry, if anything does, e.g. a normalization's epsilon. */
  readonly broken?: { readonly by: string; readonly value: number }
}
