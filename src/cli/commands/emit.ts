import { writeFile } from 'node:fs/promises'
import { type Emitted, type OdeProblem, type System, emitProblem, emitSystem, isOdeFile, readOde } from '../../compile/index.js'
import { systemOfLaw } from '../../compile/lawSystem.js'
import { listed } from '../../compile/listed.js'
import { InputError } from '../../errors.js'
import { buildNetwork } from '../../network/index.js'
import { orderText } from '../../laws/flow.js'
import { timeOfLaw } from '../../laws/time.js'
import { deriveProblem } from '../../problem/derive.js'
import { type Problem, folderOf, inPlace } from '../../problem/index.js'
import { readRule } from '../../rules/rule.js'
import { FLOW_KINDS, loadData, subset, trainingFlow } from '../../training/index.js'
import { refuseUncovered, withTrainSchedules } from '../../validation/settings.js'
import { wrapText } from '../format/wrap.js'
import { optimizeLate } from '../optimizeLate.js'
import { resolveProblem } from '../resolve.js'
import { type Terminal, writeJson } from '../terminal.js'

export interface EmitOptions {
  readonly target: string
  readonly output?: string
  readonly method?: string
  readonly flow?: string
  readonly rows?: number
  readonly order?: number
  readonly json?: boolean
  readonly set: readonly string[]
}

/** What is emitted: a system, its states in words, and what drives it. */
interface Subject {
  readonly system: System
  readonly states: readonly string[]
  readonly drives: Readonly<Record<string, string>>
  /** Of a flow: what its time is after k steps, what has to hold, and what names of states in units of their own stand for. */
  readonly flow: { readonly time: string; readonly order: number; readonly conditions: readonly string[]; readonly units: Readonly<Record<string, string>> } | undefined
}

function lawOf(problem: Problem): Subject {
  const [found] = deriveProblem(problem).flatMap(({ laws, derivation: { rule } }) => {
    const law = laws.solved?.law ?? laws.flows.at(-1)
    return law === undefined ? [] : [{ law, time: timeOfLaw(laws, law), rule }]
  })
  if (found === undefined) throw new InputError('the problem has no law of a flow to integrate', 'see noether derive')
  const { law, time, rule: { conditions = [], kept = [] } } = found
  const { system, drives } = systemOfLaw(law.law)
  const units = Object.fromEntries(kept.map(({ name, meaning }) => [name, meaning.text]))
  return { system, drives, states: system.states, flow: time === undefined ? undefined : { time, order: law.order, conditions, units } }
}

/** The flow of the problem's rule on its network and data. */
function flowOf(given: Problem, kind: string, rows: number | undefined): Subject {
  const problem = withTrainSchedules(given)
  if (problem.network === undefined || problem.data === undefined)
    throw new InputError('the problem has no network or no data', 'add network: and data:, or leave --flow out')
  if (!FLOW_KINDS.includes(kind)) throw new InputError(`--flow: unknown flow ${kind}`, `one of ${FLOW_KINDS.join(', ')}`)
  if (rows !== undefined && rows < 1) throw new InputError(`--rows ${rows} leaves no data`, 'give at least 1')
  const data = loadData(problem.data, folderOf(problem))
  const { train } = rows === undefined ? data : subset(data, rows)
  const network = buildNetwork(problem.network)
  refuseUncovered(problem, network)
  // A name that has a value is a number of the rule, also where a block is called so.
  const blocks = network.parameters.map(({ name }) => name).filter((name) => !Object.hasOwn(problem.rule, name) && !Object.hasOwn(problem.train ?? {}, name))
  const rule = inPlace(given, ['rule'], () => readRule(problem.rule, Object.fromEntries(blocks.map((name) => [name, [name]])), true))
  const { system, parts, clock, order, conditions, units } = inPlace(given, ['rule'], () => trainingFlow(network, train, rule, kind, problem.order))
  return { system, drives: {}, states: parts, flow: { time: clock, order, conditions, units } }
}

function toldOfFlow({ time, order, conditions, units }: NonNullable<Subject['flow']>): string {
  const meanings = Object.entries(units).map(([name, meaning]) => `; ${name} is ${meaning}`).join('')
  return `To order ${orderText(order)} in eta. Time: ${time} after k steps${meanings}.${conditions.length === 0 ? '' : ` Holds where ${conditions.join('; ')}.`}`
}

interface Made extends Subject {
  /** What the code leaves out of the file, a line each. */
  readonly notes: readonly string[]
  readonly emitted: Emitted
  readonly method: string
}

/** What emitted code is given when it is called: fields of an ODE file that do not change it. */
const ARGUMENTS = ['parameters', 'initial', 'span', 'at', 'atol', 'step', 'largestStep', 'maxSteps', 'signals.values', 'seed', 'ensemble']

/** Settings that leave the code as it is, told in a line. */
function argumentsAmong(set: readonly string[]): readonly string[] {
  const given = set.map((setting) => setting.replace(/=.*/s, '')).filter((key) => ARGUMENTS.some((a) => `${key}.`.startsWith(`${a}.`)))
  return given.length === 0 ? [] : [`${given.join(', ')}: the code is the same, it gets such values as arguments`]
}

/** What of an ODE file the code does not have, a line each. */
function notesOf({ system: { states }, y0, noise, ensemble, file }: OdeProblem, target: string): readonly string[] {
  const own = Object.keys(file.states).length
  const starts = states.slice(own).map((name, i) => `${name} = ${y0[own + i]}`)
  const many = target === 'jax' ? '; jax.vmap takes many' : target === 'c' && noise === undefined ? '; noether_ensemble takes many' : ''
  return [
    ...(starts.length === 0 ? [] : [`sensitivities: states of the code; with the file's parameters they begin at ${listed(starts)}`]),
    ...(ensemble === undefined ? [] : [`ensemble: not in the code, which gets the values of every trajectory as arguments${many}`]),
  ]
}

/** Code of the equation of an ODE file. */
function ofOde(file: string, { target, method, flow, rows, order, set }: EmitOptions): Made {
  if (flow !== undefined || rows !== undefined || order !== undefined)
    throw new InputError('--flow, --rows and --order are for problem files', 'leave them out for an ODE file', { file })
  const problem = readOde(file, set)
  try {
    const emitted = emitProblem(problem, { target, ...(method === undefined ? {} : { method }) })
    const drives = Object.fromEntries((problem.system.signals?.names ?? []).map((name) => [name, 'recorded samples']))
    return { system: problem.system, states: problem.system.states, drives, emitted, method: emitted.method, flow: undefined, notes: [...argumentsAmong(set), ...notesOf(problem, target)] }
  } catch (fault) {
    throw fault instanceof InputError ? fault.at({ file }) : fault
  }
}

/** Code of the law or the flow of a problem. */
async function ofProblem(nameOrFile: string, { target, method = 'dopri5', flow, rows, order, set }: EmitOptions): Promise<Made> {
  const problem = await resolveProblem(nameOrFile, [...set, ...(order === undefined ? [] : [`order=${order}`])])
  const subject = flow === undefined ? lawOf(problem) : flowOf(problem, flow, rows)
  return { ...subject, emitted: emitSystem(subject.system, { target, method }), method, notes: [] }
}

/**
 * `noether emit PROBLEM`: the integrator of the law that the problem's charge obeys, of its network's flow, or of an ODE file, as source or
 * WebAssembly.
 */
export async function emit(terminal: Terminal, nameOrFile: string, options: EmitOptions): Promise<void> {
  optimizeLate()
  const made = isOdeFile(nameOrFile) ? ofOde(nameOrFile, options) : await ofProblem(nameOrFile, options)
  for (const line of made.notes.flatMap((note) => wrapText(note, terminal.columns))) terminal.note(line)
  const {
    system,
    states,
    drives,
    method,
    flow,
    emitted: { content, extension },
  } = made
  const { output } = options
  if (output !== undefined) await writeFile(output, content)
  else if (typeof content === 'string' && options.json !== true) return terminal.out(content)
  else if (typeof content !== 'string') throw new InputError('WebAssembly is not text', `name a file, e.g. -o law${extension}`)
  const facts = { states, parameters: system.parameters ?? [], drives, ...flow, method, target: options.target }
  if (options.json === true) return writeJson(terminal, { ...facts, ...(output === undefined ? { content } : { output }) })
  const driven =
    Object.entries(drives)
      .map(([name, text]) => `${name} = ${text}`)
      .join(', ') || 'none'
  const told = `${output}: ${method}; states ${listed(states)}; parameters ${listed(facts.parameters) || 'none'}; drives ${driven}`
  for (const line of [told, ...(flow === undefined ? [] : [toldOfFlow(flow)])].flatMap((text) => wrapText(text, terminal.columns))) terminal.note(line)
}
