import { endianness } from 'node:os'
import { crc32 } from 'node:zlib'

/**
 * An append-only log of rows of numbers. A frame is: payload length in bytes (uint32), CRC-32 of the payload (uint32), payload (float64s);
 * all little-endian. A reader stops at the first frame that is cut short or fails its check, so a log torn anywhere still gives all rows before.
 */
const HEADER = 8

/** Bytes of a frame that holds `length` numbers. */
export const frameSize = (length: number): number => HEADER + 8 * length

/** The frame of a row, written into `bytes` if given (of that size, from the start of its buffer). */
export function encodeFrame(row: Float64Array, bytes = new Uint8Array(frameSize(row.length))): Uint8Array {
  const payload = bytes.subarray(HEADER)
  payload.set(new Uint8Array(row.buffer, row.byteOffset, row.byteLength))
  if (endianness() === 'BE') Buffer.from(payload.buffer, HEADER).swap64()
  const view = new DataView(bytes.buffer)
  view.setUint32(0, payload.length, true)
  view.setUint32(4, crc32(payload), true)
  return bytes
}

/** All whole frames from the start, each of `length` numbers. */
export function decodeFrames(bytes: Uint8Array, length: number): readonly Float64Array[] {
  const rows: Float64Array[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = frameSize(length)
  for (let at = 0; at + size <= bytes.length; at += size) {
    if (view.getUint32(at, true) !== 8 * length) break
    if (view.getUint32(at + 4, true) !== crc32(bytes.subarray(at + HEADER, at + size))) break
    rows.push(Float64Array.from({ length }, (_, i) => view.getFloat64(at + HEADER + 8 * i, true)))
  }
  return rows
}
