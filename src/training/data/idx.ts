import { InputError } from '../../errors.js'
import type { Table } from './dataset.js'
import { classes } from './targets.js'

/**
 * Reads images and labels in the IDX format of MNIST (LeCun, Cortes & Burges, <http://yann.lecun.com/exdb/mnist/>): two zero bytes, the type
 * (8: unsigned bytes, the only one taken), the number of dimensions, the dimensions as big-endian uint32, the values.
 *
 * @param images samples × any further dimensions, which are flattened
 * @param labels one a sample
 * @throws InputError that names the file and what is wrong in it
 */
export function readIdx(images: Uint8Array, imagesFile: string, labels: Uint8Array, labelsFile: string): Table {
  const pixels = readArray(images, imagesFile)
  const labelValues = readArray(labels, labelsFile)
  const [rows = 0, ...shape] = pixels.dimensions
  if (labelValues.dimensions.length !== 1)
    throw new InputError(`labels with ${labelValues.dimensions.length} dimensions`, 'give the file of labels, which has one', { file: labelsFile })
  if (labelValues.dimensions[0] !== rows)
    throw new InputError(`${labelValues.dimensions[0]} labels for ${rows} images`, 'give files that belong together', { file: labelsFile })
  const features = shape.reduce((product, n) => product * n, 1)
  if (rows === 0 || features === 0) throw new InputError('there is no image in it', 'give a file with images', { file: imagesFile })
  return { rows, features, inputs: Float32Array.from(pixels.values), targets: classes(labelValues.values) }
}

function readArray(bytes: Uint8Array, file: string): { readonly dimensions: readonly number[]; readonly values: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const remedy = 'give an IDX file of unsigned bytes, as MNIST has them'
  if (bytes.length < 4 || view.getUint16(0) !== 0) throw new InputError('it is not an IDX file', remedy, { file })
  const [type, count] = [view.getUint8(2), view.getUint8(3)]
  if (type !== 8) throw new InputError(`IDX values of type 0x${type.toString(16).padStart(2, '0')}`, remedy, { file })
  const start = 4 + 4 * count
  if (count === 0 || bytes.length < start) throw new InputError('the IDX header is cut short', remedy, { file })
  const dimensions = Array.from({ length: count }, (_, i) => view.getUint32(4 + 4 * i))
  const expected = dimensions.reduce((product, n) => product * n, 1)
  if (bytes.length - start !== expected)
    throw new InputError(`${bytes.length - start} values where the header says ${dimensions.join(' × ')} = ${expected}`, 'get the file again: it is damaged', { file })
  return { dimensions, values: bytes.subarray(start) }
}
