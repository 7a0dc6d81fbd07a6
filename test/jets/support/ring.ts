/** Arithmetic that the oracles of these tests run on. Nothing of the engine is used here. */
export interface Ring<T> {
  readonly of: (x: number) => T
  readonly add: (a: T, b: T) => T
  readonly mul: (a: T, b: T) => T
  readonly div: (a: T, b: T) => T
  /** A function of the expression text; rings of exact numbers have none. */
  readonly call: (name: string, args: readonly T[]) => T
}

const FUNCTIONS: Readonly<Record<string, (...args: readonly number[]) => number>> = {
  exp: Math.exp, log: Math.log, sqrt: Math.sqrt, sin: Math.sin, cos: Math.cos, tan: Math.tan, tanh: Math.tanh, sinh: Math.sinh,
  cosh: Math.cosh, atan: Math.atan, abs: Math.abs, sign: Math.sign, min: Math.min, max: Math.max,
}

export const DOUBLES: Ring<number> = {
  of: (x) => x,
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  call: (name, args) => {
    const f = FUNCTIONS[name]
    if (f === undefined) throw new Error(`no function ${name}`)
    return f(...args)
  },
}

const noFunctions = (name: string): never => {
  throw new Error(`${name} has no exact values`)
}

/** The largest whole number whose square is not above another, by Newton's method from above. */
function wholeRoot(n: bigint): bigint {
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1)
  for (let next = (x + n / x) >> 1n; next < x; next = (x + n / x) >> 1n) x = next
  return x
}

/** Fixed-point numbers with so many binary places. */
export const fixedPoint = (places: bigint): Ring<bigint> => ({
  of: (x) => {
    const scaled = x * 2 ** 40
    if (!Number.isInteger(scaled)) throw new Error(`${x} is no dyadic number`)
    return BigInt(scaled) << (places - 40n)
  },
  add: (a, b) => a + b,
  mul: (a, b) => (a * b) >> places,
  div: (a, b) => (a << places) / b,
  call: (name, [a = 0n]) => (name === 'sqrt' && a > 0n ? wholeRoot(a << places) : noFunctions(name)),
})

/** Power series in one variable, truncated after `length` terms. */
export function powerSeries<T>(base: Ring<T>, length: number): Ring<readonly T[]> {
  const zero = base.of(0)
  const entry = (a: readonly T[], i: number): T => a[i] ?? zero
  const convolve = (a: readonly T[], b: readonly T[], k: number, from: number): T => {
    let sum = zero
    for (let j = from; j <= k; j += 1) sum = base.add(sum, base.mul(entry(a, j), entry(b, k - j)))
    return sum
  }
  const indices = Array.from({ length }, (_, k) => k)
  const minus = base.of(-1)
  return {
    of: (x) => indices.map((k) => (k === 0 ? base.of(x) : zero)),
    add: (a, b) => indices.map((k) => base.add(entry(a, k), entry(b, k))),
    mul: (a, b) => indices.map((k) => convolve(a, b, k, 0)),
    div: (a, b) => {
      const quotient: T[] = []
      for (const k of indices) quotient.push(base.div(base.add(entry(a, k), base.mul(minus, convolve(b, [...quotient, zero], k, 1))), entry(b, 0)))
      return quotient
    },
    call: noFunctions,
  }
}

/**
 * Numbers a + Σ_S a_S ε_S with εᵢ² = 0, by subset of 1 … n: the coefficient of ε₁⋯εₙ in f(x + Σ εᵢ xᵢ) is Dⁿf(x₁, …, xₙ), exactly.
 */
export function hyperdual(n: number): Ring<Float64Array> {
  const size = 2 ** n
  const mul = (a: Float64Array, b: Float64Array): Float64Array => {
    const out = new Float64Array(size)
    for (let s = 0; s < size; s += 1) {
      let sum = (a[0] ?? 0) * (b[s] ?? 0)
      for (let part = s; part > 0; part = (part - 1) & s) sum += (a[part] ?? 0) * (b[s ^ part] ?? 0)
      out[s] = sum
    }
    return out
  }
  const add = (a: Float64Array, b: Float64Array): Float64Array => a.map((x, i) => x + (b[i] ?? 0))
  const of = (x: number): Float64Array => {
    const out = new Float64Array(size)
    out[0] = x
    return out
  }
  /** f(a + δ) = Σ f⁽ᵏ⁾(a) δᵏ/k!, from the Taylor coefficients at a; δⁿ⁺¹ = 0. */
  const compose = (taylor: (k: number) => number, a: Float64Array): Float64Array => {
    const delta = a.map((x, i) => (i === 0 ? 0 : x))
    let [sum, power] = [of(0), of(1)]
    for (let k = 0; k <= n; k += 1) {
      sum = add(sum, mul(of(taylor(k)), power))
      power = mul(power, delta)
    }
    return sum
  }
  const binomial = (r: number, k: number): number => (k === 0 ? 1 : (binomial(r, k - 1) * (r - k + 1)) / k)
  const factorial = (k: number): number => (k <= 1 ? 1 : k * factorial(k - 1))
  const power = (a: Float64Array, r: number): Float64Array => compose((k) => binomial(r, k) * (a[0] ?? 0) ** (r - k), a)
  const call = (name: string, args: readonly Float64Array[]): Float64Array => {
    const [a = of(0)] = args
    const x = a[0] ?? 0
    if (name === 'exp') return compose((k) => Math.exp(x) / factorial(k), a)
    if (name === 'sqrt') return power(a, 1 / 2)
    if (name === 'sin') return compose((k) => Math.sin(x + (k * Math.PI) / 2) / factorial(k), a)
    throw new Error(`no derivatives of ${name}`)
  }
  return { of, add, mul, div: (a, b) => mul(a, power(b, -1)), call }
}
