import { ZERO, atom as opaque, mul, sym } from '../algebra/build.js'
import { atomsOf, substitute, symbolsOf } from '../algebra/calculus.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { nearest } from '../algebra/nearest.js'
import { readExpr } from '../algebra/read.js'
import { InputError } from '../errors.js'
import { Contraction } from '../jets/contraction.js'
import { componentsOf } from '../jets/elementwise.js'
import { vectorText } from '../jets/notation.js'
import { NO_NAMES, type Vocabulary, readVector } from '../jets/read.js'
import { substituteScalars } from '../jets/substitute.js'
import { type Vector, type VectorAtom, variable, vectorOf } from '../jets/vector.js'
import { RULES } from './catalogue.js'
import type { RuleProgram, RuleStep } from './program.js'

/** What a problem says of a rule: a name with hyperparameters, or states and update equations. */
export interface RuleStatement {
  readonly name?: string | undefined
  readonly state?: Readonly<Record<string, string>> | undefined
  readonly update?: Readonly<Record<string, string>> | undefined
  readonly [hyperparameter: string]: unknown
}

/** One update: `name` takes the value, in which `x_next` is the new value of an already updated x. */
export interface Update {
  readonly name: string
  readonly value: Vector
}

/** A learning rule: a discrete map of θ and its states driven by the gradient. */
export interface Rule {
  readonly name: string
  readonly summary: string
  readonly source: string
  readonly states: readonly { readonly name: string; readonly initial: number }[]
  readonly updates: readonly Update[]
  /** Scalar symbols of the update equations, the step number k excluded. */
  readonly hyperparameters: readonly string[]
  readonly continuous: boolean
  /** Whether an update depends on the step number k. */
  readonly schedule: boolean
  readonly names: Vocabulary
}

/** The name of a variable's value after its update. */
export const nextName = (name: string): string => `${name}_next`

function known(name: string, given: RuleStatement) {
  const found = Object.hasOwn(RULES, name) ? RULES[name] : undefined
  if (found !== undefined || given.update !== undefined) return found
  const guess = nearest(name, Object.keys(RULES))
  throw new InputError(`unknown learning rule '${name}'`, `${guess === undefined ? '' : `did you mean ${guess}? `}known are ${Object.keys(RULES).join(', ')}; or give update equations`)
}

/** Values of hyperparameters as the statement gives them: numbers and expression texts. */
function valuesOf(statement: RuleStatement, defaults: Readonly<Record<string, string>>): ReadonlyMap<string, Expr> {
  const given = Object.entries(statement).filter(([key]) => !['name', 'state', 'update'].includes(key))
  const texts = given.map(([key, value]) => {
    if (typeof value !== 'number' && typeof value !== 'string')
      throw new InputError(`the hyperparameter ${key} is neither a number nor expression text`, `write e.g. ${key}: 0.1 or ${key}: ${key}`)
    if ((key === 'eta' || key === 'lambda') && Number(value) < 0)
      throw new InputError(`${key} = ${value} is negative`, `${key === 'eta' ? 'a learning rate' : 'a weight decay'} is positive or zero`)
    return [key, String(value)] as const
  })
  return new Map([...Object.entries(defaults), ...texts].map(([key, text]) => [key, readExpr(text)]))
}

/**
 * Reads a rule. Numbers given for hyperparameters are put in exactly; `keepSymbols` keeps them as symbols where they are not 0 or 1
 * (a paper's formulas), the numbers then belong to the run.
 * @throws InputError for unknown rules, hyperparameters that do not occur, updates that are no vectors.
 */
export function readRule(statement: RuleStatement, sets: Vocabulary['sets'] = {}, keepSymbols = false): Rule {
  const name = statement.name ?? 'custom'
  const text = known(name, statement)
  const state = statement.state ?? text?.state ?? {}
  const update = statement.update ?? text?.update ?? {}
  const states = Object.entries(state).map(([key, value]) => ({ name: key, initial: evaluateNumber(readExpr(value), {}) }))
  const updates = readUpdates(update, states.map((s) => s.name), sets)
  const values = valuesOf(statement, text?.defaults ?? {})
  const used = new Set(updates.flatMap((u) => hyperparametersIn(u.value)))
  for (const key of values.keys()) {
    if (used.has(key) || Object.hasOwn(text?.defaults ?? {}, key)) continue
    const guess = nearest(key, [...used])
    throw new InputError(`the rule ${name} has no hyperparameter '${key}'`, guess === undefined ? `it has ${[...used].join(', ')}` : `did you mean ${guess}?`)
  }
  const substituted = new Map([...values].filter(([, v]) => !keepSymbols || v.kind !== 'number' || v.value.num === 0n || (v.value.num === 1n && v.value.den === 1n)).map(([k, v]) => [sym(k), v]))
  const settled = updates.map((u) => ({ name: u.name, value: substituteScalars(u.value, substituted) }))
  return {
    name,
    summary: text?.summary ?? 'update equations of the problem',
    source: text?.source ?? '',
    states,
    updates: settled,
    hyperparameters: [...new Set(settled.flatMap((u) => hyperparametersIn(u.value)))].filter((h) => h !== 'k').sort(),
    continuous: text?.continuous ?? false,
    schedule: settled.some((u) => hyperparametersIn(u.value).includes('k')),
    names: { ...NO_NAMES, sets, vectors: Object.fromEntries(states.map((s) => [s.name, variable(s.name)])) },
  }
}

function readUpdates(update: Readonly<Record<string, string>>, states: readonly string[], sets: Vocabulary['sets']): readonly Update[] {
  if (!Object.hasOwn(update, 'theta')) throw new InputError('the rule does not update theta', 'add an equation such as theta: "theta - eta*g"')
  const done = new Set<string>()
  return Object.entries(update).map(([name, text]) => {
    if (name !== 'theta' && !states.includes(name))
      throw new InputError(`the update of '${name}', which is no state`, `list it under state with its initial value, e.g. state: { ${name}: 0 }`)
    const vectors = Object.fromEntries(states.map((s) => [s, variable(done.has(s) ? nextName(s) : s)]))
    const value = readVector(text, { vectors: done.has('theta') ? { ...vectors, theta: variable(nextName('theta')) } : vectors, sets, operators: {} })
    done.add(name)
    return { name, value }
  })
}

function hyperparametersIn(x: Vector): readonly string[] {
  const ofAtom = (a: VectorAtom): readonly string[] =>
    a.kind === 'elementwise'
      ? [...[...symbolsOf(a.body)].filter((s) => !s.startsWith('_')), ...atomsOf(a.body).flatMap(ofOpaque), ...a.args.flatMap(ofAtom)]
      : a.kind === 'apply' ? ofAtom(a.argument) : []
  const ofOpaque = (o: object): readonly string[] => (o instanceof Contraction ? [...ofAtom(o.left), ...ofAtom(o.right)] : [])
  return x.terms.flatMap((t) => [...symbolsOf(t.coefficient), ...atomsOf(t.coefficient).flatMap(ofOpaque), ...ofAtom(t.atom)])
}

/** Component symbol of a variable in a program: a new value is the plain name, as the program runs in order. */
function componentName(a: VectorAtom): Expr {
  if (a.kind === 'variable') return sym(a.name.replace(/_next$/, ''))
  if (a.kind === 'tensor' && a.field.name === 'f' && a.along.length === 0) return sym('g')
  if (a.kind === 'apply' && a.operator.kind === 'projector') return mul(sym(`P_${a.operator.name}`), componentName(a.argument))
  if (a.kind === 'indicator') return sym(`P_${a.set.name}`)
  throw new InputError(`${vectorText(vectorOf(a))} in an update`, 'a run can use theta, g, the states, their projections and functions of their components')
}

/** The rule as an elementwise program that a training run executes. @throws InputError for updates that need more than g. */
export function programOf(rule: Rule): RuleProgram {
  const steps: RuleStep[] = []
  const components = (x: Vector): Expr => {
    const seen = new Map<string, VectorAtom>()
    const body = componentsOf(x, seen)
    const reductions = new Map(
      atomsOf(body).map((o) => {
        if (!(o instanceof Contraction)) throw new InputError(`${o.text()} in an update`, 'use dot and norm2 of vectors')
        const name = `_sum${steps.length}`
        steps.push({ kind: 'reduce', name, value: mul(components(vectorOf(o.left)), components(vectorOf(o.right))) })
        return [o.key, sym(name)] as const
      }),
    )
    const filled = substitute(body, new Map([...seen].map(([symbol, a]) => [sym(symbol), componentName(a)])))
    return replaceOpaque(filled, reductions)
  }
  for (const u of rule.updates) {
    const value = components(u.value)
    steps.push({ kind: 'assign', name: u.name, value })
  }
  return { states: rule.states, steps }
}

const replaceOpaque = (e: Expr, names: ReadonlyMap<string, Expr>): Expr =>
  substitute(e, new Map(atomsOf(e).map((o) => [opaque(o), names.get(o.key) ?? ZERO])))
