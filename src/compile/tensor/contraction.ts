import { type Graph, type Local, type Node, type Statement, f64, i32, loop, set, toMemory, when } from '../ir.js'
import { type Access, type Shape, type Tensor, sizeOf } from './graph.js'

type Contraction = Extract<Tensor, { kind: 'contract' }>

/** An access with the memory step of each label. */
interface Stream {
  readonly base: Node
  readonly step: ReadonlyMap<string, number>
  readonly constant: number
  /** Axes that may leave the tensor. */
  readonly checked: readonly { readonly terms: Access[number]['terms']; readonly offset: number; readonly size: number }[]
}

const rowMajor = (shape: Shape): readonly number[] => shape.map((_, k) => sizeOf(shape.slice(k + 1)))

function stream(base: Node, access: Access, shape: Shape, sizes: Readonly<Record<string, number>>): Stream {
  const strides = rowMajor(shape)
  const step = new Map<string, number>()
  let constant = 0
  const checked: Stream['checked'][number][] = []
  for (const [k, index] of access.entries()) {
    const stride = strides[k] ?? 1
    constant += stride * index.offset
    for (const { label, factor } of index.terms) step.set(label, (step.get(label) ?? 0) + stride * factor)
    const reach = index.terms.reduce((most, { label, factor }) => most + factor * ((sizes[label] ?? 1) - 1), index.offset)
    const size = shape[k] ?? 1
    if (index.offset < 0 || reach >= size) checked.push({ terms: index.terms, offset: index.offset, size })
  }
  return { base, step, constant, checked }
}

/** Block of results computed at once: products share their loads. */
const COLUMNS = 4
const ROWS = 2

/**
 * Loops of one contraction. Where every axis of the result is a label of its own, a block of results is accumulated in variables and
 * stored once; else (the derivative of a convolution by its image) products are scattered into a zeroed result.
 */
export class ContractionCode {
  private readonly streams: readonly (Stream | number)[]
  private readonly output: Stream
  private readonly labels: readonly string[]
  private readonly free: readonly string[]

  constructor(
    private readonly g: Graph, private readonly t: Contraction, args: readonly (Node | number)[], target: Node,
    private readonly prefix: string,
  ) {
    this.streams = args.map((a, i) => (typeof a === 'number' ? a : stream(a, t.inputs[i] ?? [], t.args[i]?.shape ?? [], t.sizes)))
    this.output = stream(target, t.output, t.shape, t.sizes)
    const plain = t.output.every((index) => index.offset === 0 && index.terms.length === 1 && index.terms[0]?.factor === 1)
    const names = t.output.flatMap((index) => index.terms.map((u) => u.label))
    this.labels = Object.keys(t.sizes)
    this.free = plain && new Set(names).size === names.length ? names : []
  }

  private get gathers(): boolean {
    return this.free.length === this.t.output.length && this.output.checked.length === 0
  }

  private size(label: string): number {
    return this.t.sizes[label] ?? 1
  }

  private local(label: string): Local {
    return i32(`${this.prefix}_${label}`)
  }

  /** Current address of a stream at a loop depth. */
  private address(k: number, depth: number): Local {
    return i32(`${this.prefix}_p${k}_${depth}`)
  }

  statements(): readonly Statement[] {
    const all = [...this.streams.filter((s): s is Stream => typeof s !== 'number'), this.output]
    const start = set(...all.map((s, k) => [this.address(k, 0), this.g.plus(s.base, s.constant)] as const))
    if (this.gathers && this.rowLabel !== undefined) return [start, this.zero(), ...this.rows(all, this.rowLabel)]
    if (this.gathers) return [start, ...this.gather(all)]
    return [
      start,
      this.zero(),
      ...this.nest(all, this.labels.map((label) => ({ label, by: 1 })), 0, all.map(() => 0), (depths) => this.scatter(all, depths)),
    ]
  }

  private zero(): Statement {
    const { g } = this
    const counter = i32(`${this.prefix}_zero`)
    const place = toMemory(g.plus(this.output.base, g.read(counter)))
    return { kind: 'each', counter, count: sizeOf(this.t.shape), targets: [[place, g.constant(0)]] }
  }

  /** Last label of the result, if the result and all that moves with it run through memory in order: rows may be added as vectors. */
  private get rowLabel(): string | undefined {
    const last = this.free.at(-1)
    if (last === undefined || this.size(last) < COLUMNS || this.output.step.get(last) !== 1) return undefined
    const inOrder = this.streams.every((s) => typeof s === 'number' || (s.step.get(last) ?? 0) <= 1)
    const summed = this.labels.length > this.free.length
    const bound = this.streams.some((s) => typeof s !== 'number' && s.checked.some((c) => c.terms.some((u) => u.label === last)))
    return inOrder && summed && !bound ? last : undefined
  }

  /** Adds multiples of rows to rows of the result, several at a time. */
  private rows(all: readonly Stream[], last: string): readonly Statement[] {
    const { g } = this
    const summed = this.labels.filter((label) => !this.free.includes(label))
    const inner = summed.at(-1)
    const by = this.block(inner, COLUMNS)
    const others = [...this.free.slice(0, -1), ...summed.slice(0, -1)].map((label) => ({ label, by: 1 }))
    const loops = inner === undefined ? others : [...others, { label: inner, by }]
    const counter = this.local(last)
    const moved = (k: number, depths: readonly number[]): Node => {
      const address = g.read(this.address(k, depths[k] ?? 0))
      return (all[k]?.step.get(last) ?? 0) === 0 ? address : g.plus(address, g.read(counter))
    }
    const constants = this.streams.filter((s): s is number => typeof s === 'number').reduce((a, b) => a * b, 1)
    return this.nest(all, loops, 0, all.map(() => 0), (depths) => {
      const target = moved(all.length - 1, depths)
      const products = Array.from({ length: by }, (_, q) => all.slice(0, -1)
        .map((s, k) => g.load(moved(k, depths), q * (inner === undefined ? 0 : s.step.get(inner) ?? 0)))
        .reduce((a, b) => g.mul(a, b), g.constant(constants)))
      return this.guarded([
        { kind: 'each', counter, count: this.size(last), targets: [[toMemory(target), g.add(g.load(target), g.sum(products))]] },
      ])
    })
  }

  /** Labels whose blocks may be unrolled: their size divides, and no bound depends on them. */
  private block(label: string | undefined, wanted: number): number {
    if (label === undefined) return 1
    const bound = this.streams.some((s) => typeof s !== 'number' && s.checked.some((c) => c.terms.some((u) => u.label === label)))
    if (bound) return 1
    let by = wanted
    while (this.size(label) % by !== 0) by >>= 1
    return by
  }

  private gather(all: readonly Stream[]): readonly Statement[] {
    const { g } = this
    const last = this.free.at(-1)
    const second = this.free.at(-2)
    const [columns, rows] = [this.block(last, COLUMNS), this.block(second, ROWS)]
    const summed = this.labels.filter((label) => !this.free.includes(label))
    const outer = this.free.map((label) => ({ label, by: label === last ? columns : label === second ? rows : 1 }))
    const cells = Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (__, c) => ({ r, c }))).flat()
    const sumOf = ({ r, c }: { r: number; c: number }): Local => f64(`${this.prefix}_sum${r}_${c}`)
    const shift = (s: Stream, { r, c }: { r: number; c: number }): number =>
      r * (second === undefined ? 0 : s.step.get(second) ?? 0) + c * (last === undefined ? 0 : s.step.get(last) ?? 0)
    return this.nest(all, outer, 0, all.map(() => 0), (depths) => [
      set(...cells.map((cell) => [sumOf(cell), g.constant(0)] as const)),
      ...this.nest(all, summed.map((label) => ({ label, by: 1 })), outer.length, depths, (inner) => this.guarded([
        set(...cells.map((cell) => [sumOf(cell), g.add(g.read(sumOf(cell)), this.product(all, inner, (s) => shift(s, cell)))] as const)),
      ])),
      set(...cells.map((cell) =>
        [toMemory(g.read(this.address(all.length - 1, depths.at(-1) ?? 0)), shift(this.output, cell)), g.read(sumOf(cell))] as const)),
    ])
  }

  private scatter(all: readonly Stream[], depths: readonly number[]): readonly Statement[] {
    const { g } = this
    const value = f64(`${this.prefix}_value`)
    const target = g.read(this.address(all.length - 1, depths.at(-1) ?? 0))
    return this.guarded([
      set([value, g.add(g.load(target), this.product(all, depths, () => 0))]),
      set([toMemory(target), g.read(value)]),
    ])
  }

  private product(all: readonly Stream[], depths: readonly number[], shift: (s: Stream) => number): Node {
    const { g } = this
    const constants = this.streams.filter((s): s is number => typeof s === 'number').reduce((a, b) => a * b, 1)
    const loads = all.slice(0, -1).map((s, k) => g.load(g.read(this.address(k, depths[k] ?? 0)), shift(s)))
    return [g.constant(constants), ...loads].reduce((a, b) => g.mul(a, b))
  }

  /** Runs a body only where every checked axis is inside its tensor. */
  private guarded(body: readonly Statement[]): readonly Statement[] {
    const { g } = this
    const checks = [...this.streams.flatMap((s) => (typeof s === 'number' ? [] : s.checked)), ...this.output.checked]
    const inside = checks.map(({ terms, offset, size }) => {
      const index =
        terms.reduce<Node>((a, { label, factor }) => g.plus(a, g.apply('imul', g.int(factor), g.read(this.local(label)))), g.int(offset))
      return g.and(g.apply('ilt', g.int(-1), index), g.apply('ilt', index, g.int(size)))
    })
    const [first, ...rest] = inside
    return first === undefined ? body : [when(rest.reduce((a, b) => g.and(a, b), first), body)]
  }

  /** Nested loops; at each depth the addresses of the streams that move with its label are advanced. */
  private nest(
    all: readonly Stream[], loops: readonly { readonly label: string; readonly by: number }[], depth: number, depths: readonly number[],
    body: (depths: readonly number[]) => readonly Statement[],
  ): readonly Statement[] {
    const { g } = this
    const [head, ...rest] = loops
    if (head === undefined) return body(depths)
    const counter = this.local(head.label)
    const moving = all.flatMap((s, k) => ((s.step.get(head.label) ?? 0) === 0 ? [] : [k]))
    const next = depths.map((d, k) => (moving.includes(k) ? depth + 1 : d))
    const advance = moving.map((k) => [
      this.address(k, depth + 1),
      g.plus(g.read(this.address(k, depths[k] ?? 0)), g.apply('imul', g.read(counter), g.int(all[k]?.step.get(head.label) ?? 0))),
    ] as const)
    return [
      set([counter, g.int(0)]),
      loop(g.apply('ilt', g.read(counter), g.int(this.size(head.label))), [
        ...(advance.length > 0 ? [set(...advance)] : []),
        ...this.nest(all, rest, depth + 1, next, body),
        set([counter, g.plus(g.read(counter), head.by)]),
      ]),
    ]
  }
}
