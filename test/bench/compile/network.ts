import { type CompiledFlow, compileFlow, gradientFlow } from '../../../src/compile/tensor/flow.js'
import { type Tensor, input } from '../../../src/compile/tensor/graph.js'
import { crossEntropy, dense, tanh } from '../../../src/compile/tensor/layers.js'
import type { Integration } from '../../../src/compile/system.js'
import { type Bench, reasonOf } from './bench.js'
import { type Contest, type Contestant, contest, inProcess } from './contest.js'
import { type Distance, compiledC, handWritten, sundials } from './programs.js'
import { pythonPeers } from './pythonPeers.js'

const [EXAMPLES, INPUTS, HIDDEN, OUTPUTS] = [32, 20, 32, 10]
const T1 = 10
const TOLERANCES = [1e-7, 1e-9, 1e-11, 1e-13, 1e-15]
export const PARAMETERS = INPUTS * HIDDEN + HIDDEN * OUTPUTS

const wave = (n: number, f: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(f * (i + 1)))
const rows = (values: Float64Array, width: number): readonly (readonly number[])[] =>
  Array.from({ length: values.length / width }, (_, r) => [...values.subarray(r * width, (r + 1) * width)])

const X = wave(EXAMPLES * INPUTS, 1.7)
const Y = Float64Array.from({ length: EXAMPLES * OUTPUTS }, (_, i) => (i % OUTPUTS === Math.floor(i / OUTPUTS) % OUTPUTS ? 1 : 0))
const Y0 = [...wave(INPUTS * HIDDEN, 0.9), ...wave(HIDDEN * OUTPUTS, 2.3)]

/** Values of the inputs by name. */
export const values: Readonly<Record<string, ArrayLike<number>>> = { x: X, y: Y, w1: Y0.slice(0, INPUTS * HIDDEN), w2: Y0.slice(INPUTS * HIDDEN) }

export function lossOf(): { readonly loss: Tensor; readonly parameters: readonly Tensor[] } {
  const [w1, w2] = [input('w1', [INPUTS, HIDDEN]), input('w2', [HIDDEN, OUTPUTS])]
  const loss = crossEntropy(dense(tanh(dense(input('x', [EXAMPLES, INPUTS]), w1)), w2), input('y', [EXAMPLES, OUTPUTS]))
  return { loss, parameters: [w1, w2] }
}

export function compiledFlow(method: string): CompiledFlow {
  const { loss, parameters } = lossOf()
  return compileFlow(gradientFlow(loss, parameters), values, { method })
}

/** The flow at one relative and absolute tolerance. */
export const solve = ({ compiled }: CompiledFlow, tolerance: number, t1 = T1): Integration =>
  compiled.integrate({ y0: Y0, t1, rtol: tolerance, atol: tolerance })

/** Gradient flow of a two-layer tanh network of 960 parameters on 32 examples, under softmax cross-entropy. */
export async function network({ peers, output, deadline, compiler }: Bench): Promise<Contest & { readonly uncertainty: number }> {
  const reference = solve(compiledFlow('vern9'), 1e-15).final.y
  const distance: Distance = (y) => reference.reduce((m, v, i) => Math.max(m, Math.abs(v - (y[i] ?? NaN))), 0)
  const ours = (['dopri5', 'dop853', 'vern9'] as const).flatMap((method) => {
    const compiled = compiledFlow(method)
    const own = TOLERANCES.filter((t) => method === 'vern9' ? t >= 1e-14 : method === 'dop853' ? t >= 1e-13 : t >= 1e-9)
    const inC = compiler ? compiledC(compiled.system, Y0, T1, method, own, distance) : []
    return [...inC, ...own.map((tolerance): Contestant =>
      inProcess({ peer: `noether ${method} wasm`, version: '', tolerance }, () => () => solve(compiled, tolerance).final.y, distance))]
  })
  const problem = { x: rows(X, INPUTS), y: rows(Y, OUTPUTS), y0: Y0, hidden: HIDDEN, t1: T1, tolerances: TOLERANCES, reference }
  const python = await pythonPeers(peers, output, { kind: 'network', ...problem })
  const data = [T1, EXAMPLES, INPUTS, HIDDEN, OUTPUTS, ...X, ...Y, ...Y0]
  const byHand = compiler ? handWritten('network', PARAMETERS, data, TOLERANCES.slice(0, 2), distance) : []
  const adams = await sundials(peers, 'network', data, TOLERANCES.slice(0, 4), distance).catch(reasonOf('SUNDIALS'))
  const { samples, absent } = await contest('network', [...ours, ...byHand, ...('reason' in adams ? [] : adams), ...python.contestants], deadline)
  python.close()
  return {
    samples, absent: [...absent, ...('reason' in adams ? [adams] : []), ...python.absent],
    uncertainty: distance(solve(compiledFlow('dop853'), 1e-15).final.y),
  }
}
