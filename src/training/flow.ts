import { sym } from '../algebra/build.js'
import { tensor } from '../compile/index.js'
import { InputError } from '../errors.js'
import { type Network, networkTensors } from '../network/index.js'
import type { Samples } from './data/dataset.js'
import { targetMatrix } from './data/targets.js'

/** Continuous models of training, and the hyperparameters that each has. */
const FLOWS = { gradient: ['lambda'], modified: ['eta', 'lambda'], momentum: ['eta', 'beta', 'lambda'] } as const
export type FlowKind = keyof typeof FLOWS
export const FLOW_KINDS: readonly string[] = Object.keys(FLOWS)
const isFlowKind = (name: string): name is FlowKind => FLOW_KINDS.includes(name)

/**
 * The flow that full-batch training of a network follows, as a system of differential equations for its parameters: the gradient flow, the
 * modified loss flow of gradient descent, or the modified flow of heavy-ball momentum, whose states are parameters and velocities.
 * Hyperparameters are parameters of the system: λ; η and λ; η, β and λ.
 * @throws InputError for an unknown flow.
 */
export function trainingFlow(network: Network, samples: Samples, kind: string): tensor.FlowSystem {
  if (!isFlowKind(kind)) throw new InputError(`unknown flow ${kind}`, `one of ${FLOW_KINDS.join(', ')}`)
  const { loss, parameters } = networkTensors(network, samples.rows)
  const [eta, beta, lambda] = [sym('eta'), sym('beta'), sym('lambda')]
  const flow = {
    gradient: () => tensor.gradientFlow(loss, parameters, lambda),
    modified: () => tensor.modifiedLossFlow(loss, parameters, eta, lambda),
    momentum: () => tensor.momentumFlow(loss, parameters, eta, beta, lambda),
  }[kind]()
  const data = { inputs: samples.inputs, targets: targetMatrix(samples.targets, network.output) }
  return tensor.flowSystem(flow, data, FLOWS[kind])
}
