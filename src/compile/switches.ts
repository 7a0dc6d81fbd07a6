import { HALF, ZERO, add, call, div, mul, neg, num, pow, sub, sym } from '../algebra/build.js'
import { differentiate } from '../algebra/calculus.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { rememberedByObject } from '../algebra/memo.js'
import { partsOf, symbolsOf } from '../algebra/parts.js'
import { isIntegerR } from '../algebra/rational.js'
import { toText } from '../algebra/text.js'

/** A part of an expression that jumps or bends where its argument passes zero; that of ⌊x⌋ is how far x is from a whole number. */
export interface Switch {
  readonly kind: 'sign' | 'abs' | 'floor' | 'min' | 'max' | 'root'
  readonly within: Expr
  readonly argument: Expr
}

/** All distinct parts of expressions. */
export function everyPart(expressions: readonly Expr[]): ReadonlySet<Expr> {
  const seen = new Set<Expr>()
  const pending = [...expressions]
  for (let e = pending.pop(); e !== undefined; e = pending.pop()) {
    if (seen.has(e)) continue
    seen.add(e)
    for (const part of partsOf(e)) pending.push(part)
  }
  return seen
}

/** Whether a power is that of an even power, so that its base touches zero without passing it: sqrt(x^2). */
const isEven = (exponent: Expr): boolean =>
  exponent.kind === 'number' && isIntegerR(exponent.value) && exponent.value.num % 2n === 0n
const isBroken = (exponent: Expr): boolean => exponent.kind !== 'number' || !isIntegerR(exponent.value)

function switchesIn(e: Expr): readonly Switch[] {
  if (e.kind === 'product')
    return e.factors.flatMap(({ base, exponent }) => (!isBroken(exponent) || base.kind !== 'product' ? [] : base.factors)
      .filter((inner) => isEven(inner.exponent)).map((inner) => ({ kind: 'root', within: e, argument: inner.base })))
  if (e.kind !== 'call') return []
  const [x, y] = e.args
  if (x === undefined) return []
  if (e.name === 'sign' || e.name === 'abs') return [{ kind: e.name, within: e, argument: x }]
  if (e.name === 'floor') return [{ kind: 'floor', within: e, argument: sub(x, call('floor', add(x, HALF))) }]
  return (e.name === 'min' || e.name === 'max') && y !== undefined ? [{ kind: e.name, within: e, argument: sub(x, y) }] : []
}

/** The switches in expressions. */
export const switchesOf = (expressions: readonly Expr[]): readonly Switch[] => [...everyPart(expressions)].flatMap(switchesIn)

const isSmoothPart = (e: Expr): boolean => switchesIn(e).length === 0 && (e.kind !== 'product' || e.factors.every(({ base, exponent }) =>
  base.kind === 'number' || base.kind === 'constant' || !isBroken(exponent)))

/** Whether expressions have derivatives of every order wherever they are finite: without switches, roots and other broken powers. */
export const isSmooth = rememberedByObject((expressions: readonly Expr[]): boolean => [...everyPart(expressions)].every(isSmoothPart))

/** Whether expressions may have derivatives, or values, that are not finite: by a logarithm or a power other than 1, 2, … of what may vanish. */
export const hasSingularities = (expressions: readonly Expr[]): boolean => [...everyPart(expressions)].some((e) =>
  (e.kind === 'call' && e.name === 'log') || (e.kind === 'product' && e.factors.some(({ base, exponent }) =>
    symbolsOf(base).size > 0 && (isBroken(exponent) || (exponent.kind === 'number' && exponent.value.num < 0n)))))

/**
 * Whether expressions have roots of what may pass or touch zero, where a power series goes on with the other branch. No numbers, and no
 * negative powers: where their base vanishes there is no solution that goes on.
 */
export const branches = (expressions: readonly Expr[]): boolean => [...everyPart(expressions)].some((e) =>
  e.kind === 'product' && e.factors.some(({ base, exponent }) =>
    symbolsOf(base).size > 0 && isBroken(exponent) && !(exponent.kind === 'number' && exponent.value.num < 0n)))

const WIDTH = sym('w')

/** What a remedy proposes in place of a switch: the same away from zero, smooth over a width w. */
function smoothed({ kind, within, argument }: Switch): string {
  const size = pow(add(pow(argument, num(2)), pow(WIDTH, num(2))), HALF)
  if (kind === 'sign') return `${toText(call('tanh', div(argument, WIDTH)))} for ${toText(within)}`
  if (kind === 'floor') return `${toText(add(call('floor', add(...partsOf(within), HALF)), mul(HALF, sub(call('tanh', div(argument, WIDTH)), num(1)))))} for ${toText(within)}`
  if (kind === 'abs' || kind === 'root' || within.kind !== 'call') return `${toText(size)} for the size of ${toText(argument)}`
  return `${toText(mul(HALF, add(...within.args, kind === 'min' ? neg(size) : size)))} for ${toText(within)}`
}

/** How far from zero a switch may be to count, in parts of its argument's terms and in steps. */
const NEAR = { part: 1e-6, least: 1e-9, steps: 4 } as const

/**
 * The switches that turn about a point, nearest first, in words.
 * @param values of states, parameters, signals and time by name.
 * @param step size of the steps that lead about it.
 * @returns undefined if none is near.
 */
export function turning(
  rates: readonly Expr[], states: readonly string[], values: Readonly<Record<string, number>>, step: number,
): { readonly where: string; readonly smooth: string } | undefined {
  const speed = new Map(states.map((name, i) => [name, Math.abs(evaluateNumber(rates[i] ?? ZERO, values))]))
  const reach = (argument: Expr): number => [...symbolsOf(argument)].reduce((sum, name) => {
    const slope = Math.abs(evaluateNumber(differentiate(argument, name), values))
    return sum + slope * (NEAR.part * Math.abs(values[name] ?? 0) + NEAR.least + NEAR.steps * step * (speed.get(name) ?? 1))
  }, 0)
  const near = switchesOf(rates)
    .map((s) => ({ s, distance: Math.abs(evaluateNumber(s.argument, values)) / reach(s.argument) }))
    .filter(({ distance }) => distance <= 1).toSorted((a, b) => a.distance - b.distance)
  const [nearest] = near
  if (nearest === undefined) return undefined
  return { where: toText(nearest.s.argument), smooth: smoothed(nearest.s) }
}
