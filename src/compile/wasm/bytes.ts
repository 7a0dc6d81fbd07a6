/** Encodings of the WebAssembly binary format (W3C core specification, chapter 5). */
export type Bytes = readonly number[]

/** Unsigned LEB128 of a number below 2^31. */
export function unsigned(value: number): Bytes {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return bytes
}

/** Whether a group of seven bits, sign and all, is what remains of a number. */
const isLast = (rest: number | bigint, low: number): boolean => (Number(rest) === 0 && low < 64) || (Number(rest) === -1 && low >= 64)

/** Signed LEB128 of an integer of 32 bits, or of 64. */
export function signed(value: bigint | number): Bytes {
  const bytes: number[] = []
  let rest = value
  for (;;) {
    const low = typeof rest === 'number' ? rest & 0x7f : Number(rest & 0x7fn)
    rest = typeof rest === 'number' ? rest >> 7 : rest >> 7n
    const last = isLast(rest, low)
    bytes.push(last ? low : low | 0x80)
    if (last) return bytes
  }
}

const OCTETS = new Uint8Array(8)
const SCRATCH = new DataView(OCTETS.buffer)

/** Little-endian bytes of a double. */
export function double(value: number): Bytes {
  SCRATCH.setFloat64(0, value, true)
  return Array.from(OCTETS)
}

/** Bytes in order of arrival. */
export class ByteSink {
  private data = new Uint8Array(1024)
  private view = new DataView(this.data.buffer)
  private size = 0

  put(byte: number): void {
    this.reserve(1)
    this.data[this.size] = byte
    this.size += 1
  }

  /** The bytes of a double, as `double` gives them. */
  double(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.size, value, true)
    this.size += 8
  }

  append(bytes: ArrayLike<number>): void {
    this.reserve(bytes.length)
    this.data.set(bytes, this.size)
    this.size += bytes.length
  }

  private reserve(count: number): void {
    if (this.size + count <= this.data.length) return
    const longer = new Uint8Array(Math.max(2 * this.data.length, this.size + count))
    longer.set(this.data)
    this.data = longer
    this.view = new DataView(longer.buffer)
  }

  /** What has arrived. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.data.subarray(0, this.size)
  }
}

/** Pieces one behind the other. */
export function joined(...pieces: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const sink = new ByteSink()
  for (const piece of pieces) sink.append(piece)
  return sink.bytes
}

export const vector = (items: readonly ArrayLike<number>[]): Uint8Array => joined(unsigned(items.length), ...items)
/** Content preceded by its length in bytes. */
export const sized = (content: ArrayLike<number>): Uint8Array => joined(unsigned(content.length), content)
export const name = (text: string): Uint8Array => sized(new TextEncoder().encode(text))
export const section = (id: number, content: ArrayLike<number>): Uint8Array => joined([id], sized(content))
export const PREAMBLE: Bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
