import { createRequire } from 'node:module'
import { InputError } from '../errors.js'
import { call, num, pow, sym, symbolsOf } from './build.js'
import { subexpressions, substitute } from './calculus.js'
import type { Expr } from './expr.js'
import { toText } from './print.js'
import { remembered } from './memo.js'
import { readExpr } from './read.js'
import type { Syntax } from './syntax.js'

type Nerdamer = ((expression: string) => { toString(): string }) & { set(setting: string, value: boolean): unknown }

const isNerdamer = (loaded: unknown): loaded is Nerdamer => typeof loaded === 'function'

let loaded: Nerdamer | undefined

function load(): Nerdamer {
  const core: unknown = createRequire(import.meta.url)('nerdamer/all')
  if (!isNerdamer(core)) throw new TypeError('nerdamer is not a function')
  core.set('SILENCE_WARNINGS', true) // it would print to the console where it finds no integral
  return core
}

/** The reciprocal circular functions that nerdamer answers with and the expression text does not have. */
const RECIPROCAL: ReadonlyMap<string, (x: Expr) => Expr> = new Map([
  ['sec', (x: Expr) => pow(call('cos', x), num(-1))],
  ['csc', (x: Expr) => pow(call('sin', x), num(-1))],
  ['cot', (x: Expr) => pow(call('tan', x), num(-1))],
])

function reciprocal(name: string, args: readonly Syntax[], recurse: (argument: Syntax) => Expr): Expr | undefined {
  const [x] = args
  return x === undefined ? undefined : RECIPROCAL.get(name)?.(recurse(x))
}

/** What nerdamer is given at most: it can take very long on more. */
const LARGEST = 40

/**
 * What nerdamer gives for ∫ e d(variable) — it may be wrong, so the caller has to verify it. Names are replaced by letters that mean
 * nothing to nerdamer. Undefined if it finds nothing or answers with something outside the expression text.
 */
export function nerdamerIntegral(e: Expr, variable: string): Expr | undefined {
  if ([...subexpressions(e)].some((x) => !ACCEPTED.has(x.kind)) || subexpressions(e).size > LARGEST) return undefined
  const names = [...new Set([variable, ...symbolsOf(e)])]
  const letters = new Map(names.map((name, i) => [name, `v${i}`]))
  const there = substitute(e, Object.fromEntries([...letters].map(([name, letter]) => [name, sym(letter)])))
  const back = Object.fromEntries([...letters].map(([name, letter]) => [letter, sym(name)]))
  const answer = integralOver(there)
  return answer === undefined ? undefined : substitute(answer, back)
}

/** The letter that the variable of integration has, being the first name. */
const VARIABLE = 'v0'

/** nerdamer's answer to an integrand in letters: the laws of one rule ask for the same integrals again and again. */
const integralOver = remembered((integrand) => {
  loaded ??= load()
  try {
    return readExpr(loaded(`integrate(${toText(integrand)}, ${VARIABLE})`).toString(), { resolveCall: reciprocal })
  } catch (error) {
    if (error instanceof InputError || isNerdamerFailure(error)) return undefined
    throw error
  }
})

const ACCEPTED = new Set<Expr['kind']>(['number', 'constant', 'symbol', 'sum', 'product', 'call'])

/** nerdamer reports what it cannot do by errors of its own and, inside deep recursions, by ones of the engine. */
const isNerdamerFailure = (error: unknown): boolean => error instanceof Error
