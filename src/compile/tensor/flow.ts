import { ZERO, neg, num, sym } from '../../algebra/build.js'
import type { Expr } from '../../algebra/expr.js'
import { fromNumber } from '../../algebra/rational.js'
import { InputError } from '../../errors.js'
import type { Target } from '../executable.js'
import type { ExternalRates, System } from '../integrator/rightHandSide.js'
import { layout } from '../integrator/frame.js'
import type { Vectors } from '../integrator/vectors.js'
import { Graph } from '../graph.js'
import { type Statement, f64, i32, toMemory } from '../ir.js'
import { type CompiledSystem, compileSystem } from '../system.js'
import { inputsOf } from './compile.js'
import { gradient } from './derivative.js'
import { tensorCode } from './generate.js'
import { fieldInPython } from './python.js'
import { type Tensor, plus, scaled, sizeOf } from './graph.js'

/** A vector field on the parameters of a network. */
export interface Flow {
  readonly parameters: readonly Tensor[]
  /** dθ/dt, one tensor a parameter. */
  readonly field: readonly Tensor[]
  /** Where it begins, one component after the other; undefined if anywhere. */
  readonly initial?: readonly number[]
  /** What emitted code says of it beside its parts, e.g. what its time is. */
  readonly note?: string
}

/** A number, or an expression in the scalars that `flowSystem` is told of, so that an ensemble may give each network its own. */
export type Hyperparameter = number | Expr

const exact = (x: Hyperparameter): Expr => (typeof x === 'number' ? num(fromNumber(x)) : x)

/** dθ/dt = −∇f − λθ. What other rules follow is derived from them: see `trainingFlow` of `noether/training`. */
export function gradientFlow(loss: Tensor, parameters: readonly Tensor[], decay: Hyperparameter = 0): Flow {
  // The sign goes into the loss, where it meets constants, and not over every component.
  return { parameters, field: gradient(scaled(-1, loss), parameters).map((g, i) => withDecay(g, parameters[i], neg(exact(decay)))) }
}

const withDecay = (g: Tensor, theta: Tensor | undefined, factor: Expr): Tensor =>
  factor === ZERO || theta === undefined ? g : plus(g, scaled(factor, theta))

/** The time, where it stands in elementwise functions. */
const TIME = 't'

/** A flow as a system of differential equations. */
export interface FlowSystem {
  readonly system: System
  /** What the states are, one part a parameter, e.g. `W [10, 64] from theta_0 on`; matrices stand row by row. */
  readonly parts: readonly string[]
  /** Number of components of all parameters. */
  readonly size: number
  /** All parameters as one vector, in their order. @throws InputError for a missing one. */
  pack(values: Readonly<Record<string, ArrayLike<number>>>): Float64Array
  unpack(vector: ArrayLike<number>): Readonly<Record<string, Float64Array>>
}

export interface CompiledFlow extends FlowSystem {
  readonly compiled: CompiledSystem
}

const nameOf = (t: Tensor): string => {
  if (t.kind !== 'input') throw new InputError('a parameter is no input', 'pass the tensors made by `input`')
  return t.name
}

/**
 * A flow as a system whose states are the components of its parameters, and whose rates are the tensor program.
 * @param data values of all inputs that are no parameters.
 * @param scalars names that hyperparameters contain: the parameters of the system. A name `t` beside them is the time.
 * @throws InputError for missing data or a parameter that is no input.
 */
export function flowSystem(
  flow: Flow, data: Readonly<Record<string, ArrayLike<number>>>, scalars: readonly string[] = [],
): FlowSystem {
  const names = flow.parameters.map(nameOf)
  const sizes = flow.parameters.map((t) => sizeOf(t.shape))
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0))
  const size = sizes.reduce((a, b) => a + b, 0)
  const inputs = [...inputsOf(flow.field)].filter(([name]) => !names.includes(name))
  for (const [name, length] of inputs)
    if (data[name]?.length !== length) throw new InputError(`data ${name} is missing or not of length ${length}`, 'give it under data')

  const parts = flow.parameters.map((x, k) => `${names[k]} [${x.shape.join(', ')}] from theta_${starts[k]} on`)

  const note = `${parts.join(', ')}; row by row.${flow.note === undefined ? '' : ` ${flow.note}`}`
  const rates = (vectors: Vectors): ExternalRates => {
    const g = new Graph()
    const [base, state, rates, t, i] = [i32('base'), i32('state'), i32('rates'), f64('t'), i32('i')]
    const places = new Map(inputs.map(([name, length]) => [name, vectors.allocate(length)]))
    const firstFree = vectors.allocate(0)
    const code = tensorCode(g, flow.field, {
      base: g.read(base), firstFree,
      scalar: (name) => (name === TIME ? g.read(t)
        : scalars.includes(name) ? g.load(g.read(base), layout(size, scalars.length).parameters + scalars.indexOf(name)) : undefined),
      isFixed: (x) => !names.includes(x.name),
      output: (k) => ({ base: g.read(rates), offset: starts[k] ?? 0 }),
      input: (x) => {
        const parameter = names.indexOf(x.name)
        return parameter >= 0
          ? { base: g.read(state), offset: starts[parameter] ?? 0 }
          : { base: g.read(base), offset: places.get(x.name) ?? 0 }
      },
    })
    vectors.allocate(code.end - firstFree)
    const copies = code.positions.flatMap(({ base: from, offset }, k): readonly Statement[] => (from === g.read(rates) && offset === starts[k] ? [] : [{
      kind: 'each', counter: i, count: sizes[k] ?? 0,
      targets: [[toMemory(g.plus(g.read(rates), g.read(i)), starts[k] ?? 0), g.load(g.plus(from, g.read(i)), offset)]],
    }]))
    return {
      setup: { name: 'setup', parameters: [base], body: code.setup },
      routine: { name: 'rates', parameters: [base, state, rates, t], body: [...code.statements, ...copies] },
      data: [...places].map(([name, offset]) => ({ name, offset, values: data[name] ?? [] })),
    }
  }
  const python = (jax: boolean): readonly string[] => fieldInPython({
    field: flow.field, data, scalars, note, parameters: names.map((name, k) => ({ name, start: starts[k] ?? 0 })),
  }, jax)
  const states = Array.from({ length: size }, (_, k) => `theta_${k}`)
  const system: System = { states, parameters: scalars, rhs: states.map((s) => sym(s)), ...(flow.initial === undefined ? {} : { initial: flow.initial }), external: { note, rates, python } }
  return {
    system,
    parts,
    size,
    pack: (values) => Float64Array.from(names.flatMap((name, k) => {
      const value = values[name]
      if (value === undefined || value.length !== sizes[k])
        throw new InputError(`parameter ${name} is missing or not of length ${sizes[k]}`, 'give a start value')
      return Array.from(value)
    })),
    unpack: (vector) => Object.fromEntries(names.map((name, k) => {
      const start = starts[k] ?? 0
      return [name, Float64Array.from({ length: sizes[k] ?? 0 }, (_, j) => vector[start + j] ?? NaN)]
    })),
  }
}

/** Compiles a flow with an explicit method: tensor program and integrator are one module, the data stay in its memory. */
export function compileFlow(
  flow: Flow, data: Readonly<Record<string, ArrayLike<number>>>,
  { method = 'dopri5', target = 'wasm', scalars = [] }:
  { readonly method?: string; readonly target?: Target; readonly scalars?: readonly string[] } = {},
): CompiledFlow {
  const made = flowSystem(flow, data, scalars)
  return { ...made, compiled: compileSystem(made.system, { method, target }) }
}
