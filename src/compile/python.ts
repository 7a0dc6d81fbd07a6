import { InputError } from '../errors.js'
import { sym } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { symbolsOf } from '../algebra/parts.js'
import { type Rational, toNumber } from '../algebra/rational.js'
import { type Crossing, crossings } from './integrator/approach.js'
import { mayChatter } from './integrator/chatter.js'
import { TURN, eventFrequencies } from './integrator/eventWaves.js'
import { type Lookout, lookouts, turnsOfTime } from './integrator/lookouts.js'
import { type System, rateName, rateOfSignal } from './integrator/rightHandSide.js'
import { derivativeAlong } from './integrator/slopes.js'
import { Graph } from './graph.js'
import { f64 } from './ir.js'
import { listed } from './listed.js'
import { Lowering } from './lower.js'
import { TABLEAUS } from './methods/index.js'
import { jaxLoop } from './jaxLoop.js'
import { numpyLoop } from './numpyLoop.js'
import { PYTHON_COMMON } from './pythonCommon.js'
import { centred } from './methods/tableau.js'
import { SETS_X64, literal, straightLine } from './pythonText.js'

/** Statements that compute expressions of `t`, `y`, `p` and `u`, and the texts of the values. */
function computed(system: System, expressions: readonly Expr[]): ReturnType<typeof straightLine> {
  const g = new Graph()
  const variables = new Map([
    [sym(system.time ?? 't'), g.read(f64('t'))] as const,
    ...(system.parameters ?? []).map((name, i) => [sym(name), g.read(f64(`p[${i}]`))] as const),
    ...(system.signals?.names ?? []).flatMap((name, i) =>
      [[sym(name), g.read(f64(`u[${i}]`))] as const, [rateOfSignal(name), g.read(f64(`du[${i}]`))] as const]),
    ...system.states.map((name, i) => [sym(name), g.read(f64(`y[${i}]`))] as const),
  ])
  const lowering = new Lowering(g, (quantity) => variables.get(quantity))
  return straightLine(expressions.map((e) => lowering.lower(e)))
}

/** A function of a Python file. */
const defined = (signature: string, meaning: string, lines: readonly string[], value: string): readonly string[] =>
  [`def ${signature}:`, `    """${meaning}"""`, ...lines, `    return ${value}`]

/** Blocks of a Python file, each behind two empty lines. */
const apart = (...blocks: readonly (readonly string[])[]): readonly string[] => blocks.flatMap((block) => ['', '', ...block])

const arrays = (values: readonly string[]): string => values.map((v) => `np.asarray(${v})`).join(', ')
const truths = (values: readonly boolean[]): string => `np.array([${values.map((v) => (v ? 'True' : 'False')).join(', ')}])`

function rightHandSide(system: System): readonly string[] {
  const { lines, values } = computed(system, system.rhs)
  const meaning = `Rates of ${listed(system.states)}; y[i] may be an array, one entry a trajectory; ` +
    `p: ${system.parameters?.join(', ') || 'none'}; u: ${system.signals?.names.join(', ') || 'none'}.`
  return defined('rhs(t, y, p, u=())', meaning, lines, `np.stack(np.broadcast_arrays(${arrays(values)}, y[0])[:-1])`)
}

const SIGN = { rising: 1, any: 0, falling: -1 } as const

/** The functions of the events and their slopes along solutions, which are not known where the rates are a program of their own. */
function eventFunctions(system: System): readonly string[] {
  const zeros = (system.events ?? []).map((e) => e.zero)
  if (zeros.length === 0) return []
  const { signals, external } = system
  // Drives that hold between samples may also be given as functions of time.
  const driven: System = signals === undefined ? system : { ...system, signals: { ...signals, shape: 'linear' } }
  const slopes = external === undefined ? zeros.map((e) => derivativeAlong(e, driven)) : []
  const names = new Set(slopes.flatMap((e) => [...symbolsOf(e)]))
  const { lines, values } = computed(system, [...zeros, ...slopes])
  const row = (texts: readonly string[]): string => `[${texts.map((v) => `np.asarray(${v}, dtype=float)`).join(', ')}]`
  const [at, along] = [values.slice(0, zeros.length), external === undefined ? values.slice(zeros.length) : zeros.map(() => 'np.nan')]
  const meaning = 'Functions that vanish at the events, and their slopes along the solution; du: rates of the drives.'
  return apart(
    [`EVENTS_DRIVEN = ${(signals?.names ?? []).some((name) => names.has(rateName(name))) ? 'True' : 'False'}`],
    defined('events(t, y, p, u=(), du=())', meaning, lines, `np.stack([np.stack(${row(at)}), np.stack(${row(along)})])`),
  )
}

/** Times ahead at which a step must end to see what explicit functions of time do there. */
function lookoutTimes(system: System, found: readonly Lookout[]): readonly string[] {
  if (found.length === 0) return []
  const { lines, values } = computed(system, found.flatMap(({ place, period }) => [place, period]))
  const meaning = 'Times at which functions of time may peak, bend or, as JUMPS tells, jump, not finite where there is none; and their periods.'
  return apart(
    [`JUMPS = ${truths(found.map(({ jump }) => jump))}`],
    defined('lookouts(t, p)', meaning, lines, `np.reshape(np.stack(np.broadcast_arrays(${values.join(', ')})), (${found.length}, 2, -1)).astype(float)`),
  )
}

/** What changes where rates turn at times that are not told. */
function turningTimes(system: System, turns: readonly Expr[]): readonly string[] {
  if (turns.length === 0) return []
  const { lines, values } = computed(system, turns)
  const meaning = 'Signs and whole parts of functions of time that change where the rates jump or bend.'
  return apart(defined('turning(t, p)', meaning, lines, `np.stack(np.broadcast_arrays(${arrays(values)}))`))
}

/** Switches that states turn, of which the slopes are known without the rates of drives. */
const crossingsWithoutRates = (system: System): readonly Crossing[] => {
  const rates = new Set((system.signals?.names ?? []).map(rateName))
  return crossings(system).filter(({ slope }) => ![...symbolsOf(slope)].some((name) => rates.has(name)))
}

function crossingValues(system: System, found: readonly Crossing[]): readonly string[] {
  if (found.length === 0) return []
  const { lines, values } = computed(system, [...found.map(({ value }) => value), ...found.map(({ slope }) => slope)])
  const meaning = 'What turns switches of the rates where it passes zero or, as WHOLE tells, a whole number, and the slopes along the solution.'
  const value = `np.reshape(np.stack(np.broadcast_arrays(${arrays(values)}, y[0])[:-1]), (2, ${found.length}, *np.shape(y[0])))`
  return apart([`WHOLE = ${truths(found.map(({ whole }) => whole))}`], defined('crossings(t, y, p, u=())', meaning, lines, value))
}

/** The longest step in which waves of event functions are told. */
function longestStep(system: System, frequencies: readonly Expr[]): readonly string[] {
  if (frequencies.length === 0) return []
  const { lines, values } = computed(system, frequencies)
  const meaning = `The longest step, in which no wave of an event function turns by more than ${TURN} radians.`
  return apart(defined('longest(t, p)', meaning, lines, `${TURN} / reduce(np.maximum, [${values.map((v) => `np.abs(${v})`).join(', ')}])`))
}

/**
 * Python source of an integrator: the right-hand side as NumPy code and the method's tableau under the step control of the compiled
 * targets, with drives, events and dense output; for JAX the same under `jit`, ready for `vmap`.
 * @throws InputError for a method without tableau.
 */
export function pythonSource(system: System, method: string, jax: boolean): string {
  const tableau = TABLEAUS[method]
  if (tableau === undefined) throw new InputError(`method ${method} has no Python form`, `one of ${Object.keys(TABLEAUS).join(', ')}`)
  const list = (row: readonly Rational[]): string => `[${row.map((r) => literal(toNumber(r))).join(', ')}]`
  const rows = (all: readonly (readonly Rational[])[]): string => `[${all.map(list).join(',\n     ')}]`
  const { interpolant, errors, order } = tableau
  const { events = [] } = system
  const adaptive = errors.length > 0
  const [watched, turns, frequencies] = adaptive ? [lookouts(system), turnsOfTime(system), eventFrequencies(system)] : [[], [], []]
  const turned = adaptive ? crossingsWithoutRates(system) : []
  const control = tableau.controlOrder ?? Math.min(...errors.map((e) => e.order)) + 1
  const parts = {
    watches: mayChatter(system, adaptive), events: events.length > 0, looks: watched.length > 0, turns: turns.length > 0, waves: frequencies.length > 0,
    crosses: turned.length > 0,
  }
  return [
    `"""Integrator of ${listed(system.states)} by ${tableau.title}, generated by noether. ${tableau.source}${jax ? `\n\n${SETS_X64}\n` : ''}"""`,
    'from collections import namedtuple',
    `from functools import ${jax ? 'partial, ' : ''}reduce`,
    '',
    ...(jax ? ['import jax', 'import jax.numpy as np', 'import numpy', '', 'jax.config.update("jax_enable_x64", True)'] : ['import numpy as np']),
    '',
    `STATES = ${system.external === undefined ? JSON.stringify(system.states) : 'None'}`,
    `PARAMETERS = ${JSON.stringify(system.parameters ?? [])}`,
    `SIGNALS = ${JSON.stringify(system.signals?.names ?? [])}`,
    ...(system.initial === undefined ? [] : [`INITIAL = np.array([${system.initial.map(literal).join(', ')}])`]),
    `HELD = ${system.signals?.shape === 'linear' ? 'False' : 'True'}`,
    `EVENTS = ${JSON.stringify(events.map((e) => e.name))}`,
    `DIRECTIONS = np.array(${JSON.stringify(events.map((e) => SIGN[e.direction]))})`,
    `TERMINAL = np.array([${events.map((e) => (e.terminal ? 'True' : 'False')).join(', ')}], dtype=bool)`,
    `C = ${list(tableau.c)}`,
    `A = ${rows(tableau.a)}`,
    `B = ${list(tableau.b)}`,
    `E = ${rows(errors.map((e) => e.weights))}`,
    `EXTRA = [${interpolant.extra.map((e) => `(${literal(toNumber(e.c))}, ${list(e.a)})`).join(',\n         ')}]`,
    `W = [${interpolant.weights.map((w) => `[${centred(w).map(literal).join(', ')}]`).join(',\n     ')}]`,
    `ORDER, CONTROL = ${order}, ${errors.length === 0 ? order : control}`,
    PYTHON_COMMON,
    '',
    ...(system.external === undefined ? rightHandSide(system) : system.external.python(jax)),
    ...eventFunctions(system),
    ...lookoutTimes(system, watched),
    ...turningTimes(system, turns),
    ...crossingValues(system, turned),
    ...longestStep(system, frequencies),
    jax ? jaxLoop({ ...parts, reverse: system.external === undefined }) : numpyLoop(parts),
  ].join('\n')
}
