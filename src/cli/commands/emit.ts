import { writeFile } from 'node:fs/promises'
import { emitSystem } from '../../compile/index.js'
import { systemOfLaw } from '../../compile/lawSystem.js'
import { InputError } from '../../errors.js'
import { deriveProblem } from '../../problem/derive.js'
import { resolveProblem } from '../resolve.js'
import { type Terminal, writeJson } from '../terminal.js'

export interface EmitOptions {
  readonly target: string
  readonly output?: string
  readonly method: string
  readonly order?: number
  readonly json?: boolean
  readonly set: readonly string[]
}

/** `noether emit PROBLEM`: the integrator of the law that the problem's charge obeys, as source or WebAssembly. */
export async function emit(terminal: Terminal, nameOrFile: string, options: EmitOptions): Promise<void> {
  const order = options.order === undefined ? [] : [`order=${options.order}`]
  const problem = await resolveProblem(nameOrFile, [...options.set, ...order])
  const [law] = deriveProblem(problem).flatMap(({ laws }) => laws.solved?.law ?? laws.flows.at(-1) ?? [])
  if (law === undefined) throw new InputError('the problem has no law of a flow to integrate', 'see noether derive')
  const { system, drives } = systemOfLaw(law.law)
  const { content, extension } = emitSystem(system, { target: options.target, method: options.method })
  const { output } = options
  if (output !== undefined) await writeFile(output, content)
  else if (typeof content === 'string' && options.json !== true) return terminal.out(content)
  else if (typeof content !== 'string') throw new InputError('WebAssembly is not text', `name a file, e.g. -o law${extension}`)
  const facts = { states: system.states, parameters: system.parameters ?? [], drives, method: options.method, target: options.target }
  if (options.json === true) writeJson(terminal, { ...facts, ...(output === undefined ? { content } : { output }) })
  else terminal.note(`${output}: states ${facts.states.join(', ')}; parameters ${facts.parameters.join(', ') || 'none'}; drives ${Object.entries(drives).map(([name, text]) => `${name} = ${text}`).join(', ') || 'none'}`)
}
