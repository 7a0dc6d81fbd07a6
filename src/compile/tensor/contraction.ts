import type { Graph } from '../graph.js'
import { type Local, type Node, type Statement, f64, i32, loop, set, toMemory, when } from '../ir.js'
import type { Position } from '../product.js'
import { isPlain, sizeOf } from './graph.js'
import { type Contraction, type MatrixRoles, type Stream, matrixRoles, stepsOf } from './layout.js'

/** Terms that the adding of rows takes at a time. */
const ROWS = 4

/**
 * Loops of one contraction: matrix products where it consists of them, copies where nothing is summed, else sums along or across the
 * last axis; what fits nowhere is added term by term.
 */
export class ContractionCode {
  private readonly streams: readonly (Stream | number)[]
  private readonly output: Stream
  private readonly all: readonly Stream[]
  private readonly labels: readonly string[]
  private readonly summed: readonly string[]

  /** @param args positions of the arguments, or their values where they are constant. */
  constructor(
    private readonly g: Graph, private readonly t: Contraction, args: readonly (Position | number)[], target: Position,
    private readonly prefix: string,
  ) {
    this.streams = args.map((a, i) =>
      (typeof a === 'number' ? a : { ...stepsOf(t.inputs[i] ?? [], t.args[i]?.shape ?? [], t.sizes), position: a }))
    this.output = { ...stepsOf(t.output, t.shape, t.sizes), position: target }
    this.all = [...this.streams.filter((s): s is Stream => typeof s !== 'number'), this.output]
    this.labels = Object.keys(t.sizes)
    this.summed = this.labels.filter((label) => (this.output.step.get(label) ?? 0) === 0)
  }

  private size(label: string): number {
    return this.t.sizes[label] ?? 1
  }

  private local(label: string): Local {
    return i32(`${this.prefix}_${label}`)
  }

  /** Current address of a stream at a loop depth, without its constant part. */
  private address(k: number, depth: number): Local {
    return i32(`${this.prefix}_p${k}_${depth}`)
  }

  /** Where a stream stands after the loops down to a depth. */
  private position(k: number, depths: readonly number[]): Position {
    const s = this.all[k]
    return { base: this.g.read(this.address(k, depths[k] ?? 0)), offset: (s?.position.offset ?? 0) + (s?.constant ?? 0) }
  }

  statements(): readonly Statement[] {
    const start = set(...this.all.map((s, k) => [this.address(k, 0), s.position.base] as const))
    return [start, ...this.body()]
  }

  private body(): readonly Statement[] {
    const roles = matrixRoles(this.t)
    if (roles !== undefined) return this.products(roles)
    const checked = this.all.some((s) => s.checked.length > 0)
    const once = isPlain(this.t.output.map((index) => ({ ...index, offset: 0 })))
    if (this.summed.length === 0 && once && !checked) return this.copies()
    if (isPlain(this.t.output) && this.output.checked.length === 0) return this.acrossRows() ?? this.gather()
    return [this.zero(), ...this.nest(this.labels, (depths) => this.scatter(depths))]
  }

  private zero(): Statement {
    const { g } = this
    const counter = i32(`${this.prefix}_zero`)
    const { base, offset } = this.output.position
    return {
      kind: 'each', counter, count: sizeOf(this.t.shape), targets: [[toMemory(g.plus(base, g.read(counter)), offset), g.constant(0)]],
    }
  }

  private products({ left, right, row, depth, column, sizes }: MatrixRoles): readonly Statement[] {
    const last = this.all.length - 1
    const size = (label: string | undefined): number => (label === undefined ? 1 : sizes[label] ?? 1)
    const step = (k: number, label: string | undefined): number => (label === undefined ? 0 : this.all[k]?.step.get(label) ?? 0)
    const outer = Object.keys(sizes).filter((label) => ![row, depth, column].includes(label))
    const adds = outer.some((label) => this.summed.includes(label)) || !isPlain(this.t.output)
    return [
      ...(adds ? [this.zero()] : []),
      ...this.nest(outer, (depths) => [{
        kind: 'product', rows: size(row), depth: size(depth), columns: size(column), adds,
        out: this.position(last, depths), outRow: step(last, row),
        left: this.position(left, depths), leftRow: step(left, row), leftDepth: step(left, depth),
        right: this.position(right, depths), rightDepth: step(right, depth),
      }], sizes),
    ]
  }

  /** out = product of the arguments, element by element; only a result larger than what is written needs zeros around it. */
  private copies(): readonly Statement[] {
    const { g } = this
    const inner = this.labels.toSorted((a, b) => (this.output.step.get(a) ?? 0) - (this.output.step.get(b) ?? 0))[0]
    const outer = this.labels.filter((label) => label !== inner)
    const whole = this.labels.reduce((n, label) => n * this.size(label), 1) === sizeOf(this.t.shape)
    const counter = this.local(inner ?? '')
    return [...(whole ? [] : [this.zero()]), ...this.nest(outer, (depths) => [{
      kind: 'each', counter, count: inner === undefined ? 1 : this.size(inner),
      targets: [[this.placeMoved(depths, inner, g.read(counter)), this.product(depths, inner, g.read(counter))]],
    }])]
  }

  private moved(k: number, depths: readonly number[], label: string | undefined, by: Node): Position {
    const { g } = this
    const { base, offset } = this.position(k, depths)
    const step = label === undefined ? 0 : this.all[k]?.step.get(label) ?? 0
    if (step === 0) return { base, offset }
    return { base: g.plus(base, step === 1 ? by : g.apply('imul', by, g.int(step))), offset }
  }

  private placeMoved(depths: readonly number[], label: string | undefined, by: Node): ReturnType<typeof toMemory> {
    const { base, offset } = this.moved(this.all.length - 1, depths, label, by)
    return toMemory(base, offset)
  }

  /** Product of the arguments where one label has a value of its own, and another is so far on. */
  private product(depths: readonly number[], label?: string, by: Node = this.g.int(0), ahead?: readonly [string, number]): Node {
    const { g } = this
    const constants = this.streams.filter((s): s is number => typeof s === 'number').reduce((a, b) => a * b, 1)
    const loads = this.all.slice(0, -1).map((s, k) => {
      const { base, offset } = this.moved(k, depths, label, by)
      return g.load(base, offset + (ahead === undefined ? 0 : (s.step.get(ahead[0]) ?? 0) * ahead[1]))
    })
    return [g.constant(constants), ...loads].reduce((a, b) => g.mul(a, b))
  }

  /** Sums over other axes than the last: whole rows are added, several at a time. Undefined if rows do not run through memory in order. */
  private acrossRows(): readonly Statement[] | undefined {
    const { g } = this
    const last = this.labels.find((label) => this.output.step.get(label) === 1 && this.size(label) > 1)
    const inner = this.summed.at(-1)
    const inOrder = this.all.every((s) => (s.step.get(last ?? '') ?? 0) <= 1)
    const bound = this.all.some((s) => s.checked.some((c) => c.terms.some((u) => u.label === last || u.label === inner)))
    if (last === undefined || inner === undefined || !inOrder || bound) return undefined
    const by = [ROWS, 2, 1].find((n) => this.size(inner) % n === 0) ?? 1
    const counter = this.local(last)
    const others = this.labels.filter((label) => label !== last && label !== inner)
    return [this.zero(), ...this.nest([...others, inner], (depths) => {
      const { base, offset } = this.moved(this.all.length - 1, depths, last, g.read(counter))
      const terms = Array.from({ length: by }, (_, q) => this.product(depths, last, g.read(counter), [inner, q]))
      return this.guarded([
        { kind: 'each', counter, count: this.size(last), targets: [[toMemory(base, offset), g.add(g.load(base, offset), g.sum(terms))]] },
      ])
    }, { ...this.t.sizes }, { [inner]: by })]
  }

  /** One result after the other; terms that are neighbours in memory are summed in pairs. */
  private gather(): readonly Statement[] {
    const { g } = this
    const [value, part] = [f64(`${this.prefix}_value`), f64(`${this.prefix}_part`)]
    const free = this.labels.filter((label) => !this.summed.includes(label))
    const bound = (label: string): boolean => this.all.some((s) => s.checked.some((c) => c.terms.some((u) => u.label === label)))
    const along = this.summed.findLast((label) => !bound(label) && this.all.every((s) => (s.step.get(label) ?? 0) <= 1))
    const rest = this.summed.filter((label) => label !== along)
    return this.nest(free, (outer) => [
      set([value, g.constant(0)]),
      ...this.nest(rest, (depths) => this.guarded([
        ...(along === undefined ? [set([part, this.product(depths)])] : [this.total(depths, along, part)]),
        set([value, g.add(g.read(value), g.read(part))]),
      ]), this.t.sizes, {}, outer, free.length),
      set([this.placeMoved(outer, undefined, g.int(0)), g.read(value)]),
    ])
  }

  private total(depths: readonly number[], along: string, into: Local): Statement {
    const counter = this.local(along)
    return { kind: 'total', counter, count: this.size(along), into, term: this.product(depths, along, this.g.read(counter)) }
  }

  private scatter(depths: readonly number[]): readonly Statement[] {
    const { g } = this
    const value = f64(`${this.prefix}_value`)
    const { base, offset } = this.position(this.all.length - 1, depths)
    return this.guarded([
      set([value, g.add(g.load(base, offset), this.product(depths))]),
      set([toMemory(base, offset), g.read(value)]),
    ])
  }

  /** Runs a body only where every checked axis is inside its tensor. */
  private guarded(body: readonly Statement[]): readonly Statement[] {
    const { g } = this
    const inside = this.all.flatMap((s) => s.checked).map(({ terms, offset, size }) => {
      const index =
        terms.reduce<Node>((a, { label, factor }) => g.plus(a, g.apply('imul', g.int(factor), g.read(this.local(label)))), g.int(offset))
      return g.and(g.apply('ilt', g.int(-1), index), g.apply('ilt', index, g.int(size)))
    })
    const [first, ...rest] = inside
    return first === undefined ? body : [when(rest.reduce((a, b) => g.and(a, b), first), body)]
  }

  /** Nested loops; at each depth the addresses of the streams that move with its label are advanced. */
  private nest(
    loops: readonly string[], body: (depths: readonly number[]) => readonly Statement[], sizes: Contraction['sizes'] = this.t.sizes,
    strides: Readonly<Record<string, number>> = {}, depths: readonly number[] = this.all.map(() => 0), depth = 0,
  ): readonly Statement[] {
    const { g } = this
    const [label, ...rest] = loops
    if (label === undefined) return body(depths)
    const counter = this.local(label)
    const moving = this.all.flatMap((s, k) => ((s.step.get(label) ?? 0) === 0 ? [] : [k]))
    const next = depths.map((d, k) => (moving.includes(k) ? depth + 1 : d))
    const advance = moving.map((k) => [
      this.address(k, depth + 1),
      g.plus(g.read(this.address(k, depths[k] ?? 0)), g.apply('imul', g.read(counter), g.int(this.all[k]?.step.get(label) ?? 0))),
    ] as const)
    return [
      set([counter, g.int(0)]),
      loop(g.apply('ilt', g.read(counter), g.int(sizes[label] ?? 1)), [
        ...(advance.length > 0 ? [set(...advance)] : []),
        ...this.nest(rest, body, sizes, strides, next, depth + 1),
        set([counter, g.plus(g.read(counter), strides[label] ?? 1)]),
      ]),
    ]
  }
}
