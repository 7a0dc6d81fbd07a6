import { arcTangentFixed, piFixed, splitFixed } from './constants.js'

/** Memory positions of the constants that the functions of a module read. Positions below `RESERVED` belong to them. */
export const TWO_OVER_PI = 0
export const ARC_TANGENTS = 48
export const RESERVED = 96

/** Words of 2/π after its two leading zero words: 1024 exponents and 7·32 bits beyond. */
const WORDS = 48
const BITS = 32 * WORDS
const twoOverPi = (2n << BigInt(2 * BITS)) / piFixed(BigInt(BITS))

const word = (i: number): number => (i < 2 ? 0 : Number((twoOverPi >> BigInt(BITS - 32 * (i - 1))) & 0xffffffffn))

/** 2/π in words of 32 bits (two zero words first), then atan(k/8) as high and low part for k = 0..8. */
export const TABLE: readonly number[] = [
  ...Array.from({ length: ARC_TANGENTS }, (_, i) => word(i)),
  ...Array.from({ length: 9 }, (_, k) => splitFixed(arcTangentFixed(BigInt(k), 8n, 160n), 160, 53, 2)).flat(),
]
export const TABLE_BYTES: readonly number[] = [...new Uint8Array(new Float64Array(TABLE).buffer)]
