import { writeFile } from 'node:fs/promises'
import { type System, emitSystem } from '../../compile/index.js'
import { systemOfLaw } from '../../compile/lawSystem.js'
import { InputError } from '../../errors.js'
import { buildNetwork } from '../../network/index.js'
import { deriveProblem } from '../../problem/derive.js'
import { type Problem, folderOf } from '../../problem/index.js'
import { loadData, subset, trainingFlow } from '../../training/index.js'
import { resolveProblem } from '../resolve.js'
import { type Terminal, writeJson } from '../terminal.js'

export interface EmitOptions {
  readonly target: string
  readonly output?: string
  readonly method: string
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
}

function lawOf(problem: Problem): Subject {
  const [law] = deriveProblem(problem).flatMap(({ laws }) => laws.solved?.law ?? laws.flows.at(-1) ?? [])
  if (law === undefined) throw new InputError('the problem has no law of a flow to integrate', 'see noether derive')
  const { system, drives } = systemOfLaw(law.law)
  return { system, drives, states: system.states }
}

function flowOf(problem: Problem, kind: string, rows: number | undefined): Subject {
  if (problem.network === undefined || problem.data === undefined)
    throw new InputError('the problem has no network or no data', 'add network: and data:, or leave --flow out')
  if (rows !== undefined && rows < 1) throw new InputError(`--rows ${rows} leaves no data`, 'give at least 1')
  const data = loadData(problem.data, folderOf(problem))
  const { train } = rows === undefined ? data : subset(data, rows)
  const { system, parts } = trainingFlow(buildNetwork(problem.network), train, kind)
  return { system, drives: {}, states: parts }
}

/** `noether emit PROBLEM`: the integrator of the law that the problem's charge obeys, or of its network's flow, as source or WebAssembly. */
export async function emit(terminal: Terminal, nameOrFile: string, options: EmitOptions): Promise<void> {
  const order = options.order === undefined ? [] : [`order=${options.order}`]
  const problem = await resolveProblem(nameOrFile, [...options.set, ...order])
  const { system, states, drives } = options.flow === undefined ? lawOf(problem) : flowOf(problem, options.flow, options.rows)
  const { content, extension } = emitSystem(system, { target: options.target, method: options.method })
  const { output } = options
  if (output !== undefined) await writeFile(output, content)
  else if (typeof content === 'string' && options.json !== true) return terminal.out(content)
  else if (typeof content !== 'string') throw new InputError('WebAssembly is not text', `name a file, e.g. -o law${extension}`)
  const facts = { states, parameters: system.parameters ?? [], drives, method: options.method, target: options.target }
  if (options.json === true) return writeJson(terminal, { ...facts, ...(output === undefined ? { content } : { output }) })
  const driven = Object.entries(drives).map(([name, text]) => `${name} = ${text}`).join(', ') || 'none'
  terminal.note(`${output}: states ${states.join(', ')}; parameters ${facts.parameters.join(', ') || 'none'}; drives ${driven}`)
}
