import { InputError } from '../../errors.js'
import type { Target } from '../executable.js'
import { compileTensors } from './compile.js'
import { gradient } from './derivative.js'
import { type Tensor, sizeOf } from './graph.js'

export interface DescentOptions {
  /** A scalar. */
  readonly loss: Tensor
  /** Inputs that are learned. */
  readonly parameters: readonly Tensor[]
  /** Start values of the parameters, and values of all other inputs, by name. */
  readonly values: Readonly<Record<string, ArrayLike<number>>>
  readonly rate: number
  readonly decay?: number
  readonly momentum?: number
  readonly dampening?: number
  readonly steps: number
  /** Values of the other inputs that change at a step (a minibatch). */
  readonly batch?: (step: number) => Readonly<Record<string, ArrayLike<number>>>
  /** Called before each step and after the last (then with `step === steps`), with the step's own arrays. */
  readonly observe?: (state: DescentState) => void
  readonly target?: Target
}

export interface DescentState {
  readonly step: number
  readonly loss: number
  /** By the parameters' names. */
  readonly parameters: Readonly<Record<string, Float64Array>>
  readonly gradients: Readonly<Record<string, Float64Array>>
}

/**
 * Gradient descent in double precision: v ← μ v + (1 − dampening)(g + λ θ), θ ← θ − η v (PyTorch's convention; the
 * first v is g + λθ).
 * @returns the state after the last step.
 * @throws InputError for a parameter that is no input or a loss that stops being finite, with the step.
 */
export function gradientDescent(options: DescentOptions): DescentState {
  const { loss, parameters, values, rate, decay = 0, momentum = 0, dampening = 0, steps } = options
  const names = parameters.map((t) => {
    if (t.kind !== 'input') throw new InputError('a parameter is no input', 'pass the tensors made by `input`')
    return t.name
  })
  const compiled = compileTensors([loss, ...gradient(loss, parameters)], options.target === undefined ? {} : { target: options.target })
  const theta = names.map((name, i) => {
    const start = values[name]
    if (start?.length !== sizeOf(parameters[i]?.shape ?? []))
      throw new InputError(`start values of ${name} are missing or of wrong length`, 'give them under values')
    return Float64Array.from(start)
  })
  for (const [name, value] of Object.entries(values)) if (!names.includes(name)) compiled.put(name, value)
  const velocity = theta.map((t) => new Float64Array(t.length))
  for (let step = 0; ; step += 1) {
    for (const [name, value] of Object.entries(step < steps ? options.batch?.(step) ?? {} : {})) compiled.put(name, value)
    for (const [i, name] of names.entries()) compiled.put(name, theta[i] ?? [])
    const [value, ...gradients] = compiled.run()
    const state: DescentState = {
      step, loss: value?.[0] ?? NaN,
      parameters: Object.fromEntries(names.map((name, i) => [name, theta[i] ?? new Float64Array()])),
      gradients: Object.fromEntries(names.map((name, i) => [name, gradients[i] ?? new Float64Array()])),
    }
    if (!Number.isFinite(state.loss)) throw new InputError(`the loss is ${state.loss} at step ${step}`, 'lower the learning rate')
    options.observe?.(state)
    if (step >= steps) return state
    for (const [i, t] of theta.entries()) {
      const [g, v] = [gradients[i], velocity[i]]
      if (g === undefined || v === undefined) continue
      for (let k = 0; k < t.length; k += 1) {
        const pull = (g[k] ?? 0) + decay * (t[k] ?? 0)
        v[k] = step === 0 ? pull : momentum * (v[k] ?? 0) + (1 - dampening) * pull
        t[k] = (t[k] ?? 0) - rate * (v[k] ?? 0)
      }
    }
  }
}
