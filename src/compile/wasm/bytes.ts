/** Encodings of the WebAssembly binary format (W3C core specification, chapter 5). */
export type Bytes = readonly number[]

/** Unsigned LEB128. */
export function unsigned(value: number): Bytes {
  if (value < 128) return [value]
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest === 0 ? low : low | 0x80)
  } while (rest !== 0)
  return bytes
}

/** Signed LEB128. */
export function signed(value: bigint | number): Bytes {
  if (value >= -64 && value < 64) return [Number(value) & 0x7f]
  const bytes: number[] = []
  let rest = BigInt(value)
  for (;;) {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    const done = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)
    bytes.push(done ? low : low | 0x80)
    if (done) return bytes
  }
}

const SCRATCH = new DataView(new ArrayBuffer(8))

/** Little-endian bytes of a double. */
export function double(value: number): Bytes {
  SCRATCH.setFloat64(0, value, true)
  return Array.from({ length: 8 }, (_, i) => SCRATCH.getUint8(i))
}

export const vector = (items: readonly Bytes[]): Bytes => [...unsigned(items.length), ...items.flat()]
export const name = (text: string): Bytes => {
  const bytes = [...new TextEncoder().encode(text)]
  return [...unsigned(bytes.length), ...bytes]
}
export const section = (id: number, content: Bytes): Bytes => [id, ...unsigned(content.length), ...content]
/** Content preceded by its length in bytes. */
export const sized = (content: Bytes): Bytes => unsigned(content.length).concat(content)
export const PREAMBLE: Bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
