import { sym } from '../../algebra/build.js'
import type { Expr } from '../../algebra/expr.js'
import { unreachable } from '../../errors.js'
import { type Graph, type Local, type Node, type Statement, f64, i32, loop, set, toMemory } from '../ir.js'
import { Lowering } from '../lower.js'
import { ContractionCode } from './contraction.js'
import { ordered } from './derivative.js'
import { type Tensor, argsOf, sizeOf } from './graph.js'

/** Where the values of a tensor program live. */
export interface Placement {
  /** Memory position of an input. */
  input(t: Extract<Tensor, { kind: 'input' }>): Node
  /** Value of a scalar parameter of elementwise functions; undefined if there is none of this name. */
  scalar(name: string): Node | undefined
  /** First free position for intermediate values, relative to `base`. */
  readonly base: Node
  readonly firstFree: number
}

/** Statements that evaluate tensors, and where these then stand. */
export interface TensorCode {
  readonly statements: readonly Statement[]
  position(t: Tensor): Node
  /** Position behind the last intermediate value, relative to the base. */
  readonly end: number
}

class Generator {
  private readonly positions = new Map<Tensor, number>()
  private readonly users = new Map<Tensor, Tensor[]>()
  private end: number
  private counters = 0

  constructor(private readonly g: Graph, private readonly place: Placement, private readonly outputs: ReadonlySet<Tensor>) {
    this.end = place.firstFree
  }

  generate(): TensorCode {
    const order = ordered([...this.outputs])
    for (const t of order) for (const a of new Set(argsOf(t))) this.users.set(a, [...(this.users.get(a) ?? []), t])
    const statements = order.filter((t) => !this.inlined(t)).flatMap((t) => this.tensor(t))
    return { statements, position: (t) => this.position(t), end: this.end }
  }

  /** Elementwise tensors with one elementwise user, and constants, have no memory of their own. */
  private inlined(t: Tensor): boolean {
    if (this.outputs.has(t)) return t.kind === 'input'
    if (t.kind === 'input' || t.kind === 'fill') return true
    const users = this.users.get(t) ?? []
    return t.kind === 'map' && users.length === 1 && users[0]?.kind === 'map'
  }

  private position(t: Tensor): Node {
    if (t.kind === 'input') return this.place.input(t)
    const known = this.positions.get(t)
    if (known !== undefined) return this.g.plus(this.place.base, known)
    const offset = this.end
    this.positions.set(t, offset)
    this.end += sizeOf(t.shape)
    return this.g.plus(this.place.base, offset)
  }

  private counter(): Local {
    this.counters += 1
    return i32(`e${this.counters}`)
  }

  private each(count: number, body: (i: Node) => readonly Statement[]): readonly Statement[] {
    const i = this.counter()
    return [
      set([i, this.g.int(0)]),
      loop(this.g.apply('ilt', this.g.read(i), this.g.int(count)), [...body(this.g.read(i)), set([i, this.g.plus(this.g.read(i), 1)])]),
    ]
  }

  private tensor(t: Tensor): readonly Statement[] {
    switch (t.kind) {
      case 'input':
        return []
      case 'fill':
      case 'map':
        return this.elementwise(t)
      case 'contract':
        return new ContractionCode(
          this.g, t, t.args.map((a) => (a.kind === 'fill' ? a.value : this.position(a))), this.position(t), `t${t.id}`,
        ).statements()
      case 'largest':
        return this.largest(t)
      default:
        return unreachable(t)
    }
  }

  private elementwise(t: Tensor): readonly Statement[] {
    const counter = this.counter()
    const i = this.g.read(counter)
    const count = sizeOf(t.shape)
    return [{ kind: 'each', counter, count, targets: [[toMemory(this.g.plus(this.position(t), i)), this.element(t, i, true)]] }]
  }

  /** Element i of a tensor, computed in place where the tensor has no memory. */
  private element(t: Tensor, i: Node, top = false): Node {
    if (t.kind === 'fill') return this.g.constant(t.value)
    if (t.kind !== 'map' || !(top || this.inlined(t))) return this.g.load(this.g.plus(this.position(t), i))
    const values = new Map<Expr, () => Node>(t.args.map((a, k) => [sym(`a${k}`), () => this.element(a, i)]))
    const lowering = new Lowering(this.g, (quantity) =>
      values.get(quantity)?.() ?? (quantity.kind === 'symbol' ? this.place.scalar(quantity.name) : undefined))
    return lowering.lower(t.value)
  }

  private largest(t: Extract<Tensor, { kind: 'largest' }>): readonly Statement[] {
    const g = this.g
    const width = t.arg.shape.at(-1) ?? 1
    const best = f64('largest')
    return this.each(sizeOf(t.shape), (row) => [
      set([best, g.constant(-Infinity)]),
      ...this.each(width, (j) => [
        set([best, g.max(g.read(best), g.load(g.plus(this.position(t.arg), g.plus(g.apply('imul', row, g.int(width)), j))))]),
      ]),
      set([toMemory(g.plus(this.position(t), row)), g.read(best)]),
    ])
  }
}

/** Code for tensors: every tensor with more than one user or a contraction is computed once into its own memory. */
export const tensorCode = (g: Graph, outputs: readonly Tensor[], place: Placement): TensorCode =>
  new Generator(g, place, new Set(outputs)).generate()
