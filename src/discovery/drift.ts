import { InputError } from '../errors.js'
import { type Network, describeNetwork, initialParameters } from '../network/index.js'
import { programOf, readRule } from '../rules/rule.js'
import { type DataSet, train } from '../training/index.js'
import type { ComponentDiscovery, NetworkDiscovery } from './discover.js'
import { type NotTrainable, type Trainable, trainable } from './trainable.js'
import { dataFor } from './watchedData.js'
import { type BlockValues, lawMeter, lawSize } from './watch.js'

/** How one law fared under gradient descent. */
export interface LawDrift {
  /** The law in the expression text. */
  readonly law: string
  /** Largest change of any of its scalars since the start, relative to the largest sum of their absolute terms in the run, at every recorded time; coarser rate first. */
  readonly drift: readonly (readonly number[])[]
  /** log₂ of the ratio of the largest drifts at η and η/2; the law of the flow is derived to be kept to order 1. Absent if both are rounding. */
  readonly observed?: number
  readonly verdict: 'passed' | 'failed'
}

/** Runs of gradient descent over the same physical time at η and η/2, full batches in float64. */
export interface WatchedRun {
  readonly network: readonly string[]
  readonly data: { readonly name: string; readonly source: string; readonly samples: number }
  readonly rates: readonly number[]
  /** t = kη at the recorded times. */
  readonly time: readonly number[]
  /** Loss at the recorded times before the last, at the coarser rate. */
  readonly loss: readonly number[]
  readonly laws: readonly LawDrift[]
}

const ROWS = 300
const PIECES = 40
/** Steps between recorded times at the coarser rate. */
const STEPS = 4
/** Learning rates that are tried: the first at which the loss falls and every drift is in proportion to the rate. */
const RATES = [0.05, 0.0125, 0.003125] as const
/** Drifts below this are rounding: some hundred steps in float64. */
const ROUNDING = 1e-12
/** An observed order that is this much below 1 is none. */
const SLACK = 0.25

interface Trajectory {
  readonly points: readonly Float64Array[]
  readonly loss: readonly number[]
}

/** θ at the recorded times, by gradient descent on full batches. @throws InputError if the run diverges. */
async function descend(network: Network, data: DataSet, eta: number, steps: number): Promise<Trajectory> {
  const rule = programOf(readRule({ name: 'sgd' }))
  const points = [initialParameters(network)]
  const loss: number[] = []
  for (let piece = 0; piece < PIECES; piece++) {
    const initial = points[piece] ?? new Float64Array(0)
    const recording = await train({ network, data, rule, hyperparameters: { eta, lambda: 0 }, steps, batchSize: 'full', initial, backend: 'float64' })
    points.push(recording.parameters)
    loss.push(recording.loss[0] ?? Number.NaN)
  }
  return { points, loss }
}

/** Values of the discovery's blocks at θ. */
function blockValues({ blocks, transposed }: Trainable, theta: Float64Array): BlockValues {
  return (name) => {
    const found = blocks.get(name)
    if (found === undefined) return undefined
    const values = theta.subarray(found.offset, found.offset + found.size)
    const [rows = 1, columns] = found.shape
    return transposed && columns !== undefined ? values.map((_, n) => values[(n % rows) * columns + Math.floor(n / rows)] ?? Number.NaN) : values
  }
}

type Law = ComponentDiscovery['laws'][number]

function driftOf(component: ComponentDiscovery, law: Law, values: readonly (readonly BlockValues[])[]): LawDrift {
  const meter = lawMeter(component, law)
  const drift = values.map((run) => {
    const [first] = run
    if (first === undefined) return []
    const start = meter(first)
    // A law whose terms all stay 0 has nothing to be compared with.
    const size = Math.max(...run.map((point) => lawSize(component, law, point))) || 1
    return run.map((point) => meter(point).reduce((most, q, i) => Math.max(most, Math.abs(q - (start[i] ?? Number.NaN))), 0) / size)
  })
  const [coarse = Number.NaN, fine = Number.NaN] = drift.map((d) => Math.max(...d))
  if (Math.max(coarse, fine) < ROUNDING) return { law: law.text, drift, verdict: 'passed' }
  const observed = Math.log2(coarse / fine)
  return { law: law.text, drift, observed, verdict: observed >= 1 - SLACK ? 'passed' : 'failed' }
}

/**
 * Watches every law of a discovered network while it is trained. A law of gradient flow drifts under gradient descent by an
 * amount in proportion to the learning rate [HLW IX]: halving the rate must halve the drift.
 * @param document what was discovered. @returns the run, or why there is none.
 */
export async function watchLaws(document: unknown, found: NetworkDiscovery): Promise<WatchedRun | NotTrainable> {
  if (found.laws.length === 0) return { reason: 'There is no law to watch.' }
  const ready = trainable(document)
  if ('reason' in ready) return ready
  const { network, blocks } = ready
  if (found.components.some((c) => c.blocks.some((b) => !blocks.has(b.name)))) return { reason: 'The laws are those of a flow with momentum, which gradient descent does not follow.' }
  const data = dataFor(network, ROWS)
  let last: WatchedRun | NotTrainable = { reason: `The run diverges even at a learning rate of ${RATES[RATES.length - 1] ?? 0}.` }
  for (const eta of RATES) {
    try {
      last = await watchAt(eta, { ready, data, found })
    } catch (fault) {
      if (!(fault instanceof InputError)) throw fault
      continue
    }
    if ((last.loss.at(-1) ?? Number.NaN) < (last.loss[0] ?? Number.NaN) && last.laws.every((law) => law.verdict === 'passed')) return last
  }
  return last
}

interface Setting {
  readonly ready: Trainable
  readonly data: DataSet
  readonly found: NetworkDiscovery
}

async function watchAt(eta: number, { ready, data, found }: Setting): Promise<WatchedRun> {
  const { network } = ready
  const coarse = await descend(network, data, eta, STEPS)
  const fine = await descend(network, data, eta / 2, 2 * STEPS)
  const values = [coarse, fine].map((run) => run.points.map((theta) => blockValues(ready, theta)))
  return {
    network: describeNetwork(network),
    data: { name: data.name, source: data.source, samples: data.train.rows },
    rates: [eta, eta / 2],
    time: coarse.points.map((_, piece) => piece * STEPS * eta),
    loss: coarse.loss,
    laws: found.components.flatMap((component) => component.laws.map((law) => driftOf(component, law, values))),
  }
}
