import { InputError } from '../errors.js'
import { float64Network } from '../network/float64.js'
import { type Network, parameterNamed } from '../network/index.js'

/** Images as inputs: rows × (height·width), row-major. Rotations need `angle`: rings × angles, as `inPolarCoordinates` makes them. */
export interface Images {
  readonly inputs: Float64Array
  readonly rows: number
  readonly height: number
  readonly width: number
}

/** What moves: the columns of every image (`x`, a shift; on polar images a rotation) or its rows (`y`). */
export type Motion = 'x' | 'y'

/**
 * The generator of shifts on n points of a circle, for trigonometric interpolation: D[a, b] = Σ_m (2πm/n) sin(2πm(a − b)/n)·2/n, the highest
 * frequency of an even n left out. Antisymmetric, so that images move by orthogonal matrices.
 */
export function shiftGenerator(n: number): Float64Array {
  const frequencies = Array.from({ length: Math.floor((n - 1) / 2) }, (_, m) => m + 1)
  return Float64Array.from({ length: n * n }, (_, at) => {
    const lag = Math.floor(at / n) - (at % n)
    return frequencies.reduce((sum, m) => sum + ((4 * Math.PI * m) / n ** 2) * Math.sin((2 * Math.PI * m * lag) / n), 0)
  })
}

/** e^{amount·D} in closed form: every frequency turned by its angle, mean and highest frequency left. */
function shiftMatrix(n: number, amount: number): Float64Array {
  const frequencies = Array.from({ length: Math.floor((n - 1) / 2) }, (_, m) => m + 1)
  return Float64Array.from({ length: n * n }, (_, at) => {
    const lag = Math.floor(at / n) - (at % n)
    const still = 1 / n + (n % 2 === 0 ? (lag % 2 === 0 ? 1 : -1) / n : 0)
    return still + frequencies.reduce((sum, m) => sum + (2 / n) * Math.cos((2 * Math.PI * m * (lag - amount)) / n), 0)
  })
}

/** A matrix on one axis of every image, applied to vectors of height·width numbers, e.g. images or the rows of the first layer. */
function along(vectors: Float64Array, { height, width }: Pick<Images, 'height' | 'width'>, motion: Motion, matrix: Float64Array): Float64Array {
  const [n, stride] = motion === 'x' ? [width, 1] : [height, width]
  return vectors.map((_, at) => {
    const pixel = at % (height * width)
    const place = motion === 'x' ? pixel % width : Math.floor(pixel / width)
    const start = at - place * stride
    let sum = 0
    for (let b = 0; b < n; b += 1) sum += (matrix[place * n + b] ?? 0) * (vectors[start + b * stride] ?? 0)
    return sum
  })
}

/** Every image in `copies` positions, evenly around the circle; targets go with their images. */
export function augment(images: Images, targets: Float64Array, motion: Motion, copies: number): { readonly images: Images; readonly targets: Float64Array } {
  if (!Number.isInteger(copies) || copies < 1) throw new InputError(`${copies} copies of every image`, 'give a whole number from 1')
  const n = motion === 'x' ? images.width : images.height
  const inputs = new Float64Array(images.inputs.length * copies)
  const repeated = new Float64Array(targets.length * copies)
  for (let copy = 0; copy < copies; copy += 1) {
    inputs.set(along(images.inputs, images, motion, shiftMatrix(n, (copy * n) / copies)), copy * images.inputs.length)
    repeated.set(targets, copy * targets.length)
  }
  return { images: { ...images, inputs, rows: images.rows * copies }, targets: repeated }
}

/** Images on rings (rows) and angles (columns) around their middle, by bilinear interpolation: rotating one is a shift along x. */
export function inPolarCoordinates(images: Images, rings: number, angles: number): Images {
  const { height, width, rows } = images
  const radius = Math.min(height, width) / 2 - 0.5
  const value = (image: number, y: number, x: number): number => {
    const [y0, x0] = [Math.floor(y), Math.floor(x)]
    const pixel = (j: number, i: number): number => images.inputs[(image * height + Math.min(height - 1, j)) * width + Math.min(width - 1, i)] ?? 0
    const [dy, dx] = [y - y0, x - x0]
    return (1 - dy) * ((1 - dx) * pixel(y0, x0) + dx * pixel(y0, x0 + 1)) + dy * ((1 - dx) * pixel(y0 + 1, x0) + dx * pixel(y0 + 1, x0 + 1))
  }
  const inputs = Float64Array.from({ length: rows * rings * angles }, (_, at) => {
    const [angle, ring] = [(2 * Math.PI * (at % angles)) / angles, Math.floor(at / angles) % rings]
    const r = ((ring + 1) * radius) / rings
    return value(Math.floor(at / (rings * angles)), (height - 1) / 2 + r * Math.sin(angle), (width - 1) / 2 + r * Math.cos(angle))
  })
  return { inputs, rows, height: rings, width: angles }
}

/** How well a loss keeps the symmetry of its augmented inputs. */
export interface AugmentedSymmetry {
  /** ⟨g, ξ⟩/(|g||ξ|) for ξ = W₁Ω with Ω the generator of the motion. */
  readonly violation: number
  /** The part of gradient descent's step along the orbit, ⟨ΔW₁, W₁Ω⟩/(|ΔW₁||W₁Ω|): what [GU] call restricted angular momentum. */
  readonly angularMomentum: number
}

/**
 * The symmetry that augmenting inputs gives the first layer ([GU]): if the loss is averaged over all positions of its images, turning
 * W₁ to W₁e^{αΩ} does not change it. With finitely many positions it holds as far as these average like all.
 * @param weight name of the first layer's weight. @throws InputError if images and network do not fit.
 */
export function augmentedSymmetry(network: Network, theta: Float64Array, weight: string, images: Images, targets: Float64Array, motion: Motion, eta: number): AugmentedSymmetry {
  const pixels = images.height * images.width
  if (network.input !== pixels) throw new InputError(`images of ${pixels} pixels for a network with ${network.input} inputs`, `set input to ${pixels}`)
  const { offset, size } = parameterNamed(network, weight)
  const gradient = new Float64Array(network.size)
  float64Network(network, images.rows).lossAndGradient(theta, images.inputs, targets, images.rows, gradient)
  const slice = (x: Float64Array): Float64Array => x.subarray(offset, offset + size)
  const orbit = along(slice(theta), images, motion, shiftGenerator(motion === 'x' ? images.width : images.height))
  const moved = slice(theta).map((x, i) => x - eta * (gradient[offset + i] ?? 0)).map((x, i) => x - (theta[offset + i] ?? 0))
  return { violation: cosine(slice(gradient), orbit), angularMomentum: cosine(moved, orbit) }
}

function cosine(x: Float64Array, y: Float64Array): number {
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, c, i) => sum + c * (b[i] ?? 0), 0)
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))
}
