import type { Expr } from '../../algebra/expr.js'
import { symbolsOf } from '../../algebra/parts.js'
import type { Graph } from '../graph.js'
import { type Local, type Node, type Statement, f64, i32, loop, set, toMemory } from '../ir.js'
import { Lowering } from '../lower.js'
import type { Position } from '../product.js'
import { arrange } from './arrange.js'
import { ContractionCode } from './contraction.js'
import { ordered } from './derivative.js'
import { type Fusion, fuse, repeated } from './fusion.js'
import { type Tensor, argsOf, argument, argumentName, sizeOf } from './graph.js'
import { Storage } from './storage.js'

/** Where the values of a tensor program live. */
export interface Placement {
  /** Memory position of an input. */
  input(t: Extract<Tensor, { kind: 'input' }>): Position
  /** Where the k-th output shall stand; undefined if anywhere. */
  output?(k: number): Position | undefined
  /** Whether an input stays the same over all evaluations: what depends on such inputs alone is computed once. */
  isFixed?(t: Extract<Tensor, { kind: 'input' }>): boolean
  /** Value of a scalar parameter of elementwise functions; undefined if there is none of this name. */
  scalar(name: string): Node | undefined
  /** First free position for intermediate values, relative to `base`. */
  readonly base: Node
  readonly firstFree: number
}

/** Statements that evaluate tensors, and where these then stand. */
export interface TensorCode {
  /** What is computed once, before the first evaluation. */
  readonly setup: readonly Statement[]
  /** What every evaluation computes, one tensor after the other. */
  readonly steps: readonly { readonly tensor: Tensor; readonly statements: readonly Statement[] }[]
  readonly statements: readonly Statement[]
  /** Positions of the outputs, in their order. */
  readonly positions: readonly Position[]
  /** Position behind the last intermediate value, relative to the base. */
  readonly end: number
}

/** Element of a tensor in a loop over rows: its number, that of its row, and its place in the row. */
interface Element {
  readonly flat: Node
  readonly row: Node
  readonly column: Node
}

/** Whether an elementwise function contains nothing but its arguments. */
const isPure = (t: Extract<Tensor, { kind: 'map' }>): boolean => symbolsOf(t.value).size <= t.args.filter((_, k) => symbolsOf(t.value).has(argumentName(k))).length

class Generator {
  private readonly positions = new Map<Tensor, Position>()
  private readonly fixed = new Map<Tensor, boolean>()
  private readonly outputs: readonly Tensor[]
  private readonly fusion: Fusion
  private counters = 0

  constructor(private readonly g: Graph, private readonly place: Placement, outputs: readonly Tensor[]) {
    this.outputs = arrange(outputs, (t) => this.isFixed(t))
    this.fusion = fuse(this.outputs)
  }

  private isFixed(t: Tensor): boolean {
    const known = this.fixed.get(t)
    if (known !== undefined) return known
    const fixed = t.kind === 'input'
      ? this.place.isFixed?.(t) === true
      : argsOf(t).every((a) => this.isFixed(a)) && (t.kind !== 'map' || isPure(t))
    this.fixed.set(t, fixed)
    return fixed
  }

  generate(): TensorCode {
    const stored = ordered(this.outputs).filter((t) => this.fusion.stored.has(t))
    for (const [k, t] of this.outputs.entries()) {
      const wanted = this.place.output?.(k)
      if (wanted !== undefined && !this.isFixed(t) && t.kind !== 'input' && !this.positions.has(t)) this.positions.set(t, wanted)
    }
    const lasting = new Storage(this.place.firstFree)
    const passing = new Set(stored.filter((t) => !this.isFixed(t) && !this.outputs.includes(t)))
    for (const t of stored) if (!this.positions.has(t) && !passing.has(t)) this.put(t, lasting.take(sizeOf(t.shape)))
    const storage = new Storage(lasting.end)
    const setup = stored.filter((t) => this.isFixed(t)).flatMap((t) => this.tensor(t))
    const moving = stored.filter((t) => !this.isFixed(t))
    const lastReader = new Map<Tensor, Tensor>()
    for (const t of moving) for (const a of this.reads(t)) lastReader.set(a, t)
    const starts = new Map<Tensor, number>()
    const steps = moving.map((t) => {
      if (passing.has(t)) {
        const start = storage.take(sizeOf(t.shape))
        starts.set(t, start)
        this.put(t, start)
      }
      const statements = this.tensor(t)
      for (const a of [t, ...this.reads(t)]) {
        const start = starts.get(a)
        if (start !== undefined && (lastReader.get(a) ?? t) === t) storage.release(start)
      }
      return { tensor: t, statements }
    })
    const statements = steps.flatMap((step) => step.statements)
    return { setup, steps, statements, positions: this.outputs.map((t) => this.position(t)), end: storage.end }
  }

  private put(t: Tensor, offset: number): void {
    this.positions.set(t, { base: this.place.base, offset })
  }

  /** The tensors in memory that the code of a tensor reads. */
  private reads(t: Tensor): ReadonlySet<Tensor> {
    const found = new Set<Tensor>()
    const pending = [...argsOf(t)]
    for (let a = pending.pop(); a !== undefined; a = pending.pop()) {
      if (this.fusion.stored.has(a)) found.add(a)
      else pending.push(...argsOf(a))
    }
    return found
  }

  private position(t: Tensor): Position {
    const known = t.kind === 'input' ? this.place.input(t) : this.positions.get(t)
    if (known === undefined) throw new TypeError(`a tensor of kind ${t.kind} has no place`)
    return known
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
      case 'contract': {
        const args = t.args.map((a) => (a.kind === 'fill' ? a.value : this.position(a)))
        return new ContractionCode(this.g, t, args, this.position(t), `t${t.id}`).statements()
      }
      case 'largest':
        return this.largest(t)
    }
  }

  private elementwise(t: Tensor): readonly Statement[] {
    const { g } = this
    const size = sizeOf(t.shape)
    const length = this.fusion.row.get(t) ?? size
    const counter = this.counter()
    const column = g.read(counter)
    const { base, offset } = this.position(t)
    const along = (row: Node): Statement => {
      const flat = length === size ? column : g.plus(g.apply('imul', row, g.int(length)), column)
      return {
        kind: 'each', counter, count: length,
        targets: [[toMemory(g.plus(base, flat), offset), this.element(t, { flat, row, column }, true)]],
      }
    }
    return length === size ? [along(g.int(0))] : this.each(size / length, (row) => [along(row)])
  }

  /** An element of a tensor, computed in place where the tensor has no memory. */
  private element(t: Tensor, at: Element, top = false): Node {
    const { g } = this
    if (t.kind === 'fill') return g.constant(t.value)
    const repetition = this.fusion.stored.has(t) ? undefined : repeated(t)
    if (repetition !== undefined) {
      const { source, behind } = repetition
      const { base, offset } = this.position(source)
      return g.load(sizeOf(source.shape) === 1 ? base : g.plus(base, behind > 1 ? at.row : at.column), offset)
    }
    if (t.kind !== 'map' || (!top && this.fusion.stored.has(t))) {
      const { base, offset } = this.position(t)
      return g.load(g.plus(base, at.flat), offset)
    }
    const values = new Map<Expr, () => Node>(t.args.map((a, k) => [argument(k), () => this.element(a, at)]))
    const lowering = new Lowering(this.g, (quantity) =>
      values.get(quantity)?.() ?? (quantity.kind === 'symbol' ? this.place.scalar(quantity.name) : undefined))
    return lowering.lower(t.value)
  }

  private largest(t: Extract<Tensor, { kind: 'largest' }>): readonly Statement[] {
    const g = this.g
    const width = t.arg.shape.at(-1) ?? 1
    const best = f64('largest')
    const [from, to] = [this.position(t.arg), this.position(t)]
    return this.each(sizeOf(t.shape), (row) => [
      set([best, g.constant(-Infinity)]),
      ...this.each(width, (j) => [
        set([best, g.max(g.read(best), g.load(g.plus(from.base, g.plus(g.apply('imul', row, g.int(width)), j)), from.offset))]),
      ]),
      set([toMemory(g.plus(to.base, row), to.offset), g.read(best)]),
    ])
  }
}

/** Code for tensors: what has several users or is a contraction has memory, for as long as it is read. */
export const tensorCode = (g: Graph, outputs: readonly Tensor[], place: Placement): TensorCode => new Generator(g, place, outputs).generate()
