import { sym } from '../algebra/build.js'
import { substitute, symbolsOf } from '../algebra/calculus.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { nearest } from '../algebra/nearest.js'
import { readExpr } from '../algebra/read.js'
import { InputError } from '../errors.js'
import { NO_NAMES, type Vocabulary } from '../jets/read.js'
import { type Square, mapSquare, scalarsWithin, stateSquare, vectorsWithin } from '../jets/square.js'
import { substituteScalars } from '../jets/substitute.js'
import { variable } from '../jets/vector.js'
import { symbolsIn } from '../jets/walk.js'
import { METRICS, RULES, type RuleText } from './catalogue.js'
import { readAction } from './action.js'
import { blockValues, symbolsOfValues } from './blockValues.js'
import { type Disguise, mirrorInDisguise } from './disguise.js'
import { asEquation, isEquation } from './implicit.js'
import { type MirrorMap, isEuclidean, mirrorMap } from './mirror.js'
import { squareWithNames, withMatrixNames } from './matrixStates.js'
import { type Action, type DualVariables, type MatrixState, NEXT_THETA, type Rule, type RuleStatement, type Update, nextName } from './model.js'
import { TAKEN, refuseTakenStates } from './stateNames.js'
import { noisesOf, readUpdates, wordsIn } from './updates.js'
import { refuseFirstStep, refusePoles } from './zeroComponents.js'
import { RULE_KEYS, type Settings, coveredBlocks, refuseMixed, settingsOf, spread } from './hyperparameters.js'

export { programOf } from './execute.js'
export { type Rule, type RuleStatement, type Update, nextName } from './model.js'

function known(name: string, given: RuleStatement): RuleText | undefined {
  const found = Object.hasOwn(RULES, name) ? RULES[name] : undefined
  if (found !== undefined || given.update !== undefined) return found
  const guess = nearest(name, Object.keys(RULES))
  throw new InputError(`unknown learning rule '${name}'`, `${guess === undefined ? '' : `did you mean ${guess}? `}known are ${Object.keys(RULES).join(', ')}; or give update equations`)
}

const isTrivial = (e: Expr): boolean => e.kind === 'number' && e.value.den === 1n && (e.value.num === 0n || e.value.num === 1n)

/** The expansions are in powers of eta, so eta stays a symbol whatever its value; other numbers stay symbols where a run has them. */
const staysSymbol = (key: string, value: Expr, keepSymbols: boolean): boolean =>
  key === 'eta' ? !symbolsOf(value).has('eta') : keepSymbols && value.kind === 'number' && !isTrivial(value)

/** Updates with the hyperparameters' values put in, and the values of those that stay symbols. */
function settle({ updates, matrices }: Pick<Rule, 'updates' | 'matrices'>, settings: Settings, sets: Vocabulary['sets'], keepSymbols: boolean) {
  const [given, schedules] = [new Map(settings.schedules), new Map(settings.schedules)]
  const put = new Map<Expr, Expr>()
  for (const [key, value] of settings.values) {
    if (!staysSymbol(key, value, keepSymbols)) put.set(sym(key), value)
    else given.set(key, value)
  }
  const taken = new Set([...updates.flatMap((u) => [...symbolsIn(u.value)]), ...symbolsOfValues(settings), ...settings.values.keys(), ...settings.schedules.keys(), ...settings.byBlock.keys()])
  const blocks = [...settings.byBlock].map(([key, byBlock]) => [key, blockValues(key, byBlock, (e) => staysSymbol(key, e, keepSymbols), taken, { given, schedules })] as const)
  const settled = updates.map((u) => {
    const value = substituteScalars(u.value, put)
    return { name: u.name, value: blocks.reduce((x, [key, byBlock]) => spread(x, key, byBlock, sets), value) }
  })
  const settledMatrices = matrices.reduce<readonly MatrixState[]>((known, matrix) => {
    const update = mapSquare(matrix.update, (x) => substituteScalars(x, put), (e) => substitute(e, put))
    return [...known, { ...matrix, update: squareWithNames(update, known) }]
  }, [])
  refuseBlockValues(settledMatrices, settings)
  return { updates: settled.map(({ name, value }) => ({ name, value: withMatrixNames(value, settledMatrices) })), matrices: settledMatrices, given, schedules }
}

/** @throws InputError for a hyperparameter of a matrix with values by block, for which it has no place. */
function refuseBlockValues(matrices: readonly MatrixState[], { byBlock }: Settings): void {
  for (const { name, update } of matrices)
    for (const key of byBlock.keys())
      if (squareSymbols(update).includes(key)) throw new InputError(`${key} differs between blocks and stands in the update of the matrix ${name}`, `give ${key} one value`)
}

/** The scalar symbols of a matrix. */
const squareSymbols = (square: Square): readonly string[] => [...scalarsWithin(square).flatMap((e) => [...symbolsOf(e)]), ...vectorsWithin(square).flatMap((x) => [...symbolsIn(x)])]

function potentialOf({ h }: RuleStatement): string | undefined {
  if (h === undefined || typeof h === 'string') return h
  throw new InputError('the potential h is no expression text', 'give e.g. h: "theta*log(theta) - theta"')
}

/** Where a state begins: a number in all components, or the parameters themselves. */
const initialOf = (text: string): number | 'theta' => (text.trim() === 'theta' ? 'theta' : evaluateNumber(readExpr(text), {}))

/**
 * Reads a rule. Numbers given for hyperparameters are put in exactly; `keepSymbols` keeps them as symbols where they are not 0 or 1
 * (a paper's formulas), the numbers then belong to the run.
 * @throws InputError for unknown rules, hyperparameters that do not occur, updates that are no vectors.
 */
export function readRule(statement: RuleStatement, sets: Vocabulary['sets'] = {}, keepSymbols = false): Rule {
  const name = statement.name ?? 'custom'
  const text = known(name, statement)
  if (text?.action === true) return motionOf(name, text, readAction(statement, text.defaults), sets)
  const state = statement.state ?? text?.state ?? {}
  const update = statement.update ?? text?.update ?? {}
  // A state of a named rule gives way to a block of its name; names in rules written down mean what stands there.
  const called = new Map(Object.keys(state).map((key) => [key, statement.state === undefined && Object.hasOwn(sets, key) ? `${key}_state` : key]))
  const stated = Object.entries(state).map(([key, value]) => ({ name: called.get(key) ?? key, initial: initialOf(value) }))
  refuseTakenStates(stated)
  const mirror = text?.potential === undefined ? undefined : mirrorMap(potentialOf(statement) ?? text.potential)
  const noises = mirror === undefined ? noisesOf(update, [...called.keys(), ...called.values(), ...Object.keys(sets), ...Object.keys(statement)]) : []
  const read = mirror === undefined ? readUpdates(update, called, { noises, written: statement.update !== undefined, sets, fields: text?.metrics ?? METRICS, numbers: Object.keys(statement).filter((key) => !RULE_KEYS.includes(key)) }) : { updates: mirrorUpdates(mirror), matrices: [] }
  const states = stated.filter((s) => read.matrices.every((m) => m.name !== s.name))
  const raw = { updates: read.updates, matrices: read.matrices.map((m) => ({ ...m, initial: initialMultiple(m.name, stated) })) }
  refusePoles(raw.updates, [...new Set(Object.values(sets).flat())])
  const settings = settingsOf(statement, text?.defaults ?? {})
  refuseFirstStep(raw.updates, settings.schedules)
  checkNames(name, settings, text, raw, Object.values(update), meanings(Object.keys(statement.state ?? {}), sets))
  if (raw.matrices.length === 0) refuseMixed(Object.values(update), settings)
  const { updates: settled, matrices, given, schedules } = settle(raw, settings, sets, keepSymbols)
  const updates = settled.filter((u) => u.name !== DUAL)
  const implicit = mirror === undefined && isEquation(updates)
  if (implicit && matrices.length > 0) throw new InputError(`a step that is an equation for ${nextName('theta')} and keeps the matrix ${matrices.map((m) => m.name).join()}`, `write the step from theta, without ${nextName('theta')} in the gradient`)
  const disguise = statement.update !== undefined && stated.length === 0 && noises.length === 0 && !implicit ? disguiseOf(updates) : undefined
  const dual = settledDual(mirror, settled, settings, given) ?? disguise?.dual
  const symbols = [...new Set([...updates.map((u) => u.value), ...(dual === undefined ? [] : [dual.update])].flatMap((x) => [...symbolsIn(x)]).concat(matrices.flatMap((m) => squareSymbols(m.update))))]
  return {
    name,
    summary: text?.summary ?? 'update equations of the problem',
    source: text?.source ?? '',
    states,
    updates: implicit ? asEquation(updates) : updates,
    matrices,
    implicit,
    noises,
    hyperparameters: symbols.filter((h) => h !== 'k').sort(),
    continuous: text?.continuous ?? false,
    schedule: symbols.includes('k'),
    schedules: new Map([...schedules].filter(([key]) => symbols.includes(key))),
    given,
    dual,
    disguise: disguise?.tests,
    action: undefined,
    names: { ...NO_NAMES, sets, squares: squaresNamed(matrices), vectors: Object.fromEntries([...states.map((s) => s.name), ...noises].map((vector) => [vector, variable(vector)])) },
    covered: coveredBlocks(settings.byBlock, sets),
  }
}

/** The matrices of a rule by name, before their updates and after. */
const squaresNamed = (matrices: readonly MatrixState[]): NonNullable<Vocabulary['squares']> =>
  Object.fromEntries(matrices.flatMap(({ name, side, update }) => [[name, stateSquare(name, side)] as const, [nextName(name), stateSquare(nextName(name), side, update)] as const]))

/** Where a matrix begins. @throws InputError for a copy of the parameters, which is no square matrix. */
function initialMultiple(name: string, stated: Rule['states']): number {
  const initial = stated.find((s) => s.name === name)?.initial ?? 0
  if (initial === 'theta') throw new InputError(`the matrix ${name} begins at theta`, `give a number, ${name}: 0, which stands for that multiple of I`)
  return initial
}

/** A motion that is stated by its Lagrangian, as a rule without updates. */
function motionOf(name: string, { summary, source }: RuleText, action: Action, sets: Vocabulary['sets']): Rule {
  const hyperparameters = [...symbolsIn(action.equation)].filter((symbol) => symbol !== 't').sort()
  const none = { states: [], updates: [], matrices: [], noises: [], implicit: false, schedule: false, schedules: new Map(), given: new Map(), dual: undefined, disguise: undefined, covered: [] }
  return { name, summary, source, ...none, hyperparameters, continuous: true, action, names: { ...NO_NAMES, sets } }
}

/** The dual variables of an own rule that is mirror descent written in another way. */
const disguiseOf = ([update]: readonly Update[]): Disguise | undefined => (update === undefined ? undefined : mirrorInDisguise(update.value))

/** The dual equation among the updates while hyperparameters are put in. */
const DUAL = 'dual'

const mirrorUpdates = ({ dual, closed }: MirrorMap): readonly Update[] => [{ name: 'theta', value: closed ?? NEXT_THETA }, { name: DUAL, value: dual.update }]

/** The dual variables with the hyperparameters of the statement put in; none where they are θ itself. */
function settledDual(mirror: MirrorMap | undefined, updates: readonly Update[], { values, byBlock, schedules }: Settings, given: ReadonlyMap<string, Expr>): DualVariables | undefined {
  const update = updates.find((u) => u.name === DUAL)?.value
  if (mirror === undefined || update === undefined || isEuclidean(mirror.dual)) return undefined
  const { potential, slope, curvature, gradient } = mirror.dual
  const moving = [...byBlock.keys(), ...schedules.keys()].find((key) => symbolsOf(slope).has(key))
  if (moving !== undefined) throw new InputError(`the parameter ${moving} of the potential differs between blocks or steps`, 'a mirror map has one potential: give one number or symbol')
  const put = new Map([...values].filter(([key]) => !given.has(key)).map(([key, value]) => [sym(key), value] as const))
  const at = (e: Expr): Expr => substitute(e, put)
  return { potential: at(potential), slope: at(slope), curvature: at(curvature), gradient: substituteScalars(gradient, put), update }
}

/** What names in update equations mean that are no numbers. */
const meanings = (states: readonly string[], sets: Vocabulary['sets']): ReadonlyMap<string, string> =>
  new Map([
    ...[...Object.keys(sets), ...Object.values(sets).flat()].map((name) => [name, 'a block'] as const),
    ...states.map((name) => [name, 'a state'] as const),
    ...['theta', 'g'].map((name) => [name, TAKEN[name] ?? ''] as const),
  ])

/** A number whose name stands in the texts of the updates is one of the rule, be it one that drops out of them. */
function checkNames(rule: string, settings: Settings, text: RuleText | undefined, { updates, matrices }: Pick<Rule, 'updates' | 'matrices'>, texts: readonly string[], taken: ReadonlyMap<string, string>): void {
  const written = new Set(texts.flatMap(wordsIn))
  const used = new Set([...updates.flatMap((u) => [...symbolsIn(u.value)]), ...matrices.flatMap((m) => squareSymbols(m.update))])
  for (const key of [...settings.values.keys(), ...settings.schedules.keys(), ...settings.byBlock.keys()]) {
    if (used.has(key) || Object.hasOwn(text?.defaults ?? {}, key)) continue
    const meaning = taken.get(key)
    if (meaning === undefined && written.has(key)) continue
    if (meaning !== undefined) throw new InputError(`the rule ${rule} has a number ${key}, which is ${meaning}`, `in its updates ${key} means ${meaning.replace(/^a /, 'the ')}: call the number something else, e.g. ${key}_1`)
    const guess = nearest(key, [...used])
    throw new InputError(`the rule ${rule} has no hyperparameter '${key}'`, `${guess === undefined ? '' : `did you mean ${guess}? `}it has ${[...used].join(', ') || 'none'}`)
  }
}
