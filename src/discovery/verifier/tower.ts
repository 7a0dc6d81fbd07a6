import { minus, plus, times } from './residue.js'

/**
 * Numbers a_∅ + Σ a_S ε_S with ε₁² = ε₂² = … = 0, as 2^m coefficients indexed by the bits of S: nested dual numbers, in which a polynomial
 * evaluated at θ + εv carries its derivative along v.
 */
export type Tower = readonly number[]

export const constantTower = (a: number, level: number): Tower => Array.from({ length: 2 ** level }, (_, s) => (s === 0 ? a : 0))
export const addTower = (a: Tower, b: Tower): Tower => a.map((x, s) => plus(x, b[s] ?? 0))
export const subtractTower = (a: Tower, b: Tower): Tower => a.map((x, s) => minus(x, b[s] ?? 0))

export function multiplyTower(a: Tower, b: Tower): Tower {
  return a.map((_, s) => {
    let sum = 0
    for (let part = s; ; part = (part - 1) & s) {
      sum = plus(sum, times(a[part] ?? 0, b[s ^ part] ?? 0))
      if (part === 0) return sum
    }
  })
}

const powerTower = (a: Tower, n: number, level: number): Tower =>
  n === 0 ? constantTower(1, level) : multiplyTower(a, powerTower(a, n - 1, level))

/** A network of the compact form, as the verifier reads it. */
export interface Shape {
  readonly layers: readonly number[]
  readonly bias: boolean
  /** 1 for linear and gated networks. */
  readonly power: number
  readonly gated: boolean
}

/** One datum: input, weights of the outputs, and for gated networks a factor for every hidden unit and for every layer's biases. */
export interface Datum {
  readonly input: readonly number[]
  readonly output: readonly number[]
  readonly gates: readonly (readonly number[])[]
  readonly biasGates: readonly number[]
}

export function parameterCount({ layers, bias }: Shape): number {
  return layers.slice(1).reduce((sum, w, l) => sum + w * (layers[l] ?? 0) + (bias && l < layers.length - 2 ? w : 0), 0)
}

export function randomDatum({ layers, gated }: Shape, draw: () => number): Datum {
  const list = (n: number): readonly number[] => Array.from({ length: n }, draw)
  return {
    input: list(layers[0] ?? 0),
    output: list(layers.at(-1) ?? 0),
    gates: layers.map((w) => (gated ? list(w) : Array.from({ length: w }, () => 1))),
    biasGates: layers.map(() => (gated ? draw() : 1)),
  }
}

/**
 * Gradient of y·f(x) by back-propagation written out layer by layer, over nested dual numbers; the parameters are W₁ (rows are inputs), b₁, W₂, …
 */
export function datumGradient(shape: Shape, datum: Datum, theta: readonly Tower[], level: number): readonly Tower[] {
  const { layers, bias, power } = shape
  const zero = constantTower(0, level)
  const entry = (at: number): Tower => theta[at] ?? zero
  const last = layers.length - 1
  const offsets: number[] = []
  const below: (readonly Tower[])[] = []
  const sums: (readonly Tower[])[] = []
  let units: readonly Tower[] = datum.input.map((x) => constantTower(x, level))
  let next = 0
  for (let l = 1; l <= last; l++) {
    const width = layers[l] ?? 0
    offsets[l] = next
    below[l] = units
    const biases = next + units.length * width
    sums[l] = Array.from({ length: width }, (_, j) => {
      const start = bias && l < last ? multiplyTower(constantTower(datum.biasGates[l] ?? 1, level), entry(biases + j)) : zero
      return units.reduce((sum, h, i) => addTower(sum, multiplyTower(h, entry((offsets[l] ?? 0) + i * width + j))), start)
    })
    next = biases + (bias && l < last ? width : 0)
    units = (sums[l] ?? []).map((z, j) => multiplyTower(constantTower(datum.gates[l]?.[j] ?? 1, level), powerTower(z, power, level)))
  }
  const gradient: Tower[] = Array.from({ length: next }, () => zero)
  let slopes: readonly Tower[] = datum.output.map((y) => constantTower(y, level))
  for (let l = last; l >= 1; l--) {
    const width = layers[l] ?? 0
    if (l < last) {
      slopes = slopes.map((s, j) => {
        const factor = constantTower(times(datum.gates[l]?.[j] ?? 1, power), level)
        return multiplyTower(s, multiplyTower(factor, powerTower(sums[l]?.[j] ?? zero, power - 1, level)))
      })
      const biases = (offsets[l] ?? 0) + (below[l]?.length ?? 0) * width
      if (bias) for (const [j, s] of slopes.entries()) gradient[biases + j] = multiplyTower(s, constantTower(datum.biasGates[l] ?? 1, level))
    }
    const at = offsets[l] ?? 0
    for (const [i, h] of (below[l] ?? []).entries()) for (const [j, s] of slopes.entries()) gradient[at + i * width + j] = multiplyTower(h, s)
    slopes = (below[l] ?? []).map((_, i) =>
      slopes.reduce((sum, s, j) => addTower(sum, multiplyTower(s, entry(at + i * width + j))), zero),
    )
  }
  return gradient
}

const widened = (theta: readonly Tower[], direction: readonly Tower[]): readonly Tower[] => theta.map((x, i) => [...x, ...(direction[i] ?? [])])
const upper = (v: readonly Tower[]): readonly Tower[] => v.map((x) => x.slice(x.length / 2))
const lower = (v: readonly Tower[]): readonly Tower[] => v.map((x) => x.slice(0, x.length / 2))

/** The gradient of one member of a family of functions, over nested dual numbers. */
export type GradientOf<Member> = (member: Member, theta: readonly Tower[], level: number) => readonly Tower[]

/** The right-nested bracket [X₁, [X₂, … Xₖ]] of gradient fields at a point, from [X, Z] = DZ·X − DX·Z. */
export function nestedBracket<Member>(gradient: GradientOf<Member>, members: readonly Member[], theta: readonly Tower[], level: number): readonly Tower[] {
  const [first, ...rest] = members
  if (first === undefined) return []
  const outer = gradient(first, theta, level)
  if (rest.length === 0) return outer
  const inner = nestedBracket(gradient, rest, widened(theta, outer), level + 1)
  const change = upper(gradient(first, widened(theta, lower(inner)), level + 1))
  return upper(inner).map((x, i) => subtractTower(x, change[i] ?? constantTower(0, level)))
}

export const pointTowers = (point: readonly number[]): readonly Tower[] => point.map((x) => [x])
