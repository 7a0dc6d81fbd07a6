import type { Recorder } from './measure.js'
import type { RuleMachine } from './program.js'
import type { Real } from './vectorCode.js'

/** Where θ and all states of a rule are, in order. */
export const partsOf = ({ moving, vectors, matrices }: RuleMachine): readonly Real[] => [...moving.flatMap((name) => vectors.get(name) ?? []), ...matrices.values()]

/** θ and all states, laid end to end. */
export function stateOf(machine: RuleMachine): Float64Array {
  const parts = partsOf(machine)
  const state = new Float64Array(parts.reduce((n, part) => n + part.length, 0))
  let offset = 0
  for (const part of parts) {
    state.set(part, offset)
    offset += part.length
  }
  return state
}

/** Puts back what `stateOf` gave. */
export function restore(machine: RuleMachine, values: Float64Array): void {
  let offset = 0
  for (const part of partsOf(machine)) {
    part.set(values.subarray(offset, offset + part.length))
    offset += part.length
  }
}

/** The vectors of a step as measures name them. */
export interface Measurable {
  /** Buffers for those that the update will change, to be filled before it. */
  readonly before: ReadonlyMap<string, Real>
  readonly vectorNamed: (name: string) => Real
}

/** Prepares the vectors that a recorder asks for. */
export function measurable(machine: RuleMachine, recorder: Recorder): Measurable {
  const moving = new Set(machine.moving)
  const changing = [...machine.vectors].filter(([name]) => moving.has(name) && recorder.vectors.has(name))
  const before = new Map<string, Real>(changing.map(([name, values]) => [name, values.slice()]))
  const after = [...machine.vectors].map(([name, values]) => [moving.has(name) ? `${name}_next` : name, values] as const)
  const all = new Map<string, Real>([...after, ...before])
  const vectorNamed = (name: string): Real => {
    const found = all.get(name)
    if (found === undefined) throw new Error(`no vector ${name}`)
    return found
  }
  return { before, vectorNamed }
}

/** Rows of one length, laid out many to a buffer to spare the garbage collector. */
export function rowSource(length: number): () => Float64Array {
  const perBlock = Math.ceil(2 ** 17 / length)
  let block = new Float64Array(0)
  let used = perBlock
  return () => {
    if (used === perBlock) {
      block = new Float64Array(perBlock * length)
      used = 0
    }
    used++
    return block.subarray((used - 1) * length, used * length)
  }
}
