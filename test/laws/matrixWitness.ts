import { diag, dotMultiply, evaluate, exp, expm, isMatrix as isDense, matrix, sum } from 'mathjs'

/** Plain matrices: another algorithm than the engine's, with another library reading the laws. */
export type Plain = readonly (readonly number[])[]
export type Blocks = Readonly<Record<string, Plain>>

export const transpose = (a: Plain): Plain => (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? 0))
export const multiply = (a: Plain, b: Plain): Plain => a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] ?? 0), 0)))
export const combine = (x: number, a: Plain, y: number, b: Plain): Plain => a.map((row, i) => row.map((value, j) => x * value + y * (b[i]?.[j] ?? 0)))
export const map = (a: Plain, f: (x: number) => number): Plain => a.map((row) => row.map(f))

/** Reproducible numbers in (−1, 1). */
export function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return (2 * state) / 2147483647 - 1
  }
}

export const random = (rows: number, columns: number, next: () => number): Plain => Array.from({ length: rows }, () => Array.from({ length: columns }, next))

/** ⟨x, y⟩ of matrices of one shape. */
const inner = (x: never, y: never): unknown => sum(dotMultiply(x, y))

/** A law's text with numbers in its names, as a matrix (1×1 for a scalar); `exp` of a matrix is the matrix exponential. */
export function evaluateText(text: string, scope: Readonly<Record<string, number | Plain>>): Plain {
  const values = Object.entries(scope).map(([name, x]) => [name, typeof x === 'number' ? x : matrix(x.map((row) => [...row]))] as const)
  const functions = {
    exp: (x: never) => (isDense(x) ? expm(x) : exp(x)),
    diag: (x: never) => diag(diag(x)),
    norm2: (x: never) => inner(x, x),
    dot: inner,
  }
  const value: unknown = evaluate(text, { ...Object.fromEntries(values), ...functions })
  if (typeof value === 'number') return [[value]]
  const plain: unknown = isDense(value) ? value.toArray() : value
  if (!Array.isArray(plain)) throw new Error(`${text} is no matrix`)
  return plain.map((row: unknown) => (Array.isArray(row) ? row.map(Number) : [Number(row)]))
}

export const largest = (a: Plain): number => Math.max(...a.flat().map(Math.abs))
export const distance = (a: Plain, b: Plain): number => largest(combine(1, a, -1, b)) / Math.max(1, largest(a), largest(b))

/** A loss with its gradient. */
export interface Loss {
  readonly start: Blocks
  readonly value: (theta: Blocks) => number
  readonly gradient: (theta: Blocks) => Blocks
}

const half = (residual: Plain): number => residual.flat().reduce((sum, x) => sum + (x * x) / 2, 0)
const of = (blocks: Blocks, name: string): Plain => blocks[name] ?? []

/** ½|W₂W₁X − Y|². */
export function deepLinear(seed: number): Loss {
  const next = numbers(seed)
  const [X, Y] = [random(2, 5, next), random(2, 5, next)]
  const residual = (t: Blocks): Plain => combine(1, multiply(multiply(of(t, 'W2'), of(t, 'W1')), X), -1, Y)
  return {
    start: { W1: random(3, 2, next), W2: random(2, 3, next) },
    value: (t) => half(residual(t)),
    gradient: (t) => ({
      W1: multiply(multiply(transpose(of(t, 'W2')), residual(t)), transpose(X)),
      W2: multiply(residual(t), transpose(multiply(of(t, 'W1'), X))),
    }),
  }
}

/** ½|QᵀK − T|²: the scores of an attention head. */
export function attentionScores(seed: number): Loss {
  const next = numbers(seed)
  const T = random(4, 4, next)
  const residual = (t: Blocks): Plain => combine(1, multiply(transpose(of(t, 'Q')), of(t, 'K')), -1, T)
  return {
    start: { Q: random(2, 4, next), K: random(2, 4, next) },
    value: (t) => half(residual(t)),
    gradient: (t) => ({ Q: multiply(of(t, 'K'), transpose(residual(t))), K: multiply(of(t, 'Q'), residual(t)) }),
  }
}

/** ½|aᵀ ReLU(WX + b1ᵀ) − Y|²: a layer of neurons with biases. */
export function reluLayer(seed: number): Loss {
  const next = numbers(seed)
  const [X, Y, one] = [random(2, 6, next), random(1, 6, next), [[1, 1, 1, 1, 1, 1]]]
  const preactivation = (t: Blocks): Plain => combine(1, multiply(of(t, 'W'), X), 1, multiply(of(t, 'b'), one))
  const hidden = (t: Blocks): Plain => map(preactivation(t), (x) => Math.max(x, 0))
  const residual = (t: Blocks): Plain => combine(1, multiply(transpose(of(t, 'a')), hidden(t)), -1, Y)
  return {
    start: { W: random(3, 2, next), b: random(3, 1, next), a: random(3, 1, next) },
    value: (t) => half(residual(t)),
    gradient: (t) => {
      const open = map(preactivation(t), (x) => (x > 0 ? 1 : 0))
      const back = multiply(of(t, 'a'), residual(t)).map((row, i) => row.map((x, j) => x * (open[i]?.[j] ?? 0)))
      return { W: multiply(back, transpose(X)), b: multiply(back, transpose(one)), a: multiply(hidden(t), transpose(residual(t))) }
    },
  }
}

/** ½|WWᵀ − T|²: invariant under rotations from the right. */
export function gram(seed: number): Loss {
  const next = numbers(seed)
  const S = random(3, 3, next)
  const T = combine(0.5, S, 0.5, transpose(S))
  const residual = (t: Blocks): Plain => combine(1, multiply(of(t, 'W'), transpose(of(t, 'W'))), -1, T)
  return {
    start: { W: random(3, 2, next) },
    value: (t) => half(residual(t)),
    gradient: (t) => ({ W: map(multiply(residual(t), of(t, 'W')), (x) => 2 * x) }),
  }
}

/** ½|UUᵀ + VᵀV − T|²: U and Vᵀ may be rotated into each other. */
export function exchanged(seed: number): Loss {
  const next = numbers(seed)
  const S = random(3, 3, next)
  const T = combine(0.5, S, 0.5, transpose(S))
  const residual = (t: Blocks): Plain => combine(1, combine(1, multiply(of(t, 'U'), transpose(of(t, 'U'))), 1, multiply(transpose(of(t, 'V')), of(t, 'V'))), -1, T)
  return {
    start: { U: random(3, 2, next), V: random(2, 3, next) },
    value: (t) => half(residual(t)),
    gradient: (t) => ({ U: map(multiply(residual(t), of(t, 'U')), (x) => 2 * x), V: map(multiply(of(t, 'V'), residual(t)), (x) => 2 * x) }),
  }
}
