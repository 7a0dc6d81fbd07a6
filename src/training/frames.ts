import { endianness } from 'node:os'

/**
 * An append-only log of rows of numbers. A frame is: payload length in bytes (uint32), CRC-32 of the payload (uint32), payload (float64s);
 * all little-endian. A reader stops at the first frame that is cut short or fails its check, so a log torn anywhere still gives all rows before.
 */
const HEADER = 8

/**
 * Tables of CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320), for four bytes at a time: `TABLES[256 j + b]` is the register after
 * byte b and j zero bytes (Kounavis & Berry, *A systematic approach to building high performance software-based CRC generators*, 2005).
 */
const TABLES = new Uint32Array(1024)
for (let i = 0; i < 1024; i++) {
  let crc = i < 256 ? i : (TABLES[i - 256] ?? 0)
  if (i < 256) for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  else crc = (crc >>> 8) ^ (TABLES[crc & 0xff] ?? 0)
  TABLES[i] = crc
}

export function crc32(bytes: Uint8Array): number {
  let crc = -1
  let i = 0
  for (; i + 3 < bytes.length; i += 4) {
    const word = crc ^ ((bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24))
    crc =
      (TABLES[768 + (word & 0xff)] ?? 0) ^ (TABLES[512 + ((word >>> 8) & 0xff)] ?? 0) ^ (TABLES[256 + ((word >>> 16) & 0xff)] ?? 0) ^ (TABLES[word >>> 24] ?? 0)
  }
  for (; i < bytes.length; i++) crc = (TABLES[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8)
  return ~crc >>> 0
}

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
