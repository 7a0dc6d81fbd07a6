/**
 * An append-only log of rows of numbers. A frame is: payload length in bytes (uint32), CRC-32 of the payload (uint32), payload (float64s);
 * all little-endian. A reader stops at the first frame that is cut short or fails its check, so a log torn anywhere still gives all rows before.
 */
const HEADER = 8

/** CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320), byte at a time. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) crc = (TABLE[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

/** Bytes of a frame that holds `length` numbers. */
export const frameSize = (length: number): number => HEADER + 8 * length

/** The frame of a row. */
export function encodeFrame(row: Float64Array): Uint8Array {
  const bytes = new Uint8Array(frameSize(row.length))
  const view = new DataView(bytes.buffer)
  for (const [i, x] of row.entries()) view.setFloat64(HEADER + 8 * i, x, true)
  view.setUint32(0, 8 * row.length, true)
  view.setUint32(4, crc32(bytes.subarray(HEADER)), true)
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
