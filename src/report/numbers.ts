/** A number for a reader: mantissa with the stated significant digits and, outside 1e-3 … 1e5, a power of ten. */
export interface Written {
  readonly mantissa: string
  readonly exponent: number | undefined
}

/** @param digits significant digits, 1 to 17. */
export function writeNumber(value: number, digits: number): Written {
  if (Number.isNaN(value)) return { mantissa: 'not a number', exponent: undefined }
  if (!Number.isFinite(value)) return { mantissa: value > 0 ? '∞' : '−∞', exponent: undefined }
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return { mantissa: minus(String(value)), exponent: undefined }
  const [mantissa = '', exponent = '0'] = value.toExponential(digits - 1).split('e')
  const power = Number(exponent)
  if (power < -3 || power > 4) return { mantissa: minus(trimZeros(mantissa)), exponent: power }
  return { mantissa: minus(trimZeros(value.toFixed(Math.max(0, digits - 1 - power)))), exponent: undefined }
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** Numbers that stand beside each other at an axis: powers of ten all as powers where some are, `10⁻³` beside `10⁻⁴`. */
export function writeAlike(values: readonly number[], digits: number): Written[] {
  const written = values.map((value) => writeNumber(value, digits))
  const powers = values.map((value) => Math.round(Math.log10(value)))
  const alike = written.some(({ exponent }) => exponent !== undefined) && values.every((value, index) => value === Number(`1e${powers[index]}`))
  return alike ? powers.map((exponent) => ({ mantissa: '1', exponent })) : written
}

/** As plain text, e.g. `3.2 × 10⁻⁷`. */
export const numberText = (value: number, digits = 3): string => writtenText(writeNumber(value, digits))

export function writtenText({ mantissa, exponent }: Written): string {
  if (exponent === undefined) return mantissa
  const power = String(Math.abs(exponent)).replaceAll(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)] ?? digit)
  return `${mantissa === '1' ? '' : `${mantissa} × `}10${exponent < 0 ? '⁻' : ''}${power}`
}

const minus = (text: string) => text.replace(/^-/, '−')
const trimZeros = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)
