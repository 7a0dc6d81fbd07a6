import { type CompiledTensors, compileTensors } from '../compile/tensor/compile.js'
import { gradient, tangent } from '../compile/tensor/derivative.js'
import { type Tensor, input } from '../compile/tensor/graph.js'
import type { Network } from './network.js'
import { networkTensors } from './tensors.js'

/** The rows that a loss is the mean over. */
export interface Batch {
  readonly inputs: ArrayLike<number>
  readonly targets: ArrayLike<number>
  readonly rows: number
}

/** Where a vector over all parameters is written, part by part. */
interface Out {
  set(values: ArrayLike<number>, offset: number): void
}

const directionName = (k: number, parameter: string): string => `direction${k} ${parameter}`

/** The loss, and its derivative with so many slots filled and one open, as a program for batches of so many rows: forward mode over reverse mode. */
function compiled(network: Network, rows: number, filled: number): CompiledTensors {
  const { loss, parameters } = networkTensors(network, rows)
  let derivative: readonly Tensor[] = gradient(loss, parameters)
  for (let k = 0; k < filled; k += 1)
    derivative = tangent(derivative, new Map(parameters.map((t, i) => [t, input(directionName(k, network.parameters[i]?.name ?? ''), t.shape)])))
  return compileTensors([loss, ...derivative])
}

/** Programs by the network, the number of rows and that of the slots filled: a network is trained many times, at several rates. */
const programs = new WeakMap<Network, Map<string, CompiledTensors>>()

function programOf(network: Network, rows: number, filled: number): CompiledTensors {
  const known = programs.get(network) ?? new Map<string, CompiledTensors>()
  programs.set(network, known)
  const key = `${rows} ${filled}`
  const program = known.get(key) ?? compiled(network, rows, filled)
  known.set(key, program)
  return program
}

/**
 * Derivatives of a network's loss in float64: Dⁿ⁺¹f(θ)(x₁, …, xₙ, ·), the gradient for n = 0, the Hessian times a vector for n = 1. Each n is compiled
 * once for every number of rows.
 * @param point θ, and each of `along`, and `out`: vectors over all parameters. @returns the loss.
 */
export function lossDerivatives(network: Network): (batch: Batch, point: ArrayLike<number>, along: readonly ArrayLike<number>[], out: Out) => number {
  return ({ inputs, targets, rows }, point, along, out) => {
    const program = programOf(network, rows, along.length)
    const given = new Set(program.inputs)
    const put = (name: string, values: ArrayLike<number>): void => {
      if (given.has(name)) program.put(name, values)
    }
    put('inputs', inputs)
    put('targets', targets)
    for (const { name, offset, size } of network.parameters) {
      const part = (x: ArrayLike<number>): Float64Array => Float64Array.from({ length: size }, (_, i) => x[offset + i] ?? 0)
      put(name, part(point))
      for (const [k, x] of along.entries()) put(directionName(k, name), part(x))
    }
    const [loss, ...parts] = program.run()
    for (const [i, values] of parts.entries()) out.set(values, network.parameters[i]?.offset ?? 0)
    return loss?.[0] ?? Number.NaN
  }
}
