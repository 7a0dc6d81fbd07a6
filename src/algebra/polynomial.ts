/**
 * Polynomials with integer coefficients in numbered variables, recursively dense: a number, or coefficients (constant first, the
 * last one not zero, at least two) in `variable` that are polynomials in variables of smaller number.
 */
export type Polynomial = bigint | { readonly variable: number; readonly coefficients: readonly Polynomial[] }

/** Thrown when a computation would need more coefficient operations than it was allowed. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded'
}

/** Counts down coefficient operations. */
export class Budget {
  constructor(private left: number) {}

  spend(operations = 1): void {
    this.left -= operations
    if (this.left < 0) throw new BudgetExceeded('the polynomials are too large')
  }
}

const bigintGcd = (a: bigint, b: bigint): bigint => {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

export const variableOf = (p: Polynomial): number => (typeof p === 'bigint' ? -1 : p.variable)
/** Coefficients of a polynomial as one in `variable`, which must not be smaller than its own. */
export const coefficientsIn = (p: Polynomial, variable: number): readonly Polynomial[] =>
  typeof p !== 'bigint' && p.variable === variable ? p.coefficients : [p]

/** The polynomial with these coefficients, leading zeros dropped. */
export function fromCoefficients(variable: number, coefficients: readonly Polynomial[]): Polynomial {
  let length = coefficients.length
  while (length > 0 && coefficients[length - 1] === 0n) length -= 1
  if (length <= 1) return coefficients[0] ?? 0n
  return { variable, coefficients: length === coefficients.length ? coefficients : coefficients.slice(0, length) }
}

export const variable = (index: number): Polynomial => ({ variable: index, coefficients: [0n, 1n] })

/** A polynomial in smaller variables joins the constant coefficient. */
const plusConstant = (a: Exclude<Polynomial, bigint>, c: Polynomial): Polynomial => {
  if (c === 0n) return a
  const coefficients = [...a.coefficients]
  coefficients[0] = addP(coefficients[0] ?? 0n, c)
  return { variable: a.variable, coefficients }
}

export function addP(a: Polynomial, b: Polynomial): Polynomial {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? a + b : plusConstant(b, a)
  if (typeof b === 'bigint' || b.variable < a.variable) return plusConstant(a, b)
  if (b.variable > a.variable) return plusConstant(b, a)
  const [long, short] = a.coefficients.length < b.coefficients.length ? [b.coefficients, a.coefficients] : [a.coefficients, b.coefficients]
  const sum = [...long]
  for (let i = 0; i < short.length; i += 1) sum[i] = addP(sum[i] ?? 0n, short[i] ?? 0n)
  return fromCoefficients(a.variable, sum)
}

export function negP(a: Polynomial): Polynomial {
  return typeof a === 'bigint' ? -a : { variable: a.variable, coefficients: a.coefficients.map(negP) }
}

export const subP = (a: Polynomial, b: Polynomial): Polynomial => (typeof a === 'bigint' && typeof b === 'bigint' ? a - b : addP(a, negP(b)))

export function mulP(a: Polynomial, b: Polynomial, budget: Budget): Polynomial {
  if (a === 0n || b === 0n) return 0n
  if (a === 1n) return b
  if (b === 1n) return a
  if (typeof a === 'bigint') return typeof b === 'bigint' ? numberProduct(a, b, budget) : scaledP(b, a, budget)
  if (typeof b === 'bigint' || b.variable < a.variable) return scaledP(a, b, budget)
  if (b.variable > a.variable) return scaledP(b, a, budget)
  const [x, y] = [a.coefficients, b.coefficients]
  budget.spend(x.length * (y.length + 1))
  const product: Polynomial[] = Array.from({ length: x.length + y.length - 1 }, () => 0n)
  for (let i = 0; i < x.length; i += 1)
    for (let j = 0; j < y.length; j += 1) product[i + j] = addP(product[i + j] ?? 0n, mulP(x[i] ?? 0n, y[j] ?? 0n, budget))
  return { variable: a.variable, coefficients: product }
}

function numberProduct(a: bigint, b: bigint, budget: Budget): bigint {
  budget.spend()
  return a * b
}

/** Times a polynomial in smaller variables, which is not zero. */
function scaledP(a: Exclude<Polynomial, bigint>, c: Polynomial, budget: Budget): Polynomial {
  budget.spend(a.coefficients.length)
  return { variable: a.variable, coefficients: a.coefficients.map((x) => mulP(x, c, budget)) }
}

export function powP(a: Polynomial, n: bigint, budget: Budget): Polynomial {
  let result: Polynomial = 1n
  let square = a
  for (let k = n; k > 0n; k >>= 1n) {
    if (k & 1n) result = mulP(result, square, budget)
    if (k > 1n) square = mulP(square, square, budget)
  }
  return result
}

/** a/b if b divides a, else undefined. */
export function divideP(a: Polynomial, b: Polynomial, budget: Budget): Polynomial | undefined {
  if (b === 1n || a === 0n) return a
  budget.spend()
  if (typeof a === 'bigint') return typeof b === 'bigint' && b !== 0n && a % b === 0n ? a / b : undefined
  if (variableOf(b) > a.variable) return undefined
  const divisor = coefficientsIn(b, a.variable)
  const lead = divisor.at(-1) ?? 0n
  const rest = [...a.coefficients]
  const quotient: Polynomial[] = []
  for (let i = rest.length - divisor.length; i >= 0; i -= 1) {
    budget.spend(divisor.length)
    const q = divideP(rest[i + divisor.length - 1] ?? 0n, lead, budget)
    if (q === undefined) return undefined
    quotient[i] = q
    for (const [j, d] of divisor.entries()) rest[i + j] = subP(rest[i + j] ?? 0n, mulP(q, d, budget))
  }
  return quotient.length > 0 && rest.every((c) => c === 0n) ? fromCoefficients(a.variable, quotient) : undefined
}

/** a/b. @throws RangeError if b does not divide a. */
export function exactly(a: Polynomial, b: Polynomial, budget: Budget): Polynomial {
  const quotient = divideP(a, b, budget)
  if (quotient === undefined) throw new RangeError('the division is not exact')
  return quotient
}

export const leadingNumber = (p: Polynomial): bigint => (typeof p === 'bigint' ? p : leadingNumber(p.coefficients.at(-1) ?? 0n))
const positive = (p: Polynomial): Polynomial => (leadingNumber(p) < 0n ? negP(p) : p)

/** Remainder of lead(b)^(deg a − deg b + 1)·a by b in the main variable. */
function pseudoRemainder(a: readonly Polynomial[], b: readonly Polynomial[], budget: Budget): readonly Polynomial[] {
  const lead = b.at(-1) ?? 0n
  let rest = [...a]
  for (let times = a.length - b.length + 1; times > 0; times -= 1) {
    const top = rest.length >= b.length + times - 1 ? (rest[b.length + times - 2] ?? 0n) : 0n
    budget.spend(rest.length)
    rest = rest.map((c) => mulP(c, lead, budget))
    for (const [j, d] of b.entries()) {
      const at = times - 1 + j
      rest[at] = subP(rest[at] ?? 0n, mulP(top, d, budget))
    }
    rest.length = Math.min(rest.length, b.length + times - 2)
  }
  while (rest.length > 0 && rest.at(-1) === 0n) rest.pop()
  return rest
}

/** Greatest common divisor of several, numbers first: it is one as soon as one of them is. */
export const contentOf = (coefficients: readonly Polynomial[], budget: Budget): Polynomial => {
  let content: Polynomial = 0n
  for (const c of coefficients) if (typeof c === 'bigint') content = bigintGcd(content, c)
  for (const c of coefficients) {
    if (content === 1n) break
    if (typeof c !== 'bigint') content = gcdP(content, c, budget)
  }
  return content
}

const dividedBy = (coefficients: readonly Polynomial[], d: Polynomial, budget: Budget): readonly Polynomial[] =>
  d === 1n ? coefficients : coefficients.map((c) => exactly(c, d, budget))

/** Greatest common divisor with a positive leading number, by primitive remainders in the main variable [Knuth 4.6.1]. */
export function gcdP(a: Polynomial, b: Polynomial, budget: Budget): Polynomial {
  if (a === 0n) return positive(b)
  if (b === 0n) return positive(a)
  if (typeof a === 'bigint' && typeof b === 'bigint') return bigintGcd(a, b)
  budget.spend()
  const v = Math.max(variableOf(a), variableOf(b))
  const [x, y] = [coefficientsIn(a, v), coefficientsIn(b, v)]
  if (x.length === 1 || y.length === 1 || areCoprime(x, y, budget)) return contentOf([...x, ...y], budget)
  const [cx, cy] = [contentOf(x, budget), contentOf(y, budget)]
  const content = gcdP(cx, cy, budget)
  let [high, low] = [dividedBy(x, cx, budget), dividedBy(y, cy, budget)]
  if (high.length < low.length) [high, low] = [low, high]
  while (low.length > 1) {
    const rest = pseudoRemainder(high, low, budget)
    if (rest.length === 0) return positive(mulP(content, fromCoefficients(v, low), budget))
    ;[high, low] = [low, dividedBy(rest, contentOf(rest, budget), budget)]
  }
  return content
}

/** A prime below 2²⁶, so that products of residues are exact in a double. */
const P = 67_108_859

const residue = (x: number): number => {
  const r = x % P
  return r < 0 ? r + P : r
}

/** Some fixed residue for each variable; any choice is sound, this one is unlikely to be special. */
const point = (v: number): number => residue((v + 1) * 48_271_103 + 12_345)

const residueOf = (x: bigint): number => {
  const near = Number(x)
  return residue(Number.isSafeInteger(near) ? near : Number(x % BigInt(P)))
}

function imageAt(p: Polynomial): number {
  if (typeof p === 'bigint') return residueOf(p)
  const x = point(p.variable)
  let sum = 0
  for (let i = p.coefficients.length - 1; i >= 0; i -= 1) sum = (sum * x + imageAt(p.coefficients[i] ?? 0n)) % P
  return sum
}

function inverse(x: number): number {
  let [a, b, u, v] = [x, P, 1, 0]
  while (a !== 1) {
    const q = Math.floor(b / a)
    ;[a, b, u, v] = [b - q * a, a, v - q * u, u]
  }
  return residue(u)
}

/**
 * True only if two polynomials, by their coefficients in a variable, have no common factor in it: their images modulo a prime, other variables at a
 * point, have none.
 */
function areCoprime(a: readonly Polynomial[], b: readonly Polynomial[], budget: Budget): boolean {
  let [x, y] = [a.map(imageAt), b.map(imageAt)]
  if (x.at(-1) === 0 || y.at(-1) === 0) return false
  while (y.length > 1) {
    const scale = inverse(y.at(-1) ?? 1)
    while (x.length >= y.length) {
      budget.spend(y.length)
      const q = residue((x.at(-1) ?? 0) * scale)
      const shift = x.length - y.length
      for (let j = 0; j < y.length; j += 1) x[shift + j] = residue((x[shift + j] ?? 0) - q * (y[j] ?? 0))
      x.pop()
    }
    while (x.length > 0 && x.at(-1) === 0) x.pop()
    ;[x, y] = [y, x]
  }
  return y.length === 1
}
