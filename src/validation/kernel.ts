import { InputError } from '../errors.js'
import { float64Network } from '../network/float64.js'
import type { Network } from '../network/index.js'

/** Samples a kernel is taken over: inputs rows × network.input, row-major; targets rows × network.output. */
export interface KernelSamples {
  readonly inputs: Float64Array
  readonly targets: Float64Array
  readonly rows: number
}

/** A square matrix, row-major, over all outputs of all samples: index sample·network.output + output. */
export interface Kernel {
  readonly size: number
  readonly values: Float64Array
}

/**
 * The Jacobian of the network's outputs by its parameters, one backward pass an output: (rows·output) × network.size, row-major.
 * @throws InputError if the inputs do not fit.
 */
export function jacobian(network: Network, theta: Float64Array, { inputs, rows }: Pick<KernelSamples, 'inputs' | 'rows'>): Float64Array {
  if (inputs.length !== rows * network.input) throw new InputError(`${inputs.length} inputs for ${rows} samples`, `give ${rows * network.input}`)
  const evaluator = float64Network(withLinearLoss(network), rows)
  const size = rows * network.output
  const out = new Float64Array(size * network.size)
  for (let i = 0; i < size; i += 1) {
    const picked = new Float64Array(size)
    picked[i] = 1
    evaluator.lossAndGradient(theta, inputs, picked, rows, out.subarray(i * network.size, (i + 1) * network.size))
  }
  return out
}

/** The loss ⟨target, output⟩, whose gradient is the Jacobian's transpose applied to the target. */
const withLinearLoss = (network: Network): Network => ({
  ...network,
  loss: {
    ...network.loss,
    float64: (output, target, rows, width, derivative) => {
      derivative.set(target.subarray(0, rows * width))
      return target.reduce((sum, c, i) => sum + c * (output[i] ?? 0), 0)
    },
  },
})

/** The neural tangent kernel K = J Jᵀ at θ (Jacot, Gabriel & Hongler 2018). */
export function tangentKernel(network: Network, theta: Float64Array, samples: Pick<KernelSamples, 'inputs' | 'rows'>): Kernel {
  const size = samples.rows * network.output
  const rows = jacobian(network, theta, samples)
  const values = new Float64Array(size * size)
  const row = (i: number): Float64Array => rows.subarray(i * network.size, (i + 1) * network.size)
  for (let i = 0; i < size; i += 1)
    for (let j = 0; j <= i; j += 1) {
      const b = row(j)
      const entry = row(i).reduce((sum, a, at) => sum + a * (b[at] ?? 0), 0)
      values[i * size + j] = entry
      values[j * size + i] = entry
    }
  return { size, values }
}

/** K x. */
export const applyKernel = ({ size, values }: Kernel, x: Float64Array): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => x.reduce((sum, c, j) => sum + (values[i * size + j] ?? 0) * c, 0))

/** One step of a run in the space of outputs. */
export interface FunctionSpaceStep {
  readonly loss: number
  /** |Δf/η + K ∂ℓ/∂f| / |K ∂ℓ/∂f|: of first order in η. */
  readonly defect: number
  /** Relative difference of |g|² and ⟨∂ℓ/∂f, K ∂ℓ/∂f⟩, which time symmetry makes the rate at which the loss falls: rounding only. */
  readonly energy: number
  /** |K − K₀|/|K₀|: how far the kernel has moved. */
  readonly moved: number
}

/** A run in function space. */
export interface FunctionSpaceRun {
  readonly steps: readonly FunctionSpaceStep[]
  /** Outputs at the end, and those of the linear law ḟ = −K₀ ∂ℓ/∂f with the kernel of the start. */
  readonly outputs: Float64Array
  readonly frozen: Float64Array
}

const norm = (x: Float64Array): number => Math.sqrt(x.reduce((sum, c) => sum + c * c, 0))
const difference = (x: Float64Array, y: Float64Array): Float64Array => x.map((c, i) => c - (y[i] ?? 0))

/**
 * Full-batch gradient descent, watched in the space of outputs: the law ḟ = −K ∂ℓ/∂f ([GU]; −K(f − y)/rows for the mean square), which
 * gradient flow obeys exactly, at every step with the kernel of that step.
 * @param every steps between two kernels. @throws InputError for samples that do not fit.
 */
export function functionSpaceRun(network: Network, start: Float64Array, samples: KernelSamples, eta: number, steps: number, every = 1): FunctionSpaceRun {
  const { inputs, targets, rows } = samples
  if (targets.length !== rows * network.output) throw new InputError(`${targets.length} targets for ${rows} samples`, `give ${rows * network.output}`)
  const evaluator = float64Network(network, rows)
  const theta = Float64Array.from(start)
  const gradient = new Float64Array(network.size)
  const outputs = (): Float64Array => evaluator.output(theta, inputs, rows).slice(0, rows * network.output)
  const slope = (at: Float64Array): Float64Array => {
    const derivative = new Float64Array(at.length)
    network.loss.float64(at, targets, rows, network.output, derivative)
    return derivative
  }
  const first = tangentKernel(network, theta, samples)
  let frozen = outputs()
  const watched: FunctionSpaceStep[] = []
  for (let k = 0; k < steps; k += 1) {
    const before = outputs()
    const loss = evaluator.lossAndGradient(theta, inputs, targets, rows, gradient)
    const kernel = k % every === 0 ? tangentKernel(network, theta, samples) : undefined
    for (let j = 0; j < theta.length; j += 1) theta[j] = (theta[j] ?? 0) - eta * (gradient[j] ?? 0)
    const pull = applyKernel(first, slope(frozen))
    frozen = frozen.map((f, i) => f - eta * (pull[i] ?? 0))
    if (kernel === undefined) continue
    const residual = slope(before)
    const predicted = applyKernel(kernel, residual)
    const rate = difference(before, outputs()).map((x) => x / eta)
    const power = residual.reduce((sum, c, i) => sum + c * (predicted[i] ?? 0), 0)
    watched.push({
      loss,
      defect: norm(difference(rate, predicted)) / norm(predicted),
      energy: Math.abs(norm(gradient) ** 2 / power - 1),
      moved: norm(difference(kernel.values, first.values)) / norm(first.values),
    })
  }
  return { steps: watched, outputs: outputs(), frozen }
}
