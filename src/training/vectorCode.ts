import { type Expr, type FunctionName, type Term } from '../algebra/expr.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import { toText } from '../algebra/print.js'
import { toNumber } from '../algebra/rational.js'

/** Components of a vector over all parameters, in the precision it is kept in. */
export type Real = Float32Array | Float64Array

/** Everything names stand for while a program runs. */
export interface Surroundings {
  readonly vectors: Map<string, Real>
  readonly numbers: Record<string, number>
  readonly size: number
}

/** Writes one vector's components. */
export type VectorCode = (out: Float64Array) => void

export const parts = (e: Expr): readonly Expr[] => {
  if (e.kind === 'sum') return e.terms.map((term) => term.factor)
  if (e.kind === 'product') return e.factors.flatMap((factor) => [factor.base, factor.exponent])
  return e.kind === 'call' ? e.args : []
}

/** Whether a vector stands anywhere in an expression. */
export function mentionsVector(e: Expr, around: Surroundings): boolean {
  return e.kind === 'symbol' ? around.vectors.has(e.name) : parts(e).some((part) => mentionsVector(part, around))
}

/** Code for an expression that mentions a vector. */
export function vectorCode(e: Expr, around: Surroundings): VectorCode {
  switch (e.kind) {
    case 'symbol': {
      const source = around.vectors.get(e.name)
      if (source === undefined) throw new Error(`${e.name} is no vector`)
      return (out) => out.set(source)
    }
    case 'sum': {
      const constant = toNumber(e.constant)
      const terms = e.terms.map((term) => termCode(term, around))
      return (out) => {
        out.fill(constant)
        for (const add of terms) add(out)
      }
    }
    case 'product': {
      const add = termCode({ coefficient: { num: 1n, den: 1n }, factor: e }, around)
      return (out) => {
        out.fill(0)
        add(out)
      }
    }
    case 'call':
      return callCode(e.name, e.args.map((argument) => operand(argument, around)))
    default:
      throw new Error(`no vector in ${toText(e)}`)
  }
}

/** Adds coefficient · factor to `out`, numbers in the product multiplied together first. */
function termCode({ coefficient, factor }: Term, around: Surroundings): VectorCode {
  const factors = factor.kind === 'product' ? factor.factors : []
  const numbers = factors.filter((f) => !mentionsVector(f.base, around) && !mentionsVector(f.exponent, around))
  const vectors = factors.filter((f) => !numbers.includes(f))
  const scale = toNumber(coefficient)
  const number = (): number => numbers.reduce((p, f) => p * evaluateNumber(f.base, around.numbers) ** evaluateNumber(f.exponent, around.numbers), scale)
  if (factor.kind !== 'product' && !mentionsVector(factor, around)) {
    return (out) => {
      const addend = scale * evaluateNumber(factor, around.numbers)
      for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) + addend
    }
  }
  const operands = factor.kind === 'product' ? vectors.map((f) => powerOperand(f.base, f.exponent, around)) : [operand(factor, around)]
  const [first, ...rest] = operands
  if (first === undefined) return (out) => addConstant(out, number())
  if (rest.length === 0) return (out) => addMultiple(out, number(), first())
  const result = new Float64Array(around.size)
  return (out) => {
    result.set(first())
    for (const next of rest) multiply(result, next())
    addMultiple(out, number(), result)
  }
}

/** Gives a vector: the stored one for a name, else one computed into a buffer of its own. */
export type Operand = () => Real

export function operand(e: Expr, around: Surroundings): Operand {
  const stored = e.kind === 'symbol' ? around.vectors.get(e.name) : undefined
  if (stored !== undefined) return () => stored
  const buffer = new Float64Array(around.size)
  if (!mentionsVector(e, around)) return () => buffer.fill(evaluateNumber(e, around.numbers))
  const run = vectorCode(e, around)
  return () => {
    run(buffer)
    return buffer
  }
}

function powerOperand(base: Expr, exponent: Expr, around: Surroundings): Operand {
  const power = exponent.kind === 'number' ? toNumber(exponent.value) : undefined
  const x = operand(base, around)
  if (power === 1) return x
  const buffer = new Float64Array(around.size)
  const p = operand(exponent, around)
  if (power !== undefined) return () => elementwise(buffer, x(), x(), POWERS.get(power) ?? ((value) => value ** power))
  return () => elementwise(buffer, x(), p(), Math.pow)
}

/** Powers that have an exactly rounded operation of their own. */
const POWERS: ReadonlyMap<number, (x: number) => number> = new Map([
  [2, (x: number) => x * x],
  [-1, (x: number) => 1 / x],
  [1 / 2, Math.sqrt],
  [-1 / 2, (x: number) => 1 / Math.sqrt(x)],
])

function callCode(name: FunctionName, [first, second = first]: readonly Operand[]): VectorCode {
  if (first === undefined || second === undefined) throw new Error(`${name} needs an argument`)
  return (out) => void elementwise(out, first(), second(), Math[name])
}

function elementwise(out: Float64Array, x: Real, y: Real, f: (x: number, y: number) => number): Float64Array {
  for (let i = 0; i < out.length; i++) out[i] = f(x[i] ?? 0, y[i] ?? 0)
  return out
}

function addConstant(out: Float64Array, c: number): void {
  for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) + c
}

function addMultiple(out: Float64Array, factor: number, x: Real): void {
  for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) + factor * (x[i] ?? 0)
}

function multiply(out: Float64Array, x: Real): void {
  for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) * (x[i] ?? 0)
}
