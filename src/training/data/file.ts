import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { InputError } from '../../errors.js'

/** Largest content that is unpacked: MNIST's training images are 47 MB. */
const LARGEST = 2 ** 30

/** The bytes of a file, unpacked if it is gzipped (by its first bytes, not its name). @throws InputError if it cannot be read. */
export function readData(file: string): Uint8Array {
  return unpack(readBytes(file), file)
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    const reason = { ENOENT: 'there is no such file', EACCES: 'no permission to read it', EISDIR: 'it is a directory' }[code] ?? code
    throw new InputError(`cannot read the data: ${reason}`, 'give the path of a readable file, relative to the problem file', { file })
  }
}

/** Unpacks gzip, returns anything else as it is. @throws InputError for a damaged archive. */
export function unpack(bytes: Uint8Array, file: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST })
  } catch (error) {
    throw new InputError(`cannot unpack it: ${error instanceof Error ? error.message : 'damaged'}`, 'give an undamaged gzip file, or unpack it yourself', { file })
  }
}
