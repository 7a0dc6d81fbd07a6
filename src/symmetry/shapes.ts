import { InputError } from '../errors.js'
import type { MatrixTerm, Size, Space } from '../jets/space.js'

type Shape = readonly [Size, Size]

/** How many numbers axes hold together; of symbols their product by name. */
export const sizeOf = (axes: readonly Size[]): Size => (axes.every((size) => typeof size === 'number') ? axes.reduce((n, size) => n * size, 1) : axes.join('·'))

/** A block as the matrix that constants multiply: rows by all the other axes together (a convolution kernel: channels by the rest). */
function asMatrix(shape: readonly Size[]): Shape {
  const [rows = 1, ...rest] = shape
  const axes = rest.filter((size) => size !== 1)
  const [first = 1, ...others] = axes
  if (others.length === 0) return [rows, first]
  return [rows, sizeOf(axes)]
}

/** Rows and columns of a factor of a product. */
export const shapeOf = (factor: MatrixTerm['factors'][number], space: Space): Shape => {
  const [rows, columns] = asMatrix(space.blocks[factor.name] ?? space.constants[factor.name]?.shape ?? [])
  return factor.transposed ? [columns, rows] : [rows, columns]
}

/** Whether a product is a column: an inner product of others would be a trace. */
export const isColumn = ({ factors }: MatrixTerm, space: Space): boolean => factors.slice(-1).every((last) => shapeOf(last, space)[1] === 1)

const show = ([rows, columns]: Shape): string => `${rows}×${columns}`

/**
 * Checks that every product in a generator's component is conformable and has the shape of its block.
 * @throws InputError naming the two sizes that differ.
 */
export function checkShapes(block: string, terms: readonly MatrixTerm[], space: Space): void {
  const target = asMatrix(space.blocks[block] ?? [])
  for (const term of terms) {
    const shapes = term.factors.map((f) => ({ name: f.transposed ? `transpose(${f.name})` : f.name, shape: shapeOf(f, space) }))
    const [first] = shapes
    if (first === undefined) continue
    let product = first
    for (const next of shapes.slice(1)) {
      if (product.shape[1] !== next.shape[0])
        throw new InputError(
          `${product.name} (${show(product.shape)}) cannot multiply ${next.name} (${show(next.shape)})`,
          `the sizes ${product.shape[1]} and ${next.shape[0]} must be the same`,
        )
      product = { name: `${product.name}*${next.name}`, shape: [product.shape[0], next.shape[1]] }
    }
    if (product.shape[0] !== target[0] || product.shape[1] !== target[1])
      throw new InputError(`${product.name} is ${show(product.shape)}, but ${block} is ${show(target)}`, `a component has the shape of its block`)
  }
}
