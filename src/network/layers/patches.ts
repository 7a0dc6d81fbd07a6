/** Height, width and channels of an image; its components are stored row by row, the channels of a pixel side by side. */
export interface ImageShape {
  readonly height: number
  readonly width: number
  readonly channels: number
}

/** Where a square kernel is laid on an image. */
export interface Patches {
  /** Rows and columns of places. */
  readonly height: number
  readonly width: number
  /** Components under the kernel at one place: kernel row, kernel column, channel. */
  readonly size: number
  /** Component of the image under each component of each place, −1 beyond its border. */
  readonly source: Int32Array
}

/** @returns undefined if the kernel does not fit into the image. */
export function patchesOf({ height, width, channels }: ImageShape, kernel: number, stride: number, padding: number): Patches | undefined {
  const extent = (length: number): number => Math.floor((length + 2 * padding - kernel) / stride) + 1
  const [rows, columns, size] = [extent(height), extent(width), kernel * kernel * channels]
  if (rows < 1 || columns < 1) return undefined
  const source = Int32Array.from({ length: rows * columns * size }, (_, index) => {
    const [place, part] = [Math.floor(index / size), index % size]
    const y = Math.floor(place / columns) * stride - padding + Math.floor(part / (kernel * channels))
    const x = (place % columns) * stride - padding + (Math.floor(part / channels) % kernel)
    return y < 0 || y >= height || x < 0 || x >= width ? -1 : (y * width + x) * channels + (part % channels)
  })
  return { height: rows, width: columns, size, source }
}
