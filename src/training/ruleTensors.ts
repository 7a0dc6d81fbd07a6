import { ONE, ZERO, sym } from '../algebra/build.js'
import { substitute, symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { tensor } from '../compile/index.js'
import { InputError } from '../errors.js'
import type { Vector } from '../jets/vector.js'
import { vectorProgram } from '../rules/execute.js'
import type { RuleStep } from '../rules/program.js'

/** A vector over all parameters, one tensor a parameter. */
export type Parts = readonly tensor.Tensor[]

/** The loss, and its parameters: the parts of θ. */
export interface LossTensors {
  readonly loss: tensor.Tensor
  readonly parameters: Parts
}

const THETA = 'theta'

/** Steps of a program that no tensor works out, in words. */
const WITHOUT_TENSORS: Partial<Record<RuleStep['kind'], string>> = {
  polar: 'msign of a matrix', product: 'a product with matrices', matrix: 'a matrix', metric: 'the inverse of a metric', solve: 'the solution of an equation', equation: 'the solution of an equation',
}

/** Works a program out on tensors, name by name. */
class Tensors {
  private readonly vectors: Map<string, Parts>
  private readonly numbers = new Map<string, tensor.Tensor>()
  /** The gradient, the Hessian times a first direction, and so on, with inputs for the directions. */
  private readonly derivatives: Parts[] = []

  constructor(private readonly network: LossTensors, variables: ReadonlyMap<string, Parts>, private readonly blocks: readonly string[]) {
    this.vectors = new Map([...variables, [THETA, network.parameters], ['g', this.openDerivative(0)]])
  }

  private direction(slot: number): Parts {
    return this.network.parameters.map((t, i) => tensor.input(`direction ${slot} of part ${i}`, t.shape))
  }

  /** Dⁿ⁺¹f(θ) with n directions that are inputs, one slot open. */
  private openDerivative(filled: number): Parts {
    const { loss, parameters } = this.network
    const lower = filled === 0 ? [] : this.openDerivative(filled - 1)
    const along = this.direction(filled)
    this.derivatives[filled] ??= filled === 0 ? tensor.gradient(loss, parameters) : tensor.tangent(lower, new Map(parameters.map((t, i) => [t, along[i] ?? t])))
    return this.derivatives[filled]
  }

  private derivative(point: Expr, along: readonly Expr[]): Parts {
    const places: readonly (readonly [Parts, Parts])[] = [
      ...(point === sym(THETA) ? [] : [[this.network.parameters, this.vector(point)] as const]),
      ...along.map((x, k) => [this.direction(k + 1), this.vector(x)] as const),
    ]
    return tensor.substituted(this.openDerivative(along.length), new Map(places.flatMap(([from, to]) => from.map((t, i) => [t, to[i] ?? t] as const))))
  }

  /** An expression in components as a vector. */
  vector(e: Expr): Parts {
    return this.network.parameters.map((t, i) => this.part(e, i, t.shape))
  }

  private part(e: Expr, i: number, shape: tensor.Shape): tensor.Tensor {
    const here = substitute(e, new Map(this.blocks.map((name, k) => [sym(`P_${name}`), k === i ? ONE : ZERO] as const)))
    const given = [...symbolsOf(here)].flatMap((name) => {
      const [vector, number] = [this.vectors.get(name)?.[i], this.numbers.get(name)]
      const value = vector ?? (number === undefined ? undefined : tensor.broadcast(number, shape, []))
      return value === undefined ? [] : [{ symbol: sym(name), value }]
    })
    const body = substitute(here, new Map(given.map(({ symbol }, k) => [symbol, tensor.argument(k)] as const)))
    return tensor.map(body, ...(given.length === 0 ? [tensor.fill(0, shape)] : given.map(({ value }) => value)))
  }

  run(step: RuleStep): void {
    switch (step.kind) {
      case 'assign':
        this.vectors.set(step.name, this.vector(step.value))
        return
      case 'derivative':
        this.vectors.set(step.name, this.derivative(step.point, step.along))
        return
      case 'reduce':
        this.numbers.set(step.name, this.vector(step.value).map((t) => tensor.sum(t)).reduce(tensor.plus))
        return
      default:
        throw new InputError(`${WITHOUT_TENSORS[step.kind]} in the flow`, 'tensors compute derivatives of the loss, contractions and functions of components')
    }
  }

  of(name: string): Parts {
    return this.vectors.get(name) ?? []
  }
}

/**
 * Vectors of the engine on the tensors of a network: derivatives of the loss by reverse and forward mode, at other points than θ too,
 * contractions as sums over all parameters, functions of components as elementwise maps. Symbols that are no vectors stay in these.
 * @param variables the states by name, one tensor a parameter
 * @param blocks the name of each part, by which projections are called
 * @throws InputError for a vector that tensors do not compute
 */
export function tensorsOf(
  vectors: ReadonlyMap<string, Vector>, network: LossTensors, variables: ReadonlyMap<string, Parts>, blocks: readonly string[],
): ReadonlyMap<string, Parts> {
  const worked = new Tensors(network, variables, blocks)
  const results = new Map([...vectors.keys()].map((name) => [name, `_rate of ${name}`] as const))
  for (const step of vectorProgram(new Map([...vectors].map(([name, x]) => [results.get(name) ?? name, x] as const)))) worked.run(step)
  return new Map([...results].map(([name, result]) => [name, worked.of(result)] as const))
}
