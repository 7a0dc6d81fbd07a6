import type { Graph } from '../graph.js'
import { type Local, type MemoryPlace, type Node, type Routine, type Statement, argumentsOf, assign, invoke, toMemory } from '../ir.js'
import { countUses } from '../schedule.js'
import type { Vectors } from './vectors.js'

/** Operations of a chunk and values that it copies: compilers take time that grows faster than the length of a function without branches. */
const CHUNK = 500

/** Values with the places in memory that they are put into. */
type Stores = readonly (readonly [MemoryPlace, Node])[]

/** Whether every chunk computes a node anew: it costs nothing, or is no double that memory could keep. */
const isRepeated = (node: Node): boolean => node.type !== 'f64' || node.kind === 'constant' || node.kind === 'local' || node.kind === 'load'

/** The nodes of a value that are not `found` yet, arguments before what they are arguments of; they are found then. */
function inOrder(value: Node, found: Set<Node>): readonly Node[] {
  const [fresh, open, pending] = [[] as Node[], new Set<Node>(), [value]]
  for (let node = pending.at(-1); node !== undefined; node = pending.at(-1)) {
    if (found.has(node) || open.has(node)) {
      if (!found.has(node)) fresh.push(node)
      found.add(node)
      pending.pop()
      continue
    }
    open.add(node)
    for (const argument of argumentsOf(node).toReversed()) if (!found.has(argument)) pending.push(argument)
  }
  return fresh
}

/** The chunk of every node that is computed once and that of every value, and how many chunks there are. */
function placed(values: readonly Node[]): { readonly of: ReadonlyMap<Node, number>; readonly ofValues: readonly number[]; readonly count: number } {
  const [of, found] = [new Map<Node, number>(), new Set<Node>()]
  let steps = 0
  const next = (): number => Math.floor(steps++ / CHUNK)
  const ofValues = values.map((value) => {
    for (const node of inOrder(value, found)) if (!isRepeated(node)) of.set(node, next())
    return of.get(value) ?? next()
  })
  return { of, ofValues, count: Math.ceil(steps / CHUNK) }
}

/** The doubles that a node is computed from, through arguments that every chunk computes anew. */
function sources(node: Node): readonly Node[] {
  return argumentsOf(node).flatMap((argument) => (isRepeated(argument) ? sources(argument) : [argument]))
}

/**
 * Cuts a long assignment into chunks of bounded length, done one after another.
 * @param slot makes a place for a value that later chunks need and that is not put anywhere itself.
 * @returns undefined if the assignment is short.
 */
function inChunks(g: Graph, stores: Stores, slot: () => MemoryPlace): readonly Stores[] | undefined {
  const { of, ofValues, count } = placed(stores.map(([, value]) => value))
  if (count <= 2) return undefined
  const chunks: [MemoryPlace, Node][][] = Array.from({ length: count }, () => [])
  for (const [i, [place, value]] of stores.entries()) chunks[ofValues[i] ?? 0]?.push([place, value])
  const at = (node: Node): number => of.get(node) ?? 0
  const places = new Map(stores.map(([place, value]) => [value, place]))
  const keep = (node: Node, chunk: number): void => {
    for (const source of sources(node)) {
      if (at(source) === chunk || places.has(source)) continue
      const place = slot()
      places.set(source, place)
      chunks[at(source)]?.push([place, source])
    }
  }
  for (const [node, chunk] of of) keep(node, chunk)
  for (const [i, [, value]] of stores.entries()) keep(value, ofValues[i] ?? 0)

  return chunks.map((chunk, k) => {
    const made = new Map<Node, Node>()
    /** The node with what earlier chunks have put into memory read from there. */
    const own = (node: Node): Node => {
      const known = made.get(node)
      if (known !== undefined) return known
      const place = isRepeated(node) || at(node) === k ? undefined : places.get(node)
      const again = place === undefined ? rebuilt(g, node, own) : g.load(place.base, place.offset)
      made.set(node, again)
      return again
    }
    return chunk.map(([place, value]) => [place, own(value)] as const)
  })
}

function rebuilt(g: Graph, node: Node, of: (argument: Node) => Node): Node {
  switch (node.kind) {
    case 'constant':
    case 'local':
      return node
    case 'load':
      return g.load(of(node.base), node.offset)
    case 'operation':
      return g.apply(node.op, ...node.args.map(of))
    case 'call':
      return g.call(node.callee, ...node.args.map(of))
  }
}

/** Long assignments as calls of routines. */
export class LongAssignments {
  /** What the calls need. */
  readonly routines: Routine[] = []

  /** @param base where the frame begins, behind whose vectors the routines keep what later ones need. */
  constructor(private readonly vectors: Vectors, private readonly base: Local) {}

  /** The assignment or, if it is long, calls of `name_0`, `name_1`, …, each of which does a part. */
  assign(name: string, stores: Stores): readonly Statement[] {
    const { graph: g } = this.vectors
    const chunks = inChunks(g, stores, () => toMemory(g.read(this.base), this.vectors.allocate(1)))
    if (chunks === undefined) return [assign(stores)]
    return chunks.map((own, part) => {
      const given = [...countUses(own.flatMap(([place, value]) => [place.base, value])).uses.keys()].filter((node) => node.kind === 'local')
      this.routines.push({ name: `${name}_${part}`, parameters: given.map(({ local }) => local), body: [assign(own)] })
      return invoke(`${name}_${part}`, ...given)
    })
  }
}
